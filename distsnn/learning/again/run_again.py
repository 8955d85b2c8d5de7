"""The run again, in continuous time, or with the spikes that it had for its potentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.exchange import World
from distsnn.learning.adjoint_neurons import refractory_steps
from distsnn.learning.adjoint_rows import AdjointRows, delays_of_all
from distsnn.learning.again.crossings import Crossings, KnownSpikes
from distsnn.learning.again.group_again import Arrivals, GroupAgain, StateAgain
from distsnn.learning.again.neurons_again import neurons_again
from distsnn.learning.again.poisson_amounts import PoissonAmounts
from distsnn.learning.again.told_spikes import Spikes, ToldSpikes
from distsnn.learning.again.voltage_traces import VoltageTraces
from distsnn.learning.learning_checks import check_interval

# Steps of an interval at most: what arrives in one is kept for each neuron and step.
_MOST_STEPS = 32


@dataclass(frozen=True, eq=False)
class BegunRun:
    """The begin of a run, and what is known of it.

    Attributes
    ----------
    first, end : int
        The steps ``first <= step < end``.
    steps : list of (int64 array, int64 array)
        Steps and indices of the spikes of each group, as they were recorded.
    begin : mapping of int to float64 array (1 + 2 R, N)
        States of each group of neurons at the begin, as in `between_steps`.
    """

    first: int
    end: int
    steps: Sequence[tuple[np.ndarray, np.ndarray]]
    begin: Mapping[int, np.ndarray]


class RunAgain:
    """Takes the neurons of one worker from the begin of a run to its end.

    In continuous time spikes are when thresholds are crossed. Else they are those of the run, at
    the end of their steps, and only groups with potentials in the loss are run again.

    Parameters
    ----------
    world : World
        As the worker sees it.
    build : RankBuild
    tables : sequence of (ProjectionDescription, AdjointRows)
    begun : BegunRun
    traces : mapping of int to VoltageTraces
        Of groups with potentials in the loss.
    spacing : int or None
        Steps between states that are kept of these groups; by default about as many as there
        are such states.
    exact : bool
        Whether it is in continuous time.

    Attributes
    ----------
    known : list of KnownSpikes
        After `run` of all groups, on every rank.
    crossings : dict of int to Crossings
        What is known of local spikes of groups of neurons, in the order of `known`.
    """

    def __init__(
        self,
        world: World,
        build: RankBuild,
        tables: Sequence[tuple[ProjectionDescription, AdjointRows]],
        begun: BegunRun,
        traces: Mapping[int, VoltageTraces],
        spacing: int | None,
        exact: bool,
    ) -> None:
        description = build.description
        self._world, self.first, self.end = world, begun.first, begun.end
        none = _NONE, _NONE
        self.known = [
            KnownSpikes(*(none if exact and g in begun.begin else steps))
            for g, steps in enumerate(begun.steps)
        ]
        self._tables = [(p, rows, rows.weights(description, p)) for p, rows in tables]
        self._dt, self.traces, self.exact = description.dt, traces, exact
        shortest, self._longest = delays_of_all(world, [rows for _, rows in tables])
        self._interval = min(_MOST_STEPS, shortest)
        check_interval(self._interval)
        whole = max(1, round((spacing or (self.end - self.first) ** 0.5) / self._interval))
        #: Steps between states that are kept.
        self.spacing = whole * self._interval
        inputs = PoissonAmounts(build)
        self._groups: dict[int, GroupAgain] = {}
        self._arrivals: dict[int, Arrivals] = {}
        self._lid: dict[int, np.ndarray] = {}
        self.crossings: dict[int, Crossings] = {}
        for g, group in enumerate(description.groups):
            if not isinstance(group, NeuronDescription) or not (exact or g in traces):
                continue
            neurons, refractory = neurons_again(build, g), refractory_steps(build, g)
            self._lid[g] = np.full(group.size, -1)
            self._lid[g][neurons.index] = np.arange(neurons.index.size)
            if g in traces:
                traces[g].begin(neurons, refractory, begun.begin[g][0])
            states = begun.begin[g][:, neurons.index]
            self._groups[g] = GroupAgain(neurons, refractory, states, traces.get(g), description.dt)
            self._arrivals[g] = Arrivals(neurons, g, inputs, self._interval)
            self.crossings[g] = Crossings(neurons.index, neurons.kept - 1)
        self._told = ToldSpikes(world, list(self._groups))
        # States of the groups in `traces` before some steps.
        self._kept: dict[int, dict[int, StateAgain]] = {}

    def run(self) -> None:
        """Go to the end. Collective."""
        for low in range(self.first, self.end, self._interval):
            high = min(low + self._interval, self.end) - 1
            if self.traces and (low - self.first) % self.spacing == 0:
                self._kept[low] = {g: self._groups[g].state.copy() for g in self.traces}
                for trace in self.traces.values():
                    trace.reserve(low, min(low + self.spacing, self.end))
            self._advance_all(low, high)
            for g, trace in self.traces.items():
                if high + 1 == trace.end:
                    trace.evaluate(self.crossings[g])
        for crossings in self.crossings.values():
            crossings.settle()

    def by_potentials(self, g: int, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """Local neurons (int64 (m,)) with derivatives by their potentials (float64 (states, m)).

        They are those after the steps from `low` to `high`, which go back from call to call.
        """
        trace = self.traces[g]
        parts = []
        while low <= high:
            begin = low - (low - self.first) % self.spacing
            stop = min(begin + self.spacing, self.end, high + 1)
            if trace.first != begin:
                group = self._groups[g]
                group.state = self._kept[begin][g].copy()
                trace.reserve(begin, min(begin + self.spacing, self.end))
                # What is found of spikes is known.
                found = Crossings(group.neurons.index, group.neurons.kept - 1)
                for at in range(begin, trace.end, self._interval):
                    self._advance(g, at, min(at + self._interval, self.end) - 1, found)
            parts.append(trace.derivatives(low, stop))
            low = stop
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if not self.exact and high == self.end - 1:
            # Nothing follows the last state.
            values[-1] *= 0.5
        return trace.lid, values

    def add_constants(self, g: int, k: int, found: np.ndarray) -> None:
        """Add derivatives by a time constant through potentials (float64 (local neurons,))."""
        if g in self.traces:
            found[self.traces[g].lid] += self.traces[g].by_constants[k]

    def _advance_all(self, low: int, high: int) -> None:
        """Take all groups through an interval. Collective in continuous time."""
        found, fits = {}, True
        for g in self._groups:
            found[g], noted = self._advance(g, low, high, self.crossings[g])
            fits &= noted
        if self.exact:
            for g, spikes in self._told.exchange(found, fits).items():
                self.known[g].add(*spikes)

    def _advance(self, g: int, low: int, high: int, crossings: Crossings) -> tuple[Spikes, bool]:
        """Take a group through an interval; see `GroupAgain.advance_between`."""
        given = [
            _of_rows(self.known[table[0].source.group].since(low - self._longest, low), *table)
            for table in self._tables
            if table[0].target.group == g
        ]
        arrivals = self._arrivals[g]
        arrivals.add(low, high, given, self.exact)
        if self.exact:
            return self._groups[g].advance_between(arrivals, crossings)
        step, index, _ = self.known[g].since(low, high + 1)
        lid = self._lid[g][index]
        step, lid = step[lid >= 0], lid[lid >= 0]
        begin = np.searchsorted(step, np.arange(low, high + 2))
        self._groups[g].advance_on_grid(arrivals, begin, lid, crossings)
        return _NO_SPIKES, True


def _of_rows(
    spikes: tuple[np.ndarray, np.ndarray, np.ndarray],
    projection: ProjectionDescription,
    rows: AdjointRows,
    weights: np.ndarray,
) -> tuple[Any, ...]:
    """Arguments of `list_arrivals` from `spike_step` to `receptor`."""
    step, index, early = spikes
    row = index - projection.source.start
    row = np.where((row >= 0) & (row < projection.source.size), row, -1)
    table = rows.begins, rows.target, rows.delay, weights
    return step, early, row, *table, projection.since, projection.receptor


_NONE = np.empty(0, dtype=np.int64)
_NO_SPIKES = _NONE, _NONE, np.empty(0)
