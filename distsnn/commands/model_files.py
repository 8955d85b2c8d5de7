"""The files of a model: what a checkpoint remembers of them, so that `resume` runs no other."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distsnn.errors import FileError
from distsnn.examples import CircuitModel, Model, catalog

# What other people wrote may lie below a model's folder, in an environment.
_NOT_OWN = {"site-packages", "dist-packages"}


def digests_of(model: Model | CircuitModel) -> dict[str, str]:
    """SHA-256 of a model's file and of the modules from its folder that are loaded now.

    By the path relative to the model's folder. Of an example there is none: it belongs to the
    package.
    """
    if model.name in catalog():
        return {}
    path = Path(os.path.realpath(model.path))
    if isinstance(model, CircuitModel):
        return {os.path.relpath(file, path.parent): _digest(file) for file in model.files}
    files = {path}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.partition(".")[0] in ("distsnn", "__main__"):
            continue
        found = Path(os.path.realpath(file))
        inside = found.is_relative_to(path.parent) and not _NOT_OWN & set(found.parts)
        if inside and found.suffix == ".py" and found.is_file():
            files.add(found)
    return {str(f.relative_to(path.parent)): _digest(f) for f in sorted(files)}


def check_same_files(checkpoint: Path, origin: Mapping[str, Any]) -> None:
    """Check, before any of it runs, that a checkpoint's model is what made the checkpoint.

    Raises FileError if a file is missing or has changed, if the checkpoint does not know, or if
    somebody else can write the model or wrote it.

    Parameters
    ----------
    origin : mapping
        What it says of its model; see `distsnn.commands.simulate.origin_of`.
    """
    model, known = origin["model"], origin.get("files")
    if model in catalog():
        return
    path = Path(os.path.realpath(model))
    if not known:
        raise _unsure(checkpoint, model, "the checkpoint does not know its content")
    for name, digest in known.items():
        try:
            now = _digest(path.parent / name)
        except (OSError, ValueError):
            raise _unsure(checkpoint, model, f"there is no {path.parent / name}") from None
        if now != digest:
            raise _unsure(checkpoint, model, f"{path.parent / name} is another one now")
    for entry in (path, path.parent):
        found = entry.stat()
        if found.st_uid not in (0, os.geteuid()):
            raise _unsure(checkpoint, model, f"{entry} belongs to another user")
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise _unsure(checkpoint, model, f"{entry} can be written by everybody")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unsure(checkpoint: Path, model: str, why: str) -> FileError:
    return FileError(
        str(checkpoint),
        f"its model is not run: {why}",
        "only the file that made a checkpoint is run without being named",
        f"Look at {model}, and name it: --model {model}",
    )
