"""No byte that changes in a file passes unseen: an error in one line, or the same content."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from distsnn.errors import FileError
from distsnn.exchange import SerialWorld
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.checkpoint_writer import CheckpointWriter
from distsnn.record.edge_file import COLUMNS, EdgeFile, EdgeFileWriter, EdgePopulation
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.storage import Storage
from distsnn.record.metadata import describe_checkpoint, describe_recording, read_recording
from distsnn.record.spikes.spike_file import SpikeFileWriter
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_file import ReportFileWriter
from distsnn.record.traces.report_layout import Report
from distsnn.record.traces.report_reader import ReportFile

HEADER = RecordingHeader(seed=7, dt=0.1, digest="d" * 64, start_step=0, end_step=0)
# HDF5 1.10 of distributions can crash on bytes of its own that are damaged.
N_FLIPS = 150 if h5py.version.hdf5_version_tuple >= (1, 14, 0) else 0
FACTS = {"digest": "d" * 64, "seed": "3", "dt_ms": 0.1, "step": 71, "end_ms": 7.1}


def spikes(path: Path, compression: str | None) -> None:
    rng = np.random.default_rng(1)
    writer = SpikeFileWriter(
        path, HEADER, [("E", 90), ("I", 3)], storage=Storage(compression=compression, chunk=300)
    )
    for step in range(900):
        writer.append("E", np.full(3, step), np.sort(rng.integers(0, 90, 3)))
    writer.finish(900)


def traces(path: Path, compression: str | None) -> None:
    rng = np.random.default_rng(1)
    report = Report("cells", (("v", "mV"), ("g", "nS")), np.arange(7), np.zeros(7, np.int64), 1)
    storage = Storage(compression=compression, chunk=16)
    writer = ReportFileWriter(path, HEADER, report, np.arange(7), storage)
    writer.append(rng.random((90, 2, 7)))
    writer.finish(90)


def weights(path: Path, compression: str | None) -> None:
    rng = np.random.default_rng(1)
    world = SerialWorld()
    writer = EdgeFileWriter(world, path, HEADER, Storage(world, compression, 300), False)
    writer.begin(EdgePopulation("S", "E", "I", {"syn_weight": "pA", "delay": "ms"}))
    ids = {name: np.sort(rng.integers(0, 90, 900)) for name in COLUMNS}
    writer.append(ids, {"syn_weight": rng.random(900), "delay": rng.random(900)})
    writer.finish()


def checkpoint(path: Path, compression: str | None) -> None:
    rng = np.random.default_rng(1)
    del compression
    with CheckpointWriter(SerialWorld(), path, FACTS) as file:
        file.write_text("origin", {"model": "m.py", "settings": {"a": 1.5}, "end": 9.0})
        for name in ("neurons/cells/V_m", "neurons/cells/g", "synapses/S/w"):
            file.write_local(name, np.arange(300), rng.random(300), 300)
        file.write("flight/gid", np.arange(5))
        file.write("rate/step", np.int64(7))
        file.publish()


def content_of(path: Path, kind: Callable[..., None]) -> list[Any]:
    """All that a reader gives."""
    if kind is checkpoint:
        file = CheckpointFile(path)
        names = [n for n in sorted(file.shapes) if n != "origin"]
        found = [repr(file.metadata), file.read_text("origin"), names, describe_checkpoint(file)]
        return [*found, *(file.read(name).tobytes() for name in names)]
    recording = read_recording(path)
    found = [recording.header, describe_recording(recording).split("stored")[0]]
    if isinstance(recording, SpikeFile):
        return [*found, recording.groups, *(
            array.tobytes() for name in recording.groups for array in recording.spikes(name)
        )]  # fmt: skip
    if isinstance(recording, ReportFile):
        found += [recording.units, recording.t.tobytes(), recording.node_ids.tobytes()]
        return [*found, recording.element_ids.tobytes(), recording.population, *(
            recording.values(name).tobytes() for name in recording.units
        )]  # fmt: skip
    assert isinstance(recording, EdgeFile)
    found += [recording.populations, [a.tobytes() for a in recording.edges("S").values()]]
    return [*found, *(recording.values("S", v).tobytes() for v in ("syn_weight", "delay"))]


def flips(whole: bytes) -> Iterator[bytes]:
    rng = np.random.default_rng(1)
    for at in rng.choice(len(whole), min(N_FLIPS, len(whole)), replace=False):
        damaged = bytearray(whole)
        damaged[at] ^= int(rng.integers(1, 256))
        yield bytes(damaged)


@pytest.mark.parametrize(
    ("kind", "compression"),
    [(spikes, None), (spikes, "gzip"), (traces, None), (weights, "lzf"), (checkpoint, None)],
)
def test_no_flip_passes_unseen(
    kind: Callable[..., None], compression: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "file.h5"
    kind(path, compression)
    whole, expected, said = path.read_bytes(), content_of(path, kind), list[str]()
    for damaged in flips(whole):
        path.write_bytes(damaged)
        try:
            found = content_of(path, kind)
        except FileError as error:
            said.append(str(error))
        else:
            assert found == expected
    assert len(said) >= N_FLIPS / 6
    assert all(text.startswith(str(path)) and "\n" not in text for text in said)
    path.write_bytes(whole)
    assert content_of(path, kind) == expected
    assert os.listdir(tmp_path) == ["file.h5"]
