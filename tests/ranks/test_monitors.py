"""Monitors on real ranks hold what they hold in one process, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World
from tests.alone import alone


def recorded() -> dict[str, np.ndarray]:
    cells = snn.NeuronGroup(9, snn.LIF(I_e=np.linspace(280.0, 700.0, 9)), name="cells")
    synapses = snn.Synapses(cells, cells, snn.Exponential(4.0), weight=30.0, delay=0.5)
    synapses.connect(p=0.5)
    states = snn.StateMonitor(cells, ["V_m", "I_e"], True)
    rare = snn.StateMonitor(cells[6:], "V_m", [2, 0], dt=0.3, when="end")
    spikes = snn.SpikeMonitor(cells, "V_m")
    network = snn.Network(cells, synapses, states, rare, spikes, dt=0.1, seed=4)
    network.run(20.0)
    cells[2:5].V_m = -60.0
    network.run(15.1)
    return {
        "V_m": states.V_m, "I_e": states.I_e, "t": states.t, "rare": rare.V_m, "rare t": rare.t,
        "spikes": spikes.V_m, "i": spikes.i,
    }  # fmt: skip


@pytest.mark.ranks(1, 2, 3, 12)
def test_monitors_are_those_of_one_process(world: World) -> None:
    found = recorded()
    expected = alone(world, recorded)
    assert expected["spikes"].size > 10
    for name, values in expected.items():
        assert found[name].tobytes() == values.tobytes(), name
