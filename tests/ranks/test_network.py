"""A whole network on real ranks gives what one process gives, to the last bit."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World
from distsnn.exchange.worlds.mpi import MpiWorld
from tests.alone import alone


def run_network(record: Path) -> dict[str, np.ndarray]:
    """Many parts in one network, two runs and an assignment between them; what it ends in."""
    cells = snn.NeuronGroup(
        60,
        snn.LIF(tau_m=snn.Normal(15.0, 3.0, low=5.0), I_e=np.linspace(100, 500, 60)),
        name="cells",
    )
    cells.V_m = snn.Uniform(-70.0, -55.0)
    few = snn.NeuronGroup(2, snn.LIF(I_e=500.0), name="few")
    sources = snn.PoissonGroup(20, 50 * snn.Hz, name="sources")
    given = snn.SpikeGeneratorGroup(3, [0, 1, 2, 0], [1.0, 1.0, 5.0, 20.0], name="given")
    current, conductance = snn.Exponential(4.0), snn.Exponential(6.0, snn.COBA(0.0))
    jump = snn.Delta()
    parts = [
        (
            cells[:40],
            cells,
            current,
            snn.LogNormal(3.0, 0.5),
            snn.Uniform(0.2, 3.0),
            snn.FixedIndegree(8),
        ),
        (cells[40:], cells[10:50], current, -50.0, 1.5, snn.FixedTotalNumber(200)),
        (cells, few, conductance, snn.Uniform(0.0, 2.0), 0.7, snn.Bernoulli(0.3)),
        (few, cells, jump, 3.0, 0.1, snn.FixedOutdegree(10, multapses=False)),
        (sources, cells, current, 60.0, 1.0, snn.Bernoulli(0.2)),
        (given, few, jump, np.arange(6.0).reshape(3, 2) * 5, 0.4, snn.AllToAll()),
    ]
    synapses = []
    for source, target, receptor, weight, delay, rule in parts:
        synapses.append(snn.Synapses(source, target, receptor, weight=weight, delay=delay))
        synapses[-1].connect(rule)
    noise = snn.PoissonInput(cells, current, N=500, rate=5 * snn.Hz, weight=20.0)
    monitors = [snn.SpikeMonitor(g) for g in (cells, few, sources)]
    rates = snn.PopulationRateMonitor(cells)
    net = snn.Network(cells, few, sources, given, synapses, noise, monitors, rates, dt=0.1, seed=4)
    net.run(40.0, record=record)
    cells[5:33].I_e = 700.0
    few.V_m = [-56.0, -57.0]
    net.run(25.0, record=record)
    found = {"V_m": cells.V_m, "I_syn": cells.I_syn, "few": few.V_m, "g": few.g, "rate": rates.rate}
    for k, monitor in enumerate(monitors):
        found |= {f"t{k}": monitor.t, f"i{k}": monitor.i}
    for k, made in enumerate(synapses):
        found |= {f"{name}{k}": getattr(made, name) for name in ("i", "j", "weight", "delay")}
    return found


def spikes_of_file(path: Path) -> dict[str, bytes]:
    with h5py.File(path) as file:
        return {
            f"{name}/{column}": file["spikes"][name][column][...].tobytes()
            for name in file["spikes"]
            for column in ("timestamps", "node_ids")
        }


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_same_results_as_in_one_process(
    world: World, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether ranks of one host meet in memory that they share or send messages."""
    expected = alone(world, lambda: run_network(shared_path / "alone.h5"))
    assert all(expected[f"t{k}"].size > 10 for k in range(3))
    file = spikes_of_file(shared_path / "alone.h5")
    assert all(file.values())
    messages = []
    gather = MpiWorld.allgather_into

    def counted(self: MpiWorld, send: np.ndarray, receive: np.ndarray) -> None:
        messages.append(send.size)
        gather(self, send, receive)

    monkeypatch.setattr(MpiWorld, "allgather_into", counted)
    for shared in (True, False) if world.size > 1 else (True,):
        if not shared:
            monkeypatch.setenv("DISTSNN_SHARED_MEMORY", "0")
        found = run_network(shared_path / f"together {shared}.h5")
        assert bool(messages) is not shared
        for name, values in expected.items():
            assert values.tobytes() == found[name].tobytes(), name
        world.barrier()
        assert file == spikes_of_file(shared_path / f"together {shared}.h5")


@pytest.mark.ranks(2, 4)
def test_one_rank_alone_may_ask(world: World) -> None:
    """For edges, values and monitors: nothing waits for ranks that do not."""
    cells = snn.NeuronGroup(30, snn.LIF(I_e=500.0), name="cells")
    synapses = snn.Synapses(
        cells, cells, snn.Exponential(4.0), weight=snn.Normal(1.0, 0.1), delay=1.0
    )
    synapses.connect(snn.FixedOutdegree(5))
    spikes = snn.SpikeMonitor(cells)
    net = snn.Network(cells, synapses, spikes, dt=0.1)
    if world.rank == world.size - 1:
        assert synapses.i.size == len(synapses) == 150
        assert cells.V_m.size == 30
    net.run(30.0)
    if world.rank == 0:
        assert synapses.weight.size == 150
        assert cells.I_syn.size == 30
        assert spikes.t.size == spikes.count.sum() > 0
    world.barrier()
