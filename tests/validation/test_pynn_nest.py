"""Scripts of PyNN find on distsnn what they find on NEST."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN.common")
pytest.importorskip("nest")

# A time step whose multiples are exact, so that PyNN's own times for NEST are on the grid.
STEP = 0.125


def trains(sim: Any, **setup: Any) -> dict[str, list[np.ndarray]]:
    """Spikes, and potentials where PyNN can record them with NEST, of cells that are joined."""
    sim.setup(timestep=STEP, min_delay=STEP, max_delay=5.0, **setup)
    rng = np.random.default_rng(5)
    sources = [
        sim.Population(n, sim.SpikeSourceArray(spike_times=[_times(rng) for _ in range(n)]))
        for n in (4, 3)
    ]
    # NEST starts at -70 mV, whatever PyNN is told.
    own = {"v_rest": -70.0, "v_reset": -70.0, "v_thresh": -55.0, "tau_refrac": 2.0}
    cells = {
        "exp": (sim.IF_curr_exp(i_offset=0.5, **own), (1.5, -1.0)),
        "alpha": (sim.IF_curr_alpha(i_offset=0.5, **own), (3.0, -1.5)),
        "delta": (sim.IF_curr_delta(i_offset=0.5, **own), (3.0, -1.5)),
    }
    found: dict[str, list[np.ndarray]] = {}
    populations = {}
    for name, (cell, weights) in cells.items():
        population = sim.Population(5, cell, initial_values={"v": -70.0})
        populations[name] = population
        for number, (source, weight) in enumerate(zip(sources, weights, strict=True)):
            sim.Projection(
                source, population, sim.FixedProbabilityConnector(0.7, rng=sim.NumpyRNG(number)),
                sim.StaticSynapse(weight=weight, delay=0.5 + number),
                receptor_type=("excitatory", "inhibitory")[number],
            )  # fmt: skip
        sim.Projection(
            population, population, sim.AllToAllConnector(allow_self_connections=False),
            sim.StaticSynapse(weight=0.3 * weights[0], delay=2.0),
        )  # fmt: skip
        population.record("spikes" if name == "delta" else ["spikes", "v"])
    sim.run(200.0)
    for name, population in populations.items():
        segment = population.get_data().segments[0]
        found[name] = [np.array(train) for train in segment.spiketrains]
        found[name] += [np.array(signal).ravel() for signal in segment.analogsignals]
    sim.end()
    return found


def _times(rng: np.random.Generator) -> np.ndarray:
    return np.unique(rng.integers(8, 1600, 50)) * STEP


def plastic(sim: Any, **setup: Any) -> dict[str, list[np.ndarray]]:
    """Spikes and potentials of cells with one kind of synapse each."""
    sim.setup(timestep=STEP, min_delay=STEP, max_delay=8.0, **setup)
    rng = np.random.default_rng(7)
    source = sim.Population(4, sim.SpikeSourceArray(spike_times=[_times(rng) for _ in range(4)]))
    pairs = sim.SpikePairRule(tau_plus=15.0, tau_minus=25.0, A_plus=0.02, A_minus=0.015)
    # PyNN on NEST takes no other exponents than these.
    gutig = sim.GutigWeightDependence(w_max=2.0, mu_plus=0.5, mu_minus=0.5)
    flat = sim.AdditivePotentiationMultiplicativeDepression(w_max=2.0)
    joined = {"weight": 1.0, "delay": 2.0}
    kinds = {
        # Each synapse has values of its own.
        "facilitating": sim.TsodyksMarkramSynapse(
            U=np.linspace(0.1, 0.6, 8).reshape(4, 2),
            tau_rec=np.linspace(120.0, 40.0, 8).reshape(4, 2),
            tau_facil=np.linspace(30.0, 90.0, 8).reshape(4, 2),
            **joined,
        ),
        "depressing": sim.TsodyksMarkramSynapse(U=0.4, tau_rec=80.0, tau_facil=0.0, **joined),
        "additive": sim.STDPMechanism(pairs, sim.AdditiveWeightDependence(w_max=2.0), **joined),
        "multiplicative": sim.STDPMechanism(
            pairs, sim.MultiplicativeWeightDependence(w_max=2.0), **joined
        ),
        "gutig": sim.STDPMechanism(pairs, gutig, **joined),
        "flat": sim.STDPMechanism(pairs, flat, **joined),
    }
    own = {"v_rest": -70.0, "v_reset": -70.0, "v_thresh": -55.0, "tau_refrac": 2.0}
    populations = {}
    for name, synapse in kinds.items():
        population = sim.Population(
            2, sim.IF_curr_exp(i_offset=0.8, **own), initial_values={"v": -70.0}
        )
        population.record(["spikes", "v"])
        sim.Projection(source, population, sim.AllToAllConnector(), synapse)
        populations[name] = population
    sim.run(200.0)
    found: dict[str, list[np.ndarray]] = {}
    for name, population in populations.items():
        segment = population.get_data().segments[0]
        found[name] = [np.array(train) for train in segment.spiketrains]
        found[name] += [np.array(signal).ravel() for signal in segment.analogsignals]
    sim.end()
    return found


@pytest.mark.parametrize("network", [trains, plastic])
def test_nest(network: Any) -> None:
    import distsnn.pynn

    with warnings.catch_warnings():
        # Those of PyNN and NEST are not about what is tested here.
        warnings.simplefilter("ignore")
        import pyNN.nest

        expected = network(pyNN.nest, spike_precision="on_grid")
        found = network(distsnn.pynn)
    assert sys.modules["pyNN.distsnn"] is distsnn.pynn
    assert sum(len(train) for train in next(iter(found.values()))[:2]) > 10
    for name, values in expected.items():
        for mine, theirs in zip(found[name], values, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-7, rtol=0, err_msg=name)
