"""Spikes of virtual nodes from the files that a configuration names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from distsnn.sonata.circuit import Circuit
from distsnn.sonata.circuit_files import column_at, group_at, opened, read_table, refused
from distsnn.sonata.configuration import Configuration
from distsnn.sonata.node_sets import NodeSets

# NEST counts time in tics.
_TICS_PER_MS = 1000.0
_HDF5 = ("h5", "hdf5", "sonata")
# Ids of nodes and times (ms) of spikes, by population; None stands for that of the node set.
_Spikes = dict[str | None, tuple[np.ndarray, np.ndarray]]


def spikes_of(circuit: Circuit) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The spikes of all virtual parts: index of the node and step (int64 (n,)), by part.

    As BMTK gives them to NEST, a spike belongs to the step at whose end or before it lies. Raises
    FileError if a file is not as it should be, or a spike is of a node that is not virtual.
    """
    configuration = circuit.configuration
    sets = NodeSets(configuration, circuit.populations)
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for name, given in configuration.section("inputs").items():
        where = f"inputs.{name}"
        if given.get("enabled", True) and given.get("input_type") == "spikes":
            nodes = sets.nodes(given.get("node_set", "all"), where)
            for part, times in _input(circuit, given, where, nodes):
                found.setdefault(part, []).append(times)
    return {
        part: (
            np.concatenate([index for index, _ in each]),
            spike_steps(np.concatenate([times for _, times in each]), configuration.dt),
        )
        for part, each in found.items()
    }


def spike_steps(times: np.ndarray, dt: float) -> np.ndarray:
    """The step (int64 (n,)) of a source's spike at each time (ms)."""
    per_step = max(1, round(dt * _TICS_PER_MS))
    tics = np.trunc(times * _TICS_PER_MS).astype(np.int64)
    tics -= tics % per_step
    label = tics // per_step + (tics * (1.0 / _TICS_PER_MS) < times)
    return label - 1


def _input(
    circuit: Circuit, given: Mapping[str, Any], where: str, nodes: Mapping[str, np.ndarray]
) -> list[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Indices in its part, and times (ms), of the spikes of one input, by part."""
    configuration = circuit.configuration
    found = []
    for path in _files(configuration, given, where):
        spikes = _read(path, given, where, configuration)
        for name, chosen in nodes.items():
            if name not in spikes and None not in spikes:
                continue
            ids, times = spikes[name if name in spikes else None]
            population = circuit.parts_of(name)[0].population
            if (times <= 0).any():
                raise refused(
                    path,
                    f"node {ids[np.argmax(times <= 0)]} spikes at {times.min():g} ms",
                    "spikes come after 0 ms",
                    "leave it out",
                )
            known = population.position_of_id
            inside = (ids >= 0) & (ids < known.size)
            position = np.where(inside, known[np.where(inside, ids, 0)], -1)
            for part in circuit.parts_of(name):
                index = np.full(population.size + 1, -1, dtype=np.int64)
                index[part.nodes] = np.arange(part.size)
                own = np.flatnonzero((index[position] >= 0) & np.isin(position, chosen))
                if own.size and part.cell is not None:
                    raise refused(
                        path,
                        f"node {ids[own[0]]} of {name} is a {part.template}",
                        "spikes are given for virtual nodes",
                        f"correct node_set of {where}",
                    )
                if part.cell is None:
                    found.append((part.name, (index[position[own]], times[own])))
    return found


def _files(configuration: Configuration, given: Mapping[str, Any], where: str) -> Sequence[Path]:
    names = given.get("input_file")
    names = names if isinstance(names, list) else [names]
    if not names or not all(isinstance(name, str) for name in names):
        raise configuration.refused(f"{where} has no input_file", "it names a file of spikes")
    if len(names) > 1:
        raise configuration.refused(
            f"{where}.input_file names {len(names)} files",
            "each is for a run of its own, and there is one run",
            "leave one, or make one configuration for each",
        )
    return [Path(name) for name in names]


def _read(
    path: Path, given: Mapping[str, Any], where: str, configuration: Configuration
) -> _Spikes:
    module = given.get("module")
    if module in _HDF5:
        with opened(path, str(configuration.path)) as file:
            return _of_hdf5(file, path)
    if module == "csv":
        return _of_table(path, str(configuration.path))
    if module == "nwb":
        with opened(path, str(configuration.path)) as file:
            return _of_nwb(file, path, given)
    raise configuration.refused(
        f"{where}.module is {module!r}", f"spikes are read from {', '.join(_HDF5)}, csv and nwb"
    )


def _of_hdf5(file: h5py.File, path: Path) -> _Spikes:
    spikes = group_at(file, "spikes", path)
    if "timestamps" in spikes:
        # From before populations had groups of their own.
        ids = "gids" if "gids" in spikes else "node_ids"
        return {None: _columns(spikes, ids, path)}
    return {name: _columns(group_at(spikes, name, path), "node_ids", path) for name in spikes}


def _columns(group: h5py.Group, ids: str, path: Path) -> tuple[np.ndarray, np.ndarray]:
    times = column_at(group, "timestamps", path)
    nodes = column_at(group, ids, path, times.shape[0])
    found = np.asarray(times[:], dtype=np.float64)
    if not np.isfinite(found).all():
        raise refused(path, f"{times.name} has a time that is no number", "times are in ms")
    return nodes[:].astype(np.int64), found


def _of_table(path: Path, named_in: str) -> _Spikes:
    columns, rows = read_table(path, named_in)
    at = {name: columns.index(name) for name in ("timestamps", "node_ids") if name in columns}
    if len(at) < 2:
        raise refused(
            path,
            f"columns are {', '.join(columns)}",
            "spikes have timestamps, node_ids and perhaps population",
            "correct the first line",
        )
    try:
        times = np.array([float(row[at["timestamps"]]) for row in rows])
        ids = np.array([int(row[at["node_ids"]]) for row in rows], dtype=np.int64)
    except ValueError as error:
        raise refused(path, f"{error}", "times are numbers, ids whole numbers") from None
    if "population" not in columns:
        return {None: (ids, times)}
    names = np.array([row[columns.index("population")] for row in rows], object)
    return {n: (ids[names == n], times[names == n]) for n in dict.fromkeys(names.tolist())}


def _of_nwb(file: h5py.File, path: Path, given: Mapping[str, Any]) -> _Spikes:
    """Trains of one trial of the files that earlier versions of BMTK's tools wrote."""
    trial = str(given.get("trial", "trial_0"))
    trains = group_at(file, f"processing/{trial}/spike_train", path)
    ids, times = [], []
    for name in trains:
        data = np.asarray(trains[f"{name}/data"][:], dtype=np.float64)
        ids.append(np.full(data.size, int(name), dtype=np.int64))
        times.append(data)
    none = np.empty(0)
    return {None: (np.concatenate([none.astype(np.int64), *ids]), np.concatenate([none, *times]))}
