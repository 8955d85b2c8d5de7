"""Scripts of PyNEST with connections that carry values: rates, currents of astrocytes, gaps."""

from __future__ import annotations

from typing import Any

import numpy as np


def by_time(events: Any, name: str, n: int) -> np.ndarray:
    """Values of all nodes at each time, float64 (times, n)."""
    order = np.lexsort((events["senders"], events["times"]))
    return np.asarray(events[name])[order].reshape(-1, n)


def rates(nest: Any, iterated: bool) -> np.ndarray:
    """Rate neurons of two kinds, with and without delays; `iterated` as ``use_wfr``."""
    nest.ResetKernel()
    nest.use_wfr = iterated
    linear = {"sigma": 0.0, "mu": 1.0, "lambda": 0.5, "tau": 5.0}
    rectified = {"rectify_output": True, "rectify_rate": 0.4}
    a = nest.Create("lin_rate_ipn", 3, {**linear, **rectified, "rate": [0.3, 0.0, 1.0]})
    apart = {"linear_summation": False, "g": 0.7, "theta": 0.1}
    b = nest.Create("tanh_rate_ipn", 2, {"sigma": 0.0, "mu": 0.3, **apart})
    for source, target, weight, delay in (
        (a, a, 0.1, 2.0),
        (b, a, -3.0, 1.0),
        (b, b, 0.2, 2.5),
        (a, b, -0.3, None),
        (b, b, 0.1, None),
    ):
        kind = "instantaneous" if delay is None else "delayed"
        spec = {"synapse_model": f"rate_connection_{kind}", "weight": weight}
        nest.Connect(source, target, syn_spec=spec | ({"delay": delay} if delay else {}))
    meter = nest.Create("multimeter", params={"record_from": ["rate"], "interval": 0.1})
    nest.Connect(meter, a + b, syn_spec={"delay": 1.0})
    nest.Simulate(10.0)
    found = nest.GetConnections(a, b)
    found.weight = np.linspace(-0.3, 0.4, len(found))
    nest.Simulate(10.0)
    return by_time(meter.events, "rate", 5)


def multiplied(nest: Any) -> np.ndarray:
    """Rate neurons whose excitation and inhibition are multiplied with what the rate leaves."""
    nest.ResetKernel()
    nest.use_wfr = False
    common = {"mult_coupling": True, "sigma": 0.0}
    factors = {"g_ex": 0.7, "g_in": 1.2, "theta_ex": 3.0, "theta_in": 0.5}
    apart = {"linear_summation": False, "g": 0.7}
    a = nest.Create("lin_rate_ipn", 2, {**common, **factors, "mu": 1.0, "rate": [0.3, 1.0]})
    a += nest.Create("lin_rate_ipn", 1, {**common, **factors, **apart})
    b = nest.Create("tanh_rate_ipn", 1, {**common, "mu": 0.3})
    b += nest.Create("lin_rate_opn", 1, {**common, **factors, "mu": 0.5})
    for source, target, weight, delay in (
        (a, a, 0.3, 2.0), (b, a, -0.4, 1.0), (a, b, -0.3, None), (b[0], b, 0.2, None),
    ):  # fmt: skip
        kind = "instantaneous" if delay is None else "delayed"
        spec = {"synapse_model": f"rate_connection_{kind}", "weight": weight}
        nest.Connect(source, target, syn_spec=spec | ({"delay": delay} if delay else {}))
    meter = nest.Create("multimeter", params={"record_from": ["rate"], "interval": 0.1})
    nest.Connect(meter, a + b, syn_spec={"delay": 1.0})
    nest.Simulate(10.0)
    found = nest.GetConnections(a, b)
    found.weight = np.linspace(-0.3, 0.4, len(found))
    nest.Simulate(10.0)
    return by_time(meter.events, "rate", 5)


def astrocytes(nest: Any) -> tuple[np.ndarray, np.ndarray]:
    """Currents of astrocytes, with two delays, and the potentials of the neurons that get them."""
    nest.ResetKernel()
    a = nest.Create("astrocyte_lr_1994", 2, {"IP3": 0.4, "Ca_astro": [0.1, 0.25]})
    b = nest.Create("aeif_cond_alpha_astro", 2)
    spec = {"synapse_model": "sic_connection"}
    nest.Connect(a, b, "one_to_one", {**spec, "weight": 2.0, "delay": 1.0})
    nest.Connect(a[1], b[0], "one_to_one", {**spec, "weight": 1.0, "delay": 0.5})
    names = ["I_SIC", "V_m"]
    meter = nest.Create("multimeter", params={"record_from": names, "interval": 0.1})
    nest.Connect(meter, b)
    nest.Simulate(50.0)
    currents, potentials = (by_time(meter.events, name, 2) for name in names)
    return currents, potentials


def gaps(nest: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two neurons with a gap junction: times of spikes, and potentials."""
    nest.ResetKernel()
    nest.resolution = 0.05
    cells = nest.Create("hh_psc_alpha_gap", 2, {"I_e": 100.0, "V_m": [-10.0, -69.6]})
    spec = {"synapse_model": "gap_junction", "weight": 0.5}
    nest.Connect(cells, cells, {"rule": "all_to_all", "allow_autapses": False}, spec)
    meter = nest.Create("voltmeter", params={"interval": 0.1})
    nest.Connect(meter, cells)
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Simulate(351.0)
    return np.sort(recorder.events["times"]), by_time(meter.events, "V_m", 2)


PRE = [20.0, 70.0, 120.0, 220.0, 301.0, 351.0]
POST = [10.0, 60.0, 110.0, 210.0, 230.0, 310.0]
OF_CLOPATH = {
    "V_m": -70.6, "A_LTD": 14e-5, "A_LTP": 8e-5, "delay_u_bars": 4.0, "b": 0.0805,
    "V_reset": -49.6, "t_clamp": 2.0,
}  # fmt: skip


def clopath(nest: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of spikes: weights between runs, times of spikes, and potentials.

    The cells differ in the delay of their synapse, in depression, and in what makes them spike.
    """
    nest.ResetKernel()
    sets = [{}, {}, {"A_LTD_const": False, "t_ref": 3.0}]
    cells = nest.NodeCollection()
    for own in sets:
        cells = cells + nest.Create("aeif_psc_delta_clopath", 1, {**OF_CLOPATH, **own})
    given = nest.Create("spike_generator", 2, [{"spike_times": t} for t in (PRE, POST)])
    parrot = nest.Create("parrot_neuron")
    nest.Connect(given[0], parrot, syn_spec={"delay": 0.1})
    for k, (weight, delay) in enumerate(((80.0, 0.1), (120.0, 0.3), (80.0, 0.1))):
        nest.Connect(given[1], cells[k], syn_spec={"delay": 0.1, "weight": weight})
        spec = {"synapse_model": "clopath_synapse", "weight": 0.5, "delay": delay, "tau_x": 12.0}
        nest.Connect(parrot, cells[k], syn_spec=spec)
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    meter = nest.Create("voltmeter", params={"interval": 0.1})
    nest.Connect(meter, cells)
    weights = []
    for k in range(6):
        nest.Simulate(60.0)
        found = nest.GetConnections(parrot, cells)
        weights.append(found.weight)
        if k == 3:
            found.weight = [0.9, 0.8, 0.7]
    events = recorder.events
    spikes = np.stack([np.asarray(events[name]) for name in ("times", "senders")], axis=1)
    order = np.lexsort(spikes.T)
    return np.array(weights), spikes[order], by_time(meter.events, "V_m", 3)


def clopath_currents(nest: Any) -> tuple[np.ndarray, np.ndarray]:
    """Weights of currents at each spike, and the times of spikes of the targets."""
    nest.ResetKernel()
    cells = nest.Create("hh_psc_alpha_clopath", 2, {
        "I_e": [700.0, 800.0], "theta_plus": -55.0, "theta_minus": -64.0, "A_LTP": 1e-4,
        "A_LTD": 0.4, "tau_u_bar_plus": 20.0, "delay_u_bars": 2.0, "tau_syn_ex": 1.0,
        "u_bar_plus": -65.0, "u_bar_minus": -65.0})  # fmt: skip
    given = nest.Create("spike_generator", 1, {"spike_times": np.arange(3.0, 90.0, 7.3).round(1)})
    parrot = nest.Create("parrot_neuron")
    nest.Connect(given, parrot, syn_spec={"delay": 0.1})
    writer = nest.Create("weight_recorder")
    nest.CopyModel("clopath_synapse", "followed", {"weight_recorder": writer, "Wmax": 300.0})
    for delay in (0.1, 0.8):
        spec = {"synapse_model": "followed", "weight": 100.0, "delay": delay}
        nest.Connect(parrot, cells, syn_spec=spec)
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Simulate(100.0)
    events = writer.events
    columns = [np.asarray(events[name]) for name in ("weights", "targets", "times")]
    return columns[0][np.lexsort(columns)], np.sort(recorder.events["times"])


def siegert(nest: Any) -> np.ndarray:
    """Rates of populations with a drive, excitation and inhibition."""
    nest.ResetKernel()
    of_leaky = {"tau_m": 20.0, "theta": 20.0, "V_reset": 0.0}
    drive = nest.Create("siegert_neuron", params={"mean": 20000.0, "rate": 9000.0})
    cells = nest.Create("siegert_neuron", 3, params={**of_leaky, "tau_syn": [0.0, 0.5, 2.0]})
    for source, number, weight in (
        (drive, 1.0, 0.1),
        (cells[0], 1000.0, 0.1),
        (cells[2], 250.0, -0.6),
    ):
        nest.Connect(source, cells, syn_spec={
            "synapse_model": "diffusion_connection", "drift_factor": 0.02 * number * weight,
            "diffusion_factor": 0.02 * number * weight**2})  # fmt: skip
    meter = nest.Create("multimeter", params={"record_from": ["rate"], "interval": 0.1})
    nest.Connect(meter, cells)
    nest.Simulate(30.0)
    return by_time(meter.events, "rate", 3)
