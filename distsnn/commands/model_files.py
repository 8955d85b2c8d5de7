"""The files of a model: what a checkpoint remembers of them, so that `resume` runs no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distsnn.errors import FileError
from distsnn.examples import CircuitModel, Model, catalog
from distsnn.front.recording.model_state import digests_of_files, files_of, sha256_of


def digests_of(model: Model | CircuitModel) -> dict[str, str]:
    """SHA-256 of a model's file and of the modules from its folder that are loaded now.

    By the path relative to the model's folder. Of an example there is none: it belongs to the
    package.
    """
    if model.name in catalog():
        return {}
    path = Path(os.path.realpath(model.path))
    return digests_of_files(
        path, model.files if isinstance(model, CircuitModel) else files_of(path)
    )


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
            now = sha256_of(path.parent / name)
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


def _unsure(checkpoint: Path, model: str, why: str) -> FileError:
    return FileError(
        str(checkpoint),
        f"its model is not run: {why}",
        "only the file that made a checkpoint is run without being named",
        f"Look at {model}, and name it: --model {model}",
    )
