"""Gradients have the same bits on any number of ranks and threads."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError, learning
from distsnn.exchange import run_loopback


def gradients(threads: int = 1) -> list[bytes]:
    cells = snn.NeuronGroup(
        30,
        snn.LIF(
            tau_m=snn.Uniform(8.0, 15.0),
            t_ref=snn.Uniform(0.0, 3.0),
            V_th=snn.Uniform(-58.0, -25.0),
            sensitivities=True,
        ),
        name="cells",
    )
    source = snn.PoissonGroup(20, rates=0.02, name="source")
    fast, slow = snn.Exponential(tau=3.0), snn.Alpha(tau=6.0, name="slow")
    feed = snn.Synapses(
        source,
        cells,
        fast,
        weight=snn.Normal(900.0, 100.0),
        delay=snn.Uniform(0.5, 2.0),
        name="feed",
    )
    feed.connect(p=0.3)
    again = snn.Synapses(
        cells[:20],
        cells[5:],
        slow,
        weight=snn.Normal(100.0, 50.0),
        delay=snn.Uniform(0.4, 4.0),
        name="again",
    )
    again.connect(p=0.4)
    again.connect(i=[0, 0, 3], j=[1, 1, 2])
    noise = snn.PoissonInput(cells, fast, N=10, rate=0.05, weight=150.0)
    trace, late = (snn.StateMonitor(cells[5:15], "V_m", record=[7, 0, 3]) for _ in range(2))
    network = snn.Network(cells, source, feed, again, noise, trace, seed=3, threads=threads)
    adjoint = learning.Adjoint(network, learning.Surrogate(width=5.0))
    network.add(late)
    network.run(40.0)
    assert adjoint._spikes[0].num_spikes > 40
    gradient = adjoint.backward(learning.SpikeCount(cells, 2.0, 30.0, 10.0))
    assert gradient.silent(cells).size > 2
    found = [
        gradient.weight(feed),
        gradient.weight(again),
        gradient.delay(feed),
        gradient.delay(again),
    ]
    found += [gradient.current(cells), gradient.spike_times(cells), gradient.spike_times(source)]
    constants = "tau_m", "tau_I_syn", "tau_I_syn_slow"
    found += [gradient.time_constant(cells, name) for name in constants]
    gradient = adjoint.backward(learning.VoltageIntegral(trace, -60.0))
    found += [gradient.weight(feed), gradient.delay(again), gradient.current(cells)]
    found += [gradient.time_constant(cells, name) for name in constants]
    gradient = adjoint.backward(learning.VoltageIntegral(late, -60.0))
    assert gradient.weight(feed).tobytes() == found[-6].tobytes()
    with pytest.raises(ParameterError, match="tau_m of cells, whose potentials a loss depends on"):
        gradient.time_constant(cells, "tau_m")
    assert all(np.isfinite(values).all() and np.ptp(values) > 0 for values in found)
    return [values.tobytes() for values in found]


@pytest.fixture(scope="module")
def alone() -> list[bytes]:
    return gradients()


@pytest.mark.parametrize("size", [2, 3, 4, 7, 40])
def test_ranks(alone: list[bytes], size: int) -> None:
    assert run_loopback(size, lambda _: gradients()) == [alone] * size


def test_threads(alone: list[bytes]) -> None:
    assert gradients(threads=3) == alone
    assert run_loopback(2, lambda _: gradients(threads=2)) == [alone] * 2
