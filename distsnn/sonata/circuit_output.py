"""The run that a configuration asks for: its time, and the files it writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.describe.recording_file import RecordingFile
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.sonata.configuration import Configuration
from distsnn.sonata.joined_reports import join_reports

_BY_TIME, _BY_ID = ("none", "time", "by_time"), ("id", "by_id", "node_id", "gid")
# Sections of reports that BMTK writes with a multimeter.
_MULTIMETERS = ("membrane_report", "multimeter_report", "multimeter")
_UNUSED = {
    "log_file", "log_level", "log_format", "log_to_console", "quiet_simulator", "output_dir",
    "overwrite_output_dir", "spikes_file", "spikes_file_csv", "spikes_sort_order", "compression",
}  # fmt: skip


@dataclass(frozen=True)
class CircuitOutput:
    """The run that a configuration asks for.

    Attributes
    ----------
    duration : float, ms
    folder : Path
        Where files are written.
    spikes, table : Path or None
        Spikes as HDF5, and as text.
    by_id : bool
        Whether the text is sorted by nodes, not by time.
    overwrite : bool
        Whether files that are there are replaced.
    joined : tuple of (Path, tuple of Path)
        Reports on cells of several groups, and the file of each group that they are made of.
    """

    duration: float
    folder: Path
    spikes: Path | None
    table: Path | None
    by_id: bool
    overwrite: bool
    joined: tuple[tuple[Path, tuple[Path, ...]], ...] = ()

    @classmethod
    def of(cls, configuration: Configuration) -> CircuitOutput:
        """The output that a configuration asks for.

        Raises FileError if it asks for something that there is not.
        """
        given = configuration.section("output")
        folder = Path(given.get("output_dir", configuration.path.parent))
        order = given.get("spikes_sort_order", "none")
        if order not in (*_BY_TIME, *_BY_ID):
            raise configuration.refused(
                f"output.spikes_sort_order is {order!r}",
                f"orders are {', '.join([*_BY_TIME, *_BY_ID])}",
            )
        for name in given:
            if name not in _UNUSED:
                raise configuration.refused(
                    f"output has {name}", "output has spikes_file, spikes_file_csv and output_dir",
                    "leave it out",
                )  # fmt: skip
        names = (given.get(name) for name in ("spikes_file", "spikes_file_csv"))
        spikes, table = (None if not name else folder / str(name) for name in names)
        return cls(
            configuration.duration,
            folder,
            spikes,
            table,
            order in _BY_ID,
            bool(given.get("overwrite_output_dir", False)),
        )

    @property
    def recording(self) -> RecordingFile | None:
        """The file of spikes: what the table is made of where only that is asked for."""
        if self.spikes is None and self.table is None:
            return None
        path = self.spikes or self.folder / "spikes.h5"
        return RecordingFile(str(path))

    def join_reports(self) -> None:
        """Write the reports on cells of several groups from those of each group."""
        for path, parts in self.joined:
            join_reports(path, parts)

    def write_table(self) -> None:
        """Write the spikes of the recording as text, if that is asked for."""
        recording = self.recording
        if self.table is None or recording is None:
            return
        file = SpikeFile(recording.path)
        rows: list[tuple[float, str, int]] = []
        for name in file.groups:
            times, nodes = file.spikes(name)
            rows += zip(times.tolist(), [name] * len(times), nodes.tolist(), strict=True)
        rows.sort(key=lambda row: (row[1], row[2], row[0]) if self.by_id else row)
        lines = [f"{round(time, 9)!r} {name} {node}" for time, name, node in rows]
        text = "\n".join(["timestamps population node_ids", *lines, ""])
        self.table.write_text(text, encoding="utf8")


@dataclass(frozen=True)
class CircuitReport:
    """A report that a configuration asks for.

    Attributes
    ----------
    name : str
    cells : object
        A node set.
    variables : tuple of str
    path : Path
    dt : float or None, ms
        Time between values; by default a step.
    """

    name: str
    cells: Any
    variables: tuple[str, ...]
    path: Path
    dt: float | None


def reports_of(configuration: Configuration, folder: Path) -> list[CircuitReport]:
    """The enabled reports of a configuration.

    Raises FileError if a report is of another kind than values over time.
    """
    found = []
    for name, given in configuration.section("reports").items():
        if not given.get("enabled", True):
            continue
        module = given.get("module")
        if module not in _MULTIMETERS:
            raise configuration.refused(
                f"reports.{name}.module is {module!r}",
                f"reports are {', '.join(_MULTIMETERS)}",
                'leave it out, or write "enabled": false',
            )
        variables = given.get("variable_name")
        variables = variables if isinstance(variables, list) else [variables]
        if not all(isinstance(v, str) for v in variables):
            raise configuration.refused(
                f"reports.{name}.variable_name is {given.get('variable_name')!r}",
                "it is the name of a variable, or a list of names",
            )
        for option, usual in (
            ("tstart", 0.0),
            ("start_time", 0.0),
            ("tstop", None),
            ("end_time", None),
        ):
            if given.get(option, usual) not in (usual, configuration.duration):
                raise configuration.refused(
                    f"reports.{name}.{option} is {given[option]!r}", "reports last the whole run"
                )
        file = given.get("file_name", name)
        file = file if file.endswith((".h5", ".hdf5", ".hdf")) else f"{file}.h5"
        dt = given.get("dt", given.get("interval"))
        found.append(
            CircuitReport(name, given.get("cells", "all"), tuple(variables), folder / file, dt)
        )
    return found


def step_of(times: np.ndarray, dt: float) -> np.ndarray:
    """The first step n (int64) with ``n dt`` at or behind each time (ms)."""
    found: np.ndarray = np.ceil(np.round(times / dt, 6)).astype(np.int64)
    return found
