"""The loop: rings and logs that fill, stretches of the run, readers."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.codegen.program_arguments import OfEfficacy, OfHistory, OfTraces
from distsnn.exchange import SerialWorld, Team, World, current_world, run_loopback
from distsnn.run import engine as module
from distsnn.run.engine import Engine


class Log:
    """A reader that keeps everything."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.gids: list[int] = []
        self.calls = 0

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        self.steps += step.tolist()
        self.gids += gid.tolist()
        self.calls += 1


def network(n: int = 300, delay: object = 0.5) -> snn.Network:
    cells = snn.NeuronGroup(n, snn.LIF(I_e=np.linspace(300, 3000, n), t_ref=0.5), name="cells")
    synapses = snn.Synapses(
        cells, cells, snn.Exponential(3.0), weight=snn.Normal(0.0, 50.0), delay=delay
    )
    synapses.connect(snn.FixedIndegree(20))
    return snn.Network(cells, synapses, seed=1)


def made(world: World, net: snn.Network) -> Engine:
    return Engine(world, build_rank(net.description, world.rank, world.size))


def run(n_steps: int, *, cuts: tuple[int, ...] = (), n: int = 300, delay: object = 0.5) -> Log:
    log = Log()
    engine = made(current_world(), network(n, delay))
    for end in (*cuts, n_steps):
        engine.advance(end, [log], lambda _: None)
        assert engine.step == end
    assert engine.counters[1] == len(log.steps)
    return log


@pytest.mark.parametrize("size", [1, 2, 3])
def test_readers_get_all_spikes_in_order(size: int) -> None:
    logs = run_loopback(size, lambda _: run(400))
    for log in logs:
        keys = list(zip(log.steps, log.gids, strict=True))
        assert keys == sorted(set(keys))
        assert len(keys) > 1000
        assert (log.steps, log.gids) == (logs[0].steps, logs[0].gids)


@pytest.mark.parametrize("ring", [2, 16])
@pytest.mark.parametrize("delay", [0.0, 0.5, snn.Uniform(0.0, 10.0)])
def test_a_small_ring_and_log_grow(
    monkeypatch: pytest.MonkeyPatch, ring: int, delay: object
) -> None:
    expected = run(400, delay=delay)
    monkeypatch.setattr(module, "SMALLEST_RING", ring)
    monkeypatch.setattr(module, "SMALLEST_LOG", 1)
    for size in (1, 3):
        for log in run_loopback(size, lambda _: run(400, delay=delay)):
            assert (log.steps, log.gids) == (expected.steps, expected.gids)
            assert log.calls > 3


@pytest.mark.parametrize("cuts", [(1,), (0, 3, 5, 5, 200), tuple(range(0, 400, 7))])
def test_cuts_of_the_run_change_nothing(cuts: tuple[int, ...]) -> None:
    expected = run(400, delay=snn.Uniform(0.4, 3.0))
    for size in (1, 2):
        for log in run_loopback(size, lambda _: run(400, cuts=cuts, delay=snn.Uniform(0.4, 3.0))):
            assert (log.steps, log.gids) == (expected.steps, expected.gids)


def test_someone_may_look() -> None:
    seen: list[int] = []
    engine = made(SerialWorld(), network())
    engine.advance(300, [], seen.append)
    assert seen[-1] == 300
    assert seen == sorted(seen)
    # Intervals grow until a look costs little.
    assert len(seen) < 100


def test_counters() -> None:
    engine = made(SerialWorld(), network())
    engine.advance(300, [], lambda _: None)
    updates, spikes, events, draws = engine.counters.tolist()
    assert (updates, draws) == (300 * 300, 0)
    degree = np.bincount(network().synapses[0].i, minlength=300)
    log = Log()
    again = made(SerialWorld(), network())
    again.advance(300, [log], lambda _: None)
    # A spike acts five steps later.
    assert events == sum(degree[g] for s, g in zip(log.steps, log.gids, strict=True) if s < 295)
    assert spikes == len(log.steps)


@pytest.mark.parametrize("n_ranks", [1, 2])
def test_threads_stop_together(n_ranks: int) -> None:
    net = network()

    def play(world: World) -> list[int]:
        team = Team(world, 3)
        engines = team.run(lambda local: made(local, net))

        def on_progress(step: int) -> None:
            if world.rank == n_ranks - 1 and step >= 50:
                engines[0].stop()

        team.run(lambda local: engines[local.thread].advance(10**9, [], on_progress))
        return [engine.step for engine in engines]

    of_ranks = run_loopback(n_ranks, play)
    assert of_ranks == [[of_ranks[0][0]] * 3] * n_ranks
    assert 50 <= of_ranks[0][0] < 10**9


@pytest.mark.parametrize("n_ranks", [1, 2])
def test_an_error_of_a_reader_ends_all_threads(n_ranks: int) -> None:
    class Full:
        def read_spikes(self, _step: np.ndarray, _gid: np.ndarray) -> None:
            raise OSError("disk is full")

    net = network()

    def play(world: World) -> None:
        team = Team(world, 3)
        engines = team.run(lambda local: made(local, net))
        readers = [[Full()], [], []]
        team.run(
            lambda local: engines[local.thread].advance(300, readers[local.thread], lambda _: None)
        )

    with pytest.raises(OSError, match="disk is full"):
        run_loopback(n_ranks, play)


def test_an_error_of_a_reader_is_not_swallowed() -> None:
    class Full:
        def read_spikes(self, _step: np.ndarray, _gid: np.ndarray) -> None:
            raise OSError("disk is full")

    with pytest.raises(OSError, match="disk is full"):
        made(SerialWorld(), network()).advance(300, [Full()], lambda _: None)


def test_assignments_between_runs_leave_what_has_grown() -> None:
    """Rings and histories are larger than when they were built."""
    cells = snn.NeuronGroup(40, snn.LIF(I_e=900.0, t_ref=0.0), name="cells")
    fast = snn.Exponential(tau=5.0)
    rule = snn.STDP(0.1, 0.1, w_max=5.0)
    synapses = [
        snn.Synapses(cells, cells, fast, weight=1.0, delay=12.0, stp=snn.STP()),
        snn.Synapses(cells, cells, fast, weight=1.0, delay=20.0, stdp=rule),
    ]
    for made in synapses:
        made.connect(snn.OneToOne())
    net = snn.Network(cells, synapses)
    net.run(100.0)
    engine = net._state.built.engine
    assert engine is not None
    names = (
        OfEfficacy(0)["release"],
        OfTraces(0)["previous_step"],
        OfTraces(0)["previous_number"],
        OfHistory(0)["entries"],
        OfHistory(0)["mask"],
    )
    before = [engine.values[name] for name in names]
    assert before[0].size == before[2].size > 0
    cells.I_e = 800.0
    assert all(engine.values[name] is value for name, value in zip(names, before, strict=True))
    net.run(50.0)
