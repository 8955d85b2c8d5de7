"""Poisson counts against obvious loops over Philox words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from distsnn.assemble.groups.input_arrays import CountTable, poisson_thresholds
from distsnn.kernels.draws.philox import philox4x32
from distsnn.kernels.draws.poisson import (
    BLOCK,
    add_counts,
    deliver_poisson,
    draw_counts,
)

KEY = np.uint32(7), np.uint32(99)


def count_of(index: int, step: int, mean: float) -> int:
    """The smallest c with u < P(count <= c), where u has 47 bits."""
    block, w, h = step // 8, step % 8 // 2, step % 2

    def word(c3: int) -> int:
        counter = [np.uint64(x) for x in (index, index >> 32, block, c3)]
        return int(philox4x32(*counter, *KEY)[w])

    first = (word(block >> 32) >> (16 * h)) & 0x7FFF
    u = first << 32 | word((block >> 32) | (1 + h) << 30)
    lowest, thresholds = poisson_thresholds(mean)
    return lowest + sum(u >= threshold for threshold in thresholds.tolist())


def arguments(mean: float) -> list[Any]:
    """Table and work space of `draw_counts`."""
    work = np.zeros(4 * BLOCK, np.uint32), np.zeros(2 * BLOCK, np.uint16)
    return [*vars(CountTable.of_poisson(mean)).values(), *work]


@pytest.mark.parametrize("draw", [draw_counts, draw_counts.py_func])
@pytest.mark.parametrize(
    ("n", "mean"),
    # Tables of no, eight, many, and too many central thresholds; more than one block.
    [(5, 0.0), (40, 1.3), (40, 1e-3), (5, 60.0), (5, 5000.0), (BLOCK + 3, 0.7)],
)
def test_counts(draw, n: int, mean: float) -> None:
    first, block = 2**32 - 2, 2**33 + 1
    counts = np.zeros(4 * n, dtype=np.uint32)
    draw(first, n, block, *KEY, *arguments(mean), counts)
    halves = counts.view(np.uint16).reshape(4, n, 2)
    for i in (*range(min(n, 40)), n - 1):
        for slot in range(8):
            expected = count_of(first + i, 8 * block + slot, mean)
            assert halves[slot // 2, i, slot % 2] == expected


@pytest.mark.parametrize("mean", [0.2, 1.3, 9.0, 70.0])
def test_draws_near_thresholds_and_in_tails_are_exact(mean: float) -> None:
    """Among so many draws there are some whose first 15 bits do not decide."""
    n = 4000
    table = CountTable.of_poisson(mean)
    counts = np.zeros(4 * n, dtype=np.uint32)
    undecided = 0
    for block in range(4):
        draw_counts(0, n, block, *KEY, *arguments(mean), counts)
        found = counts.view(np.uint16).reshape(4, n, 2)
        words = np.array([philox4x32(i, 0, block, 0, *KEY) for i in range(n)]).T
        for w in range(4):
            for h in range(2):
                v = (words[w] >> (16 * h)) & 0x7FFF
                tie = np.isin(v, table.thresholds >> np.uint64(32))
                outside = (v <= table.below) & (table.below != 0xFFFF) | (v > table.above)
                for i in np.flatnonzero(tie | outside):
                    undecided += 1
                    assert found[w, i, h] == count_of(int(i), 8 * block + 2 * w + h, mean)
    assert undecided > 5


def test_counts_have_the_distribution() -> None:
    mean, n = 1.28, 200_000
    counts = np.zeros(4 * n, dtype=np.uint32)
    draw_counts(0, n, 3, *KEY, *arguments(mean), counts)
    found = counts.view(np.uint16)
    expected = stats.poisson(mean).pmf(np.arange(9)) * found.size
    observed = np.bincount(np.minimum(found, 8), minlength=9)
    expected[8] = found.size - expected[:8].sum()
    # Eight degrees of freedom: above 40 with a probability of 3e-6.
    assert ((observed - expected) ** 2 / expected).sum() < 40


@pytest.mark.parametrize("add", [add_counts, add_counts.py_func])
def test_counts_are_added(add) -> None:
    pairs = np.array([0, 7, 1, 8, 3, 9], dtype=np.uint16).view(np.uint32)
    for high, counts in ((0, [0, 1, 3]), (1, [7, 8, 9])):
        variable = np.array([1.0, 2.0, 3.0])
        add(pairs, high, -0.1, variable)
        assert variable.tolist() == [1.0 + i - 0.1 * c for i, c in enumerate(counts)]


@pytest.mark.parametrize("deliver", [deliver_poisson, deliver_poisson.py_func])
def test_ranges_and_steps(deliver) -> None:
    mean = 2.5
    first_index, first_slot = np.array([3, 20]), np.array([1, 10])
    sizes = np.array([4, 2])
    drawn_block = np.array([-1])
    counts = np.zeros(4 * 6, dtype=np.uint32)
    given = arguments(mean)
    # Steps may begin anywhere, and follow each other.
    for step in range(5, 27):
        slots = np.zeros(14)
        ranges = first_index, first_slot, sizes
        n = deliver(step, drawn_block, *KEY, *given, counts, *ranges, 2.0, slots)
        assert n == 6
        expected = np.zeros(14)
        for index, slot, size in ((3, 1, 4), (20, 10, 2)):
            for i in range(size):
                expected[slot + i] = 2.0 * count_of(index + i, step, mean)
        assert slots.tolist() == expected.tolist()
