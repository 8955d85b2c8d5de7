from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from distsnn.errors import LauncherError, ParameterError
from distsnn.exchange import launch
from distsnn.exchange.jobs.launch import find_launcher

# A line is one write, or those of several ranks mix.
SHOW = "import os; os.write(1, ''.join(n + '\\n' for n in os.environ if n[:2] == 'X_').encode())"


def is_running(pid: int) -> bool:
    # What was killed may stay for a moment, until somebody asks for its status.
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_every_rank_runs_and_what_they_print_is_kept() -> None:
    done = launch([sys.executable, "-c", SHOW], 2, 120, {"X_A": "1"}, capture=True)
    assert (done.returncode, done.stdout) == (0, "X_A\nX_A\n")


def test_status_of_a_rank() -> None:
    assert launch([sys.executable, "-c", "raise SystemExit(3)"], 2, 120).returncode == 3


def test_ranks_are_killed_at_the_timeout() -> None:
    # It begins at once, unlike Python on a busy machine.
    command = ["sh", "-c", "echo rank $$; exec sleep 300"]
    begin = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        launch(command, 2, timeout=3.0, capture=True)
    assert time.monotonic() - begin < 60.0
    # The launcher may have found time for a word of its own.
    pids = [int(pid) for pid in re.findall(r"^rank (\d+)$", caught.value.stdout, re.MULTILINE)]
    assert len(pids) == 2
    until = time.monotonic() + 60.0
    while time.monotonic() < until and any(is_running(pid) for pid in pids):
        time.sleep(0.05)
    assert not [pid for pid in pids if is_running(pid)]


def test_ranks_do_not_inherit_an_outer_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMI_SIZE", "4")
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "4")
    code = "import os; from distsnn.exchange import current_world\n"
    code += "os.write(1, b'%d\\n' % current_world().size)"
    done = launch([sys.executable, "-c", code], 2, 120, capture=True)
    assert (done.returncode, done.stdout) == (0, "2\n2\n"), done.stderr


def test_ranks_are_counted_from_one() -> None:
    # Of 2**31 a launcher would start one.
    for ranks in (0, 4097, 2**31):
        with pytest.raises(ParameterError, match=f"{ranks:,} ranks; from 1 to 4,096"):
            launch(["true"], ranks)


def test_no_launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LauncherError, match="neither mpirun nor mpiexec was found"):
        launch(["true"], 2)


def fake_launcher(folder: Path, name: str, version: str) -> str:
    """A launcher that prints its arguments and environment."""
    file = folder / name
    answer = f'[ "$1" = --version ] && echo "{version}" && exit'
    file.write_text(f'#!/bin/sh\n{answer}\nprintf "%s\\n" "$*"\nenv\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def test_the_launcher_beside_python_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere, beside = tmp_path / "elsewhere", tmp_path / "beside"
    elsewhere.mkdir()
    beside.mkdir()
    monkeypatch.setattr(sys, "executable", str(beside / "python"))
    monkeypatch.setenv("PATH", str(elsewhere), prepend=os.pathsep)
    on_path = fake_launcher(elsewhere, "mpirun", "HYDRA")
    assert find_launcher() == on_path
    assert find_launcher() == on_path
    beside_python = fake_launcher(beside, "mpiexec", "HYDRA")
    assert find_launcher() == beside_python


@pytest.mark.parametrize("is_openmpi", [True, False])
def test_settings_of_each_mpi(
    is_openmpi: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = "mpirun (Open MPI) 4.1.4" if is_openmpi else "HYDRA build details"
    fake_launcher(tmp_path, "mpirun", version)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.delenv("MPIR_CVAR_ENABLE_HEAVY_YIELD", raising=False)
    many = len(os.sched_getaffinity(0)) + 1
    said = launch(["program"], many, 120, capture=True).stdout.splitlines()
    assert said[0] == f"-n {many}{' --oversubscribe' if is_openmpi else ''} program"
    assert ("MPIR_CVAR_ENABLE_HEAVY_YIELD=1" in said) == (not is_openmpi)
    if os.geteuid() == 0:
        assert ("OMPI_ALLOW_RUN_AS_ROOT=1" in said) == is_openmpi
    said = launch(["program"], 1, 120, capture=True).stdout.splitlines()
    assert "MPIR_CVAR_ENABLE_HEAVY_YIELD=1" not in said
    said = launch(["program"], 1, 120, capture=True, threads=many).stdout.splitlines()
    assert ("--bind-to none" in said[0]) == is_openmpi
    assert ("MPIR_CVAR_ENABLE_HEAVY_YIELD=1" in said) == (not is_openmpi)
