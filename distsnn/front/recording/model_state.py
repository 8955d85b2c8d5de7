"""The files of a model, and what Git says of them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

# What other people wrote may lie below a model's folder, in an environment.
_NOT_OWN = {"site-packages", "dist-packages"}
PACKAGE = Path(__file__).resolve().parents[2]
_SECONDS = 5.0
_CHANGES = {"?": "not in Git", "!": "not in Git", "A": "added", "D": "deleted"}


def is_own(path: Path) -> bool:
    """Whether a file is one of the user's: not of this package, and in no environment."""
    program = path.parent == Path(sys.executable).parent
    own = not (program or path.is_relative_to(PACKAGE) or _NOT_OWN & set(path.parts))
    return own and path.is_file()


def files_of(path: Path) -> list[Path]:
    """A model's file and the modules from its folder that are loaded now."""
    path = Path(os.path.realpath(path))
    files = {path}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.partition(".")[0] in ("distsnn", "__main__"):
            continue
        found = Path(os.path.realpath(file))
        if found.suffix == ".py" and found.is_relative_to(path.parent) and is_own(found):
            files.add(found)
    return sorted(files)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digests_of_files(path: Path, files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files by their path relative to the folder of a model's file."""
    folder = os.path.realpath(path.parent)
    return {os.path.relpath(file, folder): sha256_of(file) for file in files}


def git_state(folder: Path, names: Sequence[str]) -> tuple[str, str]:
    """The commit of a folder, and how files in it differ from that.

    Parameters
    ----------
    names : sequence of str
        The files, by their path relative to the folder.

    Returns
    -------
    commit, state : str
        `state` is ``clean``, or the files that are others now; both are empty where there is no
        Git, or nothing under its control.
    """
    commit = _said_by_git(folder, "rev-parse", "HEAD").strip() if names else ""
    if not commit:
        return "", ""
    said = _said_by_git(folder, "status", "--porcelain", "-z", "--ignored", "--", *names)
    lines = [line for line in said.split("\0") if line[2:3] == " "]
    changed = [f"{Path(line[3:]).name} {_change(line[:2])}" for line in lines]
    return commit, ", ".join(changed) or "clean"


def _change(code: str) -> str:
    return _CHANGES.get(code.strip()[:1], "modified")


def _said_by_git(folder: Path, *arguments: str) -> str:
    """The output of Git, empty where it fails, is slow, or is not installed."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout
