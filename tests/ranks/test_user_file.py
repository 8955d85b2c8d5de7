"""A file format written outside of the package: one file, and a line in the table of formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.errors import FileError, RankError
from distsnn.exchange import World, current_world
from distsnn.record import metadata
from distsnn.record.files.file_layout import partial_path
from distsnn.record.files.header import RecordingHeader
from tests.alone import alone
from tests.recorded import content
from tests.user_file import FORMAT, CountFile, write_counts

COUNTS = {"exc": np.arange(23) ** 2, "inh": np.arange(5)}
HEADER = RecordingHeader(3, 0.1, "digest", end_step=400, finished=True)


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_a_format_of_a_user(
    world: World, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "FORMATS", [FORMAT, *metadata.FORMATS])
    path, whole = shared_path / "counts.h5", shared_path / "whole.h5"
    local = {name: np.array_split(all_, world.size)[world.rank] for name, all_ in COUNTS.items()}
    write_counts(world, path, HEADER, local)
    world.barrier()
    alone(world, lambda: write_counts(current_world(), whole, HEADER, COUNTS))
    assert content(path) == content(whole)
    assert not partial_path(path).exists()
    found = metadata.read_recording(path)
    assert isinstance(found, CountFile)
    for name, counts in COUNTS.items():
        np.testing.assert_array_equal(found.counts[name], counts)
    said = metadata.describe_file(path)
    assert f"{path}: spike counts, finished" in said
    assert "exc  3795 spikes\ninh  10 spikes" in said
    # What the package brings: nothing is replaced, and what was changed is refused.
    with pytest.raises((FileError, RankError), match="the file exists"):
        write_counts(world, path, HEADER, local)
    world.barrier()
    if world.rank == 0:
        damaged = bytearray(path.read_bytes())
        damaged[damaged.index(b"digest") + 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(FileError, match="damaged"):
            metadata.read_recording(path)
