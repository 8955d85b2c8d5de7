"""Files of circuits that are not as they should be: one clear line, the same on all ranks."""

# ruff: noqa: E501 - each fault stands beside what is said of it

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import DistsnnError, RankError
from distsnn.exchange import World, run_loopback
from tests.circuits import CELLS as N
from tests.circuits import SmallCircuit, indexed

Change = Callable[[SmallCircuit], object]
CELLS, GIVEN = "edges/cells_to_cells/", "edges/input_to_cells/"


def drop(where: str, name: str) -> Change:
    return lambda circuit: getattr(circuit, where).pop(name)


def put(where: str, name: str, row: int, value: float) -> Change:
    def change(circuit: SmallCircuit) -> None:
        column = np.array(getattr(circuit, where)[name])
        column[row] = value
        getattr(circuit, where)[name] = column

    return change


def replaced(where: str, old: str, new: str) -> Change:
    def change(circuit: SmallCircuit) -> None:
        assert old in getattr(circuit, where)
        setattr(circuit, where, getattr(circuit, where).replace(old, new))

    return change


def model(file: str, **values: object) -> Change:
    return lambda circuit: circuit.models[file].update(values)


def synapse(file: str, **values: object) -> Change:
    return lambda circuit: circuit.synapses[file].update(values)


def config(*keys: str, value: object) -> Change:
    def change(circuit: SmallCircuit) -> None:
        inner = circuit.config
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value

    return change


FAULTS: dict[str, tuple[Change, str]] = {
    "no dataset of nodes": (
        drop("nodes", "nodes/cells/node_type_id"), r"nodes\.h5: there is no dataset .*node_type_id"),
    "no dataset of edges": (
        drop("edges", CELLS + "target_node_id"), r"edges\.h5: there is no dataset .*target_node_id"),
    "no spikes": (drop("spikes", "spikes/input/node_ids"), r"spikes\.h5: .*no dataset .*node_ids"),
    "target out of range": (
        put("edges", CELLS + "target_node_id", 57, 14),
        r"edge 57 of cells_to_cells has target_node_id 14; population cells has 14 nodes"),
    "source out of range": (
        put("edges", GIVEN + "source_node_id", 3, 5), r"edge 3 of input_to_cells .*source_node_id 5"),
    "place in a group": (
        put("edges", CELLS + "edge_group_index", 89, 1000), r"edge 89 .*edge_group_index 1000"),
    "node without type": (
        put("nodes", "nodes/cells/node_type_id", 4, 99), r"node \d+ of cells has the node_type_id 99"),
    "edge without type": (
        put("edges", CELLS + "edge_type_id", 80, 7), r"edge 80 of .*edge_type_id without a row"),
    "weight NaN": (
        put("edges", CELLS + "0/syn_weight", 2, np.nan), r"edge \d+ of .*syn_weight nan"),
    "no weight": (drop("edges", GIVEN + "0/syn_weight"), r"edge 0 of input_to_cells has no syn_weight"),
    "unknown parameter of an edge": (
        lambda c: c.edges.update({GIVEN + "0/dynamics_params/tau_plus": np.full(40, 9.0)}),
        r"edges\.csv: .*tau_plus is 9\.0; parameters of static_synapse are"),
    "parameter of an edge NaN": (
        lambda c: c.edges.update({GIVEN + "0/dynamics_params/delay": np.full(40, np.nan)}),
        r"edge 0 of input_to_cells has delay nan"),
    "negative delay": (
        put("edges", CELLS + "1/delay", 0, -1.0), r"edge \d+ of .* has delay -1; delays are >= 0"),
    "two nodes of one id": (put("nodes", "nodes/cells/node_id", 0, 1), r"two nodes with node_id 1"),
    "unknown model": (
        replaced("node_types", "nest:iaf_psc_exp", "nest:hh_psc"),
        r"nodes\.csv: model_template of type 10 is 'nest:hh_psc'; models are"),
    "model of another kind": (
        replaced("node_types", "10 point_neuron", "10 biophysical"),
        r"nodes\.csv: model_type of type 10 is 'biophysical'"),
    "a field too many": (
        replaced("node_types", "exc.json e 4", "exc.json e 4 5"), r"nodes\.csv: line 2 has 7 fields"),
    "unknown parameter": (model("exc.json", tau=3.0), r"exc\.json: 'tau' is no parameter of iaf_psc"),
    "parameter of another kind": (
        model("exc.json", C_m="large"), r"exc\.json: C_m is 'large'; .*a finite number"),
    "parameter that cannot be": (model("exc.json", C_m=-5.0), r"exc\.json.*C_m can be -5"),
    "no file of parameters": (lambda c: c.models.pop("inh.json"), r"inh\.json: there is no such file"),
    "function in Python": (
        replaced("edge_types", "syn_weight delay nsyns", "weight_function delay nsyns"),
        r"edges\.csv: weight_function of type 1 is '15\.5'"),
    "unknown synapse": (
        replaced("edge_types", "nest:static_synapse", "nest:bcpnn_synapse"),
        r"edges\.csv: model_template of type 3 is 'nest:bcpnn_synapse'"),
    "port of a model without": (
        synapse("late.json", receptor_type=2), r"edges\.csv: .*receptor_type is 2; iaf_psc_\w+ has no"),
    "spike at 0": (put("spikes", "spikes/input/timestamps", 0, 0.0), r"spikes at 0 ms; .*after 0 ms"),
    "spike NaN": (
        put("spikes", "spikes/input/timestamps", 0, np.nan), r"a time that is no number"),
    "unknown node set": (
        config("inputs", "given", "node_set", value="others"), r"inputs\.given has the node set 'oth"),
    "spikes of cells": (
        config("inputs", "given", "node_set", value={"population": "nobody"}), r"population 'nobody'"),
    "unknown input": (
        config("inputs", "given", "module", value="xstim"), r"inputs\.given\.module is 'xstim'"),
    "unknown report": (
        config("reports", "r", value={"module": "ecp", "variable_name": "V_m"}), r"reports\.r\.module"),
    "unknown variable": (
        config("reports", "r", value={"module": "multimeter", "variable_name": "V", "cells": "cells"}),
        r"reports\.r\.variable_name is 'V'; variables"),
    "no time": (config("run", value={"dt": 0.1}), r"config\.json: run\.tstop is missing"),
    "no step": (config("run", value={"tstop": 10.0}), r"config\.json: run\.dt is missing"),
    "circle of variables": (
        config("manifest", value={"$A": "$B/x", "$B": "$A"}), r"manifest: \$A is '\$B/x'"),
    "unknown variable of files": (
        config("manifest", value={"$HERE": "${configdir}"}), r"'\$NET/\w+\.\w+' has the variable \$NET"),
}  # fmt: skip


def said(path: Path) -> str:
    """The message of the error that loading raises; empty if there is none."""
    try:
        snn.Network.from_sonata(path)
    except RankError as error:
        return error.message
    except DistsnnError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_said_in_a_line_on_every_rank(fault: str, tmp_path: Path) -> None:
    change, expected = FAULTS[fault]
    circuit = SmallCircuit()
    change(circuit)
    path = circuit.write(tmp_path)
    alone = said(path)
    assert re.search(expected, alone), alone
    assert "\n" not in alone
    assert run_loopback(3, lambda _: said(path)) == [alone] * 3


@pytest.mark.parametrize("file", ["network/edges.h5", "network/nodes.h5", "spikes.h5"])
@pytest.mark.parametrize("kept", [0.0, 0.4, 0.9])
def test_files_that_end_too_early(file: str, kept: float, tmp_path: Path) -> None:
    path = SmallCircuit().write(tmp_path)
    whole = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(whole[: int(kept * len(whole))])
    alone = said(path)
    assert re.search(rf"{file.rpartition('/')[2]}: it is damaged or no HDF5 file \(.+\)", alone)
    assert "\n" not in alone
    assert run_loopback(3, lambda _: said(path)) == [alone] * 3


def test_an_error_that_one_rank_meets_while_building_ends_all(tmp_path: Path) -> None:
    path = SmallCircuit().write(tmp_path)

    def job(world: World) -> str:
        net = snn.Network.from_sonata(path)
        if world.rank == 0:
            edges = tmp_path / "network" / "edges.h5"
            edges.write_bytes(edges.read_bytes()[:900])
        world.barrier()
        try:
            net.run(1.0)
        except DistsnnError as error:
            return str(error)
        return ""

    found = run_loopback(3, job)
    assert all("edges.h5: it is damaged" in text for text in found), found


def test_an_index_that_does_not_fit_is_found(tmp_path: Path) -> None:
    path = SmallCircuit().write(tmp_path)
    edges = tmp_path / "network" / "edges.h5"
    indexed(edges, "cells_to_cells", N)
    with h5py.File(edges, "r+") as file:
        nodes = file["edges/cells_to_cells/indices/target_to_source/node_id_to_range"]
        nodes[:] = nodes[:][::-1]
    with pytest.raises(DistsnnError, match="indices/target_to_source says"):
        run_loopback(2, lambda _: snn.Network.from_sonata(path).run(1.0))
