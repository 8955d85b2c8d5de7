from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from distsnn.errors import FileError
from distsnn.exchange import SerialWorld
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.checkpoint_writer import CheckpointWriter

FACTS = {"digest": "abc", "seed": "1", "dt_ms": 0.1, "step": 30, "end_ms": 3.0}


def save(path: Path, value: int) -> None:
    with CheckpointWriter(SerialWorld(), path, FACTS) as file:
        file.write("a", np.array([value]))
        file.publish()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_checkpoint_that_gets_no_name_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "c.h5"
    save(path, 1)

    def failing(*given: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(FileError, match="Input/output error"):
            save(path, 2)
    assert os.listdir(tmp_path) == ["c.h5"]
    assert CheckpointFile(path).read("a") == [1]
    save(path, 3)
    assert CheckpointFile(path).read("a") == [3]


def test_an_error_between_writes_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with CheckpointWriter(SerialWorld(), tmp_path / "c.h5", FACTS) as file:
            file.write("a", np.arange(3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert os.listdir(tmp_path) == []


def test_an_array_that_is_too_short_is_damaged(tmp_path: Path) -> None:
    with CheckpointWriter(SerialWorld(), tmp_path / "c.h5", FACTS) as file:
        file.write_local("a", np.arange(3), np.array([5.0, 6.0, 7.0]), 3)
        file.publish()
    read = CheckpointFile(tmp_path / "c.h5")
    assert read.read_local("a", np.array([0, 2])).tolist() == [5.0, 7.0]
    assert read.read_local("a", np.array([], dtype=np.int64)).size == 0
    with pytest.raises(FileError, match=r"damaged \(a: 3 values, but number 3 is needed\)"):
        read.read_local("a", np.array([0, 3]))
