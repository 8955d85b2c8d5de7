"""Recording of the spikes of all groups to one file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from distsnn.describe.recorded_groups import RecordedGroups
from distsnn.describe.recording_file import RecordingFile
from distsnn.errors import ParameterError
from distsnn.exchange import World, raising_together
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.storage import Storage, writing_ranks
from distsnn.record.spikes.spike_file import SpikeFileWriter


@dataclass(frozen=True)
class RecordingProgress:
    """State of a recording: its absolute path, and the spikes of each group in it.

    `step` is the step that comes next.
    """

    path: str
    rows: Mapping[str, int]
    step: int

    def continues(self, path: str | os.PathLike[str]) -> bool:
        """Whether this is the recording at `path`."""
        return os.path.realpath(path) == os.path.realpath(self.path)


def open_recording(
    file: tuple[World, RecordingFile],
    recorded: RecordedGroups,
    header: RecordingHeader,
    overwrite: bool,
    before: tuple[SpikeRecording | None, RecordingProgress | None],
) -> SpikeRecording:
    """The recording to a file from the step of `header` on; opened before anything takes time.

    Collective. `before` are the recording of the last run, and how far one had come that goes on
    after loading. Raises ParameterError if the network has run without it in between, and
    FileError if the file is there already or cannot be written.
    """
    (world, to), (recording, begun) = file, before
    first = at = header.start_step
    dt = header.dt
    if recording is not None and recording.path == to.name:
        at = recording.next_step
    elif begun is not None and begun.continues(to.name):
        at = begun.step
    else:
        begun = None
    if at != first:
        raise ParameterError(
            "Network.run",
            f"{to.name} was recorded up to {at * dt:g} ms and the "
            f"network has run to {first * dt:g} ms without it",
            "a recording has no gaps",
            "record to another file",
        )
    if recording is not None and recording.path == to.name:
        return recording
    with raising_together(world, "recording"):
        return SpikeRecording(
            to.name,
            recorded,
            header,
            overwrite,
            Storage(world, to.compression, to.chunk),
            rows=None if begun is None else begun.rows,
        )


class SpikeRecording:
    """Writes what it reads to a SONATA file, on the ranks that write.

    Every rank gets all spikes in the exchange: none has to send them to those that write. Raises
    FileError if the file is there already or cannot be written.

    Parameters
    ----------
    header : RecordingHeader
        Facts of the run, with the step at which the recording begins.
    overwrite : bool
        Replace a file that is there.
    storage : Storage
        The ranks, compression and chunks.
    rows : mapping of str to int, optional
        Go on with a recording, after this number of spikes of each population.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        recorded: RecordedGroups,
        header: RecordingHeader,
        overwrite: bool,
        storage: Storage,
        rows: Mapping[str, int] | None = None,
    ) -> None:
        self.path = os.fspath(path)
        self.next_step = header.start_step
        self._recorded, self._names = recorded, list(recorded.populations)
        self._writer: SpikeFileWriter | None = None
        if writing_ranks(storage.world) is not None:
            groups = list(recorded.populations.items())
            self._writer = SpikeFileWriter(
                path, header, groups, overwrite, rows is not None, rows, storage
            )

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        if self._writer is None or step.size == 0:
            return
        if len(self._recorded.description.groups) == 1 and not self._recorded.known:
            self._writer.append(self._names[0], step, gid)
            return
        population, ids = self._recorded.divided(gid)
        # Whole numbers of few bytes are sorted by counting; -1 stands behind all others.
        kind = np.min_scalar_type(len(self._names) + 1)
        order = np.argsort(population.astype(kind), kind="stable")
        step, ids = step[order], ids[order]
        bounds = np.searchsorted(population.astype(kind)[order], np.arange(len(self._names) + 1))
        for p in np.flatnonzero(np.diff(bounds)):
            mine = slice(bounds[p], bounds[p + 1])
            self._writer.append(self._names[p], step[mine] + self._recorded.late, ids[mine])

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
