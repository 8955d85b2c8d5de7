"""Synapses as text: the number of ranks is not part of the result, to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from tests.synapse_scripts import SCRIPTS

COUNTS = (1, 2, 3, 4, 7)
Result = dict[str, np.ndarray]


def check(job: Callable[[World], Result]) -> None:
    """Every rank of every number of ranks finds the same."""
    first: Result | None = None
    for count in COUNTS:
        for found in run_loopback(count, job):
            if first is None:
                first = found
            assert found.keys() == first.keys()
            for name, values in first.items():
                assert np.asarray(values).tobytes() == np.asarray(found[name]).tobytes(), name


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_does_not_depend_on_ranks(name: str) -> None:
    check(lambda _: SCRIPTS[name](snn))


@pytest.mark.parametrize("rule", ["p", "indegree", "outdegree", "total", "all", "one to one"])
def test_random_synapses_do_not_depend_on_ranks(rule: str) -> None:
    def job(world: World) -> Result:
        G = snn.NeuronGroup(
            23,
            "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\ng : 1\nI : 1",
            threshold="v > 1",
            reset="v = 0",
            refractory=1 * snn.ms,
        )
        G.I = "1.1 + rand()"
        P = snn.PoissonGroup(11, rates=100 * snn.Hz)
        S = snn.Synapses(
            P,
            G,
            "w : 1\nu : 1\nda/dt = -a/(5*ms) : 1 (event-driven)",
            on_pre="v_post += w*rand(); a += 1; g_post += 0.1*randn()",
            on_post={"post": "w = clip(w + 0.01*a - 0.001*rand(), 0, 1)", "later": "u += a*w"},
            delay={"later": 0.7 * snn.ms},
        )
        # It acts before `S`, so that `G` need not live on one rank.
        text = "g_post += w*v_pre; w += 0.001*g_post"
        T = snn.Synapses(G, G, "w : 1", on_pre=text, name="first")
        makes = {
            "p": {"p": 0.3},
            "indegree": {"condition": snn.FixedIndegree(3)},
            "outdegree": {"condition": snn.FixedOutdegree(4)},
            "total": {"condition": snn.FixedTotalNumber(100)},
            "all": {},
            "one to one": {"condition": snn.OneToOne()},
        }
        T.connect(**makes[rule])
        T.connect(i=[3, 3, 4], j=[5, 5, 22])
        S.connect(p=0.5)
        S.connect(i=0, j=np.arange(23))
        S.w = snn.Normal(0.1, 0.05, low=0)
        S.delay = "rand()*3*ms"
        T.w = "0.01*(randn() + I_post)"
        M = snn.SpikeMonitor(G)
        net = snn.Network(G, P, S, T, M, seed=5)
        first = {f"first {k}": S.w if k == "w" else getattr(S, k) for k in ("w", "delay", "i", "j")}
        net.run(30 * snn.ms)
        S.w[3, :] = "w*0.5 + 0.01*g_post"
        S.w["i > 8"] = 0.2
        T.w = np.arange(len(T)) * 0.001
        net.run(20 * snn.ms)
        return first | {
            "t": M.t,
            "n": M.i,
            "v": G.v,
            "g": G.g,
            "w": S.w,
            "a": S.a,
            "u": S.u,
            "tw": T.w,
            "ti": T.i,
            "tj": T.j,
            "last": S.lastupdate,
        }

    check(job)


@pytest.mark.parametrize("ready", [True, False])
def test_statements_reach_ready_models_as_receptors_do(ready: bool) -> None:
    """Without delay; with one, a Delta acts before the threshold and statements after it."""

    def job(_: World, ready: bool = ready) -> Result:
        G = snn.NeuronGroup(10, snn.LIF(I_e=380 * snn.pA, t_ref=3 * snn.ms), name="G")
        G.V_m = snn.Uniform(-70, -56)
        P = snn.PoissonGroup(10, rates=50 * snn.Hz, name="P")
        R = snn.Synapses(P, G, snn.Exponential(tau=5), weight=50 * snn.pA, delay=1, name="R")
        R.connect(p=0.5)
        if ready:
            S = snn.Synapses(G, G, snn.Delta(), weight=0.5 * snn.mV, delay=0, name="S")
        else:
            S = snn.Synapses(G, G, "w : volt", on_pre="V_m_post += w", delay=0, name="S")
        S.connect(p=0.5, autapses=False)
        if not ready:
            S.w = "0.5*mV"
        M = snn.SpikeMonitor(G)
        snn.Network(G, P, R, S, M, seed=2).run(100)
        assert M.num_spikes > 30
        return {"t": M.t, "i": M.i, "V_m": G.V_m}

    check(job)
    other = run_loopback(1, lambda world: job(world, not ready))[0]
    for name, values in run_loopback(2, job)[0].items():
        # A Delta adds the sum of what arrives, statements one after the other.
        np.testing.assert_allclose(values, other[name], rtol=1e-12 if name == "V_m" else 0)


def test_no_two_copies_of_a_pair_share_a_draw() -> None:
    """Where their number is a string, they are far apart in the numbering of copies."""

    def job(_: World) -> Result:
        P = snn.SpikeGeneratorGroup(2, [0, 1], [0.1, 0.1])
        G = snn.NeuronGroup(9, "v : 1")
        S = snn.Synapses(P, G, "w : 1\nu : 1", on_pre="u = rand() + 0*v_post", name="S")
        S.connect(n="1 + int(j % 3 == 0)")
        S.w = "rand()"
        snn.Network(P, G, S).run(1)
        return {"u": S.u, "w": S.w}

    check(job)
    found = run_loopback(1, job)[0]
    assert np.unique(found["u"]).size == np.unique(found["w"]).size == 24


def test_rates_that_change_do_not_depend_on_ranks() -> None:
    def job(_: World) -> Result:
        wave = snn.TimedArray([0.0, 0.4, 0.1], dt=5 * snn.ms)  # noqa: F841 - the text refers to it
        P = snn.PoissonGroup(13, rates="wave(t)*(1 + 0.1*i)", name="P")
        G = snn.NeuronGroup(9, "dv/dt = -v/(10*ms) : 1")
        S = snn.Synapses(P, G, "w : 1", on_pre="v_post += w", name="S")
        S.connect(p=0.5)
        S.w = "0.1 + 0.01*i"
        M = snn.SpikeMonitor(P)
        snn.Network(P, G, S, M, seed=3).run(20)
        assert M.num_spikes > 20
        return {"t": M.t, "i": M.i, "v": G.v}

    check(job)
