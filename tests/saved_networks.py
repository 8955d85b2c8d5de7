"""Networks of all kinds of state, for tests that save and load them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import distsnn as snn

Results = dict[str, np.ndarray]
Made = tuple[snn.Network, Callable[[], Results]]


def ready(I_e: float = 380.0, seed: int = 3) -> Made:
    """Ready models: static, dense and plastic (STP, STD) projections, all kinds of input."""
    cells = snn.NeuronGroup(31, snn.LIF(I_e=I_e, t_ref=np.linspace(0.3, 3.0, 31)), name="cells")
    cells.V_m = snn.Uniform(-70.0, -56.0)
    few = snn.NeuronGroup(2, snn.LIF(I_e=350.0), name="few")
    noise = snn.PoissonGroup(9, rates=0.05, name="noise")
    given = snn.SpikeGeneratorGroup(3, [0, 1, 2, 0], [1.0, 12.0, 25.0, 41.0], name="given")
    exc = snn.Exponential(4.0, name="exc")
    rising = snn.Alpha(2.0, name="rising")
    slow = snn.Exponential(9.0, snn.COBA(0.0), name="slow")
    synapses = [
        snn.Synapses(cells, cells, exc, weight=snn.Normal(30.0, 9.0), delay=snn.Uniform(0.5, 4.0)),
        snn.Synapses(cells, cells, rising, weight=40.0, delay=1.5, stp=snn.STP(0.4, 80, 20)),
        snn.Synapses(noise, cells, slow, weight=2.0, delay=snn.Uniform(0.1, 2.0),
                     stp=snn.STD(tau=50.0, U=0.5)),
        snn.Synapses(cells[3:8], few, snn.Delta(), weight=1.5, delay=0.7, storage="dense"),
        snn.Synapses(given, cells, exc, weight=300.0, delay=2.2),
    ]  # fmt: skip
    for n, made in enumerate(synapses):
        made.connect(p=1.0 if n == 3 else 0.4)
    source = snn.PoissonInput(cells, exc, N=400, rate=4 * snn.Hz, weight=15.0)
    spikes = snn.SpikeMonitor(cells, "V_m", name="spikes")
    counts = snn.SpikeMonitor(noise, record=False, name="counts")
    trace = snn.StateMonitor(cells, ["V_m", "g_slow"], [30, 0, 8], dt=0.3, name="trace")
    end = snn.StateMonitor(few, "V_m", True, when="end", name="end")
    rate = snn.PopulationRateMonitor(cells[:20], name="rate")
    monitors = [spikes, counts, trace, end, rate]
    net = snn.Network(cells, few, noise, given, synapses, source, monitors, seed=seed)

    def results() -> Results:
        return {
            "t": spikes.t,
            "i": spikes.i,
            "V_m at spikes": spikes.V_m,
            "counts": counts.count,
            "trace": trace.V_m,
            "slow": trace.g_slow,
            "trace t": trace.t,
            "end": end.V_m,
            "rate": rate.rate,
            "rate t": rate.t,
            "V_m": cells.V_m,
            "few": few.V_m,
            "rising": cells.I_syn_rising,
            "rise": cells.I_syn_rising_rise,
        }

    return net, results


def text(seed: int = 5) -> Made:
    """Equations with noise, and synapses as text whose variables change in every way there is."""
    G = snn.NeuronGroup(
        23,
        "dv/dt = (I - v)/(10*ms) + 0.1*xi/sqrt(ms) : 1 (unless refractory)\n"
        "g : 1\nI : 1\ntotal : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * snn.ms,
        name="G",
    )
    G.I = "1.1 + rand()"
    # Refractory by a condition, not for a time.
    H = snn.NeuronGroup(
        7,
        "dv/dt = (2 - v)/(4*ms) : 1\nu : 1",
        threshold="v > 1 + 0.05*i",
        reset="v -= 0.2; u += 1",
        refractory="v > 0.95",
        name="H",
    )
    P = snn.PoissonGroup(11, rates=100 * snn.Hz, name="P")
    S = snn.Synapses(
        P,
        G,
        "w : 1\nu : 1\nda/dt = -a/(5*ms) : 1 (event-driven)",
        on_pre="v_post += w*rand(); a += 1; g_post += 0.1*randn()",
        on_post={"post": "w = clip(w + 0.01*a - 0.001*rand(), 0, 1)", "later": "u += a*w"},
        delay={"later": 0.7 * snn.ms},
        name="S",
    )
    T = snn.Synapses(
        G,
        G,
        "w : 1\nc : 1\ndb/dt = (v_post - b)/(9*ms) : 1 (clock-driven)\n"
        "total_post = b*c : 1 (summed)",
        on_pre="g_post += w*v_pre*exp((lastspike_pre - t)/(9*ms)); w += 0.001*g_post",
        name="T",
    )
    # It writes to its source, so that H is on one rank.
    U = snn.Synapses(H, H, "w : 1", on_pre="u_pre += w; w = 0.9*w + 0.02*v_post", name="U")
    U.connect(condition="i != j")
    U.delay = "(0.1 + 0.3*j)*ms"
    T.connect(p=0.3)
    T.connect(i=[3, 3, 4], j=[5, 5, 22])
    S.connect(p=0.5)
    S.connect(i=0, j=np.arange(23))
    S.w = snn.Normal(0.1, 0.05, low=0)
    S.delay = "rand()*3*ms"
    T.w = "0.01*(randn() + I_post)"
    T.c = "rand()"
    spikes = snn.SpikeMonitor(G, "g", name="spikes")
    weights = snn.StateMonitor(S, "w", [0, 5, 60], dt=1.0, name="weights")
    net = snn.Network(G, H, P, S, T, U, spikes, weights, seed=seed)

    def results() -> Results:
        return {
            "t": spikes.t,
            "i": spikes.i,
            "g at spikes": spikes.g,
            "weights": weights.w,
            **{name: getattr(G, name) for name in ("v", "g", "total")},
            "H v": H.v,
            "H u": H.u,
            **{f"S {name}": getattr(S, name) for name in ("w", "u", "a", "lastupdate")},
            **{f"T {name}": getattr(T, name) for name in ("w", "b", "c")},
        }

    return net, results


def plastic() -> Made:
    """Rules that change weights, with traces and histories of all kinds."""
    cells = snn.NeuronGroup(21, snn.LIF(t_ref=0.5), name="cells")
    cells.I_e, cells.V_m = snn.Uniform(500.0, 800.0), snn.Uniform(-70.0, -50.0)
    noise = snn.PoissonGroup(9, rates=0.05, name="noise")
    fast, rising = snn.Exponential(tau=3.0), snn.Alpha(tau=2.0)
    pair = snn.STDP(4.0, 3.0, w_max=60.0, pairing="presynaptic_centered")
    triplet = snn.TripletSTDP("full", 0.5, 2.0, 1.5, 0.5, w_max=80.0)
    synapses = [
        snn.Synapses(cells, cells[:15], fast, weight=snn.Uniform(0.0, 60.0),
                     delay=snn.Uniform(0.2, 3.0), dendritic_delay=snn.Uniform(0.1, 2.0),
                     stdp=pair),
        snn.Synapses(noise, cells, rising, weight=30.0, delay=0.2, dendritic_delay=1.5,
                     stdp=triplet, stp=snn.STP(U=0.5, tau_f=20.0, tau_d=30.0)),
    ]  # fmt: skip
    synapses[0].connect(snn.FixedIndegree(9))
    synapses[0].connect(p=0.1)
    synapses[1].connect(p=0.6)
    spikes = snn.SpikeMonitor(cells, name="spikes")
    weight = snn.StateMonitor(synapses[1], "w", record=[5, 70], dt=1.1, name="weight")
    counts = snn.WeightMonitor(synapses[0], bins=7, dt=5.0, name="counts")
    net = snn.Network(cells, noise, synapses, spikes, weight, counts, seed=3)

    def results() -> Results:
        return {
            "t": spikes.t,
            "i": spikes.i,
            "w": weight.w,
            "counts": counts.counts,
            "V_m": cells.V_m,
            **{f"weights{n}": made.w for n, made in enumerate(synapses)},
        }

    return net, results


# Parameters of receptors, which came later than the digests that are compared.
YOUNGER = ("tau_I", "tau_g")


def parameterized() -> Made:
    """Models with named parameters: their start, receptors of all kinds, plasticity onto them."""
    adex = snn.NeuronGroup(19, snn.AdEx(I_e=snn.Uniform(900.0, 1900.0), t_ref=0.4), name="adex")
    adex.b, adex[:9].tau_w = "rand()*80*pA", snn.Normal(100.0, 20.0, low=10.0)
    hh = snn.NeuronGroup(6, snn.HH(I_e=np.linspace(100.0, 400.0, 6)), name="hh")
    fast = snn.Exponential(3.0, snn.COBA(0.0), name="fast")
    block = snn.Exponential(20.0, snn.MgBlock(), name="block")
    current = snn.Exponential(5.0)
    synapses = [
        snn.Synapses(adex, hh, fast, weight=snn.Uniform(0.0, 4.0), delay=snn.Uniform(0.1, 2.0),
                     stdp=snn.STDP(0.4, 0.3, w_max=6.0)),
        snn.Synapses(adex, adex, current, weight=snn.Normal(40.0, 9.0), delay=0.8),
        snn.Synapses(hh, adex[4:], block, weight=0.8, delay=1.1, stp=snn.STP(0.4, 80, 20)),
        snn.Synapses(hh, adex, "jump : volt", on_pre="V_m_post += jump"),
    ]  # fmt: skip
    for made in synapses:
        made.connect(p=0.4)
    synapses[3].jump = "rand()*mV"
    synapses[3].delay = 1.3
    noise = snn.PoissonInput(hh, snn.Delta(), N=200, rate=3 * snn.Hz, weight=1.0)
    spikes = snn.SpikeMonitor(adex, "w", name="spikes")
    trace = snn.StateMonitor(hh, ["V_m", "m", "g_fast"], True, dt=0.7, name="trace")
    net = snn.Network(adex, hh, synapses, noise, spikes, trace, seed=11)

    def results() -> Results:
        return {
            "t": spikes.t,
            "i": spikes.i,
            "w at spikes": spikes.w,
            **{f"trace {name}": getattr(trace, name) for name in ("V_m", "m", "g_fast")},
            **{f"adex {n}": getattr(adex, n) for n in adex.variables() if n[:5] not in YOUNGER},
            "weights": synapses[0].w,
        }

    return net, results


MAKERS: dict[str, Callable[[], Made]] = {
    "ready": ready,
    "text": text,
    "plastic": plastic,
    "parameterized": parameterized,
}


def same(found: Results, expected: Results) -> None:
    """Every array is the same to the last bit."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.asarray(values).tobytes() == np.asarray(found[name]).tobytes(), name


def continued(
    maker: Callable[[], Made],
    duration: float,
    load: Path | None = None,
    save: Path | None = None,
    record: Path | None = None,
) -> Results:
    """What a network ends in that goes on from a checkpoint and is saved again."""
    net, results = maker()
    if load is not None:
        net.load(load)
    net.run(duration, record=record)
    if save is not None:
        net.save(save)
    return results()
