"""The layout of a file of traces: frame reports of SONATA."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from distsnn.errors import FileError
from distsnn.exchange import World
from distsnn.record.files.attributes import set_attributes
from distsnn.record.files.hdf5 import create_checked, group_in
from distsnn.record.files.header import GROUP, RecordingHeader, write_header
from distsnn.record.files.shared_file import create_rows, write_rows
from distsnn.record.files.storage import Storage

# SONATA and its readers take no other type.
VALUE = np.float32
# In a mapping: more than HDF5 needs for each variable, and numbers of each element.
_VARIABLE_BYTES = 1 << 14
_ELEMENT_BYTES = 8 + 8 + 4


@dataclass(frozen=True, eq=False)
class Report:
    """The contents of a file of traces, for the elements (neurons or synapses) of one group.

    Parameters
    ----------
    population : str
        Name of the group of neurons; of synapses that of their targets.
    variables : tuple of (str, str)
        Name and unit of each variable.
    node_ids : int64[n]
        Index of the neuron of each element within the group, ascending.
    element_ids : int64[n]
        0 for neurons; numbers of synapses.
    every : int
        Steps between times.
    edges : str
        Name of the synapses; empty for neurons.
    """

    population: str
    variables: tuple[tuple[str, str], ...]
    node_ids: np.ndarray
    element_ids: np.ndarray
    every: int
    edges: str = ""

    @property
    def n_elements(self) -> int:
        """Number of recorded elements."""
        return int(self.node_ids.size)

    def group_of(self, variable: str) -> str:
        """Path of the report of a variable: one report for each, as SONATA wants it."""
        if len(self.variables) == 1:
            return f"report/{self.population}"
        return f"report/{self.population}.{variable}"

    def times(self, header: RecordingHeader, rows: int) -> np.ndarray:
        """Begin, end and distance of the times of a number of rows (float64[3], ms)."""
        first = -(-header.start_step // self.every) * self.every
        return np.array([first, first + rows * self.every, self.every]) * header.dt


def write_reports(
    ranks: World,
    file: h5py.File,
    header: RecordingHeader,
    report: Report,
    datasets: list[h5py.Dataset],
) -> None:
    """Write everything but the values: header, mappings and units.

    Parameters
    ----------
    datasets : list of h5py.Dataset
        The values of each variable.
    """
    write_header(file, header)
    metadata = {
        "population": report.population,
        "edges": report.edges,
        "variables": np.array([v for v, _ in report.variables], dtype=h5py.string_dtype()),
        "every": np.int64(report.every),
    }
    set_attributes(file[GROUP], metadata)
    # A neuron may have several elements: where those of each begin.
    node_ids, first = np.unique(report.node_ids, return_index=True)
    pointers = np.append(first, report.n_elements)
    for (variable, unit), data in zip(report.variables, datasets, strict=True):
        set_attributes(data, {"units": unit, "variable_name": variable})
        mapping = group_in(data.parent, "mapping")
        given: dict[str, np.ndarray] = {
            "node_ids": node_ids.astype(np.uint64),
            "index_pointers": pointers.astype(np.uint64),
            "element_ids": report.element_ids.astype(np.uint32),
            "time": report.times(header, 0),
        }
        for name, values in given.items():
            made = create_checked(mapping, name, values.shape, values.dtype)
            write_rows(ranks, made, 0, values if ranks.rank == 0 else values[:0])
        set_attributes(mapping["node_ids"], {"sorted": np.uint8(1)})
        set_attributes(mapping["time"], {"units": "ms"})


def layout_bytes(report: Report) -> int:
    """More bytes than a file has before there are values: mostly mappings."""
    return len(report.variables) * (_VARIABLE_BYTES + _ELEMENT_BYTES * report.n_elements)


def check_same_report(path: Path, file: h5py.File, header: RecordingHeader, report: Report) -> None:
    """Check that a file can go on with this report of this network.

    Raises
    ------
    FileError
        It holds traces of another network, or of other elements or variables.
    """
    metadata = file[GROUP].attrs
    variables = [v for v, _ in report.variables]
    same = (
        str(metadata["digest"]) == header.digest
        and [str(v) for v in metadata["variables"]] == variables
        and (str(metadata["population"]), str(metadata["edges"]))
        == (report.population, report.edges)
        and int(metadata["every"]) == report.every
    )
    for variable in variables if same else ():
        mapping = file[f"{report.group_of(variable)}/mapping"]
        same = np.array_equal(mapping["element_ids"][()], report.element_ids) and np.array_equal(
            mapping["node_ids"][()], np.unique(report.node_ids)
        )
    if not same:
        raise FileError(
            str(path),
            "the file holds a recording of something else",
            "a run goes on in a file of the same network, monitor and seed",
            "Record to another name.",
        )


def create_values(file: h5py.File, report: Report, storage: Storage) -> list[h5py.Dataset]:
    """Create the empty datasets of all variables."""
    made = []
    for variable, _ in report.variables:
        parent = group_in(file, report.group_of(variable))
        made.append(create_rows(parent, "data", VALUE, report.n_elements, storage))
    return made
