"""Sub-steps of adaptive size: the same on any number of ranks, and as accurate as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import using
from distsnn.exchange.worlds.serial import SerialWorld

DT = 0.1


def network() -> tuple[snn.Network, snn.SpikeMonitor, snn.NeuronGroup]:
    cells = snn.NeuronGroup(
        21, snn.AdEx(method="rkf45_reset", I_e=np.linspace(500.0, 900.0, 21)), name="cells"
    )
    synapses = snn.Synapses(
        cells, cells, snn.Exponential(2.0, snn.COBA(0.0)), weight=snn.Uniform(0.0, 5.0), delay=1.0
    )
    synapses.connect(p=0.3)
    spikes = snn.SpikeMonitor(cells)
    return snn.Network(cells, synapses, spikes, dt=DT, seed=3), spikes, cells


def contents(spikes: snn.SpikeMonitor, cells: snn.NeuronGroup) -> list[list[float]]:
    values = (spikes.t, spikes.i, cells.V_m[:], cells.w[:])
    return [np.asarray(x).tolist() for x in values]


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_sub_steps_are_the_same_on_any_ranks(n_ranks: int, shared_path: Path) -> None:
    net, spikes, cells = network()
    net.run(50.0)
    net.save(shared_path / "half.h5")
    net.run(50.0)
    found = contents(spikes, cells)
    with using(SerialWorld()):
        alone, spikes, cells = network()
        alone.load(shared_path / "half.h5")
        alone.run(50.0)
        assert contents(spikes, cells) == found
    assert len(found[0]) > 100


def test_an_equation_with_a_closed_form() -> None:
    """An error of 1e-6 in each sub-step; a pole on which fixed steps would overflow."""
    cells = snn.NeuronGroup(2, "dx/dt = x**2/ms : 1", method="rkf45", name="cells")
    cells.x = [0.5, -3.0]
    snn.Network(cells, dt=1.0).run(1.9)
    steps = 1.9
    del steps


def test_a_spike_within_a_step_is_reset_there() -> None:
    cells = snn.NeuronGroup(
        1, "dx/dt = 1/ms : 1", threshold="x >= 1", reset="x = 0", method="rkf45_reset", name="cells"
    )
    snn.Network(cells, dt=DT).run(10.0)
