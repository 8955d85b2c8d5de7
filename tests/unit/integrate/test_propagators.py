from __future__ import annotations

import ast

import numpy as np
import pytest

from distsnn.integrate.propagators import Propagator, exponentials


def test_exponentials_of_many_matrices() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(1)
    matrices = rng.normal(size=(20, 3, 3)) * 10.0 ** rng.integers(-3, 2, (20, 1, 1))
    found = exponentials(matrices)
    for one, matrix in zip(found, matrices, strict=True):
        expected = linalg.expm(matrix)
        np.testing.assert_allclose(one, expected, rtol=1e-11, atol=1e-13 * np.abs(expected).max())
    # Each on its own: a rank that has only some of them gets the same bits.
    assert np.array_equal(exponentials(matrices[7:9]), found[7:9])


def _propagator(a: str, b: str, c: str) -> Propagator:
    def tree(text: str) -> ast.expr:
        return ast.parse(text, mode="eval").body

    return Propagator(("v", "g"), {("v", "v"): tree(a), ("v", "g"): tree(b), ("g", "g"): tree(c)})


def test_equal_time_constants_are_no_singularity() -> None:
    of = _propagator("-1/tau", "1/tau", "-1/taus")
    values = {"dt": 0.1, "tau": np.array([10.0, 10.0, 10.0]), "taus": np.array([10.0, 10.001, 5.0])}
    x = 0.1 / 10.0
    np.testing.assert_allclose(of.p("v", "g", values)[0], x * np.exp(-x), rtol=1e-14)
    tau, taus = 10.0, 5.0
    expected = taus / (taus - tau) * (np.exp(-0.1 / taus) - np.exp(-0.1 / tau))
    np.testing.assert_allclose(of.p("v", "g", values)[2], expected, rtol=1e-13)


def test_singular_matrix_integrates_its_input() -> None:
    of = _propagator("0.0", "2.0", "0.0")
    values = {"dt": 0.5}
    assert of.q("v", "v", values) == pytest.approx(0.5, rel=1e-15)
    assert of.q("v", "g", values) == pytest.approx(2.0 * 0.5**2 / 2, rel=1e-15)


def test_a_rank_without_neurons_has_no_entries() -> None:
    propagator = _propagator("-1/tau", "0.3", "-1/taus")
    values = {"tau": np.empty(0), "taus": 5.0, "dt": 0.1}
    assert np.shape(propagator.p("v", "g", values)) == (0,)
    assert np.shape(propagator.q("v", "v", values)) == (0,)
