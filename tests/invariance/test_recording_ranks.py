"""Recorded files hold the same, to the last bit, whatever the number of ranks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from distsnn.front.recording import weight_files
from distsnn.record.traces import report_file
from tests.recorded import Recorded, content, contents

COUNTS = (2, 3, 4, 7)


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_files_do_not_depend_on_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str | None
) -> None:
    def recorded(size: int) -> list[dict[str, object]]:
        folder = tmp_path / str(size)
        folder.mkdir()
        found = run_loopback(size, lambda world: contents(world, folder, compression))
        assert sorted(os.listdir(folder)) == sorted(found[0])
        return found

    (expected,) = recorded(1)
    # Many small pieces instead of one.
    monkeypatch.setattr(report_file, "BLOCK_VALUES", 100)
    monkeypatch.setattr(weight_files, "BLOCK", 10)
    for size in COUNTS if compression is None else (3,):
        for found in recorded(size):
            assert found == expected


def test_a_loaded_network_goes_on_in_its_files(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    Recorded(tmp_path / "whole").run(29.3)
    state = tmp_path / "state.h5"

    def begin(world: World) -> None:
        recorded = Recorded(tmp_path / "parts")
        recorded.run(12.1)
        recorded.network.save(state)
        # What follows the checkpoint is lost.
        recorded.run(5.0)

    def go_on(world: World) -> None:
        recorded = Recorded(tmp_path / "parts")
        recorded.network.load(state)
        recorded.run(17.2)
        recorded.check()

    run_loopback(3, begin)
    run_loopback(2, go_on)
    for name in os.listdir(tmp_path / "whole"):
        assert content(tmp_path / "parts" / name) == content(tmp_path / "whole" / name)


def test_a_run_ten_times_as_long_needs_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_file, "BLOCK_VALUES", 2000)

    def most(world: World, duration: float) -> int:
        cells = snn.NeuronGroup(20, snn.LIF(), name="cells")
        path = tmp_path / f"{world.size} {duration}.h5"
        trace = snn.StateMonitor(cells, "V_m", True, to=snn.RecordingFile(path, chunk=10))
        snn.Network(cells, trace).run(duration)
        assert trace.recording is not None
        # Neither the program's buffer nor the monitor has kept anything.
        assert not trace._values
        assert not len(trace._steps)
        return trace.recording.writer.most_buffered

    for size in (1, 3):
        short, long = (
            max(run_loopback(size, lambda world, t=time: most(world, t)))
            for time in (100.0, 1000.0)
        )
        # A block, what came with its last piece, and the block sent and put together; how large
        # pieces are depends on the machine's speed.
        assert max(short, long) <= 4 * 2000
