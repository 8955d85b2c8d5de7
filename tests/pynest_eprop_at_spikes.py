"""A script of PyNEST that learns by e-prop at each spike."""

from __future__ import annotations

from typing import Any

import numpy as np

_CELLS = {
    "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "tau_m": 20.0, "V_th": 0.6, "c_reg": 0.3, "kappa": 0.9,
    "kappa_reg": 0.95, "f_target": 10.0, "t_ref": 2.0, "surrogate_gradient_height": 0.5,
    "surrogate_gradient_width": 0.6, "eprop_isi_trace_cutoff": 15.0,
}  # fmt: skip
_ADAPTS = {"adapt_tau": 200.0, "adapt_beta": 0.17}
_STEPS = 240
DESCENT = {"type": "gradient_descent", "batch_size": 3, "eta": 1e-3, "Wmin": -1.0, "Wmax": 1.0}
ADAM = {"type": "adam", "batch_size": 1, "eta": 1e-3, "epsilon": 1e-8}
CASES = (
    ("", {**ADAM, "optimize_each_step": True}, "piecewise_linear"),
    ("_psc_delta", {**DESCENT, "optimize_each_step": False}, "exponential"),
)


def eprop_at_spikes(
    nest: Any, model: str, optimizer: dict[str, Any], gradient: str
) -> dict[str, Any]:
    """Run it from the beginning; everything that was recorded or can be read, in one order."""
    rng = np.random.default_rng(4)
    nest.ResetKernel()
    nest.resolution = 1.0
    given, parrots = nest.Create("spike_generator", 6), nest.Create("parrot_neuron", 6)
    params = {**_CELLS, "surrogate_gradient_function": gradient}
    params |= {"V_reset": -0.1} if model else {}
    cells = nest.Create(f"eprop_iaf{model}", 3, params)
    cells += nest.Create(f"eprop_iaf{model}_adapt", 3, {**params, **_ADAPTS})
    readouts = nest.Create("eprop_readout", 2, {"C_m": 1.0, "tau_m": 20.0})
    targets, window = nest.Create("step_rate_generator", 2), nest.Create("step_rate_generator")
    weights = nest.Create("weight_recorder", {"senders": parrots[:2] + cells[:2]})
    meters = [
        nest.Create("multimeter", {"interval": 1.0, "record_from": names})
        for names in (
            ["V_m", "surrogate_gradient", "learning_signal"],
            ["V_m", "readout_signal", "target_signal", "error_signal"],
            ["V_th_adapt", "adaptation"],
        )
    ]
    spikes = nest.Create("spike_recorder")
    nest.SetDefaults("eprop_synapse", {"optimizer": optimizer, "weight_recorder": weights})
    others = {"rule": "all_to_all", "allow_autapses": False}
    base = {"synapse_model": "eprop_synapse", "delay": 1.0}
    nest.Connect(given, parrots, "one_to_one")
    for source, target, bounds in ((parrots, cells, (-0.1, 0.7)), (cells, cells, (-0.3, 0.3)),
                                   (cells, readouts, (-0.9, 0.9))):  # fmt: skip
        drawn = rng.uniform(*bounds, (len(target), len(source)))
        nest.Connect(source, target, others, {**base, "weight": drawn})
    back = {"synapse_model": "eprop_learning_signal_connection", "delay": 1.0}
    nest.Connect(readouts, cells, others, {**back, "weight": rng.normal(0.0, 1.0, (6, 2))})
    rates = {"synapse_model": "rate_connection_delayed", "delay": 1.0}
    nest.Connect(targets, readouts, "one_to_one", {**rates, "receptor_type": 2})
    nest.Connect(window, readouts, "all_to_all", {**rates, "receptor_type": 1})
    nest.Connect(cells, spikes)
    nest.Connect(meters[0], cells)
    nest.Connect(meters[1], readouts)
    nest.Connect(meters[2], cells[3:])
    given.set([{"spike_times": np.flatnonzero(rng.random(_STEPS) < p) + 1.0}
               for p in (0.3, 0.2, 0.1, 0.02, 0.01, 0.25)])  # fmt: skip
    times = np.arange(0.0, _STEPS, 5.0) + 4.0
    targets.set([{"amplitude_times": times, "amplitude_values": rng.random(times.size)}
                 for _ in range(2)])  # fmt: skip
    window.set({"amplitude_times": [10.0, 90.0, 130.0], "amplitude_values": [1.0, 0.0, 1.0]})
    nest.GetConnections(parrots[0], cells[:2], "eprop_synapse").set(weight=[0.4, 0.5])
    nest.Simulate(_STEPS / 2.0)
    if not optimizer["optimize_each_step"]:
        # The rate of the next change but one; NEST takes it for steps before, where each counts.
        nest.SetDefaults("eprop_synapse", {"optimizer": {"eta": 2.0 * optimizer["eta"]}})
    nest.GetConnections(parrots[1], cells[:1], "eprop_synapse").set(weight=0.3)
    nest.Simulate(_STEPS / 2.0 + 12.0)
    found = {}
    for node in (spikes, weights, *meters):
        events = node.events
        names = [n for n in ("targets", "senders", "times") if n in events]
        order = np.lexsort([events[name] for name in names])
        for name in sorted({*events} - {"ports"}):
            found[f"{name} of {node.global_id}"] = np.asarray(events[name], dtype=float)[order]
    made = nest.GetConnections(synapse_model="eprop_synapse").get(["source", "target", "weight"])
    order = np.lexsort([made["target"], made["source"]])
    return found | {"weights": np.array(made["weight"])[order]}
