from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from distsnn.errors import FileError
from distsnn.exchange import SerialWorld
from distsnn.record.files import locks
from distsnn.record.files.path_lock import claimed


def test_one_job_has_a_name(tmp_path: Path) -> None:
    path, world = tmp_path / "c.h5", SerialWorld()
    with claimed(world, path, replaces=False):
        with (
            pytest.raises(FileError, match="another job is writing"),
            claimed(world, path, replaces=False),
        ):
            pass
        assert os.listdir(tmp_path) == [".c.h5.lock"]
    assert os.listdir(tmp_path) == []


def test_a_lock_that_its_owner_removes_while_another_job_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, world, locked = tmp_path / "c.h5", SerialWorld(), []

    def locking(descriptor: int, operation: int) -> None:
        if not locked:
            (tmp_path / ".c.h5.lock").unlink()
        locked.append(descriptor)
        real(descriptor, operation)

    real = fcntl.flock
    monkeypatch.setattr(locks.fcntl, "flock", locking)
    with claimed(world, path, replaces=False):
        assert len(locked) == 2
        with (
            pytest.raises(FileError, match="another job is writing"),
            claimed(world, path, replaces=False),
        ):
            pass
    assert os.listdir(tmp_path) == []
