"""Kernels that draw edges target by target, against obvious loops."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.connect.connect_sources import (
    draw_index_up_to,
    draw_uniform_index,
    enumerate_edges,
    fill_top,
    make_distinct,
    skip_excluded,
)
from distsnn.kernels.draws.philox import philox4x32, uniform53

KEY = np.uint32(5), np.uint32(6)


def compiled_or_not(function):
    return pytest.mark.parametrize("kernel", [function, function.py_func])


def uniform(major, k):
    low = 2**32
    return uniform53(*philox4x32(major % low, major // low, k % low, k // low, 5, 6)[:2])


def identities(n):
    rng = np.random.default_rng(3)
    return rng.integers(0, 2**40, n), rng.integers(0, 2**40, n)


@compiled_or_not(enumerate_edges)
@pytest.mark.parametrize("capacity", [1, 3, 5, 7, 100])
@pytest.mark.parametrize("counts", [[], [0], [0, 0, 3, 0], [5, 2, 0, 7, 1], [4]])
def test_enumerate_edges(kernel, capacity, counts):
    expected = [(7 + i, k) for i, count in enumerate(counts) for k in range(count)]
    target, k, state = (
        np.empty(capacity, np.int64),
        np.empty(capacity, np.int64),
        np.zeros(2, np.int64),
    )
    found = []
    while n := kernel(target, k, np.array(counts, dtype=np.int64), 7, state):
        assert n == capacity or len(found) + n == len(expected)
        found += zip(target[:n].tolist(), k[:n].tolist(), strict=True)
    assert found == expected


@compiled_or_not(draw_uniform_index)
@pytest.mark.parametrize("n", [1, 2, 1000, 2**40])
def test_draw_uniform_index(kernel, n):
    major, k = identities(100)
    out = np.empty(100, dtype=np.int64)
    kernel(out, major, k, *KEY, n)
    assert out.tolist() == [int(uniform(m, j) * n) for m, j in zip(major, k, strict=True)]
    assert 0 <= out.min() <= out.max() < n


@compiled_or_not(draw_index_up_to)
def test_draw_index_up_to(kernel):
    major, k = identities(100)
    top = np.arange(100)
    out = np.empty(100, dtype=np.int64)
    kernel(out, major, k, *KEY, top)
    assert out.tolist() == [
        int(uniform(m, j) * (t + 1)) for m, j, t in zip(major, k, top, strict=True)
    ]


@compiled_or_not(fill_top)
@pytest.mark.parametrize("distinct", [False, True])
def test_fill_top(kernel, distinct):
    counts = np.array([3, 1, 2])
    target, k = np.array([4, 4, 4, 5, 6, 6]), np.array([0, 1, 2, 0, 0, 1])
    top = np.empty(6, dtype=np.int64)
    # Of 8 sources, target + 3 is excluded: there is no source 8 and 9.
    kernel(top, target, k, counts, 4, 8, 3, distinct)
    assert top.tolist() == ([4, 5, 6, 7, 6, 7] if distinct else [6, 6, 6, 7, 7, 7])


@compiled_or_not(make_distinct)
def test_make_distinct(kernel):
    rng = np.random.default_rng(1)
    counts, n = [4, 0, 9, 10, 1], 10
    major = np.repeat(np.arange(5), counts)
    top = np.concatenate([np.arange(n - count, n) for count in counts])
    drawn = rng.integers(0, top + 1)
    expected: list[int] = []
    for m, count in enumerate(counts):
        chosen: list[int] = []
        for index, last in zip(drawn[major == m], range(n - count, n), strict=True):
            chosen.append(last if index in chosen else int(index))
        expected += chosen
    visit = np.zeros(n, dtype=np.int32)
    out = drawn.copy()
    # In two chunks, cut within one subset.
    kernel(out[:8], major[:8], top[:8], visit)
    kernel(out[8:], major[8:], top[8:], visit)
    assert out.tolist() == expected
    assert sorted(out[major == 3]) == list(range(10))


@compiled_or_not(skip_excluded)
@pytest.mark.parametrize("offset", [-3, 0, 4, -(1 << 62)])
def test_skip_excluded(kernel, offset):
    major = np.repeat(np.arange(6), 8)
    index = np.tile(np.arange(8), 6)
    out = index.copy()
    kernel(out, major, offset)
    for m in range(6):
        excluded = m + offset
        allowed = [i for i in range(9) if i != excluded]
        expected = allowed[:8] if excluded >= 0 else list(range(8))
        assert out[major == m].tolist() == expected
