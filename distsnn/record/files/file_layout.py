"""The layout of a spike file, and its opening."""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from pathlib import Path

import h5py
import numpy as np

from distsnn.errors import DistsnnError, FileError, ParameterError
from distsnn.record.files.attributes import set_attributes
from distsnn.record.files.hdf5 import create_checked, group_in, open_file
from distsnn.record.files.header import GROUP, RecordingHeader, write_header
from distsnn.record.files.locks import LockedError
from distsnn.record.files.storage import Storage

SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype=np.uint8)
BY_TIME = 2
COLUMNS = {"timestamps": np.float64, "node_ids": np.uint64}
_CHUNK_ROWS = 1 << 16
# More than HDF5 needs for a group with its datasets, and for the place of a chunk.
_GROUP_BYTES = 1 << 14
_CHUNK_EXTRA = 1 << 10
# Whatever h5py raises when bytes of a file are not what they were.
_SAID_BY_HDF5 = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError,
)  # fmt: skip


def partial_path(path: str | os.PathLike[str]) -> Path:
    """The file with the spikes of a run that has not finished.

    Returns
    -------
    Path
        ``.<name>.partial`` in the same folder.
    """
    path = Path(path)
    return path.with_name(f".{path.name}.partial")


def write_layout(
    file: h5py.File,
    header: RecordingHeader,
    groups: Mapping[str, int],
    rows: Mapping[str, int],
    stored: Storage | None = None,
) -> None:
    """Write everything but the spikes: header, groups, and datasets of the given lengths.

    Parameters
    ----------
    file : h5py.File
        An empty file open for writing.
    header : RecordingHeader
        Facts of the run. Unless it is ``finished`` the datasets can grow.
    groups : mapping of str to int
        Name and number of neurons of each group.
    rows : mapping of str to int
        Number of spikes of each group.
    stored : Storage, optional
        Compression and chunks of a finished file.
    """
    write_header(file, header)
    names = np.array(list(groups), dtype=h5py.string_dtype())
    sizes = np.array(list(groups.values()), dtype=np.int64)
    set_attributes(file[GROUP], {"group_names": names, "group_sizes": sizes})
    for name in groups:
        group = group_in(file, f"spikes/{name}")
        group.attrs.create("sorting", BY_TIME, dtype=SORTING)
        chunk, compression = _CHUNK_ROWS, None
        if header.finished and stored is not None:
            chunk, compression = stored.chunk or _CHUNK_ROWS, stored.compression
        for column, dtype in COLUMNS.items():
            create_checked(
                group, column, (rows[name],), dtype, (chunk,), compression, not header.finished
            )
        set_attributes(group["timestamps"], {"units": "ms"})


def layout_bytes(
    groups: Mapping[str, int], rows: Mapping[str, int], stored: Storage | None = None
) -> int:
    """The most bytes that a file has whose datasets have these lengths from the beginning.

    Parameters
    ----------
    groups, rows, stored
        See `write_layout`.
    """
    chunk = stored.chunk if stored is not None and stored.chunk else _CHUNK_ROWS
    # As in `growth`, a compressed chunk may be stored twice.
    times = 2 if stored is not None and stored.compression else 1
    n_bytes = 0
    for name in groups:
        n_chunks = -(-rows[name] // chunk)
        for dtype in COLUMNS.values():
            n_bytes += n_chunks * (times * chunk * np.dtype(dtype).itemsize + _CHUNK_EXTRA)
    return n_bytes + _GROUP_BYTES * len(groups)


@contextmanager
def opened(path: Path, kind: str = "recording") -> Iterator[h5py.File]:
    """Open a file for reading within a ``with`` block; what does not fit in it is said in a line.

    Parameters
    ----------
    kind : str
        What it must be, for messages.

    Yields
    ------
    h5py.File
        The open file.

    Raises
    ------
    FileError
        The file is missing, is being written, is not HDF5, or is damaged.
    """
    refuse_what_is_no_file(path, f"it must be a whole {kind} of distsnn")
    try:
        with _open(path, kind) as file:
            yield file
    except DistsnnError:
        raise
    except _SAID_BY_HDF5 as error:
        raise damaged(path, " ".join(str(error).split())) from error


def _open(path: Path, kind: str) -> h5py.File:
    try:
        return open_file(path)
    except FileNotFoundError as error:
        beside = partial_path(path)
        advice = f"A run that did not finish left {beside}." if beside.exists() else ""
        if kind == "checkpoint":
            # What lies beside it is no whole one.
            advice = ""
        raise FileError(str(path), "there is no such file", advice=advice) from error
    except LockedError as error:
        raise FileError(
            str(path),
            "a job is writing this file now",
            "a file is read when it is whole",
            f"Wait until the job has ended. {error.advice}".strip(),
        ) from error
    except _SAID_BY_HDF5 as error:
        message = " ".join(str(error).split())
        raise FileError(
            str(path),
            f"the file cannot be read as HDF5 ({message})",
            f"it must be a whole {kind} of distsnn",
        ) from error


def rows_between(
    times: np.ndarray, start: float | None, stop: float | None, where: str
) -> tuple[int, int]:
    """The first row, and the one after the last, of ascending times (ms) within a window.

    Raises ParameterError if `start` or `stop` is neither None nor a number.
    """
    given: dict[str, object] = {"start": start, "stop": stop}
    for name, time in given.items():
        if time is not None and (not isinstance(time, Real) or math.isnan(time)):
            raise ParameterError(where, f"{name}={time!r}", f"{name} is a time (ms)", "correct it")
    first = 0 if start is None else int(np.searchsorted(times, start))
    return first, times.size if stop is None else int(np.searchsorted(times, stop))


def refuse_what_is_no_file(path: Path, allowed: str) -> None:
    """Raise for folders, devices and pipes.

    HDF5 would wait for ever for some of them, and a file in the place of a device such as
    ``/dev/null`` would break all other programs. Raises FileError if there is such a thing at the
    path; nothing at all is fine.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        what = "this is a folder" if stat.S_ISDIR(mode) else "this is no ordinary file"
        raise FileError(str(path), what, allowed)


def unwritable(
    path: Path, error: OSError | RuntimeError, advice: str = "Record to another place."
) -> FileError:
    """Make the error for a file that cannot be written.

    Parameters
    ----------
    path : Path
        The file, as the user named it.
    error : OSError or RuntimeError
        What the system or HDF5 said.
    advice : str
        What to do.

    Returns
    -------
    FileError
        The error to raise.
    """
    number = getattr(error, "errno", None)
    reason = os.strerror(number) if number else str(error).partition("\n")[0]
    return FileError(
        str(path),
        f"the file cannot be written ({reason})",
        "its folder must exist, be writable and have room",
        advice,
    )


def damaged(path: Path, what: str) -> FileError:
    """Make the error for a file whose parts do not fit together.

    Parameters
    ----------
    what : str
        What is wrong with it.

    Returns
    -------
    FileError
        The error to raise.
    """
    return FileError(str(path), f"the file is damaged ({what})", "it must be whole")
