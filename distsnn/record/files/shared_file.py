"""HDF5 files that all ranks write together, or one of them for all.

With an h5py that has MPI every rank calls everything that changes a file, and large data is
written in one collective call, in which a rank without rows takes part with an empty selection.
Without, one rank writes. What differs between the two is in this file alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from distsnn.errors import DistsnnError
from distsnn.exchange import World, raising_together
from distsnn.exchange.jobs.abort import fail
from distsnn.record.files.disk_space import reserve
from distsnn.record.files.file_layout import unwritable
from distsnn.record.files.hdf5 import (
    ParallelFile,
    create_checked,
    create_file,
    open_file,
    open_parallel,
    read_rows,
)
from distsnn.record.files.locks import FileLock
from distsnn.record.files.storage import Storage

_COPY_ROWS = 1 << 20
# More than HDF5 writes of its own in one go, and than it needs for the place of a chunk.
_EXTRA_BYTES = 1 << 16
_CHUNK_EXTRA = 1 << 12

T = TypeVar("T")


def open_shared(ranks: World, path: Path, location: Path, new: bool) -> h5py.File:
    """Open a file for writing. Collective over the ranks that write.

    Parameters
    ----------
    new : bool
        Whether it is created; then it must not be there.

    Returns
    -------
    h5py.File
        The open file; no other job can open it.

    Raises
    ------
    FileError
        It cannot be written, or another job has opened it.
    """
    lock = None
    with raising_together(ranks, "recording"), writing(path):
        if ranks.size == 1:
            return create_file(location) if new else open_file(location, writes=True)
        if ranks.rank == 0:
            lock = FileLock(location, os.O_CREAT | os.O_EXCL if new else 0)
    return open_parallel(ranks, location, lock, new)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make an error of the system or HDF5 within the block one that names the recording."""
    try:
        yield
    except DistsnnError:
        raise
    except (OSError, RuntimeError) as error:
        raise unwritable(path, error) from error


@contextmanager
def writing_collectively(ranks: World, path: Path) -> Iterator[None]:
    """As `writing`, for what all of the ranks do to a file at the same time. Collective.

    An error that one of several ranks meets alone ends the job: the others may be waiting for it
    inside MPI, and cannot be told. Errors that they have shared (`raising_together`) are raised.
    """
    try:
        yield
    except DistsnnError:
        raise
    except Exception as error:
        known = unwritable(path, error) if isinstance(error, OSError | RuntimeError) else error
        if ranks.size > 1:
            fail(ranks, known)
        if known is error:
            raise
        raise known from error


def on_first(ranks: World, path: Path, act: Callable[[], T]) -> T:
    """Let the first of the ranks do something to a file; give all what it returns. Collective.

    Raises
    ------
    FileError
        It cannot be done; `path` is the file that the message names.
    """
    with raising_together(ranks, "recording"), writing(path):
        done = act() if ranks.rank == 0 else None
    shared: T = ranks.bcast_object(done)
    return shared


def bring_to_disk(ranks: World, path: Path, location: Path) -> None:
    """Make sure that no crash of a machine loses what was flushed. Collective.

    Raises
    ------
    FileError, RankError
        It cannot be done on some rank.
    """
    with raising_together(ranks, "recording"), writing(path), open(location, "rb") as written:
        os.fsync(written.fileno())


def reserve_disk_space(ranks: World, path: Path, file: h5py.File, n_bytes: int) -> None:
    """Keep room on the disk for what comes next, before HDF5 writes any of it. Collective.

    Parameters
    ----------
    file : h5py.File
        Open for writing. One that a rank writes alone has been flushed since the last write.
    n_bytes : int
        The most bytes of data that are to be added (see `growth`).

    Raises
    ------
    FileError, RankError
        There is no room. The file is as it was.
    """
    n_bytes += _EXTRA_BYTES
    with raising_together(ranks, "recording"), writing(path):
        if not isinstance(file, ParallelFile):
            reserve(file.id.get_vfd_handle(), file.id.get_filesize() + n_bytes)
        elif ranks.rank == 0:
            file.reserve(n_bytes)


def growth(dataset: h5py.Dataset, first: int, last: int) -> int:
    """The most bytes that rows ``first <= row < last`` can add to the file of a dataset.

    Rows before `first` have been written and flushed.
    """
    chunks, n_bytes = dataset.chunks, dataset.dtype.itemsize * math.prod(dataset.shape[1:])
    if chunks is None:
        return (last - first) * n_bytes
    each = dataset.dtype.itemsize * math.prod(chunks) + _CHUNK_EXTRA
    side_by_side = math.prod(
        -(-n // of) for n, of in zip(dataset.shape[1:], chunks[1:], strict=True)
    )
    if dataset.compression is None:
        return each * side_by_side * (-(-last // chunks[0]) + -first // chunks[0])
    # A chunk that rows are added to is stored once more, and ranks that write together first make
    # room for the chunk as it is.
    return 2 * each * side_by_side * (-(-last // chunks[0]) - first // chunks[0])


def create_rows(
    parent: h5py.Group, name: str, dtype: Any, width: int | None, storage: Storage
) -> h5py.Dataset:
    """Create an empty dataset that grows in rows.

    Parameters
    ----------
    dtype : dtype
        Of its numbers.
    width : int or None
        Numbers in a row; None for a dataset of numbers.
    storage : Storage
        Chunks and compression.

    Returns
    -------
    h5py.Dataset
        Shape (0,) or (0, width). Rows are not filled before they are written, since all are.
    """
    # Several ranks can only write to chunks that have a place, and may go on in the file that one
    # rank has begun.
    return create_checked(
        parent,
        name,
        (0,) if width is None else (0, width),
        dtype,
        storage.chunk_shape(dtype, width),
        storage.compression,
        grows=True,
        early=True,
    )


def rows_of(rank: int, size: int, first: int, last: int, chunk: int) -> tuple[int, int]:
    """The rows of ``first <= row < last`` that rank `rank` of `size` writes.

    These are whole chunks, about evenly.
    """
    low, high = first // chunk, -(-last // chunk)
    bounds = (low + (high - low) * (rank + k) // size for k in range(2))
    begin, end = (min(max(bound * chunk, first), last) for bound in bounds)
    return begin, end


def write_rows(ranks: World, dataset: h5py.Dataset, first: int, rows: np.ndarray) -> None:
    """Write rows from row `first` of a dataset on. Collective over the ranks that write.

    Parameters
    ----------
    dataset : h5py.Dataset
        Long enough for all rows.
    first : int
        Where this rank's rows stand.
    rows : array (n,) or (n, width)
        This rank's rows; n may be 0.

    Raises
    ------
    OSError
        They cannot be written, on this rank; see `writing_collectively`.
    """
    if not dataset.size:
        # It has no place in the file, and HDF5 would look for one; all ranks see the same.
        return
    if ranks.size == 1:
        if rows.shape[0]:
            dataset[first : first + rows.shape[0]] = rows
        return
    space, memory = dataset.id.get_space(), h5py.h5s.create_simple(rows.shape)
    if rows.size:
        space.select_hyperslab((first, *(0 for _ in rows.shape[1:])), rows.shape)
    else:
        space.select_none()
        memory.select_none()
    transfer = h5py.h5p.create(h5py.h5p.DATASET_XFER)
    transfer.set_dxpl_mpio(h5py.h5fd.MPIO_COLLECTIVE)
    dataset.id.write(memory, space, np.ascontiguousarray(rows), dxpl=transfer)


def copy_rows(source: h5py.Dataset, target: h5py.Dataset, ranks: World) -> None:
    """Fill a dataset from one that is at least as long, a block at a time. Collective.

    Parameters
    ----------
    source, target : h5py.Dataset
        Datasets of numbers; `target` is written.
    ranks : World
        The ranks that write; each copies its part.
    """
    n_rows, chunk = target.shape[0], (target.chunks or (1,))[0]
    step = -(-_COPY_ROWS // chunk) * chunk
    for first in range(0, n_rows, step):
        begin, end = rows_of(ranks.rank, ranks.size, first, min(n_rows, first + step), chunk)
        write_rows(ranks, target, begin, read_rows(source, begin, end))
