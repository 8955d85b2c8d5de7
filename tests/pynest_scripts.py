"""A script of PyNEST with devices, plasticity, several models, and weights set between runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn import nest
from distsnn.nest.kernel import kernel


def script(seed: int = 3) -> dict[str, list[float]]:
    """Run it from the beginning; everything that was recorded or can be read."""
    nest.ResetKernel()
    nest.rng_seed = seed
    ex = nest.Create("iaf_psc_exp", 24, params={"V_m": nest.random.uniform(-70.0, -56.0)})
    inh = nest.Create("iaf_psc_exp", 6, params={"I_e": 350.0, "tau_syn_in": 4.0})
    ports = nest.Create("iaf_psc_exp_multisynapse", 70, params={"tau_syn": [2.0, 5.0]})
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
    # Neighbors have other ports: 70 runs, and two inputs.
    nest.Connect(noise, ports, syn_spec={
        "weight": 7.0, "delay": 1.0, "receptor_type": 1 + np.arange(70)[:, None] % 2})  # fmt: skip
    nest.Connect(noise, adaptive, syn_spec={"weight": 0.0})
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
    weights_of_noise = [one.input.weight for one in kernel.network().devices.rates]
    assert weights_of_noise.count(7.0) == 2
    assert 0.0 not in weights_of_noise
    assert len(set(ports.V_m)) > 50
    found = nest.GetConnections(inh, ex)
    found.weight = np.linspace(-10.0, -200.0, len(found))
    nest.GetConnections(ex, adaptive).delay = np.linspace(0.7, 3.0, 120).tolist()
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


def rewired() -> dict[str, Any]:
    """Synaptic elements that are connected, become fewer, and more again."""
    nest.ResetKernel()
    still = {"growth_curve": "linear", "growth_rate": 0.0, "eps": 0.1, "z": 4.0}
    cells = nest.Create("iaf_psc_exp", 6, params={"synaptic_elements": {"A": still, "D": still}})
    cells.set(I_e=[400.0, 420.0, 440.0, 0.0, 460.0, 480.0])
    nest.structural_plasticity_update_interval = 5.0
    nest.CopyModel("static_synapse", "coming", {"weight": 40.0, "delay": 1.5})
    nest.structural_plasticity_synapses = {
        "coming": {
            "synapse_model": "coming",
            "pre_synaptic_element": "A",
            "post_synaptic_element": "D",
            "allow_autapses": False,
        }
    }
    spikes = nest.Create("spike_recorder")
    nest.Connect(cells, spikes)
    nest.EnableStructuralPlasticity()
    found: dict[str, Any] = {"z": [], "connected": [], "n": []}
    # Elements grow below the concentration eps of calcium, and shrink above it.
    for calcium, rate, duration in ((0.0, 0.0, 1.0), (1.0, 0.05, 5.0), (0.0, 0.3, 20.0)):
        cells.Ca = calcium
        cells.synaptic_elements_param = {name: {"growth_rate": rate} for name in "AD"}
        nest.Simulate(duration)
        each = [x[name] for x in cells.synaptic_elements for name in "AD"]
        found["z"].append([x["z"] for x in each])
        found["connected"].append([x["z_connected"] for x in each])
        found["n"].append(len(nest.GetConnections(synapse_model="coming")))
    joined = nest.GetConnections(synapse_model="coming")
    found |= {"sources": list(joined.sources()), "targets": list(joined.targets())}
    found["times"] = spikes.events["times"].tolist()
    return found


def near() -> dict[str, Any]:
    """Connections by masks and kernels, which each rank draws for its own neurons; and triples."""
    nest.ResetKernel()
    place = nest.spatial.free(nest.random.uniform(0.0, 1.0), None, True, 2)
    place.extent = np.ones(2)
    a, b = (nest.Create("iaf_psc_exp", n, positions=place) for n in (90, 70))
    mask, far = {"circular": {"radius": 0.3}}, nest.spatial.distance
    falling = nest.spatial_distributions.gaussian(far, std=0.2)
    rules: list[dict[str, Any]] = [
        {"rule": "fixed_indegree", "indegree": 7, "mask": mask},
        {"rule": "fixed_indegree", "indegree": 5, "mask": mask, "p": falling,
         "allow_multapses": False},
        {"rule": "fixed_outdegree", "outdegree": 6, "p": falling},
        {"rule": "pairwise_bernoulli", "p": falling * nest.random.uniform(0.5, 1.0), "mask": {
            "elliptical": {"major_axis": 0.5, "minor_axis": 0.3, "azimuth_angle": 30.0}}},
        {"rule": "pairwise_poisson", "pairwise_avg_num_conns": 0.2, "mask": mask},
    ]  # fmt: skip
    found: dict[str, Any] = {}
    for k, rule in enumerate(rules):
        nest.Connect(a, b, rule, {"weight": 2.0 + k, "delay": 1.0})
    grid = nest.Create("iaf_psc_exp", positions=nest.spatial.grid([9, 8], edge_wrap=True))
    by_index = {"grid": {"shape": [4, 3]}, "anchor": [1, -1]}
    rule = {"rule": "pairwise_bernoulli", "p": 0.6, "mask": by_index}
    nest.Connect(grid, grid, rule, {"weight": 1.0})
    nest.Prepare()
    nest.Cleanup()
    # None has been drawn by each rank as a whole.
    assert [one.edges for one in kernel.connections] == [None] * (len(rules) + 1)
    in_grid = nest.GetConnections(grid, grid)
    found["grid"] = list(zip(in_grid.sources(), in_grid.targets(), strict=True))
    third = {"rule": "third_factor_bernoulli_with_pool", "p": 0.5, "pool_size": 9}
    nest.TripartiteConnect(a, b, grid, {"rule": "pairwise_bernoulli", "p": 0.02}, third, {
        "primary": {"weight": 20.0}, "third_in": {"weight": 21.0}, "third_out": {"weight": 22.0},
    })  # fmt: skip
    for name, ends in (("third_in", (a, grid)), ("third_out", (grid, b))):
        made = nest.GetConnections(*ends)
        found[name] = list(zip(made.sources(), made.targets(), strict=True))
    joined = nest.GetConnections(a, b)
    found |= {name: joined.get(name) for name in ("source", "target", "weight")}
    a.I_e = 500.0
    nest.Simulate(30.0)
    found["V_m"] = b.V_m
    return found
