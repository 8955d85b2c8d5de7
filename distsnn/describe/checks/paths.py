"""Paths that users give."""

from __future__ import annotations

import os

from distsnn.errors import ParameterError

# Bytes of a name that file systems hold, and of ".<name>.partial" beyond the name.
_MOST_BYTES, _BESIDE = 255, 9


def checked_path(where: str, name: str, path: object) -> str:
    """The argument `name`, a path of a file, as a string.

    Raises ParameterError if it is none, is empty, names a folder by its form, or cannot be the name
    of a file.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    why = "" if isinstance(text, str) else "it is a string or a pathlib.Path"
    if isinstance(text, str):
        parts = text.split(os.sep)
        if not text:
            why = "it is empty"
        elif "\0" in text:
            why = "the null character ends names"
        elif parts[-1] in ("", os.curdir, os.pardir):
            why = "this is a folder"
        else:
            why = _unfit(parts)
    if why or text is None:
        shown = repr(path) if len(repr(path)) < 100 else f"{repr(path)[:90]} ..."
        raise ParameterError(
            where, f"{name}={shown}: {why}", f"{name} is the path of a file", f"correct {name}"
        )
    return text


def check_paths(where: str, **paths: object) -> None:
    """Check arguments that are paths or None; see `checked_path`."""
    for name, path in paths.items():
        if path is not None:
            checked_path(where, name, path)


def _unfit(names: list[str]) -> str:
    """Why file systems do not hold names of folders and, at last, of a file; empty if they do."""
    try:
        *folders, file = (len(os.fsencode(name)) for name in names)
    except UnicodeEncodeError:
        return "file systems have no such characters"
    return "the name is too long" if max([*folders, file + _BESIDE]) > _MOST_BYTES else ""
