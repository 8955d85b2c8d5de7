"""The lines that tables of synapses and short-term plasticity add to the program of a network."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.equations.control import COUNT_EVENTS, SOURCES

IMPORTS = """\
from distsnn.kernels.deliver import (
    TILE, admit_spikes, collect_segments, deliver_uniform, deliver_weighted)
from distsnn.kernels.deliver_dense import deliver_uniform_dense, deliver_weighted_dense
from distsnn.kernels.deliver_released import (
    deliver_uniform_released, deliver_weighted_released, take_release)
from distsnn.kernels.release import depress_spikes, facilitate_spikes
"""


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
        Number of the plasticity of its sources.
    """

    weighted: bool
    dense: bool = False
    release: int | None = None


@dataclass(frozen=True)
class ReleasePart:
    """Short-term plasticity with one set of parameters; `facilitating` if it has ``u``."""

    facilitating: bool


def table_arguments(tables: tuple[TablePart, ...], releases: tuple[ReleasePart, ...]) -> list[str]:
    """Arguments of the program for its tables and for short-term plasticity."""
    found = [f"r{r}_{name}" for r, part in enumerate(releases) for name in _of_release(part)]
    for t, table in enumerate(tables):
        targets = _RUNS if table.dense else ("target",)
        found += [f"t{t}_{name}" for name in (*_ROWS, *targets, "weight", *_FLIGHT)]
    if any(table.release is not None for table in tables):
        found.append("work_factor")
    if any(table.dense and table.release is None for table in tables):
        found.append("no_factor")
    return found


def _of_release(part: ReleasePart) -> tuple[str, ...]:
    return _FACILITATE if part.facilitating else _DEPRESS


def admit_lines(tables: tuple[TablePart, ...], releases: tuple[ReleasePart, ...]) -> list[str]:
    """Lines that look up new spikes in the tables, and that compute what they release."""
    lines = [
        f"admit_spikes(gids, tail, new_tail, t{t}_row_of, control[{SOURCES}], "
        f"t{t}_n_tiles, t{t}_row_segment, t{t}_segment_delay, t{t}_due_delay, "
        f"t{t}_next_segment)"
        for t in range(len(tables))
    ]
    for r, part in enumerate(releases):
        kernel = "facilitate_spikes" if part.facilitating else "depress_spikes"
        given = ", ".join(f"r{r}_{name}" for name in _of_release(part))
        lines.append(f"{kernel}(gids, begin, first, step - first, {given})")
    return lines


def deliver_lines(t: int, table: TablePart) -> list[str]:
    """Lines that let the due segments of table `t` act."""
    kernel = "deliver_weighted" if table.weighted else "deliver_uniform"
    factor = "no_factor" if table.release is None else "work_factor"
    slots = "slots[tile * TILE:]"
    if table.dense:
        runs = ", ".join(f"t{t}_{name}" for name in _RUNS)
        call = f"{kernel}_dense(due, work_segment, {factor}, {runs}, t{t}_weight, {slots})"
    else:
        released = table.release is not None
        call = (
            f"{kernel}{'_released' * released}(due, work_segment, work_begin, "
            f"{'work_factor, ' * released}t{t}_segment_synapse, t{t}_target, t{t}_weight, {slots})"
        )
    lines = [f"for tile in range(t{t}_n_tiles):"]
    if table.release is not None:
        lines.append(
            f"    take_release(step, tile, t{t}_delays, begin, t{t}_due_delay, "
            f"r{table.release}_release, work_factor)"
        )
    return [
        *lines,
        f"    due = collect_segments(step, tile, t{t}_delays, begin, gids.size, "
        f"t{t}_segment_delay, t{t}_segment_synapse, t{t}_due_delay, t{t}_next_segment, "
        "work_segment, work_begin)",
        f"    counters[{COUNT_EVENTS}] += {call}",
    ]


_ROWS = ("row_of", "n_tiles", "row_segment", "segment_delay", "segment_synapse", "delays")
_RUNS = ("segment_run", "run_target", "run_synapse")
_FLIGHT = ("due_delay", "next_segment")
_DEPRESS = ("first_gid", "x", "last_step", "recovery", "U", "x_after", "release")
_FACILITATE = (
    "first_gid",
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
