"""A small explicit network agrees with NEST's ``iaf_psc_exp``, spike for spike.

NEST labels a spike with the end of its step, so its times are one step later; delays mean the
same. NEST sorts events by the sign of their weight into two currents, which become one receptor
for each sign here. NEST checks the threshold of ``V_m - E_L``, a difference in rounding only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import distsnn as snn

DT = 0.1
N, N_INPUTS = 120, 40
DURATION = 400.0
TAU_EX, TAU_IN = 3.1, 7.7


@dataclass
class Edges:
    """Explicit synapses, delays in steps."""

    i: np.ndarray
    j: np.ndarray
    weight: np.ndarray
    steps: np.ndarray


def draw_edges(rng: np.random.Generator, n_source: int, n: int, low: float, high: float) -> Edges:
    return Edges(
        rng.integers(0, n_source, n),
        rng.integers(0, N, n),
        rng.uniform(low, high, n),
        rng.integers(1, 60, n),
    )


def draw_parameters(rng: np.random.Generator, same_tau: bool) -> dict[str, np.ndarray]:
    return {
        "C_m": rng.uniform(150, 300, N),
        "tau_m": np.full(N, TAU_EX) if same_tau else rng.uniform(8, 25, N),
        "E_L": rng.uniform(-72, -66, N),
        "V_th": rng.uniform(-52, -48, N),
        "V_reset": rng.uniform(-65, -58, N),
        # In NEST t_ref is rounded up to whole steps as well.
        "t_ref": rng.choice([0.1, 0.55, 1.3, 2.0, 3.04, 5.0], N),
        "I_e": rng.uniform(50, 350, N) * (4.0 if same_tau else 1.0),
    }


@pytest.mark.parametrize("same_tau", [False, True], ids=["tau_m", "tau_m=tau_syn"])
def test_spikes_of_a_small_network(peer, same_tau: bool) -> None:
    rng = np.random.default_rng(3 + same_tau)
    parameters = draw_parameters(rng, same_tau)
    V_m = rng.uniform(-70, -52, N)
    drive = draw_edges(rng, N_INPUTS, 400, 50, 300)
    exc = draw_edges(rng, N, 1200, 1, 60)
    inh = draw_edges(rng, N, 800, -80, -1)
    at = np.flatnonzero(rng.random(int(DURATION / DT) * N_INPUTS) < 0.004)
    steps, index = spikes_of_distsnn(parameters, V_m, drive, exc, inh, at)
    nest_steps, nest_index = spikes_of_nest(peer, parameters, V_m, drive, exc, inh, at)
    assert steps.size > 500
    np.testing.assert_array_equal(steps, nest_steps)
    np.testing.assert_array_equal(index, nest_index)


def spikes_of_distsnn(
    parameters: dict[str, np.ndarray],
    V_m: np.ndarray,
    drive: Edges,
    exc: Edges,
    inh: Edges,
    at: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    cells = snn.NeuronGroup(N, snn.LIF(**parameters), name="cells")
    cells.V_m = V_m
    given = snn.SpikeGeneratorGroup(N_INPUTS, at % N_INPUTS, (at // N_INPUTS) * DT)
    to_exc, to_inh = snn.Exponential(TAU_EX, name="exc"), snn.Exponential(TAU_IN, name="inh")
    synapses = []
    for source, receptor, edges in (
        (given, to_exc, drive),
        (cells, to_exc, exc),
        (cells, to_inh, inh),
    ):
        made = snn.Synapses(source, cells, receptor, weight=edges.weight, delay=edges.steps * DT)
        made.connect(i=edges.i, j=edges.j)
        synapses.append(made)
    spikes = snn.SpikeMonitor(cells)
    # The last step of NEST has the label DURATION.
    snn.Network(cells, given, synapses, spikes, dt=DT).run(DURATION)
    return np.rint(spikes.t / DT).astype(int), spikes.i


def spikes_of_nest(
    nest,
    parameters: dict[str, np.ndarray],
    V_m: np.ndarray,
    drive: Edges,
    exc: Edges,
    inh: Edges,
    at: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    nest.ResetKernel()
    nest.resolution = DT
    cells = nest.Create("iaf_psc_exp", N)
    for n in range(N):
        own = {name: float(values[n]) for name, values in parameters.items()}
        cells[n].set(tau_syn_ex=TAU_EX, tau_syn_in=TAU_IN, **own)
        cells[n].set(V_m=float(V_m[n]))
    given = nest.Create("spike_generator", N_INPUTS)
    for n in range(N_INPUTS):
        own_steps = at[at % N_INPUTS == n] // N_INPUTS
        # The times of a spike_generator are labels too.
        given[n].set(spike_times=np.round((own_steps + 1) * DT, 1))
    for source, edges in ((given, drive), (cells, exc), (cells, inh)):
        first = source[0].global_id
        nest.Connect(
            first + edges.i,
            cells[0].global_id + edges.j,
            "one_to_one",
            {
                "weight": edges.weight,
                "delay": np.round(edges.steps * DT, 1),
                "synapse_model": "static_synapse",
            },
        )
    recorder = nest.Create("spike_recorder", {"time_in_steps": True})
    nest.Connect(cells, recorder)
    nest.Simulate(DURATION)
    events = recorder.get("events")
    order = np.lexsort((events["senders"], events["times"]))
    return events["times"][order] - 1, events["senders"][order] - cells[0].global_id
