"""Devices of Brian 2: runs that wait for ``device.build()``, and that run again."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

import distsnn.brian as b2
from distsnn.errors import ParameterError
from distsnn.front.dialect.devices import reset_device


@pytest.fixture(autouse=True)
def _go_back() -> Iterator[None]:
    yield
    reset_device()


def simulated(waits: bool) -> list[list[float]]:
    """Values over time of a simulation of two runs, with values set between, and run again."""
    b2.start_scope()
    b2.set_device("cpp_standalone", build_on_run=not waits)
    G = b2.NeuronGroup(
        3, "dv/dt = (a - v)/tau : 1\ntau : second\na : 1", threshold="v > 0.3", reset="v = 0",
        method="euler",
    )  # fmt: skip
    G.tau, G.a = 10 * b2.ms, [0.2, 0.5, 0.7]
    trace, spikes = b2.StateMonitor(G, "v", record=True), b2.SpikeMonitor(G)
    net = b2.Network(G, trace, spikes)
    net.run(10 * b2.ms)
    G.v = 0.25
    G.a[1:] = 0.4
    net.run(10 * b2.ms)
    if waits:
        for read in (lambda: trace.v, lambda: G.v[:], lambda: spikes.count):
            with pytest.raises(NotImplementedError, match=r"Call device\.build"):
                read()
        assert b2.device.is_waiting
    b2.device.build(run=False)
    found = []

    def note() -> None:
        found.append([*trace.v[:, ::40].ravel(), len(spikes.t), *G.v[:]])

    for tau in (5 * b2.ms, 20 * b2.ms):
        b2.device.run(run_args={G.tau: tau, G.a: [0.3, 0.4, 0.8]})
        note()
    b2.device.run()
    note()
    return found


@pytest.mark.ranks(1, 2)
def test_a_simulation_waits_and_is_run_again() -> None:
    at_once = simulated(waits=False)
    waiting = simulated(waits=True)
    np.testing.assert_array_equal(at_once, waiting)
    # At each time constant another number of spikes, last that of the values as they were set.
    assert len({row[-4] for row in at_once}) == 3


def test_build_runs_what_waits() -> None:
    b2.start_scope()
    b2.set_device("cpp_standalone", build_on_run=False)
    G = b2.NeuronGroup(2, "dv/dt = (2 - v)/(10*ms) : 1", method="euler")
    net = b2.Network(G)
    assert net.run(1 * b2.ms) is None
    G.v = 1
    later = b2.StateMonitor(G, "v", record=True)
    # What is new is added once what waits has been done.
    net.add(later)
    net.run(1 * b2.ms)
    b2.device.build()
    assert len(later.t) == 10
    assert later.v[0, 0] == 1
    assert net.t / b2.ms == pytest.approx(2)


class Sent:
    """What a script sends to the processes of a pool."""

    def __init__(self) -> None:
        b2.start_scope()
        b2.set_device("cpp_standalone", build_on_run=False)
        G = b2.NeuronGroup(2, "dv/dt = (2 - v)/tau : 1\ntau : second", method="euler", name="cells")
        self.net = b2.Network(G)
        self.net.run(1 * b2.ms)
        self.device = b2.get_device()
        self.device.build(run=False)

    def run(self, tau: float) -> tuple[float, float]:
        """The potential at the end, with a time constant in ms and by Euler's method."""
        self.device.run(run_args={self.net["cells"].tau: tau * b2.ms})
        return float(self.net["cells"].v[0]), 2 - 2 * (1 - 0.1 / tau) ** 10


def test_processes_of_a_pool_run_a_simulation_with_other_values() -> None:
    sent = Sent()
    with get_context("fork").Pool(2) as pool:
        for found, expected in pool.map(sent.run, [5.0, 10.0, 20.0]):
            assert found == pytest.approx(expected, rel=1e-12)
    # A process that was started anew has no such network.
    named = ForkingPickler.dumps(sent.net)
    b2.get_device().reinit()
    with pytest.raises(ParameterError, match="a process that is forked"):
        pickle.loads(named)
