"""Losses of potentials that are computed again: integrals by the trapezoidal rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from distsnn.exchange import World
from distsnn.kernels.adjoint.between_steps import V_RESET
from distsnn.learning.again.crossings import Crossings
from distsnn.learning.again.neurons_again import NeuronsAgain

if TYPE_CHECKING:
    from distsnn.learning.again.run_again import RunAgain
    from distsnn.learning.losses import VoltageLoss


class VoltageTraces:
    """Potentials of the local neurons of one group that losses depend on, some steps at a time.

    A step with a spike or a release has a node there, where the potential jumps or begins to move.

    Parameters
    ----------
    losses : sequence of VoltageLoss
    dt : float, ms
    begin : int
        The first step of the run.

    Attributes
    ----------
    lid : int64 array (m,)
        Local neurons that a loss depends on.
    first, end : int
        The steps that are looked at.
    column : int64 array (n,)
        Position of each local neuron in `lid`; -1 for others.
    trace : float64 array (end - first, T, m)
        States after these steps; see `advance_between`.
    values : list of float64 array (m of the loss,)
        Of each loss the part of each local neuron.
    parts : list of (int64 array, int64 array)
        Of each loss columns of `lid`, and which of its neurons these are.
    by_constants : float64 array (T, m)
        Derivatives by time constants for given spikes.
    """

    def __init__(self, losses: Sequence[VoltageLoss], dt: float, begin: int) -> None:
        self.losses, self._dt, self._begin = losses, dt, begin
        self.first = self.end = -1
        # Of spikes: lid, step, early, and derivatives by the time and by the potential before.
        self._spikes: list[np.ndarray] = []
        # Of their releases: lid, step, early, and the derivative by the potential after it.
        self._releases: list[np.ndarray] = []

    def begin(self, neurons: NeuronsAgain, refractory: np.ndarray, potential: np.ndarray) -> None:
        """Begin with the potentials (float64 (N,), mV) of all neurons of the group."""
        n = neurons.index.size
        position = np.full(potential.size, -1)
        position[neurons.index] = np.arange(n)
        known = np.concatenate([loss.index for loss in self.losses])
        self.lid = np.unique(position[known[position[known] >= 0]])
        self.column = np.full(n, -1)
        self.column[self.lid] = np.arange(self.lid.size)
        self._kept, self._refractory = neurons.kept, refractory
        self._reset = neurons.numbers[V_RESET]
        self.parts = []
        for loss in self.losses:
            lid = position[loss.index]
            which = np.flatnonzero(lid >= 0)
            self.parts.append((self.column[lid[which]], which))
        self.values = [np.zeros(which.size) for _, which in self.parts]
        self.by_constants = np.zeros((self._kept - 1, self.lid.size))
        self._last = np.zeros((1, self._kept, self.lid.size))
        self._last[0, 0] = potential[neurons.index[self.lid]]

    def reserve(self, first: int, end: int) -> None:
        """Look at the steps ``first <= step < end``."""
        self.first, self.end = first, end
        self.trace = np.empty((end - first, self._kept, self.lid.size))

    def derivatives(self, low: int, stop: int) -> np.ndarray:
        """Derivative (float64 (states, m), 1/mV) of the loss by the potential after some steps."""
        V = self.trace[low - self.first : stop - self.first, 0]
        found = np.zeros(V.shape)
        time = (np.arange(low, stop) + 1 - self._begin)[:, None] * self._dt
        for loss, (columns, which) in zip(self.losses, self.parts, strict=True):
            of = _section(columns, self.lid.size)
            found[:, of] += loss.density(V[:, of], time, which)[1]
        return found * self._dt

    def evaluate(self, crossings: Crossings) -> None:
        """Add what these steps give to the losses, and to derivatives for given spikes."""
        states = np.concatenate([self._last, self.trace])
        self._last = self.trace[-1:].copy()
        time = (np.arange(self.first, self.end + 1) - self._begin)[:, None] * self._dt
        oldest = self.first - int(self._refractory.max(initial=0))
        lid, step, early, potential = crossings.recent(oldest)
        inside = self.column[lid] >= 0
        lid, step, early = lid[inside], step[inside], early[inside]
        limits = potential[inside], self._reset[lid]
        spikes = np.array([lid, step, early, np.zeros(lid.size), np.zeros(lid.size)])
        spikes = spikes[:, step >= self.first]
        released_in = step + self._refractory[lid]
        due = (released_in >= self.first) & (released_in < self.end)
        releases = np.array([lid, step, early, np.zeros(lid.size)])
        constants = np.zeros((self._kept - 1, self.end - self.first, self.lid.size))
        for k, (loss, (columns, which)) in enumerate(zip(self.losses, self.parts, strict=True)):
            of = _section(columns, self.lid.size)
            value, by_V = loss.density(states[:, 0, of], time, which)
            cells = 0.5 * self._dt * (value[:-1] + value[1:])
            by_S = [by_V * S[:, of] for S in states.swapaxes(0, 1)[1:]]
            of_S = [0.5 * self._dt * (x[:-1] + x[1:]) for x in by_S]
            at = np.full(self.lid.size, -1)
            at[columns] = np.arange(columns.size)
            for released in (False, True):
                q = step + self._refractory[lid] if released else step
                here = (q >= self.first) & (q < self.end) & (at[self.column[lid]] >= 0)
                # Without a refractory period both are in one cell.
                here &= (self._refractory[lid] > 0) | (not released)
                shown = here.copy()
                row, c = q[here] - self.first, at[self.column[lid[here]]]
                left, moment = early[here], (q[here] + 1 - self._begin) * self._dt - early[here]
                before, after = (loss.density(limit[here], moment, which[c]) for limit in limits)
                until = after if released else before
                np.add.at(
                    cells,
                    (row, c),
                    0.5 * (self._dt - left) * (value[row, c] + until[0])
                    + 0.5 * left * (after[0] + value[row + 1, c])
                    - 0.5 * self._dt * (value[row, c] + value[row + 1, c]),
                )
                for to, x in zip(of_S, by_S, strict=True):
                    change = -left * x[row, c] - (self._dt - left) * x[row + 1, c]
                    np.add.at(to, (row, c), 0.5 * change)
                if not released:
                    now = here[step >= self.first]
                    spikes[3, now] += before[0] - after[0]
                    spikes[4, now] += 0.5 * (self._dt - left) * before[1]
                here = here & (released_in == q)
                releases[3, here] += 0.5 * early[here] * after[1][here[shown]]
            _add_rows(self.values[k], cells)
            for constant, x in zip(constants, of_S, strict=True):
                constant[:, of] += x
        for each, constant in zip(self.by_constants, constants, strict=True):
            _add_rows(each, constant)
        self._spikes.append(spikes)
        self._releases.append(releases[:, due])
        self._stop = self.end

    def of_spikes(self, crossings: Crossings) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives by the time of local spikes, and by the potential before (float64 (n,))."""
        by_time, by_before = np.zeros(crossings.lid.size), np.zeros(crossings.lid.size)
        known = np.array([crossings.lid, crossings.step, crossings.early])
        mine = self.column[crossings.lid] >= 0
        order = np.flatnonzero(mine)[_in_order(known[:, mine])]
        if order.size:
            spikes = np.concatenate(self._spikes, axis=1)
            spikes = spikes[:, _in_order(spikes)]
            by_time[order], by_before[order] = spikes[3], spikes[4]
            releases = np.concatenate(self._releases, axis=1)
            releases = releases[:, _in_order(releases)]
            was = crossings.step[order] + self._refractory[crossings.lid[order]] < self._stop
            by_time[order[was]] -= releases[3] * crossings.slope_after[order[was]]
        return by_time, by_before


def _in_order(spikes: np.ndarray) -> np.ndarray:
    """Order (int64 (n,)) of spikes (lid, step and early, ...) by step, lid and time."""
    return np.lexsort((-spikes[2], spikes[0], spikes[1]))


def _section(columns: np.ndarray, n: int) -> slice | np.ndarray:
    """Columns (int64 (m,), some of `n`), without copying where they are all."""
    return slice(None) if np.array_equal(columns, np.arange(n)) else columns


def _add_rows(sums: np.ndarray, cells: np.ndarray) -> None:
    """Add cells (float64 (steps, m)) to sums (float64 (m,)) one after the other, on any ranks."""
    for row in cells:
        sums += row


def sums_of_losses(
    world: World, losses: Sequence[VoltageLoss], runs: Sequence[RunAgain]
) -> list[float]:
    """The values of some losses, of all ranks and threads. Collective."""
    mine = [
        (losses.index(loss), which, values)
        for run in runs
        for trace in run.traces.values()
        for loss, (_, which), values in zip(trace.losses, trace.parts, trace.values, strict=True)
    ]
    found = [np.zeros(loss.index.size) for loss in losses]
    for of_rank in world.allgather_object(mine):
        for k, which, values in of_rank:
            found[k][which] = values
    # One neuron after the other.
    return [float(np.add.accumulate(x)[-1]) if x.size else 0.0 for x in found]
