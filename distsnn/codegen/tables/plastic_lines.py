"""The lines that plastic tables add to the program of a network."""

from __future__ import annotations

from distsnn.codegen.decorators import OUTER
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

IMPORTS = """\
from distsnn.kernels.deliver.history import (
    append_spikes, decayed, drop_entries, last_before, width)
from distsnn.kernels.arithmetic.intrinsics import prefetch
from distsnn.kernels.arithmetic.power import power
from distsnn.kernels.deliver.source_traces import trace_spikes
"""


def plastic_arguments(t: int, part: PlasticPart) -> list[str]:
    """Arguments of the program for table `t`, besides those of all tables."""
    return [f"t{t}_{name}" for name in part.own]


def source_arguments(k: int) -> list[str]:
    """Arguments of the program for traces of sources."""
    return [f"k{k}_{name}" for name in (*OF_SOURCE, "rise", "rise_rate", "slow_rate")]


def history_arguments(h: int) -> list[str]:
    """Arguments of the program for histories of targets."""
    return [f"h{h}_{name}" for name in (*OF_HISTORY, "swept", "longest", "fall")]


def trace_lines(k: int) -> str:
    """The line that carries traces of sources on over new spikes."""
    given = ["first_gid", "number_of", "last_step", "last_number", "last_trace", "last_slow"]
    given += ["nearest", "rise_rate", "slow_rate", *CARRIED]
    return f"trace_spikes(gids, begin, first, step - first, {_joined(f'k{k}_', given)})"


def append_lines(h: int, group: int, stride: int) -> str:
    """The line that appends the spikes of a group's step to histories."""
    given = ["entries", "counts", "kept", "fullest", "mask"]
    rest = _joined(f"h{h}_", ["nearest", "fall_rate", "slow_rate"])
    return (
        f"append_spikes(step, g{group}__spike_count[0], g{group}__spike_lid, "
        f"{_joined(f'h{h}_', given)}, {stride}, {rest})"
    )


def room_lines(h: int, given: list[str], full: int) -> list[str]:
    """Lines that make room in histories where one is full; `given` as from `sweep_source`."""
    return [
        f"if h{h}_fullest[0] > h{h}_mask:",
        f"    sweep_histories_{h}(step, {', '.join(given)})",
        f"    if h{h}_fullest[0] > h{h}_mask:",
        f"        status = {full}",
        "        break",
    ]


def sweep_source(
    h: int, stride: int, tables: list[tuple[int, PlasticPart]]
) -> tuple[str, list[str]]:
    """Source of ``sweep_histories_<h>(step, ...)``, and its arguments.

    Weights take in old spikes of targets, and histories drop them. No spike of a source that is
    still to be delivered can come before a spike of a target of a step before the bound.
    """
    own = _joined(f"h{h}_", ["entries", "counts", "kept", "fullest", "mask"])
    given = [f"h{h}_{n}" for n in ("entries", "counts", "kept", "fullest", "mask")]
    given += [f"h{h}_swept", f"h{h}_longest"]
    given += [name for t, part in tables for name in names_of(t, part, of_walk(part))]
    given = list(dict.fromkeys(given))
    lines = [
        f"{OUTER}def sweep_histories_{h}(step, {', '.join(given)}):",
        f"    bound = max(step - 2 * h{h}_longest, h{h}_swept[0])",
    ]
    for t, part in tables:
        lines.append(f"    sweep_{t}(step, bound, {given_to(t, part, of_walk(part))})")
    lines += [
        f"    h{h}_swept[0] = bound",
        f"    drop_entries(bound, {own}, {stride})",
    ]
    return "\n".join(lines) + "\n", given


def deliver_call(t: int, part: PlasticPart, release: str) -> str:
    """The call that delivers the due segments of table `t`."""
    given = given_to(t, part, [*CHUNK, *of_delivery(part)])
    return (
        f"deliver_plastic_{t}(step, tile, due, work_segment, work_begin, work_at, {release}, "
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
    return f"weight_{t}({', '.join(steps)}, {which}, {', '.join(given)})", given


def _joined(prefix: str, names: list[str]) -> str:
    return ", ".join(prefix + name for name in names)
