"""Reading spike files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from distsnn.describe.checks.paths import checked_path
from distsnn.describe.checks.settable import Settable
from distsnn.errors import unknown_name
from distsnn.interop.frames import to_pandas, to_xarray
from distsnn.interop.recorded import RecordedSpikes
from distsnn.record.files.file_layout import COLUMNS, damaged, opened, rows_between
from distsnn.record.files.hdf5 import read_rows
from distsnn.record.files.header import GROUP, read_header
from distsnn.record.spikes.measures import SpikeMeasures
from distsnn.record.spikes.statistics import PopulationStatistics


class SpikeFile(Settable):
    """Reads a spike file; the file is open only while it is being read.

    Parameters
    ----------
    path : path
        A file written by distsnn, finished or partial.

    Attributes
    ----------
    path : Path
        The file.
    header : RecordingHeader
        Facts of the run.
    groups : dict[str, int]
        Name and number of neurons of each group, in the order of the description.

    Raises
    ------
    FileError
        The file is missing, is not HDF5, is damaged, or was not written by distsnn.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(checked_path("SpikeFile", "path", path))
        with opened(self.path) as file:
            self.header = read_header(file, str(self.path))
            metadata = file[GROUP].attrs
            names = [str(name) for name in metadata["group_names"]]
            sizes = [int(size) for size in metadata["group_sizes"]]
            self.groups: Mapping[str, int] = dict(zip(names, sizes, strict=True))
            self._rows = {name: self._count_rows(file, name) for name in names}

    def _count_rows(self, file: h5py.File, name: str) -> int:
        try:
            rows = [file[f"spikes/{name}/{column}"].shape[0] for column in COLUMNS]
        except KeyError as missing:
            raise damaged(self.path, f"/spikes/{name} is not whole") from missing
        if self.header.finished and rows[0] != rows[1]:
            raise damaged(self.path, f"/spikes/{name} has {rows[0]} times, {rows[1]} node ids")
        # A kill between two writes may leave one column of an unfinished file longer.
        return min(rows)

    def __repr__(self) -> str:
        return f"SpikeFile({str(self.path)!r})"

    def count(self, group: str) -> int:
        """Count the recorded spikes of a group.

        Parameters
        ----------
        group : str
            Name of the group.

        Returns
        -------
        int
            Number of spikes.
        """
        if not isinstance(group, str) or group not in self.groups:
            unknown_name(str(self.path), group, self.groups)
        return self._rows[group]

    def spikes(
        self, group: str, start: float | None = None, stop: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Spikes of a group, in the order of time, then of neurons.

        Parameters
        ----------
        group : str
            Name of the group.
        start, stop : float, optional
            Leave out spikes before `start`, and from `stop` on (ms).

        Returns
        -------
        times : float64[n]
            Spike times (ms).
        node_ids : int64[n]
            Index of each spiking neuron within the group.

        Raises
        ------
        UnknownNameError
            The file has no such group.
        ParameterError
            `start` or `stop` is no number.
        FileError
            The data cannot be read.
        """
        rows = self.count(group)
        with opened(self.path) as file:
            times = read_rows(file[f"spikes/{group}/timestamps"], 0, rows)
            node_ids = read_rows(file[f"spikes/{group}/node_ids"], 0, rows)
        first, last = rows_between(times, start, stop, str(self.path))
        return times[first:last], node_ids[first:last].astype(np.int64)

    def recorded(self, group: str) -> RecordedSpikes:
        """All spikes of a group, for `distsnn.interop`; see `spikes`."""
        times, index = self.spikes(group)
        period = float(self.header.start), float(self.header.end)
        return RecordedSpikes(group, self.groups[group], times, index, period)

    def measures(
        self, group: str, start: float | None = None, stop: float | None = None
    ) -> SpikeMeasures:
        """Rates, intervals, CV, Fano factors, correlations and spectrum of a group.

        Parameters
        ----------
        group : str
            Name of the group.
        start, stop : float, optional
            Window of time (ms); the whole recording by default.

        Returns
        -------
        SpikeMeasures
            The measures, computed when they are asked for.
        """
        return SpikeMeasures(self.recorded(group), start, stop)

    def to_pandas(self, group: str) -> Any:
        """The spikes of a group as a DataFrame; see `distsnn.interop.frames.to_pandas`."""
        return to_pandas(self.recorded(group))

    def to_xarray(self, group: str) -> Any:
        """The spikes of a group as a Dataset; see `distsnn.interop.frames.to_xarray`."""
        return to_xarray(self.recorded(group))

    def statistics(
        self, start: float | None = None, stop: float | None = None
    ) -> list[PopulationStatistics]:
        """Rates and irregularity of every group.

        Parameters
        ----------
        start, stop : float, optional
            Window of time (ms); the whole recording by default.

        Returns
        -------
        list[PopulationStatistics]
            One for each group, in the order of the description.

        Raises
        ------
        FileError
            The data cannot be read.
        """
        first = self.header.start if start is None else start
        last = self.header.end if stop is None else stop
        return [
            PopulationStatistics.of_spikes(
                name, size, *self.spikes(name, start, stop), last - first
            )
            for name, size in self.groups.items()
        ]
