"""What synapses tell of themselves."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError


def made(**values: object) -> tuple[snn.Synapses, snn.NeuronGroup]:
    cells = snn.NeuronGroup(10, snn.LIF(), name="cells")
    given = {"weight": 1.0, "delay": 1.0, **values}
    return snn.Synapses(cells, cells[2:7], snn.Exponential(5.0), **given), cells


def test_edges_before_and_after_the_run() -> None:
    synapses, cells = made(weight=snn.Normal(1.0, 0.5), delay=snn.Uniform(0.0, 3.0))
    synapses.connect(p=0.5)
    net = snn.Network(cells, synapses, seed=1)
    before = [getattr(synapses, name) for name in ("i", "j", "weight", "delay")]
    net.run(1.0)
    after = [getattr(synapses, name) for name in ("i", "j", "weight", "delay")]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert len(synapses) == before[0].size > 10
    assert before[1].max() < 5
    # As stored and as simulated.
    assert np.array_equal(before[2], before[2].astype(np.float32))
    np.testing.assert_allclose(before[3] / 0.1, np.rint(before[3] / 0.1), atol=1e-9)


def test_several_connects() -> None:
    synapses, cells = made()
    synapses.connect(i=[1, 2], j=[0, 4])
    synapses.connect(i=9, j=[1, 2, 3])
    synapses.connect(snn.FixedIndegree(2))
    synapses.connect(snn.FixedIndegree(2))
    snn.Network(cells, synapses)
    assert synapses.i[:5].tolist() == [1, 2, 9, 9, 9]
    assert synapses.j[:5].tolist() == [0, 4, 1, 2, 3]
    assert len(synapses) == 25
    first, second = synapses.i[5:15], synapses.i[15:]
    assert first.tolist() != second.tolist()


def test_connecting_after_the_network_was_made() -> None:
    synapses, cells = made()
    net = snn.Network(cells, synapses)
    assert synapses.i.size == len(synapses) == 0
    synapses.connect(i=[1], j=[2])
    assert (synapses.i.tolist(), synapses.j.tolist()) == ([1], [2])
    assert net.run(1.0).ranks[0].synapses == 1


def test_order_of_arrays() -> None:
    weight = np.arange(50.0).reshape(10, 5)
    synapses, cells = made(weight=weight, delay=weight / 10)
    synapses.connect()
    snn.Network(cells, synapses)
    assert np.array_equal(synapses.weight, weight[synapses.i, synapses.j])
    np.testing.assert_allclose(synapses.delay, weight[synapses.i, synapses.j] / 10)


def test_draws_are_keyed_by_seed_and_name() -> None:
    found = []
    for name, seed in (("a", 1), ("b", 1), ("a", 2), ("a", 1)):
        synapses, cells = made(weight=snn.Uniform(0.0, 1.0), name=name)
        synapses.connect(p=0.5)
        snn.Network(cells, synapses, seed=seed)
        found.append(synapses.weight.tobytes() + synapses.i.tobytes())
    assert found[0] == found[3]
    assert len(set(found)) == 3


def test_the_length_of_every_rule() -> None:
    for rule in (
        snn.AllToAll(),
        snn.AllToAll(autapses=False),
        snn.Pairs([1], [1]),
        snn.Bernoulli(0.0),
        snn.Bernoulli(0.3),
        snn.Bernoulli(1.0, autapses=False),
        snn.FixedIndegree(3),
        snn.FixedOutdegree(3),
        snn.FixedTotalNumber(12),
    ):
        synapses, cells = made()
        synapses.connect(rule)
        snn.Network(cells, synapses)
        assert len(synapses) == synapses.i.size
        assert bool(synapses)


def test_texts_see_the_values_of_the_moment() -> None:
    G = snn.NeuronGroup(3, "x : 1\nv : 1", threshold="v > 1")
    G.x = 1
    G.x = 2
    S = snn.Synapses(G, G, "w : 1\nu : 1", on_pre="v_post += w")
    S.connect("i < x_pre")
    S.w = "x_post"
    G.x = 3
    S.u = "x_post"
    G.x = 4
    assert len(S) == 6
    assert set(S.w.tolist()) == {2.0}
    assert set(S.u.tolist()) == {3.0}
    snn.Network(G, S)
    assert set(S.w.tolist()) == {2.0}
    assert set(G.x.tolist()) == {4.0}


def test_event_driven_variables_may_grow_steadily() -> None:
    G = snn.NeuronGroup(2, "dv/dt = 1/(5*ms) : 1", threshold="v > 0.5", reset="v = 0")
    S = snn.Synapses(G, G, "dz/dt = 1/(5*ms) : 1 (event-driven)\nw : 1", on_pre="w = z; z = 0")
    S.connect(i=0, j=1)
    M = snn.SpikeMonitor(G[:1])
    snn.Network(G, S, M).run(10.0)
    assert M.num_spikes > 2
    np.testing.assert_allclose(S.w[0], (M.t[-1] - M.t[-2]) / 5.0, rtol=1e-12)


def test_numbers_of_some_synapses() -> None:
    G = snn.NeuronGroup(4, "v : 1")
    S = snn.Synapses(G, G, "w : 1")
    S.connect(condition="i != j")
    assert S[0, 1].tolist() == [0]
    assert S[2, :].tolist() == [6, 7, 8]
    assert S["j == 0"].tolist() == [3, 6, 9]
    assert S[-1].tolist() == [11]
    M = snn.StateMonitor(S, "w", record=S[:, 3])
    S.w = "10*i + j"
    snn.Network(G, S, M, dt=0.1).run(0.1)
    assert M.w[:, 0].tolist() == [3, 13, 23]
    assert M[S[1, 3]].w.tolist() == [[13]]


def test_neurons_are_set_through_their_synapses() -> None:
    G = snn.NeuronGroup(4, "v : volt\nq = 2*v : volt\nc : 1 (constant)", name="G")
    H = snn.NeuronGroup(2, "u : 1")
    S = snn.Synapses(H, G[1:], "w : 1", name="S")
    S.connect()
    S.v_post = 3 * snn.mV
    assert G.v.tolist() == [0, 3, 3, 3]
    S.v_post = "i*mV + 0.1*j*mV"
    np.testing.assert_allclose(G.v, [0, 1, 1.1, 1.2])
    S.v[0, 1:] = [5, 6]
    assert S.v_post[:, 2].tolist() == [6, 6]
    S.c_post["j == 1"] = 7
    assert G.c.tolist() == [0, 0, 7, 0]
    S.u_pre = "rand()"
    first = np.array(H.u)
    S.u_pre = "rand()"
    assert not np.any(first == H.u)
    S.u_pre[1, 0] = "u_pre - u_pre"
    assert H.u[1] == 0
    for name, value, words in (
        ("v_post", [1, 2], "v_post was given 2 values; there are 6 synapses"),
        ("v_post", "1", "v_post is in volt, but '1' in 1"),
        ("v_post", "v_post + w*mV", "reads what it sets, and neurons have several"),
        ("q_post", 1, r"q_post was set, .*; what can be set is w, v_post, c_post, u_pre"),
        ("N_post", 1, "N_post was set"),
    ):
        with pytest.raises(ValueError, match=words):
            setattr(S, name, value)


def test_values_by_text_after_a_run() -> None:
    wave = snn.TimedArray([1.0, 2.0, 4.0], dt=0.5)  # noqa: F841 - the text refers to it
    table = snn.TimedArray([[1.0, 2.0], [3.0, 4.0]], dt=0.5)
    G = snn.NeuronGroup(2, "x : integer\nv : 1", threshold="abs(t - 0.3*ms) < 0.01*ms")
    model = "w : 1\nu : 1\nda/dt = -a/(5*ms) : 1 (event-driven)"
    S = snn.Synapses(G, G, model, on_pre="a += 1", namespace={"table": table})
    S.connect(j="i")
    F = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    F.connect(j="i")
    F.w = "wave(t) + table(t, i)"
    assert F.w.tolist() == [2, 3]
    snn.Network(G, S, F).run(1.0)
    S.w = "t/ms + 10*t_in_timesteps"
    assert S.w.tolist() == [101, 101]
    S.w["t > 0.5*ms"] = "lastupdate/ms"
    np.testing.assert_allclose(S.w, 0.3)
    F.w = S.u = "wave(t) + table(t, i) + t/ms"
    assert F.w.tolist() == S.u.tolist() == [8, 9]
    G.x = "t_in_timesteps"
    assert G.x.tolist() == [10, 10]


def test_shared_variables_of_synapses() -> None:
    G = snn.NeuronGroup(2, "v : 1\nr : 1 (shared)", threshold="t < 0.05*ms", name="G")
    S = snn.Synapses(
        G,
        G,
        "on : boolean (shared)\nrate : 1 (shared)\ntwice = 2*rate : 1 (shared)\nw : 1",
        on_pre="w += twice*int(on)",
        name="S",
    )
    S.connect()
    S.rate = "0.1*N"
    net = snn.Network(G, S)
    net.run(0.1)
    assert S.w.tolist() == [0] * 4
    S.on = True
    with pytest.raises(ParameterError, match=r"S: rate is shared: it was given 'w', .* on w"):
        S.rate = "w"
    with pytest.raises(ParameterError, match="S: rate is shared: some of its values"):
        S.rate[0, :] = 2
    for given, words in (
        ({"model": "x : 1 (shared)", "on_pre": "x += 1"}, "'x' cannot be set"),
        ({"on_pre": "r_post += 1"}, "'r_post' cannot be set"),
        ({"model": "x = w : 1 (shared)\nw : 1"}, "'x' depends on w, which is not shared"),
        ({"model": "x = rand() : 1 (shared, constant over dt)"}, "stand together"),
        ({"model": "dx/dt = -x/ms : 1 (event-driven, clock-driven)"}, "stand together"),
    ):
        with pytest.raises(ValueError, match=words):
            snn.Synapses(G, G, **given)


def test_one_sum_for_a_variable() -> None:
    G = snn.NeuronGroup(6, "x : 1\ny : 1", name="G")
    S = snn.Synapses(G[:4], G[:3], "w : 1\nx_post = w : 1 (summed)", name="S")
    T = snn.Synapses(G[3:], G[4:], "w : 1\nx_pre = w : 1 (summed)", name="T")
    U = snn.Synapses(G, G, "w : 1\ny_post = w : 1 (summed)", name="U")
    V = snn.Synapses(G[2:], G, "w : 1\nx_pre = w : 1 (summed)", name="V")
    for synapses in (S, T, U, V):
        synapses.connect()
        synapses.w = 1
    net = snn.Network(G, S, T, U, V)
    with pytest.raises(NotImplementedError, match=r"V: x of G\[2:6\] is a sum .* in S; .*variable"):
        net.run(1.0)
    snn.Network(G, S, T, U, dt=0.1).run(0.1)
    assert G.x.tolist() == [4, 4, 4, 2, 2, 2]
