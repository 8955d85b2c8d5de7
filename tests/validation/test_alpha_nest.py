"""`LIF` with `Alpha` receptors is NEST's ``iaf_psc_alpha``, spike for spike.

So it is with time constants for each neuron, there and in ``iaf_psc_exp``.

NEST labels a spike with the end of its step. Weights below 0 go to a receptor of their own there,
and here. ``iaf_cond_alpha`` has an adaptive solver.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn

N, DURATION = 30, 400.0
MODEL = {"C_m": 250.0, "E_L": -70.0, "V_th": -55.0, "V_reset": -68.0, "t_ref": 1.5, "I_e": 380.0}


def inputs(scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spike times of each of 20 sources, and weights (20, N) of either sign."""
    rng = np.random.default_rng(7)
    times = [np.unique(np.round(rng.uniform(2, DURATION - 5, 40), 1)) for _ in range(20)]
    weights = rng.uniform(0.2, 1.0, (20, N)) * np.where(rng.random((20, 1)) < 0.75, 1.0, -1.0)
    return times, scale * weights, rng.integers(1, 30, (20, N)) * 0.1


def by_nest(nest: Any, model: str, scale: float, **values: Any) -> list[tuple[int, int]]:
    nest.ResetKernel()
    nest.resolution = 0.1
    cells, recorder = nest.Create(model, N, MODEL | values), nest.Create("spike_recorder")
    times, weights, delays = inputs(scale)
    for i, of_source in enumerate(times):
        source = nest.Create("spike_generator", 1, {"spike_times": of_source})
        spec = {"weight": weights[i][:, None], "delay": delays[i][:, None]}
        nest.Connect(source, cells, "all_to_all", spec)
    nest.Connect(cells, recorder)
    nest.Simulate(DURATION)
    found = recorder.events
    steps = np.rint(found["times"] / 0.1).astype(int) - 1
    return sorted(zip(steps.tolist(), (found["senders"] - 1).tolist(), strict=True))


def by_distsnn(
    outputs: tuple[Any, Any],
    taus: tuple[Any, Any],
    scale: float,
    tau_m: float,
    kind: type[snn.Receptor] = snn.Alpha,
) -> list[tuple[int, int]]:
    cells = snn.NeuronGroup(N, snn.LIF(tau_m=tau_m, **MODEL), name="cells")
    times, weights, delays = inputs(scale)
    index = np.repeat(np.arange(20), [t.size for t in times])
    given = snn.SpikeGeneratorGroup(20, index, np.concatenate(times) - 0.1, name="given")
    excites = (weights > 0).all(axis=1)
    sign = (1.0, -1.0) if outputs[0] == snn.CUBA() else (1.0, 1.0)
    made = []
    for n, chosen in enumerate((excites, ~excites)):
        i = np.flatnonzero(chosen)
        synapses = snn.Synapses(
            given,
            cells,
            kind(tau=taus[n], output=outputs[n]),
            weight=(sign[n] * np.abs(weights[i])).ravel(),
            delay=delays[i].ravel(),
            name=f"S{n}",
        )
        synapses.connect(snn.Pairs(np.repeat(i, N), np.tile(np.arange(N), i.size)))
        made.append(synapses)
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, given, made, spikes).run(DURATION)
    steps = np.rint(spikes.t / 0.1).astype(int)
    return sorted(zip(steps.tolist(), spikes.i.tolist(), strict=True))


@pytest.mark.parametrize(("tau_ex", "tau_in"), [(2.0, 7.5), (10.0, 10.0)])
def test_currents_spike_for_spike(peer: Any, tau_ex: float, tau_in: float) -> None:
    scale = 900.0 / tau_ex
    expected = by_nest(
        peer, "iaf_psc_alpha", scale, tau_m=10.0, tau_syn_ex=tau_ex, tau_syn_in=tau_in
    )
    found = by_distsnn((snn.CUBA(), snn.CUBA()), (tau_ex, tau_in), scale, 10.0)
    assert len(expected) > 200
    assert found == expected


# With tau_m among them.
TAUS = np.r_[10.0, np.linspace(1.0, 12.6, N - 1)], np.linspace(15.0, 0.5, N)


@pytest.mark.parametrize(
    ("model", "kind", "scale"),
    [("iaf_psc_alpha", snn.Alpha, 200.0), ("iaf_psc_exp", snn.Exponential, 400.0)],
)
def test_time_constants_for_each_neuron(peer: Any, model: str, kind: Any, scale: float) -> None:
    taus = {"tau_syn_ex": TAUS[0].tolist(), "tau_syn_in": TAUS[1].tolist()}
    expected = by_nest(peer, model, scale, tau_m=10.0, **taus)
    found = by_distsnn((snn.CUBA(), snn.CUBA()), TAUS, scale, 10.0, kind)
    assert len(expected) > 200
    assert found == expected


@pytest.mark.parametrize(
    ("model", "kind", "taus"),
    [
        ("iaf_psc_alpha_multisynapse", snn.Alpha, [0.5, 10.0, 4.0]),
        # NEST refuses the membrane's time constant here.
        ("iaf_psc_exp_multisynapse", snn.Exponential, [0.5, 9.5, 4.0]),
    ],
)
def test_a_receptor_for_each_port(peer: Any, model: str, kind: Any, taus: list[float]) -> None:
    """Weights of either sign to each of three ports."""
    times, weights, delays = inputs(250.0)
    peer.ResetKernel()
    peer.resolution = 0.1
    cells = peer.Create(model, N, MODEL | {"tau_m": 10.0, "tau_syn": taus})
    recorder = peer.Create("spike_recorder")
    peer.Connect(cells, recorder)
    for i, of_source in enumerate(times):
        source = peer.Create("spike_generator", 1, {"spike_times": of_source})
        spec = {"weight": weights[i][:, None], "delay": delays[i][:, None]}
        peer.Connect(source, cells, "all_to_all", spec | {"receptor_type": 1 + i % 3})
    peer.Simulate(DURATION)
    steps = np.rint(recorder.events["times"] / 0.1).astype(int) - 1
    expected = sorted(zip(steps.tolist(), (recorder.events["senders"] - 1).tolist(), strict=True))

    group = snn.NeuronGroup(N, snn.LIF(tau_m=10.0, **MODEL), name="cells")
    index = np.repeat(np.arange(20), [t.size for t in times])
    given = snn.SpikeGeneratorGroup(20, index, np.concatenate(times) - 0.1, name="given")
    synapses = []
    for port, tau in enumerate(taus):
        i = np.arange(port, 20, 3)
        made = snn.Synapses(
            given, group, kind(tau), weight=weights[i].ravel(), delay=delays[i].ravel()
        )
        made.connect(snn.Pairs(np.repeat(i, N), np.tile(np.arange(N), i.size)))
        synapses.append(made)
    spikes = snn.SpikeMonitor(group)
    snn.Network(group, given, synapses, spikes).run(DURATION)
    steps = np.rint(spikes.t / 0.1).astype(int)
    assert len(expected) > 200
    assert sorted(zip(steps.tolist(), spikes.i.tolist(), strict=True)) == expected


def test_conductances(peer: Any) -> None:
    """Fixed steps of second order against an adaptive solver: rare spikes are a step aside."""
    values = {"g_L": 25.0, "E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 1.0, "tau_syn_in": 4.0}
    expected = by_nest(peer, "iaf_cond_alpha", 30.0, **values)
    outputs = snn.COBA(0.0), snn.COBA(-80.0)
    found = by_distsnn(outputs, (1.0, 4.0), 30.0, 10.0)
    assert len(expected) > 200
    assert abs(len(found) - len(expected)) <= 0.01 * len(expected)
    assert len(set(found) & set(expected)) > 0.9 * len(expected)


def test_plasticity(peer: Any) -> None:
    """Weights that change with spike timing, and short-term plasticity, onto `Alpha`.

    NEST's delays are dendritic with the first; a parrot is a step later than its generator.
    """
    n, w_max = 10, 120.0
    rng = np.random.default_rng(3)
    times = [np.unique(np.round(rng.uniform(2, DURATION - 5, 40), 1)) for _ in range(2 * n)]
    start, delay = rng.uniform(20.0, 100.0, (2 * n, N)), rng.integers(1, 30, (2 * n, N)) * 0.1

    peer.ResetKernel()
    peer.resolution = 0.1
    cells = peer.Create("iaf_psc_alpha", N, MODEL | {"tau_minus": 23.0, "tau_syn_ex": 2.0})
    recorder = peer.Create("spike_recorder")
    peer.Connect(cells, recorder)
    parrots = peer.Create("parrot_neuron", 2 * n)
    timing = {"lambda": 0.05, "alpha": 1.1, "Wmax": w_max, "mu_plus": 0.0, "mu_minus": 0.0}
    peer.CopyModel("stdp_synapse", "timing", timing | {"tau_plus": 17.0})
    short_term = {"U": 0.35, "u": 0.35, "x": 1.0, "tau_fac": 60.0, "tau_rec": 110.0}
    peer.CopyModel("tsodyks2_synapse", "short", short_term)
    for i, of_source in enumerate(times):
        source = peer.Create("spike_generator", 1, {"spike_times": of_source})
        peer.Connect(source, parrots[i], syn_spec={"delay": 0.1})
        values = {"weight": start[i][:, None], "delay": delay[i][:, None]}
        model = "timing" if i < n else "short"
        peer.Connect(parrots[i], cells, "all_to_all", {"synapse_model": model} | values)
    peer.Simulate(DURATION)
    steps = np.rint(recorder.events["times"] / 0.1).astype(int) - 1
    expected = sorted(zip(steps.tolist(), (recorder.events["senders"] - 1).tolist(), strict=True))

    group = snn.NeuronGroup(N, snn.LIF(**MODEL), name="cells")
    index = np.repeat(np.arange(2 * n), [t.size for t in times])
    given = snn.SpikeGeneratorGroup(2 * n, index, np.concatenate(times), name="given")
    rule = snn.STDP(
        0.05 * w_max, 0.055 * w_max, tau_plus=17.0, tau_minus=23.0, w_max=w_max,
        coincidence="ignore", transmits="after",
    )  # fmt: skip
    stp = snn.STP(U=0.35, tau_f=60.0, tau_d=110.0, u="after", x="before", u_0=0.0)
    exc = snn.Alpha(2.0)
    first = snn.Synapses(
        given[:n], group, exc, weight=start[:n], delay=0.0, dendritic_delay=delay[:n], stdp=rule
    )
    second = snn.Synapses(given[n:], group, exc, weight=start[n:], delay=delay[n:], stp=stp)
    for made in (first, second):
        made.connect(snn.AllToAll())
    spikes = snn.SpikeMonitor(group)
    snn.Network(group, given, first, second, spikes).run(DURATION)
    steps = np.rint(spikes.t / 0.1).astype(int)
    found = sorted(zip(steps.tolist(), spikes.i.tolist(), strict=True))
    assert len(expected) > 200
    assert found == expected
    assert np.abs(first.w - start[:n].ravel()).max() > 10.0
