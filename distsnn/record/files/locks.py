"""Files that one job has for itself.

A file is locked by ``flock``. Some file systems have no locks (Lustre without its option, some
NFS): there, a file beside it says which process has it, and a warning says so.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path

_log = logging.getLogger("distsnn")
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


class LockedError(BlockingIOError):
    """Another job has a file; `advice` says what else is known."""

    def __init__(self, advice: str = "") -> None:
        super().__init__(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))
        self.advice = advice


class FileLock:
    """An open file that is locked until it is released, or the process ends.

    Parameters
    ----------
    creates : int
        How it is opened besides: ``os.O_CREAT``, also with ``os.O_EXCL``.
    shared : bool
        Whether it is read, which others may do at the same time.

    Raises
    ------
    LockedError
        Another job has it.
    OSError
        It cannot be opened or created.

    Attributes
    ----------
    location : Path
        Its name.
    descriptor : int
        Of the file; -1 once it is released.
    """

    def __init__(self, location: Path, creates: int = 0, shared: bool = False) -> None:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self.location = location
        self._beside: Path | None = None
        access = os.O_RDONLY if shared else os.O_RDWR
        self.descriptor = os.open(location, access | creates | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise LockedError from None
        except OSError as error:
            try:
                self._do_without(error, location, shared)
            except OSError:
                self.release()
                raise

    @property
    def has_file_beside(self) -> bool:
        """Whether a file beside it stands for the lock, which the file system does not have."""
        return self._beside is not None

    def __del__(self) -> None:
        self.release()

    def move(self, location: Path) -> None:
        """Follow the file to another name."""
        self.location = location
        if self._beside is not None:
            beside = _beside(location)
            os.replace(self._beside, beside)
            self._beside = beside

    def release(self) -> None:
        """Let others have the file."""
        if self._beside is not None:
            with suppress(OSError):
                self._beside.unlink()
            self._beside = None
        if getattr(self, "descriptor", -1) >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _do_without(self, error: OSError, location: Path, shared: bool) -> None:
        """Keep others from the file by another one beside it."""
        if error.errno not in _NO_LOCKS:
            raise error
        beside = _beside(location)
        if shared:
            if _is_locked(beside):
                raise LockedError(_advice(beside))
            return
        while not _create(beside):
            if _is_locked(beside):
                raise LockedError(_advice(beside))
            beside.unlink(missing_ok=True)
        self._beside = beside
        _log.warning(
            "%s: this file system has no locks (%s); as long as it is written, %s keeps other jobs "
            "of distsnn from it", location, os.strerror(error.errno or 0), beside.name,
        )  # fmt: skip


def _beside(location: Path) -> Path:
    return location.with_name(f"{location.name}.job")


def _advice(beside: Path) -> str:
    return f"If the job that {beside} names has ended, remove that file."


def _create(beside: Path) -> bool:
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf8") as file:
        json.dump({"host": socket.gethostname(), "process": os.getpid()}, file)
    return True


def _is_locked(beside: Path) -> bool:
    """Whether the job that a file names may still be there."""
    try:
        job = json.loads(beside.read_text(encoding="utf8"))
        host, process = str(job["host"]), int(job["process"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        # It is being written.
        return True
    if host != socket.gethostname():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
