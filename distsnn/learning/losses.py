"""Losses of spike times and potentials, each with its derivative."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from distsnn.describe.values.given import whole_number
from distsnn.errors import ParameterError
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.target_checks import as_slice
from distsnn.kernels.arithmetic.elementwise import exp, log, tanh
from distsnn.learning.learning_checks import checked_array, checked_number
from distsnn.learning.recorded_run import Recorded


def counted(t: np.ndarray, end: float, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """For how much spikes at some times count (float64 (n,)), and its derivative by the time.

    The window ends at `end` (ms since the begin of the run) with a width of `tau` (ms).
    """
    counts = 0.5 * (1.0 - tanh((t - end) / (2.0 * tau)))
    return counts, -counts * (1.0 - counts) / tau


def check_window(name: str, end: float, recorded: Recorded) -> None:
    """Raise ParameterError if the window of a loss ends (ms) after the run."""
    if end > recorded.duration * (1 + 1e-9):
        raise ParameterError(
            name,
            f"end={end:g} ms, and a run of {recorded.duration:g} ms",
            "the window of spikes that count ends within the run",
            "run longer, or give an earlier end",
        )


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
    Neurons that do not spike count as if they did at the end of the run, and have a derivative only
    with a `Surrogate`; else `backward` warns if the target is one of them. Goeltz et al. 2021, Nat.
    Mach. Intell. 3:823-835.
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
        softmax = exp(scaled) / exp(scaled).sum()
        by_first = -softmax / self.tau
        by_first[self.target] += 1.0 / self.tau
        by_time = np.zeros(spikes.t.size)
        by_time[first[there]] = by_first[there]
        spikes.add(by_time)
        spikes.add_silent(by_first * (spikes.highest - recorded.duration))
        return float(-log(softmax[self.target]))


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

    Raises
    ------
    ParameterError
        If a value is out of its range; when evaluated, if the window ends after the run.
    """

    def __init__(self, source: SpikeSource | Subgroup, n: Any, end: float, tau: float) -> None:
        self.source = as_slice("SpikeCount", "source", source)
        self.n = checked_array("SpikeCount", "n", n, ((), (len(self.source),)))
        self.end = checked_number("SpikeCount", "end", end, 0.0)
        self.tau = checked_number("SpikeCount", "tau", tau, 0.0)

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        check_window("SpikeCount", self.end, recorded)
        spikes = recorded.spikes(self.source)
        counts, by_time = counted(spikes.t, self.end, self.tau)
        difference = np.bincount(spikes.i, counts, spikes.N) - self.n
        spikes.add(difference[spikes.i] * by_time)
        spikes.add_silent(difference * counted(spikes.highest, self.end, self.tau)[0])
        return float(0.5 * np.sum(difference**2))


class RateRegularization(Loss):
    r"""A price for neurons that spike too rarely or too often, to be added to another loss.

    Spikes count as in `SpikeCount`, and :math:`r_i = \sum_k c(t_{ik})/T` are rates.

    .. math:: L = \frac{s}{2}\sum_i \big(\max(0, r_i - r_{high})^2 + \max(0, r_{low} - r_i)^2\big)

    Parameters
    ----------
    source : group or slice
    low, high : float, kHz
        Rates between them cost nothing.
    end, tau : float, ms
        End of the window since the begin of the run, and its width: a spike has a derivative if it
        is some `tau` from `end` at most, so take about a mean interval.
    strength : float, ms^2
        The price `s`.

    Raises
    ------
    ParameterError
        If a value is out of its range; when evaluated, if the window ends after the run.

    Notes
    -----
    Neurons without spikes have a price, and a derivative only with a `Surrogate`.
    """

    def __init__(
        self,
        source: SpikeSource | Subgroup,
        low: float,
        high: float,
        end: float,
        tau: float,
        strength: float = 1.0,
    ) -> None:
        self.source = as_slice("RateRegularization", "source", source)
        self.low = checked_number("RateRegularization", "low", low, 0.0, closed=True)
        self.high = checked_number("RateRegularization", "high", high, self.low, closed=True)
        self.end = checked_number("RateRegularization", "end", end, 0.0)
        self.tau = checked_number("RateRegularization", "tau", tau, 0.0)
        self.strength = checked_number("RateRegularization", "strength", strength, 0.0, closed=True)

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        check_window("RateRegularization", self.end, recorded)
        spikes = recorded.spikes(self.source)
        counts, by_time = counted(spikes.t, self.end, self.tau)
        rates = np.bincount(spikes.i, counts, spikes.N) / self.end
        beyond = rates - np.clip(rates, self.low, self.high)
        by_count = self.strength / self.end * beyond
        spikes.add(by_count[spikes.i] * by_time)
        spikes.add_silent(by_count * counted(spikes.highest, self.end, self.tau)[0])
        return float(0.5 * self.strength * np.sum(beyond**2))


class VoltageLoss(Loss):
    r"""The base of losses that are integrals of potentials over the run, also of a user's own.

    .. math:: L = \int \sum_i f_i(V_i(t), t)\,dt

    Parameters
    ----------
    source : StateMonitor, or group or slice
        A monitor records ``V_m`` of some neurons in every step. Of a group or slice, and with
        ``exact_times=True`` also of the neurons of a monitor, `Adjoint.backward` computes
        potentials again, from states that it keeps now and then.

    Raises
    ------
    ParameterError
        If it is neither. When evaluated: if the monitor has other times.

    Attributes
    ----------
    source : slice
    index : int64 array (n,)
        The neurons within the group.
    """

    def __init__(self, source: StateMonitor | NeuronGroup | Subgroup) -> None:
        self.monitor = source if isinstance(source, StateMonitor) else None
        if self.monitor is not None:
            part = self.monitor.source
            record = np.asarray(self.monitor.record)
        else:
            part = source.source if isinstance(source, StateMonitor) else source
            if isinstance(part, NeuronGroup):
                part = part[:]
            if not isinstance(part, Subgroup) or not isinstance(part.group, NeuronGroup):
                raise ParameterError(
                    type(self).__name__,
                    f"source={source!r}",
                    "source is a StateMonitor of V_m, or a group of neurons",
                    "give one",
                )
            record = np.arange(len(part))
        self.source, self.index = part, part.start + record

    def begin(self, dt: float, n_steps: int) -> None:
        """Is called before `density`, with the time step (ms) and the number of steps."""

    @abstractmethod
    def density(self, V: Any, t: Any, which: Any) -> tuple[Any, Any]:
        """The function `f`, and its derivative by the potential.

        Parameters
        ----------
        V : float64 array, mV
        t : float64 array, ms
            Since the begin of the run; of a shape that `V` can be combined with, as `which`.
        which : int64 array
            Neurons of `V`, as positions in `index`.

        Returns
        -------
        (float64 array, float64 array)
            1/ms and 1/(ms mV), of the shape of `V`.
        """

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        if self.monitor is None:
            raise ParameterError(
                type(self).__name__,
                f"the potentials of {self.source!r} within another loss",
                "they are computed when it is given to backward() itself, which adds losses",
                "give it there, or a StateMonitor as its source",
            )
        potentials, dt = np.asarray(recorded.monitor(self.monitor).V_m), recorded.dt
        self.begin(dt, potentials.shape[1])
        time = np.arange(potentials.shape[1])[:, None] * dt
        value, by_V = self.density(potentials.T, time, np.arange(self.index.size))
        resets = recorded.resets(self.monitor)
        moment = (resets.state + 1) * dt
        before, after = (self.density(V, moment, resets.row) for V in (resets.before, resets.after))
        by_reset = before[0] - after[0]
        # Values at the begin of a step are those after the step before.
        recorded.add_voltages(self.monitor, by_V[1:], by_reset, before[1])
        sums = value.sum(axis=1)
        return float(dt * (sums.sum() + 0.5 * (np.sum(by_reset) + sums[-1] - sums[0])))


class VoltageIntegral(VoltageLoss):
    r"""Squared distance of potentials from wanted ones, over the run.

    .. math:: L = \frac{1}{2}\int \sum_i (V_i(t) - V_i^*(t))^2\,dt

    Parameters
    ----------
    source : StateMonitor, or group or slice
        See `VoltageLoss`.
    target : float or float array, mV
        Wanted potentials: one, one for each neuron (n, 1), or at the begin of each step (n, steps);
        between steps they are interpolated.

    Raises
    ------
    ParameterError
        When evaluated: if the monitor or the target has other times.
    """

    def __init__(self, source: StateMonitor | NeuronGroup | Subgroup, target: Any = 0.0) -> None:
        super().__init__(source)
        self.target = target

    def density(self, V: Any, t: Any, which: Any) -> tuple[Any, Any]:
        """See `VoltageLoss`."""
        difference = V - self._wanted(t, which)
        return 0.5 * difference**2, difference

    def begin(self, dt: float, n_steps: int) -> None:
        """See `VoltageLoss`."""
        n = self.index.size
        shapes = ((), (n, n_steps), (n, 1))
        self._dt, self._checked = (
            dt,
            checked_array("VoltageIntegral", "target", self.target, shapes),
        )

    def _wanted(self, t: Any, which: Any) -> Any:
        target = self._checked
        if target.ndim == 0:
            return target
        if target.shape[1] == 1:
            return target[which, 0]
        last = target.shape[1] - 1
        # A time that is that of a step but for rounding is that of the step.
        step = np.clip(np.floor(t / self._dt + _ROUNDING), 0, last).astype(np.int64)
        part = np.clip(t / self._dt - step, 0.0, 1.0)
        part = np.where(part < _ROUNDING, 0.0, part)
        return (1.0 - part) * target[which, step] + part * target[which, np.minimum(step + 1, last)]


# Of times in steps.
_ROUNDING = 1e-6
