"""Built-in models that are equations agree with NEST's.

NEST's ``izhikevich`` takes the same Euler steps: equal to rounding. Its ``aeif_cond_exp`` and
``hh_cond_exp_traub`` have adaptive solvers; ours has fixed steps, whose error must fall with the
order of the method. NEST labels a spike with the end of its step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import distsnn as snn

DURATION = 300.0
INPUT = np.array([20.0, 22.0, 40.0, 60.0, 61.0, 62.0])


def by_nest(nest: Any, model: str, weights: list[float], **values: float) -> dict[str, np.ndarray]:
    nest.ResetKernel()
    nest.resolution = 0.1
    neuron, recorder = nest.Create(model, 1, values), nest.Create("spike_recorder")
    source = nest.Create("spike_generator", 1, {"spike_times": INPUT})
    meter = nest.Create("multimeter", 1, {"record_from": ["V_m"], "interval": 0.1})
    for weight in weights:
        nest.Connect(source, neuron, syn_spec={"weight": weight, "delay": 1.0})
    nest.Connect(neuron, recorder)
    nest.Connect(meter, neuron)
    nest.Simulate(DURATION)
    return {"t": recorder.events["times"] - 0.1, "V_m": meter.events["V_m"]}


def by_distsnn(
    model: snn.NeuronModel, weights: list[float], dt: float = 0.1
) -> dict[str, np.ndarray]:
    cells = snn.NeuronGroup(1, model, name="cells")
    source = snn.SpikeGeneratorGroup(1, [0] * INPUT.size, INPUT - dt, name="source")
    receptors = snn.Exponential(2.0, snn.COBA(0.0)), snn.Exponential(8.0, snn.COBA(-85.0))
    synapses = []
    for receptor, weight in zip(receptors, weights, strict=False):
        made = snn.Synapses(source, cells, receptor, weight=abs(weight), delay=1.0)
        made.connect()
        synapses.append(made)
    spikes, trace = snn.SpikeMonitor(cells), snn.StateMonitor(cells, "V_m", record=True)
    snn.Network(cells, source, synapses, spikes, trace, dt=dt).run(DURATION)
    # A sample here is of the start of a step, there of its end.
    return {"t": spikes.t, "V_m": trace.V_m[0, 1:]}


def test_izhikevich(peer: Any) -> None:
    expected = by_nest(peer, "izhikevich", [], I_e=10.0, V_m=-65.0, U_m=-13.0)
    found = by_distsnn(snn.Izhikevich(I_e=10.0), [])
    assert expected["t"].size == 8
    np.testing.assert_allclose(found["t"], expected["t"], atol=1e-9)
    # NEST's recorder misses the last millisecond.
    n = expected["V_m"].size
    np.testing.assert_allclose(found["V_m"][:n], expected["V_m"], atol=1e-9)


def test_izhikevich_with_jumps(peer: Any) -> None:
    """NEST adds what arrives in a step before it compares, as `Delta` does."""
    rng = np.random.default_rng(5)
    times = np.unique(np.round(rng.uniform(5.0, DURATION - 5.0, 400), 1))
    peer.ResetKernel()
    peer.resolution = 0.1
    neuron = peer.Create("izhikevich", 1, {"I_e": 3.0, "V_m": -65.0, "U_m": -13.0})
    recorder = peer.Create("spike_recorder")
    source = peer.Create("spike_generator", 1, {"spike_times": times})
    peer.Connect(source, neuron, syn_spec={"weight": 7.5, "delay": 0.3})
    peer.Connect(neuron, recorder)
    peer.Simulate(DURATION)
    cells = snn.NeuronGroup(1, snn.Izhikevich(I_e=3.0), name="cells")
    given = snn.SpikeGeneratorGroup(1, [0] * times.size, times - 0.1, name="given")
    synapses = snn.Synapses(given, cells, snn.Delta(), weight=7.5, delay=0.3)
    synapses.connect()
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, given, synapses, spikes).run(DURATION)
    assert spikes.num_spikes > 10
    np.testing.assert_allclose(spikes.t, recorder.events["times"] - 0.1, atol=1e-9)


def test_adex_with_two_conductances(peer: Any) -> None:
    values = {"I_e": 700.0, "C_m": 281.0, "g_L": 30.0, "E_L": -70.6, "V_th": -50.4, "a": 4.0}
    values |= {"b": 80.5, "tau_w": 144.0, "V_peak": 0.0, "V_reset": -60.0, "t_ref": 0.0}
    values |= {"V_m": -70.6, "Delta_T": 2.0, "gsl_error_tol": 1e-10}
    synapses = {"tau_syn_ex": 2.0, "tau_syn_in": 8.0, "E_ex": 0.0, "E_in": -85.0}
    expected = by_nest(peer, "aeif_cond_exp", [20.0, -10.0], **values, **synapses)
    found = by_distsnn(snn.AdEx(I_e=700.0), [20.0, -10.0])
    assert expected["t"].size == 4
    first = int(expected["t"][0] / 0.1) - 10
    np.testing.assert_allclose(found["V_m"][:first], expected["V_m"][:first], atol=1e-6)
    # A spike within a step: NEST resets at its moment, a fixed step at its end.
    np.testing.assert_allclose(found["t"], expected["t"], atol=0.3)


def test_hodgkin_huxley_converges_to_it(peer: Any) -> None:
    expected = np.diff(by_nest(peer, "hh_cond_exp_traub", [], I_e=300.0, V_m=-60.0)["t"])[4:]
    assert expected.size == 13
    errors = [
        abs(np.diff(by_distsnn(snn.HH(I_e=300.0), [], dt)["t"])[4:].mean() - expected.mean())
        for dt in (0.1, 0.05, 0.025)
    ]
    # The mean of 13 intervals is known to 0.1/13 ms.
    assert errors[0] < 0.25
    assert errors[1] < errors[0] / 2.4
    assert errors[2] < 0.04
