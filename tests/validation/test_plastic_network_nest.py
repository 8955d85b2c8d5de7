"""The plastic network of the benchmarks is NEST's, spike for spike.

Theory: given the same synapses, initial potentials and counts of external events, the example of
distsnn and ``benchmarks/nest_job.py`` are the same deterministic system. It is chaotic, so any
difference in a parameter, a delay or the rule shows as other spikes within some ten milliseconds.
Differences in rounding do not: potentials differ by less than 1e-12 mV, and of 600 neurons in 1000
steps one comes so near to threshold with a probability below 1e-6. Hence all spikes must agree.
Weights agree to 1e-11, see ``test_plastic_nest.py``.

NEST runs as the benchmark has it, but synapses and external events are those drawn by distsnn.
Events of a generator arrive the delay later than they are told, so that NEST first waits for as
long and gets the initial potentials then. It labels a spike with the end of its step.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.examples import plastic

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SIZE = {"scale": 0.05, "inputs": 0.05}
N_EXC, N_INH = 450, 112
N = N_EXC + N_INH
DT, DURATION, DELAY = 0.1, 100.0, 1.5
WAIT = round(DELAY / DT)


@pytest.fixture(scope="module")
def job() -> Iterator[ModuleType]:
    """The module benchmarks/nest_job.py."""
    nest = pytest.importorskip("nest")
    spec = importlib.util.spec_from_file_location("nest_job", BENCHMARKS / "nest_job.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["nest_job"] = module
    spec.loader.exec_module(module)
    yield module
    nest.ResetKernel()
    del sys.modules["nest_job"]


@dataclass
class Drawn:
    """What was drawn, and what distsnn makes of it; indices of all neurons, excitatory first."""

    edges: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]
    potentials: np.ndarray
    counts: np.ndarray
    spikes: np.ndarray
    weights: np.ndarray


def first_of(group: Any) -> int:
    """Index of the first neuron of a group."""
    return 0 if group.name == "excitatory" else N_EXC


@pytest.fixture(scope="module")
def ours() -> Drawn:
    network = plastic.network(**SIZE)
    potentials = np.random.default_rng(1).normal(5.7, 7.2, N)
    for group in network.groups:
        group.V_m = potentials[first_of(group) :][: group.N]
    monitors = [snn.SpikeMonitor(group) for group in network.groups]
    network.add(monitors)
    network.run(DURATION)
    edges = {
        (first_of(s.source), first_of(s.target)): (
            np.asarray(s.i) + first_of(s.source),
            np.asarray(s.j) + first_of(s.target),
        )
        for s in network.synapses
    }
    (learning,) = (s for s in network.synapses if s.name == "E_to_E")
    spikes = [
        np.column_stack([np.rint(m.t / DT).astype(int), m.i + first_of(m.source)]) for m in monitors
    ]
    return Drawn(
        edges, potentials, counts_of(network), np.concatenate(spikes), np.asarray(learning.w)
    )


def counts_of(network: snn.Network) -> np.ndarray:
    """Counts of external events (N, steps): draws are keyed by the name of the input."""
    counts = []
    for given in network.inputs:
        sums = snn.NeuronGroup(given.target.group.N, "x : 1", name="sums")
        # The name of a variable alone would mean a binomial law.
        x = Increment("x")
        copy = snn.PoissonInput(sums, x, N=given.N, rate=given.rate, weight=1.0, name=given.name)
        seen = snn.StateMonitor(sums, "x", record=True)
        snn.Network(sums, copy, seen, dt=DT, seed=network.seed).run(DURATION + DT)
        counts.append(np.diff(seen.x, axis=1))
    return np.rint(np.concatenate(counts)).astype(int)


@pytest.fixture(scope="module", params=[1, 2])
def theirs(
    request: pytest.FixtureRequest, job: ModuleType, ours: Drawn
) -> tuple[np.ndarray, np.ndarray]:
    """Spikes, and source, target and final weight of the plastic synapses, by number of threads."""
    nest = job.nest
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.SetKernelStatus({"resolution": DT, "local_num_threads": request.param})

    def with_drawn(source: Any, target: Any, rule: Any = None, syn_spec: Any = None) -> None:
        if rule is None:
            first = target[0].global_id - 1
            generators = nest.Create("spike_generator", len(target))
            for one, row in zip(generators, ours.counts[first:], strict=False):
                (steps,) = np.nonzero(row)
                times = np.round((steps + 1) * DT, 3)
                one.set(spike_times=times, spike_multiplicities=row[steps])
            nest.Connect(generators, target, "one_to_one", syn_spec)
            return
        i, j = ours.edges[source[0].global_id - 1, target[0].global_id - 1]
        assert rule["indegree"] * len(target) == i.size
        nest.Connect(i + 1, j + 1, "one_to_one", {"synapse_model": syn_spec})

    with pytest.MonkeyPatch.context() as patch:
        parts = {"Create": nest.Create, "CopyModel": nest.CopyModel, "random": nest.random}
        patch.setattr(job, "nest", SimpleNamespace(Connect=with_drawn, **parts))
        job.plastic(**SIZE)
    cells = nest.NodeCollection(range(1, N + 1))
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    cells.V_m = 0.0
    nest.Simulate(DELAY)
    cells.V_m = ours.potentials
    nest.Simulate(DURATION)
    events = recorder.events
    steps = np.rint(events["times"] / DT).astype(int) - WAIT - 1
    rows = nest.GetConnections(synapse_model="plastic").get(["source", "target", "weight"])
    edges = np.column_stack([rows["source"], rows["target"], rows["weight"]])
    edges[:, :2] -= 1
    return np.column_stack([steps, events["senders"] - 1]), edges


def in_order(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort(rows.T[::-1])]


def test_spikes(ours: Drawn, theirs: tuple[np.ndarray, np.ndarray]) -> None:
    assert len(ours.spikes) > 500
    assert np.array_equal(in_order(ours.spikes), in_order(theirs[0]))


def test_weights(ours: Drawn, theirs: tuple[np.ndarray, np.ndarray]) -> None:
    own = in_order(np.column_stack([*ours.edges[0, 0], ours.weights]))
    found = in_order(theirs[1])
    i, j = own[:, 0].astype(int), own[:, 1].astype(int)
    last = np.full(N, -(10**6))
    np.maximum.at(last, ours.spikes[:, 1], ours.spikes[:, 0])
    # NEST's synapses are as they were at the last spike of their source, of those that it has sent:
    # the spikes of the last delay wait.
    n_steps = round(DURATION / DT)
    done = (last[j] + WAIT <= last[i]) & (last[i] < n_steps - 2 * WAIT)
    assert done.sum() > 10_000
    assert np.array_equal(own[:, :2], found[:, :2])
    assert np.allclose(own[done, 2], found[done, 2], rtol=1e-11, atol=0)
    start = plastic.weight_of(0.14, SIZE["inputs"])
    assert np.std(own[done, 2]) > 1e-4 * start
