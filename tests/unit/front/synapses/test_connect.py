"""What connect() takes, and what it says about what it does not take."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, Pairs
from distsnn.errors import ConnectivityError, EquationError, UnitError
from distsnn.front.synapses.connect import ConnectArguments

LIMIT = 3


def groups():
    return snn.NeuronGroup(7, "x : meter\nfar : boolean"), snn.NeuronGroup(5, "y : 1")


def connected(**arguments):
    synapses = snn.Synapses(*groups(), "w : 1", name="S")
    synapses.connect(**arguments)
    return list(zip(synapses.i.tolist(), synapses.j.tolist(), strict=True))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, AllToAll),
        ({"condition": True}, AllToAll),
        ({"condition": "True", "p": 0.5}, Bernoulli),
        ({"p": 0.5, "autapses": False}, Bernoulli),
        ({"condition": "i != j", "p": 0.5}, Bernoulli),
        ({"condition": "i < j", "p": 0.5}, ExpressionRule),
        ({"i": 0, "j": [1, 2]}, Pairs),
        ({"j": "i"}, ExpressionRule),
        ({"p": "0.5"}, ExpressionRule),
        ({"p": 0.5, "n": 2}, ExpressionRule),
        ({"condition": Bernoulli(0.1)}, Bernoulli),
    ],
    ids=str,
)
def test_the_cheapest_rule_is_taken(arguments, wanted):
    group = snn.NeuronGroup(5, "y : 1")
    rule = ConnectArguments(**arguments).rule("S", group.whole, group.whole)
    assert type(rule) is wanted
    if arguments.get("condition") == "i != j":
        assert rule == Bernoulli(0.5, autapses=False)


def test_unequal_indices_of_different_slices_are_no_autapses():
    group = snn.NeuronGroup(5, "y : 1")
    rule = ConnectArguments("i != j", p=0.5).rule("S", group[:3], group[1:])
    assert isinstance(rule, ExpressionRule)


def test_false_means_no_synapses():
    assert connected(condition=False) == []


def test_names_are_those_around_the_call():
    limit = 2
    synapses = snn.Synapses(*groups(), "w : 1", name="S")
    synapses.connect(condition="i < limit and j < LIMIT")
    assert len(synapses) == limit * LIMIT
    assert connected(condition="i < a and j < 1", namespace={"a": 1}) == [(0, 0)]


def test_variables_have_the_values_of_the_call():
    source, target = groups()
    source.x = "i*um"
    synapses = snn.Synapses(source, target, "w : 1", name="S")
    synapses.connect(condition="x_pre < 2*um and j == 0")
    source.x = 0.0
    assert synapses.i.tolist() == [0, 1]


def test_generators_that_brian_cannot_do():
    source, target = snn.NeuronGroup(4, "x : 1"), snn.NeuronGroup(3, "y : 1")
    target.y = [0.0, 1.0, 1.0]
    synapses = snn.Synapses(source, target, "w : 1", name="S")
    synapses.connect(j="i + k for k in range(-1, 2) if y_post > 0.5", skip_if_invalid=True)
    pairs = list(zip(synapses.i.tolist(), synapses.j.tolist(), strict=True))
    assert pairs == [(0, 1), (1, 1), (1, 2), (2, 1), (2, 2), (3, 2)]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"p": 1.5}, ConnectivityError, "p=1.5"),
        ({"n": -1}, ConnectivityError, "n=-1"),
        ({"n": 1.5}, ConnectivityError, "n=1.5"),
        ({"i": 0}, ConnectivityError, "i= alone"),
        ({"condition": "i < j", "j": 1}, ConnectivityError, "Leave the others out"),
        ({"condition": 3}, ConnectivityError, "condition=3"),
        ({"j": "i", "p": 0.5}, ConnectivityError, "sample"),
        ({"j": "i", "i": 3}, ConnectivityError, "is given with i="),
        ({"i": 0, "j": 0, "skip_if_invalid": True}, ConnectivityError, "skip_if_invalid"),
        ({"condition": "k for k in range(3)"}, ConnectivityError, "generator"),
        ({"condition": Bernoulli(0.1), "n": 2}, ConnectivityError, "further arguments"),
        ({"j": "i"}, ConnectivityError, "j=5 lies outside the group for i=5"),
        ({"i": "j + 3"}, ConnectivityError, "i=7 lies outside the group for j=4"),
        ({"j": "k for k in range(0, 3, 0)"}, ConnectivityError, "step of a range is 0"),
        ({"condition": "i <"}, EquationError, "syntax error"),
        ({"condition": "i"}, EquationError, "not true or false"),
        ({"condition": "i + 1"}, EquationError, "not true or false"),
        ({"condition": "xpre > 2"}, EquationError, "names here are x_pre"),
        ({"condition": "z_post > 2"}, EquationError, "unknown name 'z_post'"),
        ({"condition": "N > 2"}, EquationError, "no value while synapses are made"),
        ({"condition": "i < 3", "p": "q_pre"}, EquationError, "connection p = 'q_pre'"),
        ({"condition": "i < 3", "n": "("}, EquationError, "connection n = '\\('"),
        ({"condition": "x_pre > 2"}, UnitError, "'x_pre' in met"),
        ({"p": "x_pre"}, UnitError, "p is in 1"),
        ({"j": "x_pre"}, UnitError, "index j is in 1"),
        ({"j": "k fo k in range(3)"}, EquationError, "syntax error"),
        ({"j": "k for i in range(3)"}, EquationError, "'i' runs"),
        ({"j": "k for k, l in range(3)"}, EquationError, "one name"),
        ({"j": "k for k in range(3) for l in range(2)"}, EquationError, "more than one for"),
        ({"j": "k for k in range(3) if k > 1 if i > 2"}, EquationError, "Join them with and"),
        ({"j": "i if i > 1 if i < 3"}, EquationError, "more than one if"),
        ({"j": "k for k in [1, 2]"}, EquationError, "range\\(...\\) or sample"),
        ({"j": "k for k in range(1, 2, 3, 4)"}, EquationError, "called with 4 indices"),
        ({"j": "k for k in range(3, p=2)"}, EquationError, "no keyword"),
        ({"j": "k for k in sample(3)"}, EquationError, "p= or size="),
        ({"j": "k for k in range(i/2)"}, EquationError, "column 18.*not a whole number"),
        ({"j": "k for k in range(j)"}, EquationError, "depends on 'j'"),
        ({"j": "k for k in range(int(y_post))"}, EquationError, "depends on 'y_post'"),
        ({"j": "__import__('os') for k in range(3)"}, EquationError, "begins with an underscore"),
    ],
    ids=str,
)
def test_errors(arguments, error, words):
    with pytest.raises(error, match=words):
        connected(**arguments)


def test_errors_that_depend_on_draws_come_when_drawn():
    with pytest.raises(ConnectivityError, match="sample\\(\\) is asked for 9 of 5"):
        connected(j="k for k in sample(N_post, size=9)")


def test_boolean_variables_are_conditions():
    source, target = groups()
    source.far = "i > 4"
    synapses = snn.Synapses(source, target, "w : 1", name="S")
    synapses.connect("far_pre")
    assert np.unique(synapses.i).tolist() == [5, 6]


def test_degrees():
    synapses = snn.Synapses(*groups(), "w : 1", name="S")
    synapses.connect(condition="i < 2 and j > 2", n=2)
    assert synapses.N_outgoing_pre.tolist() == [4, 4, 0, 0, 0, 0, 0]
    assert synapses.N_incoming_post.tolist() == [0, 0, 0, 4, 4]
    assert len(synapses) == 8


CONDITIONS = {
    "True": lambda i, j: True,  # noqa: ARG005 - of a pair
    "v_pre > v_post": lambda i, j: 10 * i > 3 * j + 5,
    "v_post > 400 or i == 2": lambda i, j: 3 * j + 5 > 400 or i == 2,
}
COPIES = {
    "int(v_pre > v_post) * 2": lambda i, j: 2 * (10 * i > 3 * j + 5),
    "i % 2 + int(v_post) % 2": lambda i, j: i % 2 + (3 * j + 5) % 2,
}


@pytest.mark.parametrize("n", COPIES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_numbers_of_synapses_see_the_variables_of_their_pair(condition: str, n: str) -> None:
    """Beside the obvious loop, with more targets than are looked at at once."""
    G, H = (snn.NeuronGroup(size, "v : 1") for size in (60, 300))
    G.v, H.v = "10 * i", "3 * i + 5"
    wanted = [
        (i, j)
        for i in range(60)
        for j in range(300)
        if CONDITIONS[condition](i, j)
        for _ in range(COPIES[n](i, j))
    ]
    for given in {"condition": condition}, {"p": f"1.0 * ({condition})"}:
        S = snn.Synapses(G, H)
        S.connect(**given, n=n)
        assert [*zip(S.i[:].tolist(), S.j[:].tolist(), strict=True)] == wanted, given
