"""Models with named parameters: what a class declares, and what is refused."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnknownNameError


class Leaky(snn.NeuronModel):
    tau_m = snn.Parameter(10.0, "ms", "> 0")
    E_L = snn.Parameter(-70.0, "mV")
    R = snn.Parameter(0.1, "mV/pA")
    equations = "dV_m/dt = (E_L - V_m + R*I_receptors)/tau_m : volt"
    threshold, reset, method = "V_m > -50*mV", "V_m = E_L", "exact"
    start = {"V_m": "E_L + 1*mV"}


class Slow(Leaky):
    tau_m = snn.Parameter(30.0, "ms", "> 0")
    I_e = snn.Parameter(0.0, "pA")


def test_parameters_are_those_of_the_class_and_its_base() -> None:
    assert list(Slow.parameters) == ["tau_m", "E_L", "R", "I_e"]
    assert Slow.parameters["tau_m"].default == 30.0
    assert Leaky.parameters["tau_m"].default == 10.0
    assert list(inspect.signature(Slow).parameters) == ["tau_m", "E_L", "R", "I_e", "method"]
    assert repr(Slow(I_e=3)) == "Slow(I_e=3.0)"


def test_what_is_not_allowed_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'tau_m'"):
        Leaky(taum=3.0)
    with pytest.raises(ParameterError, match="tau_m must be > 0 ms"):
        Leaky(tau_m=0.0)
    with pytest.raises(ParameterError, match="E_L"):
        Leaky(E_L="high")
    with pytest.raises(AttributeError, match="tau_m was set"):
        Leaky().tau_m = 3.0
    with pytest.raises(ParameterError, match="doc is a string"):
        snn.Parameter(1.0, "ms", doc=1)  # type: ignore[arg-type]  # wrong
    with pytest.raises(ParameterError, match="bound is"):
        snn.Parameter(1.0, "ms", "> 1")
    with pytest.raises(ParameterError, match=r"Write Leaky\(\)"):
        snn.NeuronGroup(2, Leaky)
    with pytest.raises(ParameterError, match="threshold given with Leaky"):
        snn.NeuronGroup(2, Leaky(), threshold="V_m > 0*mV")
    with pytest.raises(ParameterError, match="shape"):
        snn.NeuronGroup(2, Leaky(tau_m=np.ones(3)))


def test_groups_refuse_what_models_refuse() -> None:
    group = snn.NeuronGroup(2, Leaky(), name="cells")
    with pytest.raises(ParameterError, match="tau_m must be > 0 ms"):
        group.tau_m = [1.0, -1.0]
    with pytest.raises(UnknownNameError, match="V_m"):
        group.V = 3.0
    with pytest.raises(ParameterError, match="method='euler'"):
        group.attach(snn.Exponential(3.0, method="euler"))
    no_potential = type("Rate", (snn.NeuronModel,), {"equations": "dx/dt = -x/ms : 1"})
    with pytest.raises(ParameterError, match="no variable V_m"):
        snn.NeuronGroup(2, no_potential()).attach(snn.Exponential(3.0))


def test_mistakes_in_equations_name_the_line() -> None:
    wrong = type("Wrong", (Leaky,), {"equations": "dV_m/dt = (E_L - V_m)/tau_n : volt"})
    with pytest.raises(EquationError, match="tau_n"):
        snn.NeuronGroup(2, wrong(), name="cells")
    wrong = type("Wrong", (Leaky,), {"equations": "dV_m/dt = (E_L - V_m)/R : volt"})
    with pytest.raises(snn.DistsnnError, match="dV_m/dt"):
        snn.NeuronGroup(2, wrong(), name="cells")


def test_values_before_and_after_a_run() -> None:
    group = snn.NeuronGroup(4, Leaky(E_L=[-70.0, -71.0, -72.0, -73.0]), name="cells")
    group[1:3].tau_m = 20.0
    np.testing.assert_array_equal(group.V_m, [-69.0, -70.0, -71.0, -72.0])
    np.testing.assert_array_equal(group.tau_m, [10.0, 20.0, 20.0, 10.0])
    np.testing.assert_array_equal(group.R, 0.1)
    group.V_m = "E_L + 2*i*mV"
    net = snn.Network(group)
    net.run(5 * snn.ms)
    tau = np.array([10.0, 20.0, 20.0, 10.0])
    E_L = np.array([-70.0, -71.0, -72.0, -73.0])
    expected = E_L + 2 * np.arange(4) * np.exp(-5.0 / tau)
    np.testing.assert_allclose(group.V_m, expected, rtol=1e-13)
    group.tau_m, start = 5.0, np.array(group.V_m)
    net.run(5 * snn.ms)
    np.testing.assert_allclose(group.V_m, E_L + (start - E_L) * np.exp(-1.0), rtol=1e-13)


class TwoRates(snn.Receptor):
    tau_rise = snn.Parameter(1.0, "ms", "> 0")
    tau = snn.Parameter(5.0, "ms", "> 0")
    equations = """
    dx/dt = (rise - x)/tau
    drise/dt = -rise/tau_rise
    """


def test_currents_of_receptors_act_as_on_the_built_in_model() -> None:
    """The same neurons as `LIF`: a different way to the same numbers, one for each neuron."""
    times, taus = [3.0, 5.0, 5.3, 11.0], [4.0, 10.0, 6.0]

    def trace(model: object) -> np.ndarray:
        group = snn.NeuronGroup(3, model, name="cells")
        source = snn.SpikeGeneratorGroup(1, [0] * 4, times, name="source")
        own = TwoRates(name="own", tau="3*ms + 2*i*ms", tau_rise=[1.0, 2.0, 7.0])
        synapses = []
        for receptor in (snn.Exponential(taus, name="slow"), snn.Alpha(taus, name="a"), own):
            made = snn.Synapses(source, group, receptor, weight=20.0, delay=1.0)
            made.connect()
            synapses.append(made)
        group.V_m = -70.0
        names = ["V_m", "I_syn_slow", "I_syn_a", "I_syn_own"]
        monitor = snn.StateMonitor(group, names, record=True)
        snn.Network(group, source, synapses, monitor).run(30 * snn.ms)
        return np.stack([getattr(monitor, name) for name in names])

    expected = trace(snn.LIF(C_m=100.0, tau_m=10.0, E_L=-70.0, V_th=0.0))
    np.testing.assert_allclose(trace(Leaky()), expected, rtol=1e-12, atol=1e-12)


def test_help_says_what_parameters_are() -> None:
    assert Leaky.__doc__ is None
    for model in (snn.AdEx, snn.HH, snn.GIF):
        text = inspect.getdoc(model) or ""
        head, tail = text.split("\n\nParameters\n----------\n")
        assert "Parameters" not in head + tail
        entries = tail.split("\n\nNotes\n-----\n")[0].splitlines()
        names = [line.split(" : ")[0] for line in entries[::2]]
        assert names == [*model.parameters, "method"]
        assert "\nI_e : float, array (N,) or Distribution, pA\n    Constant current.\n" in text
        assert all(line.startswith("    ") and line.endswith(".") for line in entries[1::2])
