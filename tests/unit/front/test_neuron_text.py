"""Groups of equations as users hold them: names, values, methods, errors."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms, mV
from distsnn.errors import EquationError, ParameterError, UnitError, UnknownNameError

RELAXING = "dv/dt = (I - v)/tau : 1\nI : 1"


@pytest.fixture(autouse=True)
def _scope() -> None:
    snn.start_scope()


def test_names_come_from_the_code_that_runs_before_that_which_creates() -> None:
    def made() -> snn.NeuronGroup:
        tau = 10 * ms  # noqa: F841 - the text refers to it
        return snn.NeuronGroup(1, RELAXING)

    group = made()
    group.I = 1.0
    net = snn.Network(group)
    net.run(1 * ms)
    np.testing.assert_allclose(group.v, 1 - np.exp(-0.1))
    tau = 1 * ms  # noqa: F841 - the text refers to it
    net.run(1 * ms)
    np.testing.assert_allclose(group.v, 1 - np.exp(-0.1) * np.exp(-1))


def test_names_come_from_the_namespace_before_the_code_around() -> None:
    tau = 1 * ms
    group = snn.NeuronGroup(1, RELAXING, namespace={"tau": 10 * ms})
    group.I = 1
    snn.Network(group).run(1 * ms)
    np.testing.assert_allclose(group.v, 1 - np.exp(-0.1))
    group = snn.NeuronGroup(1, RELAXING, namespace={"other": 1})
    group.I = 1
    snn.Network(group).run(1 * ms)
    np.testing.assert_allclose(group.v, 1 - np.exp(-1))
    del tau
    with pytest.raises(EquationError, match=r"unknown name 'tau'.*in namespace="):
        snn.Network(snn.NeuronGroup(1, RELAXING, namespace={"tua": 1})).run(0)


def test_unknown_names_are_listed_nearest_first() -> None:
    group = snn.NeuronGroup(2, "dv/dt = (Iext - v)/(3*ms) : 1\nI_ext : 1", name="cells")
    with pytest.raises(
        EquationError,
        match=r"cells, equation 'dv/dt.*unknown name 'Iext'; names "
        r"here are I_ext, .*Did you mean 'I_ext'\?",
    ):
        snn.Network(group).run(1 * ms)
    with pytest.raises(UnknownNameError, match="valid names are"):
        group.Ixt = 3
    with pytest.raises(AttributeError, match="unknown name"):
        _ = group.nothing
    with pytest.raises(EquationError, match="unknown name 'ii'"):
        group.I_ext = "ii + 1"
    tau_out = 3 * ms  # noqa: F841 - what was meant
    with pytest.raises(EquationError, match=r"names here are tau_out, .*Did you mean 'tau_out'"):
        snn.Network(snn.NeuronGroup(1, "dv/dt = -v/tau_uot : 1")).run(0)


def test_values_by_text() -> None:
    spacing = 50 * snn.um  # noqa: F841 - the text refers to it
    group = snn.NeuronGroup(
        5,
        "dv/dt = -v/(10*ms) : volt\nx : metre\ny : metre\nr : 1\n"
        "k : integer\nb : boolean\nfar = x > 80*umetre : boolean",
    )
    group.x = "i*spacing"
    group.y = "2*x + 1*umetre"
    group.x = 0 * snn.um
    group.v = "rand()*10*mV"
    group.r = "randn()"
    group.k = "7.9*i"
    group.b = "i > 2"
    group[1:3].x = "i*1*um"
    np.testing.assert_array_equal(group.y, 100.0 * np.arange(5) + 1)
    np.testing.assert_array_equal(group.x, [0, 0, 1, 0, 0])
    assert np.unique(group.v).size == 5
    assert (group.v >= 0).all()
    assert (group.v < 10).all()
    np.testing.assert_array_equal(group.far, np.zeros(5))
    np.testing.assert_array_equal(group.i, np.arange(5))
    group.v[2] = 3 * mV
    group.v["i > 3"] = "-i*mV"
    assert group.v[2] == 3
    assert group.v[4] == -4
    with pytest.raises(UnitError, match="x is in metre, but 'i' in 1"):
        group.x = "i"
    with pytest.raises(ParameterError, match=r"far was set, .*; what can be set is v, x, y, r, k"):
        group.far = 1


def test_what_is_constant_over_dt_is_a_parameter() -> None:
    group = snn.NeuronGroup(
        5,
        """dv/dt = x/ms : 1
           z = y + v : 1 (constant over dt)
           y = 2*x : 1
           x = rand() : 1 (constant over dt)
           c = randn() : 1 (shared, constant over dt)""",
        method="euler",
    )
    assert group.x.tolist() == group.z.tolist() == [0] * 5
    M = snn.StateMonitor(group, ["x", "c", "v"], record=True)
    net = snn.Network(group, M)
    net.run(0.3 * ms)
    np.testing.assert_allclose(np.diff(M.v), 0.1 * M.x[:, :2])
    np.testing.assert_array_equal(group.x, M.x[:, 2])
    np.testing.assert_array_equal(group.z, group.y + M.v[:, 2])
    assert np.unique(M.x).size == 15
    assert np.unique(M.c).size == 3
    group.x = 4
    assert group.y.tolist() == [8] * 5
    net.run(0.1 * ms)
    assert (group.x < 1).all()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "x = rand() : 1",
            r"column 5\): .*'x' calls rand\(\); .*Add the flag \(constant over dt\)",
        ),
        ("x = y : 1 (constant over dt)\ny = x : 1", "'x' depends on itself"),
        ("x = xi : second**-0.5 (constant over dt)", "Use randn"),
        ("x = 1 : second (constant over dt)", "x is in second, but '1' in 1"),
        ("x : 1 (constant over dt)", "flags of a parameter are"),
    ],
)
def test_errors_of_what_is_constant_over_dt(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        snn.NeuronGroup(1, line)


def test_a_shared_variable_has_one_value() -> None:
    group = snn.NeuronGroup(
        3,
        """I : 1 (shared)
           twice = 2*I : 1 (shared)
           v : 1
           c = I*rand() : 1 (shared, constant over dt)""",
        name="G",
    )
    group.I = 0.3
    group.I = "2*I + N"
    snn.Network(group).run(0.1 * ms)
    np.testing.assert_allclose(group.twice, [7.2] * 3)
    assert np.unique(group.c).size == 1
    for value in ([1, 2, 3], "i", "v", snn.Normal(0, 1)):
        with pytest.raises(ParameterError, match="G: I is shared: it was given"):
            group.I = value
    with pytest.raises(ParameterError, match="G: I is shared: some of its values"):
        group[:1].I = 1
    for lines, reset, words in (
        ("x = v : 1 (shared)\nv : 1", "", "'x' depends on v, which is not shared"),
        ("x = i : 1 (shared)", "", "'x' depends on i, which is not shared"),
        ("x : 1 (shared)", "x = 1", "x is shared and cannot be set"),
    ):
        with pytest.raises(EquationError, match=words):
            snn.NeuronGroup(1, lines, threshold="t < 1*ms", reset=reset)


def test_values_where_a_condition_holds() -> None:
    group = snn.NeuronGroup(6, "y : 1\nz = 2*y : 1", name="cells")
    group.y = "10*i"
    assert group.y["i > 3"].tolist() == [40, 50]
    assert group.z["y > 20 and i < 5"].tolist() == [60, 80]
    part = group[2:]
    assert part.y["i < 2"].tolist() == [20, 30]
    assert part.z["z > 80"].tolist() == [100]
    part.y["i < 2"] = "i + N"
    assert group.y.tolist() == [0, 10, 4, 5, 40, 50]


def test_powers_of_whole_numbers_are_real() -> None:
    group = snn.NeuronGroup(
        2, "x = 2**-1 : 1\ny : 1\nk : integer", threshold="t < 0.05*ms", reset="y = (i + 2)**-1"
    )
    group.k = "8*2**-1"
    snn.Network(group).run(0.1 * ms)
    assert group.x.tolist() == [0.5, 0.5]
    assert group.y.tolist() == [1 / 2, 1 / 3]
    assert group.k.tolist() == [4, 4]


def test_run_of_a_scope() -> None:
    tau = 10 * ms  # noqa: F841 - the text refers to it
    group = snn.NeuronGroup(
        2, "dv/dt = (I-v)/tau : 1\nI : 1", threshold="v>1", reset="v = 0", method="exact"
    )
    group.I = [2, 0]
    spikes = snn.SpikeMonitor(group)
    snn.run(10 * ms)
    snn.run(10 * ms)
    np.testing.assert_allclose(spikes.t, [6.9, 13.9])
    late = snn.NeuronGroup(1, "v : 1")
    with pytest.raises(ParameterError, match="was created after the first run"):
        snn.run(1 * ms)
    del late
    snn.start_scope()
    with pytest.raises(ParameterError, match="no group in this scope"):
        snn.run(1 * ms)


def test_the_method_is_chosen_and_said(caplog: pytest.LogCaptureFixture) -> None:
    group = snn.NeuronGroup(1, "dv/dt = (2 - v)/(5*ms) : 1", name="cells")
    assert group.method_choice == "exact"
    with caplog.at_level(logging.INFO, "distsnn"):
        snn.Network(group).run(1 * ms)
    assert "cells: integrated by the method 'exact'" in caplog.text
    assert snn.NeuronGroup(1, "dv/dt = -v**2/ms : 1").method_choice == "euler"
    assert snn.NeuronGroup(1, "dv/dt = -v/ms + v*xi/sqrt(ms) : 1").method_choice == "heun"
    with pytest.raises(EquationError, match=r"dv/dt is not linear"):
        _ = snn.NeuronGroup(1, "dv/dt = -v**2/ms : 1", method="exact").method_choice
    with pytest.raises(EquationError, match=r"methods are rkf45, rk2, .*Did you mean 'rkf45'"):
        _ = snn.NeuronGroup(1, "dv/dt = -v**2/ms : 1", method="rk5").method_choice


def test_ready_models_take_no_texts() -> None:
    with pytest.raises(ParameterError, match="threshold given with LIF"):
        snn.NeuronGroup(1, snn.LIF(), threshold="v > 1")


def test_equal_time_constants() -> None:
    group = snn.NeuronGroup(
        2,
        "dv/dt = (g - v)/tau : 1\ndg/dt = -g/taus : 1\ntaus : second",
        namespace={"tau": 5 * ms},
        method="exact",
    )
    group.taus = [5, 5.000001]
    group.g = 1
    snn.Network(group).run(2 * ms)
    np.testing.assert_allclose(group.v[0], 0.4 * np.exp(-0.4), rtol=1e-13)
    np.testing.assert_allclose(group.v[1], 0.4 * np.exp(-0.4), rtol=1e-6)


def test_increments_of_events() -> None:
    group = snn.NeuronGroup(
        3,
        "dv/dt = -v/(10*ms) : 1 (unless refractory)\nw : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory="2*ms",
    )
    source = snn.SpikeGeneratorGroup(1, [0, 0, 0], [1.0, 2.0, 6.0])
    to_v, to_w = snn.Increment("v"), snn.Increment("w")
    a = snn.Synapses(source, group, to_v, weight=1.5)
    b = snn.Synapses(source, group, to_w, weight=1.0)
    a.connect()
    b.connect()
    spikes = snn.SpikeMonitor(group)
    snn.Network(group, source, a, b, spikes).run(10 * ms)
    # The second event meets a refractory neuron.
    np.testing.assert_allclose(spikes.t, np.repeat([1.1, 6.1], 3))
    np.testing.assert_array_equal(group.w, [3, 3, 3])


def test_objects_that_are_out_of_sight_are_no_part_of_a_run() -> None:
    def looked_at() -> float:
        group = snn.NeuronGroup(1, RELAXING, name="G", namespace={"tau": 10 * ms})
        group.I = 3.0
        return float(group.I[0])

    assert [looked_at(), looked_at()] == [3.0, 3.0]
    G = snn.NeuronGroup(2, RELAXING, name="G", namespace={"tau": 10 * ms})
    G.I = 1.0
    assert G.I.tolist() == [1.0, 1.0]
    snn.run(1 * ms)
    np.testing.assert_allclose(G.v, 1 - np.exp(-0.1))
