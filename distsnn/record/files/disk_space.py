"""Room on the disk, asked for before HDF5 writes.

HDF5 does not recover from a disk that is full in the middle of a write: what was flushed before
may be lost with the rest. So its files grow into room that was there before, and where there is
none nothing is written.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable

# Of Linux: the room is kept, but the file is not made longer.
_KEEP_SIZE = 1
_UNSUPPORTED = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENODEV}


def reserve(descriptor: int, n_bytes: int) -> None:
    """Keep room on the disk for a file.

    Parameters
    ----------
    descriptor : int
        Of the file, open for writing. Any process that has it open may ask, for all that write.
    n_bytes : int
        Bytes that the file may come to have, holes in it included.

    Raises
    ------
    OSError
        There is no room, with the system's ``errno``; the file is as it was. Where the file
        system cannot keep room for a file, its free room is looked at instead.
    """
    reason = _kept(descriptor, n_bytes)
    if reason == 0:
        return
    if reason in _UNSUPPORTED:
        disk, has = os.fstatvfs(descriptor), os.fstat(descriptor).st_blocks * 512
        if n_bytes - has <= disk.f_bavail * disk.f_frsize:
            return
        reason = errno.ENOSPC
    raise OSError(reason, os.strerror(reason))


def give_back(path: str | os.PathLike[str]) -> None:
    """Free what was reserved for a closed file and not used."""
    os.truncate(path, os.path.getsize(path))


def _kept(descriptor: int, n_bytes: int) -> int:
    """Let the system keep room; its ``errno``, 0 if it has."""
    reason = errno.EINTR if _FALLOCATE else errno.ENOSYS
    # A signal that asks the run to end must not spoil the file that it ends with.
    while _FALLOCATE and reason == errno.EINTR:
        failed = _FALLOCATE(descriptor, _KEEP_SIZE, 0, n_bytes)
        reason = ctypes.get_errno() if failed else 0
    return reason


def _fallocate() -> Callable[[int, int, int, int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).fallocate64
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return function


_FALLOCATE = _fallocate()
