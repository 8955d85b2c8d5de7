"""Programs are written once, whole, and found again."""

from __future__ import annotations

import threading
from ctypes import CFUNCTYPE, c_int64
from pathlib import Path

import pytest

from distsnn.codegen import cache

_BLOCK = CFUNCTYPE(c_int64, c_int64, c_int64)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISTSNN_CACHE_DIR", str(tmp_path / "made" / "here"))
    cache.cache_folder.cache_clear()
    yield tmp_path / "made" / "here"
    cache.cache_folder.cache_clear()


def source(number: int) -> str:
    return f"def block(step, given):\n    return step + {number}\n"


def called(number: int, step: int = 1) -> int:
    return int(_BLOCK(cache.block_address(source(number)))(step, 0))


def test_the_folder_is_made_and_used(folder: Path) -> None:
    assert called(41) == 42
    assert [path.suffix for path in folder.iterdir() if path.is_file()] == [".py"]
    assert cache.block_address(source(41)) == cache.block_address(source(41))
    assert called(43) == 44
    assert len(list(folder.glob("*.py"))) == 2


def test_many_at_once(folder: Path) -> None:
    found = []
    threads = [threading.Thread(target=lambda: found.append(called(7))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [8] * 8
    assert not list(folder.glob("*.partial"))


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("DISTSNN_CACHE_DIR", str(blocked / "below"))
    cache.cache_folder.cache_clear()
    found = cache.cache_folder()
    cache.cache_folder.cache_clear()
    assert found.is_dir()
    assert blocked not in found.parents
