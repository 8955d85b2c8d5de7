"""Timelines of ranks: what the file says, and its picture."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

import distsnn as snn
from distsnn import plot
from distsnn.errors import FileError
from distsnn.exchange import run_loopback
from distsnn.run import timeline
from distsnn.run.timeline import OTHER, Timeline


def test_phases_stand_in_their_window(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 3.0])
    took = [(0.0, 5.0), (0.25, 5.5), (3.25, 6.5)]
    read = iter([{"update": update, "wait": wait} for update, wait in took])
    monkeypatch.setattr(timeline, "perf_counter", lambda: next(clock))
    seen = Timeline(lambda: next(read))
    reach = seen.marking(lambda _: None)
    reach(1)
    reach(2)
    assert seen.spans == [
        ("update", 0.0, 0.25),
        ("wait", 0.25, 0.5),
        (OTHER, 0.75, 0.25),
        # More than the window: all of it in proportion.
        ("update", 1.0, 1.5),
        ("wait", 2.5, 0.5),
    ]


def test_a_run_on_ranks_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "run.json"

    def job(world: object) -> None:
        cells = snn.NeuronGroup(4, snn.LIF(), name="cells")
        net = snn.Network(cells, seed=1)
        net.run(20.0, profile=str(path))
        with pytest.raises((FileError, snn.errors.RankError), match="the file exists"):
            net.run(1.0, profile=str(path))
        assert net.t == 20.0

    run_loopback(2, job)
    events = json.loads(path.read_text(encoding="utf8"))["traceEvents"]
    names = [event["args"]["name"] for event in events if event["ph"] == "M"]
    assert [name.partition(" (")[0] for name in names] == ["rank 0", "rank 1"]
    spans = [event for event in events if event["ph"] == "X"]
    assert {event["tid"] for event in spans} == {0, 1}
    assert "update" in {event["name"] for event in spans}
    for rank in (0, 1):
        own = sorted((e["ts"], e["ts"] + e["dur"]) for e in spans if e["tid"] == rank)
        assert all(end <= begin + 1e-3 for (_, end), (begin, _) in itertools.pairwise(own))

    ax = plot.timeline(path)
    assert {text.get_text() for text in ax.get_legend().get_texts()} >= {"update"}
    assert ax.get_ylabel() == "rank"
    (tmp_path / "none.json").write_text("{}", encoding="utf8")
    with pytest.raises(FileError, match="is no timeline"):
        plot.timeline(tmp_path / "none.json")
