"""Edges obey their rule and do not depend on who draws them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from distsnn.assemble.edges.projection_edges import array_index, draw_edges
from distsnn.describe.synapses.rules import (
    AllToAll,
    Bernoulli,
    FixedIndegree,
    FixedOutdegree,
    FixedTotalNumber,
    OneToOne,
    Pairs,
)
from distsnn.errors import ConnectivityError
from tests.connections import all_edges

KEY = (123, 456)
SIZES = [
    (40, 60, None),
    (40, 40, 0),
    (40, 60, -10),
    (60, 40, 13),
    (1, 1, None),
    (1, 9, None),
    (9, 1, None),
    (1, 9, -3),
]
FLAGS = list(itertools.product([True, False], repeat=2))


def met(rule, sizes):
    try:
        rule.check(*sizes, "ee")
    except ConnectivityError:
        return False
    return True


def rules_for(sizes):
    n_source, n_target, shift = sizes
    pairs = AllToAll(False).exact_number(n_source, n_target, shift)
    rng = np.random.default_rng(1)
    yield Pairs(rng.integers(0, n_source, 100), rng.integers(0, n_target, 100))
    yield OneToOne()
    for autapses in (True, False):
        yield AllToAll(autapses)
        for p in (0.0, 0.1, 0.9, 1.0):
            yield Bernoulli(p, autapses)
    for flags in FLAGS:
        for degree in (0, 1, 8, n_source - 1, n_source):
            yield FixedIndegree(degree, *flags)
        for degree in (0, 1, 8, 39, n_target - 1, n_target, 200):
            yield FixedOutdegree(degree, *flags)
        for number in (0, 1, pairs // 2, pairs, n_source * n_target):
            yield FixedTotalNumber(number, *flags)


CASES = [(sizes, rule) for sizes in SIZES for rule in rules_for(sizes) if met(rule, sizes)]
CASE_NAMES = [f"{sizes}-{type(rule).__name__}-{n}" for n, (sizes, rule) in enumerate(CASES)]
each_case = pytest.mark.parametrize(("sizes", "rule"), CASES, ids=CASE_NAMES)


def table(chunk):
    return np.stack([chunk.target, chunk.source, chunk.major, chunk.k], axis=1)


def drawn(rule, sizes, ranges, chunk=65536):
    parts = [table(c) for c in draw_edges(rule, *sizes, KEY, ranges, chunk)]
    return np.concatenate(parts) if parts else np.empty((0, 4), dtype=np.int64)


def in_order(rows):
    return rows[np.lexsort(rows.T[::-1])]


def partitions(n):
    for n_ranks in (1, 2, 3, 4, 7):
        bounds = [r * n // n_ranks for r in range(n_ranks + 1)]
        yield [[pair] for pair in itertools.pairwise(bounds)]
    a, b, c = n // 5, n // 2, n - n // 4
    yield [[(0, a), (b, c)], [], [(a, b), (b, b), (c, n)]]


@each_case
def test_rule_is_obeyed(sizes, rule):
    n_source, n_target, shift = sizes
    every = all_edges(rule, *sizes, KEY)
    source, target = every.source, every.target
    number = rule.exact_number(*sizes)
    if number is not None:
        assert source.size == number
    columns = every.source, every.target, every.major, every.k, every.connects
    assert {column.dtype for column in columns} == {np.dtype(np.int64)}
    identities = np.stack([every.major, every.k], axis=1)
    assert len(np.unique(identities, axis=0)) == source.size
    if source.size:
        assert 0 <= source.min() <= source.max() < n_source
        assert 0 <= target.min() <= target.max() < n_target
    if shift is not None and not getattr(rule, "autapses", True):
        assert not np.any(source + shift == target)
    if isinstance(rule, AllToAll | Bernoulli | OneToOne) or not getattr(rule, "multapses", True):
        assert len(np.unique(source * n_target + target)) == source.size
    if isinstance(rule, FixedIndegree):
        assert np.all(np.bincount(target, minlength=n_target) == rule.indegree)
    if isinstance(rule, FixedOutdegree):
        assert np.all(np.bincount(source, minlength=n_source) == rule.outdegree)


@each_case
def test_partition_does_not_matter(sizes, rule):
    n_target = sizes[1]
    whole = drawn(rule, sizes, [(0, n_target)])
    for partition in partitions(n_target):
        parts = [drawn(rule, sizes, ranges) for ranges in partition]
        assert np.array_equal(in_order(np.concatenate(parts)), in_order(whole))
        for part, ranges in zip(parts, partition, strict=True):
            assert all(any(a <= t < b for a, b in ranges) for t in part[:, 0])
            # For each target, the same edges in the same order.
            by_target = np.argsort(part[:, 0], kind="stable")
            own = whole[np.isin(whole[:, 0], part[:, 0])]
            assert np.array_equal(part[by_target], own[np.argsort(own[:, 0], kind="stable")])


@each_case
def test_length_of_chunks_does_not_matter(sizes, rule):
    whole = drawn(rule, sizes, [(0, sizes[1])])
    for chunk in (32, 77):
        sizes_of_chunks = [c.k.size for c in draw_edges(rule, *sizes, KEY, [(0, sizes[1])], chunk)]
        assert max(sizes_of_chunks, default=1) <= chunk
        assert min(sizes_of_chunks, default=1) > 0
        assert np.array_equal(drawn(rule, sizes, [(0, sizes[1])], chunk), whole)


def test_order_of_chunks():
    for rule in (Bernoulli(0.3), FixedIndegree(9), FixedTotalNumber(500)):
        rows = drawn(rule, (50, 60, None), [(0, 60)], 64)
        assert np.all(np.diff(rows[:, 0]) >= 0)
        assert np.all(rows[:, 2] == rows[:, 0])
    rows = drawn(FixedOutdegree(90), (50, 60, None), [(0, 60)], 64)
    assert np.all(np.diff(rows[:, 1]) >= 0)
    assert np.all(rows[:, 2] == rows[:, 1])


def test_edges_of_rules_without_chance():
    rows = {tuple(row) for row in drawn(AllToAll(False), (3, 2, 1), [(0, 2)]).tolist()}
    assert rows == {(t, s, t, s) for s in range(3) for t in range(2) if s + 1 != t}
    rows = drawn(OneToOne(), (3, 3, None), [(1, 3)])
    assert rows.tolist() == [[1, 1, 1, 0], [2, 2, 2, 0]]
    rows = drawn(Pairs([5, 0, 5], [2, 0, 2]), (6, 3, None), [(0, 1), (2, 3)])
    assert rows.tolist() == [[2, 5, 0, 0], [0, 0, 0, 1], [2, 5, 0, 2]]


def test_other_keys_draw_other_edges():
    for rule in (Bernoulli(0.3), FixedIndegree(9), FixedOutdegree(9), FixedTotalNumber(500)):
        tables = [table(all_edges(rule, 50, 60, None, key)) for key in ((1, 2), (1, 3), (2, 2))]
        assert not any(np.array_equal(a, b) for a, b in itertools.combinations(tables, 2))


def test_a_slice_without_neurons():
    for rule in (
        AllToAll(),
        Bernoulli(0.5),
        FixedIndegree(0),
        FixedOutdegree(3),
        FixedTotalNumber(0),
        Pairs([], []),
    ):
        for sizes in ((0, 5, None), (5, 0, None)):
            if met(rule, sizes):
                assert all_edges(rule, *sizes, KEY).k.size == 0


def test_array_index_reaches_every_entry_once():
    sizes = (40, 60, None)
    for rule in (AllToAll(), Pairs([1, 1, 0], [3, 3, 2]), FixedIndegree(7), FixedOutdegree(70)):
        shape = rule.array_shape(40, 60)
        positions = array_index(rule, 60, all_edges(rule, *sizes, KEY))
        assert np.array_equal(np.sort(positions), np.arange(np.prod(shape)))
    assert array_index(OneToOne(), 3, all_edges(OneToOne(), 3, 3, None, KEY)).tolist() == [0, 1, 2]
    chunk = all_edges(AllToAll(), *sizes, KEY)
    assert np.array_equal(array_index(AllToAll(), 60, chunk), chunk.source * 60 + chunk.target)
    with pytest.raises(TypeError):
        array_index(Bernoulli(0.1), 60, all_edges(Bernoulli(0.1), *sizes, KEY))
