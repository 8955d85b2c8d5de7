"""Sub-steps of adaptive size: the same on any number of ranks, and as accurate as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World
from distsnn.exchange.loopback import run_loopback

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


@pytest.mark.parametrize("n_ranks", [2, 3, 7])
def test_sub_steps_are_the_same_on_any_ranks(n_ranks: int, tmp_path: Path) -> None:
    def both_halves(_: World) -> list[list[float]]:
        net, spikes, cells = network()
        net.run(50.0)
        net.save(tmp_path / "half.h5")
        net.run(50.0)
        return contents(spikes, cells)

    found = run_loopback(n_ranks, both_halves)
    alone, spikes, cells = network()
    alone.load(tmp_path / "half.h5")
    alone.run(50.0)
    assert all(one == contents(spikes, cells) for one in found)
    assert len(found[0][0]) > 30


def test_sub_steps_do_not_depend_on_who_is_beside() -> None:
    """Neurons try sub-steps in chunks, which those that have done leave."""
    found = []
    for chosen in (range(600), range(3, 600, 100)):
        cells = snn.NeuronGroup(
            len(chosen),
            snn.AdEx(method="rkf45_reset", I_e=np.linspace(300.0, 1500.0, 600)[chosen]),
            name="cells",
        )
        spikes = snn.SpikeMonitor(cells)
        snn.Network(cells, spikes, dt=DT).run(50.0)
        trains = spikes.spike_trains()
        found.append([(cells.V_m[k], cells.w[k], trains[k].tolist()) for k in range(len(chosen))])
    assert found[1] == found[0][3:600:100]
    assert len(found[1][-1][2]) > 3


# Fehlberg's coefficients, as they stand in books.
STAGES = [
    [],
    [1 / 4],
    [3 / 32, 9 / 32],
    [1932 / 2197, -7200 / 2197, 7296 / 2197],
    [439 / 216, -8.0, 3680 / 513, -845 / 4104],
    [-8 / 27, 2.0, -3544 / 2565, 1859 / 4104, -11 / 40],
]
FIFTH = [16 / 135, 6656 / 12825, 28561 / 56430, -9 / 50, 2 / 55]
ERROR = [1 / 360, -128 / 4275, -2197 / 75240, 1 / 50, 2 / 55]


def twin(x: float, dt: float) -> float:
    """One neuron of dx/dt = x**2 after a step: the sub-steps one after the other."""

    def combined(factors: list[float], slopes: list[float]) -> float:
        total = 0.0
        for n, (factor, slope) in enumerate(zip(factors, slopes, strict=True)):
            total = factor * slope if n == 0 else total + factor * slope
        return total

    left = part = 1.0
    while left > 0.0:
        h, slopes = part * dt, list[float]()
        for row in STAGES:
            at = x + h * combined(row, slopes) if row else x
            slopes.append(at * at)
        used = [slopes[0], *slopes[2:]]
        error = abs(h * combined(ERROR, used)) / 1e-6
        if error > 1.0:
            part *= 0.5
            continue
        x += h * combined(FIFTH, used)
        left -= part
        part = min(left, 2.0 * part if error <= 0.02 else part)
    return x


def test_sub_steps_are_those_of_a_loop() -> None:
    start = np.linspace(-3.0, 0.53, 700)
    cells = snn.NeuronGroup(start.size, "dx/dt = x**2/ms : 1", method="rkf45", name="cells")
    cells.x = start
    snn.Network(cells, dt=0.9).run(1.8)
    expected = [twin(twin(x, 0.9), 0.9) for x in start.tolist()]
    np.testing.assert_array_equal(cells.x[:], expected)


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
