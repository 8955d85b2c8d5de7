"""Rules check what they are given and know what they can."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest

from distsnn.describe.keys import stream_key
from distsnn.describe.synapses.fixed_rules import FixedIndegree, FixedOutdegree, FixedTotalNumber
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, OneToOne, Pairs, count_autapses
from distsnn.errors import ConnectivityError


def test_stream_key_is_the_beginning_of_a_digest():
    digest = hashlib.blake2b(b"7\0edges\0ee").digest()
    k0, k1 = stream_key(7, "edges", "ee")
    assert (k0, k1) == tuple(np.frombuffer(digest[:8], dtype="<u4").tolist())
    assert len({stream_key(s, p, n) for s in (1, 2) for p in ("a", "b") for n in ("a", "b")}) == 8


@pytest.mark.parametrize("shift", [None, 0, -4, 3, -100, 100])
@pytest.mark.parametrize(("n_source", "n_target"), [(5, 7), (7, 5), (1, 1), (0, 4)])
def test_count_autapses(n_source, n_target, shift):
    pairs = itertools.product(range(n_source), range(n_target))
    expected = 0 if shift is None else sum(s + shift == t for s, t in pairs)
    assert count_autapses(n_source, n_target, shift) == expected


@pytest.mark.parametrize(
    ("rule", "number", "shape"),
    [
        (AllToAll(), 50, (10, 5)),
        (AllToAll(autapses=False), 45, (10, 5)),
        (Pairs([0, 9, 9], [4, 0, 0]), 3, (3,)),
        (Bernoulli(0), 0, None),
        (Bernoulli(1, autapses=False), 45, None),
        (FixedIndegree(4), 20, (5, 4)),
        (FixedOutdegree(4, autapses=False, multapses=False), 40, (10, 4)),
        (FixedTotalNumber(45, autapses=False, multapses=False), 45, None),
    ],
)
def test_exact_numbers(rule, number, shape):
    rule.check(10, 5, 0, "ee")
    assert rule.exact_number(10, 5, 0) == number
    assert rule.expected_number(10, 5, 0) == number
    assert rule.array_shape(10, 5) == shape


def test_random_number():
    assert Bernoulli(0.2).exact_number(10, 5, 0) is None
    assert Bernoulli(0.2).expected_number(10, 5, 0) == pytest.approx(10.0)
    assert Bernoulli(0.2, autapses=False).expected_number(10, 5, 0) == pytest.approx(9.0)


def test_one_to_one():
    rule = OneToOne()
    rule.check(4, 4, None, "ee")
    assert rule.exact_number(4, 4, None) == 4
    assert rule.array_shape(4, 4) == (4,)
    with pytest.raises(ConnectivityError, match="ee: OneToOne from 4 sources to 5 targets"):
        rule.check(4, 5, None, "ee")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bernoulli(1.1),
        lambda: Bernoulli(-0.1),
        lambda: Bernoulli(float("nan")),
        lambda: Bernoulli("0.1"),
        lambda: Bernoulli(True),
        lambda: FixedIndegree(-1),
        lambda: FixedIndegree(2.5),
        lambda: FixedOutdegree(-1),
        lambda: FixedOutdegree(None),
        lambda: FixedTotalNumber(True),
        lambda: FixedTotalNumber(-3),
        lambda: Pairs([0, 1], [0]),
        lambda: Pairs([-1], [0]),
        lambda: Pairs([0.5], [0]),
        lambda: Pairs([[0]], [[0]]),
        lambda: Pairs([True], [0]),
    ],
)
def test_bad_parameters(make):
    with pytest.raises(ConnectivityError):
        make()


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [
        (Pairs([10], [0]), (10, 5, None)),
        (Pairs([0], [5]), (10, 5, None)),
        (FixedIndegree(11, multapses=False), (10, 5, None)),
        (FixedIndegree(10, autapses=False, multapses=False), (10, 5, 0)),
        (FixedIndegree(1, autapses=False), (1, 1, 0)),
        (FixedIndegree(1), (0, 3, None)),
        (FixedOutdegree(6, multapses=False), (10, 5, None)),
        (FixedOutdegree(5, autapses=False, multapses=False), (10, 5, 0)),
        (FixedOutdegree(1), (3, 0, None)),
        (FixedTotalNumber(51, multapses=False), (10, 5, None)),
        (FixedTotalNumber(46, autapses=False, multapses=False), (10, 5, 0)),
        (FixedTotalNumber(1, autapses=False), (1, 1, 0)),
        (FixedTotalNumber(1), (0, 5, None)),
    ],
)
def test_rules_that_cannot_be_met(rule, sizes):
    with pytest.raises(ConnectivityError, match=r"^ee: .*; .*\. .*\.$"):
        rule.check(*sizes, "ee")


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [
        (FixedIndegree(11), (10, 5, None)),
        (FixedIndegree(10, autapses=False, multapses=False), (10, 5, None)),
        (FixedIndegree(10, autapses=False, multapses=False), (10, 5, 20)),
        (FixedIndegree(3), (0, 0, None)),
        (FixedIndegree(0), (0, 5, None)),
        (FixedOutdegree(4, autapses=False, multapses=False), (10, 5, 0)),
        (FixedTotalNumber(0, autapses=False), (1, 1, 0)),
        (Pairs([], []), (0, 0, None)),
    ],
)
def test_rules_that_can(rule, sizes):
    rule.check(*sizes, "ee")


def test_errors_keep_their_values():
    with pytest.raises(ConnectivityError) as caught:
        FixedIndegree(12, multapses=False).check(10, 5, None, "ee")
    assert caught.value.values == {"degree": 12, "available": 10}


def test_content_tells_rules_apart():
    rules = [
        AllToAll(),
        AllToAll(False),
        OneToOne(),
        Bernoulli(0.1),
        Bernoulli(0.2),
        FixedIndegree(3),
        FixedIndegree(3, multapses=False),
        FixedOutdegree(3),
        FixedTotalNumber(3),
    ]
    assert len({rule.content() for rule in rules}) == len(rules)
    name, i, j = Pairs([0, 1], [2, 3]).content()
    assert (name, i.tolist(), j.tolist()) == ("Pairs", [0, 1], [2, 3])


def test_pairs_are_frozen_copies():
    i = np.array([0, 1], dtype=np.uint16)
    rule = Pairs(i, [2, 3])
    i[0] = 9
    assert rule.i.tolist() == [0, 1]
    assert rule.i.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        rule.i[0] = 5
