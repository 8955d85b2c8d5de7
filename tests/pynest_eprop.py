"""A script of PyNEST that learns by e-prop."""

from __future__ import annotations

from typing import Any

import numpy as np

_SYNAPSE = "eprop_synapse_bsshslm_2020"
_BASE = {"synapse_model": _SYNAPSE, "delay": 1.0, "tau_m_readout": 20.0}
_CELLS = {
    "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "tau_m": 20.0, "V_th": 0.6, "c_reg": 30.0,
    "f_target": 10.0, "t_ref": 2.0, "surrogate_gradient_height": 0.5,
    "surrogate_gradient_width": 0.6,
}  # fmt: skip
# Steps of an interval and of its window, and the number of intervals.
_T, _WINDOW, _N = 40, 25, 6
_AT_RATES = {
    "piecewise_linear": "fast_sigmoid_derivative",
    "exponential": "arctan_derivative",
}


def eprop(nest: Any, loss: str, optimizer: dict[str, Any], gradient: str) -> dict[str, Any]:
    """Run it from the beginning; everything that was recorded or can be read, in one order."""
    rng = np.random.default_rng(4)
    nest.ResetKernel()
    nest.set(resolution=1.0, eprop_learning_window=float(_WINDOW),
             eprop_update_interval=float(_T))  # fmt: skip
    given, parrots = nest.Create("spike_generator", 6), nest.Create("parrot_neuron", 6)
    plain = {**_CELLS, "surrogate_gradient_function": gradient}
    adaptive = {**_CELLS, "adapt_tau": 200.0, "adapt_beta": 0.17,
                "surrogate_gradient_function": _AT_RATES[gradient]}  # fmt: skip
    cells = nest.Create("eprop_iaf_bsshslm_2020", 3, plain)
    cells += nest.Create("eprop_iaf_adapt_bsshslm_2020", 3, adaptive)
    params = {"C_m": 1.0, "tau_m": 20.0, "loss": loss, "regular_spike_arrival": False}
    readouts = nest.Create("eprop_readout_bsshslm_2020", 2, params)
    targets = nest.Create("step_rate_generator", 2)
    weights = nest.Create("weight_recorder", {"senders": parrots[:2] + cells[:2]})
    meters = [
        nest.Create("multimeter", {"interval": 1.0, "record_from": names})
        for names in (
            ["V_m", "surrogate_gradient", "learning_signal"],
            ["V_m", "readout_signal", "readout_signal_unnorm", "target_signal", "error_signal"],
        )
    ]
    spikes = nest.Create("spike_recorder")
    nest.SetDefaults(_SYNAPSE, {"optimizer": optimizer, "average_gradient": True,
                                "weight_recorder": weights})  # fmt: skip
    others = {"rule": "all_to_all", "allow_autapses": False}
    nest.Connect(given, parrots, "one_to_one")
    for source, target, bounds in ((parrots, cells, (-0.1, 0.7)), (cells, cells, (-0.3, 0.3)),
                                   (cells, readouts, (-0.9, 0.9))):  # fmt: skip
        drawn = rng.uniform(*bounds, (len(target), len(source)))
        nest.Connect(source, target, others, {**_BASE, "weight": drawn})
    back = "eprop_learning_signal_connection_bsshslm_2020"
    nest.Connect(readouts, cells, others, {"synapse_model": back, "delay": 1.0,
                                           "weight": rng.normal(0.0, 1.0, (6, 2))})  # fmt: skip
    rates = {"synapse_model": "rate_connection_delayed", "delay": 1.0}
    nest.Connect(targets, readouts, "one_to_one", {**rates, "receptor_type": 2})
    if loss == "cross_entropy":
        nest.Connect(readouts, readouts, others, {**rates, "receptor_type": 1})
    nest.Connect(cells, spikes)
    nest.Connect(meters[0], cells)
    nest.Connect(meters[1], readouts)
    given.set([{"spike_times": np.flatnonzero(rng.random(_T * _N) < p) + 1.0}
               for p in (0.3, 0.2, 0.1, 0.02, 0.01, 0.25)])  # fmt: skip
    times = np.arange(0.0, _T * _N, 5.0) + 4.0
    targets.set([{"amplitude_times": times, "amplitude_values": rng.random(times.size)}
                 for _ in range(2)])  # fmt: skip
    last = nest.Create("spike_generator", 1, {"spike_times": [_T * _N + 5.0]})
    nest.Connect(last, parrots + cells, "all_to_all", {"weight": 1000.0})
    nest.GetConnections(parrots[0], cells[:2], _SYNAPSE).set(weight=[0.4, 0.5])
    nest.Simulate(_T * _N / 2.0)
    # The rate of the next change but one.
    nest.SetDefaults(_SYNAPSE, {"optimizer": {"eta": 2.0 * optimizer["eta"]}})
    nest.Simulate(_T * _N / 2.0 + 12.0)
    found = {}
    for node in (spikes, weights, *meters):
        events = node.events
        names = [n for n in ("targets", "senders", "times") if n in events]
        order = np.lexsort([events[name] for name in names])
        for name in sorted({*events} - {"ports"}):
            found[f"{name} of {node.global_id}"] = np.asarray(events[name], dtype=float)[order]
    made = nest.GetConnections(synapse_model=_SYNAPSE).get(["source", "target", "weight"])
    order = np.lexsort([made["target"], made["source"]])
    return found | {"weights": np.array(made["weight"])[order]}


DESCENT = {"type": "gradient_descent", "batch_size": 2, "eta": 1e-2, "Wmin": -1.0, "Wmax": 1.0}
ADAM = {"type": "adam", "batch_size": 1, "eta": 5e-3, "epsilon": 1e-8}
CASES = (
    ("cross_entropy", ADAM, "piecewise_linear"),
    ("mean_squared_error", DESCENT, "exponential"),
)
