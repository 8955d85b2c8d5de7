"""Recorded files are the same on real ranks, whether one rank writes them or all do.

In an environment whose h5py has MPI (see ``docs/parallel-hdf5.md``) all ranks write;
``test_parallel_hdf5.py`` runs this file there.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import FileError, RankError
from distsnn.exchange import SerialWorld, World, current_world
from distsnn.front.recording import weight_files
from distsnn.record.edge_file import EdgeFileWriter, EdgePopulation
from distsnn.record.files.file_layout import partial_path
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.storage import Storage, writing_ranks
from distsnn.record.spikes import spike_file
from distsnn.record.spikes.spike_file import SpikeFileWriter
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces import report_file
from distsnn.record.traces.report_file import ReportFileWriter
from distsnn.record.traces.report_layout import Report
from tests.alone import alone
from tests.file_calls import FileCalls
from tests.recorded import Recorded, content, contents

EXPECTS = os.environ.get("DISTSNN_TEST_EXPECTS_PARALLEL_HDF5", "")
PARALLEL = bool(EXPECTS)
# Where one rank writes, threads that play ranks show the same (tests/invariance).
COUNTS = {"": (3,), "some": (2, 3), "all": (2, 3, 7)}[EXPECTS]

HEADER = RecordingHeader(1, 0.1, "digest")
ELEMENTS = np.arange(10)
REPORT = Report("a", (("v", "mV"), ("g", "nS")), ELEMENTS, 0 * ELEMENTS, 1)


def one_process(folder: Path, compression: str | None) -> dict[str, object]:
    """What one process writes."""
    folder.mkdir()
    return contents(SerialWorld(), folder, compression)


@pytest.mark.ranks(2)
def test_all_ranks_write_if_they_can(world: World) -> None:
    parallel = writing_ranks(world) is world
    assert parallel == bool(h5py.get_config().mpi)
    assert parallel or not PARALLEL


@pytest.mark.ranks(*COUNTS)
def test_files_are_those_of_one_process(
    world: World, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for compression in (None, "gzip") if world.size == 3 else (None,):
        whole = partial(one_process, shared_path / f"alone {compression}", compression)
        expected = alone(world, whole)
        # Small pieces, so that some ranks have no rows.
        monkeypatch.setattr(report_file, "BLOCK_VALUES", 500)
        monkeypatch.setattr(weight_files, "BLOCK", 30)
        monkeypatch.setattr(spike_file, "_FLUSH_ROWS", 20)
        together = shared_path / f"together {compression}"
        if world.rank == 0:
            together.mkdir()
        world.barrier()
        assert contents(world, together, compression) == expected
        if world.rank == 0:
            assert sorted(os.listdir(together)) == sorted(expected)


@pytest.mark.ranks(2)
def test_a_suspended_recording_goes_on(world: World, shared_path: Path) -> None:
    whole, parts = shared_path / "whole", shared_path / "parts"
    if world.rank == 0:
        whole.mkdir()
        parts.mkdir()
    world.barrier()
    recorded = Recorded(whole)
    recorded.run(15.0)
    world.barrier()
    recorded = Recorded(parts)
    recorded.run(8.0)
    recorded.network.save(shared_path / "state.h5")
    recorded.run(5.0)
    world.barrier()
    recorded = Recorded(parts)
    recorded.network.load(shared_path / "state.h5")
    recorded.run(7.0)
    world.barrier()
    for name in recorded.names:
        assert content(parts / name) == content(whole / name)


def write(
    world: World, folder: Path, steps: range, begun: tuple[int, dict[str, int]] | None
) -> Any:
    """Spikes and traces of some steps, brought to the disk often; how far the files have come."""
    storage = Storage(world, chunk=5)
    columns = np.array_split(np.arange(REPORT.n_elements), world.size)[world.rank]
    rows = (None, None) if begun is None else begun
    header = replace(HEADER, end_step=steps.start)
    traces = ReportFileWriter(folder / "v.h5", HEADER, REPORT, columns, storage, rows=rows[0])
    spikes = SpikeFileWriter(
        folder / "spikes.h5", header, [("a", 10)], False, begun is not None, rows[1], storage
    )
    for step in range(steps.start, steps.stop, 3):
        of = np.arange(step, step + 3)
        traces.append(np.multiply.outer(of, np.ones((2, 1))) + 0.01 * columns)
        spikes.append("a", of, of % 10)
        traces.flush()
        spikes.flush()
    if steps.stop < 120:
        reached = traces.suspend(), spikes.secure(steps.stop)
        spikes.suspend()
        return reached
    traces.finish(steps.stop)
    spikes.finish(steps.stop)
    edges = EdgeFileWriter(world, folder / "weights.h5", HEADER, storage, False)
    edges.begin(EdgePopulation("S", "a", "a", {"syn_weight": "pA"}))
    for k in range(3):
        index = k * world.size + world.rank + np.zeros(2, dtype=np.int64)
        own = dict.fromkeys(("source_node_id", "target_node_id", "number"), index)
        edges.append(own, {"syn_weight": index * 1.5})
    edges.finish()
    return None


@pytest.mark.skipif(not PARALLEL, reason="only ranks that write together must do the same")
@pytest.mark.ranks(2, 3)
def test_ranks_write_files_by_the_same_calls(
    world: World, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that a single process has begun, in another version of HDF5's format."""
    whole, parts = shared_path / "whole", shared_path / "parts"
    if world.rank == 0:
        whole.mkdir()
        parts.mkdir()
    alone(world, lambda: write(current_world(), whole, range(120), None))
    begun = alone(world, lambda: write(current_world(), parts, range(30), None))
    calls = FileCalls(world, monkeypatch)
    write(world, parts, range(30, 120), begun)
    names = {name for name, *_ in calls.made}
    assert {"h5a.create", "h5a.delete", "h5d.create", "h5g.create", "resize", "flush", "close",
            "write_rows"} <= names  # fmt: skip
    assert len(calls.made) > 2_000
    for rank, made in enumerate(world.allgather_object(calls.made)):
        assert made == calls.made, rank
    for name in ("v.h5", "spikes.h5"):
        assert content(parts / name) == content(whole / name)


@pytest.mark.ranks(2)
def test_what_was_flushed_is_readable_while_the_run_lasts(
    world: World, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spike_file, "_FLUSH_SECONDS", -1.0)
    cells = snn.NeuronGroup(9, snn.LIF(I_e=500.0), name="cells")
    path = shared_path / "spikes.h5"
    network = snn.Network(cells)
    network.run(100.0, record=path)
    network.run(200.0, record=path)
    world.barrier()
    assert SpikeFile(path).count("cells") > 50
    with pytest.raises((FileError, RankError), match="the file exists"):
        snn.Network(snn.NeuronGroup(9, snn.LIF(), name="cells")).run(1.0, record=path)
    network.run(100.0, record=path)
    assert SpikeFile(path).header.end == 400.0
    assert not partial_path(path).exists()
