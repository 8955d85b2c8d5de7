"""Objects of scripts in Brian 2's dialect that change between runs, or say when they act."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.errors import NotThereError, ParameterError, UnknownNameError

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)
ms, Hz, mV = b2.ms, b2.Hz, b2.mV


def test_a_monitor_records_at_its_times_and_when_it_is_asked() -> None:
    b2.start_scope()

    @b2.check_units(x=1, result=1)
    def above(x: float) -> float:
        return np.where(x > 1, x, 0)  # type: ignore[return-value]  # of one number

    G = b2.NeuronGroup(
        3,
        "dv/dt = (above(k) - v)/tau : 1\nk : 1",
        method=("exact", "euler"),
        method_options={"simplify": False},
    )
    G.k, G.namespace["tau"] = "i", 5 * ms
    M = b2.StateMonitor(G, "v", record=[2, 0], clock=b2.EventClock([0, 0.5, 2.3] * ms))
    with pytest.raises(ParameterError, match="before the first run"):
        M.record_single_timestep()
    net = b2.Network(G, M)
    net.run(1 * ms)
    M.record_single_timestep()
    net.store()
    net.run(2 * ms)
    times = np.array([0, 0.5, 1, 2.3])
    np.testing.assert_allclose(M.t / ms, times)
    np.testing.assert_allclose(M.v, [2 * (1 - np.exp(-times / 5)), times * 0], rtol=1e-12)
    net.add(b2.SpikeGeneratorGroup(1, [0], [1] * ms, name="later"))
    with pytest.raises(KeyError, match="later has been added since the state was stored"):
        net.restore()


def test_times_of_a_monitor_are_those_of_steps() -> None:
    G = b2.NeuronGroup(1, "v : 1")
    M = b2.StateMonitor(G, "v", record=True, clock=b2.EventClock([0.25] * ms))
    with pytest.raises(ParameterError, match="no multiples of the time step"):
        b2.Network(G, M)
    with pytest.raises(ParameterError, match="to= and an EventClock"):
        b2.StateMonitor(G, "v", True, to="v.h5", clock=b2.EventClock([1] * ms))


def test_rates_of_single_sources() -> None:
    P = b2.PoissonGroup(3, rates=10 * Hz)
    P.rates[1] = 5 * Hz
    assert list(P.rates / Hz) == [10, 5, 10]
    assert P[1:].rates[0] == 5 * Hz
    with pytest.raises(b2.DimensionMismatchError):
        P.rates[0] = 5 * mV


def test_preferences_are_those_of_brian() -> None:
    b2.prefs.codegen.cpp.extra_compile_args_gcc += ["-O2"]
    assert b2.prefs["codegen.cpp.extra_compile_args_gcc"][-1] == "-O2"
    b2.prefs.reset_to_defaults()
    assert "-O2" not in b2.prefs.codegen.cpp.extra_compile_args_gcc
    with pytest.raises(ParameterError, match=r"unknown preference 'codegen\.cp\.headers'"):
        b2.prefs["codegen.cp.headers"] = []


def test_the_first_method_that_fits_is_taken() -> None:
    G = b2.NeuronGroup(1, "dv/dt = -v**2/ms : 1", method=["exact", "rk4"])
    assert G.method_choice == "rk4"
    with pytest.raises(ValueError, match="method='rk'; methods are"):
        b2.NeuronGroup(1, "v : 1", method=("exact", "rk"))
    with pytest.raises(NotThereError, match="options are simplify"):
        b2.NeuronGroup(1, "v : 1", method_options={"order": 4})


def test_a_linked_variable_of_synapses_is_one_value() -> None:
    G = b2.NeuronGroup(3, "v : 1\nk : volt (shared)")
    S = b2.Synapses(G, G, "x : volt (linked)\ny = 2*x : volt")
    S.connect(j="i")
    with pytest.raises(KeyError, match="the linked variable x stands for nothing"):
        b2.Network(G, S).run(0 * ms)
    with pytest.raises(b2.DimensionMismatchError):
        S.x = b2.linked_var(G[:1], "v")
    with pytest.raises(UnknownNameError, match="unknown name 'z'"):
        b2.StateMonitor(S, "z", record=True)
    S.x, G.k = b2.linked_var(G, "k"), 3 * mV
    M = b2.StateMonitor(S, "y", record=[1])
    b2.Network(G, S, M).run(0.1 * ms)
    np.testing.assert_allclose(S.y[:] / mV, [6, 6, 6])
    np.testing.assert_allclose(M.y / mV, [[6]])
