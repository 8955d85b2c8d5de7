"""What ``distsnn doctor`` finds, on this machine and on machines that lack something."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from distsnn.cli import app
from distsnn.codegen import cache
from distsnn.commands import doctor
from distsnn.commands.doctor import BAD, GOOD, WARNING, Finding
from distsnn.exchange.jobs import launch


def _look(what: str, folder: Path) -> Finding:
    found = doctor._LOOKS[what](folder)
    return Finding(what, *found)


@pytest.mark.timeout(120)
def test_this_machine_has_what_the_tests_need(tmp_path: Path) -> None:
    found = {one.what: one for one in doctor.findings(tmp_path)}
    assert [one.what for one in found.values() if one.state == BAD] == []
    assert found["MPI"].state == found["launcher"].state == GOOD
    assert found["file locks"].state == GOOD
    for one in found.values():
        assert bool(one.remedy) == (one.state == WARNING), one
    assert list(tmp_path.iterdir()) == []


def test_a_launcher_of_another_mpi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It starts two processes, each of which believes that it is alone."""
    other = tmp_path / "mpirun"
    other.write_text('#!/bin/sh\nshift 2\n"$@" & \n"$@"\nwait\n')
    other.chmod(other.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(launch, "find_launcher", lambda: str(other))
    monkeypatch.setattr(doctor, "find_launcher", lambda: str(other))
    found = _look("launcher", tmp_path)
    assert found.state == BAD
    assert str(other) in found.text
    assert "mpi4py was built with" in found.remedy


def test_no_launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    found = _look("launcher", tmp_path)
    assert found.state == WARNING
    assert "pip install 'distsnn[mpi]'" in found.remedy


def test_a_file_system_without_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    found = _look("file locks", tmp_path)
    assert found.state == WARNING
    assert "-o flock" in found.remedy


def test_no_private_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("chosen", "home"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    monkeypatch.setenv("DISTSNN_CACHE_DIR", str(tmp_path / "chosen"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "home" / name))
    cache.cache_folder.cache_clear()
    try:
        found = _look("compiled code", tmp_path)
    finally:
        monkeypatch.undo()
        cache.cache_folder.cache_clear()
    assert found.state == WARNING
    assert "DISTSNN_CACHE_DIR" in found.remedy


def test_huge_pages_that_are_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = tmp_path / "enabled"
    monkeypatch.setattr(doctor, "_HUGE_PAGES", shown)
    for text, state in (("always madvise [never]", WARNING), ("always [madvise] never", GOOD)):
        shown.write_text(text)
        assert _look("huge pages", tmp_path).state == state


def test_little_memory_and_space(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "_LITTLE_MEMORY", 1 << 60)
    monkeypatch.setattr(doctor, "_LITTLE_SPACE", 1 << 60)
    assert "distsnn plan" in _look("memory", tmp_path).remedy
    assert "--record" in _look("disk", tmp_path).remedy


def test_the_command_ends_with_1_where_something_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looks = {what: doctor._LOOKS[what] for what in ("packages", "disk")}
    monkeypatch.setattr(doctor, "_LOOKS", looks)
    good = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert good.exit_code == 0
    assert good.output.startswith("ok    packages        Python 3.")
    bad = CliRunner().invoke(app, ["doctor", str(tmp_path / "missing")])
    assert bad.exit_code == 1
    assert "FAILS disk" in bad.output
