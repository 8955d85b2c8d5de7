"""What Brian 2 has and distsnn has not is named as such, and misspelt names are found."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError
from distsnn.front.dialect import unsupported_names


def cells(equations: str = "dv/dt = -v/(10*ms) : 1", **given: object) -> snn.NeuronGroup:
    return snn.NeuronGroup(2, equations, threshold="v > 1", reset="v = 0", **given)


def ready() -> snn.Synapses:
    group = snn.NeuronGroup(2, snn.LIF())
    return snn.Synapses(group, group, snn.Exponential(5.0), weight=1.0, name="S")


@pytest.mark.parametrize("name", ["when", "codeobj_class"])
def test_arguments(name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name}= of Brian 2 is not supported: .*N, model"):
        cells(**{name: 1})


def test_names_of_the_package() -> None:
    assert {"Resetter", "StateUpdateMethod", "check_units", "Morphology"} <= set(snn.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(snn, "nonsense")  # noqa: B009 - it is not there


def test_names_that_stand_for_classes() -> None:
    with pytest.raises(ParameterError, match="Quantity: this is part of Brian 2 and not"):
        isinstance(3.0, snn.Quantity)
    with pytest.raises(ParameterError, match="StateUpdateMethod: this is part of Brian 2 and not"):
        issubclass(float, snn.StateUpdateMethod)
    with pytest.raises(ParameterError, match="Group: this is part of Brian 2 and not"):

        class Mine(snn.Group):
            pass


def test_names_with_another_name_here() -> None:
    G = cells(method=snn.exponential_euler)
    assert G.method_choice == "exponential_euler"
    assert cells(method=snn.independent).method_choice == cells(method=snn.exact).method_choice
    with pytest.raises(snn.DimensionMismatchError, match="dv/dt is in volt/second"):
        cells("dv/dt = -v/(10*mV) : volt")
    assert snn.exprel([0.0, 1.0]) == pytest.approx([1, np.e - 1])


def test_numbers_in_si_units() -> None:
    G, clock = cells(), snn.defaultclock
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    M, R = snn.StateMonitor(G, "v", record=True), snn.PopulationRateMonitor(G)
    for thing, name in [(G, "x_"), (S, "x_"), (M, "x_"), (M[0], "x_"), (R, "x_"), (clock, "x_")]:
        with pytest.raises(AttributeError, match=name[0]):
            getattr(thing, name)


def test_methods_of_objects() -> None:
    G = cells()
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    for one in (G, S, ready()):
        with pytest.raises(AttributeError, match="custom_operation of Brian 2 is not supported"):
            one.custom_operation("v = 0", dt=1)


def test_methods_of_networks() -> None:
    net = snn.Network(cells())
    with pytest.raises(AttributeError, match="get_profiling_info of Brian 2 is not supported; rea"):
        net.get_profiling_info()
    with pytest.raises(AttributeError, match="'Network' object has no attribute 'nonsense'"):
        _ = net.nonsense
    with pytest.raises(ParameterError, match="restore_initial_state: this is part of Brian 2 and"):
        snn.restore_initial_state()


def test_attributes_of_ready_synapses() -> None:
    S = ready()
    with pytest.raises(AttributeError, match="name 'delays'; valid names are delay, dend"):
        S.delays = 5
    with pytest.raises(AttributeError, match="S: unknown name 'wight'; valid names are weight"):
        _ = S.wight
    with pytest.raises(ParameterError, match="S: i was set, which is fixed or computed"):
        S.i = 5
    assert not hasattr(S, "wight")
    assert copy.copy(S).receptor is S.receptor


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        (
            "dv/dt = -expp(v)/ms : 1",
            r"column 10\): expp\(\) is no function .* Did you mean 'exp'\?",
        ),
        ("dv/dt = f(v)/ms : 1", r"column 9\): f\(\) is no function .*given 'v' in 1 .* numba"),
        ("dv/dt = f(t)/ms : 1", r"column 9\): f\(\) is no function .* it is no function of Python"),
        (
            "dv/dt = -v/ms + I1/ms : 1\nI2 : 1",
            r"column 17\): unknown name 'I1'; names here are i, I2, ",
        ),
    ],
)
def test_names_in_texts(equation: str, message: str) -> None:
    with pytest.raises(EquationError, match=message):
        snn.Network(cells(equation, namespace={"f": np.exp2})).run(1)


def test_all_variables_are_those_of_brian() -> None:
    brian2 = pytest.importorskip("brian2")
    brian2.prefs.codegen.target = "numpy"
    for refractory in (False, 2.0):
        found = []
        for b, r in ((brian2, refractory and refractory * brian2.ms), (snn, refractory)):
            G = b.NeuronGroup(
                2,
                "dv/dt = -v/(10*b_ms) : 1\na = 2*v : 1\nI : 1".replace("b_ms", "ms"),
                threshold="v > 1",
                reset="v = 0",
                refractory=r,
            )
            M = b.StateMonitor(G, True, record=True)
            b.Network(G, M).run(1 * b.ms)
            found.append(set(M.record_variables))
        assert found[0] == found[1]
        assert ("lastspike" in found[1]) == bool(refractory)


@pytest.mark.parametrize("name", unsupported_names.__all__)
def test_names_of_the_star(name: str) -> None:
    assert name in snn.__all__
    thing = getattr(snn, name)
    for use in (thing, lambda: thing.codegen, lambda: setattr(thing, "target", "numpy")):
        with pytest.raises(ParameterError, match=f"{name}: this is part of Brian 2 and not"):
            use()
    assert not hasattr(thing, "__wrapped__")


def test_attributes_of_objects() -> None:
    G = snn.NeuronGroup(2, "dv/dt = -v/(5*ms) : 1", threshold="v > 1", name="cells")
    P = snn.SpikeGeneratorGroup(2, [0], [1.0])
    for thing, name in [
        (G, "custom_operation"),
        (G, "custom_operation"),
        (P, "order"),
    ]:
        with pytest.raises(AttributeError, match=f"{name} of Brian 2 is not supported; .*[a-z]\\."):
            getattr(thing, name)
    assert copy.copy(P).N == 2
    assert not hasattr(P, "other")


def test_arguments_of_several_classes() -> None:
    with pytest.raises(ParameterError, match="NeuronGroup: when= of Brian 2 is not"):
        snn.NeuronGroup(2, "v : 1", when="start")
    with pytest.raises(ParameterError, match="SpikeGeneratorGroup: when= of Brian 2"):
        snn.SpikeGeneratorGroup(2, [0], [1.0], when="start")


def test_booleans_are_set_by_booleans() -> None:
    G = snn.NeuronGroup(3, "f : boolean\nv : 1")
    G.f = [True, False, True]
    assert G.f.tolist() == [1, 0, 1]
    G.f = np.array([False, False, True])
    G.f[0] = True
    assert G.f.tolist() == [1, 0, 1]
    with pytest.raises(ParameterError):
        G.v = [True, False, True]


def test_what_synapses_of_synapses_cannot_be() -> None:
    G = cells()
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w", name="S")
    with pytest.raises(ParameterError, match="the source S are synapses, which do not spike"):
        snn.Synapses(S, G, on_pre="v_post += 1")
    with pytest.raises(ParameterError, match="the target S are synapses, which do not spike"):
        snn.Synapses(G, S, on_post="w += 1")
    with pytest.raises(ParameterError, match="synapses onto a receptor join groups"):
        snn.Synapses(G, S, snn.Exponential(tau=5.0), weight=1.0)
    joining = snn.Synapses(G, S, on_pre="w += 1")
    S.connect(j="i")
    joining.connect()
    with pytest.raises(ParameterError, match="Connect S first"):
        S.connect(j="i")
    with pytest.raises(ParameterError, match="refers to S, which is not part of the network"):
        snn.Network(G, joining)
