"""Functions of users give the same bits on any number of ranks."""

from __future__ import annotations

import math

import distsnn as snn
from distsnn import ms
from distsnn.exchange import World
from tests.invariance.test_ranks import Result, check

level = 1.3


def drive(v: float, t: float) -> float:
    return level - v + 0.4 * math.sin(t * v)


def kept(w: float) -> float:
    return w / (1 + w * w)


def with_functions(world: World) -> Result:
    snn.start_scope()
    G = snn.NeuronGroup(
        17, "dv/dt = drive(v, t/ms)/(8*ms) : 1", threshold="v > 1", reset="v = kept(v)",
        method="rk4", name="G",
    )  # fmt: skip
    G.v = "kept(rand())"
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w; w = kept(w + 0.1)", name="S")
    S.connect("kept(i + j) > 0.1", p=0.5)
    S.w, S.delay = "0.1*rand()", "1*ms + kept(i)*ms"
    P = snn.SpikeMonitor(G, name="P")
    net = snn.Network(G, S, P, seed=3, threads=1)
    net.run(30 * ms)
    assert P.num_spikes > 20
    return {"v": G.v[:], "t": P.t[:], "i": P.i[:], "w": S.w[:]}


def test_bits() -> None:
    check(with_functions)
