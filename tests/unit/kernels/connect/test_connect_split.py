"""The tree over targets, against recursive twins."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.connect.connect_split import LEAF, enumerate_by_source, keep_local, split_total
from distsnn.kernels.draws.binomial import binomial
from distsnn.kernels.draws.hypergeometric import hypergeometric

KEY = np.uint32(5), np.uint32(6)
NOBODY = -(1 << 62)


def compiled_or_not(function):
    return pytest.mark.parametrize("kernel", [function, function.py_func])


def to_left(count, left, right, distinct, major, middle):
    if distinct:
        return int(hypergeometric(left, right, count, major, 0, middle, *KEY))
    return int(binomial(count, left / (left + right), major, 0, middle, *KEY))


def pairs(low, high, n_source, offset):
    return sum(n_source - (0 <= t + offset < n_source) for t in range(low, high))


def total_twin(low, high, count, n_source, offset, distinct):
    if high - low == 1:
        return [count]
    middle = (low + high) // 2
    if count == 0:
        return [0] * (high - low)
    left = to_left(
        count,
        pairs(low, middle, n_source, offset),
        pairs(middle, high, n_source, offset),
        distinct,
        0,
        middle,
    )
    return total_twin(low, middle, left, n_source, offset, distinct) + total_twin(
        middle, high, count - left, n_source, offset, distinct
    )


@compiled_or_not(split_total)
@pytest.mark.parametrize("offset", [NOBODY, 0, -3, 5])
@pytest.mark.parametrize(
    ("n_source", "n_target", "total", "distinct"),
    [
        (10, 13, 0, False),
        (10, 13, 400, False),
        (10, 13, 70, True),
        (10, 13, 117, True),
        (1, 30, 10, True),
        (20, 1, 15, True),
        (300, 40, 9000, True),
    ],
)
def test_split_total(kernel, offset, n_source, n_target, total, distinct):
    total = min(total, pairs(0, n_target, n_source, offset))
    expected = total_twin(0, n_target, total, n_source, offset, distinct)
    assert sum(expected) == total
    stack = np.empty(256, dtype=np.int64)
    for first, stop in ((0, n_target), (0, n_target // 2), (n_target // 3, n_target), (0, 0)):
        counts = np.full(stop - first, -1)
        kernel(counts, first, n_source, n_target, total, offset, distinct, *KEY, stack)
        assert counts.tolist() == expected[first:stop]
    if distinct:
        assert all(c <= pairs(t, t + 1, n_source, offset) for t, c in enumerate(expected))


def leaves_twin(low, high, count, first_k, excluded, distinct, source, ranges):
    if count == 0 or not any(low < b and high > a for a, b in ranges):
        return []
    if count <= LEAF or high - low == 1:
        origin = low - (0 <= excluded < low)
        allowed = sum(t != excluded for t in range(low, high))
        return [
            (source, first_k + i, origin, allowed - 1 - (count - 1 - i if distinct else 0))
            for i in range(count)
        ]
    middle = (low + high) // 2
    left, right = (sum(t != excluded for t in range(*r)) for r in ((low, middle), (middle, high)))
    n = to_left(count, left, right, distinct, source, middle)
    return leaves_twin(low, middle, n, first_k, excluded, distinct, source, ranges) + leaves_twin(
        middle, high, count - n, first_k + n, excluded, distinct, source, ranges
    )


@compiled_or_not(enumerate_by_source)
@pytest.mark.parametrize("offset", [NOBODY, 0, -3, 5])
@pytest.mark.parametrize("ranges", [[(0, 100)], [(3, 4), (60, 80)], [(99, 100)]])
@pytest.mark.parametrize(
    ("outdegree", "distinct"), [(0, False), (20, True), (99, True), (99, False), (10_000, False)]
)
@pytest.mark.parametrize("capacity", [LEAF, 1000])
def test_enumerate_by_source(kernel, offset, ranges, outdegree, distinct, capacity):
    n_source, n_target = 5, 100
    expected = [
        edge
        for s in range(n_source)
        for edge in leaves_twin(0, n_target, outdegree, 0, s + offset, distinct, s, ranges)
    ]
    source, k, low, top = np.empty((4, capacity), dtype=np.int64)
    range_low, range_high = (np.array(bound) for bound in zip(*ranges, strict=True))
    state, stack = np.zeros(2, dtype=np.int64), np.zeros(512, dtype=np.int64)
    found = []
    while n := kernel(
        source,
        k,
        low,
        top,
        range_low,
        range_high,
        n_source,
        n_target,
        outdegree,
        offset,
        distinct,
        *KEY,
        state,
        stack,
    ):
        found += zip(*(a[:n].tolist() for a in (source, k, low, top)), strict=True)
    # A leaf of one target may be cut between two calls; its edges draw from the same range.
    assert found == expected
    if ranges == [(0, n_target)]:
        assert [(s, j) for s, j, _, _ in found] == [
            (s, j) for s in range(n_source) for j in range(outdegree)
        ]


@compiled_or_not(keep_local)
def test_keep_own(kernel):
    rng = np.random.default_rng(2)
    source, target, k = rng.integers(0, 50, (3, 80))
    edges = list(zip(source.tolist(), target.tolist(), k.tolist(), strict=True))
    expected = [edge for edge in edges if 3 <= edge[1] < 9 or 40 <= edge[1] < 41]
    n = kernel(source, target, k, np.array([3, 40]), np.array([9, 41]))
    assert list(zip(*(a[:n].tolist() for a in (source, target, k)), strict=True)) == expected
