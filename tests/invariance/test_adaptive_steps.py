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
    assert len(found[0]) > 30


def test_an_equation_with_a_closed_form() -> None:
    """One that grows to infinity at 2 ms, so that sub-steps become short."""
    cells = snn.NeuronGroup(2, "dx/dt = x**2/ms : 1", method="rkf45", name="cells")
    cells.x = [0.5, -3.0]
    start = np.array(cells.x[:])
    snn.Network(cells, dt=0.9).run(1.8)
    # Whole steps of the same order would be wrong by 2.
    np.testing.assert_allclose(cells.x[:], start / (1.0 - 1.8 * start), rtol=1e-4)


def test_a_spike_within_a_step_is_reset_there() -> None:
    """The rest of the step goes on from the reset: with it there are more spikes."""
    found = {}
    for method in ("rkf45", "rkf45_reset"):
        cells = snn.NeuronGroup(
            1, "dx/dt = (1 + x)/ms : 1", threshold="x >= 1", reset="x = 0",
            method=method, name="cells",
        )  # fmt: skip
        spikes = snn.SpikeMonitor(cells)
        snn.Network(cells, spikes, dt=0.5).run(50.0)
        found[method] = spikes.num_spikes
    # The time to grow from 0 to 1 is log(2) ms; whole steps make it two of 0.5 ms.
    assert found["rkf45"] == 50
    assert found["rkf45_reset"] > 55
