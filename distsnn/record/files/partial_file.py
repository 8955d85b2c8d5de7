"""The growing file of a run that lasts, and putting the finished one under its name.

The growing file, ``.<name>.partial`` beside the file, is readable up to its last flush when
the run is killed. The finished file is a copy of it. The copy is what makes the bytes of the
file a function of its content alone: in the growing file the places of the chunks depend on
when it was flushed, that is, on the clock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import h5py

from distsnn.errors import FileError
from distsnn.exchange import SerialWorld, World
from distsnn.record.files.disk_space import give_back
from distsnn.record.files.file_layout import (
    COLUMNS,
    layout_bytes,
    opened,
    partial_path,
    refuse_what_is_no_file,
    write_layout,
)
from distsnn.record.files.hdf5 import OwnFile, groups_in
from distsnn.record.files.header import GROUP, RecordingHeader, write_header
from distsnn.record.files.locks import FileLock, HeldError
from distsnn.record.files.seal import seal
from distsnn.record.files.shared_file import (
    copy_rows,
    growth,
    make_sure_of_room,
    on_first,
    open_shared,
    writing_together,
)
from distsnn.record.files.storage import Storage
from distsnn.record.spikes.spike_reader import SpikeFile

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
    path : Path
        Name of the file.
    kind : str
        What is recorded, for the message.
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
    elif _holds_data(path, kind) and not _is_empty(partial):
        reason = f"{partial.name} beside it holds the {kind} of a run that did not finish"
    else:
        return
    raise FileError(
        str(path),
        reason,
        "a recording replaces nothing unless told to",
        advice,
        path=str(path),
    )


def make_room(path: Path, place: Path | None = None) -> None:
    """Remove what an earlier run left where a growing file is to be created.

    Parameters
    ----------
    path : Path
        Name of the file that is to be recorded.
    place : Path, optional
        Where it is created for now.

    Raises
    ------
    FileError
        Another job is writing it, or the folder cannot be written.
    """
    refuse_what_is_no_file(path, "a recording is a file")
    _holds_data(path)
    (place or partial_path(path)).unlink(missing_ok=True)


def begin(
    path: Path,
    header: RecordingHeader,
    groups: Mapping[str, int],
    ranks: World = ALONE,
    place: Path | None = None,
) -> h5py.File:
    """Create the growing file, in the place of one that an earlier run left.

    Parameters
    ----------
    path : Path
        Name of the spike file.
    header : RecordingHeader
        Facts of the run.
    groups : mapping of str to int
        Name and number of neurons of each group.
    ranks : World
        The ranks that write.
    place : Path, optional
        Where to create it for now.

    Returns
    -------
    h5py.File
        The growing file, open for writing; no other job can open it.

    Raises
    ------
    FileError
        Another job is writing it, or the folder cannot be written.
    """
    place = place or partial_path(path)
    on_first(ranks, path, lambda: make_room(path, place))
    # This fails if another job has created the file since.
    file = open_shared(ranks, path, place, new=True)
    try:
        empty = dict.fromkeys(groups, 0)
        make_sure_of_room(ranks, path, file, layout_bytes(groups, empty))
        with writing_together(ranks, path):
            write_layout(file, header, groups, empty)
            file.flush()
    except (OSError, RuntimeError):
        discard(file, place)
        raise
    return file


def resume(
    path: Path,
    header: RecordingHeader,
    groups: Mapping[str, int],
    rows: Mapping[str, int] | None = None,
    ranks: World = ALONE,
) -> tuple[h5py.File, RecordingHeader]:
    """Create the growing file with the content of an earlier one.

    Parameters
    ----------
    path : Path
        Name of the spike file. A finished one stays until the next `publish`.
    header : RecordingHeader
        Facts of the run that goes on; its ``end_step`` is where.
    groups : mapping of str to int
        Name and number of neurons of each group.
    rows : mapping of str to int, optional
        Number of spikes of each group to go on after; the growing file of a run that did not
        finish will do as well. By default all of a finished file.
    ranks : World
        The ranks that write.

    Returns
    -------
    file : h5py.File
        The growing file, open for writing.
    header : RecordingHeader
        The header in the file, not finished.

    Raises
    ------
    FileError
        There is no such file, it is of another network, has fewer spikes, or as in `begin`.
    """
    # By one rank: that another still reads the file would look as if a job were writing it.
    existing = on_first(ranks, path, lambda: _earlier(path, header, groups, rows))
    continued = replace(existing.header, finished=False)
    if rows is not None:
        continued = replace(continued, end_step=header.end_step)
    place = path.with_name(f".{path.name}.resumed")
    file = begin(path, continued, groups, ranks, place)
    wanted = {name: existing.count(name) if rows is None else rows[name] for name in groups}
    try:
        more = sum(
            growth(file[f"spikes/{name}/{column}"], 0, wanted[name])
            for name in groups
            for column in COLUMNS
        )
        make_sure_of_room(ranks, path, file, more)
        with writing_together(ranks, path), opened(existing.path) as source:
            for name in groups:
                for column in COLUMNS:
                    old, new = source[f"spikes/{name}/{column}"], file[f"spikes/{name}/{column}"]
                    new.resize((wanted[name],))
                    copy_rows(old, new, ranks)
            file.flush()
        # Until now the spikes of a run that was killed are where they were.
        on_first(ranks, path, lambda: _take_the_place(file, place, partial_path(path)))
    except (OSError, RuntimeError):
        discard(file, place)
        raise
    return file, continued


def _take_the_place(file: OwnFile, place: Path, of: Path) -> None:
    os.replace(place, of)
    file.move(of)


def _earlier(
    path: Path,
    header: RecordingHeader,
    groups: Mapping[str, int],
    rows: Mapping[str, int] | None,
) -> SpikeFile:
    """The file whose content a run goes on from."""
    unfinished = rows is not None and _holds_data(path)
    existing = SpikeFile(partial_path(path) if unfinished else path)
    if (existing.header.digest, existing.groups) != (header.digest, dict(groups)):
        raise FileError(
            str(path),
            "the file holds a recording of another network",
            "a run goes on in a file of the same network and seed",
            "Record to another name.",
            path=str(path),
        )
    for name, saved in (rows or {}).items():
        if existing.count(name) < saved:
            raise FileError(
                str(existing.path),
                f"the file has {existing.count(name)} spikes of {name}",
                f"there were {saved} when the checkpoint was written",
                "Record to another name.",
                path=str(existing.path),
            )
    return existing


def publish(
    file: h5py.File,
    path: Path,
    header: RecordingHeader,
    groups: Mapping[str, int],
    storage: Storage,
    ranks: World = ALONE,
) -> None:
    """Copy the growing file, put the copy under its name, remove the growing one.

    Parameters
    ----------
    file : h5py.File
        The growing file; closed on return.
    path : Path
        Name of the spike file.
    header : RecordingHeader
        Facts of the run.
    groups : mapping of str to int
        Name and number of neurons of each group.
    storage : Storage
        Compression and chunks of the copy.
    ranks : World
        The ranks that write.

    Raises
    ------
    FileError
        The copy cannot be written; the growing file stays.
    """
    whole = path.with_name(f".{path.name}.whole")
    rows = {name: file[f"spikes/{name}/timestamps"].shape[0] for name in groups}
    try:
        with writing_together(ranks, path):
            write_header(file, header)
        on_first(ranks, path, lambda: whole.unlink(missing_ok=True))
        with writing_together(ranks, path), open_shared(ranks, path, whole, new=True) as copy:
            make_sure_of_room(ranks, path, copy, layout_bytes(groups, rows, storage))
            write_layout(copy, replace(header, finished=True), groups, rows, storage)
            for name in groups:
                for column in COLUMNS:
                    copy_rows(
                        file[f"spikes/{name}/{column}"], copy[f"spikes/{name}/{column}"], ranks
                    )
            seal(copy, GROUP)
        on_first(ranks, path, lambda: put_under_name(whole, path))
        with writing_together(ranks, path):
            file.close()
        on_first(ranks, path, partial_path(path).unlink)
    except (OSError, RuntimeError):
        with suppress(OSError):
            whole.unlink()
        raise


def discard(file: h5py.File, place: Path) -> None:
    """Remove a file after an error, which may have left HDF5 unable to close it."""
    with suppress(OSError, RuntimeError):
        file.close()
    with suppress(OSError):
        place.unlink()


def put_under_name(whole: Path, path: Path) -> None:
    """Give a file that is whole and closed its name, once it is on the disk."""
    give_back(whole)
    with open(whole, "rb") as written:
        os.fsync(written.fileno())
    os.replace(whole, path)


def _is_empty(partial: Path) -> bool:
    """Whether the growing file is that of a run that ended before its first flush."""
    try:
        found = SpikeFile(partial)
    except FileError:
        return False
    return found.header.end_step == found.header.start_step and not any(
        found.count(name) for name in found.groups
    )


def _holds_data(path: Path, kind: str = "") -> bool:
    """Whether a run that did not finish has left data that is worth keeping.

    What is damaged, and what nobody holds, counts as none. So do weights whose writing was not
    finished, if weights are to be written: they can be written again.
    """
    partial = partial_path(path)
    try:
        lock = FileLock(partial)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except HeldError as held:
        raise FileError(
            str(path),
            "another job is writing this file now",
            "one job writes one file",
            f"Record to another name. {held.advice}".strip(),
            path=str(path),
        ) from held
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
        path=str(path),
    )
