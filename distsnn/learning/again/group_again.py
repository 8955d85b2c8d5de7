"""The local neurons of a group in a run once more: their state, and what arrives at them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.kernels.adjoint.arrivals_between import (
    AMOUNT,
    LATE,
    deliver_between,
    list_arrivals,
    order_arrivals,
)
from distsnn.kernels.adjoint.backward import NEVER
from distsnn.kernels.adjoint.between_steps import advance_between
from distsnn.kernels.adjoint.whole_steps import advance_on_grid, advance_whole
from distsnn.learning.again.crossings import Crossings
from distsnn.learning.again.neurons_again import NeuronsAgain
from distsnn.learning.again.poisson_amounts import PoissonAmounts
from distsnn.learning.again.told_spikes import Spikes
from distsnn.learning.again.voltage_traces import VoltageTraces

# Spikes of a neuron in an interval beyond one for each step.
_MORE_SPIKES = 16


@dataclass(eq=False)
class StateAgain:
    """The state of some neurons after a step.

    Attributes
    ----------
    states : float64 array (states, n)
    until : int64 array (n,)
    until_early : float64 array (n,)
        See `advance_between`.
    """

    states: np.ndarray
    until: np.ndarray
    until_early: np.ndarray

    @classmethod
    def of(cls, neurons: NeuronsAgain, begin: np.ndarray) -> StateAgain:
        """That of the begin of a run; `begin` (float64 (1 + 2 R, n)) without derivatives."""
        n = neurons.index.size
        states = np.zeros((neurons.states, n))
        states[: begin.shape[0]] = begin
        return cls(states, np.full(n, NEVER), np.zeros(n))

    def copy(self) -> StateAgain:
        """The same again."""
        return StateAgain(self.states.copy(), self.until.copy(), self.until_early.copy())


class Arrivals:
    """Events and Poisson input that arrive at the neurons of a group in an interval.

    Parameters
    ----------
    neurons : NeuronsAgain
    group : int
    inputs : PoissonAmounts
    steps : int
        Steps of an interval at most.

    Attributes
    ----------
    low, high : int
        The interval.
    arriving : float64 array (R, steps, n, 2)
        See `deliver_between`.
    noise : float64 array (R, steps, n)
        See `advance_between`.
    """

    def __init__(
        self, neurons: NeuronsAgain, group: int, inputs: PoissonAmounts, steps: int
    ) -> None:
        self._group, self._inputs, self._R = group, inputs, neurons.n_receptors
        self._n = neurons.index.size
        self._arriving = np.empty(2 * self._R * steps * self._n)
        self._drawn = np.empty(self._R * steps * self._n)
        self._number = np.empty(self._n, dtype=np.int64)
        self._found = _room_for(0)
        self._given: Sequence[tuple[Any, ...]] = ()

    def add(self, low: int, high: int, given: Sequence[tuple[Any, ...]], alone: bool) -> None:
        """Add the Poisson input of an interval, and what spikes bring.

        `given` are of each table arguments of `list_arrivals` from `spike_step` to `receptor`;
        `alone` says whether neurons go alone from some step on, and need `noise`.
        """
        self.low, self.high, self._given = low, high, given
        shape = self._R, high - low + 1, self._n
        size = math.prod(shape)
        self.arriving = self._arriving[: 2 * size].reshape(*shape, 2)
        self.noise = self._drawn[:size].reshape(shape)
        self.noise[:] = 0.0
        noisy = [self._inputs.add(self._group, r, low, x) for r, x in enumerate(self.noise)]
        self.arriving[..., AMOUNT], self.arriving[..., LATE] = self.noise, 0.0
        if not (alone and any(noisy)):
            self.noise = self.noise[:0]
        for *spikes_and_rows, receptor in given:
            deliver_between(low, high, *spikes_and_rows, self.arriving[receptor])

    def events(self, lids: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, ...]:
        """Arrivals at neurons that go alone: `advance_between` from `event_begin` on.

        `first` (int64 (n,)) is the step with which each begins, ``high + 1`` for others.
        """
        while True:
            n_found = 0
            for one in self._given:
                n_found = list_arrivals(self.low, self.high, *one, first, n_found, *self._found)
            if n_found <= self._found[0].size:
                break
            self._found = _room_for(2 * n_found)
        lid, step, early, weight, receptor = self._found
        begin = np.empty(lids.size * (self.high - self.low + 1) + 1, dtype=np.int64)
        order = np.empty(n_found, dtype=np.int64)
        order_arrivals(
            self.low, self.high, lids, self._number, n_found, lid, step, early, begin, order
        )
        return begin, order, early, weight, receptor


class GroupAgain:
    """The local neurons of a group that are run once more.

    Parameters
    ----------
    neurons : NeuronsAgain
    refractory : int64 array (n,)
    begin : float64 array (1 + 2 R, n)
        Their states at the begin.
    trace : VoltageTraces or None
    dt : float, ms
    """

    def __init__(
        self,
        neurons: NeuronsAgain,
        refractory: np.ndarray,
        begin: np.ndarray,
        trace: VoltageTraces | None,
        dt: float,
    ) -> None:
        self.neurons, self.refractory, self._trace, self._dt = neurons, refractory, trace, dt
        self.state = StateAgain.of(neurons, begin)
        n = neurons.index.size
        self._first, self._does, self._hot = np.empty((3, n), dtype=np.int64)
        self._V, self._current = np.empty((2, n))
        self._no_column = np.full(n, -1)

    def advance_on_grid(
        self,
        arrivals: Arrivals,
        spike_begin: np.ndarray,
        spike_lid: np.ndarray,
        crossings: Crossings,
    ) -> None:
        """Go through an interval with the spikes of the run; see `advance_on_grid`."""
        state, neurons = self.state, self.neurons
        numbers = np.empty((spike_lid.size, 2 + neurons.kept))
        advance_on_grid(
            arrivals.low,
            arrivals.high,
            neurons.n_receptors,
            neurons.sensitive,
            neurons.numbers,
            neurons.receptors,
            self.refractory,
            state.states,
            state.until,
            arrivals.arriving,
            *self._traced,
            spike_begin,
            spike_lid,
            numbers,
            self._does,
            self._V,
            self._current,
        )
        step = np.repeat(np.arange(arrivals.low, arrivals.high + 1), np.diff(spike_begin))
        crossings.add(spike_lid, step, numbers, _NONE, np.empty(0))

    def advance_between(self, arrivals: Arrivals, crossings: Crossings) -> tuple[Spikes, bool]:
        """Go through an interval in continuous time: its spikes, and whether all were noted."""
        state, neurons = self.state, self.neurons
        steps, R = (arrivals.low, arrivals.high), neurons.n_receptors
        of_neurons = self._dt, neurons.numbers, neurons.receptors
        advance_whole(
            *steps,
            R,
            neurons.sensitive,
            *of_neurons,
            state.states,
            state.until,
            arrivals.arriving,
            *self._traced,
            self._first,
            self._does,
            self._hot,
            self._V,
            self._current,
        )
        lids = np.flatnonzero(self._first <= arrivals.high)
        if not lids.size:
            return (_NONE, _NONE, np.empty(0)), True
        most = lids.size * (arrivals.high - arrivals.low + 1 + _MORE_SPIKES)
        counts = np.zeros(2, dtype=np.int64)
        spike_lid, spike_step, release_lid = np.empty((3, most), dtype=np.int64)
        numbers, slope = np.empty((most, 2 + neurons.kept)), np.empty(most)
        _, *trace = self._traced
        fits = advance_between(
            lids,
            self._first[lids],
            *steps,
            R,
            neurons.sensitive,
            *of_neurons,
            self.refractory,
            state.states,
            state.until,
            state.until_early,
            arrivals.arriving,
            arrivals.noise,
            *arrivals.events(lids, self._first),
            self._no_column if self._trace is None else self._trace.column,
            *trace,
            counts,
            spike_lid,
            spike_step,
            numbers,
            release_lid,
            slope,
        )
        n, m = counts
        numbers = numbers[:n].copy()
        lid, step = spike_lid[:n].copy(), spike_step[:n].copy()
        crossings.add(lid, step, numbers, release_lid[:m].copy(), slope[:m].copy())
        return (step, neurons.index[lid], numbers[:, 0]), fits

    @property
    def _traced(self) -> tuple[np.ndarray, int, np.ndarray]:
        """Which neurons are traced, the step of the first row, and the rows."""
        if self._trace is None:
            return _NONE, 0, np.empty((0, self.neurons.kept, 0))
        return self._trace.lid, self._trace.first, self._trace.trace


def _room_for(most: int) -> tuple[np.ndarray, ...]:
    """Buffers of `list_arrivals`."""
    lid, step, receptor = np.empty((3, most), dtype=np.int64)
    early, weight = np.empty((2, most))
    return lid, step, early, weight, receptor


_NONE = np.empty(0, dtype=np.int64)
