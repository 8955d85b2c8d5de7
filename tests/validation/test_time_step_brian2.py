"""The time step changes between runs, as in Brian 2: times, refractoriness, spikes on their way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import distsnn as snn

brian2 = pytest.importorskip("brian2")
RuntimeDevice = pytest.importorskip("brian2.devices.device").RuntimeDevice
SpikeQueue = pytest.importorskip("brian2.synapses.spikequeue").SpikeQueue

# Of each run: time step and duration, ms. The last lie on grids that are coarser and finer.
RUNS = [(0.1, 10.3), (0.05, 5.2), (0.5, 6.0), (0.1, 4.5), (0.25, 3.0), (0.05, 2.2)]
N = 12


@pytest.fixture
def brian(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Brian with interpreted numpy, which needs no compiler, and with its queue in Python.

    The queue in C++ of Brian 2.9 loses what several old steps put into the same new one.
    """
    device, queue = RuntimeDevice, SpikeQueue
    monkeypatch.setattr(device, "spike_queue", lambda _, first, last: queue(first, last))
    before = brian2.prefs.codegen.target, float(brian2.defaultclock.dt)
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    yield brian2
    brian2.prefs.codegen.target = before[0]
    brian2.defaultclock.dt = before[1] * brian2.second


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    yield
    snn.defaultclock.dt = 0.1 * snn.ms


def run(package: Any, delays: list[float], runs: list[tuple[float, float]]) -> dict[str, Any]:
    """What both packages record, in ms."""
    p, rng = package, np.random.default_rng(5)
    ms = p.ms
    # Few spikes of one source lie in the same step of 0.5 ms.
    times = np.unique(rng.integers(0, 62, 150) * 0.5 + 0.1)
    source = p.SpikeGeneratorGroup(1, np.zeros(times.size, dtype=int), times * ms)
    G = p.NeuronGroup(
        N,
        "dv/dt = (1.3 + 0.02*i - v)/(6*ms) : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory="(1 + 0.23*i)*ms",
        method="exact",
    )
    G.v = "0.05*i"
    S = p.Synapses(source, G, "w : 1", on_pre="v_post += w", on_post="w += 0.001")
    S.connect()
    S.w = "0.05 + 0.01*j"
    S.pre.delay = np.array(delays * N)[:N] * ms
    S.post.delay = 1.5 * ms
    seen = p.StateMonitor(G, "v", record=True)
    weights = p.StateMonitor(S, "w", record=[0, 3, 7])
    spikes, rate = p.SpikeMonitor(G), p.PopulationRateMonitor(G)
    net = p.Network(source, G, S, seen, weights, spikes, rate)
    reached, last = [], []
    for dt, duration in runs:
        p.defaultclock.dt = dt * ms
        net.run(duration * ms)
        reached.append(float(net.t / ms))
        last.append(np.array(G.lastspike / ms))
    return {
        "reached": reached,
        "last spikes": np.maximum(last, -1.0),
        "t": np.array(seen.t / ms),
        "v": np.array(seen.v),
        "w": np.array(weights.w),
        "spike times": np.array(spikes.t / ms),
        "spiking": np.array(spikes.i),
        "rate": np.array(rate.rate / p.Hz),
        "rate times": np.array(rate.t / ms),
    }


# One delay that is no whole number of the coarse steps; several that are whole in all.
@pytest.mark.parametrize(
    "delays", [pytest.param([1.2], marks=pytest.mark.long), [0.5, 1.0, 2.5, 4.0]]
)
def test_runs_of_several_time_steps(brian: Any, delays: list[float]) -> None:
    ours, theirs = run(snn, delays, RUNS), run(brian, delays, RUNS)
    assert len(ours["spiking"]) > 60
    for name, values in theirs.items():
        assert np.shape(ours[name]) == np.shape(values), name
        np.testing.assert_allclose(ours[name], values, rtol=0, atol=1e-9, err_msg=name)


def test_times_that_are_no_whole_number_of_new_steps(brian: Any) -> None:
    """Brian raises ValueError too; after it, here, the old step goes on and then one that fits."""
    for package in (snn, brian):
        G = package.NeuronGroup(1, "v : 1")
        net = package.Network(G)
        package.defaultclock.dt = 0.1 * package.ms
        net.run(10.1 * package.ms)
        package.defaultclock.dt = 0.2 * package.ms
        with pytest.raises(ValueError, match="multiple of"):
            net.run(1 * package.ms)
        if package is brian:
            # It has forgotten the step that it ran with.
            continue
        package.defaultclock.dt = 0.1 * package.ms
        net.run(0.1 * package.ms)
        package.defaultclock.dt = 0.2 * package.ms
        net.run(1 * package.ms)
        assert float(net.t / package.ms) == pytest.approx(11.2)
