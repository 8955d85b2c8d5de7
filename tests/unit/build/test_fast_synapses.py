"""Statements that only add a number: projections with the same results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.build.fast_synapses import plan_synapses
from distsnn.errors import ParameterError
from distsnn.run import engine


def network(watched: bool, **names: float) -> tuple[snn.Network, snn.SpikeMonitor, Any]:
    """Synapses that add a number; if `watched`, others look at what they change."""
    given = {"we": 0.08, "wi": 0.02} | names
    G = snn.NeuronGroup(
        40,
        "dv/dt = (g + 1.1 - v)/(10*ms) : 1 (unless refractory)\ndg/dt = -g/(5*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * snn.ms,
        name="G",
    )
    G.v = "rand()"
    S = snn.Synapses(G, G, on_pre="g += we", delay=0.5, namespace=given, name="S")
    S.connect(p=0.2)
    S.connect(i=[0, 0], j=[1, 1])
    T = snn.Synapses(G, G, on_pre="v_post -= 2*wi", namespace=given, name="T")
    T.connect(snn.FixedOutdegree(5))
    parts = [G, S, T]
    if watched:
        parts.append(snn.Synapses(G, G, "z : 1", on_post="z = g_post + v_post", name="W"))
        parts[-1].connect(i=0, j=0)
    M = snn.SpikeMonitor(G)
    return snn.Network(*parts, M, seed=3), M, (G, given)


def slow(net: snn.Network) -> tuple[int, ...]:
    return plan_synapses(net.description).slow


def test_results_are_the_same_to_the_last_bit() -> None:
    found = []
    for watched in (False, True):
        net, M, (G, given) = network(watched)
        assert slow(net) == ((0, 1, 2) if watched else ())
        net.run(30)
        given["we"] = 0.05
        net.run(20)
        assert M.num_spikes > 50
        found.append([np.asarray(x).tobytes() for x in (M.t, M.i, G.v, G.g)])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("model", "on_pre", "fast"),
    [
        ("", "g_post += 0.1", True),
        ("", "g += 2*sin(0.1)", True),
        ("", "g_post -= 0.1", True),
        ("", "g_post *= 0.1", False),
        ("", "g_post = 0.1", False),
        ("w : 1", "g_post += w", False),
        ("w : 1", "w += 0.1", False),
        ("", "g_post += rand()", False),
        ("", "g_post += t/ms", False),
        ("", "g_post += 0.1*v_pre", False),
        ("", "g_post += 0.1; v_post += 0.1", False),
    ],
)
def test_which_statements_are_fast(model: str, on_pre: str, fast: bool) -> None:
    G = snn.NeuronGroup(3, "v : 1\ndg/dt = -g/ms : 1", threshold="v > 1")
    S = snn.Synapses(G, G, model, on_pre=on_pre)
    S.connect()
    assert slow(snn.Network(G, S)) == (() if fast else (0,))


def test_a_change_that_needs_other_tables_is_refused() -> None:
    G = snn.NeuronGroup(3, "v : 1\ndg/dt = -g/ms : 1", threshold="v > 1")
    given = {"a": 0.1}
    S = snn.Synapses(G, G, on_pre="g += a", namespace=given)
    T = snn.Synapses(G, G, on_pre="g += 0.1")
    S.connect()
    T.connect()
    net = snn.Network(G, S, T)
    net.run(1)
    given["a"] = 0.2
    with pytest.raises(ParameterError, match="changed between runs"):
        net.run(1)


def test_small_rings_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    def result() -> list[bytes]:
        G = snn.NeuronGroup(30, "dv/dt = 1.5/(5*ms) : 1\nx : 1", threshold="v > 1", reset="v = 0")
        G.v = "0.1*(i % 7)"
        G.x = 1
        S = snn.Synapses(
            G, G, "w : 1", on_pre="w += 1", on_post="w = w*1.1 + 0.01*i*x_post", name="S"
        )
        S.connect()
        S.delay = "0.1*(i % 9)*ms"
        S.post.delay = "0.1*(j % 11)*ms"
        net = snn.Network(G, S)
        net.run(20)
        G.x = 2
        net.run(20)
        return [S.w.tobytes()]

    expected = result()
    monkeypatch.setattr(engine, "_SMALLEST_RING", 2)
    assert result() == expected


def test_parameters_of_neurons_that_change_between_runs_are_seen() -> None:
    G = snn.NeuronGroup(2, "x : 1\nv : 1", threshold="v > 1")
    P = snn.SpikeGeneratorGroup(2, [0, 1], [0.5, 1.5])
    S = snn.Synapses(P, G, "w : 1", on_pre="w += x_post")
    T = snn.Synapses(G, G, "u : 1", on_pre="u += x_pre")
    S.connect()
    T.connect()
    G.x = [1, 2]
    net = snn.Network(G, P, S, T)
    net.run(1)
    assert S.w.tolist() == [1, 2, 0, 0]
    G.x = [10, 20]
    net.run(1)
    assert S.w.tolist() == [1, 2, 10, 20]
