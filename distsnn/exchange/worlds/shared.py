"""Memory that the ranks of a host share."""

from __future__ import annotations

import mmap
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distsnn.exchange.worlds.world import World

# Where Linux keeps files in memory.
_IN_MEMORY = Path("/dev/shm")
_OFF = "DISTSNN_SHARED_MEMORY"
# Mode of what mkstemp makes.
_FOR_US_ALONE = 0o600
MOST_SHARED_BYTES = 1 << 28


def may_share(n_bytes: int) -> bool:
    """Whether ranks of one host may share so many bytes."""
    return os.environ.get(_OFF) != "0" and n_bytes <= MOST_SHARED_BYTES


def share_memory(world: World, n_bytes: int) -> NDArray[np.uint8] | None:
    """Bytes that all ranks of a world read and write, zeros at first. Collective.

    They are in a file that has no name any more when this returns, so that nothing is left of
    ranks that are killed.

    Parameters
    ----------
    world : World
        Ranks that are processes.
    n_bytes : int
        The same on all ranks.

    Returns
    -------
    array of uint8 (n_bytes,) or None
        The same on all ranks: None if they are on several hosts, if there is no room, or if
        they may not: not more than `MOST_SHARED_BYTES`, and nothing if the environment variable
        ``DISTSNN_SHARED_MEMORY`` is 0.
    """
    wanted = may_share(n_bytes)
    asked = world.allgather_object((world.host, wanted))
    if len(set(asked)) > 1 or not wanted:
        return None
    path = world.bcast_object(_create(n_bytes) if world.rank == 0 else None)
    found = None if path is None else _open(path, n_bytes)
    all_found = all(world.allgather_object(found is not None))
    if world.rank == 0 and path is not None:
        with suppress(OSError):
            os.unlink(path)
    return found if all_found else None


def _create(n_bytes: int) -> str | None:
    """Create a file with so much room; its name."""
    folder = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    try:
        descriptor, path = tempfile.mkstemp(prefix="distsnn-", dir=folder)
    except OSError:
        return None
    try:
        # What has no room would be found out by a signal, in the middle of the run.
        if sys.platform == "darwin":
            os.truncate(descriptor, n_bytes)  # it has no other way
        else:
            os.posix_fallocate(descriptor, 0, n_bytes)
    except OSError:
        os.unlink(path)
        return None
    finally:
        os.close(descriptor)
    return path


def _open(path: str, n_bytes: int) -> NDArray[np.uint8] | None:
    try:
        with open(path, "r+b") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != _FOR_US_ALONE:
                return None
            return np.frombuffer(mmap.mmap(file.fileno(), n_bytes), dtype=np.uint8)
    except (OSError, ValueError):
        # Another container, which has the same name but not the same memory.
        return None
