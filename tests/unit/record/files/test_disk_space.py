from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import h5py
import pytest

from distsnn.record.files import disk_space


@pytest.mark.parametrize("kept", [True, False])
def test_room_for_too_much(tmp_path: Path, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kept:
        monkeypatch.setattr(disk_space, "_FALLOCATE", None)
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file["before"] = [1, 2, 3]
        file.flush()
        size = os.path.getsize(tmp_path / "file.h5")
        descriptor = file.id.get_vfd_handle()
        disk_space.reserve(descriptor, 1000)
        with pytest.raises(OSError, match=r"No space left|File too large") as caught:
            disk_space.reserve(descriptor, 1 << 60)
        assert caught.value.errno in {errno.ENOSPC, errno.EFBIG}
        assert os.path.getsize(tmp_path / "file.h5") == size
        file["after"] = [4]
    disk_space.give_back(tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5") as file:
        assert list(file) == ["after", "before"]
    assert os.stat(tmp_path / "file.h5").st_blocks * 512 < 1 << 16


def test_room_that_is_kept_is_no_part_of_the_file(tmp_path: Path) -> None:
    sizes = []
    for n_bytes in (0, 1 << 22):
        with h5py.File(tmp_path / f"{n_bytes}.h5", "w") as file:
            disk_space.reserve(file.id.get_vfd_handle(), n_bytes)
            file["data"] = [1.0] * 1000
        disk_space.give_back(tmp_path / f"{n_bytes}.h5")
        sizes.append(os.stat(tmp_path / f"{n_bytes}.h5").st_size)
    assert sizes[0] == sizes[1]


def test_a_signal_while_room_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [errno.EINTR, errno.EINTR, 0]

    def interrupted(*given: int) -> int:
        assert given[2:] == (0, 1000)
        reason = outcomes.pop(0)
        ctypes.set_errno(reason)
        return -1 if reason else 0

    monkeypatch.setattr(disk_space, "_FALLOCATE", interrupted)
    disk_space.reserve(0, 1000)
    assert outcomes == []
