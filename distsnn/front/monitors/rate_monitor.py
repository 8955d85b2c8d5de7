"""Monitors of rates: the activity of a population over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.front.monitors.binned_rates import (
    bin_starts,
    smoothed,
    step_length,
    steps_of_bin,
    window_weights,
)
from distsnn.front.monitors.monitor import Recorded
from distsnn.front.monitors.recorded_steps import add_part
from distsnn.front.monitors.spike_reading import SpikeReading
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.interop.frames import GivesFrames
from distsnn.interop.recorded import RecordedTraces

_UNITS = {"rate": "kHz"}


@known_names
class PopulationRateMonitor(GivesFrames, SpikeReading):
    """Records the mean rate of a group or slice in every step.

    Parameters
    ----------
    source : group or slice
    name : str, optional
    """

    completed_when_read = True
    _counts: Any = Recorded()
    _parts: Any = Recorded()

    def __init__(self, source: SpikeSource | Subgroup, name: str | None = None) -> None:
        super().__init__(source, name)
        self._counts: list[np.ndarray] = []
        self._parts: list[np.ndarray] = []

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        local, _ = self._local(gid)
        self._parts.append(step[local].copy())

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:  # noqa: ARG002 - of all monitors
        """Turn what was read in the run of steps ``first <= step < end`` into counts."""
        steps = np.concatenate([np.empty(0, np.int64), *self._parts])
        self._parts = []
        per = self._steps.every
        begin, stop = self._steps.own(first), self._steps.own(end)
        add_part(self._counts, np.bincount(steps // per - begin, minlength=stop - begin))
        self._steps.add(np.arange(begin, stop) * per)

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        return [], ["N", "t", "rate"], []

    @property
    def N(self) -> int:
        """Number of times."""
        return int(self.t.size)

    @property
    def settings(self) -> list[Any]:
        """Settings as plain values; a checkpoint fits monitors with equal settings."""
        return ["rate", self.source.name, self.source.start, self.source.stop]

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint."""
        return {
            **self._steps.progress(),
            "counts": np.concatenate([np.empty(0, np.int64), *self._counts]),
        }

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        self._counts, self._parts = [progress["counts"]], []
        self._steps.go_on(progress)

    @property
    def dt(self) -> float:
        """Time between two rates, ms; 0 before the monitor belongs to a network."""
        return self._steps.dt

    @property
    def period(self) -> tuple[float, float]:
        """Begin and end of the time in which rates were recorded, ms."""
        if self._trials:
            return self._trials[0].period
        t = self.t
        return (float(t[0]), float(t[-1] + self._steps.lengths[-1])) if t.size else (0.0, 0.0)

    @property
    def rate(self) -> np.ndarray:
        """Mean rate over the group in each step, float64 (n,), 1/ms (divide by ``Hz``).

        In a network with trials it has a row for each: (trials, n).
        """
        if self._trials:
            return np.stack([one.rate for one in self._trials])
        counts = np.concatenate([np.empty(0, np.int64), *self._counts])
        return counts / (len(self.source) * self._steps.lengths)

    def recorded(self) -> RecordedTraces:
        """Recorded rates as arrays, for `distsnn.interop`."""
        self._refuse_trials("recorded()")
        rates = {"rate": self.rate[:, None]}
        return RecordedTraces(self.source.name, self.t, np.zeros(1, np.int64), rates, _UNITS)

    def smooth_rate(self, window: Any = "gaussian", width: float | None = None) -> np.ndarray:
        """The rate averaged over a moving window.

        Parameters
        ----------
        window : "gaussian", "flat" or array-like of float (odd number,)
            A Gaussian whose standard deviation is `width`, cut off after twice that (rounded to
            a step); a rectangle of `width`, rounded down to an odd number of steps (and up from
            an even one); or weights, which are normalized to a sum of 1.
        width : float, ms
            For the first two.

        Returns
        -------
        float64 array (n,), 1/ms
            For the times `t`. Beyond both ends of the recording the rate counts as 0.

        Raises
        ------
        ParameterError
            If the window is none of these, has a width where it must not or none where it must,
            or the time step has changed while rates were recorded.

        Notes
        -----
        As in Brian 2.
        """
        self._refuse_trials("smooth_rate()")
        where = self._name or "PopulationRateMonitor"
        weights = window_weights(where, window, width, step_length(where, self._steps) or 1.0)
        return smoothed(self.rate, weights)

    def binned_rate(self, bin_size: float) -> tuple[np.ndarray, np.ndarray]:
        """The rate in bins; what is left behind the last whole bin is left out.

        Parameters
        ----------
        bin_size : float, ms
            A multiple of the time step.

        Returns
        -------
        float64 arrays (n,), ms and 1/ms
            The start of each bin, and the mean rate in it.

        Raises
        ------
        ParameterError
            If `bin_size` is no multiple, or the time step has changed.
        """
        self._refuse_trials("binned_rate()")
        where = self._name or "PopulationRateMonitor"
        dt = step_length(where, self._steps)
        steps = steps_of_bin(where, bin_size, dt)
        n = self.rate.size // steps
        rates = self.rate[: n * steps].reshape(n, steps).mean(axis=1)
        return bin_starts(self.t, n, steps, dt), rates
