"""Circuits of NEURON's IntFire1 cells, beside a loop over the events of each step."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import distsnn as snn
from tests.circuits import CELLS, SmallCircuit
from tests.unit.sonata.test_circuits import edges_of

STEPS, DT = 600, 0.1
TIMES = {10: (0.012, 0.003), 11: (0.02, 0.001)}


def circuit_of_cells() -> SmallCircuit:
    circuit = SmallCircuit()
    circuit.node_types = re.sub(r"nest:iaf_psc_\w+", "nrn:IntFire1", circuit.node_types)
    for file, (tau, refrac) in zip(("exc.json", "inh.json"), TIMES.values(), strict=True):
        circuit.models[file] = {"tau": tau, "refrac": refrac, "type": "NEURON_IntFire1"}
    circuit.synapses["plain.json"] |= {"sign": -1, "level_of_detail": "instanteneous"}
    circuit.edge_types = circuit.edge_types.replace("15.5", "0.31").replace("-22.0", "-0.17")
    del circuit.nodes["nodes/cells/1/dynamics_params/t_ref"]
    for name in ("cells_to_cells", "input_to_cells"):
        weight = f"edges/{name}/0/syn_weight"
        circuit.edges[weight] = 0.04 * circuit.edges[weight]
    return circuit


def spikes_by_loop(
    circuit: SmallCircuit, edges: dict[str, list[tuple[float, ...]]]
) -> set[tuple[int, int]]:
    """Step (at whose end a cell fires, as NEST labels it) and id of each spike."""
    types = dict(zip(
        circuit.nodes["nodes/cells/node_id"], circuit.nodes["nodes/cells/node_type_id"], strict=True
    ))  # fmt: skip
    arriving = np.zeros((STEPS + 100, CELLS))
    given = circuit.spikes["spikes/input/timestamps"], circuit.spikes["spikes/input/node_ids"]
    for t, source in zip(*given, strict=True):
        for i, j, w, delay in edges["input_to_cells"]:
            if i == source:
                step = int(np.ceil(round(t / DT, 9))) + round(delay / DT)
                arriving[min(step, STEPS + 99), int(j)] += w
    m, deaf, found = np.zeros(CELLS), np.full(CELLS, -1), set()
    for step in range(1, STEPS + 1):
        for cell in range(CELLS):
            tau, refrac = TIMES[int(types[cell])]
            if step <= deaf[cell]:
                continue
            m[cell] = m[cell] * np.exp(-DT / (1000 * tau)) + arriving[step, cell]
            if m[cell] > 1.0:
                found.add((step, cell))
                m[cell], deaf[cell] = 0.0, step + round(1000 * refrac / DT)
                for i, j, w, delay in edges["cells_to_cells"]:
                    if i == cell:
                        arriving[step + round(delay / DT), int(j)] += w
    return found


def test_spikes_are_those_of_a_loop_over_events(tmp_path: Path) -> None:
    circuit = circuit_of_cells()
    circuit.config["run"] = {"dt": DT, "tstop": STEPS * DT}
    net = snn.Network.from_sonata(circuit.write(tmp_path))
    edges = edges_of(net)
    # A sign of a type is that of its weights.
    assert min(w for rows in edges.values() for _, _, w, _ in rows) < 0
    net.run()
    times, nodes = snn.SpikeFile(tmp_path / "output" / "spikes.h5").spikes("cells")
    expected = spikes_by_loop(circuit, edges)
    assert len(expected) > 20
    steps = np.rint(times / DT).astype(int).tolist()
    assert set(zip(steps, nodes.tolist(), strict=True)) == expected
