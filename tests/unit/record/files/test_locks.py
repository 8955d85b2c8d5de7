from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from distsnn.errors import FileError, ParameterError
from distsnn.exchange import SerialWorld
from distsnn.record.edge_file import EdgeFile, EdgeFileWriter
from distsnn.record.files import locks, partial_file
from distsnn.record.files.file_layout import partial_path
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.locks import FileLock, LockedError
from distsnn.record.files.path_lock import claimed
from distsnn.record.files.storage import Storage
from distsnn.record.output_paths import check_apart
from distsnn.record.spikes.spike_file import SpikeFileWriter
from distsnn.record.spikes.spike_reader import SpikeFile

HEADER = RecordingHeader(seed=7, dt=0.1, digest="d" * 64)


def unfinished(path: Path) -> bytes:
    """What a killed run leaves."""
    writer = SpikeFileWriter(path, HEADER, [("E", 10)])
    writer.append("E", np.arange(50), np.zeros(50))
    writer.secure(50)
    writer.suspend()
    return partial_path(path).read_bytes()


def record(path: Path, overwrite: bool = False) -> None:
    writer = SpikeFileWriter(path, HEADER, [("E", 10)], overwrite)
    writer.append("E", np.arange(3), np.zeros(3))
    writer.finish(3)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EIO, errno.EROFS])
def test_a_partial_file_that_cannot_be_opened_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "r.h5"
    data, real = unfinished(path), os.open

    def opening(location: object, flags: int, mode: int = 0o777) -> int:
        if str(location).endswith(".partial") and flags & os.O_RDWR:
            raise OSError(number, os.strerror(number))
        return real(location, flags, mode)

    monkeypatch.setattr(locks.os, "open", opening)
    for overwrite in (False, True):
        with pytest.raises(FileError, match=r"\.r\.h5\.partial beside it cannot be opened \("):
            record(path, overwrite)
    assert partial_path(path).read_bytes() == data


def test_only_what_is_damaged_and_held_by_nobody_goes(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    partial_path(path).write_bytes(b"never flushed")
    locked = FileLock(partial_path(path))
    with pytest.raises(FileError, match="another job is writing this file now"):
        record(path)
    assert partial_path(path).read_bytes() == b"never flushed"
    locked.release()
    record(path)
    assert SpikeFile(path).count("E") == 3
    path.unlink()
    unfinished(path)
    with pytest.raises(FileError, match="holds the spikes of a run that did not finish"):
        record(path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(locks.fcntl, "flock", flock)
    path, state = tmp_path / "r.h5", tmp_path / "c.h5"
    data = unfinished(path)
    assert "this file system has no locks" in caplog.text
    with pytest.raises(FileError, match="holds the spikes of a run that did not finish"):
        record(path)
    assert partial_path(path).read_bytes() == data
    record(path, overwrite=True)
    assert SpikeFile(path).count("E") == 3
    writer = SpikeFileWriter(path, HEADER, [("E", 10)], overwrite=True)
    with pytest.raises(FileError, match=r"another job .* names has ended, remove that file"):
        record(path, overwrite=True)
    writer.finish(0)
    with (
        claimed(SerialWorld(), state, False),
        pytest.raises(FileError, match="another job is writing this checkpoint"),
        claimed(SerialWorld(), state, False),
    ):
        pass
    assert sorted(os.listdir(tmp_path)) == ["r.h5"]


def test_what_jobs_leave_that_ended_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "")

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    location = tmp_path / "f"
    location.touch()
    beside = tmp_path / "f.job"
    monkeypatch.setattr(locks.fcntl, "flock", flock)
    for host, process, locked in (
        (socket.gethostname(), ended.pid, False),
        (socket.gethostname(), os.getpid(), True),
        ("elsewhere", ended.pid, True),
    ):
        beside.write_text(json.dumps({"host": host, "process": process}))
        if locked:
            with pytest.raises(LockedError):
                FileLock(location)
            with pytest.raises(LockedError):
                FileLock(location, shared=True)
        else:
            FileLock(location).release()
            assert not beside.exists()
    assert fcntl.flock is flock


def test_weights_whose_writing_was_killed_are_written_again(tmp_path: Path) -> None:
    path, world = tmp_path / "w.h5", SerialWorld()

    def write() -> None:
        EdgeFileWriter(world, path, HEADER, Storage(world), False).finish()

    with h5py.File(partial_path(path), "w") as file:
        file.create_group("edges/S")
    partial_file.refuse_existing(path, partial_file.WEIGHTS)
    with pytest.raises(FileError, match="holds the spikes of"):
        partial_file.refuse_existing(path)
    write()
    assert EdgeFile(path).populations == {}
    path.unlink()
    unfinished(path)
    with pytest.raises(FileError, match="holds the weights of a run"):
        write()


def test_files_that_are_in_each_others_way(tmp_path: Path) -> None:
    first = tmp_path / "a.h5"
    first.touch()
    os.symlink(first, tmp_path / "soft.h5")
    os.link(first, tmp_path / "hard.h5")
    os.symlink(tmp_path, tmp_path / "folder")
    os.symlink(tmp_path / "new.h5", tmp_path / "dangling.h5")
    for one, other in (
        ("a.h5", "a.h5"),
        ("a.h5", "soft.h5"),
        ("hard.h5", "a.h5"),
        ("new.h5", "folder/new.h5"),
        ("dangling.h5", "new.h5"),
        ("new.h5", ".new.h5.partial"),
        (".new.h5.lock", "new.h5"),
    ):
        with pytest.raises(ParameterError, match="is to be the checkpoint and the spikes; each"):
            check_apart("x", {"the spikes": tmp_path / one, "the checkpoint": tmp_path / other})
    check_apart("x", {"the spikes": first, "the checkpoint": None, "c": tmp_path / "new.h5"})
