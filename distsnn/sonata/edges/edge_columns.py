"""The edges of one population in a file, read in slices of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np

from distsnn.errors import FileError
from distsnn.sonata.circuit_files import column_at, group_at, opened, refused, text_of
from distsnn.sonata.edges.edge_types import EdgeTypes
from distsnn.sonata.edges.own_parameters import MOST_SETS, OwnParameters
from distsnn.sonata.nodes import DYNAMICS

# Rows that are read at once.
SLAB = 1 << 18
_VALUES = ("syn_weight", "nsyns", "delay")
# Rows farther apart than this many times their number are picked one by one.
_SPARSE = 16


@dataclass(frozen=True, eq=False)
class EdgeRows:
    """Some edges of a file.

    Attributes
    ----------
    row : int64 array (n,)
        Their places in the file.
    source, target : int64 array (n,)
        Ids of their nodes.
    type_row : int64 array (n,)
        Rows of their types; -1 where there is none.
    weight, delay : float64 array (n,)
        Delays in ms. NaN where the files give none.
    """

    row: np.ndarray
    source: np.ndarray
    target: np.ndarray
    type_row: np.ndarray
    weight: np.ndarray
    delay: np.ndarray


@dataclass(frozen=True, eq=False)
class EdgeColumns:
    """The edges of one population of a file.

    Attributes
    ----------
    path : Path
    named_in : str
        The file that names it.
    population : str
    source, target : str
        Names of the populations of nodes that they join.
    size : int
        Number of edges.
    types : EdgeTypes
    own : OwnParameters or None
        Parameters of synapses that edges have; `types` has a row for each set of them.
    """

    path: Path
    named_in: str
    population: str
    source: str
    target: str
    size: int
    types: EdgeTypes
    own: OwnParameters | None = None

    def with_own_parameters(self, models_folder: Path) -> EdgeColumns:
        """The same edges, with types for the parameters of synapses that they have in HDF5.

        Raises FileError if a parameter is none of the model's, or there are too many sets.
        """
        with self.reading() as reader:
            names = reader.own_names
            if not names:
                return self
            own = OwnParameters.of(names, reader.own_sets(), self.types.size)
        if max(len(rows) for rows in own.sets.values()) > MOST_SETS:
            raise refused(
                self.path,
                f"{DYNAMICS} of {self.population} has more than {MOST_SETS:,} different sets",
                "synapses with the same parameters are one projection",
                "give synapses the parameters of a few types",
            )
        types = EdgeTypes.of(self.types.table, models_folder, own.further_types)
        return replace(self, types=types, own=own)

    @contextmanager
    def reading(self) -> Iterator[EdgeReader]:
        """Open the file within a ``with`` block."""
        with opened(self.path, self.named_in) as file:
            group = group_at(file, f"edges/{self.population}", self.path)
            yield EdgeReader(self, group)

    def refused(self, row: int, what: str, allowed: str, advice: str = "") -> FileError:
        """The error for an edge."""
        where = f"edge {row} of {self.population} {what}"
        return refused(self.path, where, allowed, advice or "correct the file")


def populations_in(path: Path, named_in: str) -> dict[str, tuple[str, str, int]]:
    """Names of the populations of a file, with those of their nodes and the number of edges.

    Raises FileError if the file is not as it should be.
    """
    found = {}
    with opened(path, named_in) as file:
        edges = group_at(file, "edges", path)
        for name in edges:
            group = group_at(edges, name, path)
            n = column_at(group, "edge_type_id", path).shape[0]
            ends = []
            for column in ("source_node_id", "target_node_id"):
                dataset = column_at(group, column, path, n)
                if "node_population" not in dataset.attrs:
                    raise refused(
                        path,
                        f"{dataset.name} has no attribute node_population",
                        "it names the population of the nodes",
                        "make the file anew",
                    )
                ends.append(text_of(dataset.attrs["node_population"]))
            found[name] = (ends[0], ends[1], n)
    return found


class EdgeReader:
    """Reads rows of an open population.

    Parameters
    ----------
    group : h5py.Group
        That of the population.
    """

    def __init__(self, columns: EdgeColumns, group: h5py.Group) -> None:
        self._columns, self._group = columns, group
        self._ids = {
            name: column_at(group, name, columns.path, columns.size)
            for name in ("source_node_id", "target_node_id", "edge_type_id")
        }
        grouped = "edge_group_id" in group
        self._which, self._index = (
            column_at(group, name, columns.path, columns.size) if grouped else None
            for name in ("edge_group_id", "edge_group_index")
        )
        self._values = self._datasets()
        self._own = self._own_datasets()

    def _datasets(self) -> dict[int, dict[str, h5py.Dataset]]:
        """The values that each group of the file gives."""
        path, found = self._columns.path, dict[int, dict[str, h5py.Dataset]]()
        for name, inner in self._group.items():
            if not name.isdigit() or not isinstance(inner, h5py.Group):
                continue
            if "weight_function" in inner:
                raise refused(
                    path, f"{inner.name} has weight_function", "functions in Python are not run"
                )
            found[int(name)] = {v: column_at(inner, v, path) for v in _VALUES if v in inner}
        return found

    def _own_datasets(self) -> dict[int, dict[str, h5py.Dataset]]:
        """The parameters of synapses that each group of the file gives."""
        path, found = self._columns.path, {}
        for number in self._values:
            inner = self._group[str(number)].get(DYNAMICS)
            if inner is not None and len(inner):
                found[number] = {name: column_at(inner, name, path) for name in sorted(inner)}
        return found

    @property
    def own_names(self) -> dict[int, tuple[str, ...]]:
        """Names of the parameters of synapses that edges have, by group."""
        return {number: tuple(datasets) for number, datasets in self._own.items()}

    def own_sets(self) -> Iterator[tuple[int, np.ndarray]]:
        """The different sets of these parameters, some edges at a time; see `OwnParameters`."""
        for first in range(0, self._columns.size, SLAB):
            last = min(first + SLAB, self._columns.size)
            row = np.arange(first, last)
            type_id = self._ids["edge_type_id"][first:last].astype(np.int64)
            type_row = self._columns.types.table.rows_of(type_id)
            where = self._places(first, last, row, slice(None))
            for number, _, rows in self._own_rows(where, row, type_row):
                # Those without a type are found when all edges are looked at.
                yield number, np.unique(rows[rows[:, 0] >= 0], axis=0)

    def _own_rows(
        self, where: tuple[np.ndarray, np.ndarray], row: np.ndarray, type_row: np.ndarray
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """The edges of each group with such parameters; rows as in `OwnParameters.sets`."""
        which, index = where
        for number, datasets in self._own.items():
            own = np.flatnonzero(which == number)
            if own.size:
                columns = [self._taken(d, index[own], row[own]) for d in datasets.values()]
                yield number, own, np.column_stack([type_row[own], *columns])

    def targets(self, first: int, last: int) -> np.ndarray:
        """Ids (int64) of the targets of the edges ``first <= row < last``."""
        found: np.ndarray = self._ids["target_node_id"][first:last].astype(np.int64)
        return found

    def rows(self, first: int, last: int, chosen: np.ndarray | None = None) -> EdgeRows:
        """The edges ``first <= row < last``, or of these the `chosen` ones (int64, from 0)."""
        pick = slice(None) if chosen is None else chosen
        source, target, type_id = (
            dataset[first:last].astype(np.int64)[pick] for dataset in self._ids.values()
        )
        row = np.arange(first, last)[pick]
        types, own = self._columns.types, self._columns.own
        type_row = types.table.rows_of(type_id)
        where = self._places(first, last, row, pick)
        given = self._given(where, row)
        if own is not None:
            for number, these, rows in self._own_rows(where, row, type_row):
                known = rows[:, 0] >= 0
                type_row[these[known]] = own.rows_of(number, rows[known])
        weight = _first_given(given["syn_weight"], types.weight, type_row)
        nsyns = _first_given(given["nsyns"], types.nsyns, type_row)
        weight = np.where(np.isnan(nsyns), weight, nsyns * weight)
        if (types.sign != 1.0).any():
            weight *= types.sign[type_row]
        delay = _first_given(given["delay"], types.delay, type_row)
        return EdgeRows(row, source, target, type_row, weight, delay)

    def _places(
        self, first: int, last: int, row: np.ndarray, pick: slice | np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Number of the group of some edges, and their places in it (int64 (n,) each)."""
        needed = any(self._values.values()) or self._own
        if self._which is None or self._index is None or not needed:
            return np.zeros_like(row), row
        return (
            self._which[first:last].astype(np.int64)[pick],
            self._index[first:last].astype(np.int64)[pick],
        )

    def _given(
        self, where: tuple[np.ndarray, np.ndarray], row: np.ndarray
    ) -> dict[str, np.ndarray | None]:
        """Values (float64 (n,), NaN where there is none) that the file gives for some rows."""
        found: dict[str, np.ndarray | None] = dict.fromkeys(_VALUES)
        which, index = where
        for number, datasets in self._values.items():
            own = np.flatnonzero(which == number)
            for name, dataset in datasets.items() if own.size else ():
                values = self._taken(dataset, index[own], row[own])
                if own.size == row.size:
                    found[name] = values
                    continue
                made = found[name]
                made = np.full(row.size, np.nan) if made is None else made
                made[own] = values
                found[name] = made
        return found

    def _taken(self, dataset: h5py.Dataset, index: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Values (float64 (n,)) of a dataset at some places."""
        low, high = int(index.min()), int(index.max()) + 1
        if low < 0 or high > dataset.shape[0]:
            bad = int(np.flatnonzero((index < 0) | (index >= dataset.shape[0]))[0])
            raise self._columns.refused(
                int(row[bad]),
                f"has edge_group_index {index[bad]}",
                f"{dataset.name} has {dataset.shape[0]:,} rows",
            )
        if high - low > _SPARSE * index.size:
            places, inverse = np.unique(index, return_inverse=True)
            values: np.ndarray = dataset[places][inverse]
        else:
            values = dataset[low:high][index - low]
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            bad = int(wrong[0])
            name = dataset.name.rpartition("/")[2]
            raise self._columns.refused(
                int(row[bad]), f"has {name} {values[bad]}", f"{name} is a finite number"
            )
        return values.astype(np.float64)

    def index_runs(self, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, int]] | None:
        """Runs of rows (first, last) of the edges onto targets with some ranges of ids.

        None if the file has no index of targets, or none that covers all edges in order: then
        all rows have to be looked at.
        """
        index = self._group.get("indices/target_to_source")
        if not isinstance(index, h5py.Group):
            return None
        of_nodes = index.get("node_id_to_range", index.get("node_id_to_ranges"))
        runs = index.get("range_to_edge_id")
        n = self._columns.size
        if of_nodes is None or runs is None or runs.shape[0] > max(16, n // 2):
            return None
        edges, nodes = runs[:].astype(np.int64), of_nodes[:].astype(np.int64)
        order = np.argsort(edges[:, 0], kind="stable")
        begins, ends = edges[order, 0], edges[order, 1]
        whole = begins.size and begins[0] == 0 and ends[-1] == n
        if not whole or (begins[1:] != ends[:-1]).any() or (nodes > edges.shape[0]).any():
            return None
        found = []
        for low, high in wanted:
            for first, last in nodes[low:high].tolist():
                found += [(int(a), int(b)) for a, b in edges[first:last]]
        return _merged(sorted(found))


def _first_given(given: np.ndarray | None, of_types: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Values of edges where these have one, else of their types."""
    found = np.full(row.size, np.nan) if not of_types.size else of_types[row]
    return found if given is None else np.where(np.isnan(given), found, given)


def _merged(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in runs:
        if found and found[-1][1] == first:
            found[-1] = found[-1][0], last
        elif first < last:
            found.append((first, last))
    return found
