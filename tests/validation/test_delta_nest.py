"""`LIF` with `Delta` agrees with NEST's ``iaf_psc_delta``, spike for spike.

What arrives in a step is added between update and threshold; what arrives while a neuron is
refractory is lost, also in the last step in which it is. NEST labels a spike with the end of its
step, one step later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World
from tests.invariance.test_ranks import check

N, N_INPUTS = 100, 20


@dataclass
class Case:
    """A network; synapses are (source is input, i, j, weight, delay in steps)."""

    dt: float
    duration: float
    parameters: dict[str, np.ndarray]
    V_m: np.ndarray
    at: np.ndarray
    synapses: list[tuple[bool, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]


def draw(seed: int, dt: float, refractory: list[float], round_numbers: bool = False) -> Case:
    """A random network; with round numbers sums meet the threshold exactly."""
    rng = np.random.default_rng(seed)
    parameters = {
        "C_m": rng.uniform(150, 300, N),
        "tau_m": rng.uniform(8, 25, N),
        "E_L": rng.uniform(-72, -66, N),
        "V_th": rng.uniform(-58, -52, N),
        "V_reset": rng.uniform(-68, -60, N),
        "t_ref": rng.choice(refractory, N) * dt,
        "I_e": rng.uniform(0, 150, N),
    }
    V_m = rng.uniform(-70, -60, N)
    if round_numbers:
        parameters |= {"E_L": np.full(N, -70.0), "V_th": np.full(N, -55.0), "I_e": np.zeros(N)}
        parameters["V_reset"] = np.full(N, -70.0)
        V_m = np.full(N, -70.0)
    synapses = []
    for is_input, n, low, high in ((True, 400, 3.0, 9.0), (False, 900, -3.0, 3.0)):
        weight = rng.uniform(low, high, n)
        if round_numbers:
            weight = np.full(n, 7.5) if is_input else rng.choice([0.1, 1.5, -0.5], n)
        source = rng.integers(0, N_INPUTS if is_input else N, n)
        steps = rng.integers(1, 3 if round_numbers else 12, n)
        synapses.append((is_input, source, rng.integers(0, N, n), weight, steps))
    steps = 4000
    at = np.flatnonzero(rng.random((steps - 20) * N_INPUTS) < 0.02)
    return Case(dt, steps * dt, parameters, V_m, at, synapses)


def spikes_of_distsnn(case: Case) -> tuple[np.ndarray, np.ndarray]:
    cells = snn.NeuronGroup(N, snn.LIF(**case.parameters), name="cells")
    cells.V_m = case.V_m
    steps, index = np.divmod(case.at, N_INPUTS)
    given = snn.SpikeGeneratorGroup(N_INPUTS, index, steps * case.dt, name="given")
    receptor, parts = snn.Delta(), []
    for is_input, i, j, weight, delay in case.synapses:
        source = given if is_input else cells
        made = snn.Synapses(source, cells, receptor, weight=weight, delay=delay * case.dt)
        made.connect(i=i, j=j)
        parts.append(made)
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, given, parts, spikes, dt=case.dt).run(case.duration)
    return np.rint(spikes.t / case.dt).astype(int), spikes.i


def spikes_of_nest(nest, case: Case) -> tuple[np.ndarray, np.ndarray]:
    nest.ResetKernel()
    nest.resolution = case.dt
    cells = nest.Create("iaf_psc_delta", N)
    for n in range(N):
        cells[n].set(**{name: float(values[n]) for name, values in case.parameters.items()})
        cells[n].set(V_m=float(case.V_m[n]))
    given = nest.Create("spike_generator", N_INPUTS)
    steps, index = np.divmod(case.at, N_INPUTS)
    for n in range(N_INPUTS):
        # The times of a spike_generator are labels too.
        given[n].set(spike_times=np.round((steps[index == n] + 1) * case.dt, 4))
    for is_input, i, j, weight, delay in case.synapses:
        source = given if is_input else cells
        spec = {"weight": weight, "delay": np.round(delay * case.dt, 4)}
        first = source[0].global_id
        nest.Connect(first + i, cells[0].global_id + j, "one_to_one", spec)
    recorder = nest.Create("spike_recorder", {"time_in_steps": True})
    nest.Connect(cells, recorder)
    nest.Simulate(case.duration)
    events = recorder.get("events")
    order = np.lexsort((events["senders"], events["times"]))
    return events["times"][order] - 1, events["senders"][order] - cells[0].global_id


CASES = {
    "no refractoriness": draw(1, 0.1, [0]),
    "one step": draw(2, 0.1, [1]),
    "several steps": draw(3, 0.1, [0, 1, 2, 3, 7, 20]),
    "steps of 1 ms": draw(4, 1.0, [0, 1, 2]),
    "steps of 0.05 ms": draw(5, 0.05, [0, 2, 2.5, 40]),
    "on the threshold": draw(6, 0.1, [0, 1, 2, 20], round_numbers=True),
}


@pytest.mark.parametrize("name", CASES)
def test_spikes_of_a_random_network(peer, name: str) -> None:
    case = CASES[name]
    steps, index = spikes_of_distsnn(case)
    nest_steps, nest_index = spikes_of_nest(peer, case)
    assert nest_steps.size > 2000
    np.testing.assert_array_equal(steps, nest_steps)
    np.testing.assert_array_equal(index, nest_index)


def test_the_same_on_ranks_and_threads() -> None:
    def job(world: World) -> dict[str, np.ndarray]:
        steps, index = spikes_of_distsnn(CASES["several steps"])
        return {"steps": steps, "index": index}

    assert check(job)["steps"].size > 2000


def test_a_chain_and_a_jump_to_the_threshold(peer) -> None:
    """The numbers of NEST 3.10 are 3, 4 and 5 ms, labels of ends of steps."""
    source = snn.SpikeGeneratorGroup(1, [0], [1.9], name="source")
    chain = snn.NeuronGroup(3, snn.LIF(), name="chain")
    one = snn.NeuronGroup(2, snn.LIF(), name="one")
    receptor = snn.Delta()
    first = snn.Synapses(source, chain, receptor, weight=20.0, delay=1.0)
    first.connect(i=[0], j=[0])
    further = snn.Synapses(chain, chain, receptor, weight=20.0, delay=1.0)
    further.connect(i=[0, 1], j=[1, 2])
    # One jump to the threshold itself, and one that is too short.
    jump = snn.Synapses(source, one, snn.Delta(), weight=[15.0, 14.9], delay=1.0)
    jump.connect()
    spikes = [snn.SpikeMonitor(chain), snn.SpikeMonitor(one)]
    snn.Network(source, chain, one, first, further, jump, spikes, dt=0.1).run(10.0)
    np.testing.assert_allclose(spikes[0].t, [2.9, 3.9, 4.9])
    np.testing.assert_allclose(spikes[1].t, [2.9])
    assert spikes[1].i.tolist() == [0]
