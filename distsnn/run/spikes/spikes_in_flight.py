"""The spikes in flight of one rank, taken out of the rings of its program and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.codegen.program_arguments import Argument, OfCode, OfTable
from distsnn.kernels.deliver.deliver import NEVER
from distsnn.run.spikes.bucket_pools import BucketTable, fill_buckets


@dataclass(frozen=True)
class Ring:
    """Spikes in flight, by their arguments of the program.

    Attributes
    ----------
    spikes, begin : Argument
        The ring, and the number of the first spike of each step.
    tail : Argument or None
        Array of the number that the next spike gets; None: it stands in `control`.
    tables : tuple of OfTable or OfCode
        Tables and pathways whose segments the spikes reach.
    values : tuple of Argument
        Further arrays with one value for each spike.
    group : int or None
        Group whose own spikes these are, by local index; None: gids of all ranks' spikes.
    in_rows : tuple of BucketTable
        Tables whose buckets the spikes have filled.
    since : mapping of OfTable or OfCode to int
        The step before which spikes do not act there, where it is not the first.
    epochs : mapping of OfTable or OfCode to tuple of int
        The steps at which delays were set; see `SynapseBuild`.
    """

    spikes: Argument
    begin: Argument
    tail: Argument | None
    tables: tuple[OfTable | OfCode, ...]
    values: tuple[Argument, ...] = ()
    group: int | None = None
    in_rows: tuple[BucketTable, ...] = ()
    since: Mapping[OfTable | OfCode, int] = field(default_factory=dict)
    epochs: Mapping[OfTable | OfCode, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Flight:
    """Spikes in the order of steps, then of neurons; `values` by their argument.

    `least` (int64) is the shortest delay, in steps, with which each still acts; None where that
    follows from its step. A spike may be of the step that comes next, after the time step has
    become longer.
    """

    step: np.ndarray
    neuron: np.ndarray
    values: dict[Argument, np.ndarray]
    least: np.ndarray | None = None


def spikes_in_flight(
    ring: Ring, values: dict[Argument, Any], next_step: int, longest: int, tail: int
) -> Flight:
    """The spikes of a ring that can still act at `next_step` or later.

    Parameters
    ----------
    next_step, longest : int
        Step that comes next; longest delay in steps.
    tail : int
        Number that the next spike gets.
    """
    begin, spikes = values[ring.begin], values[ring.spikes]
    steps = np.arange(max(0, next_step - longest), next_step)
    bounds = np.append(begin[steps % begin.size], tail)
    at = np.arange(bounds[0], tail) & (spikes.size - 1)
    return Flight(
        np.repeat(steps, np.diff(bounds)),
        spikes[at],
        {name: values[name][at] for name in ring.values},
    )


def put_in_flight(
    ring: Ring, values: dict[Argument, Any], flight: Flight, next_step: int, longest: int
) -> None:
    """Fill a ring that has room with spikes, and look up what each of them does next.

    Parameters
    ----------
    ring, values, next_step, longest
        See `spikes_in_flight`; in `values`, arrays are written.
    """
    count = flight.step.size
    values[ring.spikes][:count] = flight.neuron
    for name in ring.values:
        values[name][:count] = flight.values[name]
    steps = np.arange(max(0, next_step - longest), next_step + 1)
    begin = values[ring.begin]
    begin[steps % begin.size] = np.searchsorted(flight.step, steps)
    for table in ring.tables:
        shortest = shortest_delays(flight, next_step, ring.since.get(table, 0))
        neuron = _with_epochs(table, values, flight, ring.epochs.get(table, ()))
        _look_up(table, values, neuron, values[ring.spikes].size, shortest)
    put_in_buckets(ring, values, flight, next_step, count)


def put_in_buckets(
    ring: Ring, values: dict[Argument, Any], flight: Flight, next_step: int, tail: int
) -> None:
    """Fill the buckets anew with what spikes in flight add; `tail` numbers the next spike."""
    for table in ring.in_rows:
        efficacy = None if table.efficacy is None else flight.values[table.efficacy]
        spikes = flight.step, flight.neuron, efficacy
        shortest = shortest_delays(flight, next_step, table.since)
        fill_buckets(table, values, spikes, shortest, next_step, tail)


def shortest_delays(flight: Flight, next_step: int, since: int) -> np.ndarray:
    """The shortest delay with which each spike still acts; spikes before `since` never do."""
    # A synapse acts at the step of the spike and its delay, unless that is over.
    found = next_step - flight.step if flight.least is None else flight.least
    return np.where(flight.step < since, NEVER, found)


def n_tiles_of(table: OfTable | OfCode, values: Mapping[Argument, Any]) -> int:
    """Number of tiles of a table or pathway."""
    return int(values[table["n_tiles"]]) if isinstance(table, OfTable) else 1


def _with_epochs(
    table: OfTable | OfCode,
    values: Mapping[Argument, Any],
    flight: Flight,
    epochs: tuple[int, ...],
) -> np.ndarray:
    """The neuron (int64 (n,)) in whose row each spike finds the delays that it has."""
    n_sources = values[table["row_of"]].size // (len(epochs) + 1)
    epoch = np.searchsorted(np.asarray(epochs, dtype=np.int64), flight.step, side="right")
    earlier = np.where(epoch < len(epochs), epoch + 1, 0)
    return flight.neuron.astype(np.int64) + earlier * n_sources


def _look_up(
    table: OfTable | OfCode,
    values: dict[Argument, Any],
    neuron: np.ndarray,
    capacity: int,
    shortest: np.ndarray,
) -> None:
    """Find the first segment of each spike that has not acted (see `deliver.admit_spikes`)."""
    row_of, row_segment = values[table["row_of"]], values[table["row_segment"]]
    segment_delay, n_tiles = values[table["segment_delay"]], n_tiles_of(table, values)
    due_delay, next_segment = values[table["due_delay"]], values[table["next_segment"]]
    count, n_sources = neuron.size, row_of.size // n_tiles
    for tile in range(n_tiles):
        row = row_of[tile * n_sources + neuron]
        has = row >= 0
        segment = np.zeros(count, dtype=np.int64)
        segment[has] = row_segment[row[has]]
        while True:
            over = has.copy()
            over[has] = segment_delay[segment[has]] < np.minimum(shortest[has], NEVER)
            if not over.any():
                break
            segment[over] += 1
        due = np.full(count, -1, dtype=due_delay.dtype)
        due[has] = segment_delay[segment[has]]
        due_delay[tile * capacity : tile * capacity + count] = due
        next_segment[tile * capacity : tile * capacity + count] = segment
