"""Losses of spike times and potentials, each with its derivative."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.values.given import whole_number
from distsnn.errors import ParameterError
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.target_checks import as_slice
from distsnn.learning.backward_pass import VoltageDerivatives
from distsnn.learning.learning_checks import checked_array, checked_number, index_in


class Recorded:
    """The spikes of a run, with the derivatives of the loss by their times.

    Attributes
    ----------
    first : int
        The first step.
    dt : float, ms
    steps : list of (int64 array, int64 array)
        Steps and indices of the spikes of each group.
    by_time : list of float64 array
        Derivative of the loss by the time of each, 1/ms.
    by_voltage : dict of int to VoltageDerivatives
    """

    def __init__(self, network: Network, monitors: Mapping[int, SpikeMonitor]) -> None:
        self._network, self.dt = network, network.dt
        dt = self.dt
        order = [monitors[g] for g in range(len(monitors))]
        self.first = round(order[0].period[0] / dt)
        self.steps = [
            (np.rint(m.values_now("t") / dt).astype(np.int64), m.values_now("i")) for m in order
        ]
        self.by_time = [np.zeros(step.size) for step, _ in self.steps]
        self.by_voltage: dict[int, VoltageDerivatives] = {}

    @property
    def duration(self) -> float:
        """End of the run, ms from its begin."""
        return (self._network.step - self.first) * self._network.dt

    def add_voltages(self, monitor: StateMonitor, derivative: np.ndarray) -> None:
        """Add to the derivative of the loss by the potentials of a monitor.

        Parameters
        ----------
        monitor : StateMonitor
        derivative : float64 array (steps - 1, recorded neurons), 1/(ms mV)
            Of the loss in each ms by the potential after each step of the run but the last.
        """
        part = monitor.source
        g = index_in(monitor.name, self._network, part)
        index = part.start + np.asarray(monitor.record)
        states = self._network.step - self.first
        if derivative.shape != (states - 1, index.size):
            raise ParameterError(
                monitor.name,
                f"{derivative.shape[0] + 1} times were recorded",
                f"a loss of potentials needs all {states} steps of the run",
                "leave out dt=, and make the monitor before the first run",
            )
        if (spiking := np.intersect1d(index, self.steps[g][1])).size:
            raise ParameterError(
                monitor.name,
                f"neuron {spiking[0]} of {part.group.name} has spiked",
                "losses of potentials are of neurons that do not spike",
                "raise its threshold, or take a loss of spike times",
            )
        values = np.concatenate([derivative * self.dt, np.zeros((1, index.size))])
        if (before := self.by_voltage.get(g)) is not None:
            index = np.concatenate([before.index, index])
            values = np.concatenate([before.values, values], axis=1)
        self.by_voltage[g] = VoltageDerivatives(index, values)

    def spikes(self, source: SpikeSource | Subgroup) -> RecordedTimes:
        """The spikes of a group or slice."""
        part = as_slice("Recorded", "source", source)
        g = index_in("Recorded", self._network, part)
        step, index = self.steps[g]
        which = np.flatnonzero((index >= part.start) & (index < part.stop))
        time = (step[which] + 1 - self.first) * self._network.dt
        return RecordedTimes(self, g, which, time, index[which] - part.start, len(part))


class RecordedTimes:
    """Spikes of a group or slice.

    Attributes
    ----------
    t : float64 array (n,), ms
        Since the begin of the run; a spike of step k is at the end of this step, ``(k + 1)*dt``.
    i : int64 array (n,)
    N : int
        Number of neurons.
    """

    def __init__(
        self, recorded: Recorded, g: int, which: np.ndarray, t: np.ndarray, i: np.ndarray, N: int
    ) -> None:
        self._recorded, self._g, self._which = recorded, g, which
        self.t, self.i, self.N = t, i, N

    def first(self) -> np.ndarray:
        """Position (int64 (N,)) of the first spike of each neuron; -1 for none."""
        found = np.full(self.N, -1)
        found[self.i[::-1]] = np.arange(self.t.size)[::-1]
        return found

    def add(self, by_time: np.ndarray) -> None:
        """Add to the derivative of the loss by the time of each spike (float64 (n,), 1/ms)."""
        self._recorded.by_time[self._g][self._which] += by_time


class Loss(ABC):
    """The base of all losses, also of a user's own."""

    @abstractmethod
    def evaluate(self, recorded: Recorded) -> float:
        """The value; derivatives are added to what was recorded."""


class FirstSpikeCrossEntropy(Loss):
    r"""Cross entropy of the first spikes of some neurons: the first one to spike is the answer.

    .. math:: L = -\log\frac{e^{-t_{target}/\tau}}{\sum_i e^{-t_i/\tau}}

    Parameters
    ----------
    source : group or slice
    target : int
        Index of the neuron that should be first.
    tau : float, ms

    Raises
    ------
    ParameterError
        If there is no such neuron, or `tau` is not above 0.

    Notes
    -----
    Neurons that do not spike count as if they did at the end of the run, and their time has no
    derivative. Goeltz et al. 2021, Nat. Mach. Intell. 3:823-835.
    """

    def __init__(self, source: SpikeSource | Subgroup, target: int, tau: float) -> None:
        part = as_slice("FirstSpikeCrossEntropy", "source", source)
        if whole_number(target, 0) is None or target >= len(part):
            raise ParameterError(
                "FirstSpikeCrossEntropy",
                f"target={target!r}",
                f"there are {len(part)} neurons",
                "give the index of one of them",
            )
        self.source, self.target = part, int(target)
        self.tau = checked_number("FirstSpikeCrossEntropy", "tau", tau, 0.0)

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        spikes = recorded.spikes(self.source)
        first = spikes.first()
        time = np.full(spikes.N, recorded.duration)
        there = first >= 0
        time[there] = spikes.t[first[there]]
        scaled = -time / self.tau
        scaled -= scaled.max()
        softmax = np.exp(scaled) / np.exp(scaled).sum()
        by_first = -softmax / self.tau
        by_first[self.target] += 1.0 / self.tau
        by_time = np.zeros(spikes.t.size)
        by_time[first[there]] = by_first[there]
        spikes.add(by_time)
        return float(-np.log(softmax[self.target]))


class SpikeTimes(Loss):
    r"""Squared distance of spikes from wanted ones, the k-th spike of each neuron from its k-th.

    .. math:: L = \frac{1}{2}\sum_k (t_k - t_k^*)^2

    Parameters
    ----------
    source : group or slice
    i : int array (n,)
        Neurons.
    t : float array (n,), ms
        Wanted times since the begin of the run, ascending for each neuron.

    Raises
    ------
    ParameterError
        When evaluated: if a neuron has fewer or more spikes than are wanted. Spikes that are
        not there have no time that could be moved.
    """

    def __init__(self, source: SpikeSource | Subgroup, i: Any, t: Any) -> None:
        self.source = as_slice("SpikeTimes", "source", source)
        self.i = np.asarray(i)
        self.t = checked_array("SpikeTimes", "t", t, (self.i.shape,))
        inside = (self.i.ndim == 1 and self.i.size == 0) or self.i.dtype.kind in "iu"
        if not inside or self.i.ndim != 1 or np.any((self.i < 0) | (self.i >= len(self.source))):
            raise ParameterError(
                "SpikeTimes",
                f"i={i!r}",
                f"i has indices of {len(self.source)} neurons, one for each time",
                "correct i",
            )
        self.i = self.i.astype(np.int64)

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        spikes = recorded.spikes(self.source)
        have, want = (np.bincount(x, minlength=spikes.N) for x in (spikes.i, self.i))
        wrong = np.flatnonzero((have != want) & (want > 0))
        if wrong.size:
            raise ParameterError(
                "SpikeTimes",
                f"neuron {wrong[0]} has {have[wrong[0]]} spikes",
                f"{want[wrong[0]]} are wanted, and what is not there cannot be moved",
                "begin with other weights, or add a loss of potentials or counts",
            )
        mine = np.flatnonzero(want[spikes.i] > 0)
        order = mine[np.lexsort((spikes.t[mine], spikes.i[mine]))]
        wanted = self.t[np.lexsort((self.t, self.i))]
        difference = spikes.t[order] - wanted
        by_time = np.zeros(spikes.t.size)
        by_time[order] = difference
        spikes.add(by_time)
        return float(0.5 * np.sum(difference**2))


class SpikeCount(Loss):
    r"""Squared distance of the numbers of spikes from wanted ones.

    A spike counts as :math:`c(t) = 1/(1 + e^{(t - T)/\tau})`, where `T` is where the window ends: a
    whole number would have no derivative. Only spikes near the end of the window have one.

    .. math:: L = \frac{1}{2}\sum_i \Big(\sum_k c(t_{ik}) - n_i\Big)^2

    Parameters
    ----------
    source : group or slice
    n : float or float array (N,)
        Wanted numbers.
    end, tau : float, ms
        End of the window since the begin of the run, and its width.
    """

    def __init__(self, source: SpikeSource | Subgroup, n: Any, end: float, tau: float) -> None:
        self.source = as_slice("SpikeCount", "source", source)
        self.n = checked_array("SpikeCount", "n", n, ((), (len(self.source),)))
        self.end = checked_number("SpikeCount", "end", end, 0.0)
        self.tau = checked_number("SpikeCount", "tau", tau, 0.0)

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        spikes = recorded.spikes(self.source)
        counts = 0.5 * (1.0 - np.tanh((spikes.t - self.end) / (2.0 * self.tau)))
        difference = np.bincount(spikes.i, counts, spikes.N) - self.n
        spikes.add(difference[spikes.i] * -counts * (1.0 - counts) / self.tau)
        return float(0.5 * np.sum(difference**2))


class VoltageIntegral(Loss):
    r"""Squared distance of potentials from wanted ones, over the run.

    .. math:: L = \frac{1}{2}\int \sum_i (V_i(t) - V_i^*(t))^2\,dt

    Parameters
    ----------
    monitor : StateMonitor
        It records ``V_m`` of some neurons in every step; these must not spike, as readouts do not.
    target : float or float array, mV
        Wanted potentials: one, or an array of the shape of ``monitor.V_m``.

    Raises
    ------
    ParameterError
        When evaluated: if one of the neurons has spiked, or the monitor has other times.
    """

    def __init__(self, monitor: StateMonitor, target: Any = 0.0) -> None:
        if not isinstance(monitor, StateMonitor):
            raise ParameterError(
                "VoltageIntegral",
                f"monitor={monitor!r}",
                "monitor is a StateMonitor of V_m",
                "give one",
            )
        self.monitor, self.target = monitor, target

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        potentials = np.asarray(self.monitor.V_m)
        # Values at the begin of a step are those after the step before.
        shapes = ((), potentials.shape, (potentials.shape[0], 1))
        target = checked_array("VoltageIntegral", "target", self.target, shapes)
        difference = (potentials - target)[:, 1:]
        recorded.add_voltages(self.monitor, difference.T)
        return float(0.5 * np.sum(difference**2) * recorded.dt)
