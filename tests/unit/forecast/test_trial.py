"""One rank of a job, advanced alone: the same whichever way it hears of the others."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.describe.network_description import NetworkDescription
from distsnn.exchange.worlds.surrogate import Senders, SurrogateWorld
from distsnn.forecast.trial import Trial, TrialJob, run_trial
from distsnn.run.engine import Engine
from tests.program_arguments import by_name

N, RANK, SIZE = 300, 1, 3
SENDERS = (Senders(0, 200, 3.0), Senders(200, 100, 2.0))


@pytest.fixture(scope="module")
def description() -> NetworkDescription:
    cells = snn.NeuronGroup(N, snn.LIF(I_e=np.linspace(300, 3000, N), t_ref=0.5), name="cells")
    synapses = snn.Synapses(
        cells, cells, snn.Exponential(3.0), weight=snn.Normal(0.0, 50.0), delay=0.5
    )
    synapses.connect(snn.FixedIndegree(20))
    return snn.Network(cells, synapses, seed=1).description


def counted(trial: Trial) -> tuple[int, ...]:
    return (
        trial.steps,
        trial.exchanges,
        trial.spikes,
        trial.events,
        trial.updates,
        trial.neurons,
        trial.synapses,
    )


def test_shared_memory_brings_what_messages_bring(description: NetworkDescription) -> None:
    found = []
    for n_ahead in (0, 4):
        build = build_rank(description, RANK, SIZE)
        world = SurrogateWorld(description, RANK, SIZE, SENDERS, build.interval, n_ahead)
        engine = Engine(world, build)
        # The memory is used anew; the last time, not all of it.
        for n in (4, 4, 1, 4, 3):
            if n_ahead:
                assert engine.memory_group.buffers is not None
                world.write_ahead(engine.memory_group.buffers, n)
            engine.advance(engine.step + n * engine.interval, (), lambda _: None)
        assert engine.exchange.n_exchanges == (0 if n_ahead else 16)
        assert engine.counters[1] > 16 * engine.interval * 3.0
        found.append((engine.counters.tolist(), by_name(build.arrays)["slots"].tolist()))
    assert found[0] == found[1]


def test_trials_of_both_ways_count_the_same(
    description: NetworkDescription, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trial(in_shared_memory: bool) -> Trial:
        # Without time, it ends after the fewest intervals.
        return run_trial(
            TrialJob(description, RANK, SIZE, SENDERS, 0.0, in_shared_memory=in_shared_memory)
        )

    messages, shared = trial(False), trial(True)
    assert counted(messages) == counted(shared)
    assert shared.exchanges > 0
    assert shared.peak >= shared.built >= shared.before
    # With room for fewer intervals than there are, and for no more than ranks have.
    monkeypatch.setattr(sys.modules["distsnn.forecast.trial"], "_MOST_AHEAD", 1)
    assert counted(trial(True)) == counted(shared)


def test_a_rank_alone_needs_no_others(description: NetworkDescription) -> None:
    found = run_trial(TrialJob(description, 0, 1, SENDERS, 0.0, in_shared_memory=True))
    assert found.exchanges == 0
    assert found.neurons == N
    assert found.spikes > 0
