"""Monitors of rates: the activity of a population over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.values.given import checked_value
from distsnn.describe.values.time_steps import steps_of
from distsnn.display.card import Card
from distsnn.display.cards import sampling_monitor_card
from distsnn.errors import ParameterError
from distsnn.front.monitors.spike_monitor import SpikeReading
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.interop.frames import GivesFrames
from distsnn.interop.recorded import RecordedTraces

_UNITS = {"rate": "kHz"}

# Longer windows average over more than can be recorded.
_MOST_OF_WINDOW = 10_000_000


@known_names
class PopulationRateMonitor(GivesFrames, SpikeReading):
    """Records the mean rate of a group or slice in every step.

    Parameters
    ----------
    source : group or slice
    name : str, optional
    """

    def __init__(self, source: SpikeSource | Subgroup, name: str | None = None) -> None:
        super().__init__(source, name)
        self._counts: list[np.ndarray] = []
        self._parts: list[np.ndarray] = []

    def _card(self) -> Card:
        return sampling_monitor_card(self)

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        local, _ = self._local(gid)
        self._parts.append(step[local].copy())

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:  # noqa: ARG002 - of all monitors
        """Turn what was read in the run of steps ``first <= step < end`` into counts."""
        steps = np.concatenate([np.empty(0, np.int64), *self._parts])
        self._parts = []
        self._counts.append(np.bincount(steps - first, minlength=end - first))
        self._steps.add(np.arange(first, end))

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
        t = self.t
        return (float(t[0]), float(t[-1] + self._steps.lengths[-1])) if t.size else (0.0, 0.0)

    @property
    def t(self) -> np.ndarray:
        """Time of each step, float64 (n,), ms."""
        return self._steps.times

    @property
    def rate(self) -> np.ndarray:
        """Mean rate over the group in each step, float64 (n,), 1/ms (divide by ``Hz``)."""
        counts = np.concatenate([np.empty(0, np.int64), *self._counts])
        return counts / (len(self.source) * self._steps.lengths)

    def recorded(self) -> RecordedTraces:
        """Recorded rates as arrays, for `distsnn.interop`."""
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
        where = self._name or "PopulationRateMonitor"
        lengths = np.unique(self._steps.lengths)
        if lengths.size > 1:
            raise ParameterError(
                where,
                f"rates were recorded in steps of {', '.join(f'{dt:g}' for dt in lengths)} ms",
                "a window has so many steps of one length",
                "record with another monitor after the time step has changed",
            )
        weights = _window(where, window, width, self._steps.dt or 1.0)
        rate = self.rate
        if rate.size == 0:
            return rate
        # A window longer than the recording must not lengthen the result.
        full = np.convolve(rate, weights / weights.sum())
        first = weights.size // 2
        return full[first : first + rate.size]


def _window(where: str, window: Any, width: float | None, dt: float) -> np.ndarray:
    if isinstance(window, str):
        if window not in ("gaussian", "flat"):
            raise ParameterError(
                where,
                f"window={window!r}",
                "window is 'gaussian', 'flat' or an array",
                "choose one",
            )
        checked = None if width is None else checked_value(where, "width", width, "ms")
        if not isinstance(checked, float) or not checked > 0:
            raise ParameterError(
                where,
                f"width={width!r} ms",
                f"a {window} window has a width > 0 ms",
                "give one",
            )
        if steps_of(checked, dt) > _MOST_OF_WINDOW:
            raise ParameterError(
                where,
                f"width={width!r} ms",
                f"a window is at most {_MOST_OF_WINDOW:,} steps of {dt:g} ms wide",
                "make it narrower",
            )
        if window == "flat":
            return np.ones(int(checked / 2 / dt) * 2 + 1)
        half = int(np.round(2 * checked / dt))
        return np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * (checked / dt) ** 2))
    weights = np.asarray(checked_value(where, "window", window, "any unit"))
    if width is not None or weights.ndim != 1 or weights.size % 2 != 1:
        raise ParameterError(
            where,
            f"window of shape {weights.shape} with width={width!r}",
            "a window given as an array has one dimension, an odd number of values and no width",
            "correct it",
        )
    return weights
