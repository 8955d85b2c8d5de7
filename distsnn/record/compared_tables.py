"""The data of recordings as tables whose rows can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np

from distsnn.record.edge_file import COLUMNS as EDGE_COLUMNS
from distsnn.record.edge_file import EdgeFile
from distsnn.record.files.file_layout import COLUMNS as SPIKE_COLUMNS
from distsnn.record.files.hdf5 import read_rows
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile


@dataclass(frozen=True)
class ComparedTable:
    """Rows of a file that are compared with those of another file, in their order.

    Attributes
    ----------
    name : str
        The population, variable or synapses.
    columns : dict of str to str
        Label and dataset of each column; a dataset may have several values in a row.
    rows : int
        Number of rows.
    n_keys : int
        So many of the columns say of what a row is; rows ascend in them. The rest are its values.
    template : str
        When or where a row is, in words, with places for its keys.
    times : sequence of number, optional
        The key of each row where no column has it: a time (ms), or an index.
    elements : int64[n], optional
        Indices of the values in a row, where there are several.
    """

    name: str
    columns: dict[str, str]
    rows: int
    n_keys: int
    template: str
    times: Sequence[Any] | np.ndarray | None = None
    elements: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def moment(self, row: int, keys: Sequence[Any]) -> str:
        """When or where a row is, in words."""
        return self.template.format(*(keys if self.times is None else [self.times[row]]))

    def read(self, file: h5py.File, first: int, stop: int) -> dict[str, np.ndarray]:
        """Rows of all columns."""
        return {label: read_rows(file[path], first, stop) for label, path in self.columns.items()}


def spike_tables(reader: SpikeFile) -> Iterator[ComparedTable]:
    """The spikes of each group."""
    for name, size in reader.groups.items():
        yield ComparedTable(
            f"{name} ({size} neurons)",
            {column: f"spikes/{name}/{column}" for column in SPIKE_COLUMNS},
            reader.count(name),
            2,
            "at {:.10g} ms, a spike of neuron {}",
        )


def edge_tables(reader: EdgeFile) -> Iterator[ComparedTable]:
    """The synapses of each name, with their values."""
    for name, population in reader.populations.items():
        group = f"edges/{name}"
        columns = {column: f"{group}/{column}" for column in EDGE_COLUMNS[:2]}
        columns[EDGE_COLUMNS[2]] = f"{group}/0/{EDGE_COLUMNS[2]}"
        columns |= {f"{one} ({u})": f"{group}/0/{one}" for one, u in population.units.items()}
        where = "at neurons {} to {}, synapse {} of these"
        yield ComparedTable(name, columns, reader.count(name), 3, where)


def trace_tables(reader: ReportFile) -> Iterator[ComparedTable]:
    """The values of each variable over time."""
    elements = reader.element_ids if reader.edges else reader.node_ids
    for name, unit in reader.units.items():
        yield ComparedTable(
            f"{name} of {reader.edges or reader.population} ({elements.size})",
            {f"{name} ({unit})": reader.dataset(name)},
            reader.t.size,
            0,
            "at {:.10g} ms",
            reader.t,
            elements,
        )
