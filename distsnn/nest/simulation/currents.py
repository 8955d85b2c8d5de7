"""Currents of devices, which change between steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.earlier_values import EarlierValues
from distsnn.nest.simulation.trains import window
from distsnn.nest.values.parameter import generator


@dataclass(frozen=True, eq=False)
class DeviceCurrent:
    """The current of one device.

    Attributes
    ----------
    block : Block
    member : int
        The device.
    earlier : EarlierValues
    port : int64 array (n,)
        Number of each connection among all of the device.
    seed : int
    steps : callable
        From ms to steps.
    dt : float
        Time step, ms.
    """

    block: Block
    member: int
    earlier: EarlierValues
    port: np.ndarray
    seed: int
    steps: Callable[[float], float]
    dt: float

    def value(self, event: int) -> float | np.ndarray:
        """The current that it sends in a step, pA, or that of each connection."""
        now = replace(self, block=self.earlier.at(self.block, event))
        first, last = now._active()
        return now._value(event) if first < event + 2 <= last else 0.0

    def changes(self, event: int) -> list[float]:
        """Steps at which it can begin to send another current than in a step."""
        now = replace(self, block=self.earlier.at(self.block, event))
        first, last = now._active()
        changes = [first - 1, last - 1]
        if first < event + 3 <= last:
            changes.append(now._next_value(event))
        elif event + 2 <= first:
            changes.append(max(first - 1, 0))
        return [*changes, *(float(end) for end, _ in self.earlier.of(self.block))]

    def _active(self) -> tuple[float, float]:
        return window(self.block, self.member, self.steps)

    def _get(self, name: str) -> float:
        return float(self.block.get(name, self.member))

    def _value(self, event: int) -> float | np.ndarray:
        name = self.block.model.name
        if name == "dc_generator":
            return self._get("amplitude")
        if name == "ac_generator":
            return self._get("offset") + self._get("amplitude") * self._sine(event + 1)
        if name == "step_current_generator":
            times = self._times()
            k = int(np.searchsorted(times, event + 1, side="right")) - 1
            values = self.block.get("amplitude_values", self.member)
            before = [(end, was) for end, was in self.earlier.of(self.block) if end <= event]
            if before and (k < 0 or times[k] <= before[-1][0]):
                # Values for times that had passed when they were set do not act.
                end, was = before[-1]
                return replace(self, block=was)._value(end - 1)
            return float(values[k]) if k >= 0 else 0.0
        return self._noise(event)

    def _next_value(self, event: int) -> float:
        name = self.block.model.name
        if name == "ac_generator":
            return event + 1
        if name == "step_current_generator":
            times = self._times() - 1
            return min((float(t) for t in times[times > event]), default=math.inf)
        if name == "noise_generator":
            begin, every = self._noise_steps()
            return begin + ((event - begin) // every + 1) * every
        return math.inf

    def _times(self) -> np.ndarray:
        times = self.block.get("amplitude_times", self.member)
        return np.array([round(self.steps(t)) for t in times], dtype=np.int64)

    def _sine(self, step: int) -> float:
        omega = 2.0 * math.pi * self._get("frequency") / 1000.0
        return math.sin(omega * step * self.dt + math.radians(self._get("phase")))

    def _noise_steps(self) -> tuple[int, int]:
        """The first event of a noise, and how many steps each of its values lasts."""
        return max(0, int(self._active()[0]) - 1), max(1, round(self.steps(self._get("dt"))))

    def _noise(self, event: int) -> np.ndarray:
        begin, every = self._noise_steps()
        name = f"noise {self.block.first + self.member}"
        rng = generator(self.seed, name, str((event - begin) // every))
        drawn = rng.standard_normal(int(self.port.max()) + 1)[self.port]
        variance = self._get("std") ** 2
        if self._get("std_mod"):
            variance += self._sine(event + 1) * self._get("std_mod") ** 2
        return self._get("mean") + math.sqrt(max(0.0, variance)) * drawn


@dataclass(frozen=True, eq=False)
class CurrentInput:
    """The current of one device into neurons of one group.

    Attributes
    ----------
    of : DeviceCurrent
    group : int
    index : int64 array (n,)
        Neurons.
    weight : float64 array (n,)
    delay, since : int
        Steps: of the connection, and at which it was made.
    """

    of: DeviceCurrent
    group: int
    index: np.ndarray
    weight: np.ndarray
    delay: int
    since: int

    def add_to(self, current: np.ndarray, step: int) -> None:
        """Add the current that acts in the update of a step to that of each neuron."""
        event = step - self.delay - 1
        if event >= self.since:
            np.add.at(current, self.index, self.weight * self.of.value(event))

    def next_change(self, step: int) -> float:
        """The first step after a given one at which the current can be another one."""
        event = step - self.delay - 1
        changes = [float(self.since), *self.of.changes(event)]
        later = [c for c in changes if c > event]
        return min(later, default=math.inf) + self.delay + 1
