"""Objects of `distsnn.brian` give and take quantities; what they compute is as without units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import UnitError

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)

EQUATIONS = """
dv/dt = (El - v + R*I)/tau : volt (unless refractory)
I : amp
x : 1
"""


def network(names: Any) -> Any:
    """The same network in either dialect: groups, synapses, monitors."""
    ms, mV, nA, Mohm = names.ms, names.mV, names.nA, names.Mohm
    names.start_scope()
    space = {"tau": 10 * ms, "El": -70 * mV, "R": 100 * Mohm}
    G = names.NeuronGroup(
        4, EQUATIONS, threshold="v > -50*mV", reset="v = El", refractory=5 * ms, method="exact",
        namespace=space, name="G",
    )  # fmt: skip
    G.v = -70 * mV
    G.v[1:3] = [-60, -57.3] * mV
    G.I = "i*0.3*nA"
    G[3:].I = 0.7 * nA
    S = names.Synapses(G, G, "w : volt", on_pre="v_post += w", delay=2 * ms, name="S")
    S.connect(condition="i != j")
    S.w = "(i + 1)*0.2*mV"
    states = names.StateMonitor(G, ["v", "x"], record=True, name="states")
    spikes = names.SpikeMonitor(G, variables="v", name="spikes")
    rate = names.PopulationRateMonitor(G, name="rate")
    net = names.Network(G, S, states, spikes, rate)
    net.run(50 * ms)
    return net


def test_values_are_those_without_units() -> None:
    ours, plain = network(b2), network(snn)
    for monitor, name, unit in (
        ("spikes", "t", b2.second), ("states", "t", b2.second), ("states", "v", b2.volt),
        ("spikes", "v", b2.volt), ("rate", "rate", b2.Hz), ("G", "v", b2.volt), ("S", "w", b2.volt),
        ("S", "delay", b2.second), ("G", "lastspike", b2.second),
    ):  # fmt: skip
        found = getattr(ours[monitor], name)[:]
        numbers = np.asarray(getattr(plain[monitor], name)[:])
        assert found.dim is unit.dim
        # The engine has the same bits: users get them divided by a power of ten, rounded once.
        ten = 10.0 ** abs(unit.dim.decades)
        assert np.array_equal(
            np.asarray(found), numbers / ten if unit.dim.decades > 0 else numbers * ten
        )
        assert np.array_equal(getattr(ours[monitor], f"{name}_")[:], np.asarray(found))
    G, spikes, states = ours["G"], ours["spikes"], ours["states"]
    assert ours["spikes"].num_spikes > 8
    assert type(G.x[:]) is np.ndarray
    assert (G.v / b2.mV)[0] == plain["G"].v[0]
    assert G[1:].v.dim is b2.volt.dim
    assert states[1].v.dim is b2.volt.dim
    assert ours.t == 50 * b2.ms
    assert spikes.spike_trains()[3].dim is b2.second.dim
    assert spikes.values("v")[3].dim is b2.volt.dim
    assert ours["rate"].smooth_rate(width=5 * b2.ms).dim is b2.Hz.dim
    assert G.get_states(["v"])["v"].dim is b2.volt.dim
    assert repr(G.v).startswith("<G.v: array([")
    assert len(G.v["v > -60*mV"]) == int((plain["G"].v[:] > -60).sum())


def test_what_has_not_the_unit_is_refused() -> None:
    net = network(b2)
    ms, mV, pA, Hz = b2.ms, b2.mV, b2.pA, b2.Hz
    G, S, rate = net["G"], net["S"], net["rate"]
    wrong: list[Callable[[], Any]] = [
        lambda: setattr(G, "v", 5 * pA),
        lambda: setattr(G, "v", 5),
        lambda: setattr(G, "v", [1, 2, 3, 4]),
        lambda: setattr(G, "x", 5 * mV),
        lambda: setattr(G[:2], "v", 5),
        lambda: G.v.__setitem__(0, 5),
        lambda: G.v.__setitem__(slice(2), [1, 2] * pA),
        lambda: S.w.__setitem__(slice(None), 3),
        lambda: setattr(b2.defaultclock, "dt", 0.1),
        lambda: net.run(0.1),
        lambda: b2.run(5 * mV),
        lambda: b2.Network(dt=0.1),
        lambda: b2.NeuronGroup(1, "v : 1", threshold="v > 1", refractory=5 * mV),
        lambda: b2.PoissonGroup(3, rates=8),
        lambda: b2.PoissonInput(b2.NeuronGroup(1, "v : volt"), "v", 10, 8 * Hz, weight=5),
        lambda: b2.SpikeGeneratorGroup(2, [0, 1], [1, 2]),
        lambda: b2.TimedArray([1, 2] * mV, dt=1),
        lambda: b2.LIF(C_m=250e-12),
        lambda: b2.LIF(tau_m=20 * mV),
        lambda: b2.AdEx(g_L=30 * mV),
        lambda: b2.Normal(5 * mV, 3),
        lambda: rate.smooth_rate(width=5),
        lambda: G.v + 5 * pA,
        lambda: setattr(G, "v", b2.Uniform(1 * pA, 2 * pA)),
    ]
    for line, attempt in enumerate(wrong):
        with pytest.raises(UnitError):
            pytest.fail(f"{line}: {attempt()!r}")
    G.v = 0
    G.v = b2.Uniform(-60 * mV, -50 * mV)
    assert -60 * mV <= G.v[0] < -50 * mV
    assert b2.LIF(tau_m=20 * ms).tau_m == 20 * ms


def test_names_of_expressions_have_units() -> None:
    ms, mV, Mohm = b2.ms, b2.mV, b2.Mohm
    for wrong in ({"tau": 5 * mV}, {"tau": 10}, {"tau": b2.TimedArray([1, 2] * ms, dt=1 * ms)}):
        group = b2.NeuronGroup(1, "dv/dt = -v/tau : volt", namespace=wrong)
        with pytest.raises((UnitError, snn.errors.EquationError, KeyError)):
            b2.Network(group).run(1 * ms)
    for text in ("dv/dt = f(t)/tau : volt", b2.Equations("dv/dt = -v/tau : volt", tau=3 * mV)):
        space = {"f": b2.TimedArray([1, 2] * Mohm, dt=1 * ms), "tau": 10 * ms}
        with pytest.raises(UnitError):
            b2.Network(b2.NeuronGroup(1, text, namespace=space)).run(1 * ms)
    # Without units nothing is known of a number, and quantities keep theirs.
    plain = snn.NeuronGroup(1, "dv/dt = -v/tau : volt", namespace={"tau": 10})
    quantity = snn.NeuronGroup(1, "dv/dt = -v/tau : volt", namespace={"tau": 10 * ms})
    assert plain.model.names.numbers == quantity.model.names.numbers == {"tau": 10.0}


def test_names_are_those_of_brian() -> None:
    b2.start_scope()
    first, second = (b2.NeuronGroup(1, "v : 1", threshold="v > 1") for _ in range(2))
    spikes = b2.SpikeMonitor(first)
    net = b2.Network(first, second, spikes, b2.NeuronGroup(1, "v : 1", name="own_0"))
    assert [first.name, second.name] == ["neurongroup", "neurongroup_1"]
    assert spikes.name == "spikemonitor"
    assert net["neurongroup"] is net["neurongroup_0"] is first
    assert net["own_0"].name == "own_0"
    assert "neurongroup" in net
    assert "neurongroup_2" not in net
    assert repr(first.v) == "<neurongroup.v: array([0.])>"


def test_functions_of_users_get_quantities() -> None:
    seen: list[Any] = []

    @b2.network_operation(dt=1 * b2.ms)
    def operation(t: Any) -> None:
        seen.append(t)

    told: list[tuple[Any, ...]] = []
    net = b2.Network(operation)
    net.run(2 * b2.ms, report=lambda *values: told.append(values))
    assert [float(t / b2.ms) for t in seen] == [0, 1]
    elapsed, done, start, duration = told[-1]
    assert done == 1.0
    assert (elapsed.dim, start, duration) == (b2.second.dim, 0 * b2.ms, 2 * b2.ms)
    clock = b2.Clock(0.5 * b2.ms)
    group = b2.NeuronGroup(1, "v : 1", clock=clock)
    assert group.clock.dt == clock.dt == 0.5 * b2.ms
    assert b2.NeuronGroup(1, "v : 1").clock.dt == b2.defaultclock.dt == 0.1 * b2.ms
    assert clock.timestep == 4
    with pytest.raises(UnitError):
        b2.Clock(0.5)
    drive = b2.TimedArray([1, 2, 3] * b2.nA, dt=10 * b2.ms)
    assert drive(12 * b2.ms) == 2 * b2.nA
