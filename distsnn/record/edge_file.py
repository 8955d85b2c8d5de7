"""Files of synapses with their weights, and readers of them: edges of SONATA."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from distsnn.describe.checks.paths import checked_path
from distsnn.describe.checks.settable import Settable
from distsnn.errors import FileError, unknown_name
from distsnn.exchange import World
from distsnn.record.files.attributes import set_attributes
from distsnn.record.files.file_layout import damaged, opened, partial_path
from distsnn.record.files.hdf5 import group_in, read_rows
from distsnn.record.files.header import GROUP, RecordingHeader, read_header, write_header
from distsnn.record.files.partial_file import (
    discard,
    put_under_name,
    refuse_existing,
    reserve_partial,
)
from distsnn.record.files.seal import seal
from distsnn.record.files.shared_file import (
    create_rows,
    growth,
    on_first,
    open_shared,
    reserve_disk_space,
    write_rows,
    writing_collectively,
)
from distsnn.record.files.storage import Storage

# Names of the columns that say which synapse a row is: neurons within their groups, and the
# number among the synapses of the same two neurons.
COLUMNS = ("source_node_id", "target_node_id", "number")

# More than HDF5 needs for an empty one.
_COLUMN_BYTES = 1 << 13


@dataclass(frozen=True)
class EdgePopulation:
    """The synapses of one object.

    Parameters
    ----------
    name : str
        Name of the synapses.
    source, target : str
        Names of the groups of neurons.
    units : mapping of str to str
        Name and unit of each value.
    """

    name: str
    source: str
    target: str
    units: Mapping[str, str]


class EdgeFileWriter:
    """Writes synapses, a block of sources after the other, on the ranks that write.

    Every method is collective over these.

    Parameters
    ----------
    path : path
        Name of the file. Its folder must exist.
    header : RecordingHeader
        Facts of the network; ``end_step`` is when the values were these.
    storage : Storage
        Compression and chunks.
    overwrite : bool
        Replace a file of this name.

    Raises
    ------
    FileError
        A file of this name exists, another job is writing it, or it cannot be written.
    """

    def __init__(
        self,
        ranks: World,
        path: str | os.PathLike[str],
        header: RecordingHeader,
        storage: Storage,
        overwrite: bool,
    ) -> None:
        self.path = Path(path)
        self._ranks, self._storage = ranks, storage
        self._header = replace(header, finished=True)
        if not overwrite:
            on_first(ranks, self.path, lambda: refuse_existing(self.path, "weights"))
        on_first(ranks, self.path, lambda: reserve_partial(self.path))
        self._file = open_shared(ranks, self.path, partial_path(self.path), new=True)
        self._populations: list[str] = []

    def begin(self, population: EdgePopulation) -> None:
        """Begin with the synapses of one object."""
        self._populations.append(population.name)
        columns = len(COLUMNS) + 1 + len(population.units)
        reserve_disk_space(self._ranks, self.path, self._file, columns * _COLUMN_BYTES)
        with self._writing():
            group = group_in(self._file, f"edges/{population.name}")
            for column, of in zip(COLUMNS, (population.source, population.target), strict=False):
                made = create_rows(group, column, np.uint64, None, self._storage)
                set_attributes(made, {"node_population": of})
            create_rows(group, "edge_type_id", np.int64, None, self._storage)
            values = group_in(group, "0")
            create_rows(values, COLUMNS[2], np.uint64, None, self._storage)
            for name, unit in population.units.items():
                made = create_rows(values, name, np.float64, None, self._storage)
                set_attributes(made, {"units": unit})

    def append(self, columns: Mapping[str, np.ndarray], values: Mapping[str, np.ndarray]) -> None:
        """Add synapses; those of higher ranks follow those of lower ones.

        Parameters
        ----------
        columns : mapping of str to int64[n]
            `COLUMNS` of this rank's rows.
        values : mapping of str to float64[n]
            Their values.
        """
        group = self._file[f"edges/{self._populations[-1]}"]
        n = columns[COLUMNS[0]].size
        offset, total = self._ranks.offset(n)
        given = {"edge_type_id": np.zeros(n, np.int64), f"0/{COLUMNS[2]}": columns[COLUMNS[2]]}
        given |= {name: columns[name] for name in COLUMNS[:2]}
        given |= {f"0/{name}": of for name, of in values.items()}
        with self._writing():
            first = group[COLUMNS[0]].shape[0]
            more = sum(growth(group[name], first, first + total) for name in given)
            reserve_disk_space(self._ranks, self.path, self._file, more)
            for name, rows in given.items():
                dataset = group[name]
                dataset.resize(first + total, axis=0)
                write_rows(self._ranks, dataset, first + offset, rows.astype(dataset.dtype))
            if self._ranks.size == 1:
                # So that the file has its size; this is not yet the disk.
                self._file.flush()

    def discard(self) -> None:
        """Remove what was written, after an error. Not collective."""
        if self._ranks.size == 1:
            discard(self._file, partial_path(self.path))
        elif self._ranks.rank == 0:
            # Closing it needs all ranks.
            with suppress(OSError):
                partial_path(self.path).unlink()

    def finish(self) -> None:
        """Put the file under its name."""
        with self._writing():
            write_header(self._file, self._header)
            names = np.array(self._populations, dtype=h5py.string_dtype())
            set_attributes(self._file[GROUP], {"edge_names": names})
            seal(self._file, GROUP)
            self._file.close()
        on_first(self._ranks, self.path, lambda: put_under_name(partial_path(self.path), self.path))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """As `writing_collectively`; an error that ends the job leaves no part of a file behind."""
        with writing_collectively(self._ranks, self.path):
            try:
                yield
            except BaseException:
                # Any rank may remove it: nobody else does if one alone has the error.
                if self._ranks.size > 1:
                    partial_path(self.path).unlink(missing_ok=True)
                raise


class EdgeFile(Settable):
    """Reads synapses with their weights; the file is open only while it is being read.

    Parameters
    ----------
    path : path
        A file written by ``Network.write_weights``.

    Attributes
    ----------
    path : Path
        The file.
    header : RecordingHeader
        Facts of the network; ``end`` is the time of the values.
    populations : dict[str, EdgePopulation]
        The synapses by name, in the order of the network.

    Raises
    ------
    FileError
        The file is missing, is not HDF5, is damaged, or is no such file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(checked_path("EdgeFile", "path", path))
        with opened(self.path) as file:
            self.header = read_header(file, str(self.path))
            try:
                names = [str(name) for name in file[GROUP].attrs["edge_names"]]
                self.populations = {name: _population(file, name) for name in names}
                self._rows = {n: int(file[f"edges/{n}/{COLUMNS[0]}"].shape[0]) for n in names}
            except KeyError as missing:
                raise damaged(self.path, f"no whole file of synapses: {missing}") from missing

    def __repr__(self) -> str:
        return f"EdgeFile({str(self.path)!r})"

    def count(self, name: str) -> int:
        """Number of the synapses called `name`."""
        if not isinstance(name, str) or name not in self.populations:
            unknown_name(str(self.path), name, self.populations)
        return self._rows[name]

    def edges(self, name: str) -> dict[str, NDArray[np.int64]]:
        """The synapses of a name.

        Parameters
        ----------
        name : str
            Name of the synapses.

        Returns
        -------
        dict of str to int64[n]
            ``source_node_id``, ``target_node_id`` (neurons within their groups) and ``number``
            (among the synapses of the same neurons); sorted by these.
        """
        self.count(name)
        with opened(self.path) as file:
            group = file[f"edges/{name}"]
            found = {column: read_rows(group[column]).astype(np.int64) for column in COLUMNS[:2]}
            return found | {COLUMNS[2]: read_rows(group[f"0/{COLUMNS[2]}"]).astype(np.int64)}

    def values(self, name: str, value: str) -> NDArray[np.float64]:
        """Values (float64[n]) of all synapses called `name`, in the order of `edges`."""
        self.count(name)
        if not isinstance(value, str) or value not in self.populations[name].units:
            unknown_name(f"{self.path}: {name}", value, self.populations[name].units)
        with opened(self.path) as file:
            found: NDArray[np.float64] = read_rows(file[f"edges/{name}/0/{value}"])
        return found


def holds_network(path: Path, digest: str) -> bool:
    """Whether there is a file of synapses of the network with this digest."""
    try:
        return EdgeFile(path).header.digest == digest
    except FileError:
        return False


def _population(file: h5py.File, name: str) -> EdgePopulation:
    group = file[f"edges/{name}"]
    source, target = (str(group[column].attrs["node_population"]) for column in COLUMNS[:2])
    # The weight, or what else there is, before delays.
    names = sorted(group["0"], key=lambda value: (value.endswith("delay"), value))
    units = {v: str(group[f"0/{v}"].attrs["units"]) for v in names if v != COLUMNS[2]}
    return EdgePopulation(name, source, target, units)
