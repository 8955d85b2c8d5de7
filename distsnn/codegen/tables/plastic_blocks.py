"""The blocks that plastic tables add to the program of a network."""

from __future__ import annotations

from distsnn.codegen.blocks import Block
from distsnn.codegen.tables.plastic_functions import flush_functions
from distsnn.codegen.tables.plastic_part import (
    CARRIED,
    CHUNK,
    OF_HISTORY,
    OF_SOURCE,
    PlasticPart,
    given_to,
    names_of,
    of_delivery,
    of_reading,
    of_walk,
)
from distsnn.kernels.control import AT_ADMIT, AT_RESERVE, AT_UPDATE


def plastic_arguments(t: int, part: PlasticPart) -> list[str]:
    """Arguments of the program for table `t`, besides those of all tables."""
    return [f"t{t}_{name}" for name in part.own]


def source_arguments(k: int) -> list[str]:
    """Arguments of the program for traces of sources."""
    return [f"k{k}_{name}" for name in (*OF_SOURCE, "rise", "rise_rate", "slow_rate")]


def history_arguments(h: int) -> list[str]:
    """Arguments of the program for histories of targets."""
    return [f"h{h}_{name}" for name in (*OF_HISTORY, "swept", "longest", "fall")]


def trace_block(k: int) -> Block:
    """The block that carries traces of sources on over new spikes."""
    given = ["first_gid", "number_of", "last_step", "last_number", "last_trace", "last_slow"]
    given += ["nearest", "rise_rate", "slow_rate", *CARRIED]
    line = (
        "trace_spikes(gids, begin, control[FIRST], step - control[FIRST], "
        f"{_joined(f'k{k}_', given)})"
    )
    return Block(f"traces of sources {k}", AT_ADMIT, (line,))


def append_block(h: int, group: int, stride: int) -> Block:
    """The block that appends the spikes of a group's step to histories."""
    given = ["entries", "counts", "kept", "fullest", "mask"]
    rest = _joined(f"h{h}_", ["nearest", "fall_rate", "slow_rate"])
    line = (
        f"append_spikes(step, g{group}__spike_count[0], g{group}__spike_lid, "
        f"{_joined(f'h{h}_', given)}, {stride}, {rest})"
    )
    return Block(f"history {h} of group {group}", AT_UPDATE, (line,))


def flush_blocks(h: int, stride: int, tables: list[tuple[int, PlasticPart]]) -> list[Block]:
    """Blocks that make room in histories where one is full.

    Weights take in old spikes of targets, and histories drop them. No spike of a source that is
    still to be delivered can come before a spike of a target of a step before the bound.
    """
    is_full = f"if h{h}_fullest[0] > h{h}_mask:"
    bound = f"max(step - 2 * h{h}_longest, h{h}_swept[0])"
    found = [
        Block(
            f"sweep table {t}",
            AT_RESERVE,
            (is_full, f"    sweep_weights(step, {bound}, {given_to(t, part, of_walk(part))})"),
            flush_functions(part),
        )
        for t, part in tables
    ]
    own = _joined(f"h{h}_", ["entries", "counts", "kept", "fullest", "mask"])
    lines = (
        is_full,
        f"    h{h}_swept[0] = {bound}",
        f"    drop_entries(h{h}_swept[0], {own}, {stride})",
        f"    {is_full}",
        "        return HISTORY_FULL",
    )
    return [*found, Block(f"drop what is old in history {h}", AT_RESERVE, lines)]


def deliver_call(t: int, part: PlasticPart, efficacy: str) -> str:
    """The call that delivers the due segments of table `t`."""
    given = given_to(t, part, [*CHUNK, *of_delivery(part)])
    return (
        f"deliver_plastic(step, tile, due, work_segment, work_begin, work_at, {efficacy}, "
        f"slots[tile * TILE:], {given})"
    )


def weight_call(
    t: int, part: PlasticPart, steps: tuple[str, str], which: str
) -> tuple[str, list[str]]:
    """Code of the weight of one synapse at the beginning of a step, and its arguments.

    `steps` is code of that step, and of the first step whose deliveries are still to come;
    `which` is code of ``k, source, delay, dendritic, lid``.
    """
    given = names_of(t, part, of_reading(part))
    return f"weight_now({', '.join(steps)}, {which}, {', '.join(given)})", given


def _joined(prefix: str, names: list[str]) -> str:
    return ", ".join(prefix + name for name in names)
