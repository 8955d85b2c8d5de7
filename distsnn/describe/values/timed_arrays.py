"""Values that change in time on a grid of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from distsnn.describe.checks.settable import Settable
from distsnn.describe.values.by_trial import ByTrial
from distsnn.describe.values.given import checked_dt, checked_value
from distsnn.errors import ParameterError

# What gives the time step (ms) by which calls from Python are rounded.
_clock: list[Callable[[], float]] = [lambda: 0.1]


def set_clock(dt: Callable[[], float]) -> None:
    """Say what gives the time step (ms) by which calls from Python are rounded, as in Brian 2."""
    _clock[:] = [dt]


class TimedArray(Settable):
    """A function of time that is constant between the points of a grid, for use in text.

    ``stim(t)`` is ``values[k]`` for ``k*dt <= t < (k+1)*dt``; before the grid it is the first
    value, behind it the last. With two dimensions it is called as ``stim(t, i)``, where `i` is
    the column.

    Parameters
    ----------
    values : array-like (n,) or (n, m), or by_trial of such
        In distsnn's units. Values by trial are for equations of neurons in a network with trials;
        the array itself is that of trial 0.
    dt : float, ms
        Distance of the points.
    name : str, optional
        Kept as an attribute; expressions know the array by the name of the variable that holds it.

    Raises
    ------
    ParameterError
        If `values` has another shape, is empty or not finite, `dt` is not positive, or `name` is
        no string.

    Examples
    --------
    >>> import distsnn as snn
    >>> stimulus = snn.TimedArray([0, 1, 0], dt=10 * snn.ms)
    >>> stimulus(12 * snn.ms)
    1.0
    >>> stimulus([5, 15] * snn.ms).tolist()
    [0.0, 1.0]
    """

    def __init__(self, values: ArrayLike | ByTrial, dt: float, name: str | None = None) -> None:
        #: The arrays of all trials, if they differ.
        self.by_trial: tuple[TimedArray, ...] = ()
        if isinstance(values, ByTrial):
            self.by_trial = tuple(TimedArray(given, dt, name) for given in values.values)
            _check_alike(self.by_trial)
            values = values.of(0)
        if np.asarray(values).dtype == np.bool_:
            values = np.asarray(values, dtype=np.float64)
        checked = np.asarray(checked_value("TimedArray", "values", values, "any unit"))
        if checked.ndim not in (1, 2) or checked.size == 0:
            raise ParameterError(
                "TimedArray",
                f"values has shape {checked.shape}",
                "values has one or two dimensions and is not empty",
                "correct values",
            )
        if not isinstance(name, str | None):
            raise ParameterError("TimedArray", f"name={name!r}", "name is a string", "correct name")
        self.values = checked
        self.dt = checked_dt("TimedArray", dt)
        self.name = name

    def in_trial(self, trial: int) -> TimedArray:
        """The array of a trial."""
        return ByTrial(self.by_trial).of(trial) if self.by_trial else self

    def grid(self, dt: float) -> tuple[float, float]:
        """Width of the finer grid on which times are rounded, and its points per value.

        As in Brian 2, so that rounding errors of times do not matter, nor for the times between
        steps of `dt` ms that Runge-Kutta methods ask for.
        """
        factor = float(max(2 ** math.ceil(math.log2(8 / dt * self.dt)), 1))
        return self.dt / factor, factor

    def at(self, time: ArrayLike, column: ArrayLike | None, dt: float) -> np.ndarray:
        """Values (float64) at times (ms), as compiled code computes them with steps of `dt`."""
        epsilon, factor = self.grid(dt)
        # Bounded as a float: int64 cannot hold all times.
        row = np.clip((np.asarray(time) / epsilon + 0.5) / factor, 0, self.values.shape[0] - 1)
        row = row.astype(np.int64)
        found: np.ndarray = (
            self.values[row]
            if column is None
            else self.values[row, np.asarray(column).astype(np.int64)]
        )
        return found

    def is_constant_over(self, dt: float) -> bool:
        """Whether ``self(t)`` keeps its value within each step of `dt` ms.

        Steps are compared to 1e-9: 0.7 ms are 7 steps of 0.1 ms, whatever floats make of it.
        """
        ratio = self.dt / dt
        return round(ratio) >= 1 and abs(ratio - round(ratio)) < 1e-9 * ratio

    def __call__(self, t: ArrayLike, i: ArrayLike | None = None) -> float | np.ndarray:
        """Value at time `t` (ms), of column `i`; arrays are broadcast, as in Brian 2."""
        self._check_call(t, i)
        found = self.at(t, i, _clock[0]())
        return float(found) if found.ndim == 0 else found

    def _check_call(self, t: ArrayLike, i: ArrayLike | None) -> None:
        checked_value("TimedArray", "t", t, "ms")
        if (i is None) != (self.values.ndim == 1):
            raise ParameterError(
                "TimedArray",
                f"values of {self.values.ndim} dimension(s) were asked "
                f"{'without' if i is None else 'for'} a column",
                "values of one dimension are called as f(t), of two as f(t, i)",
                "correct the call",
            )
        if i is None:
            return
        column, n = np.asarray(i), self.values.shape[1]
        if column.dtype.kind not in "iu" or (column.size and not column.min() >= 0):
            wrong = True
        else:
            wrong = bool(column.size) and int(column.max()) >= n
        if wrong:
            raise ParameterError(
                "TimedArray",
                f"i={i!r}",
                f"columns are whole numbers from 0 to {n - 1}",
                "correct the column",
            )

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""
        return ("timed array", self.values, self.dt)


def _check_alike(arrays: Sequence[TimedArray]) -> None:
    """Raise ParameterError if arrays of trials have different numbers of dimensions."""
    if len({one.values.ndim for one in arrays}) > 1:
        raise ParameterError(
            "TimedArray",
            "values by trial of one and of two dimensions",
            "all trials have the same number of dimensions",
            "correct values",
        )
