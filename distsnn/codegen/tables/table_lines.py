"""The lines that tables of synapses and short-term plasticity add to the program of a network."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.control import COUNT_EVENTS, HISTORY_FULL, SOURCES
from distsnn.codegen.tables import plastic_lines
from distsnn.codegen.tables.plastic_functions import plastic_functions, reader_source
from distsnn.codegen.tables.plastic_part import CHUNK, PlasticPart

IMPORTS = (
    plastic_lines.IMPORTS
    + """\
from distsnn.kernels.deliver.deliver import (
    TILE, admit_spikes, collect_segments, deliver_uniform, deliver_weighted)
from distsnn.kernels.deliver.deliver_dense import deliver_uniform_dense, deliver_weighted_dense
from distsnn.kernels.deliver.efficacy import depress_spikes, facilitate_spikes
"""
)


@dataclass(frozen=True)
class TablePart:
    """A table of synapses.

    Attributes
    ----------
    weighted : bool
        Whether each synapse has a weight of its own.
    dense : bool
        Whether targets are stored as runs.
    release : int or None
        Number of the short-term plasticity of its sources.
    plastic: PlasticPart or None
        The rule that changes its weights.
    at_once : bool
        Whether its events act before the threshold of their step.
    """

    weighted: bool
    dense: bool = False
    release: int | None = None
    plastic: PlasticPart | None = None
    at_once: bool = False


@dataclass(frozen=True)
class ReleasePart:
    """Short-term plasticity with one set of parameters; `facilitating` if it has ``u``."""

    facilitating: bool


@dataclass(frozen=True)
class HistoryPart:
    """Histories of the spikes of a group's neurons; see `distsnn.kernels.deliver.history`."""

    group: int
    stride: int


@dataclass(frozen=True)
class TableLines:
    """What tables, short-term plasticity and rules that change weights add to the program.

    Attributes
    ----------
    functions, arguments : list of str
        Functions of the module, and arguments of the program.
    room : list of str
        Make room before a step; may leave the loop over steps with a status.
    update : dict of int to list of str
        After the threshold of each group, by its number.
    admit, deliver : list of str
        Take in new spikes, and let what is due act.
    at_once : list of str
        Let what is due act before the threshold.
    readers, sweeps
        See `distsnn.codegen.program.Program`.
    """

    functions: list[str]
    arguments: list[str]
    room: list[str]
    update: dict[int, list[str]]
    admit: list[str]
    deliver: list[str]
    at_once: list[str]
    readers: dict[int, tuple[str, ...]]
    sweeps: tuple[tuple[str, ...], ...]


def table_lines(
    tables: tuple[TablePart, ...],
    releases: tuple[ReleasePart, ...],
    histories: tuple[HistoryPart, ...],
) -> TableLines:
    """All that tables add to the program."""
    plastic = [(t, table.plastic) for t, table in enumerate(tables) if table.plastic is not None]
    sources = sorted({part.source for _, part in plastic})
    update: dict[int, list[str]] = {}
    room = []
    sweeps: list[tuple[str, list[str]]] = []
    for h, history in enumerate(histories):
        append = plastic_lines.append_lines(h, history.group, history.stride)
        update.setdefault(history.group, []).append(append)
        own = [(t, part) for t, part in plastic if part.target == h]
        sweeps.append(plastic_lines.sweep_source(h, history.stride, own))
        room += plastic_lines.room_lines(h, sweeps[h][1], HISTORY_FULL)
    readers = {t: reader_source(t, part) for t, part in plastic}
    return TableLines(
        [
            *(code for t, part in plastic for code in plastic_functions(t, part)),
            *(code for code, _ in (*readers.values(), *sweeps)),
        ],
        [
            *table_arguments(tables),
            *release_arguments(releases),
            *(CHUNK if plastic else ()),
            *(name for x in sources for name in plastic_lines.source_arguments(x)),
            *(name for h in range(len(histories)) for name in plastic_lines.history_arguments(h)),
        ],
        room,
        update,
        [
            *(admit_lines(t) for t in range(len(tables))),
            *(release_lines(r, part) for r, part in enumerate(releases)),
            *(plastic_lines.trace_lines(x) for x in sources),
        ],
        [line for t, table in enumerate(tables) for line in deliver_lines(t, table)],
        [
            line
            for t, table in enumerate(tables)
            if table.at_once
            for line in deliver_lines(t, table, "delays")
        ],
        {t: tuple(given) for t, (_, given) in readers.items()},
        tuple(tuple(given) for _, given in sweeps),
    )


def table_arguments(tables: tuple[TablePart, ...]) -> list[str]:
    """Arguments of the program for its tables."""
    found = []
    for t, table in enumerate(tables):
        found += [f"t{t}_{name}" for name in (*_ROWS, *_FLIGHT)]
        if table.at_once:
            found.append(f"t{t}_no_delays")
        if table.plastic is not None:
            found += plastic_lines.plastic_arguments(t, table.plastic)
        else:
            targets = _RUNS if table.dense else ("target",)
            found += [f"t{t}_{name}" for name in (*targets, "weight")]
    if any(table.release is None for table in tables):
        found.append("no_release")
    return found


def release_arguments(releases: tuple[ReleasePart, ...]) -> list[str]:
    """Arguments of the program for short-term plasticity."""
    return [
        f"r{r}_{name}"
        for r, part in enumerate(releases)
        for name in (_FACILITATE if part.facilitating else _DEPRESS)
    ]


def admit_lines(t: int) -> str:
    """The line that looks up new spikes in table `t`."""
    return (
        f"admit_spikes(gids, tail, new_tail, t{t}_row_of, control[{SOURCES}], "
        f"t{t}_n_tiles, t{t}_row_segment, t{t}_segment_delay, t{t}_due_delay, "
        f"t{t}_next_segment)"
    )


def release_lines(r: int, part: ReleasePart) -> str:
    """The line that computes what new spikes release."""
    kernel = "facilitate_spikes" if part.facilitating else "depress_spikes"
    given = ", ".join(f"r{r}_{name}" for name in (_FACILITATE if part.facilitating else _DEPRESS))
    return f"{kernel}(gids, begin, first, step - first, {given})"


def deliver_lines(t: int, table: TablePart, delays: str = "") -> list[str]:
    """Lines that let the due segments of table `t` act; `delays` is the name of their delays.

    Without it they are all, or where others act before the threshold those of no delay.
    """
    delays = delays or ("no_delays" if table.at_once else "delays")
    return [
        f"for tile in range(t{t}_n_tiles):",
        f"    due = collect_segments(step, tile, t{t}_{delays}, begin, gids.size, "
        f"t{t}_segment_delay, t{t}_segment_synapse, t{t}_due_delay, t{t}_next_segment, "
        "work_segment, work_begin, work_at)",
        f"    counters[{COUNT_EVENTS}] += {_deliver_call(t, table)}",
    ]


def _deliver_call(t: int, table: TablePart) -> str:
    release = "no_release" if table.release is None else f"r{table.release}_release"
    if table.plastic is not None:
        return plastic_lines.deliver_call(t, table.plastic, release)
    kernel = "deliver_weighted" if table.weighted else "deliver_uniform"
    slots = "slots[tile * TILE:]"
    if table.dense:
        runs = ", ".join(f"t{t}_{name}" for name in _RUNS)
        return (
            f"{kernel}_dense(due, work_segment, work_at, {release}, {runs}, t{t}_weight, {slots})"
        )
    return (
        f"{kernel}(due, work_segment, work_begin, work_at, {release}, t{t}_segment_synapse, "
        f"t{t}_target, t{t}_weight, {slots})"
    )


_ROWS = ("row_of", "n_tiles", "row_segment", "segment_delay", "segment_synapse", "delays")
_RUNS = ("segment_run", "run_target", "run_synapse")
_FLIGHT = ("due_delay", "next_segment")
_DEPRESS = ("first_gid", "number_of", "x", "last_step", "recovery", "U", "x_after", "release")
_FACILITATE = (
    "first_gid",
    "number_of",
    "u",
    "x",
    "last_step",
    "decay",
    "recovery",
    "U",
    "u_after",
    "x_after",
    "release",
)
