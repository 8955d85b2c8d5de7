"""Networks of PyNEST in which all synapses with statements, or currents, reach one neuron model."""

from __future__ import annotations

from typing import Any

import numpy as np

# Synapses whose statements name what they add to; nothing is left to chance.
_SYNAPSES: dict[str, dict[str, float]] = {
    "static_synapse": {},
    "tsodyks_synapse": {"tau_rec": 100.0, "tau_fac": 50.0, "U": 0.3},
    "tsodyks2_synapse": {"tau_rec": 100.0, "tau_fac": 50.0, "U": 0.3, "u": 0.3},
    "ht_synapse": {"tau_P": 50.0},
    "bernoulli_synapse": {"p_transmit": 1.0},
    "quantal_stp_synapse": {"U": 1.0, "u": 1.0, "n": 2, "a": 2, "tau_rec": 1e-3},
    "stdp_nn_restr_synapse": {},
    "dopamine": {"c": 0.3},
}
_PORTS = ("ht_neuron", "glif_psc", "glif_cond", "glif_psc_double_alpha", "iaf_bw_2001")
# Neurons that spike by chance do not spike.
_QUIET: dict[str, dict[str, float]] = {
    "gif_psc_exp": {"lambda_0": 1e-12},
    "gif_psc_exp_multisynapse": {"lambda_0": 1e-12},
    "gif_cond_exp": {"lambda_0": 1e-12},
    "gif_cond_exp_multisynapse": {"lambda_0": 1e-12},
    "pp_psc_delta": {"c_3": 0.0},
}
Columns = dict[str, np.ndarray]


def _begin(nest: Any) -> None:
    nest.ResetKernel()
    # With a longer one NEST changes weights by dopamine before spikes that it came after.
    nest.set(min_delay=0.1, max_delay=10.0)


def _recorded(nest: Any, cells: Any) -> tuple[Any, Any]:
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.1})
    nest.Connect(meter, cells)
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    return meter, recorder


def _columns(meter: Any, recorder: Any) -> Columns:
    """Potentials and spikes by neuron and time."""
    events, spikes = meter.events, recorder.events
    order = np.lexsort((events["times"], events["senders"]))
    spiked = np.lexsort((spikes["times"], spikes["senders"]))
    return {
        "V_m": np.asarray(events["V_m"])[order],
        "times": np.round(np.asarray(spikes["times"])[spiked], 6),
        "senders": np.asarray(spikes["senders"])[spiked],
    }


def reached_by_statements(
    nest: Any, model: str, weight: float, current: float, duration: float = 40.0
) -> Columns:
    """One neuron for each model of synapses, which spikes of two parrots reach.

    Weights are those that spikes find.
    """
    _begin(nest)
    transmitter = nest.Create("volume_transmitter")
    parrots = nest.Create("parrot_neuron", 3)
    given = nest.Create("spike_generator", 3, [
        {"spike_times": [1.0, 3.0, 4.0, 9.0, 9.5, 15.0, 22.0, 22.2, 30.0]},
        {"spike_times": [2.0, 3.0, 3.5, 10.0, 18.0, 25.0, 31.0]},
        {"spike_times": [5.0, 12.0, 20.0]},
    ])  # fmt: skip
    nest.Connect(given, parrots, "one_to_one")
    nest.Connect(parrots[2], transmitter)
    dopamine = {"volume_transmitter": transmitter, "Wmin": -1e6, "Wmax": 1e6, "b": 0.01}
    nest.CopyModel("stdp_dopamine_synapse", "dopamine", dopamine)
    cells = nest.Create(model, len(_SYNAPSES), _QUIET.get(model, {}))
    steps = {"amplitude_times": [6.0, 16.0], "amplitude_values": [current, 0.0]}
    step = nest.Create("step_current_generator", params=steps)
    nest.Connect(step, cells)
    weights = nest.Create("weight_recorder")
    port = int("multisynapse" in model or model in _PORTS)
    for k, (name, values) in enumerate(_SYNAPSES.items()):
        nest.CopyModel(name, f"{name}_recorded", {"weight_recorder": weights})
        for j in (0, 1):
            spec = {"synapse_model": f"{name}_recorded", "weight": weight * (1 + j),
                    "delay": 1.0 + 0.5 * j, "receptor_type": port, **values}  # fmt: skip
            nest.Connect(parrots[j], cells[k], syn_spec=spec)
    recorded = _recorded(nest, cells)
    nest.Simulate(duration)
    sent = weights.events
    # What is still on its way at the end is taken in early by NEST.
    keep = np.flatnonzero(np.asarray(sent["times"]) < duration - 5.0)
    ends = (np.asarray(sent[x])[keep] for x in ("times", "senders", "targets"))
    order = np.lexsort(tuple(ends))
    found = {f"sent {x}": np.asarray(sent[x])[keep][order]
             for x in ("times", "senders", "targets", "weights")}  # fmt: skip
    return found | _columns(*recorded)


def reached_by_currents(
    nest: Any, model: str, current: float, params: dict[str, Any] | None = None
) -> Columns:
    """Three neurons with the current of a device each, through weights and delays."""
    _begin(nest)
    cells = nest.Create(model, 3, {**_QUIET.get(model, {}), **(params or {})})
    devices: list[tuple[str, dict[str, Any], float, float]] = [
        ("dc_generator", {"amplitude": current, "start": 6.0, "stop": 16.0}, 1.0, 1.0),
        ("ac_generator", {"amplitude": current, "frequency": 50.0, "start": 3.0}, 1.0, 1.5),
        ("step_current_generator", {"amplitude_times": [6.0, 16.0, 26.0, 36.0],
                                    "amplitude_values": [current, 0.0, -current, 0.0]}, 0.5, 2.0),
    ]  # fmt: skip
    for k, (device, given, weight, delay) in enumerate(devices):
        made = nest.Create(device, params=given)
        nest.Connect(made, cells[k], syn_spec={"weight": weight, "delay": delay})
    recorded = _recorded(nest, cells)
    nest.Simulate(40.0)
    return _columns(*recorded)
