"""Sources that only spike, against obvious loops over Philox words and given times."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.assemble.groups.input_arrays import SilenceTable
from distsnn.kernels.arithmetic.logarithm import log_of_normal
from distsnn.kernels.deliver.sources import (
    MARKS,
    STEPS_OF_BLOCK,
    draw_poisson_spikes,
    take_given_spikes,
)
from distsnn.kernels.draws.philox import philox4x32
from distsnn.kernels.draws.poisson import BLOCK

KEY = np.uint32(7), np.uint32(99)


def spikes_of_block(index: int, p: float, block: int) -> list[int]:
    """Steps within a block at which a source of probability p spikes, one gap after the other."""
    if p == 0:
        return []
    bits = int(np.float64(p).view(np.uint64))
    tag = (bits ^ bits >> 32) & 0xFFFFFFFF
    steps, s, k = [], 0, 0
    while True:
        c3 = (block >> 32) | k // 2 << 24
        words = philox4x32(*(np.uint64(x) for x in (index, tag, block, c3)), *KEY)
        high, low = (int(word) for word in words[2 * (k % 2) : 2 * (k % 2) + 2])
        x = ((high << 32 | low) // 2**11 + 1) / 2**53
        s += math.floor(log_of_normal.py_func(x) * (1.0 / np.log1p(-p))) if p < 1 else 0
        if s >= 128:
            return steps
        steps.append(s)
        s, k = s + 1, k + 1


class Sources:
    """The arrays of a group, and what its sources draw."""

    def __init__(self, index: np.ndarray, probability: np.ndarray) -> None:
        self.index, self.probability = index, probability
        self.drawn_block = np.array([-1])
        self.words = np.zeros(4 * BLOCK, dtype=np.uint32)
        self.marks = np.zeros(STEPS_OF_BLOCK * -(-index.size // MARKS), dtype=np.uint64)
        self.own = *KEY, index, *vars(SilenceTable.of(probability)).values(), self.words, self.marks

    def draw(self, kernel, step: int) -> list[int]:
        """The sources that spike."""
        found = np.zeros(self.index.size, dtype=np.int32)
        count = kernel(step, self.drawn_block, *self.own, found)
        return found[:count].tolist()

    def expected(self, step: int) -> list[int]:
        """The same by obvious loops."""
        given = zip(self.index.tolist(), self.probability.tolist(), strict=True)
        drawn = [spikes_of_block(index, p, step // 128) for index, p in given]
        return [lid for lid, steps in enumerate(drawn) if step % 128 in steps]


@pytest.mark.parametrize("draw", [draw_poisson_spikes, draw_poisson_spikes.py_func])
def test_sources(draw) -> None:
    rng = np.random.default_rng(1)
    index = np.concatenate([np.arange(75), [2**31, 2**31 + 7]])
    probability = np.concatenate([[0.0, 1.0, 1.0, 0.5], rng.random(30) ** 4, np.full(43, 1e-3)])
    sources = Sources(index, probability)
    # Steps may begin anywhere, follow each other, and go back.
    for step in (*range(117, 140), *range(255, 263), 0, 2**36 + 3, 2**36 + 4):
        found = sources.draw(draw, step)
        assert found == sources.expected(step)
        assert {1, 2} <= set(found)
        assert 0 not in found


def test_sources_of_several_blocks() -> None:
    sources = Sources(np.arange(3, 2 * BLOCK + 8), np.full(2 * BLOCK + 5, 0.01))
    found = [sources.draw(draw_poisson_spikes, step) for step in range(STEPS_OF_BLOCK)]
    for step in (0, 5, 127):
        assert found[step] == sources.expected(step)


@pytest.mark.parametrize("p", [1e-5, 0.0015, 0.3])
def test_spikes_are_independent(p: float) -> None:
    """Counts of steps, and of pairs of steps on both sides of a border, are those of coins.

    Five standard deviations of a binomial count; a sixth test in a million would fail by chance.
    """
    n, steps = 2000, 2 * STEPS_OF_BLOCK
    sources = Sources(np.arange(n), np.full(n, p))
    spiked = np.zeros((steps, n), dtype=bool)
    for step in range(steps):
        spiked[step, sources.draw(draw_poisson_spikes, step)] = True

    def expect(found: int, trials: int, chance: float) -> None:
        assert abs(found - trials * chance) <= 5 * math.sqrt(trials * chance) + 1

    expect(spiked.sum(), spiked.size, p)
    for first in (0, 60, 127, 128, 200):
        expect(spiked[first].sum(), n, p)
    expect((spiked[1:] & spiked[:-1]).sum(), spiked[1:].size, p * p)
    expect((spiked[:, 1:] & spiked[:, :-1]).sum(), spiked[:, 1:].size, p * p)


def test_other_rates_within_a_block_are_independent() -> None:
    """After a change of rates the draws so far say nothing about those to come."""
    n = 20000
    before = Sources(np.arange(n), np.full(n, 0.02))
    after = Sources(np.arange(n), np.full(n, 0.01))
    silent = np.ones(n, dtype=bool)
    for step in range(64):
        silent[before.draw(draw_poisson_spikes, step)] = False
    spiked = np.zeros(n, dtype=int)
    for step in range(64, 80):
        spiked[after.draw(draw_poisson_spikes, step)] += 1
    for these in (silent, ~silent):
        mean = 16 * 0.01 * these.sum()
        assert abs(spiked[these].sum() - mean) < 5 * math.sqrt(mean)


def test_no_sources() -> None:
    assert Sources(np.arange(0), np.zeros(0)).draw(draw_poisson_spikes, 5) == []


@pytest.mark.parametrize("take", [take_given_spikes, take_given_spikes.py_func])
def test_given_spikes(take) -> None:
    step = np.array([0, 0, 3, 3, 4, 9])
    source = np.array([1, 2, 0, 2, 1, 0], dtype=np.int32)
    cursor, found = np.zeros(1, dtype=np.int64), np.zeros(3, dtype=np.int32)
    for now, expected in ((0, [1, 2]), (1, []), (3, [0, 2]), (5, []), (9, [0]), (10, [])):
        count = take(now, step, source, 0, cursor, found)
        assert found[:count].tolist() == expected
    # From any step on, with a period.
    cursor[0] = 0
    for now in range(23, 60):
        count = take(now, step, source, 10, cursor, found)
        assert found[:count].tolist() == source[step == now % 10].tolist()
