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


def test_current_based_cells() -> None:
    import distsnn.pynn

    with warnings.catch_warnings():
        # Those of PyNN and NEST are not about what is tested here.
        warnings.simplefilter("ignore")
        import pyNN.nest

        expected = trains(pyNN.nest, spike_precision="on_grid")
        found = trains(distsnn.pynn)
    assert sys.modules["pyNN.distsnn"] is distsnn.pynn
    assert sum(len(train) for train in found["exp"][:5]) > 50
    for name, values in expected.items():
        for mine, theirs in zip(found[name], values, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-10, rtol=0, err_msg=name)
