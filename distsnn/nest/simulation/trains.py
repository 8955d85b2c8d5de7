"""Spike trains of devices and parrots, as the network gets them before each run.

Spikes are labeled as in the engine: one step earlier than NEST's stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from distsnn.assemble.edges.rule_draws import Draws
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.nest.nodes.block import Block
from distsnn.nest.values.parameter import generator

# Index of the source, and step.
Spikes = tuple[np.ndarray, np.ndarray]
_NONE: Spikes = (np.empty(0, np.int64), np.empty(0, np.int64))
# Steps that are drawn together.
_TOGETHER = 1000
_MOST_PER_STEP = 1 << 20


@dataclass(eq=False)
class Train:
    """The spikes of a group of sources.

    Attributes
    ----------
    group : SpikeGeneratorGroup
    gids : int64 array (N,)
        The node that each source stands for.
    draw : callable
        From first and last step to the spikes in it.
    """

    group: SpikeGeneratorGroup
    gids: np.ndarray
    draw: Callable[[int, int], Spikes]
    _known: tuple[int, int] = (0, 0)
    _spikes: Spikes = _NONE

    def spikes(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``, each window in turn."""
        if self._known != (first, end):
            self._known, self._spikes = (first, end), self.draw(first, end)
        return self._spikes

    def number(self, first: int, end: int) -> int:
        """Number of spikes of some steps within the last window."""
        step = self._spikes[1]
        return int(((step >= first) & (step < end)).sum())

    def give(self, first: int, end: int, dt: float) -> None:
        """Let the network know the spikes of a window."""
        index, step = self.spikes(first, end)
        # A time in the middle of its step cannot be taken for that of another one.
        self.group.set_spikes(index, (step + 0.5) * dt)


def window(block: Block, member: int, steps: Callable[[float], float]) -> tuple[float, float]:
    """Steps between which a device is active: ``first < step <= last``."""
    origin = float(block.get("origin", member))
    start, stop = (steps(origin + float(block.get(name, member))) for name in ("start", "stop"))
    return start, stop


@dataclass(eq=False)
class PoissonTrains:
    """Independent trains of Poisson numbers with one rate, which may change in time.

    Attributes
    ----------
    n : int
        Number of trains.
    key : (int, str)
        Seed and name, which key the draws.
    rates : callable
        From steps (int64 (k,)) to the mean number of spikes in each.
    """

    n: int
    key: tuple[int, str]
    rates: Callable[[np.ndarray], np.ndarray]

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``."""
        found = []
        for part, begin, after in chunks(first, end):
            rng = generator(self.key[0], self.key[1], str(part))
            steps = np.arange(begin, after)
            rates = self.rates(steps)
            total = float(rates.sum())
            if total <= 0.0:
                continue
            number = int(rng.poisson(total * self.n))
            step = steps[rng.choice(_TOGETHER, number, p=rates / total)]
            index = rng.integers(0, self.n, number)
            keep = (step >= first) & (step < end)
            found.append((index[keep], step[keep]))
        return joined(found)


def chunks(first: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, first step and end of the chunks of steps that are drawn together."""
    for part in range(first // _TOGETHER, (end - 1) // _TOGETHER + 1):
        yield part, part * _TOGETHER, (part + 1) * _TOGETHER


def joined(found: Sequence[Spikes]) -> Spikes:
    """Spikes in the order of steps, then of sources."""
    index = np.concatenate([_NONE[0], *(f[0] for f in found)])
    step = np.concatenate([_NONE[1], *(f[1] for f in found)])
    order = np.lexsort((index, step))
    return index[order], step[order]


@dataclass(frozen=True, eq=False)
class GivenSpikes:
    """Spikes that are known from the start.

    Attributes
    ----------
    index, step : int64 array (n,)
    """

    index: np.ndarray
    step: np.ndarray

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``."""
        keep = (self.step >= first) & (self.step < end)
        return joined([(self.index[keep], self.step[keep])])


@dataclass(frozen=True, eq=False)
class Chance:
    """Connections that let each spike pass with a probability of their own.

    Attributes
    ----------
    draws : Draws
    index : int64 array (n,)
        Of each connection what its numbers are drawn for.
    p : float64 array (n,)
    """

    draws: Draws
    index: np.ndarray
    p: np.ndarray

    def some(self, which: np.ndarray) -> Chance:
        """Some of the connections."""
        return Chance(self.draws, self.index[which], self.p[which])

    def passes(self, which: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Whether each spike of a step passes its connection, bool (n,)."""
        order = np.lexsort((step, which))
        pairs = which[order], step[order]
        new = np.ones(which.size, dtype=bool)
        new[1:] = (np.diff(pairs[0]) != 0) | (np.diff(pairs[1]) != 0)
        begins = np.flatnonzero(new)
        # Spikes of one step are counted, and each has a number.
        occurring = np.empty(which.size, dtype=np.int64)
        occurring[order] = np.arange(which.size) - begins[np.cumsum(new) - 1]
        numbers = self.draws.uniform(self.index[which], step * _MOST_PER_STEP + occurring)
        return np.asarray(numbers < self.p[which])


@dataclass(frozen=True, eq=False)
class ParrotInput:
    """Connections through which parrots get the spikes of a train.

    Attributes
    ----------
    train : Train or None
        None stands for all parrots.
    source, parrot, delay : int64 array (n,)
        Of each its source in the train, its parrot, and its delay in steps.
    chance : Chance or None
    """

    train: Train | None
    source: np.ndarray
    parrot: np.ndarray
    delay: np.ndarray
    chance: Chance | None = None


@dataclass(eq=False)
class ParrotSpikes:
    """Spikes that parrots repeat when they arrive.

    Attributes
    ----------
    inputs : list of ParrotInput
    n : int
        Number of all parrots.
    """

    inputs: list[ParrotInput] = field(default_factory=list)
    n: int = 0
    _known: tuple[int, int] = (0, 0)
    _spikes: Spikes = _NONE
    _waiting: Spikes = _NONE

    def spikes(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``, each window in turn."""
        if self._known != (first, end):
            self._known, self._spikes = (first, end), self._repeat(first, end)
        return self._spikes

    def join_late(self, inputs: ParrotInput, since: int) -> None:
        """Let connections between parrots, made after a window, have its spikes from a step on."""
        self.inputs.append(inputs)
        index, step = self._spikes
        recent = step >= since
        repeated = _repeated(inputs, (index[recent], step[recent]))
        self._waiting = joined([self._waiting, repeated])

    def _repeat(self, first: int, end: int) -> Spikes:
        arrived = [self._waiting]
        for inputs in self.inputs:
            if inputs.train is not None:
                arrived.append(_repeated(inputs, inputs.train.spikes(first, end)))
        found, new = [_NONE], joined(arrived)
        while new[0].size:
            found.append(new)
            now = new[1] < end
            acting = new[0][now], new[1][now]
            between = [inputs for inputs in self.inputs if inputs.train is None]
            new = joined([_repeated(inputs, acting) for inputs in between])
        index, step = joined(found)
        later = step >= end
        self._waiting = index[later], step[later]
        return index[~later], step[~later]


@dataclass(frozen=True, eq=False)
class SomeParrots:
    """The spikes of neighbors among all parrots.

    Attributes
    ----------
    of : ParrotSpikes
    first, n : int
    """

    of: ParrotSpikes
    first: int
    n: int

    def __call__(self, first: int, end: int) -> Spikes:
        """Spikes of the steps ``first <= step < end``."""
        index, step = self.of.spikes(first, end)
        own = (index >= self.first) & (index < self.first + self.n)
        return index[own] - self.first, step[own]


def _repeated(inputs: ParrotInput, spikes: Spikes) -> Spikes:
    """Spikes of parrots that repeat those of their sources."""
    (index, step), source = spikes, inputs.source
    order = np.argsort(source, kind="stable")
    begin = np.searchsorted(source[order], index)
    number = np.searchsorted(source[order], index, side="right") - begin
    which, sent = order[np.repeat(begin, number) + _within(number)], np.repeat(step, number)
    if inputs.chance is not None:
        passed = inputs.chance.passes(which, sent)
        which, sent = which[passed], sent[passed]
    return inputs.parrot[which], sent + inputs.delay[which]


def _within(number: np.ndarray) -> np.ndarray:
    """0, 1, ... within each run of a number of entries."""
    begins = np.cumsum(number) - number
    return np.arange(int(number.sum())) - np.repeat(begins, number)


def number_sent(trains: Iterable[Train], first: int, end: int) -> int:
    """Number of spikes of some steps in the last window that devices sent, but not parrots."""
    return sum(t.number(first, end) for t in trains if not isinstance(t.draw, SomeParrots))
