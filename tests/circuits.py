"""A small circuit in the files of SONATA that uses most of what they can say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

CELLS, INPUTS, EDGES = 14, 5, 90
MODELS = {
    "exc.json": {"tau_m": 12.0, "V_th": -58.0, "I_e": 260.0},
    "inh.json": {"C_m": 200.0, "tau_syn_ex": 0.7, "tau_syn_in": 1.5, "I_e": 190.0, "V_m": -65.0},
}
NODE_TYPES = """\
node_type_id model_type model_template dynamics_params ei layer
10 point_neuron nest:iaf_psc_exp exc.json e 4
11   point_process nest:iaf_psc_alpha   inh.json i NULL
20 virtual NULL NULL e "2 3"
"""
EDGE_TYPES = """\
edge_type_id target_query source_query syn_weight delay nsyns model_template dynamics_params
1 * ei=='e' 15.5 1.5 NULL static_synapse plain.json
2 "ei=='i' & x" ei=='i' -22.0 NULL 3 NULL NULL
3 * * NULL 0.8 NULL nest:static_synapse late.json
"""
SYNAPSES: dict[str, dict[str, Any]] = {"plain.json": {}, "late.json": {"delay": 2.5}}


@dataclass
class SmallCircuit:
    """The content of the files, which tests change before they write them."""

    models: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(MODELS)))
    synapses: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(SYNAPSES)))
    node_types: str = NODE_TYPES
    edge_types: str = EDGE_TYPES
    nodes: dict[str, Any] = field(default_factory=dict)
    edges: dict[str, Any] = field(default_factory=dict)
    spikes: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(4)
        # Nodes of both models lie between each other, and ids are not those of the rows.
        self.nodes = {
            "nodes/cells/node_id": rng.permutation(CELLS).astype(np.uint64),
            "nodes/cells/node_type_id": np.array([10, 11] * 7, dtype=np.uint64),
            "nodes/cells/node_group_id": np.array([0] * 9 + [1] * 5, dtype=np.uint32),
            "nodes/cells/node_group_index": np.r_[0:9, 4:-1:-1].astype(np.uint64),
            "nodes/cells/0/x": np.arange(9.0),
            "nodes/cells/1/dynamics_params/t_ref": np.arange(1.0, 2.0, 0.2),
            "nodes/input/node_type_id": np.full(INPUTS, 20, dtype=np.uint64),
        }
        target = rng.integers(0, CELLS, EDGES).astype(np.uint64)
        which = (np.arange(EDGES) % 3 == 0).astype(np.uint16)
        index = np.where(which, np.cumsum(which) - 1, np.cumsum(1 - which) - 1)
        cells = {
            "source_node_id": rng.integers(0, CELLS, EDGES).astype(np.uint64),
            "target_node_id": target,
            "edge_type_id": rng.integers(1, 3, EDGES).astype(np.uint32),
            "edge_group_id": which,
            "edge_group_index": index.astype(np.uint32),
            "0/syn_weight": np.where(rng.random(EDGES) < 0.5, 12.25, -9.0),
            "1/nsyns": rng.integers(1, 5, EDGES).astype(np.uint8),
            "1/delay": rng.integers(8, 30, EDGES) * 0.1,
        }
        given = {
            "source_node_id": rng.integers(0, INPUTS, 40).astype(np.uint64),
            "target_node_id": np.sort(rng.integers(0, CELLS, 40)).astype(np.uint64),
            "edge_type_id": np.full(40, 3, dtype=np.uint32),
            "0/syn_weight": rng.random(40).astype(np.float32) * 200,
        }
        self.edges = {f"edges/cells_to_cells/{k}": v for k, v in cells.items()}
        self.edges |= {f"edges/input_to_cells/{k}": v for k, v in given.items()}
        times = np.sort(rng.random(60) * 50) + 0.001
        self.spikes = {
            "spikes/input/timestamps": np.r_[times, [times[5]] * 3],
            "spikes/input/node_ids": np.r_[rng.integers(0, INPUTS, 60), 2, 2, 2].astype(np.uint64),
        }
        self.config = {
            "manifest": {"$HERE": "${configdir}", "$NET": "$HERE/network"},
            "components": {
                "point_neuron_models_dir": "$HERE/models",
                "synaptic_models_dir": "$HERE/synapses",
            },
            "networks": {
                "nodes": [{"nodes_file": "$NET/nodes.h5", "node_types_file": "$NET/nodes.csv"}],
                "edges": [{"edges_file": "$NET/edges.h5", "edge_types_file": "$NET/edges.csv"}],
            },
            "run": {"dt": 0.1, "tstop": 60.0},
            "inputs": {
                "given": {
                    "input_type": "spikes",
                    "module": "sonata",
                    "input_file": "$HERE/spikes.h5",
                    "node_set": "input",
                }
            },
            "output": {"output_dir": "$HERE/output", "spikes_file": "spikes.h5"},
            "target_simulator": "NEST",
        }

    def write(self, folder: Path) -> Path:
        """Write all files; the path of the configuration."""
        for name in ("network", "models", "synapses"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for inside, files in (("models", self.models), ("synapses", self.synapses)):
            for name, content in files.items():
                (folder / inside / name).write_text(json.dumps(content), encoding="utf8")
        (folder / "network" / "nodes.csv").write_text(self.node_types, encoding="utf8")
        (folder / "network" / "edges.csv").write_text(self.edge_types, encoding="utf8")
        _write(folder / "network" / "nodes.h5", self.nodes)
        with _write(folder / "network" / "edges.h5", self.edges, stays=True) as file:
            for name, source in (("cells_to_cells", "cells"), ("input_to_cells", b"input")):
                for end, population in (("source", source), ("target", "cells")):
                    column = f"edges/{name}/{end}_node_id"
                    if column in file:
                        file[column].attrs["node_population"] = population
        _write(folder / "spikes.h5", self.spikes)
        path = folder / "config.json"
        path.write_text(json.dumps(self.config), encoding="utf8")
        return path

    def expected(self) -> dict[str, list[tuple[float, ...]]]:
        """Source id, target id, weight and delay of each edge, sorted, by population."""
        types: dict[int, dict[str, float]] = {
            1: {"syn_weight": 15.5, "delay": 1.5},
            2: {"syn_weight": -22.0, "nsyns": 3, "delay": 1.0},
            3: {"delay": 0.8},
        }
        found: dict[str, list[tuple[float, ...]]] = {}
        for name in ("cells_to_cells", "input_to_cells"):
            at = {k.split("/", 2)[2]: v for k, v in self.edges.items() if k.split("/")[1] == name}
            rows = []
            for e in range(at["source_node_id"].size):
                own = dict(types[int(at["edge_type_id"][e])])
                group = int(at["edge_group_id"][e]) if "edge_group_id" in at else 0
                index = int(at["edge_group_index"][e]) if "edge_group_id" in at else e
                for column in ("syn_weight", "nsyns", "delay"):
                    if f"{group}/{column}" in at:
                        own[column] = float(at[f"{group}/{column}"][index])
                weight = own["syn_weight"] * own.get("nsyns", 1)
                ends = int(at["source_node_id"][e]), int(at["target_node_id"][e])
                rows.append((*ends, weight, round(own["delay"], 6)))
            found[name] = sorted(rows)
        return found


def _write(path: Path, content: dict[str, Any], stays: bool = False) -> Any:
    file = h5py.File(path, "w")
    for name, values in content.items():
        file[name] = values
    if not stays:
        file.close()
    return file


def indexed(path: Path, population: str, n_nodes: int) -> None:
    """Sort the edges of a population by target, and write the index that BMTK writes."""
    with h5py.File(path, "r+") as file:
        group = file[f"edges/{population}"]
        order = np.argsort(group["target_node_id"][:], kind="stable")
        for column in group.values():
            if isinstance(column, h5py.Dataset):
                column[:] = column[:][order]
        bounds = np.searchsorted(group["target_node_id"][:], np.arange(n_nodes + 1))
        has = np.flatnonzero(np.diff(bounds))
        nodes = np.zeros((n_nodes, 2), dtype=np.uint64)
        nodes[has, 0], nodes[has, 1] = np.arange(has.size), np.arange(1, has.size + 1)
        index = group.create_group("indices/target_to_source")
        index["node_id_to_range"] = nodes
        index["range_to_edge_id"] = np.stack([bounds[has], bounds[has + 1]], axis=1)
