"""Reading traces."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distsnn.describe.checks.paths import checked_path
from distsnn.describe.checks.settable import Settable
from distsnn.errors import unknown_name
from distsnn.interop.frames import GivesFrames
from distsnn.interop.recorded import RecordedTraces
from distsnn.record.files.file_layout import damaged, opened, rows_between
from distsnn.record.files.hdf5 import read_rows
from distsnn.record.files.header import GROUP, read_header


class ReportFile(GivesFrames, Settable):
    """Reads the traces of neurons or synapses; the file is open only while it is being read.

    Parameters
    ----------
    path : path
        A file written by distsnn (``StateMonitor(..., to=path)``), finished or partial.

    Attributes
    ----------
    path : Path
        The file.
    header : RecordingHeader
        Facts of the run.
    population : str
        Name of the group of neurons; of synapses that of their targets.
    edges : str
        Name of the synapses; empty for neurons.
    units : dict[str, str]
        Unit of each variable.
    node_ids : int64[n]
        Index within the group of the neuron of each element, ascending.
    element_ids : int64[n]
        Number of each synapse in the order of creation; 0 for neurons.
    every : float
        Distance of the times (ms).
    t : float64[times]
        Times (ms).

    Raises
    ------
    FileError
        The file is missing, is not HDF5, is damaged, or is no file of traces of distsnn.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(checked_path("ReportFile", "path", path))
        with opened(self.path) as file:
            self.header = read_header(file, str(self.path))
            try:
                metadata = file[GROUP].attrs
                self.population = str(metadata["population"])
                self.edges = str(metadata["edges"])
                every = int(metadata["every"])
                variables = [str(name) for name in metadata["variables"]]
                suffixes = [f".{name}" if len(variables) > 1 else "" for name in variables]
                self._groups = {
                    name: f"report/{self.population}{suffix}"
                    for name, suffix in zip(variables, suffixes, strict=True)
                }
                self.units = {
                    name: str(file[f"{group}/data"].attrs["units"])
                    for name, group in self._groups.items()
                }
                mapping = file[f"{self._groups[variables[0]]}/mapping"]
                counts = np.diff(read_rows(mapping["index_pointers"]).astype(np.int64))
                self.node_ids = np.repeat(read_rows(mapping["node_ids"]).astype(np.int64), counts)
                self.element_ids = read_rows(mapping["element_ids"]).astype(np.int64)
                rows = {file[f"{group}/data"].shape[0] for group in self._groups.values()}
            except (KeyError, IndexError) as missing:
                raise damaged(self.path, f"it is no whole report: {missing}") from missing
        if self.header.finished and len(rows) > 1:
            raise damaged(self.path, f"variables have {sorted(rows)} times")
        self.every = every * self.header.dt
        first = -(-self.header.start_step // every) * every
        steps = np.arange(first, self.header.end_step, every)[: min(rows)]
        if self.header.finished and steps.size != min(rows):
            raise damaged(self.path, f"{min(rows)} rows for {steps.size} times")
        self.t: NDArray[np.float64] = steps * np.float64(self.header.dt)

    def __repr__(self) -> str:
        return f"ReportFile({str(self.path)!r})"

    def dataset(self, variable: str) -> str:
        """Path within the file of the data (float32[times, n]) of a variable."""
        if not isinstance(variable, str) or variable not in self._groups:
            unknown_name(str(self.path), variable, self._groups)
        return f"{self._groups[variable]}/data"

    def recorded(self) -> RecordedTraces:
        """All recorded data as arrays, for `distsnn.interop`."""
        values = {name: self.values(name) for name in self._groups}
        index = self.element_ids if self.edges else self.node_ids
        return RecordedTraces(self.edges or self.population, self.t, index, values, self.units)

    def values(
        self, variable: str, start: float | None = None, stop: float | None = None
    ) -> NDArray[np.float32]:
        """Values of a variable over time.

        Parameters
        ----------
        variable : str
            Name of the variable.
        start, stop : float, optional
            Leave out times before `start`, and from `stop` on (ms).

        Returns
        -------
        float32[times, n]
            One column for each element.

        Raises
        ------
        UnknownNameError
            The variable was not recorded.
        ParameterError
            `start` or `stop` is no number.
        FileError
            The data cannot be read.
        """
        dataset = self.dataset(variable)
        first, last = rows_between(self.t, start, stop, str(self.path))
        with opened(self.path) as file:
            found: NDArray[np.float32] = read_rows(file[dataset], first, last)
        return found
