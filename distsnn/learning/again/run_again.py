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
from distsnn.kernels.adjoint.arrivals_between import deliver_between, list_arrivals
from distsnn.kernels.adjoint.backward import NEVER
from distsnn.kernels.adjoint.between_steps import advance_between
from distsnn.learning.adjoint_neurons import refractory_steps
from distsnn.learning.adjoint_rows import AdjointRows
from distsnn.learning.again.crossings import Crossings, KnownSpikes
from distsnn.learning.again.neurons_again import NeuronsAgain, neurons_again
from distsnn.learning.again.poisson_amounts import PoissonAmounts
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


@dataclass(eq=False)
class _Group:
    """The local neurons of a group: numbers, and their state after a step.

    Attributes
    ----------
    neurons : NeuronsAgain
    refractory : int64 array (n,)
    state : float64 array (n * states,)
    until : int64 array (n,)
    until_early : float64 array (n,)
        See `advance_between`.
    """

    neurons: NeuronsAgain
    refractory: np.ndarray
    state: np.ndarray
    until: np.ndarray
    until_early: np.ndarray

    def copy(self) -> _Group:
        """The same neurons with the state that they have now."""
        state = self.state.copy(), self.until.copy(), self.until_early.copy()
        return _Group(self.neurons, self.refractory, *state)


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
        delays = [rows.delays for _, rows in tables]
        of_all = world.allgather_object(
            (min((d for d, _ in delays), default=1 << 30), max((d for _, d in delays), default=0))
        )
        self._interval = min([_MOST_STEPS, *(low for low, _ in of_all)])
        check_interval(self._interval)
        self._longest = max(high for _, high in of_all)
        whole = max(1, round((spacing or (self.end - self.first) ** 0.5) / self._interval))
        #: Steps between states that are kept.
        self.spacing = whole * self._interval
        self._groups: dict[int, _Group] = {}
        self._lid: dict[int, np.ndarray] = {}
        self.crossings: dict[int, Crossings] = {}
        for g, group in enumerate(description.groups):
            if not isinstance(group, NeuronDescription) or not (exact or g in traces):
                continue
            neurons = neurons_again(build, g)
            n, state = neurons.index.size, begun.begin[g][:, neurons.index]
            self._lid[g] = np.full(group.size, -1)
            self._lid[g][neurons.index] = np.arange(n)
            states = np.zeros((n, neurons.states))
            states[:, : state.shape[0]] = state.T
            held = np.full(n, NEVER), np.zeros(n)
            self._groups[g] = _Group(neurons, refractory_steps(build, g), states.ravel(), *held)
            self.crossings[g] = Crossings(neurons.index, neurons.kept - 1)
        for g, trace in traces.items():
            of = self._groups[g]
            trace.begin(of.neurons, of.refractory, begun.begin[g][0])
        self._inputs = PoissonAmounts(build)
        # States of the groups in `traces` before some steps.
        self._kept: dict[int, dict[int, _Group]] = {}

    def run(self) -> None:
        """Go to the end. Collective."""
        for low in range(self.first, self.end, self._interval):
            high = min(low + self._interval, self.end) - 1
            if self.traces and (low - self.first) % self.spacing == 0:
                self._kept[low] = {g: self._groups[g].copy() for g in self.traces}
                for trace in self.traces.values():
                    trace.reserve(low, min(low + self.spacing, self.end))
            found = {g: self._advance(g, group, low, high) for g, group in self._groups.items()}
            if self.exact:
                for of_rank in self._world.allgather_object(found):
                    for g, spikes in of_rank.items():
                        self.known[g].add(*spikes)
                for g in found:
                    self.known[g].settle()
            for g, trace in self.traces.items():
                if high + 1 == trace.end:
                    trace.evaluate(self.crossings[g])
        for crossings in self.crossings.values():
            crossings.settle()

    def by_potentials(self, g: int, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """Local neurons (int64 (m,)) with derivatives by their potentials (float64 (states, m)).

        They are those after the steps from `low` to `high`, which go back from call to call.
        """
        if g not in self.traces:
            return _NONE, np.empty((high - low + 1, 0))
        trace = self.traces[g]
        parts = []
        while low <= high:
            begin = low - (low - self.first) % self.spacing
            stop = min(begin + self.spacing, self.end, high + 1)
            if trace.first != begin:
                group = self._kept[begin][g].copy()
                trace.reserve(begin, min(begin + self.spacing, self.end))
                for at in range(begin, trace.end, self._interval):
                    self._advance(g, group, at, min(at + self._interval, self.end) - 1, again=True)
            parts.append(trace.derivatives(low, stop))
            low = stop
        values = np.concatenate(parts)
        if not self.exact and high == self.end - 1:
            # Nothing follows the last state.
            values[-1] *= 0.5
        return trace.lid, values

    def add_constants(self, g: int, k: int, found: np.ndarray) -> None:
        """Add derivatives by a time constant through potentials (float64 (local neurons,))."""
        if g in self.traces:
            found[self.traces[g].lid] += self.traces[g].by_constants[k]

    def _advance(
        self, g: int, group: _Group, low: int, high: int, again: bool = False
    ) -> tuple[np.ndarray, ...]:
        """Take a group through an interval; give step, index and `early` of its spikes."""
        neurons, width = group.neurons, high - low + 1
        n, R = neurons.index.size, neurons.n_receptors
        arriving = np.zeros(n * R * width * 2)
        self._inputs.add(g, neurons, low, high, arriving)
        arrivals = [
            (known.since(low - self._longest, low), table)
            for table in self._tables
            if table[0].target.group == g
            for known in [self.known[table[0].source.group]]
        ]
        given = [
            (low, high, *_of_rows(spikes, *table), table[0].since, table[0].receptor)
            for spikes, table in arrivals
        ]
        for one in given:
            deliver_between(*one, R, arriving)
        crossings = self.crossings[g] if not again else Crossings(neurons.index, neurons.kept - 1)
        part = _Part(low, high, arriving, *self._spikes_of(g, neurons, low, high))
        lids, first = np.arange(n), np.full(n, low)
        if not self.exact:
            return self._call(g, group, part, lids, first, _NO_EVENTS, crossings)[1]
        stopped, _ = self._call(g, group, part, lids, first, _NO_EVENTS, None)
        lids = np.flatnonzero(stopped <= high)
        if not lids.size:
            return _NONE, _NONE, np.empty(0)
        wanted = np.full(n, -1)
        wanted[lids] = np.arange(lids.size)
        events = _events(given, wanted, lids.size)
        return self._call(g, group, part, lids, stopped[lids], events, crossings)[1]

    def _spikes_of(
        self, g: int, neurons: NeuronsAgain, low: int, high: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Local spikes of some steps, if they are known: begins of each neuron's, and steps."""
        if self.exact:
            return _NONE, _NONE
        step, index, _ = self.known[g].since(low, high + 1)
        lid = self._lid[g][index]
        step, lid = step[lid >= 0], lid[lid >= 0]
        order = np.argsort(lid, kind="stable")
        return np.searchsorted(lid[order], np.arange(neurons.index.size + 1)), step[order]

    def _call(
        self,
        g: int,
        group: _Group,
        part: _Part,
        lids: np.ndarray,
        first: np.ndarray,
        events: tuple[np.ndarray, ...],
        crossings: Crossings | None,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Take neurons from some steps on, up to the first that needs events where there are none.

        Gives the steps before which they have stopped, and what `Crossings.add` does.
        """
        neurons, trace = group.neurons, self.traces.get(g)
        most = 0 if crossings is None else lids.size * (part.high - part.low + 2)
        counts, stopped = np.zeros(2, dtype=np.int64), np.empty(lids.size, dtype=np.int64)
        buffers = (
            np.empty(most, dtype=np.int64),
            np.empty(most, dtype=np.int64),
            np.empty(most * (2 + neurons.kept)),
            np.empty(most, dtype=np.int64),
            np.empty(most),
        )
        advance_between(
            lids,
            first,
            part.low,
            part.high,
            neurons.n_receptors,
            neurons.sensitive,
            not self.exact,
            self._dt,
            neurons.numbers,
            neurons.receptors,
            group.refractory,
            group.state,
            group.until,
            group.until_early,
            part.arriving,
            *events,
            part.spike_begin,
            part.spike_step,
            stopped,
            *(trace.arguments if trace is not None else _no_trace(group.until.size)),
            counts,
            *buffers,
        )
        return stopped, () if crossings is None else crossings.add(counts, *buffers)


@dataclass(frozen=True, eq=False)
class _Part:
    """Some steps of a run: what arrives in them, and known spikes; see `advance_between`."""

    low: int
    high: int
    arriving: np.ndarray
    spike_begin: np.ndarray
    spike_step: np.ndarray


def _no_trace(n: int) -> tuple[np.ndarray, int, int, np.ndarray]:
    return np.full(n, -1), 0, 0, np.empty(0)


def _of_rows(
    spikes: tuple[np.ndarray, np.ndarray, np.ndarray],
    projection: ProjectionDescription,
    rows: AdjointRows,
    weights: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Arguments of `deliver_between` from `spike_step` to `weight`."""
    step, index, early = spikes
    row = index - projection.source.start
    row = np.where((row >= 0) & (row < projection.source.size), row, -1)
    return step, early, row, rows.begins, rows.target, rows.delay, weights


def _events(given: Sequence[tuple[Any, ...]], wanted: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    """Arrivals at `n` neurons that are wanted; arguments of `advance_between`."""
    most = 0
    while True:
        buffers = (
            np.empty(most, dtype=np.int64),
            np.empty(most, dtype=np.int64),
            np.empty(most),
            np.empty(most),
            np.empty(most, dtype=np.int64),
        )
        found = 0
        for one in given:
            found = list_arrivals(*one, wanted, found, *buffers)
        if found <= most:
            break
        most = found
    of, step, early, weight, receptor = buffers
    order = np.lexsort((-early, step, of))
    begin = np.searchsorted(of[order], np.arange(n + 1))
    return begin, step[order], early[order], weight[order], receptor[order]


_NONE = np.empty(0, dtype=np.int64)
_NO_EVENTS = _NONE, _NONE, np.empty(0), np.empty(0), _NONE
