"""HDF5 files whose content is checked when it is read, and that one job has for itself.

Data has checksums by chunk (the filter fletcher32), and so has what HDF5 keeps of its own in the
format of its version 1.8, which one rank writes. What has none is sealed, see
`distsnn.record.files.seal`. Version 1.10 would check the places of chunks as well, but nobody can
open its files again when a job was killed.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from distsnn.exchange import World
from distsnn.record.files.disk_space import reserve
from distsnn.record.files.locks import FileLock

# Bytes of a chunk where nothing else is asked for.
_CHUNK_BYTES = 1 << 20
_FILTERS = {"gzip": h5py.h5z.FILTER_DEFLATE, "lzf": h5py.h5z.FILTER_LZF}
_GZIP_LEVEL = 4
# What a byte is that has not been read.
_UNREAD = 0xA5


class RankFile(h5py.File):  # type: ignore[misc]  # h5py has no types
    """An open file that is locked as long as it is open.

    Parameters
    ----------
    lock : FileLock or None
        None on ranks that write together with the one that has it.
    """

    def __init__(self, opened: Any, lock: FileLock | None) -> None:
        super().__init__(opened)
        self._lock = lock

    def close(self) -> None:
        """Close the file; others may open it then."""
        try:
            super().close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def move(self, location: Path) -> None:
        """Follow the file to another name."""
        if self._lock is not None:
            self._lock.move(location)


class ParallelFile(RankFile):
    """A file that all ranks write; the first one has locked it."""

    def __init__(self, opened: Any, lock: FileLock | None) -> None:
        super().__init__(opened, lock)
        self._flushed_bytes: int | None = None
        self._added_bytes = 0

    def reserve(self, n_bytes: int) -> None:
        """Keep room for more bytes, on rank 0.

        HDF5 does not know the size of the file before it is flushed, and MPI has no descriptor.
        """
        assert self._lock is not None
        descriptor = self._lock.descriptor
        if self._flushed_bytes is None:
            self._flushed_bytes, self._added_bytes = os.fstat(descriptor).st_size, 0
        self._added_bytes += n_bytes
        reserve(descriptor, self._flushed_bytes + self._added_bytes)

    def flush(self) -> None:
        """Bring the file to the disk, with its size. Collective."""
        super().flush()
        self._flushed_bytes = None


def create_file(location: Path) -> RankFile:
    """Create a file, which must not be there.

    Raises
    ------
    OSError
        It is there, or cannot be written.
    """
    lock = FileLock(location, os.O_CREAT | os.O_EXCL)
    return _file(RankFile, location, lock, None, new=True)


def open_file(location: Path, writes: bool = False) -> RankFile:
    """Open a file.

    Raises
    ------
    LockedError
        Another job has it.
    OSError
        It cannot be opened, or is not HDF5; of the second the system has no number.
    """
    lock = FileLock(location, shared=not writes)
    return _file(RankFile, location, lock, None, new=False, writes=writes)


def groups_in(lock: FileLock) -> set[str] | None:
    """Names of what stands in a file that this process has locked; None if it cannot be read.

    Raises
    ------
    OSError
        The system cannot read it.
    """
    try:
        with _file(RankFile, lock.location, None, None, new=False, writes=False) as file:
            return set(file) or {""}
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None):
            raise
        return None


def open_parallel(ranks: World, location: Path, lock: FileLock | None, new: bool) -> ParallelFile:
    """Open a file for writing on all ranks. Collective; the first of them has locked it."""
    return _file(ParallelFile, location, lock, ranks, new)


def _file(
    kind: Any,
    location: Path,
    lock: FileLock | None,
    ranks: World | None,
    new: bool,
    writes: bool = True,
) -> Any:
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
    if ranks is None:
        access.set_libver_bounds(h5py.h5f.LIBVER_V18, h5py.h5f.LIBVER_LATEST)
        # The file is locked already.
        access.set_file_locking(False, True)
    else:
        # In the newer format ranks lose step when they write many attributes (HDF5 1.10).
        access.set_fapl_mpio(ranks.communicator, ranks.communicator.Get_info())
    try:
        if new:
            made = h5py.h5p.create(h5py.h5p.FILE_CREATE)
            # Bytes do not depend on the clock.
            made.set_obj_track_times(False)
            opened = h5py.h5f.create(os.fsencode(location), h5py.h5f.ACC_TRUNC, made, access)
        else:
            flags = h5py.h5f.ACC_RDWR if writes else h5py.h5f.ACC_RDONLY
            opened = h5py.h5f.open(os.fsencode(location), flags, access)
        return kind(opened, lock)
    except BaseException:
        if lock is not None:
            lock.release()
        raise


def group_in(parent: h5py.Group, path: str) -> h5py.Group:
    """The group at a path, created with those above it where it is not there yet."""
    for name in path.split("/"):
        if name in parent:
            parent = parent[name]
            continue
        made = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
        made.set_obj_track_times(False)
        parent = h5py.Group(h5py.h5g.create(parent.id, name.encode(), gcpl=made))
    return parent


def create_checked(  # noqa: PLR0913 - all that can differ
    parent: h5py.Group,
    path: str,
    shape: tuple[int, ...],
    dtype: Any,
    chunks: tuple[int, ...] | None = None,
    compression: str | None = None,
    grows: bool = False,
    early: bool = False,
) -> h5py.Dataset:
    """Create a dataset whose data has checksums.

    Parameters
    ----------
    path : str
        Its name, with those of groups before it.
    shape : tuple of int
    chunks : tuple of int, optional
        Shape of a chunk; by default whole rows of about 1 MB.
    compression : str or None
        ``"gzip"`` or ``"lzf"``.
    grows : bool
        Whether rows may be added.
    early : bool
        Whether chunks have their places before they are written.

    Returns
    -------
    h5py.Dataset
        Rows are not filled before they are written; `read_rows` knows of what is not there.
    """
    above, _, name = path.rpartition("/")
    group = group_in(parent, above) if above else parent
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_obj_track_times(False)
    if grows or 0 not in shape:
        if chunks is None:
            row = np.dtype(dtype).itemsize * math.prod(shape[1:])
            chunks = (max(1, _CHUNK_BYTES // row), *shape[1:])
        if not grows:
            chunks = tuple(map(min, shape, chunks))
        made.set_chunk(chunks)
        made.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        if early:
            made.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        if compression is not None:
            made.set_shuffle()
            level = (_GZIP_LEVEL,) if compression == "gzip" else ()
            made.set_filter(_FILTERS[compression], h5py.h5z.FLAG_OPTIONAL, level)
        made.set_fletcher32()
    most = (h5py.h5s.UNLIMITED, *shape[1:]) if grows else shape
    space = h5py.h5s.create_simple(shape, most)
    kind = h5py.h5t.py_create(np.dtype(dtype), logical=True)
    return h5py.Dataset(h5py.h5d.create(group.id, name.encode(), kind, space, made))


def read_rows(dataset: h5py.Dataset, first: int = 0, last: int | None = None) -> np.ndarray:
    """Rows ``first <= row < last`` of a dataset, checked.

    Raises
    ------
    OSError
        The data does not have its checksum, or is not there.
    """
    if dataset.chunks is None or not dataset.size:
        found: np.ndarray = dataset[first:last] if dataset.shape else dataset[()]
        return found
    end = dataset.shape[0] if last is None else min(last, dataset.shape[0])
    values = _read_over(dataset, first, end, _UNREAD)
    # HDF5 leaves what it does not find as it was.
    begins = [range(0, n, of) for n, of in zip(dataset.shape, dataset.chunks, strict=True)]
    begins[0] = range(first - first % dataset.chunks[0], end, dataset.chunks[0])
    starts = (first, *(0 for _ in dataset.shape[1:]))
    positions = [[max(0, at - start) for at in d] for d, start in zip(begins, starts, strict=True)]
    sample = values[np.ix_(*positions)] if values.size else values
    unread = np.frombuffer(sample.tobytes(), np.uint8).reshape(-1, values.itemsize) == _UNREAD
    if unread.all(axis=1).any():
        again = _read_over(dataset, first, end, _UNREAD ^ 0xFF)
        if again.tobytes() != values.tobytes():
            raise OSError(f"a part of {dataset.name} is not there")
    return values


def _read_over(dataset: h5py.Dataset, first: int, end: int, byte: int) -> np.ndarray:
    """Rows read into an array that is full of a byte."""
    shape = (max(0, end - first), *dataset.shape[1:])
    n_bytes = math.prod(shape) * dataset.dtype.itemsize
    values = np.full(n_bytes, byte, dtype=np.uint8).view(dataset.dtype).reshape(shape)
    if values.size:
        dataset.read_direct(values, np.s_[first:end])
    return values
