"""Networks from checkpoints for ``distsnn resume``, with the checks before one is trusted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from distsnn.commands.model_files import check_same_files
from distsnn.errors import FileError
from distsnn.examples import catalog
from distsnn.plot.canvas import is_drawn_of
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.files.file_layout import damaged

_TYPES: dict[str, Any] = {
    "model": str,
    "settings": dict,
    "seed": int | None,
    "end": float | int,
    "record": str | None,
    "weights": str | None,
    "compression": str | None,
    "plot": str | None,
    "every": float | int | None,
}


def saved_origin(file: Path, model: str | None) -> dict[str, Any]:
    """The origin of the network of a checkpoint; see `distsnn.commands.simulate.origin_of`.

    Raises FileError if it is no checkpoint of ``distsnn run``, or no model is named and its own
    cannot be trusted.

    Parameters
    ----------
    file : Path
        The checkpoint.
    model : str or None
        The model to run instead of the one that it names.
    """
    origin = CheckpointFile(file).read_text("origin")
    if not origin:
        raise FileError(
            str(file),
            "the checkpoint was made by a script",
            "only what 'distsnn run' has saved knows its model",
            "Let the script call net.load(...), and run it.",
        )
    for name, kind in _TYPES.items():
        if not isinstance(origin, dict) or not isinstance(origin.get(name), kind):
            raise damaged(file, f"{name} of its origin")
    if model is None:
        check_same_files(file, origin)
    else:
        origin["model"] = model if model in catalog() else os.path.abspath(model)
    return dict(origin)


def refuse_other_picture(file: Path, picture: Path) -> None:
    """Check that a picture which a checkpoint names is new, or was drawn of its network.

    Raises FileError if it is another one.
    """
    digest = str(CheckpointFile(file).metadata["digest"])
    if picture.exists() and not is_drawn_of(picture, digest):
        raise FileError(
            str(picture),
            "the file exists and is not known to be a picture of this network",
            "a checkpoint lets nothing be replaced but what its run has made",
            "Name the picture with --plot.",
        )
