"""A script of PyNEST whose parrots are targets of neurons and of plastic synapses."""

from __future__ import annotations

from typing import Any

import numpy as np

TIMES = [3.0, 10.0, 12.0, 30.0, 31.5], [5.0, 11.0, 33.0, 70.0], [2.0, 40.0]


def parrots(nest: Any) -> dict[str, np.ndarray]:
    """Spikes of all parrots, and what plastic synapses onto them have sent, by time."""
    nest.ResetKernel()
    given = nest.Create("spike_generator", 3, [{"spike_times": t} for t in TIMES])
    trains = nest.Create("parrot_neuron", 3)
    nest.Connect(given, trains, "one_to_one", {"delay": 0.5})
    cells = nest.Create("iaf_psc_exp", 2, params={"I_e": [400.0, 500.0]})
    relays = nest.Create("parrot_neuron", 2)
    further = nest.Create("parrot_neuron")
    nest.Connect(cells, relays, "one_to_one", {"delay": 1.2, "weight": -3.0})
    nest.Connect(trains[:1], relays[0], syn_spec={"delay": 0.8, "weight": 0.0})
    nest.Connect(relays[1], further, syn_spec={"delay": 0.4})
    recorder = nest.Create("weight_recorder")
    nest.CopyModel("stdp_synapse", "learning", {"weight_recorder": recorder, "Wmax": 2.0})
    spec = {"synapse_model": "learning", "delay": 1.5}
    # What arrives at port 1 is not repeated.
    nest.Connect(trains[:1], trains[1:], syn_spec={**spec, "receptor_type": 1})
    nest.Connect(cells, trains[2], syn_spec={**spec, "receptor_type": 1})
    nest.Connect(trains[1], relays, syn_spec={**spec, "delay": 0.9})
    nest.Connect(relays, cells, syn_spec={"weight": 30.0, "delay": 2.0})
    spikes = nest.Create("spike_recorder")
    nest.Connect(trains + cells + relays + further, spikes)
    nest.Simulate(80.0)
    events, found = recorder.events, spikes.events
    names = ("times", "senders", "targets", "weights")
    columns = [np.asarray(events[name]) for name in names]
    order = np.lexsort(columns[::-1])
    times, senders = (np.asarray(found[name]) for name in ("times", "senders"))
    by_time = np.lexsort((senders, times))
    return {
        **{name: column[order] for name, column in zip(names, columns, strict=True)},
        "spike_times": times[by_time],
        "spike_senders": senders[by_time],
    }
