"""A parameter that comes to differ between neurons after a run: the program is written anew.

Everything else must go on as in a network whose parameter was an array from the beginning, to
the last bit and on any number of ranks: spikes in flight, short-term plasticity, refractoriness,
noise, traces, weights of synapses with statements, monitors.
"""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import Hz, ms
from distsnn.exchange import World
from tests.invariance.test_ranks import Result, assert_same, check

MODEL = """
    dv/dt = (g + I - v)/tau + 0.1*xi*sqrt(2/tau) : 1 (unless refractory)
    dg/dt = -g/(5*ms) : 1
    ratio = v/I : 1
    I : 1
    tau : second
    tr : second
"""


def text_network(world: World, from_start: bool) -> Result:
    G = snn.NeuronGroup(
        23, MODEL, threshold="v > 1", reset="v = 0", refractory="tr", method="euler", name="G"
    )
    G.v, G.I, G.tau, G.tr = "rand()", 1.3, 8 * ms, 1 * ms
    if from_start:
        G.tau, G.tr = np.full(23, 8.0), np.full(23, 1.0)
    S = snn.Synapses(
        G,
        G,
        "w : 1\nda/dt = -a/(4*ms) : 1 (event-driven)",
        on_pre="g_post += 0.1*w; a += 1",
        on_post="w += 0.1*a",
        name="S",
    )
    S.connect(p=0.3)
    S.w, S.delay, S.post.delay = "rand()", "3*rand()*ms", 0.7 * ms
    T = snn.Synapses(G, G, "w : 1", on_pre="v_post += w", name="T")
    T.connect(p=0.2)
    T.w, T.delay = "0.1*rand()", "2*rand()*ms"
    M, R = snn.SpikeMonitor(G, ["tau"]), snn.StateMonitor(G, ["v", "ratio", "tr"], record=True)
    W = snn.StateMonitor(S, "w", record=[3, 5])
    active = snn.StateMonitor(G, "not_refractory", record=True)
    net = snn.Network(G, S, T, M, R, W, active, seed=4)
    net.run(20.3)
    G.tau[4:9] = "6*ms + 0.1*i*ms"
    for i in range(3):
        G.tr[i] = 0.5 + i
    G.v[3] = 0.25
    net.run(20)
    G.I[5] = 2
    net.run(10)
    assert M.num_spikes > 100
    found = {"t": M.t, "i": M.i, "at": M.tau, "v": R.v, "ratio": R.ratio, "tr": R.tr, "w": W.w}
    return found | {"all w": S.w, "g": G.g, "active": active.not_refractory}


def ready_network(world: World, from_start: bool) -> Result:
    cells = snn.NeuronGroup(30, snn.LIF(I_e=400, t_ref=2.0, tau_m=10), name="cells")
    cells.V_m = snn.Uniform(-70, -55)
    if from_start:
        cells.I_e, cells.t_ref = np.full(30, 400.0), np.full(30, 2.0)
        cells.tau_m = np.full(30, 10.0)
    exc = snn.Exponential(tau=5.0)
    S = snn.Synapses(
        cells,
        cells,
        exc,
        weight=snn.Normal(40, 10),
        delay=snn.Uniform(0.3, 4),
        stp=snn.STP(U=0.4, tau_f=30.0, tau_d=50.0),
        name="S",
    )
    S.connect(snn.FixedIndegree(6))
    T = snn.Synapses(cells, cells, exc, weight=-5.0, delay=1.5, name="T")
    T.connect()
    N = snn.PoissonInput(cells, exc, N=100, rate=8 * Hz, weight=20.0, name="N")
    P = snn.PoissonGroup(7, rates=300 * Hz, name="P")
    U = snn.Synapses(P, cells, exc, weight=30.0, delay=0.7, name="U")
    U.connect(p=0.5)
    M = snn.SpikeMonitor(cells)
    net = snn.Network(cells, S, T, N, P, U, M, seed=2)
    net.run(30.1)
    cells[3:5].I_e = 500.0
    cells[7:].t_ref = 1.0
    net.run(30)
    cells.tau_m = np.linspace(9, 11, 30)
    net.run(20)
    assert M.num_spikes > 60
    return {"t": M.t, "i": M.i, "v": cells.V_m, "I": cells.I_syn}


@pytest.mark.parametrize("network", [text_network, ready_network])
def test_it_goes_on_as_if_it_had_been_an_array(network) -> None:
    found = check(lambda world: network(world, from_start=False))
    expected = network(None, from_start=True)
    assert_same(expected, found)
