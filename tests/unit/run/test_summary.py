"""What a run says of its cost."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import SerialWorld, run_loopback
from distsnn.run.summary import (
    PHASES,
    PhaseTimes,
    RankReport,
    RunSummary,
    gather_summary,
    peak_memory,
)


def summaries(world: object) -> list[RunSummary]:
    cells = snn.NeuronGroup(50, snn.LIF(I_e=500.0), name="cells")
    receptor = snn.Exponential(3.0)
    synapses = snn.Synapses(cells, cells, receptor, weight=1.0, delay=0.5)
    synapses.connect(snn.FixedIndegree(10))
    noise = snn.PoissonInput(cells, receptor, N=10, rate=0.1, weight=1.0)
    net = snn.Network(cells, synapses, noise)
    return [net.run(100.0), net.run(50.0)]


@pytest.mark.parametrize("size", [1, 3])
def test_each_run_counts_its_own(size: int) -> None:
    found = run_loopback(size, summaries)
    for first, second in found:
        assert (first.duration, second.duration) == (100.0, 50.0)
        assert len(first.ranks) == size
        assert sum(r.neurons for r in first.ranks) == 50
        assert sum(r.synapses for r in first.ranks) == 500
        assert sum(r.clock.updates for r in first.ranks) == 50 * 1000
        assert sum(r.clock.updates for r in second.ranks) == 50 * 500
        assert sum(r.clock.draws for r in second.ranks) == 50 * 500
        assert first.spikes > second.spikes > 0
        assert first.events > second.events > 0
        for r in (*first.ranks, *second.ranks):
            assert all(seconds >= 0 for seconds in r.clock.seconds.values())
        for r in second.ranks:
            assert r.clock.seconds["build"] == r.clock.seconds["compile"] == 0.0
        assert first.ranks[0].clock.seconds["build"] > 0
    spikes = {(first.spikes, second.spikes, first.events) for first, second in found}
    assert len(spikes) == 1


def test_text_and_json() -> None:
    (first, _), *_ = run_loopback(2, summaries)
    text = str(first)
    for phase in PHASES:
        assert phase in text
    assert "50 neurons, 500 synapses on 2 ranks" in text
    assert "ns per synaptic event" in text
    assert json.loads(json.dumps(first.content()))["spikes"] == first.spikes
    assert first.real_time_factor == pytest.approx(first.wall_seconds / 0.1)


def test_a_difference_of_clocks() -> None:
    before, after = PhaseTimes(), PhaseTimes()
    before.seconds |= {"update": 1.0, "exchange waiting": 2.0, "exchange transfer": 1.0}
    # A later sample corrects the estimate of the transfer downwards.
    after.seconds |= {"update": 1.5, "exchange waiting": 3.5, "exchange transfer": 0.5}
    found = after.since(before).seconds
    assert found["update"] == 0.5
    assert found["exchange transfer"] == 0.0
    assert found["exchange waiting"] == pytest.approx(1.0)


def test_nothing_was_simulated() -> None:
    summary = snn.Network(snn.NeuronGroup(2, snn.LIF())).run(0.0)
    assert summary.real_time_factor == 0.0
    assert "0 ms" in str(summary)


def test_peak_memory() -> None:
    grown = np.ones(125_000_000)
    assert grown.nbytes < peak_memory() < 1e12


def test_peak_memory_is_not_that_of_who_started_the_process() -> None:
    grown = np.ones(125_000_000)
    ask = "from distsnn.run.summary import peak_memory; print(peak_memory())"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert 2e7 < int(said.stdout) < grown.nbytes


@pytest.mark.parametrize("wall", [0.5, 2.0])
def test_bandwidth_of_long_runs(wall: float) -> None:
    """Half a table of 4 bytes a synapse is delivered a hundred times in a second."""
    seconds = dict.fromkeys(PHASES, 0.0) | {"deliver": 1.0}
    report = RankReport(PhaseTimes(seconds, events=50_000), wall, 10, 1000, 4000, 1)
    asked = []

    def measure() -> list[float]:
        asked.append(wall)
        return [1e6, 1e6]

    found = gather_summary(SerialWorld(), 100.0, [report, report], measure)
    if wall < 1:
        assert (asked, found.bandwidths, found.bandwidth_fraction) == ([], (), None)
        assert "STREAM" not in str(found)
    else:
        assert found.bandwidth_fraction == pytest.approx(0.2)
        assert "20% of what memory gives" in str(found)
