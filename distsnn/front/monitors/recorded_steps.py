"""The steps at which monitors have recorded, and their times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from distsnn.describe.operations import steps_at
from distsnn.describe.values.given import checked_dt
from distsnn.describe.values.time_steps import steps_of, whole_ratio
from distsnn.errors import ParameterError
from distsnn.front.names.scope import Clock, EventClock

# More steps than there are.
_NEVER = 1 << 62
_MOST_JOINED = 1 << 24


def add_part(parts: list[np.ndarray], part: np.ndarray) -> None:
    """Add rows to what has been recorded, which is kept in few parts however often it is asked for.

    Parts of like size are joined, but for those that are large.
    """
    parts.append(part)
    while len(parts) > 1 and len(parts[-2]) <= len(parts[-1]):
        if parts[-2].nbytes + parts[-1].nbytes > _MOST_JOINED:
            return
        last = parts.pop()
        parts[-1] = np.concatenate([parts[-1], last])


class RecordedSteps:
    """Steps in order, and the time step of each; later time steps do not change earlier times.

    Raises ParameterError if the interval is not positive.

    Parameters
    ----------
    where : str
        Name of the monitor, for errors.
    interval : float (ms), Clock, EventClock or None
        Time between the steps, if not each step is recorded, or what has it; or the times.
    """

    def __init__(
        self, where: str = "monitor", interval: float | Clock | EventClock | None = None
    ) -> None:
        self._where = where
        #: The clock that says which steps are recorded; None for each step.
        self.own_clock = interval if isinstance(interval, Clock | EventClock) else None
        if isinstance(interval, int | float):
            self.own_clock = Clock(checked_dt(where, interval))
        # The steps of an EventClock.
        self._wanted: np.ndarray | None = None
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
    def interval(self) -> float | None:
        """Time (ms) between the steps, if not each step is recorded."""
        return float(self.own_clock.dt) if isinstance(self.own_clock, Clock) else None

    @property
    def times_given(self) -> list[float]:
        """The times (ms) of an EventClock."""
        return self.own_clock.times.tolist() if isinstance(self.own_clock, EventClock) else []

    @property
    def every(self) -> int:
        """Number of time steps from one recorded step to the next."""
        if self._wanted is not None:
            # Rows between these steps are left out when they arrive.
            return int(np.gcd.reduce(self._wanted, initial=0)) or _NEVER
        interval = self.interval
        return self._per if interval is None else steps_of(interval, self._base)

    def use(self, dt: float) -> None:
        """Let further steps be those of a network with steps of `dt` ms."""
        interval = self.interval
        if interval is not None and whole_ratio(interval, dt) is None:
            raise ParameterError(
                self._where,
                f"dt={interval:g} ms",
                f"dt is a multiple of the network's, {dt:g} ms",
                "correct one of them",
            )
        self._base = dt
        if isinstance(self.own_clock, EventClock):
            self._wanted = np.array(steps_at(self._where, self.times_given, dt), dtype=np.int64)
        if self.clock is not None and interval is None:
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

    def add_multiples(self, first: int, end: int) -> np.ndarray:
        """Add the steps of ``first <= step < end`` that are multiples of `every`.

        Returns
        -------
        bool array (n,)
            Which of these have been added; of an `EventClock`, those at its times.
        """
        steps = np.arange(-(-first // self.every) * self.every, end, self.every)
        added = np.ones(steps.size, bool) if self._wanted is None else np.isin(steps, self._wanted)
        self.add(steps[added])
        return added

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
