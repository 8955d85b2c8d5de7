"""A network of many of NEST's models, made by PyNEST and run by the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn import nest
from distsnn.nest.kernel import kernel
from distsnn.nest.simulation.simulation import Simulation

# What makes neurons of each model spike, or move: those with sub-steps, and the others.
_DRIVEN: dict[str, dict[str, dict[str, Any]]] = {
    "sub-steps": {
        "glif_cond": {"V_m": [-60.0, -52.0, -45.0], "spike_dependent_threshold": True},
        "ht_neuron": {"V_m": [-55.0, -50.0, -45.0]},
        "gif_cond_exp": {"I_e": 400.0},
        "iaf_cond_beta": {"I_e": 400.0},
        "hh_psc_alpha_gap": {"I_e": [150.0, 200.0, 250.0]},
        "aeif_cond_alpha_astro": {"I_e": 800.0},
        "aeif_psc_delta_clopath": {"I_e": 1500.0},
        "astrocyte_lr_1994": {"delta_IP3": 0.3},
    },
    "others": {
        "glif_psc": {"V_m": [-60.0, -52.0, -45.0], "after_spike_currents": True,
                     "spike_dependent_threshold": True,
                     "adapting_threshold": True},
        "pp_psc_delta": {"I_e": 300.0, "c_1": 5.0, "t_ref_remaining": 0.0},
        "gif_psc_exp": {"I_e": 400.0},
        "gif_psc_exp_multisynapse": {"I_e": 400.0, "tau_syn": [2.0, 5.0]},
        "amat2_psc_exp": {"I_e": 700.0},
        "mat2_psc_exp": {"I_e": 700.0},
        "lin_rate_ipn": {"mu": 1.0, "sigma": 0.3},
        "siegert_neuron": {"mean": 3.0},
        "iaf_psc_delta": {"ignore_and_spike": True, "ignore_and_spike_interval": 7.0},
        "eprop_iaf_adapt": {"I_e": 600.0, "c_reg": 1.0},
        "eprop_readout": {"I_e": 100.0},
    },
    "before thresholds": {
        "iaf_psc_delta": {"I_e": 300.0},
        "izhikevich": {"I_e": 5.0},
        "aeif_psc_delta": {"I_e": 500.0},
        "gif_psc_exp": {"I_e": 400.0},
    },
}  # fmt: skip
PARTS = tuple(_DRIVEN)
_OF_SPIKES = (
    "tsodyks_synapse", "tsodyks2_synapse", "quantal_stp_synapse", "bernoulli_synapse",
    "ht_synapse", "stdp_nn_restr_synapse", "stdp_triplet_synapse",
)  # fmt: skip


_EPROP = {"synapse_model": "eprop_synapse", "weight": 0.5, "delay": 0.1}
# Connections between models of a part: source, target, synapse.
_CARRIED: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "sub-steps": [
        ("hh_psc_alpha_gap", "hh_psc_alpha_gap", {"synapse_model": "gap_junction", "weight": 0.5}),
        ("astrocyte_lr_1994", "aeif_cond_alpha_astro",
         {"synapse_model": "sic_connection", "weight": 50.0, "delay": 1.5}),
        ("aeif_psc_delta_clopath", "aeif_psc_delta_clopath",
         {"synapse_model": "clopath_synapse", "weight": 0.5, "delay": 1.0}),
    ],
    "others": [
        ("lin_rate_ipn", "lin_rate_ipn",
         {"synapse_model": "rate_connection_delayed", "weight": -0.3, "delay": 2.0}),
        ("siegert_neuron", "siegert_neuron",
         {"synapse_model": "diffusion_connection", "drift_factor": 1.0}),
        ("eprop_iaf_adapt", "eprop_iaf_adapt", _EPROP),
        ("eprop_iaf_adapt", "eprop_readout", _EPROP),
        ("eprop_readout", "eprop_iaf_adapt",
         {"synapse_model": "eprop_learning_signal_connection", "delay": 0.1}),
    ],
    "before thresholds": [],
}  # fmt: skip


def many(part: str) -> Simulation:
    """Neurons of the models of a part, driven by common ones, and synapses between these."""
    nest.ResetKernel()
    nest.rng_seed = 5
    cells = nest.Create("iaf_psc_exp", 5, {"I_e": [390.0, 420.0, 450.0, 480.0, 510.0]})
    made = {name: nest.Create(name, 3, params) for name, params in _DRIVEN[part].items()}
    rng = np.random.default_rng(2)
    for name, nodes in made.items():
        if name in {"lin_rate_ipn", "siegert_neuron", "eprop_readout"}:
            continue
        port = int("multisynapse" in name or name in {"ht_neuron", "glif_psc", "glif_cond"})
        nest.Connect(cells, nodes, syn_spec={
            "weight": rng.uniform(0.1, 2.0, (3, 5)), "delay": rng.uniform(1.0, 3.0, (3, 5)),
            "receptor_type": port})  # fmt: skip
    if part == "others":
        _of_spikes(cells, [cells])
    if part == "before thresholds":
        _of_spikes(cells, list(made.values()))
    for source, target, of_model in _CARRIED[part]:
        others = {
            "rule": "all_to_all",
            "allow_autapses": of_model["synapse_model"] != "gap_junction",
        }
        nest.Connect(made[source], made[target], others, of_model)
    return kernel.network()


def _of_spikes(cells: Any, targets: list[Any]) -> None:
    """Connections of all models of synapses from some neurons onto others."""
    rng = np.random.default_rng(4)
    transmitter = nest.Create("volume_transmitter")
    nest.Connect(cells[:2], transmitter)
    nest.CopyModel("stdp_dopamine_synapse", "dopamine", {"volume_transmitter": transmitter})
    for onto in targets:
        weight = 30.0 if onto is cells else 1.0
        for name in _OF_SPIKES:
            delay = rng.uniform(1.0, 3.0, (len(onto), 5))
            spec = {"synapse_model": name, "weight": weight, "delay": delay}
            nest.Connect(cells, onto, syn_spec=spec)
        spec = {"synapse_model": "dopamine", "weight": weight, "delay": 1.0}
        nest.Connect(cells, onto, syn_spec=spec)


def contents(made: Simulation) -> dict[str, np.ndarray]:
    """All variables of neurons and all weights, after runs of the network itself."""
    made.connected.forget_read()
    found = {
        f"{cells.group.name} {name}": np.array(getattr(cells.group, name)[:], dtype=float)
        for cells in made.cells.values()
        for name in sorted(cells.group.variables())
    }
    weights = (c for c in kernel.connections if c.base != "diffusion_connection")
    return found | {f"weights {c.number}": made.connected.weights(c) for c in weights}
