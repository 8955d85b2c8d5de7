"""Connections given as matrices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import distsnn as snn
from distsnn.describe.synapses.rules import AllToAll
from distsnn.errors import ConnectivityError, ParameterError

W = np.array([[0.0, 2.0, 0.0], [0.5, 0.0, -1.0]])


def synapses(rule, n_source=2, n_target=3, **given):
    source, target = snn.NeuronGroup(n_source, snn.LIF()), snn.NeuronGroup(n_target, snn.LIF())
    made = snn.Synapses(source, target, snn.Exponential(5.0), **{"weight": 1.0, **given})
    made.connect(rule)
    snn.Network(source, target, made)
    return made


@pytest.mark.parametrize(
    "kind", [np.array, sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix, sparse.lil_matrix]
)
def test_dense_and_sparse_are_the_same(kind):
    S = synapses(kind(W))
    assert list(zip(S.i.tolist(), S.j.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 2)]
    assert S.weight.tolist() == [1.0, 1.0, 1.0]
    S = synapses(snn.Matrix(kind(W), strengths=True), weight=3.0)
    assert S.weight.tolist() == [6.0, 1.5, -3.0]


def test_lists_and_truth_values():
    assert synapses([[True, False, False], [True, True, False]]).j.tolist() == [0, 0, 1]


def test_repetitions_are_added():
    twice = sparse.coo_matrix(([1.0, 2.5, 1.0, -1.0], ([0, 0, 1, 1], [1, 1, 0, 0])), shape=(2, 3))
    S = synapses(snn.Matrix(twice, strengths=True))
    assert (S.i.tolist(), S.j.tolist(), S.weight.tolist()) == ([0], [1], [3.5])


@pytest.mark.parametrize("values", [np.arange(6.0).reshape(2, 3), np.array([1.0, 3.0, 5.0])])
def test_arrays_of_weights_and_delays(values):
    S = synapses(W, weight=values, delay=values)
    assert S.weight.tolist() == [1.0, 3.0, 5.0]
    assert S.delay.tolist() == [1.0, 3.0, 5.0]


def test_a_full_matrix():
    full = snn.Matrix(1 + np.arange(6.0).reshape(2, 3), strengths=True)
    assert isinstance(full.rule, AllToAll)
    S = synapses(full, delay=np.arange(6.0))
    assert S.weight[np.lexsort((S.j, S.i))].tolist() == [1, 2, 3, 4, 5, 6]
    assert S.delay[np.lexsort((S.j, S.i))].tolist() == [0, 1, 2, 3, 4, 5]


def test_delays_per_source():
    S = synapses(snn.AllToAll(), delay=snn.PerSource([1.0, 2.0]))
    assert np.array_equal(S.delay, 1.0 + S.i)
    with pytest.raises(ParameterError, match="delay has 3 values per source; there are 2 sources"):
        synapses(snn.AllToAll(), delay=snn.PerSource([1.0, 2.0, 3.0]))
    with pytest.raises(ParameterError, match=r"delay can be -1\.0 ms"):
        synapses(snn.AllToAll(), delay=snn.PerSource([1.0, -1.0]))


def test_errors():
    with pytest.raises(ConnectivityError, match=r"shape \(3, 2\); its shape must be .* \(2, 3\)"):
        synapses(W.T)
    with pytest.raises(ConnectivityError, match=r"the entry \(0, 1\) is nan"):
        snn.Matrix([[0, np.nan]])
    with pytest.raises(ConnectivityError, match=r"the shape is \(2,\)"):
        snn.Matrix([0, 1])
    with pytest.raises(ConnectivityError, match="str is not a matrix"):
        snn.Matrix("i != j")
    with pytest.raises(ParameterError, match=r"weight has shape \(4,\)"):
        synapses(W, weight=np.ones(4))
    with pytest.raises(
        ParameterError, match="weight is drawn or an expression, and the matrix has"
    ):
        synapses(snn.Matrix(W, strengths=True), weight=snn.Normal(1.0, 0.1))
