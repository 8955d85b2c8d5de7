"""A further kind of file is a writer, a reader, and a line in the table of formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.record import metadata
from distsnn.record.files.file_layout import opened
from distsnn.record.files.hdf5 import create_checked, create_file
from distsnn.record.files.header import GROUP, RecordingHeader, read_header, write_header
from distsnn.record.files.seal import seal
from distsnn.record.metadata import FileFormat, describe_file, read_recording
from distsnn.record.spikes.spike_reader import SpikeFile


class CountsFile:
    """Number of spikes in each of some bins."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        with opened(self.path) as file:
            self.header = read_header(file, str(path))
            self.counts = file["histogram/counts"][:]


def write_counts(path: Path, counts: np.ndarray) -> None:
    header = RecordingHeader(7, 0.1, "d" * 64, start_step=0, end_step=20, finished=True)
    with create_file(path) as file:
        write_header(file, header)
        create_checked(file, "histogram/counts", counts.shape, counts.dtype)[:] = counts
        seal(file, GROUP)


def test_a_format_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, counts = tmp_path / "counts.h5", np.array([3, 0, 4])
    write_counts(path, counts)
    table = FileFormat("counts", "histogram", CountsFile, lambda file: f"{file.counts.size} bins")
    monkeypatch.setattr(metadata, "FORMATS", [*metadata.FORMATS, table])

    assert isinstance(read_recording(path), CountsFile)
    text = describe_file(path)
    assert text.startswith(f"{path}: counts, finished\ntime      0 to 2 ms, steps of 0.1 ms\n")
    assert text.endswith("3 bins")


def test_kinds_have_groups_of_their_own() -> None:
    groups = [one.group for one in metadata.FORMATS]
    assert len(set(groups)) == len(groups)
    assert metadata.FORMATS[-1].reader is SpikeFile
