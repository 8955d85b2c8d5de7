"""Parameters, coefficients and states of a rank's neurons."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.groups.neuron_arrays import (
    is_uniform,
    local_coefficients,
    local_parameters,
    local_value,
    per_neuron_coefficients,
)
from distsnn.describe.groups import NeuronDescription
from distsnn.errors import ParameterError
from distsnn.integrate.built_in.lif import lif_form
from distsnn.layout.partition import Range, partition_network

WHOLE = (Range(0, 10, 0),)


def described(group: snn.NeuronGroup) -> NeuronDescription:
    found = group.describe()
    assert isinstance(found, NeuronDescription)
    return found


def test_what_is_uniform() -> None:
    group = snn.NeuronGroup(10, snn.LIF(tau_m=np.arange(1.0, 11.0), C_m=snn.Uniform(100, 200)))
    found = {name: is_uniform(described(group), name) for name in ("tau_m", "C_m", "I_e")}
    assert found == {"tau_m": False, "C_m": False, "I_e": True}
    group.tau_m = 5.0
    group.I_e = 3.0
    group[2:3].E_L = -60.0
    found = {name: is_uniform(described(group), name) for name in ("tau_m", "E_L", "I_e")}
    assert found == {"tau_m": True, "E_L": False, "I_e": True}
    group.E_L = -70.0
    assert is_uniform(described(group), "E_L")
    group.I_e = np.zeros(10)
    assert not is_uniform(described(group), "I_e")


def test_coefficients_that_differ() -> None:
    group = snn.NeuronGroup(10, snn.LIF())
    form = lif_form(described(group))
    assert per_neuron_coefficients(described(group), form.coefficients) == frozenset()
    group[:5].I_e = 1.0
    assert per_neuron_coefficients(described(group), form.coefficients) == {"rest"}
    group[:5].t_ref = 1.0
    assert per_neuron_coefficients(described(group), form.coefficients) == {
        "rest",
        "_refractory_steps",
    }
    group[:5].tau_m = 11.0
    assert "decay_V_m" in per_neuron_coefficients(described(group), form.coefficients)


def test_assignments_apply_in_order() -> None:
    group = snn.NeuronGroup(10, snn.LIF(I_e=1.0), name="cells")
    group.I_e = np.arange(10.0)
    group[2:6].I_e = -1.0
    group[5:8].I_e = [20.0, 21.0, 22.0]
    found = local_value(described(group), "I_e", WHOLE, 0, 1.0, 0.1)
    assert found.tolist() == [0, 1, -1, -1, -1, 20, 21, 22, 8, 9]


@pytest.mark.parametrize("size", [2, 3, 7, 20])
def test_values_do_not_depend_on_the_rank(size: int) -> None:
    group = snn.NeuronGroup(10, snn.LIF(tau_m=snn.Normal(10.0, 1.0, low=1.0)), name="cells")
    group.V_m = snn.Uniform(-70.0, -50.0)
    group[2:6].V_m = snn.Normal(-60.0, 1.0)
    group[4:9].I_e = np.arange(5.0)
    description = snn.Network(group, seed=5).description
    local = described(group)
    whole = {
        name: local_value(local, name, WHOLE, 5, default, 0.1)
        for name, default in (("V_m", 0.0), ("I_e", 0.0), ("tau_m", group.model.tau_m))
    }
    for rank in range(size):
        ranges = partition_network(description, rank, size).ranges[0]
        index = [i for r in ranges for i in range(r.start, r.stop)]
        for name, default in (("V_m", 0.0), ("I_e", 0.0), ("tau_m", group.model.tau_m)):
            found = local_value(local, name, ranges, 5, default, 0.1)
            assert found.tolist() == whole[name][index].tolist()


def test_draws_differ_by_variable_assignment_seed_and_group() -> None:
    def values(name: str, seed: int, *variables: str) -> list[np.ndarray]:
        group = snn.NeuronGroup(10, snn.LIF(), name=name)
        for variable in variables:
            setattr(group, variable, snn.Uniform(1.0, 2.0))
        return [
            local_value(described(group), v, WHOLE, seed, 0.0, 0.1)
            for v in dict.fromkeys(variables)
        ]

    found = [
        *values("a", 1, "V_m", "I_e"),
        *values("b", 1, "V_m"),
        *values("a", 2, "V_m"),
        *values("a", 1, "V_m", "V_m"),
    ]
    assert len({v.tobytes() for v in found}) == len(found)


def test_parameters_and_coefficients() -> None:
    group = snn.NeuronGroup(10, snn.LIF(I_e=np.arange(10.0), t_ref=2.0), name="cells")
    local = described(group)
    parameters = local_parameters(local, WHOLE, 0, 0.1)
    assert parameters["tau_m"] == 10.0
    assert np.array_equal(parameters["I_e"], np.arange(10.0))
    form = lif_form(local)
    found = local_coefficients(
        form.coefficients, parameters, per_neuron_coefficients(local, form.coefficients), 10
    )
    assert isinstance(found["decay_V_m"], np.float64)
    assert isinstance(found["_refractory_steps"], np.int64)
    rest = found["rest"]
    assert isinstance(rest, np.ndarray)
    assert rest.flags.c_contiguous
    assert rest.flags.writeable
    np.testing.assert_allclose(
        rest, (1 - np.exp(-0.01)) * (-70.0 + np.arange(10.0) * 10.0 / 250.0), rtol=1e-13
    )


@pytest.mark.parametrize("value", [-40.0, [-70.0, -70.0, -55.0]])
@pytest.mark.parametrize("ran", [False, True])
def test_reset_at_or_above_threshold(value: object, ran: bool) -> None:
    cells = snn.NeuronGroup(3, snn.LIF(V_reset=[-70.0, -71.0, -72.0], V_th=-55.0), name="cells")
    network = snn.Network(cells)
    if ran:
        network.run(1.0)
        with pytest.raises(ParameterError, match=r"cells: V_reset=.* is not below V_th=-55 mV"):
            cells.V_reset = value
    else:
        cells.V_reset = value
        with pytest.raises(ParameterError, match=r"cells: V_reset=.* is not below V_th=-55 mV"):
            network.run(1.0)
