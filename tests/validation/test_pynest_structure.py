"""Synaptic elements grow as in NEST, and connections come and go with them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import distsnn.nest
from distsnn.errors import DistsnnError, ParameterError
from tests.pynest_scripts import rewired


def grown(nest: Any) -> list[list[float]]:
    """Calcium and elements of each curve, before and after vacant ones decay."""
    nest.ResetKernel()
    elements = {
        "A": {"growth_curve": "gaussian", "growth_rate": 0.002, "eta": 0.01, "eps": 0.05},
        "B": {"growth_curve": "sigmoid", "growth_rate": 0.001, "eps": 0.03, "psi": 0.02, "z": 3.0},
        "C": {"growth_curve": "linear", "growth_rate": 0.003, "eps": 0.02, "tau_vacant": 0.2},
    }
    cells = nest.Create("iaf_psc_exp", 3, params={"synaptic_elements": elements})
    cells.set(I_e=[400.0, 500.0, 0.0])
    cells.set({"beta_Ca": 0.004, "tau_Ca": 300.0})
    others = nest.Create("iaf_psc_exp", 2, params={"tau_Ca": 200.0, "I_e": 600.0})
    nest.structural_plasticity_update_interval = 100.0
    found = []
    for k, duration in enumerate((250.0, 260.0, 70.0)):
        nest.Simulate(duration)
        numbers = [x[name]["z"] for x in cells.synaptic_elements for name in "ABC"]
        found.append([*cells.Ca, *others.Ca, *numbers])
        if k == 0:
            nest.EnableStructuralPlasticity()
        else:
            cells.synaptic_elements_param = {"B": {"growth_rate": 0.01}}
            cells[0].Ca = 0.1
    return found


def test_elements_grow_as_in_nest(peer: ModuleType) -> None:
    np.testing.assert_allclose(grown(distsnn.nest), grown(peer), rtol=1e-10)


def test_connections_take_elements() -> None:
    found = rewired()
    for z, connected, n in zip(found["z"], found["connected"], found["n"], strict=True):
        # Since the last update elements may have become fewer.
        assert (np.array(connected) <= np.floor(z) + 1).all()
        assert sum(connected[::2]) == sum(connected[1::2]) == n
    # All 24 but what would have joined a neuron to itself.
    assert 18 <= found["n"][0] <= 24
    assert 0 < found["n"][1] < found["n"][0]
    assert found["n"][2] > found["n"][1]
    # No neuron is joined to itself.
    assert all(s != t for s, t in zip(found["sources"], found["targets"], strict=True))


def test_what_does_not_fit_is_refused() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2, params={"synaptic_elements": {"A": {}, "B": {}}})
    ends = {"pre_synaptic_element": "A", "post_synaptic_element": "B"}
    nest.Connect(cells, cells, "one_to_one", ends)
    assert [x["B"]["z_connected"] for x in cells.synaptic_elements] == [1, 1]
    nest.GetConnections(cells[:1]).disconnect()
    assert [x["A"]["z_connected"] for x in cells.synaptic_elements] == [0, 1]
    for conn, syn, said in (
        ({"rule": "fixed_indegree", "indegree": 1}, ends, "elements with fixed_indegree"),
        (None, {"pre_synaptic_element": "A"}, "one of pre_synaptic_element"),
    ):
        with pytest.raises(ParameterError, match=said):
            nest.Connect(cells, cells, conn, syn)
    for params, said in (
        ({"synaptic_elements": {"A": {"growth": 1.0}}}, "growth"),
        ({"synaptic_elements": {"A": {"growth_curve": "cubic"}}}, "cubic"),
        ({"synaptic_elements_param": {"C": {"z": 1.0}}}, "C"),
    ):
        with pytest.raises(DistsnnError, match=said):
            cells.set(params)
    with pytest.raises(ParameterError, match="synapse_model is missing"):
        nest.structural_plasticity_synapses = {"s": ends}
    other = nest.Create("iaf_psc_exp")
    nest.Simulate(1.0)
    with pytest.raises(ParameterError, match="not followed"):
        other.get("Ca")
    nest.ResetKernel()
