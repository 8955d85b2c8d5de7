"""What the files of a circuit say, as groups, synapses and spikes of a network."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from distsnn.nest_models.neuron_table import CIRCUIT_NEURONS
from distsnn.nest_models.synapse_kinds import SYNAPSES
from tests.circuits import CELLS, EDGES, INPUTS, SmallCircuit, indexed


def edges_of(net: snn.Network) -> dict[str, list[tuple[float, ...]]]:
    """Ids of both ends, weight and delay of all synapses, sorted, by population."""
    ids = {name: one.ids for name, one in net._state.recorded_as.items()}
    found: dict[str, list[tuple[float, ...]]] = {}
    for s in net.synapses:
        ends = (ids[end.group.name][index] for end, index in ((s.source, s.i), (s.target, s.j)))
        rows = zip(*(x.tolist() for x in (*ends, s.w[:], np.round(s.delay, 6))), strict=True)
        found.setdefault(s.name.rsplit("_", 1)[0] if s.name[-1].isdigit() else s.name, []).extend(
            rows
        )
    return {name: sorted(rows) for name, rows in found.items()}


def test_a_circuit_is_what_its_files_say(tmp_path: Path) -> None:
    circuit = SmallCircuit()
    net = snn.Network.from_sonata(circuit.write(tmp_path))
    assert {g.name: g.N for g in net.groups} == {
        "cells_iaf_psc_exp": 7,
        "cells_iaf_psc_alpha": 7,
        "input": INPUTS,
    }
    assert net.dt == 0.1
    exp, alpha = net["cells_iaf_psc_exp"], net["cells_iaf_psc_alpha"]
    assert set(exp.tau_m[:]) == {12.0}
    assert set(exp.V_m[:]) == {-70.0}
    assert set(alpha.V_m[:]) == {-65.0}
    # The second group of the file lies in the opposite order, and has a parameter of its own.
    expected = np.full(CELLS, 2.0)
    expected[9:] = np.arange(1.0, 2.0, 0.2)[::-1]
    ids = circuit.nodes["nodes/cells/node_id"]
    for group, start in ((exp, 0), (alpha, 1)):
        by_id = np.argsort(ids[start::2])
        np.testing.assert_array_equal(group.t_ref[:], expected[start::2][by_id])
    assert sorted(type(r).__name__ for r in alpha.receptors) == ["Alpha", "Alpha"]
    assert sorted(r.tau for r in alpha.receptors) == [0.7, 1.5]
    found = edges_of(net)
    assert found == circuit.expected()
    given = net["input"]
    assert given.most_per_step == 3
    label = np.ceil(np.round(circuit.spikes["spikes/input/timestamps"] * 10, 9))
    np.testing.assert_array_equal(np.round(given.times * 10), label - 1)
    # Signs divide the synapses between receptors.
    for s in net.synapses:
        assert (s.w[:] >= 0).all() or (s.w[:] < 0).all()


def test_circuits_name_all_models_of_the_table(tmp_path: Path) -> None:
    for name, kind in CIRCUIT_NEURONS.items():
        if name == "astrocyte_lr_1994":
            # It never spikes, so that no edges begin there.
            continue
        circuit = SmallCircuit(models={"exc.json": {}, "inh.json": {}})
        circuit.node_types = re.sub("iaf_psc_(exp|alpha)", name, circuit.node_types)
        circuit.edge_types = circuit.edge_types.replace("-22.0", "22.0")
        circuit.edge_types = circuit.edge_types.replace("3 NULL NULL", "3 NULL plain.json")
        del circuit.nodes["nodes/cells/1/dynamics_params/t_ref"]
        by_port = kind.make(kind.defaults).by_port
        circuit.synapses = {one: {"receptor_type": int(by_port)} for one in circuit.synapses}
        circuit.edges["edges/cells_to_cells/0/syn_weight"] = np.full(EDGES, 9.0)
        group = snn.Network.from_sonata(circuit.write(tmp_path / name))["cells"]
        assert group.N == CELLS
        for parameter in set(kind.parameters) & set(group.variables()):
            values = group.read(parameter)
            assert np.shape(values) == (CELLS,)
            assert set(values) == {kind.parameters[parameter]}
    for name, synapses in SYNAPSES.items():
        circuit = SmallCircuit()
        circuit.edge_types = circuit.edge_types.replace("nest:static_synapse", f"nest:{name}")
        circuit.edges["edges/input_to_cells/0/syn_weight"] = np.full(40, 0.5)
        net = snn.Network.from_sonata(circuit.write(tmp_path / name))
        rules = synapses.rules(synapses.parameters, 20.0)
        for s in net.synapses:
            expected = (rules.stp, rules.stdp) if s.name.startswith("input") else (None, None)
            assert [type(x) for x in (s.stp, s.stdp)] == [type(x) for x in expected], name


def test_edges_have_parameters_of_synapses_of_their_own(tmp_path: Path) -> None:
    circuit = SmallCircuit()
    circuit.edge_types = circuit.edge_types.replace("nest:static_synapse", "nest:tsodyks2_synapse")
    circuit.synapses["late.json"] |= {"tau_rec": 300.0, "U": 0.9}
    weight = np.arange(1.0, 41.0)
    own = np.where(weight % 3 == 0, 0.7, 0.2)
    circuit.edges["edges/input_to_cells/0/syn_weight"] = weight
    for name in ("U", "u"):
        circuit.edges[f"edges/input_to_cells/0/dynamics_params/{name}"] = own
    # Those of the other edges change where they act, and when.
    circuit.edges["edges/cells_to_cells/0/dynamics_params/delay"] = np.full(60, 3.5)
    net = snn.Network.from_sonata(circuit.write(tmp_path))
    given = [s for s in net.synapses if s.name.startswith("input")]
    assert {s.stp.U for s in given} == {0.2, 0.7}
    for s in given:
        assert s.stp.tau_d == 300.0
        assert all((w % 3 == 0) == (s.stp.U == 0.7) for w in s.w[:])
    assert sum(len(s.i) for s in given) == 40
    delays = [d for *_, d in edges_of(net)["cells_to_cells"]]
    assert delays.count(3.5) == 60


def test_ranks_read_the_same_with_an_index_or_without(tmp_path: Path) -> None:
    circuit = SmallCircuit()
    for name in ("plain", "sorted"):
        circuit.write(tmp_path / name)
    indexed(tmp_path / "sorted" / "network" / "edges.h5", "cells_to_cells", CELLS)
    spikes = {}
    for name in ("plain", "sorted"):
        path = tmp_path / name / "config.json"
        for count in (1, 2, 3, 4, 7):
            record = tmp_path / f"{name}-{count}.h5"

            def job(_: object, path: Path = path, record: Path = record) -> str:
                net = snn.Network.from_sonata(path)
                net.run(60.0, record=record)
                return str(net.description.digest)

            assert len(set(run_loopback(count, job))) == 1
            assert record.read_bytes() == (tmp_path / f"{name}-1.h5").read_bytes()
        spikes[name] = snn.SpikeFile(tmp_path / f"{name}-1.h5")
        assert spikes[name].groups == {"cells": CELLS}
    plain, other = (spikes[name].spikes("cells") for name in ("plain", "sorted"))
    assert len(plain[0]) > 20
    # Another order of edges changes no more than the order of sums.
    assert len(other[0]) == pytest.approx(len(plain[0]), abs=3)
