"""Every command and code block of the README runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
INSTALLS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()
            if line.startswith("python3 -m venv")]  # fmt: skip
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()
            if line.startswith("distsnn ")]  # fmt: skip


def run(command: list[str], folder: Path, timeout: float = 300) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ci_runs_the_second_command() -> None:
    assert len(INSTALLS) == 2
    assert INSTALLS[1] in (ROOT / ".ci" / "run").read_text(encoding="utf8").splitlines()


def test_python_blocks(tmp_path: Path) -> None:
    blocks = [text for kind, text in BLOCKS if kind == "python"]
    assert blocks
    for text in blocks:
        (tmp_path / "network.py").write_text(text, encoding="utf8")
        assert "spikes, the first at" in run([sys.executable, "network.py"], tmp_path)


def test_commands_in_their_order(tmp_path: Path) -> None:
    assert len(COMMANDS) == 9
    for command in COMMANDS:
        run(shlex.split(command), tmp_path)
    assert (tmp_path / "brunel.h5").stat().st_size > 0
    assert (tmp_path / "brunel.png").stat().st_size > 0


@pytest.mark.timeout(1200)
def test_first_command_in_a_fresh_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    for name in files.split("\0"):
        source, copy = ROOT / name, tmp_path / name
        if name and source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    # Files of Python are compiled when they are imported, not all of them by pip.
    monkeypatch.setenv("PIP_NO_COMPILE", "1")
    printed = run(["sh", "-c", INSTALLS[0]], tmp_path, timeout=1000)
    assert "published" in printed
    assert (tmp_path / "spikes.h5").stat().st_size > 0
    assert (tmp_path / "raster.png").stat().st_size > 0
