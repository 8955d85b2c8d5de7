"""Files that one job writes must not be in each other's way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from distsnn.errors import ParameterError
from distsnn.record.files.file_layout import partial_path


def check_apart(where: str, files: Mapping[str, str | os.PathLike[str] | None]) -> None:
    """Check that all files are different ones, also through symbolic and hard links.

    Raises ParameterError if two are the same, or one is what the other is called until it is whole.

    Parameters
    ----------
    files : mapping of str to path or None
        What each file is for; None for a file that is not written.
    """
    checked: list[tuple[str, Path]] = []
    for purpose, given in files.items():
        if given is None:
            continue
        path = Path(os.path.realpath(given))
        for other, taken in checked:
            if path in _names(taken) or taken in _names(path) or _are_linked(path, taken):
                raise ParameterError(
                    where,
                    f"{os.fspath(given)} is to be {purpose} and {other}",
                    "each file of a run is one of its own, also through links",
                    "give one of them another name",
                )
        checked.append((purpose, path))


def _names(path: Path) -> set[Path]:
    """The file and what lies beside it while it is written."""
    beside = [path.with_name(f".{path.name}.{kind}") for kind in ("whole", "resumed", "lock")]
    return {path, partial_path(path), *beside}


def _are_linked(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
