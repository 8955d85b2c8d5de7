"""How a table is stored is no part of the result: not to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.tables import row_layout
from distsnn.exchange import run_loopback
from distsnn.run.spikes import bucket_pools
from tests.invariance.test_ranks import Result, assert_same, n_spikes, simulated
from tests.invariance.test_threads import plan
from tests.saved_networks import MAKERS, continued, same


def in_rows(net: snn.Network) -> int:
    """How many tables of a network that has run are in rows."""
    assert net._state.built is not None
    return sum(plan.in_rows for plan in net._state.built.build.plans)


@pytest.mark.parametrize("delay", ["zero", "normal"])
def test_static_networks(delay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = simulated(plan(delay), 0.0, 17.7, 1.0, 21.3)
    monkeypatch.setattr(row_layout, "FORCED", False)
    expected = run_loopback(2, job)[0]
    assert n_spikes(expected) > 100
    monkeypatch.setattr(row_layout, "FORCED", True)
    # Pools that are too small at first.
    monkeypatch.setattr(bucket_pools, "FEWEST_CHUNKS", 1)

    def threaded(world: object) -> Result:
        snn.set_threads(2)
        return job(world)  # type: ignore[arg-type]  # the world of a loopback

    for count in (1, 2, 3, 4, 7):
        for found in run_loopback(count, job):
            assert_same(expected, found)
    for found in run_loopback(2, threaded):
        assert_same(expected, found)


def test_saved_and_loaded_in_another_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = MAKERS["ready"]
    monkeypatch.setattr(row_layout, "FORCED", False)
    expected = run_loopback(2, lambda _: continued(make, 45.0))[0]
    load = None
    steps = [(3, 11.3, True), (1, 9.4, False), (4, 12.1, True), (7, 12.2, True)]
    for count, time, rows in steps:
        monkeypatch.setattr(row_layout, "FORCED", rows)
        save = tmp_path / f"after {count}"
        found = run_loopback(count, lambda _, t=time, a=load, b=save: continued(make, t, a, b))
        load = save
    for of_rank in found:
        same(of_rank, expected)


def test_weights_set_between_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spikes in flight act with the weights that there are when they act."""

    def job(_: object) -> Result:
        cells = snn.NeuronGroup(40, snn.LIF(I_e=390.0), name="cells")
        cells.V_m = snn.Uniform(-70.0, -56.0)
        made = [
            snn.Synapses(cells, cells, snn.Exponential(3.0), weight=weight,
                         delay=snn.Uniform(1.0, 9.0))
            for weight in (40.0, snn.Normal(30.0, 5.0))
        ]  # fmt: skip
        for synapses in made:
            synapses.connect(p=0.2)
        spikes = snn.SpikeMonitor(cells)
        net = snn.Network(cells, made, spikes, seed=2)
        for part in range(4):
            net.run(12.3)
            made[part % 2].weight = 50.0 - 25.0 * part
        net.run(10.0)
        return {"t": spikes.t, "V_m": cells.V_m, "rows": spikes.t[:0] + in_rows(net)}

    results = []
    for forced in (False, True):
        monkeypatch.setattr(row_layout, "FORCED", forced)
        results.append(run_loopback(2, job)[0])
    assert n_spikes(results[0]) > 50
    assert_same(*results)


def test_weights_of_16_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one word with the target or apart, on any number of ranks and threads, and resumed."""

    def job(threads: int, load: Path | None = None, save: Path | None = None) -> Result:
        snn.set_threads(threads)
        cells = snn.NeuronGroup(60, snn.LIF(I_e=390.0), name="cells")
        cells.V_m = snn.Uniform(-70.0, -56.0)
        receptor = snn.Exponential(3.0)
        # The first two share a table; the next one cannot, and neither can the last.
        made = [
            snn.Synapses(cells, cells, receptor, weight=law, delay=snn.Uniform(0.4, 9.0),
                         weight_bits=16, stp=stp)
            for law, stp in (
                (snn.Normal(3.0, 0.3, low=0.0), None),
                (snn.Normal(6.0, 0.6, low=0.0), None),
                (snn.Normal(-21.0, 3.0), None),
                (snn.LogNormal(2.0, 0.3), snn.STP(0.4, 80.0, 20.0)),
            )
        ]  # fmt: skip
        for synapses in made:
            synapses.connect(p=0.2)
        spikes = snn.SpikeMonitor(cells)
        net = snn.Network(cells, made, spikes, seed=2)
        if load is not None:
            net.load(load)
        net.run(30.0 - net.t)
        if save is not None:
            net.save(save)
        net.run(30.0)
        assert net._state.built is not None
        plans = net._state.built.build.plans
        assert [plan.projections for plan in plans] == [(0, 1), (2,), (3,)]
        weights = {f"w{n}": np.array(synapses.weight) for n, synapses in enumerate(made)}
        return {"t": spikes.t, "i": spikes.i, "V_m": cells.V_m, **weights}

    monkeypatch.setattr(row_layout, "FORCED", True)
    expected = run_loopback(2, lambda _: job(1))[0]
    assert n_spikes(expected) > 50
    monkeypatch.setattr(row_layout, "FORCED", False)
    saved = tmp_path / "saved"
    for count, threads in ((1, 1), (2, 2), (3, 1), (4, 1), (7, 1)):
        for found in run_loopback(count, lambda _, t=threads, n=count: job(
            t, saved if n == 4 else None, saved if n == 3 else None
        )):  # fmt: skip
            assert_same(expected, found)
