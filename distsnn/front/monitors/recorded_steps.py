"""The steps at which monitors have recorded, and their times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from distsnn.describe.values.given import checked_dt
from distsnn.describe.values.time_steps import steps_of, whole_ratio
from distsnn.errors import ParameterError


class RecordedSteps:
    """Steps in order, and the time step of each; later time steps do not change earlier times.

    Parameters
    ----------
    where : str
        Name of the monitor, for errors.
    interval : float or None, ms
        Time between the steps, if not each step is recorded.

    Raises
    ------
    ParameterError
        If the interval is not positive.
    """

    def __init__(self, where: str = "monitor", interval: float | None = None) -> None:
        self._where = where
        self._interval = None if interval is None else checked_dt(where, interval)
        self._closed: list[tuple[np.ndarray, float]] = []
        self._steps: list[np.ndarray] = []
        self.dt = 0.0
        # The network's time step, and its steps in one that is recorded.
        self._base, self._per = 0.0, 1
        #: Time step (ms) of the clock that steps follow, if not the network's.
        self.clock: float | None = None

    def __len__(self) -> int:
        return sum(steps.size for steps, _ in self._closed) + sum(s.size for s in self._steps)

    @property
    def every(self) -> int:
        """Number of time steps from one recorded step to the next."""
        return self._per if self._interval is None else steps_of(self._interval, self._base)

    def use(self, dt: float) -> None:
        """Let further steps be those of a network with steps of `dt` ms."""
        if self._interval is not None and whole_ratio(self._interval, dt) is None:
            raise ParameterError(
                self._where,
                f"dt={self._interval:g} ms",
                f"dt is a multiple of the network's, {dt:g} ms",
                "correct one of them",
            )
        self._base = dt
        if self.clock is not None and self._interval is None:
            dt = self.clock
        self._per = round(dt / self._base)
        if dt != self.dt and self._steps:
            self._closed.append((np.concatenate(self._steps), self.dt))
            self._steps = []
        self.dt = dt

    def add(self, steps: np.ndarray) -> None:
        """Add steps (int64 (n,)) of the network."""
        self._steps.append(steps // self._per if self._per > 1 else steps)

    def time_of(self, step: int) -> float:
        """Time (ms) of a step of the network."""
        return step * self._base

    def own(self, step: int) -> int:
        """The first step of the clock that is not before one of the network."""
        return -(-step // self._per)

    def add_multiples(self, first: int, end: int) -> None:
        """Add the steps of ``first <= step < end`` that are multiples of `every`."""
        self.add(np.arange(-(-first // self.every) * self.every, end, self.every))

    @property
    def times(self) -> np.ndarray:
        """Time (float64 (n,), ms) of each step."""
        return np.concatenate([np.empty(0), *(steps * dt for steps, dt in self._parts)])

    @property
    def lengths(self) -> np.ndarray:
        """Time step (float64 (n,), ms) of each step."""
        return np.concatenate([np.empty(0), *(np.full(s.size, dt) for s, dt in self._parts)])

    @property
    def _parts(self) -> list[tuple[np.ndarray, float]]:
        if len(self._steps) > 1:
            self._steps = [np.concatenate(self._steps)]
        return [*self._closed, *((steps, self.dt) for steps in self._steps)]

    def progress(self) -> dict[str, np.ndarray]:
        """All steps, for a checkpoint; ``eras`` has the number of steps of each earlier dt."""
        eras = [[steps.size, dt] for steps, dt in self._closed]
        steps = [steps for steps, _ in self._parts]
        return {
            "step": np.concatenate([np.empty(0, np.int64), *steps]),
            "eras": np.array(eras, dtype=np.float64).reshape(-1, 2),
        }

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what `progress` gave."""
        steps, self._closed = progress["step"], []
        for count, dt in progress["eras"].tolist():
            self._closed.append((steps[: int(count)], dt))
            steps = steps[int(count) :]
        self._steps = [steps]
