"""Equations as objects: added, and with names replaced."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError


def test_addition_and_new_names() -> None:
    decay = snn.Equations("dx/dt = (y*exp(x) - x)/tau : 1\ndxx/dt = -xx/tau : 1", x="g", tau="t_g")
    assert decay == "dg/dt = (y*exp(g) - g)/t_g : 1\ndxx/dt = -xx/t_g : 1"
    both = "y : 1" + decay + "t_g : second"
    assert isinstance(both, snn.Equations)
    G = snn.NeuronGroup(2, both, threshold="g > 1", method="euler")
    assert set(G.variables()) == {"y", "g", "xx", "t_g"}
    S = snn.Synapses(G, G, snn.Equations("v : 1", v="w"), on_pre="g_post += w")
    S.connect()
    assert S.w.tolist() == [0.0] * 4


def test_the_same_as_brian() -> None:
    brian2 = pytest.importorskip("brian2")
    text = "dx/dt = (x_inf - x)/tau_x : 1\nx_inf = 1/(1 + exp(-x)) : 1\ntau_x : second"
    new = {"x": "m", "tau_x": "t_m", "x_inf": "m_inf"}
    theirs = brian2.Equations(text, **new)
    ours = snn.NeuronGroup(1, snn.Equations(text, **new), method="euler")
    assert set(theirs.names) == set(ours.recordable())


def test_numbers_that_names_stand_for() -> None:
    tau = 1.0  # noqa: F841 - the equations' own number holds
    decay = snn.Equations("dx/dt = (1 - x)/tau : 1", x="g", tau=10 * snn.ms)
    both = decay + snn.Equations("dh/dt = -h/tau_h : 1", tau_h=np.float64(5))
    assert both.numbers == {"tau": 10.0, "tau_h": 5.0}
    G = snn.NeuronGroup(1, both, method="exact")
    G.h = 1
    snn.Network(G).run(5 * snn.ms)
    np.testing.assert_allclose([G.g[0], G.h[0]], [1 - np.exp(-0.5), np.exp(-1)], rtol=1e-12)
    with pytest.raises(ParameterError, match=r"tau stands for 10\.0 and 3\.0"):
        decay + snn.Equations("dy/dt = -y/tau : 1", tau=3)


@pytest.mark.parametrize("new", ["a b", None, [1.0]])
def test_names_are_replaced_by_names(new: object) -> None:
    with pytest.raises(SyntaxError, match="namespace="):
        snn.Equations("dx/dt = -x/tau : 1", tau=new)
    with pytest.raises(SyntaxError, match="a meaning of its own"):
        snn.Equations("dx/dt = -x/tau : 1", x="t")
    with pytest.raises(ParameterError, match="x is a variable"):
        snn.Equations("dx/dt = -x/tau : 1", x=3)
    with pytest.raises(ParameterError, match="no string"):
        snn.Equations(3)
    with pytest.raises(TypeError):
        snn.Equations("x : 1") + 3
