"""A script of PyNEST with synapses that pair the last spikes, and those that dopamine changes."""

from __future__ import annotations

from typing import Any

import numpy as np

PRE = [3.0, 10.0, 12.0, 30.0, 31.5, 70.0, 71.0, 120.0, 150.0]


def learning(nest: Any) -> dict[str, Any]:
    """Spikes, and columns of what the synapses have sent, sorted."""
    nest.ResetKernel()
    given = nest.Create(
        "spike_generator", 3, [{"spike_times": t} for t in (PRE, [5.0, 40.0, 41.0, 90.0], [1.0])]
    )
    parrots = nest.Create("parrot_neuron", 3)
    nest.Connect(given, parrots, "one_to_one", {"delay": 0.1})
    cells = nest.Create("iaf_psc_exp", 3, params={"I_e": [380.0, 420.0, 500.0]})
    # The shortest delay is a step, so that NEST takes in spikes of all sides in their order.
    nest.Connect(parrots[2], cells, syn_spec={"weight": 1.0, "delay": 0.1})
    dopaminergic = nest.Create("iaf_psc_exp", 1, params={"I_e": 450.0})
    transmitter = nest.Create("volume_transmitter")
    nest.Connect(dopaminergic + parrots[1], transmitter, syn_spec={"delay": 1.3})
    recorder = nest.Create("weight_recorder")
    nest.CopyModel("stdp_nn_restr_synapse", "restricted", {"weight_recorder": recorder})
    nest.CopyModel("stdp_dopamine_synapse", "rewarded", {
        "weight_recorder": recorder, "volume_transmitter": transmitter, "b": 0.002, "tau_c": 100.0,
        "tau_n": 30.0, "Wmax": 66.0, "Wmin": 44.0})  # fmt: skip
    for k in range(2):
        nest.Connect(parrots[:1] + cells, cells[k + 1], syn_spec={
            "synapse_model": "restricted", "weight": 60.0, "Wmax": 90.0, "lambda": 0.1,
            "mu_plus": 0.4 + k, "mu_minus": 0.6, "delay": 1.5 + k})  # fmt: skip
    for delay in (0.1, 1.5):
        nest.Connect(parrots[:1] + cells, cells, syn_spec={
            "synapse_model": "rewarded", "weight": 55.0, "delay": delay})  # fmt: skip
    spikes = nest.Create("spike_recorder")
    nest.Connect(cells + dopaminergic, spikes)
    nest.Simulate(200.0)
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
