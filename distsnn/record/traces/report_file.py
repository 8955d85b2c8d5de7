"""Writing traces as they come, so that a run needs no more memory however long it lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from distsnn.errors import FileError
from distsnn.exchange import raising_together
from distsnn.record.files.file_layout import opened, partial_path
from distsnn.record.files.header import GROUP, RecordingHeader, read_header, write_header
from distsnn.record.files.partial_file import (
    discard,
    put_under_name,
    refuse_existing,
    reserve_partial,
)
from distsnn.record.files.provenance import write_provenance
from distsnn.record.files.seal import seal
from distsnn.record.files.shared_file import (
    bring_to_disk,
    growth,
    on_first,
    open_shared,
    reserve_disk_space,
    rows_of,
    write_rows,
    writing_collectively,
)
from distsnn.record.files.storage import Storage, writing_ranks
from distsnn.record.traces.report_layout import (
    VALUE,
    Report,
    check_same_report,
    create_values,
    layout_bytes,
    write_reports,
)

# Values of all ranks that are written at once, more or less.
BLOCK_VALUES = 1 << 22


class ReportFileWriter:
    """Writes the values of some variables of some elements over time, on all ranks.

    Each rank has the values of its own elements. Before they are written, ranks exchange them so
    that each writing rank has whole rows: all elements at some times. Every method is collective.

    Parameters
    ----------
    path : path
        Name of the file. Its folder must exist.
    header : RecordingHeader
        Facts of the run. ``end_step`` and ``finished`` are the writer's to fill in.
    columns : int64[n_local]
        Which elements this rank has.
    storage : Storage
        The ranks, compression and chunks.
    overwrite : bool
        Replace a file of this name (at `finish`; until then the old one stays).
    rows : int, optional
        Go on with a file of this name, finished or not, after this number of rows.

    Raises
    ------
    FileError
        As `SpikeFileWriter`.
    RankError
        The same, on ranks that do not write.

    Attributes
    ----------
    rows : int
        Number of times in the file.
    most_buffered : int
        The most values that this rank has had at a time.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: RecordingHeader,
        report: Report,
        columns: np.ndarray,
        storage: Storage,
        overwrite: bool = False,
        rows: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.report = report
        self.rows = 0
        self.most_buffered = 0
        self._storage = storage
        self._world = storage.world
        self._ranks = writing_ranks(storage.world)
        self._header = replace(header, end_step=header.start_step, finished=False)
        self._file: h5py.File | None = None
        self._open = False
        self._pending: list[np.ndarray] = []
        self._pending_rows = 0
        self._columns = self._world.allgather_object(columns)
        chunk = storage.chunk_shape(VALUE, report.n_elements)[0]
        width = max(1, len(report.variables) * report.n_elements)
        self._chunk = chunk
        self._block = max(1, BLOCK_VALUES // (width * chunk)) * chunk
        with self._writing():
            if self._ranks is not None and rows is None:
                if not overwrite:
                    on_first(self._ranks, self.path, lambda: refuse_existing(self.path, "traces"))
                self._file = self._begin()
        self._open = True
        if rows is not None:
            self._open = False
            self._go_on(rows)

    @property
    def parallel(self) -> bool:
        """Whether several ranks write."""
        return self._ranks is not None and self._ranks.size > 1

    def append(self, values: np.ndarray) -> None:
        """Add rows; the file is touched when there are enough of them.

        Parameters
        ----------
        values : float64[times, variables, n_local]
            Values of this rank's elements. All ranks give the same times. Rounded to single
            precision.

        Raises
        ------
        FileError, RankError
            The file cannot be written (a full disk).
        """
        if values.shape[0] == 0:
            return
        self._pending.append(values.astype(VALUE))
        self._pending_rows += values.shape[0]
        self._count()
        aligned = (self.rows + self._pending_rows) // self._chunk * self._chunk - self.rows
        if self._pending_rows >= self._block and aligned > 0:
            self._write(aligned)

    def flush(self) -> None:
        """Bring what was appended to the disk.

        Raises
        ------
        FileError, RankError
            The file cannot be written.
        """
        if self._pending_rows:
            self._write(self._pending_rows)
        if not self._open:
            return
        with self._writing():
            if self._file is not None:
                self._write_metadata(self._file, finished=False)

    def secure(self) -> int:
        """As `flush`, but so that no crash of the machine loses anything.

        Returns
        -------
        int
            Number of rows in the file: with it, another writer can go on.
        """
        self.flush()
        with self._writing():
            if self._ranks is not None and self._file is not None:
                bring_to_disk(self._ranks, self.path, partial_path(self.path))
        return self.rows

    def finish(self, end_step: int) -> None:
        """Write everything and put the file under its name.

        The writer may go on: a later `append` continues the file, which bears the name of an
        unfinished one until the next `finish`.

        Parameters
        ----------
        end_step : int
            Step after the last one of the run.

        Raises
        ------
        FileError, RankError
            The file cannot be written.
        """
        self._reopen()
        if self._pending_rows:
            self._write(self._pending_rows)
        self._header = replace(self._header, end_step=end_step)
        with self._writing():
            if self._ranks is not None and self._file is not None:
                self._write_metadata(self._file, finished=True)
                self._file.close()
                on_first(
                    self._ranks,
                    self.path,
                    lambda: put_under_name(partial_path(self.path), self.path),
                )
        self._file, self._open = None, False

    def suspend(self) -> int:
        """Write everything and close the file as that of a run that has not finished.

        Returns
        -------
        int
            Number of rows in the file: with it, another writer can go on.
        """
        rows = self.secure()
        with self._writing():
            if self._file is not None:
                self._file.close()
        self._file, self._open = None, False
        return rows

    def close(self) -> None:
        """Let go of the file after an error, which may be this rank's own. Not collective.

        What was flushed before stays in the partial file.
        """
        if self._file is not None and not self.parallel:
            # After an error of the file it may not close in order.
            with suppress(OSError, RuntimeError):
                self._file.close()
            self._file = None

    def _begin(self) -> h5py.File:
        assert self._ranks is not None
        on_first(self._ranks, self.path, lambda: reserve_partial(self.path))
        file = open_shared(self._ranks, self.path, partial_path(self.path), new=True)
        try:
            with writing_collectively(self._ranks, self.path):
                reserve_disk_space(self._ranks, self.path, file, layout_bytes(self.report))
                made = create_values(file, self.report, self._storage)
                write_reports(self._ranks, file, self._header, self.report, made)
                file.flush()
        except (OSError, RuntimeError):
            discard(file, partial_path(self.path))
            raise
        return file

    def _go_on(self, rows: int) -> None:
        """Open the file of an earlier run and forget what follows a number of rows."""
        with self._writing():
            if self._ranks is not None:
                on_first(self._ranks, self.path, lambda: self._check(rows))
        self._reopen()
        with self._writing():
            if self._ranks is not None and self._file is not None:
                earlier = read_header(self._file, str(self.path))
                made_by = self._header.provenance.after(earlier.provenance)
                self._header = replace(
                    self._header, start_step=earlier.start_step, provenance=made_by
                )
                with writing_collectively(self._ranks, self.path):
                    if made_by.runs != earlier.provenance.runs:
                        write_provenance(self._file, made_by)
                    for data in self._datasets(self._file):
                        data.resize(rows, axis=0)
        self.rows = rows
        header = self._world.bcast_object(self._header)
        self._header = replace(header, end_step=self._step_after(rows))

    def _check(self, rows: int) -> None:
        """Raise unless the file is of the same report and has so many rows."""
        partial = partial_path(self.path)
        with opened(partial if partial.exists() else self.path) as file:
            check_same_report(self.path, file, self._header, self.report)
            found = min(data.shape[0] for data in self._datasets(file))
        if found < rows:
            raise FileError(
                str(self.path),
                f"the file has {found} times",
                f"there were {rows} when the checkpoint was written",
                "Record to another name.",
            )

    def _reopen(self) -> None:
        """Take a finished file up again."""
        if self._open:
            return
        with self._writing():
            if self._ranks is not None:
                on_first(self._ranks, self.path, self._take_up)
                self._file = open_shared(self._ranks, self.path, partial_path(self.path), new=False)
        self._open = True

    def _take_up(self) -> None:
        if not partial_path(self.path).exists():
            os.replace(self.path, partial_path(self.path))

    def _datasets(self, file: h5py.File) -> list[h5py.Dataset]:
        names = [self.report.group_of(variable) for variable, _ in self.report.variables]
        return [file[f"{name}/data"] for name in names]

    def _write(self, n: int) -> None:
        """Write the first `n` pending rows."""
        self._reopen()
        pending = np.concatenate(self._pending)
        first, last = self.rows, self.rows + n
        world = self._world
        parts = [self._share(rank, first, last) for rank in range(world.size)]
        received = world.alltoall_object([pending[a - first : b - first] for a, b in parts])
        self._pending = [pending[n:]] if n < self._pending_rows else []
        self._pending_rows -= n
        begin, end = parts[world.rank]
        with self._writing():
            if self._ranks is not None and self._file is not None:
                values = self._assembled(received, end - begin)
                self._count(values.size + sum(part.size for part in received))
                with writing_collectively(self._ranks, self.path):
                    self._reserve_disk_space(self._file, last)
                    for v, data in enumerate(self._datasets(self._file)):
                        data.resize(last, axis=0)
                        write_rows(self._ranks, data, begin, values[:, v])
                    if not self.parallel:
                        # So that the file has its size; this is not yet the disk.
                        self._file.flush()
        self.rows = last
        self._header = replace(self._header, end_step=self._step_after(last))

    def _reserve_disk_space(self, file: h5py.File, rows: int) -> None:
        assert self._ranks is not None
        more = sum(growth(data, self.rows, rows) for data in self._datasets(file))
        reserve_disk_space(self._ranks, self.path, file, more)

    def _share(self, rank: int, first: int, last: int) -> tuple[int, int]:
        """The rows that a rank of the world writes."""
        if self.parallel:
            return rows_of(rank, self._world.size, first, last, self._chunk)
        return (first, last) if rank == 0 else (last, last)

    def _assembled(self, received: list[np.ndarray], rows: int) -> np.ndarray:
        """Whole rows from those of each rank's elements."""
        n_elements = self.report.n_elements
        if len(received) == 1 and np.array_equal(self._columns[0], np.arange(n_elements)):
            return received[0]
        values = np.empty((rows, len(self.report.variables), n_elements), dtype=VALUE)
        for columns, part in zip(self._columns, received, strict=True):
            values[:, :, columns] = part
        return values

    def _step_after(self, rows: int) -> int:
        every = self.report.every
        first = -(-self._header.start_step // every) * every
        return first + (rows - 1) * every + 1 if rows else self._header.start_step

    def _write_metadata(self, file: h5py.File, finished: bool) -> None:
        assert self._ranks is not None
        with writing_collectively(self._ranks, self.path):
            write_header(file, replace(self._header, finished=finished))
            times = self.report.times(self._header, self.rows)
            for data in self._datasets(file):
                local = times if self._ranks.rank == 0 else times[:0]
                write_rows(self._ranks, data.parent["mapping/time"], 0, local)
            if finished:
                seal(file, GROUP)
            file.flush()

    def _count(self, more: int = 0) -> None:
        here = more + sum(part.size for part in self._pending)
        self.most_buffered = max(self.most_buffered, here)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Share an error of the one rank that writes; several ranks that write do so themselves."""
        if self.parallel:
            yield
            return
        with raising_together(self._world, "recording"):
            yield
