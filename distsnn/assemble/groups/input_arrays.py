"""Poisson input, Poisson groups and spike generators of one rank."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.values.draws import drawn_values
from distsnn.codegen.program_arguments import Argument, OfGroup, OfInput
from distsnn.describe.groups import (
    GeneratorDescription,
    GroupDescription,
    NeuronDescription,
    PoissonDescription,
    check_rate,
    check_spikes,
)
from distsnn.describe.keys import stream_key
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.values.given import Distribution, ValueSource, value_bounds
from distsnn.kernels.arithmetic.elementwise import exp, log1p
from distsnn.kernels.deliver.sources import MARKS, STEPS_OF_BLOCK
from distsnn.kernels.draws.poisson import BLOCK, EIGHT
from distsnn.layout.partition import Partition, Range, index_of
from distsnn.layout.slots import SlotPlan

_ONE = 2.0**47
# Draws beyond the central thresholds are so rare that they may take longer.
_TAIL = 2.0**-9
# With more thresholds bisection is faster.
_MOST_CENTRAL = 128
_HIGHEST = 0x7FFF
# More than rounding can move the border between silence and spike, in units of 2^-53.
_GUARD = 2.0**16
_NEVER_BELOW = 0xFFFF


def build_input(
    description: NetworkDescription, p: int, partition: Partition, slots: SlotPlan
) -> dict[Argument, Any]:
    """Arguments of the program for one Poisson input."""
    given = description.poisson_inputs[p]
    ranges = [
        r
        for part in given.parts or ((given.target.start, given.target.stop),)
        for r in partition.within(given.target.group, *part)
    ]
    group = description.groups[given.target.group]
    assert isinstance(group, NeuronDescription)
    first_slot = slots.first[given.target.group, group.receptor_variables[given.receptor]]
    dt = description.group_dt(given.target.group)
    given.check_events(dt)
    counted = given.rate * dt
    table = (
        CountTable.of_binomial(given.number, counted)
        if given.binomial
        else CountTable.of_poisson(given.number * counted)
    )
    k0, k1 = description.key_of_steps("poisson input", given.name)
    sizes = np.array([r.stop - r.start for r in ranges], dtype=np.int64)
    local = {
        "drawn_block": np.full(1, -1, dtype=np.int64),
        "k0": np.uint32(k0),
        "k1": np.uint32(k1),
        **vars(table),
        "words": np.zeros(4 * BLOCK, dtype=np.uint32),
        "near": np.zeros(2 * BLOCK, dtype=np.uint16),
        "counts": np.zeros(4 * int(sizes.sum()), dtype=np.uint32),
        "first_index": np.array([r.start for r in ranges], dtype=np.int64),
        "first_slot": np.array([first_slot + r.first_lid for r in ranges], dtype=np.int64),
        "n_of_range": sizes,
        "weight": float(given.weight),
    }
    return OfInput(p).named(local)


@dataclass(frozen=True, eq=False)
class CountTable:
    """Cumulative table of a distribution of counts; see `kernels.draws.poisson.draw_counts`.

    Attributes
    ----------
    lowest : int
        Smallest count with a probability above 2^-48.
    thresholds : uint64 array
        2^47 P(count <= lowest + j), rounded, while below 2^47.
    central : uint16 array
    central_base : int
    below, above : uint16
    """

    lowest: int
    thresholds: np.ndarray
    central: np.ndarray
    central_base: int
    below: np.uint16
    above: np.uint16

    @classmethod
    def of_poisson(cls, mean: float) -> CountTable:
        """The table for an expected count of `mean`."""
        return cls.of(*poisson_thresholds(mean))

    @classmethod
    def of_binomial(cls, number: int, p: float) -> CountTable:
        """The table for the successes of `number` trials of probability `p`."""
        return cls.of(*binomial_thresholds(number, p))

    @classmethod
    def of(cls, lowest: int, thresholds: np.ndarray) -> CountTable:
        """The table for the smallest count and the thresholds above it."""
        tail = int(_ONE * _TAIL)
        first, last = np.searchsorted(thresholds, [tail, int(_ONE) - tail])
        n = int(last - first) + 1
        more = -n % EIGHT
        # Room that is left on both sides.
        first, n = max(0, first - more // 2), n + more
        if not thresholds.size or n > _MOST_CENTRAL:
            none = np.empty(0, dtype=np.uint16)
            return cls(lowest, thresholds, none, 0, np.uint16(0), np.uint16(0))
        central = thresholds[first : first + n] >> np.uint64(32)
        whole = first + n >= thresholds.size
        return cls(
            lowest,
            thresholds,
            np.pad(central.astype(np.uint16), (0, n - central.size), constant_values=_HIGHEST),
            lowest + int(first),
            np.uint16(central[0] if first else _NEVER_BELOW),
            np.uint16(_HIGHEST if whole else central[-1]),
        )


def poisson_thresholds(mean: float) -> tuple[int, np.ndarray]:
    """Cumulative table of the Poisson distribution in units of 2^-47.

    Parameters
    ----------
    mean : float
        Expected count.

    Returns
    -------
    lowest : int
        Smallest count with a probability above 2^-48.
    thresholds : uint64 array
        2^47 P(count <= lowest + j), rounded, while below 2^47.
    """
    if mean == 0:
        return 0, np.empty(0, dtype=np.uint64)
    spread = 9.0 * math.sqrt(mean) + 40.0
    counts = range(max(0, math.floor(mean - spread)), math.ceil(mean + spread))
    terms = [math.exp(c * math.log(mean) - mean - math.lgamma(c + 1)) for c in counts]
    return _thresholds(counts, terms)


def binomial_thresholds(number: int, p: float) -> tuple[int, np.ndarray]:
    """Cumulative table of the binomial distribution in units of 2^-47.

    Parameters
    ----------
    number : int
        Number of trials.
    p : float
        Probability of success, from 0 to 1.

    Returns
    -------
    lowest, thresholds
        See `poisson_thresholds`.

    Notes
    -----
    Terms are products of the ratios of neighbors, from the largest on both ways, divided by their
    sum: logarithms of factorials would cancel where there are many trials.
    """
    if p in {0.0, 1.0} or number == 0:
        return number if p == 1.0 else 0, np.empty(0, dtype=np.uint64)
    mean, odds = number * p, p / (1.0 - p)
    spread = 9.0 * math.sqrt(mean * (1.0 - p)) + 40.0
    counts = range(max(0, math.floor(mean - spread)), min(number, math.ceil(mean + spread)) + 1)
    peak = min(math.floor((number + 1) * p), number)
    up, down = [1.0], [1.0]
    for c in range(peak + 1, counts.stop):
        up.append(up[-1] * odds * (number - c + 1) / c)
    for c in range(peak, counts.start, -1):
        down.append(down[-1] * c / (odds * (number - c + 1)))
    terms = [*down[:0:-1], *up]
    whole = math.fsum(terms)
    return _thresholds(counts, [term / whole for term in terms])


def _thresholds(counts: range, terms: list[float]) -> tuple[int, np.ndarray]:
    """Thresholds as `poisson_thresholds` returns them, from the probabilities of counts."""
    lowest, thresholds, cumulative = counts[0], [], 0.0
    for count, term in zip(counts, terms, strict=True):
        cumulative += term
        threshold = round(cumulative * _ONE)
        if threshold == 0:
            lowest = count + 1
        elif threshold < _ONE:
            thresholds.append(threshold)
    return lowest, np.array(thresholds, dtype=np.uint64)


def source_arrays(
    description: NetworkDescription, g: int, ranges: tuple[Range, ...]
) -> dict[Argument, Any]:
    """Arguments of the program for one group of sources, but what all groups have."""
    if isinstance(description.groups[g], PoissonDescription):
        return build_poisson_group(description, g, ranges)
    return build_generator(description, g, ranges)


def same_spikes(before: GroupDescription, now: GroupDescription) -> bool:
    """Whether two descriptions of one group of sources hold the very same values."""
    if isinstance(before, PoissonDescription) and isinstance(now, PoissonDescription):
        return before.rates is now.rates
    assert isinstance(before, GeneratorDescription)
    assert isinstance(now, GeneratorDescription)
    same = before.indices is now.indices and before.times is now.times
    return same and before.period == now.period


def build_poisson_group(
    description: NetworkDescription, g: int, ranges: tuple[Range, ...]
) -> dict[Argument, Any]:
    """Arguments of the program for one group of Poisson sources."""
    group, dt = description.groups[g], description.group_dt(g)
    assert isinstance(group, PoissonDescription)
    index = index_of(ranges)
    rates = np.empty(index.size)
    if isinstance(group.rates, Distribution):
        key = stream_key(description.seed, "rates", group.name)
        rates = drawn_values(group.rates, index, np.zeros_like(index), key)
    elif isinstance(group.rates, np.ndarray):
        rates[:] = group.rates[index]
    else:
        assert not isinstance(group.rates, ValueSource)
        rates[:] = group.rates
    # Of a distribution without bounds each rank knows what it has drawn.
    most = value_bounds(group.rates)[1]
    check_rate(group, most if most < math.inf else rates.max(initial=0.0), dt)
    k0, k1 = description.key_of_steps("poisson spikes", group.name)
    local = {
        "k0": np.uint32(k0),
        "k1": np.uint32(k1),
        # Rates may have changed: no marks are kept.
        "drawn_block": np.full(1, -1, dtype=np.int64),
        "index_of_lid": index,
        **vars(SilenceTable.of(rates * dt)),
        "words": np.zeros(4 * BLOCK, dtype=np.uint32),
        "marks": np.zeros(STEPS_OF_BLOCK * -(-index.size // MARKS), dtype=np.uint64),
    }
    return OfGroup(g).named(local)


@dataclass(frozen=True, eq=False)
class SilenceTable:
    """A table to draw steps between spikes; see `kernels.deliver.sources.draw_poisson_spikes`.

    Attributes
    ----------
    tags : uint32 array (n,)
    inverse : float64 array (n,)
        -inf where the probability is 0.
    most_silent : uint64 array (n,)
    """

    tags: np.ndarray
    inverse: np.ndarray
    most_silent: np.ndarray

    @classmethod
    def of(cls, probability: np.ndarray) -> SilenceTable:
        """The table for probabilities (float64 (n,)) from 0 to 1."""
        bits = probability.view(np.uint64)
        with np.errstate(divide="ignore"):
            slope = log1p(-probability)
            silent = exp(STEPS_OF_BLOCK * slope) * 2.0**53
            return cls(
                (bits ^ bits >> np.uint64(32)).astype(np.uint32),
                1.0 / slope,
                np.where(slope == 0.0, silent, np.maximum(silent - _GUARD, 0)).astype(np.uint64),
            )


def build_generator(
    description: NetworkDescription, g: int, ranges: tuple[Range, ...]
) -> dict[Argument, Any]:
    """Arguments of the program for one group of sources with given spikes."""
    group = description.groups[g]
    assert isinstance(group, GeneratorDescription)
    lid = np.full(group.indices.size, -1, dtype=np.int32)
    for r in ranges:
        owned = (group.indices >= r.start) & (group.indices < r.stop)
        lid[owned] = (group.indices[owned] - r.start + r.first_lid).astype(np.int32)
    step = check_spikes(group, description.group_dt(g))
    order = np.lexsort((lid, step))
    order = order[lid[order] >= 0]
    local = {
        "spike_step": step[order],
        "spike_source": lid[order],
        "period": np.int64(group.period_steps(description.group_dt(g))),
        "cursor": np.zeros(1, dtype=np.int64),
    }
    return OfGroup(g).named(local)
