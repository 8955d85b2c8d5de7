"""Edges obey their rule and do not depend on who draws them."""
# ruff: noqa: ARG002 - rules have the arguments of all

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from distsnn.assemble.edges.projection_edges import draw_edges
from distsnn.describe.synapses.connection_rule import ConnectionRule, check_rule
from distsnn.describe.synapses.fixed_rules import FixedIndegree, FixedOutdegree, FixedTotalNumber
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, OneToOne, Pairs
from distsnn.errors import ConnectivityError
from tests.connections import all_edges

KEY = (123, 456)
CALLS = itertools.count()


@dataclass(frozen=True)
class Nearby(ConnectionRule):
    """A random number of sources of each target, in descending order."""

    p: float

    def edges_to(self, targets, n_source, n_target, shift, draws):
        target = np.repeat(targets, draws.binomial(n_source, self.p, targets))
        number = np.arange(target.size) - np.searchsorted(target, target)
        source = draws.integers(n_source, target, number, call=1)
        return source[::-1], target[::-1]


@dataclass(frozen=True)
class Fan(ConnectionRule):
    """Sources by themselves say which targets they have."""

    width: int

    def edges_from(self, sources, n_source, n_target, shift, draws):
        source = np.repeat(sources, self.width)
        step = np.tile(np.arange(self.width), sources.size)
        return source, (
            source + np.floor(9 * abs(draws.normal(source))).astype(int) + step
        ) % n_target


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
    yield Nearby(0.3)
    yield Fan(3)
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
            local = whole[np.isin(whole[:, 0], part[:, 0])]
            assert np.array_equal(part[by_target], local[np.argsort(local[:, 0], kind="stable")])


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
        positions = rule.array_index(60, all_edges(rule, *sizes, KEY))
        assert np.array_equal(np.sort(positions), np.arange(np.prod(shape)))
    assert OneToOne().array_index(3, all_edges(OneToOne(), 3, 3, None, KEY)).tolist() == [0, 1, 2]
    chunk = all_edges(AllToAll(), *sizes, KEY)
    assert np.array_equal(AllToAll().array_index(60, chunk), chunk.source * 60 + chunk.target)
    with pytest.raises(TypeError):
        Bernoulli(0.1).array_index(60, all_edges(Bernoulli(0.1), *sizes, KEY))


@dataclass(frozen=True)
class Gives(ConnectionRule):
    what: str

    def edges_to(self, targets, n_source, n_target, shift, draws):
        source = {
            # As a generator with a state gives others at each call, here for certain.
            "numpy": (targets + next(CALLS)) % n_source,
            "batch": np.arange(targets.size)[::-1] % n_source,
            "outside": targets + n_source,
            "float": draws.uniform(targets),
            "short": targets[1:],
        }[self.what]
        return source, targets + (self.what == "other")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("numpy", "gives other synapses for 0 alone than together with others; .* draws"),
        ("batch", "gives other synapses for 0 alone"),
        ("outside", "gives source 50; it must be at least 0 and below 50"),
        ("float", "whole numbers"),
        ("short", "gives 0 sources and 1 targets"),
    ],
)
def test_what_a_rule_must_not_give(what, message):
    with pytest.raises(ConnectivityError, match=message):
        drawn(Gives(what), (50, 60, None), [(0, 60)])


class Bare(ConnectionRule):
    pass


@dataclass(frozen=True)
class Neither(ConnectionRule):
    pass


@dataclass(frozen=True)
class Holds(Gives):
    value: object = None


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Bare(), "Bare is not a frozen dataclass"),
        (Neither(), "neither edges_to nor edges_from"),
        (Holds("batch", [1]), "Holds.value is of the type list"),
    ],
)
def test_what_is_no_rule(rule, message):
    with pytest.raises(ConnectivityError, match=message):
        check_rule(rule, "S")


def test_a_rule_is_known_by_its_fields_and_its_code():
    array = np.arange(3)
    rule = Holds("batch", array)
    check_rule(rule, "S")
    array[:] = 7
    assert rule.value.tolist() == [0, 1, 2]
    kind, what, value, code, code_of_base = rule.content()
    assert (kind, what, value.tolist()) == ("Holds", "batch", [0, 1, 2])
    assert code == "@dataclass(frozen=True)\nclass Holds(Gives):\n    value: object = None"
    assert code_of_base.startswith("@dataclass(frozen=True)\nclass Gives(ConnectionRule)")
    assert "A random number" not in Nearby(0.1).content()[-1]
    assert "draws.binomial" in Nearby(0.1).content()[-1]
