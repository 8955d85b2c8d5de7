"""Scripts with synapses as text that run under Brian 2 and distsnn alike.

Each is a function of the module that it would import, and returns what it found, without units.
"""
# ruff: noqa: F841 - the texts refer to them

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests import source_scripts, step_scripts

Results = dict[str, np.ndarray]
STDP = """
    w : 1
    dapre/dt = -apre/taupre : 1 ({kind})
    dapost/dt = -apost/taupost : 1 ({kind})
"""
ON_PRE = "v_post += w; apre += Apre; w = clip(w + apost, 0, wmax)"
ON_POST = "apost += Apost; w = clip(w + apre, 0, wmax)"


def spiking(b: Any, n: int, period: float = 7.0, jitter: float = 1.3) -> Any:
    """Neurons with spikes of their own, also coincident ones, that synapses reach."""
    group = b.NeuronGroup(
        n,
        """dv/dt = (I - v)/(12*ms) : 1
           dg/dt = -g/(5*ms) : 1
           I : 1
           s : 1
           c = 0.013*i + 0.002*N : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
        name="cells",
    )
    group.I = f"1.2 + 0.15*(i % 5) + {jitter}*int(i % 3 == 0)"
    group.v = "0.07*i"
    return group


def simplest(b: Any) -> Results:
    G = b.NeuronGroup(
        2,
        "dv/dt = (I-v)/tau : 1\nI : 1\ntau : second",
        threshold="v>1",
        reset="v = 0",
        method="exact",
    )
    G.I = [2, 0]
    G.tau = np.array([10, 100]) * b.ms
    S = b.Synapses(G, G, on_pre="v_post += 0.2")
    S.connect(i=0, j=1)
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(100 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "v": G.v}


def delays(b: Any) -> Results:
    G = b.NeuronGroup(
        3,
        "dv/dt = (I-v)/tau : 1\nI : 1\ntau : second",
        threshold="v>1",
        reset="v = 0",
        method="exact",
    )
    G.I = [2, 0, 0]
    G.tau = np.array([10, 100, 100]) * b.ms
    S = b.Synapses(G, G, "w : 1", on_pre="v_post += w")
    S.connect(i=0, j=[1, 2])
    S.w = "j*0.2"
    S.delay = "j*2*ms"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(100 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "v": G.v, "w": S.w, "delay": S.delay / b.ms, "j": S.j}


def distance(b: Any) -> Results:
    spacing = 50 * b.um
    width = 30 / 4.0 * spacing
    G = b.NeuronGroup(30, "x : meter")
    G.x = "i*spacing"
    S = b.Synapses(G, G, "w : 1")
    i, j = np.nonzero(~np.eye(30, dtype=bool))
    S.connect(i=i, j=j)
    S.w = "exp(-(x_pre-x_post)**2/(2*width**2))"
    return {"w": S.w, "x": S.x_pre / b.um, "i": S.i, "j": S.j}


def stdp(kind: str, delayed: bool = False) -> Callable[[Any], Results]:
    def script(b: Any) -> Results:
        taupre = taupost = 20 * b.ms
        wmax = 0.08
        Apre = 0.01
        Apost = -Apre * taupre / taupost * 1.05
        G = spiking(b, 12)
        S = b.Synapses(
            G, G, STDP.format(kind=kind), on_pre=ON_PRE, on_post=ON_POST, method="linear"
        )
        S.connect()
        S.w = "0.002*(i + 2*j)"
        if delayed:
            S.pre.delay = "0.1*((3*i + 7*j) % 23)*ms"
            S.post.delay = "0.1*((5*i + j) % 11)*ms"
        M = b.SpikeMonitor(G)
        b.Network(G, S, M).run(150 * b.ms)
        out = {"t": M.t / b.ms, "i": M.i, "v": G.v, "w": S.w}
        if kind == "clock-driven":
            out |= {"apre": S.apre, "apost": S.apost}
        return out

    return script


def one_spike_each(b: Any) -> Results:
    taupre = taupost = 20 * b.ms
    wmax = 0.01
    Apre = 0.01
    Apost = -Apre * taupre / taupost * 1.05
    G = b.NeuronGroup(2, "v:1", threshold="t>(1+i)*10*ms", refractory=100 * b.ms)
    S = b.Synapses(G, G, STDP.format(kind="event-driven"), on_pre=ON_PRE, on_post=ON_POST)
    S.connect(i=0, j=1)
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(30 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "w": S.w, "apre": S.apre, "apost": S.apost, "v": G.v}


def window(b: Any) -> Results:
    taupre = taupost = 20 * b.ms
    Apre = 0.01
    tmax = 50 * b.ms
    N = 100
    Apost = -Apre * taupre / taupost * 1.05
    G = b.NeuronGroup(N, "tspike:second", threshold="t>tspike", refractory=100 * b.ms)
    H = b.NeuronGroup(N, "tspike:second", threshold="t>tspike", refractory=100 * b.ms)
    G.tspike = "i*tmax/(N-1)"
    H.tspike = "(N-1-i)*tmax/(N-1)"
    S = b.Synapses(
        G,
        H,
        STDP.format(kind="event-driven"),
        on_pre="apre += Apre; w = w+apost",
        on_post="apost += Apost; w = w+apre",
    )
    S.connect(i=np.arange(N), j=np.arange(N))
    b.Network(G, H, S).run(tmax + 1 * b.ms)
    return {"w": S.w}


def several_pathways(b: Any) -> Results:
    G = spiking(b, 9)
    S = b.Synapses(
        G,
        G,
        """w : 1
           x : 1 (constant)
           u : 1
           n : integer
           gain = x*2 : 1""",
        on_pre={"b": "g_post += w*gain; u = 0.9*u + 0.1", "a": "w = w*0.99 + 0.001*u; n += 1"},
        on_post={"back": "u = u*0.5 + I_post*0.01", "more": "w += 0.0001*(i - j)"},
        delay={"a": 0.3 * b.ms, "back": 0.2 * b.ms},
    )
    S.connect()
    S.w = "0.01*(1 + i)/(1 + j)"
    S.x = "cos(i + 0.3*j)"
    S.b.delay = "0.1*(i % 4)*ms"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(120 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "g": G.g, "w": S.w, "u": S.u, "n": S.n}


def several_on_a_pair(b: Any) -> Results:
    G = spiking(b, 6)
    S = b.Synapses(G, G, "w : 1", on_pre="v_post = v_post*(1 - w) + 0.01*w; w *= 0.999")
    S.connect(i=[0, 0, 0, 1, 2, 2, 5], j=[1, 1, 1, 0, 3, 3, 5])
    S.w = [0.1, 0.2, 0.3, 0.05, 0.07, 0.01, 0.3]
    S.delay = np.array([2, 1, 1, 0, 0.5, 0.3, 1]) * b.ms
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(120 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "v": G.v, "w": S.w}


def summed(b: Any) -> Results:
    G = b.NeuronGroup(
        10,
        "dv/dt = (I - v + total)/(10*ms) : 1\nI : 1\ntotal : 1",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
    )
    G.I = "0.7 + 0.1*i"
    G.v = "0.09*i"
    S = b.Synapses(
        G,
        G,
        """w : 1
           dx/dt = -x/(8*ms) : 1 (clock-driven)
           total_post = w*(v_pre - v_post) + x : 1 (summed)""",
        on_pre="x += 0.02*(j + 1)",
        method="exact",
    )
    S.connect()
    S.w = "0.03*(i - 0.5*j)/10"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(100 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "v": G.v, "x": S.x, "total": G.total}


def refractory(b: Any) -> Results:
    G = b.NeuronGroup(
        8,
        """dv/dt = (I - v)/(10*ms) : 1 (unless refractory)
           dg/dt = -g/(5*ms) : 1
           I : 1""",
        threshold="v > 1",
        reset="v = 0.1",
        refractory=3 * b.ms,
        method="exact",
    )
    G.I = "1.1 + 0.2*i"
    G.v = "0.11*i"
    S = b.Synapses(G, G, "w : 1", on_pre="v_post += w; g_post += w; w += 0.01*v_post")
    S.connect()
    S.w = "0.01*(1 + j)"
    S.delay = "0.1*(i % 3)*ms"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(100 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "v": G.v, "g": G.g, "w": S.w}


def short_term(b: Any) -> Results:
    U, tau_d, tau_f = 0.2, 200 * b.ms, 600 * b.ms
    G = spiking(b, 8)
    S = b.Synapses(
        G,
        G,
        """w : 1
           du/dt = (U - u)/tau_f : 1 (event-driven)
           dx/dt = (1 - x)/tau_d : 1 (event-driven)""",
        on_pre="u += U*(1 - u); g_post += w*u*x; x -= u*x",
    )
    S.connect()
    S.w = "0.01*(i + j)"
    S.u = U
    S.x = 1
    S.delay = 1 * b.ms
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(150 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "g": G.g, "u": S.u, "x": S.x}


def presynaptic_state(b: Any) -> Results:
    G = spiking(b, 9)
    H = b.NeuronGroup(5, "dh/dt = -h/(3*ms) : 1", method="exact", name="other")
    S = b.Synapses(
        G,
        H,
        "dz/dt = (g_pre + h_post - z)/(20*ms) : 1 (clock-driven)",
        on_pre="h_post += 0.1*g_pre + 0.01*I_pre + 0.001*z",
        method="euler",
    )
    S.connect()
    T = b.Synapses(G, G, on_pre="g_post += 0.1*v_pre + 0.01*t/ms")
    T.connect(i=np.arange(8), j=np.arange(1, 9))
    M = b.SpikeMonitor(G)
    b.Network(G, H, S, T, M).run(100 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "g": G.g, "h": H.h, "z": S.z}


def slices(b: Any) -> Results:
    G = spiking(b, 12)
    first, second = G[2:7], G[5:11]
    S = b.Synapses(
        first,
        second,
        "w : 1",
        # The i and N of a subexpression are those of the whole group.
        on_pre="g_post += w + 0.01*i - 0.003*j + 0.1*c_post - 0.03*c_pre",
        on_post="w += 0.001*(i + 1)*N_pre/N_post + 0.001*c",
    )
    S.connect("c_pre < c_post + 0.03")
    S.w = "0.02*i + 0.01*j + 0.1*c_post"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(100 * b.ms)
    return {"t": M.t / b.ms, "i": M.i, "g": G.g, "w": S.w[:], "si": S.i[:], "sj": S.j[:]}


def details(b: Any) -> Results:
    """What random models found: see the comments."""
    # Constant within steps of 0.1 ms, whatever floats make of 0.7/0.1.
    wave = b.TimedArray(np.array([0.2, 0.9, -0.3, 0.4]), dt=0.7 * b.ms)
    # Coupled, with time constants of both kinds, and ranks that own nobody.
    G = b.NeuronGroup(
        4,
        """dv/dt = (1.7*wave(t) + 1.1 + g - v)/tau : 1 (unless refractory)
           dg/dt = -g/(6*ms) : 1
           rest = exp(-abs(g)) + 0.1*i/N : 1
           tau : second""",
        threshold="v > 1",
        reset="v = 0",
        refractory=4 * b.ms,
    )
    G.tau = np.array([4, 5, 7, 11]) * b.ms
    # Texts of slices count from their first neuron.
    G[1:].v = "0.1*i/N"
    # Functions within subexpressions of neurons, read by synapses.
    S = b.Synapses(
        G,
        G,
        """w : 1
           dx/dt = (rest_post - x)/(9*ms) : 1 (clock-driven)""",
        on_pre="g_post += 0.1*w*rest_pre; x += 0.1",
        method="euler",
    )
    S.connect(condition="i != j")
    S.w = "0.2*i - 0.1*j"
    # Clock-driven variables have advanced when thresholds have.
    M = {when: b.StateMonitor(S, "x", True, when=when) for when in ("start", "thresholds", "end")}
    spikes = b.SpikeMonitor(G)
    net = b.Network(G, S, spikes, *M.values())
    net.run(11.3 * b.ms)
    # Texts do not set what is held in refractory neurons.
    held = np.array(G.v[:])
    G.v = "0.3 + 0.1*i"
    G.v["i > 1"] = 0.35
    changed = np.array(G.v[:])
    net.run(9 * b.ms)
    return {
        "t": spikes.t / b.ms,
        "i": spikes.i,
        "held": held,
        "changed": changed,
        "v": G.v,
        "g": G.g,
        **{when: np.array(monitor.x) for when, monitor in M.items()},
    }


# Statements whose result depends on the order of events of one step: only this target of Brian
# lets them act one after the other.
IN_ORDER = {"refractory"} | source_scripts.IN_ORDER


def added(b: Any) -> Results:
    """Statements that add what does not change, set in every way and again between runs."""
    scale = 0.3
    G = spiking(b, 9)
    G.s = "0.5 + 0.1*i"
    A = b.Synapses(G, G, "w : 1", on_pre="v_post += w", name="a_syn")
    A.connect(condition="i != j")
    A.connect(i=[3, 3, 4], j=[5, 5, 0])
    A.w = "0.02*exp(-abs(i - j)/3.0)"
    A.w[2, :] = 0.031
    A.delay = "0.1*((3*i + 7*j) % 11)*ms"
    B = b.Synapses(
        G,
        G,
        "w : 1\nq : 1\nwq = w*q : 1",
        on_pre="g_post -= scale*wq*s_post + 0.001*i",
        name="b_syn",
    )
    B.connect(j="k for k in range(i - 2, i + 3) if k != i", skip_if_invalid=True)
    B.w = np.arange(len(B)) * 0.125
    B.q = 0.02
    B.delay = np.arange(len(B)) % 5 * 0.1 * b.ms
    C = b.Synapses(G, G, "w : 1", on_pre="g_post += w", delay=0.3 * b.ms, name="c_syn")
    C.connect(condition="i < 4")
    C.w = 0.01
    M, W = b.SpikeMonitor(G), b.StateMonitor(B, ["w", "wq"], record=[0, 3])
    net = b.Network(G, A, B, C, M, W)
    net.run(30 * b.ms)
    out = {"first": np.array(A.w), "v first": np.array(G.v), "g first": np.array(G.g)}
    A.w = "w*(1 + 0.1*v_post)"
    A.w["j > 6"] = 0.015
    B.w[1, :] = 0.7
    C.w = np.linspace(0, 0.02, len(C))
    G.s = "0.3 + 0.05*i"
    scale = 0.2
    net.run(40.05 * b.ms)
    C.w = 0.004
    net.run(20 * b.ms)
    return out | {
        "t": M.t / b.ms,
        "i": M.i,
        "v": G.v,
        "g": G.g,
        "a": A.w,
        "b": B.w,
        "c": C.w,
        "rec w": W.w,
        "rec wq": W.wq,
    }


def specials(b: Any) -> Results:
    """What synapses know besides variables: last spikes, numbers of synapses, TimedArrays."""
    stim = b.TimedArray(np.array([0.1, 0.4, 0.2, 0.3]), dt=7.3 * b.ms)
    two = b.TimedArray(np.array([[0.01, 0.02], [0.03, 0.05], [0.04, 0.0]]), dt=9 * b.ms)
    G = b.NeuronGroup(
        8,
        "dv/dt = (1.2 + 0.1*i + g - v)/(8*ms) : 1 (unless refractory)\ndg/dt = -g/(5*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=2.5 * b.ms,
        method="euler",
        name="cells",
    )
    S = b.Synapses(
        G,
        G,
        """w : 1
           free : 1
           last : 1
           n : 1
           dx/dt = (stim(t) - x)/(5*ms) : 1 (clock-driven)""",
        on_pre="""last = lastspike_post/ms
                  free += int(not_refractory_post)
                  w += stim(t) + 0.001*N_outgoing*N_incoming/N
                  g_post += two(t, i % 2)""",
        method="euler",
        name="syn",
    )
    S.connect(condition="abs(i - j) < 3 and i != j")
    S.w = "N_incoming + 0.1*N_outgoing + 0.01*N"
    S.connect(i=[0, 0], j=[7, 7])
    S.n = "N_incoming + 0.1*N_outgoing + 0.01*N"
    S.delay = "0.1*((3*i + 7*j) % 13)*ms"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(60.05 * b.ms)
    out = {"t": M.t / b.ms, "i": M.i, "v": G.v, "w": S.w, "free": S.free, "x": S.x, "n": S.n}
    return out | {"last": np.array(S.last)}


SCRIPTS = {
    "simplest": simplest,
    "delays": delays,
    "distance": distance,
    "stdp event-driven": stdp("event-driven"),
    "stdp clock-driven": stdp("clock-driven"),
    "stdp delayed": stdp("event-driven", delayed=True),
    "stdp clock-driven delayed": stdp("clock-driven", delayed=True),
    "one spike each": one_spike_each,
    "window": window,
    "several pathways": several_pathways,
    "several on a pair": several_on_a_pair,
    "summed": summed,
    "refractory": refractory,
    "short-term plasticity": short_term,
    "presynaptic state": presynaptic_state,
    "slices": slices,
    "added": added,
    "specials": specials,
    "details": details,
    **source_scripts.SCRIPTS,
    **step_scripts.SCRIPTS,
}
