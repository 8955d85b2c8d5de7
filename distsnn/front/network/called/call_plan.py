"""Times at which a run calls objects of users: network operations and the like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from distsnn.front.callbacks.brian_object import BrianObject
from distsnn.front.network.called.step_places import AFTER, AT_BEGIN, BETWEEN

# Times are compared to this part of a step.
_EPSILON = 1e-6


class CallTime(NamedTuple):
    """A moment of a run at which objects are called.

    Attributes
    ----------
    step : int
    location : int
        See `distsnn.front.network.called.step_places`.
    time : float, ms
        What the clock shows.
    """

    step: int
    location: int
    time: float

    @property
    def within(self) -> bool:
        """Whether the step is not complete yet."""
        return AT_BEGIN < self.location < AFTER

    def follows(self, other: CallTime) -> bool:
        """Whether it comes within the same step as another, and that step is not complete yet."""
        return self.within and self.step == other.step

    @property
    def reached(self) -> int:
        """The step before which the run is then."""
        return self.step if self.location == AT_BEGIN else self.step + 1


# After all others.
_NEVER = CallTime(2**62, 0, math.inf)


@dataclass(frozen=True)
class CallSchedule:
    """When an object is called: regularly, or at times of its own (ms)."""

    period: float
    times: np.ndarray | None

    @classmethod
    def of(cls, one: BrianObject, default: float) -> CallSchedule:
        """Those of an object; `default` (ms) is the time step of objects without a clock."""
        times = one.call_times
        return cls(one.period(default) if times is None else math.inf, times)

    def at(self, k: int) -> float:
        """The time of call `k`, infinite after the last one."""
        if self.times is None:
            return k * self.period
        return float(self.times[k]) if k < self.times.size else math.inf

    def first(self, start: float, dt: float) -> int:
        """Number of the first call at or after `start` (ms)."""
        if self.times is None:
            return max(math.ceil(start / self.period - _EPSILON), 0)
        return int(np.searchsorted(self.times, start - _EPSILON * dt))


class CallPlan:
    """The calls of one run.

    Parameters
    ----------
    called : sequence of (int, BrianObject)
        All objects, with those that they contain, in the order of their calls, with their
        locations in a step.
    dt : (float, float), ms
        Time step of the network, and that of objects without a clock of their own.
    start : float, ms
        Time reached.
    """

    def __init__(
        self, called: Sequence[tuple[int, BrianObject]], dt: tuple[float, float], start: float
    ) -> None:
        self._dt, default = dt
        self._called = [one for _, one in called]
        self._places = [location for location, _ in called]
        self._times = [CallSchedule.of(one, default) for one in self._called]
        # Which of its calls comes next, and when.
        self._next = [times.first(start, self._dt) for times in self._times]
        self._moments = [self._moment(n) for n in range(len(self._called))]

    @property
    def called(self) -> list[Any]:
        """The objects in the order in which they are called."""
        return self._called

    def next_moment(self, until: float) -> CallTime | None:
        """The next time at which objects are called, before `until` (ms); None for never."""
        end = until - _EPSILON * self._dt
        first = None
        for moment in self._moments:
            if moment.time < end and (first is None or moment < first):
                first = moment
        return first

    def due(self, moment: CallTime) -> list[BrianObject]:
        """The active objects that are called at a moment, in order; their next calls come later."""
        found = []
        for n, one in enumerate(self._called):
            if self._moments[n] == moment:
                self._next[n] += 1
                self._moments[n] = self._moment(n)
                if one.active:
                    found.append(one)
        return found

    def _moment(self, n: int) -> CallTime:
        time = self._times[n].at(self._next[n])
        if time == math.inf:
            return _NEVER
        steps = time / self._dt
        step = round(steps)
        if abs(steps - step) < _EPSILON:
            return CallTime(step, self._places[n], step * self._dt)
        return CallTime(math.floor(steps), BETWEEN, time)
