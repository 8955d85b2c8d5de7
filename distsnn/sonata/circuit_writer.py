"""Writing circuits: nodes, types, parameters, spikes and the configuration; edges made complete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

# Rows of a column that are read and written at once.
_ROWS = 1 << 20


@dataclass(frozen=True, eq=False)
class NodesToWrite:
    """A population of nodes of one type.

    Attributes
    ----------
    name : str
    size : int
    template : str
        Name of the model of NEST; empty of virtual nodes.
    parameters : mapping of str to array (N,) or (N, n)
    spikes : tuple of int64 and float64 arrays (n,), or None
        Index and time (ms, as NEST labels it) of each spike of virtual nodes.
    """

    name: str
    size: int
    template: str
    parameters: Mapping[str, np.ndarray]
    spikes: tuple[np.ndarray, np.ndarray] | None = None


@dataclass(frozen=True, eq=False)
class EdgesToWrite:
    """The type of the edges of one population, which are in a file already.

    Attributes
    ----------
    name : str
    template : str
        Name of the model of synapses.
    parameters : mapping of str to float
    negative : bool
        Whether weights are written below zero.
    """

    name: str
    template: str
    parameters: Mapping[str, float]
    negative: bool = False


def write_circuit(
    folder: Path,
    nodes: Sequence[NodesToWrite],
    edges: Sequence[EdgesToWrite],
    run: Mapping[str, float],
) -> None:
    """Write all files of a circuit but the edges, which it makes complete.

    Parameters
    ----------
    folder : Path
        Its folder ``network`` has a file of edges already, if there are any.
    nodes, edges : sequences
    run : mapping of str to float
        ``dt`` and ``tstop``, ms.
    """
    for name in ("models", "synapses"):
        (folder / name).mkdir(exist_ok=True)
    entries: dict[str, list[dict[str, str]]] = {"nodes": [], "edges": []}
    for population in nodes:
        _write_nodes(folder, population)
        entries["nodes"].append(_entry("node", population.name))
    for one in edges:
        entries["edges"].append(_entry("edge", one.name))
        _write_edges(folder, one)
    config = {
        "manifest": {"$CIRCUIT": "${configdir}"},
        "target_simulator": "NEST",
        "components": {
            "point_neuron_models_dir": "$CIRCUIT/models",
            "synaptic_models_dir": "$CIRCUIT/synapses",
        },
        "networks": entries,
        "run": dict(run),
        "inputs": {
            p.name: {
                "input_type": "spikes",
                "module": "sonata",
                "input_file": "$CIRCUIT/spikes.h5",
                "node_set": p.name,
            }
            for p in nodes
            if p.spikes is not None
        },
        "output": {"output_dir": "$CIRCUIT/output", "spikes_file": "spikes.h5"},
    }
    _write_spikes(folder / "spikes.h5", nodes)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf8")


def _entry(kind: str, name: str) -> dict[str, str]:
    file = f"{name}_nodes" if kind == "node" else f"{name}_edges"
    return {
        f"{kind}s_file": f"$CIRCUIT/network/{file}.h5",
        f"{kind}_types_file": f"$CIRCUIT/network/{name}_{kind}_types.csv",
    }


def _write_nodes(folder: Path, population: NodesToWrite) -> None:
    """The nodes of a population, their type and its parameters.

    Readers that take parameters of nodes take no others, so all are of nodes if one differs.
    """
    name, n = population.name, population.size
    varied = any((v != v[0]).any() for v in population.parameters.values())
    with h5py.File(folder / "network" / f"{name}_nodes.h5", "w") as file:
        group = file.create_group(f"nodes/{name}")
        group["node_id"] = np.arange(n, dtype=np.uint64)
        group["node_type_id"] = np.full(n, 100, dtype=np.uint64)
        group["node_group_id"] = np.zeros(n, dtype=np.uint32)
        group["node_group_index"] = np.arange(n, dtype=np.uint64)
        inner = group.create_group("0")
        if varied:
            given = inner.create_group("dynamics_params")
            for parameter, values in population.parameters.items():
                given[parameter] = values
    kind = "point_neuron" if population.template else "virtual"
    row = ["100", kind]
    if population.template:
        constant = {} if varied else {k: v[0].tolist() for k, v in population.parameters.items()}
        (folder / "models" / f"{name}.json").write_text(
            json.dumps(constant, indent=1) + "\n", encoding="utf8"
        )
        row += [f"nest:{population.template}", f"{name}.json"]
    columns = ["node_type_id", "model_type", "model_template", "dynamics_params"][: len(row)]
    _write_table(folder / "network" / f"{name}_node_types.csv", columns, row)


def _write_edges(folder: Path, one: EdgesToWrite) -> None:
    """The type of a population of edges, and what its file lacks."""
    row = ["0", f"{one.name}.json", one.template, "-1" if one.negative else "1"]
    columns = ["edge_type_id", "dynamics_params", "model_template", "nsyns"]
    _write_table(folder / "network" / f"{one.name}_edge_types.csv", columns, row)
    (folder / "synapses" / f"{one.name}.json").write_text(
        json.dumps(dict(one.parameters), indent=1) + "\n", encoding="utf8"
    )
    with h5py.File(folder / "network" / f"{one.name}_edges.h5", "r+") as file:
        group = file[f"edges/{one.name}"]
        n = group["edge_type_id"].shape[0]
        for name, kind in (("edge_group_id", np.uint16), ("edge_group_index", np.uint32)):
            made = group.create_dataset(name, (n,), kind, chunks=(min(n, _ROWS),) if n else None)
            for first in range(0, n, _ROWS):
                last = min(n, first + _ROWS)
                index = name == "edge_group_index"
                made[first:last] = np.arange(first, last) if index else 0
        inner = group["0"]
        # The time from spike to effect, of which SONATA has no parts.
        for first in range(0, n, _ROWS):
            last = min(n, first + _ROWS)
            inner["delay"][first:last] += inner["dendritic_delay"][first:last]
        del inner["dendritic_delay"], inner["number"]
        # It is no file of weights any more.
        if "distsnn" in file:
            del file["distsnn"]


def _write_table(path: Path, columns: Sequence[str], row: Sequence[str]) -> None:
    path.write_text(f"{' '.join(columns)}\n{' '.join(row)}\n", encoding="utf8")


def _write_spikes(path: Path, nodes: Sequence[NodesToWrite]) -> None:
    given: list[Any] = [p for p in nodes if p.spikes is not None]
    if not given:
        return
    with h5py.File(path, "w") as file:
        for population in given:
            index, times = population.spikes
            group = file.create_group(f"spikes/{population.name}")
            sorting = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype=np.uint8)
            group.attrs.create("sorting", 0, dtype=sorting)
            group["timestamps"], group["node_ids"] = times, index.astype(np.uint64)
            group["timestamps"].attrs["units"] = "ms"
