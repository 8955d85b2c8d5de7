"""Rates in bins and in moving windows, of the spikes that monitors have recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.values.given import checked_value
from distsnn.describe.values.time_steps import steps_of, whole_ratio
from distsnn.errors import ParameterError, UnsupportedError
from distsnn.front.monitors.recorded_steps import RecordedSteps

# Longer windows average over more than can be recorded.
_MOST_OF_WINDOW = 10_000_000


def step_length(where: str, steps: RecordedSteps) -> float:
    """The time step (ms) of all that was recorded.

    Raises ParameterError if it has changed.
    """
    lengths = np.unique(steps.lengths)
    if lengths.size > 1:
        raise ParameterError(
            where,
            f"rates were recorded in steps of {', '.join(f'{dt:g}' for dt in lengths)} ms",
            "windows and bins have so many steps of one length",
            "record with another monitor after the time step has changed",
        )
    return steps.dt


def steps_of_bin(where: str, bin_size: float, dt: float) -> int:
    """Number of steps of `dt` (ms) in a bin.

    Raises ParameterError if it is no whole number.
    """
    checked = checked_value(where, "bin_size", bin_size, "ms")
    steps = whole_ratio(checked, dt) if isinstance(checked, float) and dt else None
    if steps is None:
        raise ParameterError(
            where,
            f"bin_size={bin_size!r} ms",
            f"a bin is a whole number of steps of {dt:g} ms",
            "correct bin_size",
        )
    return steps


def bin_starts(t: np.ndarray, n: int, steps: int, dt: float) -> np.ndarray:
    """Start (float64 (n,), ms) of each of `n` bins of so many steps, from the first time on."""
    return np.arange(n) * steps * dt + (t[0] if t.size else 0.0)


def smoothed(rate: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rates averaged over a moving window; beyond both ends they count as 0."""
    if rate.size == 0:
        return rate
    # A window longer than the recording must not lengthen the result.
    full = np.convolve(rate, weights / weights.sum())
    first = weights.size // 2
    return full[first : first + rate.size]


def window_weights(where: str, window: Any, width: float | None, dt: float) -> np.ndarray:
    """Weights (float64, odd number) of the window that the arguments of ``smooth_rate`` mean.

    Raises ParameterError if they mean none.
    """
    if isinstance(window, str):
        if window not in ("gaussian", "flat"):
            raise UnsupportedError(
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
