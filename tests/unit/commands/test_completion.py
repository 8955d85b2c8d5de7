"""Shells complete commands, options, examples and files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from distsnn.commands.completion import models


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A folder on PATH that has ``distsnn`` alone, and files to complete."""
    found = tmp_path / "bin"
    found.mkdir()
    script = found / "distsnn"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m distsnn.cli "$@"\n')
    script.chmod(0o755)
    (tmp_path / "work" / "models").mkdir(parents=True)
    (tmp_path / "work" / "mine.py").touch()
    (tmp_path / "work" / "mine.txt").touch()
    return found


def test_models_and_files(monkeypatch: pytest.MonkeyPatch, command: Path) -> None:
    monkeypatch.chdir(command.parent / "work")
    assert "brunel" in models("")
    assert models("brun") == ["brunel"]
    assert models("min") == ["mine.py"]
    assert models("./m") == ["./mine.py", "./models/"]
    assert models("models/") == []
    assert models("/nowhere/") == []


@pytest.mark.timeout(120)
def test_bash(command: Path) -> None:
    """What bash itself finds for some words, by the script that the command shows."""
    for words, expected in (
        (["distsnn", "res"], ["resume"]),
        (["distsnn", "run", "brun"], ["brunel"]),
        (["distsnn", "run", "./mi"], ["./mine.py"]),
        (["distsnn", "run", "brunel", "--thr"], ["--threads"]),
    ):
        code = (
            "source <(distsnn --show-completion bash)\n"
            f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
            '_distsnn_completion distsnn; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        assert _said(["bash", "-c", code], command) == expected, words


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.timeout(120)
def test_other_shells(shell: str, command: Path) -> None:
    """They take the script that the command shows, where they are installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    if shell == "fish":
        code = "distsnn --show-completion fish | source; complete -C 'distsnn run brun'"
        assert [line.split("\t")[0] for line in _said(["fish", "-c", code], command)] == ["brunel"]
    else:
        code = (
            "autoload -Uz compinit; compinit -u -D\n"
            "source <(distsnn --show-completion zsh)\n"
            "print ${_comps[distsnn]}"
        )
        assert _said(["zsh", "-f", "-c", code], command) == ["_distsnn_completion"]


def _said(shell: list[str], command: Path) -> list[str]:
    path = f"{command}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        shell,
        capture_output=True,
        text=True,
        check=False,
        cwd=command.parent / "work",
        env=os.environ | {"PATH": path, "HOME": str(command.parent), "SHELL": f"/bin/{shell[0]}"},
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]
