"""A script of PyNEST with devices, plasticity, several models, and weights set between runs."""

from __future__ import annotations

import numpy as np

from distsnn import nest


def script(seed: int = 3) -> dict[str, list[float]]:
    """Run it from the beginning; everything that was recorded or can be read."""
    nest.ResetKernel()
    nest.rng_seed = seed
    ex = nest.Create("iaf_psc_exp", 24, params={"V_m": nest.random.uniform(-70.0, -56.0)})
    inh = nest.Create("iaf_psc_exp", 6, params={"I_e": 350.0, "tau_syn_in": 4.0})
    ports = nest.Create("iaf_psc_exp_multisynapse", 5, params={"tau_syn": [2.0, 5.0]})
    adaptive = nest.Create("aeif_cond_alpha", 5, params={"I_e": 600.0, "tau_syn_ex": 1.0})
    parrots = nest.Create("parrot_neuron", 4)
    noise = nest.Create("poisson_generator", params={"rate": 9000.0})
    trains = nest.Create("sinusoidal_poisson_generator", 2, params={
        "rate": 300.0, "amplitude": 200.0, "frequency": 20.0, "start": 5.0})  # fmt: skip
    given = nest.Create("spike_generator", params={
        "spike_times": [3.0, 3.0, 20.5], "spike_weights": [1.0, 2.0, 1.0]})  # fmt: skip
    current = nest.Create("noise_generator", params={"mean": 200.0, "std": 60.0, "dt": 5.0})
    steps = nest.Create("step_current_generator", params={
        "amplitude_times": [10.0, 30.0], "amplitude_values": [300.0, 0.0]})  # fmt: skip
    spikes, trace = nest.Create("spike_recorder"), nest.Create("multimeter")
    trace.set(record_from=["V_m", "I_syn_ex"], interval=0.5)
    weights = nest.math.redraw(nest.random.normal(40.0, 8.0), 0.0, 100.0)
    nest.Connect(noise, ex + inh, syn_spec={"weight": 20.0, "delay": 1.3})
    nest.Connect(trains, parrots, syn_spec={"delay": 0.7})
    nest.Connect(given, ex, syn_spec={"weight": 300.0})
    nest.Connect(current, ports[1:4])
    nest.Connect(steps, inh)
    nest.Connect(parrots, ports, syn_spec={"weight": 90.0, "receptor_type": 2})
    delays = nest.random.uniform(0.8, 3.0)
    nest.Connect(ex, ex, {"rule": "fixed_indegree", "indegree": 5, "allow_autapses": False},
                 {"synapse_model": "stdp_synapse", "weight": weights, "delay": delays})  # fmt: skip
    nest.Connect(inh, ex, {"rule": "pairwise_bernoulli", "p": 0.4}, {"weight": -90.0})
    # Sources of two models: drawn one by one.
    nest.Connect(ex + ports, inh, {"rule": "fixed_indegree", "indegree": 4},
                 {"weight": nest.random.normal(0.0, 90.0)})  # fmt: skip
    nest.Connect(ex, adaptive, syn_spec={"weight": nest.random.uniform(0.0, 3.0), "delay": 1.2})
    nest.Connect(adaptive, ex[:4], syn_spec={"weight": 30.0})
    nest.Connect(inh, adaptive, syn_spec={"synapse_model": "quantal_stp_synapse", "weight": -1.0,
                                          "n": 2, "a": 2, "delay": delays})  # fmt: skip
    nest.Connect(ex + inh + ports + parrots + adaptive, spikes)
    nest.Connect(trace, ex[:3])
    nest.Simulate(25.0)
    found = nest.GetConnections(inh, ex)
    found.weight = np.linspace(-10.0, -200.0, len(found))
    noise.rate = 11000.0
    ports.I_e = 300.0
    nest.Simulate(25.0)
    later = nest.Create("iaf_psc_exp", 7, params={"I_e": 380.0})
    nest.Connect(ex, later, {"rule": "fixed_indegree", "indegree": 6}, {"weight": 80.0})
    nest.Connect(later, inh, syn_spec={"weight": nest.random.uniform(0.0, 60.0), "delay": 2.0})
    nest.Connect(later, spikes)
    found[: len(found) // 2].disconnect()
    trains.rate = 150.0
    nest.Simulate(25.0)
    found = nest.GetConnections(inh, ex)
    plastic = nest.GetConnections(synapse_model="stdp_synapse")
    values = {name: np.asarray(spikes.events[name]).tolist() for name in ("times", "senders")}
    values |= {f"trace_{name}": np.asarray(v).tolist() for name, v in trace.events.items()}
    values["weights"] = [*plastic.weight, *found.weight]
    values["ends"] = [*plastic.source, *plastic.target, *plastic.delay]
    quantal = nest.GetConnections(synapse_model="quantal_stp_synapse")
    values["released"] = [*quantal.u, *quantal.a]
    values["later"] = [*nest.GetConnections(ex, later).source, len(found), nest.num_connections]
    values["V_m"] = list((ex + inh + ports + adaptive).V_m)
    return values
