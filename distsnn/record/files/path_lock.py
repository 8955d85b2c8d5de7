"""A file's name kept for one job."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from distsnn.errors import FileError
from distsnn.exchange import World, raising_together
from distsnn.record.files.file_layout import refuse_what_is_no_file, unwritable
from distsnn.record.files.locks import FileLock, LockedError


@contextmanager
def claimed(world: World, path: str | os.PathLike[str], replaces: bool) -> Iterator[None]:
    """Keep the name of a checkpoint for this job within a ``with`` block. Collective.

    Beside the file, ``.<name>.lock`` is locked until the block or the job ends, so that what
    cannot be written is found out before the time is spent.

    Parameters
    ----------
    replaces : bool
        Whether a file that is there already may be replaced.

    Raises
    ------
    FileError
        The file is there already, another job writes it, or the folder cannot be written.
    RankError
        The same, on the other ranks.
    """
    location = Path(path)
    folder, name = os.path.split(os.path.abspath(location))
    beside = Path(folder) / f".{name}.lock"
    lock: FileLock | None = None
    with raising_together(world, "checkpoint"):
        if world.rank == 0:
            lock = _lock(location, beside)
            if location.exists() and not replaces:
                _release(lock, beside)
                raise FileError(
                    str(location),
                    "the file exists",
                    "a checkpoint replaces nothing unless told to, or loaded from there",
                    "Go on from it with load() or 'distsnn resume', or say overwrite=True "
                    "(--overwrite on the command line).",
                )
    try:
        yield
    finally:
        if lock is not None:
            _release(lock, beside)


def _lock(location: Path, beside: Path) -> FileLock:
    refuse_what_is_no_file(location, "a checkpoint is a file")
    while True:
        try:
            lock = FileLock(beside, os.O_CREAT)
        except LockedError as error:
            raise FileError(
                str(location),
                "another job is writing this checkpoint",
                "one job writes one checkpoint",
                f"Save to another name. {error.advice}".strip(),
            ) from error
        except OSError as error:
            raise unwritable(location, error, "Save it in another place.") from error
        # A job that ended since this one opened the file has removed it.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.descriptor), os.stat(beside)):
                return lock
        lock.release()


def _release(lock: FileLock, beside: Path) -> None:
    # Removed while it is still locked, so that nobody has locked it in the meantime.
    with suppress(OSError):
        beside.unlink()
    lock.release()
