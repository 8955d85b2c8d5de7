"""Trains of devices that draw spikes: by rates, from renewal processes, and copies of others.

Spikes of a step are labeled as in the engine, one step earlier than NEST's stamps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from distsnn.kernels.arithmetic.elementwise import sin
from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.trains import PoissonTrains, Spikes, chunks, joined, window
from distsnn.nest.values.parameter import generator

Draw = Callable[[int, int], Spikes]


@dataclass(frozen=True, eq=False)
class Asked:
    """Trains of one device that are asked for.

    Attributes
    ----------
    block : Block
    member : int
        The device.
    n : int
        Number of trains.
    seed : int
    name : str
        The name by which they are drawn.
    steps : callable
        From ms to steps.
    dt : float
        Time step, ms.
    """

    block: Block
    member: int
    n: int
    seed: int
    name: str
    steps: Callable[[float], float]
    dt: float

    def get(self, name: str) -> float:
        """A number of the device."""
        return float(self.block.get(name, self.member))

    def active(self, steps: np.ndarray) -> np.ndarray:
        """Whether it is active in each of some steps."""
        first, last = window(self.block, self.member, self.steps)
        return (steps > first) & (steps <= last)

    def wave(self, times: np.ndarray) -> np.ndarray:
        """A sine with frequency (Hz) and phase (degrees) at times (ms)."""
        omega = 2.0 * math.pi * self.get("frequency") / 1000.0
        phase = math.radians(self.get("phase")) if self.block.knows("phase") else 0.0
        return sin(omega * times + phase)

    def sine(self, steps: np.ndarray) -> np.ndarray:
        """The rate (Hz) at the end of each of some steps, at least 0."""
        wave = self.wave((steps + 1) * self.dt)
        return np.maximum(self.get("rate") + self.get("amplitude") * wave, 0.0)

    def random(self) -> np.random.Generator:
        """Random numbers of all trains together, in the order of steps."""
        return generator(self.seed, self.name, "steps")


def _poisson(asked: Asked, rate: Callable[[np.ndarray], np.ndarray | float]) -> Draw:
    def rates(steps: np.ndarray) -> np.ndarray:
        return np.asarray(rate(steps) * asked.dt / 1000.0 * asked.active(steps))

    block = asked.block
    one = block.knows("individual_spike_trains") and not block.get(
        "individual_spike_trains", asked.member
    )
    if not one:
        return PoissonTrains(asked.n, (asked.seed, asked.name), rates)
    return Shared(PoissonTrains(1, _of_device(asked), rates), asked.n)


def _of_device(asked: Asked) -> tuple[int, str]:
    """The key of draws that all connections of a device share."""
    return asked.seed, f"{asked.block.first + asked.member}"


@dataclass(frozen=True, eq=False)
class Shared:
    """The spikes of one source, for each of `n`."""

    of: Draw
    n: int

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``."""
        _, step = self.of(first, end)
        return np.tile(np.arange(self.n), step.size), np.repeat(step, self.n)


@dataclass(frozen=True, eq=False)
class Together:
    """The spikes of several devices, whose trains stand one after the other.

    Attributes
    ----------
    parts : list of callable
    first : int64 array
        Index of the first train of each.
    """

    parts: list[Draw]
    first: np.ndarray

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``."""
        found = []
        for begin, part in zip(self.first.tolist(), self.parts, strict=True):
            index, step = part(first, end)
            found.append((index + begin, step))
        return joined(found)


def _constant(asked: Asked) -> Draw:
    return _poisson(asked, lambda _: asked.get("rate"))


def _sine(asked: Asked) -> Draw:
    return _poisson(asked, asked.sine)


def _changing(asked: Asked) -> Draw:
    def rate(steps: np.ndarray) -> np.ndarray:
        times = [round(asked.steps(t)) for t in asked.block.get("rate_times", asked.member)]
        values = np.array([0.0, *asked.block.get("rate_values", asked.member)])
        return values[np.searchsorted(np.array(times), steps + 1, side="right")]

    return _poisson(asked, rate)


@dataclass(eq=False)
class _Copies:
    """Each train has each spike of a mother train with a probability."""

    asked: Asked

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``."""
        asked, found = self.asked, []
        mother = PoissonTrains(
            1,
            _of_device(asked),
            lambda steps: asked.get("rate") * asked.dt / 1000.0 * asked.active(steps),
        )
        for part, begin, after in chunks(first, end):
            _, step = mother(begin, after)
            drawn = generator(asked.seed, asked.name, f"copies {part}").random((step.size, asked.n))
            spike, index = np.nonzero(drawn < asked.get("p_copy"))
            keep = (step[spike] >= first) & (step[spike] < end)
            found.append((index[keep], step[spike][keep]))
        return joined(found)


@dataclass(eq=False)
class _GammaTrains:
    """Renewal processes in a time that passes with the rate, with intervals of a gamma law."""

    asked: Asked
    # Of each train: its random numbers, and what is left of its interval.
    _random: list[np.random.Generator] = field(default_factory=list)
    _left: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``, each window in turn."""
        asked = self.asked
        order, own = asked.get("order"), asked.block.get("individual_spike_trains", asked.member)
        number = asked.n if own else 1
        if not self._random:
            name = asked.name if own else _of_device(asked)[1]
            self._random = [generator(asked.seed, name, f"train {k}") for k in range(number)]
            self._left = np.array([rng.standard_gamma(order) for rng in self._random])
        steps = np.arange(first, end)
        # Time passes before the device begins, and while it is silent, too.
        passed = np.cumsum(order * asked.sine(steps) * asked.dt / 1000.0)
        active, found = asked.active(steps), []
        for k, rng in enumerate(self._random):
            while self._left[k] <= passed[-1]:
                at = int(np.searchsorted(passed, self._left[k]))
                silent = np.flatnonzero(active[at:])
                if not silent.size:
                    break
                at += int(silent[0])
                found.append((np.array([k]), steps[at : at + 1]))
                # Only after a pause an interval begins with a step: else the rate would be less.
                begun = passed[at] if silent[0] else self._left[k]
                self._left[k] = begun + rng.standard_gamma(order)
        self._left -= passed[-1]
        index, step = joined(found)
        return (index, step) if own else Shared(lambda *_: (index, step), asked.n)(first, end)


@dataclass(eq=False)
class _StateTrains:
    """Superposed processes of which it is counted how many are in each of their states.

    Attributes
    ----------
    asked : Asked
    begin : callable
        Their numbers at the beginning, int64 (states,).
    advance : callable
        From the numbers (int64 (n, states)), the step and random numbers to the spikes of each
        train; the numbers are changed.
    """

    asked: Asked
    begin: Callable[[Asked], np.ndarray]
    advance: Callable[[Asked, np.ndarray, int, np.random.Generator], np.ndarray]
    _rng: np.random.Generator | None = None
    _numbers: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``, each window in turn."""
        asked, found = self.asked, []
        if asked.get("rate") <= 0.0:
            return joined([])
        if self._rng is None:
            self._rng = asked.random()
            self._numbers = np.tile(self.begin(asked), (asked.n, 1))
        for step in range(first, end):
            if asked.active(np.array([step]))[0]:
                number = self.advance(asked, self._numbers, step, self._rng)
                index = np.repeat(np.arange(asked.n), number)
                found.append((index, np.full(index.size, step)))
        return joined(found)


def _gamma_begin(asked: Asked) -> np.ndarray:
    shape, number = int(asked.get("gamma_shape")), int(asked.get("n_proc"))
    occupied = np.full(shape, number // shape)
    occupied[-1] += number % shape
    return occupied


def _gamma_advance(
    asked: Asked, occupied: np.ndarray, step: int, rng: np.random.Generator
) -> np.ndarray:
    del step
    p = asked.get("rate") * asked.get("gamma_shape") * asked.dt / 1000.0
    moved = rng.binomial(occupied, min(p, 1.0))
    occupied += np.roll(moved, 1, axis=1) - moved
    return moved[:, -1]


def _dead_begin(asked: Asked) -> np.ndarray:
    """The processes that are ready, and those that spiked in each of the last steps."""
    dead = int(asked.get("dead_time") / asked.dt + 1e-9)
    each = int(asked.get("rate") / 1000.0 * asked.get("n_proc") * asked.dt)
    return np.array([int(asked.get("n_proc")) - each * dead, *[each] * dead])


def _dead_advance(
    asked: Asked, numbers: np.ndarray, step: int, rng: np.random.Generator
) -> np.ndarray:
    hazard = asked.dt / (1000.0 / asked.get("rate") - asked.get("dead_time"))
    if asked.get("relative_amplitude") > 0.0:
        wave = float(asked.wave(np.array([step * asked.dt]))[0])
        hazard *= 1.0 + asked.get("relative_amplitude") * wave
    spiking = rng.binomial(numbers[:, 0], min(max(hazard, 0.0), 1.0))
    dead = numbers.shape[1] - 1
    if dead:
        slot = 1 + step % dead
        numbers[:, 0] += numbers[:, slot] - spiking
        numbers[:, slot] = spiking
    return spiking


DRAWN: Mapping[str, Callable[[Asked], Draw]] = {
    "poisson_generator": _constant,
    "inhomogeneous_poisson_generator": _changing,
    "sinusoidal_poisson_generator": _sine,
    "sinusoidal_gamma_generator": _GammaTrains,
    "mip_generator": _Copies,
    "gamma_sup_generator": lambda asked: _StateTrains(asked, _gamma_begin, _gamma_advance),
    "ppd_sup_generator": lambda asked: _StateTrains(asked, _dead_begin, _dead_advance),
}


def pulses(asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Steps and weights of the spikes of a generator of pulse packets; all targets share them."""
    number, width = int(asked.get("activity")), asked.get("sdev")
    found = [np.empty(0)]
    for k, time in enumerate(sorted(asked.block.get("pulse_times", asked.member))):
        rng = generator(asked.seed, asked.name, f"pulse {k}")
        found.append(time + width * rng.standard_normal(number))
    steps = np.ceil(np.concatenate(found) / asked.dt - 1e-6).astype(np.int64)
    steps = np.sort(steps[steps >= 0])
    steps = steps[asked.active(steps)]
    return steps, np.ones(steps.size)
