"""A network whose time step changes: on any ranks and threads, saved and loaded, the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from tests.saved_networks import Made, Results, same

# Time step and duration of each run, ms. What plastic synapses remember has no place between steps.
RUNS = {
    "plastic": [(0.1, 12.0), (0.05, 7.05), (0.025, 6.0)],
    "static": [(0.1, 12.0), (0.05, 7.0), (0.2, 9.0), (0.1, 6.3), (0.05, 4.0)],
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    yield
    snn.defaultclock.dt = 0.1 * snn.ms


def network(kind: str) -> Made:
    """All that remembers times; every delay is a whole number of 0.2 ms."""
    cells = snn.NeuronGroup(23, snn.LIF(I_e=700.0, t_ref=np.linspace(0.3, 3.0, 23)), name="cells")
    cells.V_m = snn.Uniform(-70.0, -56.0)
    G = snn.NeuronGroup(
        17,
        "dv/dt = (1.2 - v)/(5*ms) + 0.1*xi/sqrt(ms) : 1 (unless refractory)\ng : 1",
        threshold="v > 1",
        reset="v = 0.1*rand()",
        refractory="(0.5 + 0.13*i)*ms",
        name="G",
    )
    P = snn.PoissonGroup(11, rates=100 * snn.Hz, name="P")
    fast = snn.Exponential(tau=3.0)
    rule = snn.TripletSTDP("full", 0.5, 2.0, 1.5, 0.5, w_max=80.0) if kind == "plastic" else None
    stp = snn.STP(0.4, 80, 20) if kind == "plastic" else None
    synapses = [
        snn.Synapses(P, cells, fast, weight=60.0, delay=1.0, stdp=rule, stp=stp),
        snn.Synapses(cells, cells, fast, weight=30.0, delay=2.4),
        snn.Synapses(cells, G, on_pre="v_post += 0.1", delay=0.4 * snn.ms, name="S"),
        snn.Synapses(
            P,
            G,
            "w : 1\nda/dt = -a/(5*ms) : 1 (event-driven)",
            on_pre="v_post += w*rand(); a += 1",
            on_post="w += 0.01*a; g_post += 1",
            name="T",
        ),
    ]
    for made in synapses:
        made.connect(p=0.4)
    synapses[3].w = "0.1*rand()"
    synapses[3].pre.delay = "0.4*(1 + (i + j) % 5)*ms"
    synapses[3].post.delay = 1.6 * snn.ms
    inputs = [
        snn.PoissonInput(cells, fast, 100, 8 * snn.Hz, 20.0, name="noise"),
        snn.PoissonInput(G, "g", 20, 100 * snn.Hz, 0.5, name="counts"),
    ]
    spikes, of_G = snn.SpikeMonitor(cells, name="spikes"), snn.SpikeMonitor(G, "g", name="of_G")
    trace = snn.StateMonitor(G, ["v", "g"], [0, 3, 16], dt=0.6, name="trace")
    rate = snn.PopulationRateMonitor(P, name="rate")
    net = snn.Network(cells, G, P, synapses, inputs, spikes, of_G, trace, rate, seed=3)

    def results() -> Results:
        return {
            "t": spikes.t,
            "i": spikes.i,
            "t of G": of_G.t,
            "g at spikes": of_G.g,
            "trace": np.concatenate([trace.v, trace.g]),
            "trace t": trace.t,
            "rate": rate.rate,
            "rate t": rate.t,
            "V_m": cells.V_m,
            "v": G.v,
            "w": synapses[3].w[:],
            "weights": np.asarray(synapses[0].w),
            "last": np.asarray(G.lastspike),
            "reached": np.array([net.t, net.dt]),
        }

    return net, results


def job(kind: str, first: int, last: int, load: Path | None, save: Path | None) -> Results:
    snn.defaultclock.dt = 0.1 * snn.ms
    net, results = network(kind)
    if load is not None:
        net.load(load)
        # As in Brian 2, the clock has the time step that was saved.
        assert snn.defaultclock.dt == RUNS[kind][first - 1][0]
    for dt, duration in RUNS[kind][first:last]:
        snn.defaultclock.dt = dt * snn.ms
        net.run(duration)
    if save is not None:
        net.save(save)
    return results()


@pytest.mark.parametrize("kind", RUNS)
def test_time_steps_on_ranks_and_threads_and_through_checkpoints(kind: str, tmp_path: Path) -> None:
    n = len(RUNS[kind])
    whole = run_loopback(1, lambda _: job(kind, 0, n, None, None))[0]
    assert whole["t"].size + whole["t of G"].size > 80
    assert whole["reached"][0] == pytest.approx(sum(duration for _, duration in RUNS[kind]))
    assert len(np.unique(np.round(np.diff(whole["rate t"]), 9))) == len({r for r, _ in RUNS[kind]})
    load = None
    splits = [(3, 1), (1, 2), (7, 1), (4, 1), (2, 2)]
    for last, (ranks, threads) in zip(range(1, n + 1), splits, strict=False):
        save = tmp_path / f"after {last}.h5"

        def play(
            _: World,
            first: int = last - 1,
            last: int = last,
            ends: tuple[Path | None, Path] = (load, save),
            threads: int = threads,
        ) -> Results:
            snn.set_threads(threads)
            return job(kind, first, last, *ends)

        found = run_loopback(ranks, play)
        load = save
    for of_rank in found:
        same(of_rank, whole)


def test_draws_of_earlier_steps_are_not_drawn_again() -> None:
    """Steps 100 to 199 come twice: before the step grows from 0.1 to 0.2 ms, and after it."""
    G = snn.NeuronGroup(3, "x = rand() : 1 (constant over dt)", name="G")
    P = snn.PoissonGroup(40, 1000 * snn.Hz, name="P")
    seen, spikes = snn.StateMonitor(G, "x", record=True), snn.SpikeMonitor(P)
    net = snn.Network(G, P, seen, spikes)
    net.run(20.0)
    net.dt = 0.2
    net.run(20.0)
    x = np.asarray(seen.x)
    assert x.shape == (3, 300)
    assert np.unique(x).size == x.size
    steps = np.zeros((2, 40, 100), dtype=bool)
    before, after = (spikes.t > 9.95) & (spikes.t < 19.95), spikes.t > 19.9
    steps[0, spikes.i[before], np.rint(spikes.t[before] / 0.1).astype(int) - 100] = True
    steps[1, spikes.i[after], np.rint(spikes.t[after] / 0.2).astype(int) - 100] = True
    # 0.1 and 0.2 of 4000: independent steps coincide in 80, with a deviation of 9.
    assert abs((steps[0] & steps[1]).sum() - 80) < 45
