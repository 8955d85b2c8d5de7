"""Statements that only add a number: projections with the same results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.assemble.recognition.recognize import recognized
from distsnn.exchange import World
from distsnn.run import engine
from tests.invariance.test_ranks import check


def network(recognize: bool, **names: float) -> tuple[snn.Network, snn.SpikeMonitor, Any]:
    """Synapses that add a number."""
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
    S = snn.Synapses(
        G, G, on_pre="g += we", delay=0.5, namespace=given, name="S", recognize=recognize
    )
    S.connect(p=0.2)
    S.connect(i=[0, 0], j=[1, 1])
    T = snn.Synapses(G, G, on_pre="v_post -= 2*wi", namespace=given, name="T", recognize=recognize)
    T.connect(snn.FixedOutdegree(5))
    M = snn.SpikeMonitor(G)
    return snn.Network(G, S, T, M, seed=3), M, (G, given)


def slow(net: snn.Network) -> tuple[int, ...]:
    return recognized(net.description).generated


def test_results_are_the_same_to_the_last_bit() -> None:
    found = []
    for recognize in (True, False):
        net, M, (G, given) = network(recognize)
        assert slow(net) == (() if recognize else (0, 1))
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
        ("w : 1", "g_post += w", True),
        ("w : 1", "g_post -= 2*w*i/N_post*p_post", True),
        ("w : 1\nu = w*q_pre : 1", "g_post += u", True),
        ("w : 1", "g_post += w*q_post", False),
        ("w : 1", "g_post += w; w = 2", False),
        ("w : 1", "w += 0.1", False),
        ("", "g_post += rand()", False),
        ("", "g_post += t/ms", False),
        ("", "g_post += 0.1*g_post", False),
        ("", "g_post += 0.1; v_post += 0.1", False),
    ],
)
def test_which_statements_are_fast(model: str, on_pre: str, fast: bool) -> None:
    G = snn.NeuronGroup(
        3, "v : 1\ndg/dt = -g/ms : 1\np : 1\nq : 1", threshold="v > 1", reset="q += 1"
    )
    P = snn.NeuronGroup(3, "q : 1", threshold="q > 1")
    S = snn.Synapses(P, G, model, on_pre=on_pre)
    S.connect()
    assert slow(snn.Network(G, P, S)) == (() if fast else (0,))


def weighted(watched: bool) -> list[bytes]:
    """Weights and delays of every kind, set again between runs; `watched` as in `network`."""
    given = {"a": 0.1}
    G = snn.NeuronGroup(
        30,
        "dv/dt = (g + 1.2 - v)/(10*ms) : 1 (unless refractory)\ndg/dt = -g/(5*ms) : 1\np : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * snn.ms,
        name="G",
    )
    G.v, G.p = "rand()", 0.5
    S = snn.Synapses(G, G, "w : 1", on_pre="g += a*w", namespace=given, name="S")
    S.connect(p=0.3)
    S.connect(i=[0, 0, 7], j=[1, 1, 2])
    S.w = snn.Normal(0.1, 0.05)
    S.delay = "rand()*3*ms"
    T = snn.Synapses(G, G, "w : 1", on_pre="v_post -= w*p_pre", name="T")
    T.connect(snn.FixedOutdegree(5))
    T.w = np.arange(len(T)) * 2.0**-12
    T.delay[3, :] = 0.4
    U = snn.Synapses(G, G, "w : 1", on_pre="g_post += w", delay=0.2, name="U")
    U.connect(snn.FixedIndegree(3))
    parts = [G, S, T, U]
    if watched:
        parts.append(snn.Synapses(G, G, "z : 1", on_post="z = g_post + v_post", name="W"))
        parts[-1].connect(i=0, j=0)
    M = snn.SpikeMonitor(G)
    R = snn.StateMonitor(S, "w", record=[0, 5])
    net = snn.Network(*parts, M, R, seed=3)
    assert slow(net) == ((0, 1, 2, 3) if watched else ())
    net.run(20)
    given["a"] = 0.2
    S.w[4, :] = "w + 0.1*v_post + 0.01*rand()"
    U.w = 0.01
    net.run(20.3)
    U.w[:5] = [0.1, 0.2, 0.3, 0.4, 0.5]
    T.w = 0
    G.p[3:] = 0.25
    net.run(20)
    G.p = "0.1*i"
    T.w = "0.001*j"
    net.run(10)
    assert M.num_spikes > 100
    found = (M.t, M.i, G.v, G.g, S.w, T.w, U.w, S.delay, T.delay, R.w)
    return [np.ascontiguousarray(x).tobytes() for x in found]


def test_weights_of_their_own_have_the_same_results_to_the_last_bit() -> None:
    assert weighted(False) == weighted(True)


def test_weights_of_their_own_do_not_depend_on_ranks() -> None:
    def job(world: World) -> dict[str, np.ndarray]:
        return {str(n): np.frombuffer(x) for n, x in enumerate(weighted(False))}

    check(job)


def test_given_weights_are_kept_in_single_precision_only_where_it_holds_them() -> None:
    def kinds(*values: object) -> list[str | None]:
        G = snn.NeuronGroup(3, "v : 1\ndg/dt = -g/ms : 1", threshold="v > 1")
        S = snn.Synapses(G, G, "w : 1", on_pre="g_post -= w")
        S.connect(i=[0, 1, 2], j=[0, 0, 1])
        for value in values:
            S.w = value
        S.w[0] = 0.5
        built = build_rank(snn.Network(G, S).description, 0, 1)
        return [plan.weight_type for plan in built.plans]

    assert kinds() == ["f4"]
    assert kinds(0.1, [0.25, 1, 2]) == ["f4"]
    assert kinds(0.1) == ["f8"]
    assert kinds("0.25") == ["f8"]


def test_constants_that_come_to_differ_take_other_tables() -> None:
    G = snn.NeuronGroup(3, "v : 1\ndg/dt = -g/(10*ms) : 1", threshold="v > 1")
    P = snn.SpikeGeneratorGroup(3, [0, 1, 2, 0], [0.1, 0.3, 0.9, 1.5])
    given = {"a": 0.1}
    S = snn.Synapses(P, G, on_pre="g += a", namespace=given)
    T = snn.Synapses(P, G, on_pre="g += 0.1", delay=0.5)
    S.connect(j="i")
    T.connect(j="i")
    net = snn.Network(G, P, S, T)
    net.run(1)
    given["a"] = 0.2
    net.run(1)
    # Steps of the events; the last spike has not come through T yet.
    left = 0.1 * np.exp(-0.01 * (19 - np.array([[1, 6], [3, 8], [9, 14]])))
    expected = left.sum(axis=1) + np.array([0.2 * np.exp(-0.01 * 4), 0, 0])
    np.testing.assert_allclose(G.g, expected, rtol=1e-12)


def test_other_tables_hold_synapses_whose_delays_are_texts() -> None:
    def voltages(constant: bool) -> np.ndarray:
        given = {"a": 4.0}
        G = snn.NeuronGroup(12, snn.LIF(), name="G")
        P = snn.SpikeGeneratorGroup(3, [0, 1, 2, 1, 0, 2], [0.1, 0.3, 0.9, 1.5, 1.7, 2.3])
        exc = snn.Exponential(tau=5.0)
        R = snn.Synapses(P, G, exc, weight=4.0, delay="(0.3*i + 1.5*rand())*ms", name="R")
        R.connect()
        S = snn.Synapses(
            P,
            G,
            "" if constant else "w : amp",
            on_pre="I_syn_post += a*pA" if constant else "I_syn_post += w",
            namespace=given,
            name="S",
        )
        S.connect()
        if not constant:
            S.w = 4.0
        net = snn.Network(G, P, R, S, seed=1)
        net.run(1.6)
        given["a"] = 7.0
        if not constant:
            S.w = 7.0
        net.run(3)
        return G.I_syn

    np.testing.assert_allclose(voltages(constant=True), voltages(constant=False), rtol=1e-12)


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
    monkeypatch.setattr(engine, "SMALLEST_RING", 2)
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


def test_the_summary_says_which_way_synapses_take_and_why() -> None:
    snn.start_scope()
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    G = snn.NeuronGroup(
        3, "dv/dt = -v/(10*ms) : 1\ng : 1\nu : 1\np : 1\nn : integer", threshold="v > 1", name="G"
    )
    fast = snn.Exponential(5.0)
    objects: dict[str, snn.Synapses] = {
        "static": snn.Synapses(cells, cells, fast, weight=1.0, delay=1.0, name="static"),
        "learning": snn.Synapses(
            cells,
            cells,
            fast,
            weight=1.0,
            delay=1.0,
            stdp=snn.STDP(1.0, 1.0, w_max=9.0),
            name="learning",
        ),
        "jump": snn.Synapses(G, G, "w : 1", on_pre="u_post += w", name="jump"),
    }
    slow = {
        "seen": (
            "w : 1",
            {"on_pre": "v_post += w"},
            "statements of other synapses read or write v",
        ),
        "looking": ("z : 1", {"on_post": "z = v_post"}, "they act after a spike of their target"),
        "changing": ("w : 1", {"on_pre": "g_post += w; w *= 0.5"}, "2 statements"),
        "trace": (
            "dx/dt = -x/ms : 1 (event-driven)",
            {"on_pre": "x += 1"},
            "x is an (event-",
        ),
        "sum": ("p_post = 2 : 1 (summed)", {}, "p_post is a sum in each step"),
        "whole": ("k : integer", {"on_pre": "n_post += k"}, "n has whole numbers"),
        "drawn": ("k : 1", {"on_pre": "g_post += k*rand()"}, "rand(), which"),
        "moving": ("k : 1", {"on_pre": "g_post += k*v_pre"}, "v_pre"),
    }
    for name, (model, statements, _) in slow.items():
        objects[name] = snn.Synapses(G, G, model, name=name, **statements)
    for made in objects.values():
        made.connect(j="i")
    summary = snn.Network(cells, G, *objects.values()).run(0)
    found = {one.name: one for one in summary.synapses}
    assert list(found) == list(objects)
    assert found["static"].way == found["jump"].way == "table"
    assert found["learning"].way == "plastic table"
    for name, (_, _, reason) in slow.items():
        assert found[name].way == "generated code"
        assert reason in found[name].reason, found[name]
    assert "synapses by table: static, jump" in str(summary)
    assert found["sum"].reason in str(summary)
