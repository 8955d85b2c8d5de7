"""Times in steps of the network: every conversion of a time to a whole number.

A number of steps beyond `MOST_STEPS` counts as `MOST_STEPS`, which no run reaches: int64 would not
hold the number, and a cast would make it negative.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from distsnn.errors import ParameterError

MOST_STEPS = 2**50
# What differs from a whole number of steps by less counts as whole, see `steps_until`.
_WHOLE = 1e-4


def whole_steps(steps: ArrayLike, where: str = "time") -> np.ndarray:
    """Numbers of steps (float64, whole already) as int64 of the same shape, within `MOST_STEPS`.

    Raises ParameterError if one is NaN.
    """
    given = np.asarray(steps, dtype=np.float64)
    if np.isnan(given).any():
        raise ParameterError(
            where, "a time is NaN", "times are numbers", "look for what computes it"
        )
    return np.clip(given, -MOST_STEPS, MOST_STEPS).astype(np.int64)


def steps_of(duration: float, dt: float) -> int:
    """`duration` (ms) in steps of `dt` (ms), to the nearest, halves (to 1e-9 of a step) up."""
    # Several times for each projection, so without arrays.
    steps = float(duration) / float(dt)
    if not abs(steps) < MOST_STEPS:
        return int(steps_of_array(np.asarray(duration), dt))
    return math.floor(steps + (0.5 + 1e-9))


def steps_of_array(durations: np.ndarray, dt: float) -> np.ndarray:
    """Like `steps_of`, for a float64 array; int64 of the same shape."""
    return whole_steps(np.floor(_ratio(durations, dt) + (0.5 + 1e-9)))


def steps_until(time: float, dt: float) -> int:
    """Steps that a run to `time` (ms) takes: as in Brian 2 an unfinished one counts as a whole.

    What differs from whole steps by up to 1e-4 of one is whole.
    """
    # Three times in each run, so without arrays.
    steps = float(time) / dt
    if not abs(steps) < MOST_STEPS:
        return int(whole_steps(steps))
    nearest = round(steps)
    return nearest if abs(nearest - steps) <= _WHOLE else math.ceil(steps)


def steps_at_least(durations: ArrayLike, dt: ArrayLike) -> np.ndarray:
    """Steps (int64) of `dt` (ms) that last `durations` (ms), rounded up; less than 1e-9 is none."""
    return whole_steps(np.ceil(_ratio(durations, dt) - 1e-9))


def step_containing(times: ArrayLike, dt: float) -> np.ndarray:
    """Step (int64) in which each time (ms) lies, as in Brian 2: 1e-3 of a step early is in it."""
    return whole_steps(np.trunc(_ratio(np.asarray(times) + 1e-3 * dt, dt)))


def whole_ratio(duration: float, dt: float, tolerance: float = 1e-6) -> int | None:
    """Number of steps of `dt` (ms) in a duration (ms) if it is whole and >= 1, else None.

    `tolerance` is in steps.
    """
    steps = float(_ratio(duration, dt))
    n = int(whole_steps(np.round(steps)))
    return n if 1 <= n < MOST_STEPS and abs(n - steps) <= tolerance else None


def _ratio(durations: ArrayLike, dt: ArrayLike) -> np.ndarray:
    with np.errstate(over="ignore"):
        steps = np.asarray(durations, dtype=np.float64) / np.asarray(dt, dtype=np.float64)
    # Finite, so that differences of it are.
    return np.clip(steps, -2.0 * MOST_STEPS, 2.0 * MOST_STEPS)
