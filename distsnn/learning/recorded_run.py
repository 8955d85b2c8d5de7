"""The spikes of a run, as losses see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from distsnn.errors import ParameterError
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.target_checks import as_slice
from distsnn.learning.again.crossings import KnownSpikes
from distsnn.learning.forward_run import SilentNeurons, VoltageDerivatives
from distsnn.learning.learning_checks import index_in
from distsnn.learning.spike_states import SensitivityTraces, SpikeStates

M = TypeVar("M", bound=Monitor)
# The states at the begin of the run and at its end are not looked at for the highest.
_FEWEST_STATES = 2


class Recorded:
    """The spikes of a run, with the derivatives of the loss by their times.

    Attributes
    ----------
    first : int
        The first step.
    dt : float, ms
    trial : int or None
        Which one, in a network with trials.
    steps : list of (int64 array, int64 array)
        Steps and indices of the spikes of each group.
    early : list of float64 array
        How long each is before the end of its step, ms; 0 but in continuous time.
    by_time : list of float64 array
        Derivative of the loss by the time of each, 1/ms.
    by_before : list of float64 array
        Derivative of the loss by the potential just before each reset, 1/mV.
    by_silent : list of float64 array (N,)
        Derivative of the loss by one more spike of each neuron that has none.
    by_voltage : dict of int to VoltageDerivatives
    by_constants, untraced
        See `ForwardRun`.
    silent : list of SilentNeurons
        Of each group, with a `Surrogate`; what is theirs of `by_silent` is not in them yet.
    """

    def __init__(
        self,
        network: Network,
        trial: int | None,
        monitors: Mapping[int, SpikeStates],
        potentials: Mapping[int, StateMonitor],
        traces: Mapping[str, SensitivityTraces],
        continuous: Sequence[KnownSpikes] | None = None,
    ) -> None:
        self._network, self.trial, self.dt = network, trial, network.dt
        self._monitors = {g: self.monitor(one) for g, one in monitors.items()}
        self._traces = traces
        self._resets: dict[str, Resets] = {}
        dt = self.dt
        order = [self._monitors[g] for g in range(len(monitors))]
        self.first = round(order[0].period[0] / dt)
        self.steps = [
            (np.rint(m.values_now("t") / dt).astype(np.int64), m.values_now("i")) for m in order
        ]
        self.early = [np.zeros(step.size) for step, _ in self.steps]
        self._continuous = continuous is not None
        if continuous is not None:
            self.steps = [(known.step, known.index) for known in continuous]
            self.early = [known.early for known in continuous]
        self.by_time = [np.zeros(step.size) for step, _ in self.steps]
        self.by_before = [np.zeros(step.size) for step, _ in self.steps]
        self.by_silent = [np.zeros(m.source.stop) for m in order]
        self.by_voltage: dict[int, VoltageDerivatives] = {}
        self.by_constants: dict[int, dict[str, np.ndarray]] = {}
        self.untraced: set[int] = set()
        self.silent = [self._silent(g, potentials.get(g)) for g in range(len(order))]

    def _silent(self, g: int, monitor: StateMonitor | None) -> SilentNeurons:
        """The neurons of a group without spikes, by the step in which each was highest."""
        if monitor is None or self._network.step - self.first < _FEWEST_STATES:
            return SilentNeurons(*(np.empty(0, np.int64) for _ in range(2)), *np.empty((2, 0)))
        # Values at the begin of a step are those after the step before.
        states = np.asarray(self.monitor(monitor).V_m)[:, 1:]
        spikes = np.bincount(self.steps[g][1], minlength=states.shape[0])
        index = np.flatnonzero(spikes == 0)
        after = states[index].argmax(axis=1)
        order = np.lexsort((index, after))
        index, after = index[order], after[order]
        return SilentNeurons(self.first + after, index, states[index, after], np.zeros(index.size))

    @property
    def duration(self) -> float:
        """End of the run, ms from its begin."""
        return (self._network.step - self.first) * self._network.dt

    def monitor(self, monitor: M) -> M:
        """A monitor of the network as it is in this trial."""
        found: M = monitor if self.trial is None else monitor[self.trial]
        return found

    def resets(self, monitor: StateMonitor) -> Resets:
        """The spikes of the neurons of a monitor of potentials, but those of the last step."""
        if self._continuous:
            raise ParameterError(
                monitor.name,
                "what it has recorded is not that of continuous time",
                "with exact_times=True losses of potentials are a VoltageIntegral or your own "
                "VoltageLoss, given to backward() itself",
                "make it one of these",
            )
        if monitor.name in self._resets:
            return self._resets[monitor.name]
        g, index = self._recorded_by(monitor)
        step, of = self.steps[g]
        row = np.full(monitor.source.group.N, -1)
        row[index] = np.arange(index.size)
        which = np.flatnonzero((row[of] >= 0) & (step < self._network.step - 1))
        state, row = step[which] - self.first, row[of[which]]
        potentials = np.asarray(self.monitor(monitor).V_m)
        before = self._monitors[g].at_spikes("V_m")[which]
        found = Resets(which, state, row, before, potentials[row, state + 1])
        self._resets[monitor.name] = found
        return found

    def add_voltages(
        self,
        monitor: StateMonitor,
        derivative: np.ndarray,
        by_reset: np.ndarray | None = None,
        by_before: np.ndarray | None = None,
    ) -> None:
        """Add to the derivative of the loss by the potentials of a monitor.

        Parameters
        ----------
        monitor : StateMonitor
        derivative : float64 array (steps - 1, recorded neurons), 1/(ms mV)
            Of the loss in each ms by the potential after each step of the run but the last.
        by_reset : float64 array (n,), 1/ms, optional
            For neurons that spike: the loss in each ms just before each of `resets` less that just
            after it, which is its derivative by the time of the spike.
        by_before : float64 array (n,), 1/(ms mV), optional
            That by the potential just before each of `resets`, of the loss in each ms.
        """
        g, index = self._recorded_by(monitor)
        states = self._network.step - self.first
        if derivative.shape != (states - 1, index.size):
            raise ParameterError(
                monitor.name,
                f"{derivative.shape[0] + 1} times were recorded",
                f"a loss of potentials needs all {states} steps of the run",
                "leave out dt=, and make the monitor before the first run",
            )
        resets = self.resets(monitor)
        if (by_reset is None or by_before is None) and resets.which.size:
            raise ParameterError(
                monitor.name,
                f"neuron {index[resets.row[0]]} of {monitor.source.group.name} has spiked",
                "where potentials jump the loss has a derivative by the time of the spike",
                "give by_reset= and by_before=, or raise the threshold",
            )
        # A state counts for half a step before and behind it; the last one for the end as well.
        if by_reset is not None and by_before is not None:
            self.by_time[g][resets.which] += by_reset
            self.by_before[g][resets.which] += 0.5 * self.dt * by_before
        values = np.concatenate([derivative * self.dt, np.zeros((1, index.size))])
        values[-2:-1] *= 1.5
        if monitor.name in self._traces:
            self._add_constants(g, index, values, self._traces[monitor.name])
        else:
            self.untraced.add(g)
        if (before := self.by_voltage.get(g)) is not None:
            index = np.concatenate([before.index, index])
            values = np.concatenate([before.values, values], axis=1)
        self.by_voltage[g] = VoltageDerivatives(index, values)

    def _add_constants(
        self, g: int, index: np.ndarray, values: np.ndarray, trace: SensitivityTraces
    ) -> None:
        known = self.by_constants.setdefault(g, {})
        for name in trace.record_variables:
            each = (values[:-1] * np.asarray(getattr(self.monitor(trace), name))[:, 1:].T).sum(
                axis=0
            )
            np.add.at(known.setdefault(name, np.zeros(self.by_silent[g].size)), index, each)

    def _recorded_by(self, monitor: StateMonitor) -> tuple[int, np.ndarray]:
        """Index of the group, and which neurons of it (int64 (n,))."""
        part = monitor.source
        g = index_in(monitor.name, self._network, part)
        if monitor.when != "start":
            raise ParameterError(
                monitor.name,
                f"when={monitor.when!r}",
                "losses of potentials take them as they are at the start of each step",
                "leave when= out",
            )
        return g, part.start + np.asarray(monitor.record)

    def spikes(self, source: SpikeSource | Subgroup) -> RecordedTimes:
        """The spikes of a group or slice."""
        part = as_slice("Recorded", "source", source)
        g = index_in("Recorded", self._network, part)
        step, index = self.steps[g]
        which = np.flatnonzero((index >= part.start) & (index < part.stop))
        time = (step[which] + 1 - self.first) * self.dt - self.early[g][which]
        return RecordedTimes(self, part, g, which, time)


@dataclass(frozen=True, eq=False)
class Resets:
    """Where recorded potentials jump.

    Attributes
    ----------
    which : int64 array (n,)
        Spikes among those of the group.
    state, row : int64 array (n,)
        State of the run, and row of the monitor: ``derivative[state, row]`` of `add_voltages` is
        that of the potential after the spike.
    before, after : float64 array (n,), mV
    """

    which: np.ndarray
    state: np.ndarray
    row: np.ndarray
    before: np.ndarray
    after: np.ndarray


class RecordedTimes:
    """Spikes of a group or slice.

    Attributes
    ----------
    t : float64 array (n,), ms
        Since the begin of the run; a spike of step k is at the end of this step, ``(k + 1)*dt``, or
        with ``exact_times=True`` when the threshold was crossed, in the order of steps and indices.
    i : int64 array (n,)
    N : int
        Number of neurons.
    """

    def __init__(
        self, recorded: Recorded, part: Subgroup, g: int, which: np.ndarray, t: np.ndarray
    ) -> None:
        self._recorded, self._g, self._which, self._start = recorded, g, which, part.start
        self.t, self.i, self.N = t, recorded.steps[g][1][which] - part.start, len(part)
        #: Time (float64 (N,), ms) of the highest potential of neurons without spikes, with a
        #: `Surrogate`; else 0.
        self.highest = np.zeros(self.N)
        silent = recorded.silent[g]
        mine = (silent.index >= part.start) & (silent.index < part.stop)
        time = (silent.step[mine] + 1 - recorded.first) * recorded.dt
        self.highest[silent.index[mine] - part.start] = time

    def first(self) -> np.ndarray:
        """Position (int64 (N,)) of the first spike of each neuron; -1 for none."""
        found = np.full(self.N, -1)
        found[self.i[::-1]] = np.arange(self.t.size)[::-1]
        return found

    def add(self, by_time: np.ndarray) -> None:
        """Add to the derivative of the loss by the time of each spike (float64 (n,), 1/ms)."""
        self._recorded.by_time[self._g][self._which] += by_time

    def add_silent(self, by_spike: np.ndarray) -> None:
        """Add to the derivative of the loss by one more spike of each neuron (float64 (N,)).

        Only those of neurons without spikes count. With a `Surrogate` they are what such a neuron
        learns from; without one `backward` warns of those below 0, which no gradient follows.
        """
        silent = np.bincount(self.i, minlength=self.N) == 0
        part = slice(self._start, self._start + self.N)
        self._recorded.by_silent[self._g][part] += np.where(silent, by_spike, 0.0)
