"""The number of threads of each rank is not part of the result either: not to the last bit."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from distsnn.run import engine as engine_module
from tests.invariance import test_monitor_ranks, test_plastic_ranks
from tests.invariance.test_ranks import Result, assert_same, n_spikes, simulated
from tests.networks import Plan, Projection
from tests.plastic_texts import (
    found,
    half_weights,
    half_weights_and_traces,
    is_recognized,
    text_network,
)
from tests.recorded import contents
from tests.saved_networks import MAKERS, continued, same
from tests.synapse_scripts import SCRIPTS

# Numbers of ranks, and of threads of each.
SPLITS = ((1, 1), (1, 2), (1, 3), (2, 2), (3, 1), (2, 3), (1, 7))
FEW = ((1, 1), (1, 3), (2, 2))


def run(ranks: int, threads: int, job: Callable[[World], Result]) -> list[Result]:
    """What each rank finds."""

    def play(world: World) -> Result:
        snn.set_threads(threads)
        return job(world)

    return run_loopback(ranks, play)


def check(job: Callable[[World], Result], splits: tuple[tuple[int, int], ...] = SPLITS) -> Result:
    """Every rank of every number of ranks and threads finds the same; what that is."""
    first: Result | None = None
    for ranks, threads in splits:
        for of_rank in run(ranks, threads, job):
            first = first or of_rank
            assert_same(first, of_rank)
    assert first is not None
    return first


def plan(delay: str = "normal") -> Plan:
    return Plan(
        3,
        (30, 11),
        (5,),
        (("cuba", "delta"), ("coba",)),
        (
            Projection(0, 0, 0, "indegree", "uniform", delay),
            Projection(0, 0, 1, "p", "number", "number", (0.0, 0.6), (0.3, 1.0)),
            Projection(0, 1, 0, "total", "array", "array"),
            Projection(2, 0, 0, "p", "number", "one step"),
            Projection(2, 1, 0, "all", "number", "one step"),
        ),
        poisson=True,
    )


def test_static_networks() -> None:
    assert n_spikes(check(simulated(plan(), 0.0, 17.7, 1.0, 41.3))) > 100


@pytest.mark.parametrize("delay", ["zero", "uniform"])
def test_small_rings(delay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that leave compiled code one by one find each other again."""
    expected = check(simulated(plan(delay), 40.0), ((1, 1),))
    monkeypatch.setattr(engine_module, "SMALLEST_RING", 2)
    monkeypatch.setattr(engine_module, "SMALLEST_LOG", 1)
    assert_same(expected, check(simulated(plan(delay), 40.0), ((1, 3), (2, 2))))


@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1)])
def test_fewer_neurons_than_threads(sizes: tuple[int, ...]) -> None:
    projections = (
        Projection(len(sizes), 0, 0, "all", "number", "one step"),
        Projection(0, len(sizes) - 1, 0, "all", "normal", "zero"),
    )
    lonely = Plan(6, sizes, (1,), (("cuba",),) * len(sizes), projections, poisson=True)
    assert n_spikes(check(simulated(lonely, 50.0))) > 10


def test_bursts_overflow_messages() -> None:
    """Ranks of several threads enlarge what they send while other threads wait."""

    def job(_: World) -> Result:
        cells = snn.NeuronGroup(3000, snn.LIF(I_e=40_000.0, t_ref=0.3))
        synapses = snn.Synapses(cells, cells[:2], snn.Delta(), weight=1e-3, delay=0.5)
        synapses.connect()
        spikes = snn.SpikeMonitor(cells)
        snn.Network(cells, synapses, spikes).run(5.0)
        return {"t": spikes.t, "i": spikes.i, "V_m": cells.V_m}

    assert check(job, FEW)["t"].size > 10_000


def test_rules_that_change_weights() -> None:
    check(test_plastic_ranks.job, FEW)


@pytest.mark.parametrize("recognize", [True, False])
def test_rules_as_text(recognize: bool) -> None:
    def job(_: World) -> Result:
        net, parts, spikes = text_network(recognize)
        net.run(43.7)
        (half_weights if recognize else half_weights_and_traces)(parts)
        net.run(20.0)
        assert is_recognized(net) == recognize
        return found(parts, spikes)

    check(job, FEW)


@pytest.mark.parametrize("name", ["added", "changed before", "delays", "details", "distance"])
def test_synapses_as_text(name: str) -> None:
    check(lambda _: SCRIPTS[name](snn), FEW)


def test_monitors() -> None:
    check(test_monitor_ranks.job(0.5, (13.3, 0.1, 6.6)), FEW)
    check(test_monitor_ranks.text_job, FEW)


def test_recorded_files(tmp_path: Path) -> None:
    def recorded(ranks: int, threads: int) -> dict[str, object]:
        folder = tmp_path / f"{ranks} {threads}"
        folder.mkdir()
        files = run(ranks, threads, lambda world: contents(world, folder, None))
        assert sorted(os.listdir(folder)) == sorted(files[0])
        return files[0]

    expected = recorded(1, 1)
    for split in FEW[1:]:
        assert recorded(*split) == expected


@pytest.mark.parametrize("kind", MAKERS)
def test_checkpoints(kind: str, tmp_path: Path) -> None:
    """Saved on some ranks and threads, and loaded on others."""
    record, load = tmp_path / "spikes.h5", None
    for split, time in (((1, 3), 17.3), ((2, 2), 12.2), ((1, 2), 25.5)):
        save = tmp_path / f"after {time}"
        results = run(*split, partial(_continued, kind, time, load, save, record))
        load = save
    expected = run(1, 1, partial(_continued, kind, 55.0, None, None, tmp_path / "whole.h5"))
    for of_rank in results:
        same(of_rank, expected[0])
    assert record.read_bytes() == (tmp_path / "whole.h5").read_bytes()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_checkpoint_does_not_tell_the_number_of_threads(kind: str, tmp_path: Path) -> None:
    for split in FEW:
        save = tmp_path / f"{split}"
        run(*split, partial(_continued, kind, 17.3, None, save, None))
        assert save.read_bytes() == (tmp_path / f"{FEW[0]}").read_bytes()


def _continued(
    kind: str, time: float, load: Path | None, save: Path | None, record: Path | None, _: World
) -> Result:
    return continued(MAKERS[kind], time, load, save, record)
