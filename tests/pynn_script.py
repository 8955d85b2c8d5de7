"""A script of PyNN with much in it, for tests on ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import distsnn.pynn as sim


def found(folder: Path) -> dict[str, np.ndarray]:
    """Run it, twice with a reset between, and write a file; everything that came out."""
    sim.setup(timestep=0.125, min_delay=0.125, rng_seed=3)
    given = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0, 9.0, 20.0], [2.5, 2.625]]))
    poisson = sim.Population(
        9, sim.SpikeSourcePoisson(rate=sim.RandomDistribution("uniform", (80, 200)), start=3.0)
    )
    gamma = sim.Population(3, sim.SpikeSourceGamma(alpha=3, beta=200.0))
    cells = sim.Population(
        7, sim.IF_curr_exp(tau_refrac=2.0, tau_m=sim.RandomDistribution("normal", (15.0, 1.0)))
    )
    cells.initialize(v=sim.RandomDistribution("uniform", (-65.0, -55.0), rng=sim.NumpyRNG(5)))
    plain = sim.Population(5, sim.IF_cond_exp(tau_refrac=1.0, i_offset=0.6))
    noise = sim.NoisyCurrentSource(mean=0.7, stdev=0.5, start=2.0, stop=35.0, dt=0.5)
    noise.record()
    cells[2:6].inject(noise)
    normal = sim.RandomDistribution("normal_clipped", (0.6, 0.2, 0.1, 2.0))
    facilitating = sim.TsodyksMarkramSynapse(
        weight=sim.RandomDistribution("gamma", k=2.0, theta=0.02, rng=sim.NumpyRNG()),
        delay=sim.RandomDistribution("uniform", (0.5, 2.0), rng=sim.NumpyRNG(8)),
        U=lambda d: 0.2 + 0.02 * d, tau_rec=80.0, tau_facil=30.0,
    )  # fmt: skip
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(A_plus=0.02, A_minus=0.03),
        sim.AdditiveWeightDependence(w_max=0.1),
        dendritic_delay_fraction=0.5, weight=0.05, delay=1.0,
    )  # fmt: skip
    joined = [
        sim.Projection(
            poisson,
            cells,
            sim.FixedProbabilityConnector(0.6, rng=sim.NativeRNG(7)),
            sim.StaticSynapse(weight=normal, delay=1.0),
        ),
        sim.Projection(
            given, cells[:2] + cells[4:], sim.AllToAllConnector(), sim.StaticSynapse(weight=0.3)
        ),
        sim.Projection(gamma, plain, sim.AllToAllConnector(), facilitating),
        sim.Projection(cells[1:7:2], plain, sim.FixedNumberPreConnector(2), plastic),
        sim.Projection(cells, plain, sim.OneToOneConnector(), sim.ElectricalSynapse(weight=0.002)),
    ]
    for population in (given, poisson, gamma, cells, plain):
        population.record("spikes")
    cells.record("v")
    plain[1:3].record(["v", "gsyn_exc"], sampling_interval=0.5)
    result: dict[str, Any] = {"noise": None}

    def change(t: float) -> float:
        poisson.set(rate=100.0 + t)
        return t + 7.0

    sim.run(20.0, callbacks=[change])
    joined[1].set(weight=0.5, delay=0.375)
    joined[2].set(delay=sim.RandomDistribution("uniform", (0.25, 3.0)), U=0.3)
    joined[3].set(A_plus=0.03, A_minus=0.01, tau_plus=12.0, w_max=0.09, delay=1.5)
    plain.set(i_offset=0.7)
    sim.run(20.0)
    later = sim.Population(6, sim.IF_curr_exp(i_offset=1.2))
    later.record(["spikes", "v"])
    several = sim.MultiQuantalSynapse(weight=0.4, delay=1.5, n=3, U=0.4, tau_rec=50.0)
    joined.append(
        sim.Projection(
            poisson, later, sim.FixedProbabilityConnector(0.5, rng=sim.NumpyRNG()), several
        )
    )
    sim.run(10.0)
    result["plastic"] = np.array(joined[3].get(["weight", "delay"], format="list"))
    sim.reset()
    sim.run(10.0)
    result["noise"] = np.array(noise.get_data())
    for number, projection in enumerate(joined):
        result[f"weights {number}"] = projection.get("weight", format="array")
        if not isinstance(projection.synapse_type, sim.ElectricalSynapse):
            result[f"delays {number}"] = projection.get("delay", format="array")
    for number, population in enumerate((given, poisson, gamma, cells, plain, later)):
        for of, segment in enumerate(population.get_data().segments):
            trains = [np.array(train) for train in segment.spiketrains]
            result[f"spikes {number} {of}"] = np.concatenate(trains)
            result[f"counts {number} {of}"] = np.array([len(train) for train in trains])
            for signal in segment.analogsignals:
                result[f"{signal.name} {number} {of}"] = np.array(signal)
    result["mean"] = np.array([cells.mean_spike_count(), (cells + plain).mean_spike_count()])
    (cells + plain).write_data(str(folder / "cells.pkl"), "spikes")
    plain.write_data(str(folder / "plain.pkl"), gather=False)
    sim.end()
    return result
