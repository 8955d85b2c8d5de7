"""One benchmark run of NEST; prints the figures as JSON.

Started by run.py; by hand: ``python benchmarks/nest_job.py THREADS brunel 200 1000 scale=1``.
The networks are those of the examples of distsnn, written with NEST's own rules.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from ast import literal_eval
from time import perf_counter
from typing import Any

import nest

from distsnn.examples import brunel as brunel_example
from distsnn.examples import microcircuit as circuit
from distsnn.examples import plastic as plastic_example

MB = 1024


def microcircuit(*, scale: float, weight_bits: int = 64) -> None:
    """The cortical microcircuit at full scale (Potjans & Diesmann 2014); weights have 64 bits."""
    del weight_bits
    assert scale == 1
    values, rules = circuit.MODEL["neuron"], circuit.MODEL["connections"]
    background, initial = circuit.MODEL["background"], circuit.MODEL["initial"]
    parameters = {
        "C_m": values["C_m_pF"],
        "tau_m": values["tau_m_ms"],
        "tau_syn_ex": values["tau_syn_ms"],
        "tau_syn_in": values["tau_syn_ms"],
        "E_L": values["E_L_mV"],
        "V_th": values["V_th_mV"],
        "V_reset": values["V_reset_mV"],
        "t_ref": values["t_ref_ms"],
    }
    populations = [nest.Create("iaf_psc_exp", n, parameters) for n in circuit.MODEL["sizes"]]
    excitatory = circuit.psc_of_psp(rules["psp_mV"])
    for k, population in enumerate(populations):
        mean, std = initial["V_m_mean_mV"][k], initial["V_m_std_mV"][k]
        population.V_m = nest.random.normal(mean, std)
        rate = background["rate_Hz"] * background["indegree"][k]
        source = nest.Create("poisson_generator", params={"rate": rate})
        nest.Connect(source, population, syn_spec={"weight": excitatory, "delay": 1.5})
    numbers, weights = circuit.number_of_synapses(), circuit.mean_weights()
    # Of one model a thread holds 134 million synapses at the most.
    models = [f"from_{s}" for s in range(len(populations))]
    for model in models:
        nest.CopyModel("static_synapse", model)
    for t, target in enumerate(populations):
        for s, source in enumerate(populations):
            number, weight = round(numbers[t, s]), weights[t, s]
            if not number:
                continue
            delay = rules["delay_exc_ms"] if weight > 0 else rules["delay_inh_ms"]
            limits = {"min": 0.0, "max": math.inf} if weight > 0 else {"min": -math.inf, "max": 0.0}
            drawn = nest.random.normal(weight, rules["weight_rel_std"] * abs(weight))
            late = nest.random.normal(delay, rules["delay_rel_std"] * delay)
            nest.Connect(
                source,
                target,
                {"rule": "fixed_total_number", "N": number},
                {
                    "synapse_model": models[s],
                    "weight": nest.math.redraw(drawn, **limits),
                    "delay": nest.math.redraw(late, min=0.05, max=math.inf),
                },
            )


def brunel(*, scale: float, synapse: str) -> None:
    """Brunel's network with exponential currents, as the example of distsnn builds it."""
    assert synapse == "exponential"
    theta, tau_m, C_m, tau_syn, g, eta = 20.0, 20.0, 250.0, 0.5, 5.0, 2.0
    n_exc, n_inh = round(1000 * scale), round(250 * scale)
    weight = 0.1 / scale * brunel_example.psc_per_psp(C_m, tau_m, tau_syn)
    parameters = {
        "C_m": C_m,
        "tau_m": tau_m,
        "tau_syn_ex": tau_syn,
        "tau_syn_in": tau_syn,
        "E_L": 0.0,
        "V_th": theta,
        "V_reset": 10.0,
        "t_ref": 2.0,
    }
    exc = nest.Create("iaf_psc_exp", 10 * n_exc, parameters)
    inh = nest.Create("iaf_psc_exp", 10 * n_inh, parameters)
    rate = eta * theta / (weight * tau_syn * tau_m / C_m) * 1e3
    noise = nest.Create("poisson_generator", params={"rate": rate})
    for population in (exc, inh):
        population.V_m = nest.random.uniform(0.0, theta)
        nest.Connect(noise, population, syn_spec={"weight": weight, "delay": 1.5})
        for source, indegree, strength in ((exc, n_exc, weight), (inh, n_inh, -g * weight)):
            rule = {"rule": "fixed_indegree", "indegree": indegree}
            nest.Connect(source, population, rule, {"weight": strength, "delay": 1.5})


def plastic(*, scale: float, inputs: float) -> None:
    """The network of hpc_benchmark with exponential currents, as the example of distsnn has it."""
    theta, g, eta, delay, mu = 20.0, 5.0, 1.685, 1.5, 0.4
    n_exc, n_inh = round(9000 * inputs), round(2250 * inputs)
    weight = plastic_example.weight_of(0.14, inputs)
    w_0 = weight / plastic_example.NEST_WEIGHT
    C_m, tau_m, tau_syn = plastic_example.C_M, plastic_example.TAU_M, plastic_example.TAU_SYN
    parameters = {
        "C_m": C_m,
        "tau_m": tau_m,
        "tau_syn_ex": tau_syn,
        "tau_syn_in": tau_syn,
        "E_L": 0.0,
        "V_th": theta,
        "V_reset": 0.0,
        "t_ref": 0.5,
        "tau_minus": 30.0,
    }
    exc = nest.Create("iaf_psc_exp", round(9000 * scale), parameters)
    inh = nest.Create("iaf_psc_exp", round(2250 * scale), parameters)
    rate = eta * theta / (weight * tau_syn * tau_m / C_m) * 1e3
    noise = nest.Create("poisson_generator", params={"rate": rate})
    # NEST's rule is in units of 1 pA.
    learning = 0.1 * w_0 ** (1 - mu)
    rule = {"lambda": learning, "alpha": 0.0513 * 0.1 / learning, "mu": mu, "tau_plus": 15.0}
    nest.CopyModel("stdp_pl_synapse_hom_hpc", "plastic", {**rule, "weight": weight, "delay": delay})
    nest.CopyModel("static_synapse_hpc", "excite", {"weight": weight, "delay": delay})
    nest.CopyModel("static_synapse_hpc", "inhibit", {"weight": -g * weight, "delay": delay})
    for population in (exc, inh):
        population.V_m = nest.random.normal(5.7, 7.2)
        nest.Connect(noise, population, syn_spec="excite")
        from_exc = "plastic" if population is exc else "excite"
        for source, indegree, model in ((exc, n_exc, from_exc), (inh, n_inh, "inhibit")):
            drawn = {"rule": "fixed_indegree", "indegree": indegree, "allow_autapses": False}
            nest.Connect(source, population, drawn, model)


def sparse(*, neurons: int, external: float, spread: float) -> None:
    """The network of ``networks/sparse.py``."""
    parameters = {
        "C_m": 250.0,
        "tau_m": 20.0,
        "tau_syn_ex": 0.5,
        "tau_syn_in": 0.5,
        "E_L": 0.0,
        "V_th": 20.0,
        "V_reset": 10.0,
        "t_ref": 2.0,
    }
    weight, n_exc = 100.0, neurons * 4 // 5
    cells = nest.Create("iaf_psc_exp", neurons, parameters)
    cells.V_m = nest.random.uniform(0.0, 20.0)
    noise = nest.Create("poisson_generator", params={"rate": 8000.0})
    nest.Connect(noise, cells, syn_spec={"weight": external, "delay": 1.5})
    drawn = {
        "weight": nest.random.normal(weight, spread * weight),
        "delay": nest.math.redraw(nest.random.normal(1.5, 0.5), min=0.1, max=math.inf),
    }
    nest.Connect(cells[:n_exc], cells, {"rule": "fixed_indegree", "indegree": 80}, drawn)
    inhibit = {"weight": -5 * weight, "delay": 1.0}
    nest.Connect(cells[n_exc:], cells, {"rule": "fixed_indegree", "indegree": 20}, inhibit)


NETWORKS = {
    "microcircuit": microcircuit,
    "brunel": brunel,
    "plastic": plastic,
    "sparse.py": sparse,
}


def main(
    threads: int, network: str, transient: float, duration: float, seed: int = 1, **given: Any
) -> None:
    """Run `transient`, then measure `duration` (ms)."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.SetKernelStatus({"local_num_threads": threads, "resolution": 0.1, "rng_seed": seed})
    begin = perf_counter()
    NETWORKS[network](**given)
    nest.Prepare()
    build = perf_counter() - begin
    nest.Run(transient)
    begin = perf_counter()
    nest.Run(duration)
    wall = perf_counter() - begin
    status = nest.GetKernelStatus()
    print(
        json.dumps(
            {
                "wall_seconds": wall,
                "build_seconds": build,
                "neurons": status["network_size"],
                "synapses": status["num_connections"],
                # Of the last Run alone.
                "spikes": status["local_spike_counter"],
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MB,
                "version": nest.__version__,
            }
        )
    )


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        sys.argv[2],
        float(sys.argv[3]),
        float(sys.argv[4]),
        **{
            key: literal_eval(value) for key, value in (item.split("=", 1) for item in sys.argv[5:])
        },
    )
