"""The partial file of spikes while a run lasts, and the finished one under its name.

The partial file, ``.<name>.partial`` beside the file, can be read up to its last flush when
the run is killed. The finished file is a copy of it. The copy is what makes the bytes of the
file a function of its content alone: in the partial file the positions of the chunks depend on
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
from distsnn.exchange import World
from distsnn.record.files.file_layout import (
    COLUMNS,
    layout_bytes,
    opened,
    partial_path,
    write_layout,
)
from distsnn.record.files.hdf5 import RankFile
from distsnn.record.files.header import GROUP, RecordingHeader, write_header
from distsnn.record.files.partial_file import (
    ALONE,
    discard,
    holds_data,
    put_under_name,
    reserve_partial,
)
from distsnn.record.files.seal import seal
from distsnn.record.files.shared_file import (
    copy_rows,
    growth,
    on_first,
    open_shared,
    reserve_disk_space,
    writing_collectively,
)
from distsnn.record.files.storage import Storage
from distsnn.record.spikes.spike_reader import SpikeFile


def begin(
    path: Path,
    header: RecordingHeader,
    groups: Mapping[str, int],
    ranks: World = ALONE,
    location: Path | None = None,
) -> h5py.File:
    """Create the growing file, in the place of one that an earlier run left.

    Parameters
    ----------
    groups : mapping of str to int
        Name and number of neurons of each group.
    location : Path, optional
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
    location = location or partial_path(path)
    on_first(ranks, path, lambda: reserve_partial(path, location))
    # This fails if another job has created the file since.
    file = open_shared(ranks, path, location, new=True)
    try:
        empty = dict.fromkeys(groups, 0)
        reserve_disk_space(ranks, path, file, layout_bytes(groups, empty))
        with writing_collectively(ranks, path):
            write_layout(file, header, groups, empty)
            file.flush()
    except (OSError, RuntimeError):
        discard(file, location)
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
    provenance = header.provenance.after(existing.header.provenance)
    continued = replace(existing.header, finished=False, provenance=provenance)
    if rows is not None:
        continued = replace(continued, end_step=header.end_step)
    location = path.with_name(f".{path.name}.resumed")
    file = begin(path, continued, groups, ranks, location)
    wanted = {name: existing.count(name) if rows is None else rows[name] for name in groups}
    try:
        more = sum(
            growth(file[f"spikes/{name}/{column}"], 0, wanted[name])
            for name in groups
            for column in COLUMNS
        )
        reserve_disk_space(ranks, path, file, more)
        with writing_collectively(ranks, path), opened(existing.path) as source:
            for name in groups:
                for column in COLUMNS:
                    old, new = source[f"spikes/{name}/{column}"], file[f"spikes/{name}/{column}"]
                    new.resize((wanted[name],))
                    copy_rows(old, new, ranks)
            file.flush()
        # Until now the spikes of a run that was killed are where they were.
        on_first(ranks, path, lambda: _replace_partial(file, location, partial_path(path)))
    except (OSError, RuntimeError):
        discard(file, location)
        raise
    return file, continued


def _replace_partial(file: RankFile, location: Path, of: Path) -> None:
    os.replace(location, of)
    file.move(of)


def _earlier(
    path: Path,
    header: RecordingHeader,
    groups: Mapping[str, int],
    rows: Mapping[str, int] | None,
) -> SpikeFile:
    """The file whose content a run goes on from."""
    unfinished = rows is not None and holds_data(path)
    existing = SpikeFile(partial_path(path) if unfinished else path)
    if (existing.header.digest, existing.groups) != (header.digest, dict(groups)):
        raise FileError(
            str(path),
            "the file holds a recording of another network",
            "a run goes on in a file of the same network and seed",
            "Record to another name.",
        )
    for name, saved in (rows or {}).items():
        if existing.count(name) < saved:
            raise FileError(
                str(existing.path),
                f"the file has {existing.count(name)} spikes of {name}",
                f"there were {saved} when the checkpoint was written",
                "Record to another name.",
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
    groups : mapping of str to int
        Name and number of neurons of each group.
    storage : Storage
        Compression and chunks of the copy.

    Raises
    ------
    FileError
        The copy cannot be written; the growing file stays.
    """
    whole = path.with_name(f".{path.name}.whole")
    rows = {name: file[f"spikes/{name}/timestamps"].shape[0] for name in groups}
    try:
        with writing_collectively(ranks, path):
            write_header(file, header)
        on_first(ranks, path, lambda: whole.unlink(missing_ok=True))
        with writing_collectively(ranks, path), open_shared(ranks, path, whole, new=True) as copy:
            reserve_disk_space(ranks, path, copy, layout_bytes(groups, rows, storage))
            write_layout(copy, replace(header, finished=True), groups, rows, storage)
            for name in groups:
                for column in COLUMNS:
                    copy_rows(
                        file[f"spikes/{name}/{column}"], copy[f"spikes/{name}/{column}"], ranks
                    )
            seal(copy, GROUP)
        on_first(ranks, path, lambda: put_under_name(whole, path))
        with writing_collectively(ranks, path):
            file.close()
        on_first(ranks, path, partial_path(path).unlink)
    except (OSError, RuntimeError):
        with suppress(OSError):
            whole.unlink()
        raise
