"""Storage of recordings, and the ranks that write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np

from distsnn.exchange import SerialWorld, World

# Bytes of a chunk, unless something else is asked for.
_CHUNK_BYTES = 1 << 20


def h5py_has_mpi() -> bool:
    """Whether h5py was built with MPI, so that all ranks write one file."""
    return bool(h5py.get_config().mpi)


def writing_ranks(world: World) -> World | None:
    """The ranks that write files, of which this is one; None if it is not.

    Returns
    -------
    World or None
        The world itself if h5py has MPI; else one rank alone on rank 0, None on the others.
    """
    if world.size > 1 and world.communicator is not None and h5py_has_mpi():
        return world
    return SerialWorld() if world.rank == 0 else None


@dataclass(frozen=True)
class Storage:
    """Storage of a recording, and the ranks that write it.

    Parameters
    ----------
    world : World
        The ranks that record.
    compression : str or None
        ``"gzip"`` or ``"lzf"``.
    chunk : int or None
        Rows of a chunk; by default so many that a chunk has about 1 MB.
    """

    world: World = field(default_factory=SerialWorld)
    compression: str | None = None
    chunk: int | None = None

    def chunk_shape(self, dtype: Any, width: int | None = None) -> tuple[int, ...]:
        """Shape of the chunks of a dataset of numbers, or of rows of `width` numbers."""
        values = max(1, _CHUNK_BYTES // np.dtype(dtype).itemsize)
        if width is None:
            return (self.chunk or values,)
        columns = max(1, min(width, values))
        return (self.chunk or max(1, values // columns), columns)
