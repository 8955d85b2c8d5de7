"""Writing spike files: SONATA's layout, one group of datasets for each recorded group."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from distsnn.errors import DistsnnError, unknown_name
from distsnn.exchange import SerialWorld
from distsnn.record.files.file_layout import COLUMNS, partial_path
from distsnn.record.files.header import RecordingHeader, write_header
from distsnn.record.files.partial_file import refuse_existing
from distsnn.record.files.shared_file import (
    bring_to_disk,
    growth,
    on_first,
    reserve_disk_space,
    rows_of,
    write_rows,
    writing_collectively,
)
from distsnn.record.files.storage import Storage, writing_ranks
from distsnn.record.spikes import partial_spikes

_FLUSH_ROWS = 1 << 18
_FLUSH_SECONDS = 5.0

_Batch: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]


class SpikeFileWriter:
    """Writes the spikes of a run, on the ranks that write (see `writing_ranks`).

    With several of them each gets all spikes, in the same calls, and writes its part.

    Parameters
    ----------
    path : path
        Name of the file. Its folder must exist.
    header : RecordingHeader
        Facts of the run. ``end_step`` and ``finished`` are the writer's to fill in.
    groups : sequence of (str, int)
        Name and number of neurons of each recorded group, in the order of the description.
    overwrite : bool
        Replace a file of this name (at `finish`; until then the old one stays).
    resume : bool
        Go on with a finished file of this name, which must be of the same network. It stays
        as it is until the next `finish`.
    rows : mapping of str to int, optional
        With `resume`: go on after this number of spikes of each group, in a finished file or
        one that a run left which did not finish. What follows them is forgotten.
    storage : Storage
        The ranks, and the compression and chunks of the finished file.

    Raises
    ------
    FileError
        A file of this name exists, an unfinished one lies beside it, another job is writing
        it, or the folder cannot be written. With `resume`: there is no such file, or it is of
        another network.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: RecordingHeader,
        groups: Sequence[tuple[str, int]],
        overwrite: bool = False,
        resume: bool = False,
        rows: Mapping[str, int] | None = None,
        storage: Storage | None = None,
    ) -> None:
        self.path = Path(path)
        self.groups = dict(groups)
        self._storage = storage or Storage()
        self._ranks = writing_ranks(self._storage.world) or SerialWorld()
        self._pending: dict[str, list[_Batch]] = {name: [] for name in self.groups}
        self._pending_rows = 0
        self._flushed_at = time.monotonic()
        self._header = replace(header, end_step=header.start_step, finished=False)
        self._file: h5py.File | None = None
        self._rows = dict.fromkeys(self.groups, 0)
        self._broken = False
        if resume:
            self._header = replace(header, finished=False)
            self._open(rows)
            return
        if not overwrite:
            on_first(self._ranks, self.path, lambda: refuse_existing(self.path))
        self._file = partial_spikes.begin(self.path, self._header, self.groups, self._ranks)

    def append(self, group: str, steps: ArrayLike, node_ids: ArrayLike) -> None:
        """Add spikes of one group; cheap, the file is touched now and then only.

        Parameters
        ----------
        steps : int64[n]
            Step of each spike, in any order, none below the greatest step of an earlier call
            for the same group. Copied.
        node_ids : int64[n]
            Index of each spiking neuron within its group. Copied.

        Raises
        ------
        FileError
            The file cannot be written (a full disk).
        """
        if group not in self.groups:
            unknown_name(str(self.path), group, self.groups)
        batch = np.array(steps, dtype=np.int64), np.array(node_ids, dtype=np.int64)
        if batch[0].shape != batch[1].shape:
            raise ValueError(f"{batch[0].size} steps for {batch[1].size} node ids")
        if batch[0].size:
            self._pending[group].append(batch)
            self._pending_rows += batch[0].size
        waited = self._ranks.bcast_object(time.monotonic() - self._flushed_at)
        if self._pending_rows >= _FLUSH_ROWS or waited >= _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Bring what was appended to the disk, but for the last step of each group.

        The last step is held back because more of its spikes may follow, and the spikes of
        a step stand in the order of their neurons.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        # A file that was finished is not opened again for nothing.
        if self._file is not None or self._pending_rows:
            self._write_pending(hold_last_step=True)

    def secure(self, end_step: int) -> dict[str, int]:
        """Bring all spikes before a step to the disk, so that no crash of the machine loses them.

        Parameters
        ----------
        end_step : int
            Step that comes next; all spikes before it have been appended.

        Returns
        -------
        dict of str to int
            Number of spikes of each group in the file.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        if self._file is not None or self._pending_rows:
            self._header = replace(self._header, end_step=end_step)
            self._write_pending(hold_last_step=False)
            bring_to_disk(self._ranks, self.path, partial_path(self.path))
        return dict(self._rows)

    def finish(self, end_step: int) -> None:
        """Write everything and put the file under its name.

        The writer may go on: a later `append` continues the file, which keeps its name and
        content until the next `finish`.

        Parameters
        ----------
        end_step : int
            Step after the last one of the run.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        file = self._write_pending(hold_last_step=False)
        self._header = replace(self._header, end_step=end_step)
        partial_spikes.publish(
            file, self.path, self._header, self.groups, self._storage, self._ranks
        )
        self._file = None

    def suspend(self) -> None:
        """Write everything and close the file as that of a run that has not finished.

        After an error of the file, what was flushed before it stays.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        if self._broken and self._file is not None:
            with suppress(OSError, RuntimeError):
                self._file.close()
            self._file = None
        elif self._file is not None or self._pending_rows:
            self._write_pending(hold_last_step=False).close()
            self._file = None

    def close(self) -> None:
        """Let go of the file after an error. What was not finished stays in the partial file.

        Ranks that write together do nothing: an error may be one rank's own, and what was
        flushed before is in the file.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        if self._ranks.size == 1:
            self.suspend()

    def _open(self, rows: Mapping[str, int] | None = None) -> h5py.File:
        if self._file is None:
            self._file, self._header = partial_spikes.resume(
                self.path, self._header, self.groups, rows, self._ranks
            )
            self._rows = {
                name: self._file[f"spikes/{name}/timestamps"].shape[0] for name in self.groups
            }
        return self._file

    def _write_pending(self, hold_last_step: bool) -> h5py.File:
        file = self._open()
        try:
            with writing_collectively(self._ranks, self.path):
                reserve_disk_space(self._ranks, self.path, file, self._growth(file))
                for name, batches in self._pending.items():
                    if batches:
                        written = self._write_group(file, name, batches, hold_last_step)
                        self._pending[name] = written
                write_header(file, self._header)
                file.flush()
        except DistsnnError:
            self._broken = True
            raise
        self._pending_rows = sum(
            steps.size for batches in self._pending.values() for steps, _ in batches
        )
        self._flushed_at = time.monotonic()
        return file

    def _growth(self, file: h5py.File) -> int:
        """The most bytes that what is pending can add to the file."""
        n_bytes = 0
        for name, batches in self._pending.items():
            more, rows = sum(steps.size for steps, _ in batches), self._rows[name]
            datasets = [file[f"spikes/{name}/{column}"] for column in COLUMNS if more]
            n_bytes += sum(growth(dataset, rows, rows + more) for dataset in datasets)
        return n_bytes

    def _write_group(
        self, file: h5py.File, name: str, batches: list[_Batch], hold_last_step: bool
    ) -> list[_Batch]:
        steps = np.concatenate([batch[0] for batch in batches])
        node_ids = np.concatenate([batch[1] for batch in batches])
        if not _in_order(steps, node_ids):
            order = np.lexsort((node_ids, steps))
            steps, node_ids = steps[order], node_ids[order]
        ready = int(np.searchsorted(steps, steps[-1])) if hold_last_step else steps.size
        columns = {
            "timestamps": steps[:ready] * self._header.dt,
            "node_ids": node_ids[:ready].astype(np.uint64),
        }
        for column, values in columns.items():
            dataset = file[f"spikes/{name}/{column}"]
            first = dataset.shape[0]
            dataset.resize((first + ready,))
            begin, end = rows_of(
                self._ranks.rank, self._ranks.size, first, first + ready, dataset.chunks[0]
            )
            write_rows(self._ranks, dataset, begin, values[begin - first : end - first])
        self._rows[name] += ready
        if ready:
            end_step = max(self._header.end_step, int(steps[ready - 1]) + 1)
            self._header = replace(self._header, end_step=end_step)
        return [(steps[ready:], node_ids[ready:])] if ready < steps.size else []


def _in_order(steps: np.ndarray, node_ids: np.ndarray) -> bool:
    """Whether spikes stand in the order of steps, and those of a step in that of neurons."""
    later = steps[1:] > steps[:-1]
    return bool((later | ((steps[1:] == steps[:-1]) & (node_ids[1:] >= node_ids[:-1]))).all())
