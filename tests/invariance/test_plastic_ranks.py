"""Weights that rules change do not depend on ranks or on the exchange interval: not a bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank import rank
from distsnn.assemble.tables import plastic_tables, row_layout
from distsnn.exchange import World, run_loopback

DT, DURATION = 0.1, 120.0
N = 23
Result = dict[str, np.ndarray]


def network(**given: Any) -> tuple[snn.Network, Callable[[], Result]]:
    """Recurrent cells whose plastic synapses drive them, with every division of delays."""
    cells = snn.NeuronGroup(N, snn.LIF(t_ref=0.5), name="cells")
    cells.I_e, cells.V_m = snn.Uniform(500.0, 800.0), snn.Uniform(-70.0, -50.0)
    noise = snn.PoissonGroup(9, rates=0.05, name="noise")
    fast = snn.Exponential(tau=3.0)
    rule = snn.STDP(snn.Uniform(3.0, 8.0), 5.0, w_max=60.0, coincidence="ignore", transmits="after")
    parts = [
        snn.Synapses(
            cells, cells[:15], fast, weight=snn.Uniform(0.0, 60.0), delay=snn.Uniform(0.2, 3.0),
            dendritic_delay=snn.Uniform(0.1, 2.0), stdp=rule, name="both",
        ),
        snn.Synapses(
            noise, cells, fast, weight=30.0, delay=0.0, dendritic_delay="0.3*ms + 0.1*(i % 5)*ms",
            stdp=snn.TripletSTDP("full", 0.5, 2.0, 1.5, 0.5, w_max=80.0), name="dendritic",
            stp=snn.STP(U=0.5, tau_f=20.0, tau_d=30.0),
        ),
        snn.Synapses(
            cells[10:], cells, fast, weight="(-20 - i)*pA", delay=0.4,
            stdp=snn.VogelsSTDP(-0.5, 0.04, snn.Uniform(10.0, 30.0), w_min=-90.0, w_max=0.0),
            name="axonal",
        ),
    ]  # fmt: skip
    parts[0].connect(snn.FixedIndegree(9))
    parts[0].connect(p=0.1)
    parts[1].connect(p=0.6)
    parts[2].connect(j="k for k in range(i - 2, i + 3)", skip_if_invalid=True)
    spikes = snn.SpikeMonitor(cells)
    monitors = {
        "start": snn.StateMonitor(parts[0], "w", record=[3, 0, 140, 3], dt=0.7),
        "end": snn.StateMonitor(parts[1], "w", record=[5, 70], when="end", dt=1.1),
        "every": snn.StateMonitor(parts[2], "w", record=[1]),
    }
    counts = snn.WeightMonitor(parts[0], bins=7, dt=10.0)
    net = snn.Network(
        cells, noise, parts, spikes, *monitors.values(), counts, dt=DT, seed=5, **given
    )

    def found() -> Result:
        result = {"t": spikes.t, "index": spikes.i, "counts": counts.counts, "V_m": cells.V_m}
        result |= {name: monitor.w for name, monitor in monitors.items()}
        for m, synapses in enumerate(parts):
            for name in ("i", "j", "w", "delay", "dendritic_delay"):
                result[f"{name}{m}"] = getattr(synapses, name)
        return result

    return net, found


def job(_: World) -> Result:
    net, found = network()
    net.run(47.3)
    net.run(DURATION - 47.3)
    return found()


@pytest.fixture(scope="module")
def alone() -> Result:
    return run_loopback(1, job)[0]


def assert_same(one: Result, other: Result) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert values.dtype == other[name].dtype
        assert values.tobytes() == other[name].tobytes(), name


def test_weights_change(alone: Result) -> None:
    assert alone["t"].size > 250
    for m in range(3):
        assert np.unique(alone[f"w{m}"]).size > 50
    assert (alone["w0"] == 60.0).any()
    assert (alone["counts"].sum(axis=1) == alone["w0"].size).all()


def test_monitors_agree_with_weights(alone: Result) -> None:
    """Runs that end where a monitor reads give the same weights."""
    net, found = network()
    net.run(1.4)
    first = found()["w0"][[3, 0, 140, 3]]
    net.run(0.7)
    second = found()["w0"][[3, 0, 140, 3]]
    assert alone["start"][:, 2].tobytes() == first.tobytes()
    assert alone["start"][:, 3].tobytes() == second.tobytes()
    net.run(0.2)
    assert alone["end"][:, 2].tobytes() == found()["w1"][[5, 70]].tobytes()
    net.run(10.0 - 2.3)
    edges = np.linspace(0.0, 60.0, 8)
    assert alone["counts"][1].tolist() == np.histogram(found()["w0"], edges)[0].tolist()


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_ranks(alone: Result, count: int) -> None:
    for found in run_loopback(count, job):
        assert_same(alone, found)


@pytest.mark.parametrize("count", [1, 3])
def test_exchange_in_every_step(alone: Result, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank, "exchange_interval", lambda *_: 1)
    for found in run_loopback(count, job):
        assert_same(alone, found)


def test_short_histories(alone: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plastic_tables, "_LEAST", 2)
    monkeypatch.setattr(plastic_tables, "_MOST", 2)
    for found in run_loopback(2, job):
        assert_same(alone, found)


@pytest.mark.parametrize("rows", [False, pytest.param(True, marks=pytest.mark.long)])
def test_saved_and_resumed(
    alone: Result, rows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(_: World) -> None:
        net, _found = network()
        net.run(47.3)
        net.save(tmp_path / "saved")

    def resume(_: World) -> Result:
        net, found = network()
        net.load(tmp_path / "saved")
        net.run(DURATION - 47.3)
        return found()

    run_loopback(3, begin)
    monkeypatch.setattr(row_layout, "FORCED", rows)
    for found in run_loopback(2, resume):
        for name in ("V_m", "w0", "w1", "w2"):
            assert found[name].tobytes() == alone[name].tobytes(), name
