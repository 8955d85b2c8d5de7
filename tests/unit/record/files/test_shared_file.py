from __future__ import annotations

from pathlib import Path

import pytest

from distsnn.errors import FileError, RankError
from distsnn.exchange import World, run_loopback
from distsnn.record.files.shared_file import bring_to_disk


def test_a_file_that_one_rank_cannot_secure_is_an_error_of_all(tmp_path: Path) -> None:
    location = tmp_path / "file"
    location.write_bytes(b"content")

    def secure(world: World) -> str:
        own = location if world.rank != 1 else tmp_path / "missing"
        with pytest.raises((FileError, RankError)) as caught:
            bring_to_disk(world, tmp_path / "file.h5", own)
        return str(caught.value)

    said = run_loopback(3, secure)
    assert len(set(said)) == 1
    assert "rank 1 failed" in said[0]
    assert "file.h5: the file cannot be written (No such file or directory)" in said[0]
    run_loopback(3, lambda world: bring_to_disk(world, location, location))
