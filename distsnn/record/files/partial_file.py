"""The partial file of a run that lasts: what one holds, and how a whole file gets its name.

A file is written under ``.<name>.partial`` beside its name until it is whole.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import h5py

from distsnn.errors import FileError
from distsnn.exchange import SerialWorld
from distsnn.record.files.disk_space import give_back
from distsnn.record.files.file_layout import (
    COLUMNS,
    opened,
    partial_path,
    refuse_what_is_no_file,
)
from distsnn.record.files.hdf5 import groups_in
from distsnn.record.files.header import GROUP, read_header
from distsnn.record.files.locks import FileLock, LockedError

ALONE = SerialWorld()
_ADVICE = (
    "Rename it, record to another name, or say overwrite=True (--overwrite on the command line)."
)
# What is recorded, where it matters.
WEIGHTS = "weights"


def refuse_existing(path: Path, kind: str = "spikes", advice: str = _ADVICE) -> None:
    """Check that nothing would be lost by recording to this name.

    Parameters
    ----------
    advice : str
        What to do.

    Raises
    ------
    FileError
        A file of this name exists, or the data of an unfinished run lies beside it.
    """
    partial = partial_path(path)
    if path.exists():
        reason = "the file exists"
    elif holds_data(path, kind) and not _is_empty(partial):
        reason = f"{partial.name} beside it holds the {kind} of a run that did not finish"
    else:
        return
    raise FileError(
        str(path),
        reason,
        "a recording replaces nothing unless told to",
        advice,
    )


def reserve_partial(path: Path, location: Path | None = None) -> None:
    """Remove what an earlier run left where a growing file is to be created.

    Parameters
    ----------
    path : Path
        Name of the file that is to be recorded.
    location : Path, optional
        Where it is created for now.

    Raises
    ------
    FileError
        Another job is writing it, or the folder cannot be written.
    """
    refuse_what_is_no_file(path, "a recording is a file")
    holds_data(path)
    (location or partial_path(path)).unlink(missing_ok=True)


def discard(file: h5py.File, location: Path) -> None:
    """Remove a file after an error, which may have left HDF5 unable to close it."""
    with suppress(OSError, RuntimeError):
        file.close()
    with suppress(OSError):
        location.unlink()


def put_under_name(whole: Path, path: Path) -> None:
    """Give a file that is whole and closed its name, once it is on the disk."""
    give_back(whole)
    with open(whole, "rb") as written:
        os.fsync(written.fileno())
    os.replace(whole, path)


def _is_empty(partial: Path) -> bool:
    """Whether the partial file is of spikes, of a run that ended before its first flush."""
    try:
        with opened(partial) as file:
            header = read_header(file, str(partial))
            rows = [min(of[name].shape[0] for name in COLUMNS) for of in file["spikes"].values()]
    except FileError:
        return False
    return header.end_step == header.start_step and not any(rows)


def holds_data(path: Path, kind: str = "") -> bool:
    """Whether a run that did not finish has left data that is worth keeping.

    What is damaged, and what nobody holds, counts as none. So do weights whose writing was not
    finished, if weights are to be written: they can be written again.
    """
    partial = partial_path(path)
    try:
        lock = FileLock(partial)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except LockedError as locked:
        raise FileError(
            str(path),
            "another job is writing this file now",
            "one job writes one file",
            f"Record to another name. {locked.advice}".strip(),
        ) from locked
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        found = groups_in(lock)
        if found is None:
            return False
        return kind != WEIGHTS or not found <= {"", "edges", GROUP}
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        lock.release()


def _unreadable(path: Path, error: OSError) -> FileError:
    partial = partial_path(path)
    return FileError(
        str(path),
        f"{partial.name} beside it cannot be opened ({os.strerror(error.errno or 0)})",
        "it may hold the data of a run that did not finish",
        f"Make it readable and writable, move it away, or record to another name: {partial}",
    )
