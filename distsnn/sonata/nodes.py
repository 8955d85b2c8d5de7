"""Populations of nodes: their ids, their types, and attributes from both files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from distsnn.errors import FileError
from distsnn.sonata.circuit_files import column_at, group_at, opened, refused
from distsnn.sonata.types_table import TypesTable

DYNAMICS = "dynamics_params"
# More ids than nodes by this factor are taken for damage.
_MOST_GAPS = 64


@dataclass(frozen=True, eq=False)
class NodePopulation:
    """The nodes of one population, in the order of the file.

    Attributes
    ----------
    name : str
    path : Path
    types : TypesTable
    ids : int64 array (N,)
        Id of each node.
    type_rows : int64 array (N,)
        Row of its type in `types`.
    attributes : mapping of str to array (N,)
        What its HDF5 groups give: float64 with NaN, or object with None, where there is no value.
    dynamics : mapping of str to float64 array (N,) or (N, n)
        Parameters of models that its HDF5 groups give, with NaN where there is none.
    """

    name: str
    path: Path
    types: TypesTable
    ids: np.ndarray
    type_rows: np.ndarray
    attributes: Mapping[str, np.ndarray]
    dynamics: Mapping[str, np.ndarray]

    @property
    def size(self) -> int:
        """Number of nodes."""
        return int(self.ids.size)

    @cached_property
    def position_of_id(self) -> np.ndarray:
        """Position (int64) of the node with each id, -1 where there is none."""
        found = np.full(int(self.ids.max(initial=-1)) + 1, -1, dtype=np.int64)
        found[self.ids] = np.arange(self.size)
        return found

    def texts(self, name: str) -> np.ndarray:
        """An attribute as text (object (N,)), None where there is none."""
        of_types = np.array([*self.types.text(name, range(len(self.types.rows))), None], object)
        found: np.ndarray = of_types[self.type_rows]
        own = self.attributes.get(name)
        if own is not None:
            if own.dtype != object:
                own = np.array([None if np.isnan(x) else f"{x:g}" for x in own], object)
            given = own != np.array(None)
            found[given] = own[given]
        return found

    def matches(self, name: str, wanted: Any) -> np.ndarray:
        """Mask (bool (N,)) of the nodes that have an attribute with a value, or with one of a list.

        Raises KeyError if no node has the attribute.
        """
        values = wanted if isinstance(wanted, list) else [wanted]
        if name in {"node_id", "node_ids"}:
            return np.isin(self.ids, np.asarray(values, dtype=np.int64))
        if name == "node_type_id":
            return np.isin(self.types.ids[self.type_rows], np.asarray(values, dtype=np.int64))
        own = self.attributes.get(name)
        if own is not None and own.dtype != object and not _of_any(self.types, name):
            return np.isin(own, [float(v) for v in values if isinstance(v, int | float)])
        if own is None and not _of_any(self.types, name):
            raise KeyError(name)
        found = self.texts(name)
        texts = {str(value) for value in values}
        numbers = {float(v) for v in values if isinstance(v, int | float)}
        return np.array([x in texts or _number(x) in numbers for x in found.tolist()], dtype=bool)


def read_populations(path: Path, types_path: Path | None, named_in: str) -> list[NodePopulation]:
    """Read all populations of a file of nodes.

    Raises FileError if a file is not as it should be.
    """
    with opened(path, named_in) as file:
        nodes = group_at(file, "nodes", path)
        return [
            _population(
                group_at(nodes, name, path),
                path,
                TypesTable.read(types_path, "node_type_id", name, named_in),
            )
            for name in nodes
        ]


def _population(group: h5py.Group, path: Path, types: TypesTable) -> NodePopulation:
    name = group.name.rpartition("/")[2]
    type_ids = column_at(group, "node_type_id", path)[:].astype(np.int64)
    n = type_ids.size
    ids = np.arange(n)
    if "node_id" in group:
        ids = column_at(group, "node_id", path, n)[:].astype(np.int64)
        _check_ids(ids, name, path)
    rows = types.rows_of(type_ids)
    bad = np.flatnonzero(rows < 0) if types.path is not None else rows[:0]
    if bad.size:
        raise _without_type(path, types, int(type_ids[bad[0]]), f"node {ids[bad[0]]} of {name}")
    which, index = _groups_of(group, path, n)
    attributes: dict[str, np.ndarray] = {}
    dynamics: dict[str, np.ndarray] = {}
    for number in np.unique(which).tolist():
        members = np.flatnonzero(which == number)
        if str(number) not in group:
            continue
        inner = group_at(group, str(number), path)
        for key, values in _columns(inner, index[members], path).items():
            _put(attributes, key, members, values, n)
        if DYNAMICS in inner:
            own = _columns(group_at(inner, DYNAMICS, path), index[members], path)
            for key, values in own.items():
                _put(dynamics, key, members, values, n)
    return NodePopulation(name, path, types, ids, rows, attributes, dynamics)


def _check_ids(ids: np.ndarray, name: str, path: Path) -> None:
    if not ids.size:
        return
    if ids.min() < 0 or ids.max() >= _MOST_GAPS * (ids.size + 1024):
        bad = int(ids.min() if ids.min() < 0 else ids.max())
        raise refused(path, f"population {name} has the node_id {bad}", "ids count from 0")
    counts = np.bincount(ids)
    if counts.max() > 1:
        twice = int(counts.argmax())
        raise refused(
            path, f"population {name} has two nodes with node_id {twice}", "ids are unique"
        )


def _groups_of(group: h5py.Group, path: Path, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the HDF5 group of each node, and its place there (int64 (n,) each)."""
    if "node_group_id" not in group:
        return np.zeros(n, dtype=np.int64), np.arange(n)
    which = column_at(group, "node_group_id", path, n)[:].astype(np.int64)
    return which, column_at(group, "node_group_index", path, n)[:].astype(np.int64)


def _columns(group: h5py.Group, index: np.ndarray, path: Path) -> dict[str, np.ndarray]:
    """All attributes of a group, at some places."""
    found = {}
    for name, dataset in group.items():
        if not isinstance(dataset, h5py.Dataset):
            continue
        if index.size and not 0 <= index.min() <= index.max() < dataset.shape[0]:
            raise refused(
                path,
                f"node_group_index has {int(index.max())}",
                f"{dataset.name} has {dataset.shape[0]:,} rows",
                "make the file anew",
            )
        values = dataset.asstr()[:] if h5py.check_string_dtype(dataset.dtype) else dataset[:]
        found[name] = _by_library(group, name, values)[index]
    return found


def _by_library(group: h5py.Group, name: str, values: np.ndarray) -> np.ndarray:
    """Values as text, where a library of texts gives numbers a meaning."""
    library = group.get(f"@library/{name}")
    if library is None:
        return values
    texts = library.asstr()[:].astype(object)
    found: np.ndarray = texts[values.astype(np.int64)]
    return found


def _put(
    known: dict[str, np.ndarray], name: str, members: np.ndarray, values: np.ndarray, n: int
) -> None:
    """Put values of some nodes into the array of all."""
    text = values.dtype.kind not in "iufb"
    if name not in known:
        shape = (n, *values.shape[1:])
        known[name] = np.full(shape, None, object) if text else np.full(shape, np.nan)
    known[name][members] = values


def _of_any(types: TypesTable, name: str) -> bool:
    return any(name in row for row in types.rows)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _without_type(path: Path, types: TypesTable, number: int, of: str) -> FileError:
    return refused(
        path,
        f"{of} has the node_type_id {number}",
        f"{types.path} has no row with it",
        "add the row, or correct the node",
    )
