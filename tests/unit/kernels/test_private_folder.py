"""Compiled code is loaded from folders that nobody else can write, and from no others."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from distsnn.codegen import cache
from distsnn.kernels.private_folder import private_folder

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
SOMEBODY = 1234


def said(folder: Path) -> tuple[bool, str]:
    words: list[str] = []
    return private_folder(folder, words.append), " ".join(words)


def test_a_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert said(tmp_path / "a" / "b") == (True, "")
    finally:
        os.umask(before)
    for made in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert said(tmp_path / "a" / "b") == (True, "")


def test_what_others_can_write_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    for location, mode in ((folder, 0o777), (folder, 0o1777), (folder.parent, 0o777)):
        location.chmod(mode)
        fine, why = said(folder)
        assert not fine
        assert f"{location} can be written by everybody" in why
        location.chmod(0o755)
    # As in /tmp, what is ours cannot be renamed by others there.
    folder.parent.chmod(0o1777)
    assert said(folder)[0]
    (tmp_path / "link").symlink_to(folder)
    folder.chmod(0o777)
    assert not said(tmp_path / "link")[0]
    (tmp_path / "file").write_text("")
    assert said(tmp_path / "file" / "below") == (False, "")
    assert not said(tmp_path / "file")[0]


@needs_root
def test_what_belongs_to_others_or_their_group_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    os.chown(folder, SOMEBODY, 0)
    assert f"it belongs to user {SOMEBODY}" in said(folder)[1]
    os.chown(folder, 0, SOMEBODY)
    folder.chmod(0o775)
    assert "can be written by its group" in said(folder)[1]
    folder.chmod(0o755)
    os.chown(folder.parent, SOMEBODY, 0)
    assert f"{folder.parent} belongs to user {SOMEBODY}" in said(folder)[1]


def test_programs_and_kernels_are_kept_elsewhere_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a job script finds it where somebody has made the folder before."""
    taken = tmp_path / "distsnn-somebody"
    taken.mkdir()
    taken.chmod(0o777)
    monkeypatch.setenv("DISTSNN_CACHE_DIR", str(taken))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    cache.cache_folder.cache_clear()
    assert cache.cache_folder() == tmp_path / "home" / "distsnn"
    cache.cache_folder.cache_clear()
    code = (
        "from numba import njit; from distsnn.kernels.draws.philox import bits53, uniform53\n"
        "njit(lambda a: uniform53(a, a))(3); print(bits53._cache.cache_path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_CACHE_DIR": str(taken)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(taken) not in done.stdout
    assert f"{taken} is not used for compiled code" in done.stderr
    assert not list(taken.iterdir())
