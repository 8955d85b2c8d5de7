"""Equations as objects: added, and with names replaced."""

from __future__ import annotations

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


@pytest.mark.parametrize("new", [5.0, "a b", None])
def test_names_are_replaced_by_names(new: object) -> None:
    with pytest.raises(ParameterError, match="namespace="):
        snn.Equations("dx/dt = -x/tau : 1", tau=new)
    with pytest.raises(ParameterError, match="no text"):
        snn.Equations(3)
    with pytest.raises(TypeError):
        snn.Equations("x : 1") + 3
