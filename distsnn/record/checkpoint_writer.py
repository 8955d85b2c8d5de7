"""Writing checkpoints: under a name of their own until they are whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np

from distsnn.exchange import World, raising_together
from distsnn.record.files.disk_space import reserve
from distsnn.record.files.file_layout import partial_path, unwritable
from distsnn.record.files.hdf5 import create_checked, create_file, group_in
from distsnn.record.files.header import installed_versions
from distsnn.record.files.partial_file import discard, put_under_name
from distsnn.record.files.provenance import Provenance, write_provenance
from distsnn.record.files.seal import seal

ROOT = "checkpoint"
CHECKPOINT_FORMAT = 2
# An attribute of an array of one value that was a single number.
SCALAR = "scalar"
# Values of all ranks that one exchange brings to the rank that writes.
_BLOCK = 1 << 22
# More than HDF5 needs for a dataset and a group that it may be the first of.
_DATASET_BYTES = 1 << 16


class CheckpointWriter:
    """Writes one checkpoint. Collective: all ranks make the same calls.

    The first rank writes, a block of values at a time. What stands in the file is in the order
    of neurons and synapses, so that its bytes do not depend on the number of ranks. An error of
    the file is raised by `publish`, on all ranks; used as a context, it leaves no part of a file
    behind.

    Parameters
    ----------
    path : path
        Name of the checkpoint; one that is there stays until the new one is whole.
    metadata : mapping of str to number or str
        What a reader must know first: ``digest``, ``seed``, ``dt_ms``, ``step``, ...
    provenance : Provenance, optional
        What makes the file.
    """

    def __init__(
        self,
        world: World,
        path: str | os.PathLike[str],
        metadata: Mapping[str, float | str],
        provenance: Provenance | None = None,
    ) -> None:
        self.path = Path(path)
        self._world = world
        self._writes = world.rank == 0
        self._partial = partial_path(self.path)
        self._file: h5py.File | None = None
        self._error: OSError | RuntimeError | None = None
        self._attempt(lambda: self._begin(metadata, provenance or Provenance()))

    def __enter__(self) -> CheckpointWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            # After an error HDF5 may fail to close as well; the error is what matters.
            discard(self._file, self._partial)
            self._file = None

    def write(self, name: str, values: np.ndarray) -> None:
        """Write an array that is the same on all ranks."""
        self._attempt(lambda: self._put_whole(name, values))

    def write_text(self, name: str, content: Any) -> None:
        """Write plain values (dicts, lists, numbers, texts) as JSON."""
        # As numbers, because texts have no checksums.
        text = np.frombuffer(json.dumps(content).encode(), dtype=np.uint8)
        self._attempt(lambda: self._put_whole(name, text))

    def write_local(self, name: str, index: np.ndarray, values: np.ndarray, size: int) -> None:
        """Write an array of which every rank has a part.

        Parameters
        ----------
        index : int64 array (n,), ascending
            Where this rank's values belong; every place is some rank's.
        values : array (n,)
        size : int
            Length of the whole.
        """
        dtype = values.dtype
        n_bytes = size * dtype.itemsize
        self._attempt(lambda: create_checked(self._with_space(n_bytes), name, (size,), dtype))
        for first in range(0, size, _BLOCK):
            last = min(size, first + _BLOCK)
            local = slice(*np.searchsorted(index, [first, last]).tolist())
            parts = self._world.gather_object((index[local] - first, values[local]))
            if parts is not None:
                block = np.empty(last - first, dtype=dtype)
                for positions, part in parts:
                    block[positions] = part
                self._attempt(partial(self._put, name, first, last, block))

    def write_shared(
        self, name: str, index: np.ndarray, values: np.ndarray, local: np.ndarray, size: int
    ) -> None:
        """Write an array of which several ranks have the same values.

        Parameters
        ----------
        name, index, values, size
            As for `write_local`, but a place may be that of several ranks.
        local : bool array (n,)
            Which of its values this rank writes; every place is one rank's own.
        """
        self.write_local(name, index[local], values[local], size)

    def publish(self) -> None:
        """Put the checkpoint under its name, in the place of the one before.

        Raises
        ------
        FileError
            It cannot be written; the one before is as it was.
        RankError
            The same, on the other ranks.
        """
        with raising_together(self._world, "checkpoint"):
            self._attempt(self._finish)
            if self._error is not None:
                raise unwritable(
                    self.path, self._error, "Save it in another place."
                ) from self._error

    def _begin(self, metadata: Mapping[str, float | str], provenance: Provenance) -> None:
        self._partial.unlink(missing_ok=True)
        self._file = create_file(self._partial)
        attributes = group_in(self._file, ROOT).attrs
        attributes["format"] = CHECKPOINT_FORMAT
        versions = installed_versions()
        for name, value in {**versions, **metadata}.items():
            attributes[name] = value
        write_provenance(self._file, provenance)

    def _put_whole(self, name: str, values: np.ndarray) -> None:
        rows = np.atleast_1d(values)
        made = create_checked(self._with_space(rows.nbytes), name, rows.shape, rows.dtype)
        if rows.size:
            made[...] = rows
        if np.ndim(values) == 0:
            # Data has checksums in arrays alone.
            made.attrs[SCALAR] = True

    def _put(self, name: str, first: int, last: int, values: np.ndarray) -> None:
        self._opened()[name][first:last] = values

    def _finish(self) -> None:
        file = self._opened()
        file[ROOT].attrs["complete"] = True
        seal(file, ROOT)
        file.close()
        put_under_name(self._partial, self.path)
        self._file = None
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _opened(self) -> h5py.File:
        assert self._file is not None
        return self._file

    def _with_space(self, n_bytes: int) -> h5py.File:
        """The file, with room for another dataset."""
        file = self._opened()
        reserve(file.id.get_vfd_handle(), file.id.get_filesize() + _DATASET_BYTES + n_bytes)
        return file

    def _attempt(self, write: Callable[[], Any]) -> None:
        """Let the writing rank do something with the file, unless that has failed before."""
        if not self._writes or self._error is not None:
            return
        try:
            write()
        except (OSError, RuntimeError) as error:
            self._error = error
