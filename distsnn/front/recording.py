"""Recording of the spikes of all groups to one file."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from distsnn.describe.network import NetworkDescription
from distsnn.record.header import RecordingHeader
from distsnn.record.spike_file import SpikeFileWriter
from distsnn.record.storage import Storage, writing_ranks


class SpikeRecording:
    """Writes what it reads to a SONATA file, on the ranks that write.

    Every rank gets all spikes in the exchange: none has to send them to those that write.

    Parameters
    ----------
    path : path
    description : NetworkDescription
    first_step : int
        Step at which the recording begins.
    overwrite : bool
        Replace a file that is there.
    storage : Storage
        The ranks, compression and chunks.
    rows : mapping of str to int, optional
        Go on with a recording, after this number of spikes of each group.

    Raises
    ------
    FileError
        If the file is there already or cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        description: NetworkDescription,
        first_step: int,
        overwrite: bool,
        storage: Storage,
        rows: Mapping[str, int] | None = None,
    ) -> None:
        self.path = os.fspath(path)
        self.next_step = first_step
        self._names = [g.name for g in description.groups]
        self._first_gids = np.array([*description.first_gids, description.size], dtype=np.int64)
        self._writer: SpikeFileWriter | None = None
        if writing_ranks(storage.world) is not None:
            header = RecordingHeader(
                description.seed,
                description.dt,
                description.digest,
                start_step=first_step,
                end_step=first_step,
            )
            groups = [(g.name, g.size) for g in description.groups]
            self._writer = SpikeFileWriter(
                path, header, groups, overwrite, rows is not None, rows, storage
            )

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        if self._writer is None or step.size == 0:
            return
        gids = gid.astype(np.int64)
        group = np.searchsorted(self._first_gids, gids, side="right") - 1
        for g in np.unique(group):
            own = group == g
            self._writer.append(self._names[g], step[own], gids[own] - self._first_gids[g])

    def secure(self, end_step: int) -> dict[str, int]:
        """Bring all spikes before `end_step` to the disk; the number of each group's in the file.

        On ranks that do not write it is empty.
        """
        return {} if self._writer is None else self._writer.secure(end_step)

    def finish(self, end_step: int) -> None:
        """Put the file under its name; `end_step` is the step after the last one."""
        self.next_step = end_step
        if self._writer is not None:
            self._writer.finish(end_step)

    def suspend(self) -> None:
        """Close the file as that of a run that has not finished, on all ranks."""
        if self._writer is not None:
            self._writer.suspend()

    def close(self) -> None:
        """Bring what was read to the disk after a run that failed; it stays in a partial file."""
        if self._writer is not None:
            self._writer.close()
