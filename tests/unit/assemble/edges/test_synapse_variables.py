"""Edges of synapses with statements and the values given to them."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnitError


def synapses(n: int = 6) -> snn.Synapses:
    G = snn.NeuronGroup(n, "v : 1\nx : meter")
    G.x = "i*10*um"
    return snn.Synapses(G, G, "w : 1\nu : 1", name="S")


def test_synapses_come_by_source_then_target_and_lists_as_given() -> None:
    S = synapses()
    S.connect(p=0.5)
    S.connect(i=[3, 1, 3], j=[0, 5, 0])
    pairs = list(zip(S.i.tolist(), S.j.tolist(), strict=True))
    assert pairs[:-3] == sorted(pairs[:-3])
    assert pairs[-3:] == [(3, 0), (1, 5), (3, 0)]
    assert len(S) == S.N == len(pairs)


def test_values_from_numbers_arrays_texts_and_distributions() -> None:
    S = synapses()
    S.connect()
    S.w = 2
    assert (S.w == 2).all()
    S.w = np.arange(36)
    assert S.w.tolist() == list(range(36))
    S.w = "i + 10*j"
    np.testing.assert_array_equal(S.w, S.i + 10 * S.j)
    S.u = "w*2 + N_pre"
    np.testing.assert_array_equal(S.u, 2 * S.w + 6)
    S.w = "abs(x_pre - x_post)/um"
    np.testing.assert_allclose(S.w, 10.0 * np.abs(S.i - S.j))
    S.w = snn.Uniform(1, 2)
    assert ((S.w >= 1) & (S.w < 2)).all()
    assert np.unique(S.w).size == 36
    S.u = "rand()"
    assert np.unique(S.u).size == 36


def test_some_synapses_by_index_mask_pair_and_condition() -> None:
    S = synapses()
    S.connect()
    S.w[3] = 1
    S.w[[4, 5]] = [2, 3]
    S.w[2, :] = "j"
    S.w[1:3, 5] = 7
    S.w["i == 5 and j > 3"] = 9
    S.w[S.i == 4] = -1
    expected = np.zeros((6, 6))
    expected[0, 3], expected[0, 4], expected[0, 5] = 1, 2, 3
    expected[2] = range(6)
    expected[1:3, 5] = 7
    expected[5, 4:] = 9
    expected[4] = -1
    np.testing.assert_array_equal(np.asarray(S.w).reshape(6, 6), expected)
    assert S.w[2, :].tolist() == [0, 1, 2, 3, 4, 7]
    assert S.w["i == 5"].tolist() == [0, 0, 0, 0, 9, 9]
    assert S.w[2, 5].tolist() == [7]


def test_values_are_of_the_synapses_there_were() -> None:
    S = synapses()
    S.connect(i=[0, 1], j=[1, 2])
    S.w = 5
    S.connect(i=[2], j=[3])
    assert S.w.tolist() == [5, 5, 0]


def test_delays_are_rounded_to_steps() -> None:
    S = snn.Synapses(
        snn.NeuronGroup(3, "v : 1", threshold="v > 1"),
        on_pre={"a": "v += 1", "b": "v += 2"},
        delay={"a": 0.26 * snn.ms},
    )
    S.connect()
    S.b.delay = "0.1*i*ms + 0.04*ms"
    np.testing.assert_allclose(S.a.delay, 0.3)
    np.testing.assert_allclose(S.b.delay, 0.1 * S.i)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ([1, 2], ParameterError, "w was given 2 values; there are 36 synapses"),
        ("q + 1", EquationError, "unknown name 'q'"),
        ("x_pre", UnitError, "w is in 1"),
        ("i +", EquationError, "syntax error"),
        (np.nan, ParameterError, "not finite"),
    ],
)
def test_wrong_values_are_explained(value: object, error: type[Exception], words: str) -> None:
    S = synapses()
    S.connect()
    with pytest.raises(error, match=words.replace("+", r"\+")):
        S.w = value


def test_texts_see_the_groups_as_they_were() -> None:
    S = synapses(3)
    S.connect()
    S.w = "x_post/um"
    S.target.x = 5
    S.u = "x_post/um"
    np.testing.assert_array_equal(S.w, 10.0 * S.j)
    assert (S.u == 5).all()
    assert (S.x_post == 5).all()


def test_after_a_run_texts_see_what_is_now() -> None:
    G = snn.NeuronGroup(2, "dv/dt = 1/ms : 1", threshold="v > 9")
    S = snn.Synapses(G, G, "w : 1", on_pre="w += 1")
    S.connect()
    snn.Network(G, S).run(1)
    S.w = "v_post*2 + w"
    np.testing.assert_allclose(S.w, 2.0)
    np.testing.assert_allclose(S.v_post, 1.0)
    np.testing.assert_allclose(S.equation_values.evaluate("w + v_pre"), 3.0)


def test_thousands_of_connects() -> None:
    G = snn.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    S = snn.Synapses(G, G, "u : 1", on_pre="v_post += 1", delay=2.0 * snn.ms)
    n = (1 << 12) + 2
    for _ in range(n):
        S.connect(i=0, j=1)
    S.u = "rand()"
    assert np.unique(S.u).size == n
    assert (np.array(S.delay) == 2.0).all()
