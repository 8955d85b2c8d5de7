"""The blocks that plastic tables add to the program of a network."""

from __future__ import annotations

from distsnn.codegen.blocks import ArgumentNames, Block
from distsnn.codegen.program_arguments import (
    WORK_SPACE,
    Argument,
    OfGroup,
    OfHistory,
    OfTable,
    OfTraces,
)
from distsnn.codegen.tables.plastic_functions import flush_functions
from distsnn.codegen.tables.plastic_part import (
    CHUNK,
    PlasticPart,
    arguments_of,
    of_delivery,
    of_reading,
    of_walk,
)
from distsnn.kernels.control import AT_ADMIT, AT_RESERVE, AT_UPDATE

_HISTORY = ("entries", "counts", "kept", "fullest", "mask")
_TRACES = (
    "first_gid",
    "number_of",
    "last_step",
    "last_number",
    "last_trace",
    "last_slow",
    "nearest",
    "rise_rate",
    "slow_rate",
    "previous_step",
    "previous_number",
    "previous_trace",
    "previous_slow",
)


def trace_block(k: int) -> Block:
    """The block that carries traces of sources on over new spikes."""
    names, own = ArgumentNames(), OfTraces(k)
    gids, begin, first = names["gids"], names["begin"], f"{names['control']}[FIRST]"
    given = names.all(own[name] for name in _TRACES)
    line = f"trace_spikes({gids}, {begin}, {first}, step - {first}, {given})"
    return Block("traces of the sources of", AT_ADMIT, (line,), names, of=own)


def append_block(h: int, group: int, stride: int) -> Block:
    """The block that appends the spikes of a group's step to histories."""
    names, own, spiking = ArgumentNames(), OfHistory(h), OfGroup(group)
    line = (
        f"append_spikes(step, {names(spiking['spike_count'])}[0], {names(spiking['spike_lid'])}, "
        f"{names.all(own[name] for name in (*_HISTORY[:-1], 'noted', 'mask'))}, {stride}, "
        f"{names.all(own[name] for name in ('nearest', 'fall_rate', 'slow_rate'))})"
    )
    return Block("history of", AT_UPDATE, (line,), names, of=spiking)


def flush_blocks(h: int, stride: int, tables: list[tuple[int, PlasticPart]]) -> list[Block]:
    """Blocks that make room in histories where one is full.

    Weights take in old spikes of targets, and histories drop them. No spike of a source that is
    still to be delivered can come before a spike of a target of a step before the bound.
    """
    return [*(_flush_block(h, t, part) for t, part in tables), _drop_block(h, stride)]


def _flush_block(h: int, t: int, part: PlasticPart) -> Block:
    names = ArgumentNames()
    is_full, bound = _full_and_bound(h, names)
    given = names.all(arguments_of(t, part, of_walk(part)))
    lines = (is_full, f"    flush_weights(step, {bound}, {given})")
    return Block("flush", AT_RESERVE, lines, names, flush_functions(part), OfTable(t))


def _drop_block(h: int, stride: int) -> Block:
    names, own = ArgumentNames(), OfHistory(h)
    is_full, bound = _full_and_bound(h, names)
    flushed = f"{names(own['flushed'])}[0]"
    lines = (
        is_full,
        f"    {flushed} = {bound}",
        f"    drop_entries({flushed}, {names.all(own[name] for name in _HISTORY)}, {stride})",
        f"    {is_full}",
        "        return HISTORY_FULL",
    )
    return Block("drop old spikes from the history of", AT_RESERVE, lines, names, of=own)


def _full_and_bound(h: int, names: ArgumentNames) -> tuple[str, str]:
    """Code that asks whether a history is full, and of the step before which it is flushed."""
    own = OfHistory(h)
    return (
        f"if {names(own['fullest'])}[0] > {names(own['mask'])}:",
        f"max(step - 2 * {names(own['longest'])}, {names(own['flushed'])}[0])",
    )


def deliver_call(t: int, part: PlasticPart, efficacy: Argument, names: ArgumentNames) -> str:
    """The call that delivers the due segments of table `t`, or what is in its bucket."""
    due = "" if part.in_rows else f"tile, due, {names.all(WORK_SPACE)}, "
    return (
        f"deliver_plastic(step, {due}{names(efficacy)}, {names['slots']}, "
        f"{names.all(arguments_of(t, part, [*CHUNK, *of_delivery(part)]))})"
    )


def weight_call(
    t: int, part: PlasticPart, steps: tuple[str, str], which: str, names: ArgumentNames
) -> str:
    """Code of the weight of one synapse at the beginning of a step.

    `steps` is code of that step, and of the first step whose deliveries are still to come;
    `which` is code of ``k, source, delay, dendritic, lid``.
    """
    given = names.all(arguments_of(t, part, of_reading(part)))
    return f"weight_now({', '.join(steps)}, {which}, {given})"
