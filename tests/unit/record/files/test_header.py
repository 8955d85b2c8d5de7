from __future__ import annotations

from pathlib import Path

import h5py

from distsnn.record.files.header import (
    GROUP,
    RecordingHeader,
    installed_versions,
    read_header,
    write_header,
)
from distsnn.record.files.seal import seal


def test_a_header_comes_back(tmp_path: Path) -> None:
    header = RecordingHeader(
        seed=2**63 + 1, dt=0.1, digest="d", start_step=3, end_step=13, finished=True
    )
    with h5py.File(tmp_path / "f.h5", "w") as file:
        write_header(file, RecordingHeader(seed=1, dt=0.2, digest="other"))
        write_header(file, header)
        seal(file, GROUP)
        assert read_header(file, "f.h5") == header
    assert (header.start, header.duration) == (3 * 0.1, 1.0)


def test_units_stand_in_the_names(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "f.h5", "w") as file:
        write_header(file, RecordingHeader(seed=1, dt=0.5, digest="d", start_step=2, end_step=6))
        attributes = dict(file["distsnn"].attrs)
    assert (attributes["start_ms"], attributes["end_ms"], attributes["dt_ms"]) == (1.0, 3.0, 0.5)
    assert attributes["n_steps"] == 4


def test_versions() -> None:
    assert list(installed_versions()) == ["distsnn", "numpy", "h5py", "numba"]
