"""Recording of states to files while the network runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.assemble.monitors.probe import Probe
from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.recorded_groups import RecordedGroups
from distsnn.errors import ParameterError
from distsnn.exchange import World, raising_together
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.partial_file import refuse_existing
from distsnn.record.files.storage import Storage
from distsnn.record.traces import report_file
from distsnn.record.traces.report_file import ReportFileWriter
from distsnn.record.traces.report_reader import ReportFile
from distsnn.run.samples import join_columns


class TraceRecording:
    """Writes what a monitor's probe reads to its file.

    Parameters
    ----------
    probe : int
        Number of the probe among those of the build.
    every : int
        Steps between values.
    """

    def __init__(self, probe: int, every: int, writer: ReportFileWriter) -> None:
        self.probe = probe
        report = writer.report
        width = max(1, len(report.variables) * report.n_elements)
        self.most_steps = every * max(1, report_file.BLOCK_VALUES // 4 // width)
        self.writer = writer

    def take(self, samples: np.ndarray) -> None:
        """Take rows (float64 (times, variables, n_local)). Collective."""
        self.writer.append(samples)

    def flush(self) -> None:
        """Bring them to the disk. Collective."""
        self.writer.flush()

    def secure(self) -> int:
        """Bring them to the disk for good; the number of rows in the file. Collective."""
        return self.writer.secure()

    def read(self) -> ReportFile:
        """The file as it is after a run. Any rank may ask, alone."""
        return ReportFile(self.writer.path)


class TraceFiles:
    """The files of all monitors of a network that have one. Every method is collective."""

    def __init__(self, world: World, monitors: Iterable[Any]) -> None:
        self._world = world
        self._all = list(monitors)
        self._monitors = [monitor for monitor in self._all if monitor.to is not None]

    @property
    def recorders(self) -> list[TraceRecording]:
        """The recorders that take samples while the network runs."""
        return [m.recording for m in self._monitors if m.recording is not None]

    @property
    def files(self) -> dict[str, str]:
        """The purpose and the path of each file."""
        return {f"the traces of {m.name}": m.to.name for m in self._monitors}

    def check(self, overwrite: bool) -> None:
        """Find out what cannot be written before anything takes time.

        Raises FileError or RankError if a file is there already.
        """
        with raising_together(self._world, "recording"):
            for monitor in self._monitors:
                new = monitor.recording is None and monitor.rows_before is None
                if new and not overwrite and self._world.rank == 0:
                    refuse_existing(Path(monitor.to.name), "traces")

    def open(
        self,
        builds: Sequence[RankBuild],
        probes: list[Probe | None],
        recorded: RecordedGroups,
        make_header: Callable[[], RecordingHeader],
        overwrite: bool,
    ) -> None:
        """Open the files of those that have none yet, or go on with them.

        `builds` are those of this rank's threads; `probes` are those of all monitors, in their
        order, as they were built; `recorded` has the description of the network when it began;
        `make_header` is collective.

        Raises
        ------
        ParameterError
            If a monitor of a user's own has samples without columns.
        """
        read = [m for m, probe in zip(self._all, probes, strict=True) if probe is not None]
        for index, monitor in enumerate(read):
            if monitor.to is None or monitor.recording is not None:
                continue
            if not builds[0].probes[index].samples.by_column:
                raise ParameterError(
                    monitor.name,
                    "its samples are joined, and it has a file",
                    "files have a column for each element, which one rank writes",
                    "give its samples columns (by_column), or keep them in memory",
                )
            report = monitor.describe_report()
            population, ids = recorded.named(report.population, report.node_ids)
            report = replace(report, population=population, node_ids=ids)
            writer = ReportFileWriter(
                monitor.to.name,
                make_header(),
                report,
                join_columns([built.probes[index] for built in builds]),
                Storage(self._world, monitor.to.compression, monitor.to.chunk),
                overwrite,
                monitor.rows_before,
            )
            monitor.begin_file(TraceRecording(index, report.every, writer))

    def finish(self, end_step: int) -> None:
        """Put the files under their names."""
        for recording in self.recorders:
            recording.writer.finish(end_step)

    def suspend(self) -> None:
        """Close the files as those of a run that has not finished; loading goes on with them."""
        for monitor in self._monitors:
            if monitor.recording is not None:
                monitor.leave_file(monitor.recording.writer.suspend())

    def close(self) -> None:
        """Let go of the files after an error, which may be this rank's own. Not collective."""
        for recording in self.recorders:
            recording.writer.close()
