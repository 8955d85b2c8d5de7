"""What scripts of Brian 2 ask of networks, clocks, groups and numpy, and get as there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn.brian as b
import distsnn.brian.numpy_ as checked
from distsnn.brian import Hz, kHz, ms, mV


@pytest.fixture(autouse=True)
def scope() -> None:
    b.start_scope()


def test_networks_have_names_and_states_those_of_brian() -> None:
    assert b.Network(name="mine").name == "mine"
    group: Any = b.NeuronGroup(2, "v : 1")
    first, second = b.Network(group), b.Network()
    assert first.name != second.name
    assert first.name.startswith("network")
    assert [*first.get_states()] == ["neurongroup"]
    first.set_states({"neurongroup": {"v": np.array([1, 2])}})
    assert group.v[:].tolist() == [1, 2]
    with pytest.raises(ValueError, match="not an identifier"):
        b.Network(name="a b")


def test_each_object_has_its_clock() -> None:
    clock = b.Clock(0.5 * ms)
    group: Any = b.NeuronGroup(1, "v : 1", threshold="v > 1", dt=0.2 * ms)
    monitors = [
        b.StateMonitor(group, "v", record=0),
        b.SpikeMonitor(group),
        b.StateMonitor(group, "v", record=0, dt=0.4 * ms),
        b.StateMonitor(group, "v", record=0, clock=clock),
    ]
    assert [one.clock.dt / ms for one in monitors] == [0.2, 0.2, 0.4, 0.5]
    assert monitors[-1].clock is clock
    operation: Any = b.NetworkOperation(lambda: None, dt=3 * ms)
    assert [b.BrianObject(dt=2 * ms).clock.dt, operation.clock.dt] == [2 * ms, 3 * ms]


def test_rates_that_change_have_units() -> None:
    given = b.TimedArray([1, 2] * kHz, dt=1 * ms)
    sources: Any = b.PoissonGroup(2, rates="given(t)", dt=0.5 * ms, namespace={"given": given})
    assert sources.rates[1] == 1 * kHz
    assert sources.dt == 0.5 * ms
    others: Any = b.PoissonGroup(3, rates=2 * Hz)
    others.run_regularly("rates = 1*Hz", dt=1 * ms)
    assert others.rates[2] == 2 * Hz


def test_numpy_of_the_star_checks_units() -> None:
    group: Any = b.NeuronGroup(2, "v : volt")
    assert b.np is b.numpy is checked
    group.v = b.np.ones_like(group.v) * 5 * mV
    assert (group.v[:] == 5 * mV).all()
    assert b.np.arange(2 * mV, 4 * mV, 1 * mV)[1] == 3 * mV
    assert isinstance(b.np.zeros_like(group.v[:])[0], float)

    np_of_star = b.np

    @b.check_units(x=1, result=1)
    def bend(x: Any) -> Any:
        return np_of_star.where(x > 1, np_of_star.exp(x), x)

    group = b.NeuronGroup(3, "w : 1", namespace={"bend": bend})
    group.w = "bend(i)"
    np.testing.assert_allclose(group.w[:], [0, 1, np.exp(2)])


def test_a_shared_variable_is_drawn_once() -> None:
    group: Any = b.NeuronGroup(4, "s : 1 (shared)\nv : 1")
    group.s = "rand()"
    group.v = "s"
    assert 0 < group.s[:] < 1
    assert set(group.v[:]) == {float(group.s[:])}
    synapses: Any = b.Synapses(group, group, "c : 1 (shared)\nw : 1")
    synapses.connect()
    synapses.c = "randn()"
    synapses.w = "c"
    assert set(synapses.w[:]) == {float(synapses.c[:])}


def test_one_index_is_that_of_all() -> None:
    group: Any = b.NeuronGroup(5, "v : 1")
    synapses: Any = b.Synapses(group, group)
    synapses.connect(i=[0, 1, 2], j=[4])
    assert [*zip(synapses.i, synapses.j, strict=True)] == [(0, 4), (1, 4), (2, 4)]


def test_an_equation_is_shown_as_it_is_written() -> None:
    equations = b.Equations("dw/dt = -w/tau : 1 (unless refractory)\nn : integer")
    assert [str(equations[x]) for x in ("w", "n")] == [
        "dw/dt = -w / tau : 1 (unless refractory)",
        "n : integer",
    ]


def test_synapses_link_what_another_group_computes() -> None:
    source: Any = b.NeuronGroup(3, "x : volt\ny = 2*x + low : volt", namespace={"low": 1 * mV})
    group: Any = b.NeuronGroup(4, "v : volt", threshold="False")
    synapses: Any = b.Synapses(group, group, "z : volt (linked)\nn : integer", on_pre="v_post += z")
    synapses.connect(j="i")
    synapses.z = b.linked_var(source, "y", index="n")
    source.x, synapses.n = [1, 2, 3] * mV, "i % 3"
    np.testing.assert_allclose(synapses.z / mV, [3, 5, 7, 3])


def test_the_values_of_a_timed_array_are_in_si() -> None:
    given: Any = b.TimedArray([1, 2] * mV, dt=2 * ms)
    np.testing.assert_allclose(given.values, [0.001, 0.002])
    assert given.dt == 2 * ms


def test_the_names_of_brian_1_mean_pathways() -> None:
    given: Any = b.SpikeGeneratorGroup(1, [0], [1] * ms)
    group: Any = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    with pytest.warns(FutureWarning, match="pre= is called on_pre= now"):
        synapses: Any = b.Synapses(given, group, pre="v_post += 1")
    assert synapses.pre.name == "synapses_pre"
    with pytest.raises(TypeError, match="mean the same"):
        b.Synapses(given, group, post="v += 1", on_post="v += 2")


def test_a_linked_variable_that_nobody_reads_needs_no_link() -> None:
    drive = b.TimedArray([1, 2], dt=1 * ms)
    group: Any = b.NeuronGroup(
        2, "y = drive(t) : 1\ndrive : 1 (linked)", namespace={"drive": drive}
    )
    b.Network(group).run(0 * ms)
    np.testing.assert_array_equal(group.y[:], [1, 1])
    with pytest.raises(TypeError, match="stands for nothing"):
        group.drive[:]
