"""Currents of devices, which change between steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distsnn.kernels.arithmetic.elementwise import sin
from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.earlier_values import EarlierValues
from distsnn.nest.simulation.trains import window
from distsnn.nest.values.parameter import generator

# So many steps ahead currents are looked at.
_AHEAD, _AHEAD_OF_NOISE = 10_000, 1000


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

    def values(self, events: np.ndarray) -> np.ndarray:
        """The currents that it sends in some steps, pA: float64 (k,), or of each connection."""
        found = np.zeros((events.size, 1 if not self.differs else self.port.size))
        before = -1
        pieces = [*self.earlier.of(self.block), (math.inf, self.block)]
        for number, (end, block) in enumerate(pieces):
            now = replace(self, block=block)
            first, last = now._active()
            own = (events >= before) & (events < end) & (first < events + 2) & (events + 2 <= last)
            if own.any():
                found[own] = now._values(events[own], pieces[:number]).reshape(own.sum(), -1)
            before = int(end) if number + 1 < len(pieces) else before
        return found if self.differs else found[:, 0]

    @property
    def differs(self) -> bool:
        """Whether each connection has a current of its own."""
        return self.block.model.name == "noise_generator"

    @property
    def is_constant(self) -> bool:
        """Whether it only begins and ends."""
        return self.block.model.name == "dc_generator"

    def _active(self) -> tuple[float, float]:
        return window(self.block, self.member, self.steps)

    def _get(self, name: str) -> float:
        return float(self.block.get(name, self.member))

    def _values(self, events: np.ndarray, before: Sequence[tuple[float, Block]]) -> np.ndarray:
        """The currents while it is active, with parameters that others have come `before`."""
        name = self.block.model.name
        if name == "dc_generator":
            return np.full(events.size, self._get("amplitude"))
        if name == "ac_generator":
            return self._get("offset") + self._get("amplitude") * self._sine(events + 1)
        if name == "step_current_generator":
            return self._amplitudes(events, before)
        return self._noise(events)

    def _amplitudes(self, events: np.ndarray, before: Sequence[tuple[float, Block]]) -> np.ndarray:
        times = self._times()
        k = np.searchsorted(times, events + 1, side="right") - 1
        values = np.append(np.array(self.block.get("amplitude_values", self.member)), 0.0)
        found = values[k]
        if before:
            # Values for times that had passed when they were set do not act.
            end, was = before[-1]
            late = (k < 0) | (np.append(times, 0)[k] <= end)
            last = replace(self, block=was)._amplitudes(np.array([int(end) - 1]), before[:-1])
            found = np.where(late, last[0], found)
        return found

    def _times(self) -> np.ndarray:
        times = self.block.get("amplitude_times", self.member)
        return np.array([round(self.steps(t)) for t in times], dtype=np.int64)

    def _sine(self, steps: np.ndarray) -> np.ndarray:
        omega = 2.0 * math.pi * self._get("frequency") / 1000.0
        return sin(omega * steps * self.dt + math.radians(self._get("phase")))

    def _noise(self, events: np.ndarray) -> np.ndarray:
        # The first event of a noise, and how many steps each of its values lasts.
        begin, every = (
            max(0, int(self._active()[0]) - 1),
            max(1, round(self.steps(self._get("dt")))),
        )
        name, n = f"noise {self.block.first + self.member}", int(self.port.max()) + 1
        intervals, which = np.unique((events - begin) // every, return_inverse=True)
        drawn = np.stack(
            [
                generator(self.seed, name, str(k)).standard_normal(n)[self.port]
                for k in intervals.tolist()
            ]
        )
        # The deviation changes with the values.
        sine = self._sine(begin + intervals * every + 1)
        variance = self._get("std") ** 2 + sine * self._get("std_mod") ** 2
        noise = self._get("mean") + np.sqrt(np.maximum(0.0, variance))[:, None] * drawn
        return noise[which]


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

    @property
    def n_columns(self) -> int:
        """The number of its currents that differ."""
        return self.of.port.size if self.of.differs else 1

    @property
    def columns(self) -> np.ndarray:
        """Which of them each connection has, int64 (n,)."""
        return (
            np.arange(self.index.size) if self.of.differs else np.zeros(self.index.size, np.int64)
        )

    def values(self, step: int, until: int) -> np.ndarray:
        """The currents that act in the updates of some steps, float64 (k, n_columns)."""
        events = np.arange(step, until) - self.delay - 1
        found = self.of.values(events).reshape(events.size, -1)
        found[events < self.since] = 0.0
        return found

    def add_to(self, current: np.ndarray, step: int) -> None:
        """Add the current that acts in the update of a step to that of each neuron."""
        np.add.at(current, self.index, self.weight * self.values(step, step + 1)[0, self.columns])

    def next_change(self, step: int) -> int:
        """The first step after a given one at which it may be another one."""
        found = self.values(step, step + (_AHEAD_OF_NOISE if self.of.differs else _AHEAD))
        changes = np.flatnonzero((found != found[0]).any(axis=1))
        return step + (int(changes[0]) if changes.size else len(found))
