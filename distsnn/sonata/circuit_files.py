"""Files of a circuit, opened and read so that what is wrong with one is said in a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from distsnn.errors import DistsnnError, FileError, nearest_first

# Whatever h5py raises for bytes that are not what they should be.
_SAID_BY_HDF5 = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError,
)  # fmt: skip


def refused(path: Path, what: str, allowed: str = "", advice: str = "") -> FileError:
    """The error for a file that does not hold what it should."""
    return FileError(str(path), what, allowed, advice)


def missing(path: Path, what: str, named_in: str) -> FileError:
    """The error for a file that is not there; `named_in` says who asked for it."""
    where = "this is a folder" if path.is_dir() else "there is no such file"
    return refused(path, where, f"{what} is named in {named_in}", "correct the name")


def read_json(path: Path, named_in: str) -> dict[str, Any]:
    """The object that a JSON file holds.

    Raises FileError if there is no such file, or it holds no object.
    """
    if not path.is_file():
        raise missing(path, "a JSON file", named_in)
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError) as error:
        raise refused(path, f"it cannot be read ({error})") from error
    except json.JSONDecodeError as error:
        raise refused(
            path,
            f"line {error.lineno}, column {error.colno}: {error.msg}",
            "the file must be JSON",
            "correct the line",
        ) from error
    if not isinstance(found, dict):
        raise refused(path, f"it holds a {type(found).__name__}", "it must hold an object {...}")
    return found


def read_table(path: Path, named_in: str) -> tuple[list[str], list[list[str]]]:
    """The columns and rows of a text file whose fields are separated by blanks.

    Raises FileError if there is no such file, or a row has more or fewer fields than there are
    columns.
    """
    if not path.is_file():
        raise missing(path, "a table", named_in)
    try:
        text = path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise refused(path, f"it cannot be read ({error})") from error
    lines = [(n, line.replace("\t", " ").strip()) for n, line in enumerate(text.splitlines(), 1)]
    lines = [(n, line) for n, line in lines if line]
    fields = list(csv.reader((line for _, line in lines), delimiter=" ", skipinitialspace=True))
    if not fields:
        raise refused(path, "it is empty", "its first line names the columns")
    for (n, _), row in zip(lines, fields, strict=True):
        if len(row) != len(fields[0]):
            raise refused(
                path,
                f"line {n} has {len(row)} fields",
                f"there are {len(fields[0])} columns: {', '.join(fields[0])}",
                "put fields with blanks in double quotes, and NULL where there is no value",
            )
    return fields[0], fields[1:]


@contextmanager
def opened(path: Path, named_in: str) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading within a ``with`` block.

    Raises FileError if there is no such file, or what is read of it is damaged.
    """
    if not path.is_file():
        raise missing(path, "an HDF5 file", named_in)
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except DistsnnError:
        raise
    except _SAID_BY_HDF5 as error:
        said = " ".join(str(error).split())
        raise refused(
            path, f"it is damaged or no HDF5 file ({said})", "", "make the file anew"
        ) from error


def group_at(parent: h5py.Group, name: str, path: Path) -> h5py.Group:
    """A group of a file by its name.

    Raises FileError if it is not there.
    """
    found = parent.get(name)
    if not isinstance(found, h5py.Group):
        raise _not_there(parent, name, path, "group")
    return found


def column_at(parent: h5py.Group, name: str, path: Path, rows: int | None = None) -> h5py.Dataset:
    """A dataset of one dimension by its name.

    Raises FileError if it is not there, or has another number of rows than `rows`.
    """
    found = parent.get(name)
    if not isinstance(found, h5py.Dataset) or found.ndim < 1:
        raise _not_there(parent, name, path, "dataset")
    if rows is not None and found.shape[0] != rows:
        raise refused(
            path,
            f"{found.name} has {found.shape[0]:,} rows",
            f"there are {rows:,} in the datasets beside it",
            "make the file anew",
        )
    return found


def text_of(value: object) -> str:
    """An attribute of a file as text, which may be stored as bytes or in an array of one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return value.decode() if isinstance(value, bytes) else str(value)


def _not_there(parent: h5py.Group, name: str, path: Path, kind: str) -> FileError:
    known = nearest_first(name, parent)[:8]
    return refused(
        path,
        f"there is no {kind} {parent.name.rstrip('/')}/{name}",
        f"{parent.name} has {', '.join(known)}" if known else f"{parent.name} is empty",
        "correct the file",
    )
