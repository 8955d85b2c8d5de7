"""A script of PyNEST whose weights are recorded when they are transmitted."""

from __future__ import annotations

from typing import Any

import numpy as np


def sent(nest: Any) -> dict[str, np.ndarray]:
    """Columns of what several models of synapses have sent, sorted."""
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 4, params={"I_e": [380.0, 400.0, 450.0, 500.0]})
    given = nest.Create(
        "spike_generator", 2, [{"spike_times": t} for t in ([3.0, 9.0], [4.0, 30.0])]
    )
    parrots = nest.Create("parrot_neuron", 2)
    nest.Connect(given, parrots, "one_to_one")
    recorder = nest.Create("weight_recorder", params={"start": 5.0})
    some = nest.Create("weight_recorder")
    some.set(senders=cells[1:], targets=cells[:2])
    delays = {"stdp_synapse": 1.5, "tsodyks_synapse": 1.0, "static_synapse": 1.2}
    for name, delay in delays.items():
        nest.CopyModel(name, f"{name}_rec", {"weight_recorder": recorder})
        spec = {"synapse_model": f"{name}_rec", "delay": delay}
        nest.Connect(parrots, cells, syn_spec={**spec, "weight": 60.0})
        if name == "static_synapse":
            spec["weight"] = np.array([[-3.0, 4.0, 5.0, 6.0]] * 4)
        nest.Connect(cells, cells, syn_spec={"weight": 20.0, **spec})
    nest.CopyModel("stdp_triplet_synapse", "some", {"weight_recorder": some})
    nest.Connect(cells, cells, syn_spec={"synapse_model": "some", "weight": 7.0, "delay": 2.0})
    nest.Simulate(50.0)
    static = nest.GetConnections(parrots, cells, "static_synapse_rec")
    static.weight = np.arange(len(static)) + 1.0
    nest.Simulate(50.0)
    columns = {}
    for node in (recorder, some):
        events = node.events
        order = np.lexsort(
            [np.asarray(events[n]) for n in ("weights", "targets", "senders", "times")]
        )
        for name in ("times", "senders", "targets", "receptors", "weights"):
            columns[f"{name}_{node.global_id}"] = np.asarray(events[name])[order]
    return columns
