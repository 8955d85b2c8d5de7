"""Poisson counts and spikes against obvious loops over Philox words."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.philox import philox4x32, uniform53
from distsnn.kernels.poisson import (
    BLOCK,
    add_counts,
    deliver_poisson,
    draw_counts,
    draw_poisson_spikes,
    take_given_spikes,
)

KEY = np.uint32(7), np.uint32(99)


def table(n: int) -> np.ndarray:
    """An ascending table of `n` thresholds."""
    rng = np.random.default_rng(n)
    return np.sort(rng.integers(1, 2**32, n)).astype(np.uint32)


def word(index: int, step: int) -> int:
    block = step // 4
    return int(
        philox4x32(
            np.uint64(index), np.uint64(index >> 32), np.uint64(block), np.uint64(block >> 32), *KEY
        )[step % 4]
    )


def count_of(index: int, step: int, lowest: int, thresholds: np.ndarray) -> int:
    """The smallest c with u < P(count <= c)."""
    u = word(index, step)
    count = lowest
    for threshold in thresholds.tolist():
        if u < threshold:
            return count
        count += 1
    return count


@pytest.mark.parametrize("draw", [draw_counts, draw_counts.py_func])
@pytest.mark.parametrize(("n", "n_thresholds"), [(5, 3), (5, 0), (5, 200), (BLOCK + 3, 4)])
def test_counts(draw, n: int, n_thresholds: int) -> None:
    first, block, lowest = 2**32 - 2, 2**33 + 1, 6
    thresholds = table(n_thresholds)
    counts = np.zeros(4 * n, dtype=np.uint16)
    draw(first, n, block, *KEY, lowest, thresholds, np.zeros(5 * BLOCK, np.uint32), counts)
    for w in range(4):
        for i in (*range(min(n, 6)), n - 1):
            expected = count_of(first + i, 4 * block + w, lowest, thresholds)
            assert counts[w * n + i] == expected


@pytest.mark.parametrize("add", [add_counts, add_counts.py_func])
def test_counts_are_added(add) -> None:
    variable = np.array([1.0, 2.0, 3.0])
    add(np.array([0, 1, 3], dtype=np.uint16), -0.1, variable)
    assert variable.tolist() == [1.0, 2.0 - 0.1, 3.0 + 3 * -0.1]


@pytest.mark.parametrize("deliver", [deliver_poisson, deliver_poisson.py_func])
def test_ranges_and_steps(deliver) -> None:
    thresholds = table(5)
    first_index, first_slot = np.array([3, 20]), np.array([1, 10])
    sizes = np.array([4, 2])
    drawn_block = np.array([-1])
    counts = np.zeros(4 * 6, dtype=np.uint16)
    words = np.zeros(5 * BLOCK, np.uint32)
    # Steps may begin anywhere, and follow each other.
    for step in range(5, 15):
        slots = np.zeros(14)
        n = deliver(
            step,
            drawn_block,
            *KEY,
            0,
            thresholds,
            words,
            counts,
            first_index,
            first_slot,
            sizes,
            2.0,
            slots,
        )
        assert n == 6
        expected = np.zeros(14)
        for index, slot, size in ((3, 1, 4), (20, 10, 2)):
            for i in range(size):
                expected[slot + i] = 2.0 * count_of(index + i, step, 0, thresholds)
        assert slots.tolist() == expected.tolist()


@pytest.mark.parametrize("draw", [draw_poisson_spikes, draw_poisson_spikes.py_func])
def test_sources(draw) -> None:
    index = np.array([0, 1, 5, 2**33], dtype=np.int64)
    probability = np.array([0.5, 0.0, 1.0, 0.3])
    for step in (0, 1, 2, 2**34 + 1):
        found = np.zeros(4, dtype=np.int32)
        count = draw(step, *KEY, index, probability, found)
        expected = []
        for lid in range(4):
            at, pair = int(index[lid]), step // 2
            a, b, c, d = philox4x32(
                np.uint64(at), np.uint64(at >> 32), np.uint64(pair), np.uint64(pair >> 32), *KEY
            )
            u = uniform53(c, d) if step % 2 else uniform53(a, b)
            if u < probability[lid]:
                expected.append(lid)
        assert found[:count].tolist() == expected
        assert 2 in expected
        assert 1 not in expected


@pytest.mark.parametrize("take", [take_given_spikes, take_given_spikes.py_func])
def test_given_spikes(take) -> None:
    step = np.array([0, 0, 3, 3, 4, 9])
    source = np.array([1, 2, 0, 2, 1, 0], dtype=np.int32)
    cursor, found = np.zeros(1, dtype=np.int64), np.zeros(3, dtype=np.int32)
    for now, expected in ((0, [1, 2]), (1, []), (3, [0, 2]), (5, []), (9, [0]), (10, [])):
        count = take(now, step, source, cursor, found)
        assert found[:count].tolist() == expected
