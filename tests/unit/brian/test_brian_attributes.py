"""Attributes and warnings that scripts of Brian 2 know."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from distsnn.errors import ParameterError, UnlikelyValueWarning

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)
Hz, ms, mV, second, volt = b2.Hz, b2.ms, b2.mV, b2.second, b2.volt


@pytest.fixture(autouse=True)
def scope() -> None:
    b2.start_scope()


def test_recorded_spikes_have_their_units() -> None:
    source = b2.SpikeGeneratorGroup(2, [1, 0], [1, 2] * ms)
    spikes = b2.SpikeMonitor(source)
    net = b2.Network(source, spikes)
    net.run(3 * ms)
    i, t = spikes.it
    assert i.tolist() == [1, 0]
    assert b2.have_same_dimensions(t[:], second)
    np.testing.assert_array_equal(t / ms, [1, 2])
    counted = b2.SpikeMonitor(source, record=False, name="counted")
    assert "i" in spikes.variables
    assert "i" not in counted.variables
    assert spikes.variables["t"][1] == 2 * ms
    assert spikes.variables["t"].unit == second


def test_states_of_a_network_have_units_and_brians_names() -> None:
    G = b2.NeuronGroup(3, "v : volt\nx : 1")
    G.v = "i*mV"
    net = b2.Network(G)
    for states in (net.get_states(), b2.magic_network.get_states()):
        assert list(states) == ["neurongroup"]
        assert states["neurongroup"]["v"][2] == 2 * mV
    net.set_states({"neurongroup": {"v": [3, 4, 5] * mV}})
    assert G.v[0] == 3 * mV
    for wrong in ({"v": np.arange(3)}, {"v": np.arange(3) * second}):
        with pytest.raises(b2.DimensionMismatchError, match="v is in volt"):
            G.set_states(wrong)
        with pytest.raises(b2.DimensionMismatchError, match="v is in volt"):
            net.set_states({"neurongroup": wrong})
    G.set_states({"v": np.arange(3)}, units=False)
    assert G.v[1] == 1 * volt
    assert b2.magic_network["neurongroup"].N == 3
    with pytest.raises(KeyError, match="no_group"):
        b2.magic_network["no_group"]


def test_groups() -> None:
    G = b2.NeuronGroup(6, "dv/dt = -v/tau : volt\nrate : Hz (shared)", namespace={})
    with pytest.raises(ValueError, match="tau"):
        b2.Network(G).run(0 * ms)
    G.namespace["tau"] = 10 * ms
    G.v = "i*mV"
    part = G[2:5][1:3]
    assert part.source is not None
    assert part.source.name == G.name == "neurongroup"
    assert b2.Synapses(G, G).source.name == G.name
    assert G.indices["v > 3*mV"].tolist() == [4, 5]
    assert part.indices["v > 3*mV"].tolist() == [1]
    assert G.indices[4:].tolist() == [4, 5]
    with pytest.raises(TypeError, match="None stands as an index"):
        G.indices[None]
    with pytest.raises(TypeError, match="stands as an index"):
        G.v[object()]
    for condition in ("v > 3", "v > 3*second"):
        with pytest.raises(b2.DimensionMismatchError, match="compared"):
            G.v[condition]
    G.rate.set_item(slice(None), 3 * Hz)
    assert G.rate.get_item(slice(None)) == 3 * Hz
    with pytest.raises(IndexError, match="shared"):
        G.rate[1] = 5 * Hz
    assert G.equations["v"].expr == "-v / tau"
    assert set(G.variables) >= {"v", "rate", "i", "N", "t", "dt"}
    with pytest.raises(TypeError, match="N_ was set"):
        G.N_ = 3
    G.v_ = "i*2"
    assert G.v[2] == 4 * volt
    G.v[0] = np.inf * volt
    G.v[1] = "inf*volt"
    assert np.isinf(G.v_[:2]).all()
    with pytest.raises(ValueError, match="nan"):
        G.v = np.nan * volt


def test_attributes_of_ones_own() -> None:
    G = b2.NeuronGroup(1, "v : 1")
    with pytest.raises(AttributeError, match="unknown"):
        G.mine = 3
    G.add_attribute("mine")
    G.mine = 4 * mV
    assert G.mine == 4 * mV
    with pytest.raises(AttributeError, match="has an attribute v"):
        G.add_attribute("v")


def test_rates_of_a_slice() -> None:
    P = b2.PoissonGroup(4, "high", namespace={"high": 50 * Hz})
    P[2:].rates = [10, 20] * Hz
    assert P[1:3].rates.tolist() == [50 * Hz, 10 * Hz]
    P[:2].rates = "(i + N)*Hz"
    assert (P.rates / Hz).tolist() == [2, 3, 10, 20]


def test_sums_over_two_groups_without_names() -> None:
    G, H = (b2.NeuronGroup(1, "v : 1") for _ in range(2))
    b2.Synapses(G, H, "v_pre = 1 : 1 (summed)\nv_post = 1 : 1 (summed)")
    with pytest.raises(ValueError, match="two sums set one variable"):
        b2.Synapses(G, G, "v_pre = 1 : 1 (summed)\nv_post = 1 : 1 (summed)")


def test_equations_of_synapses() -> None:
    G = b2.NeuronGroup(1, "v : 1")
    S = b2.Synapses(G, G, "w : volt")
    assert str(S.equations) == "w : volt"


def test_a_spike_in_the_step_after_the_period() -> None:
    with pytest.raises(ValueError, match="before the period"):
        b2.SpikeGeneratorGroup(1, [0], [0.99999] * ms, period=1 * ms, dt=0.1 * ms)
    b2.SpikeGeneratorGroup(1, [0], [0.9] * ms, period=1 * ms, dt=0.1 * ms)


def test_warnings_have_brians_names(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "distsnn")
    b2.NeuronGroup(1, "v : 1", threshold="v > 1")
    b2.NeuronGroup(1, "v : 1", threshold="v > 1", reset="")
    b2.NeuronGroup(1, "dv/dt = -v/ms : 1 (unless refractory)", threshold="v > 1", reset="v = 0")
    assert [record.name for record in caplog.records] == [
        "distsnn.only_threshold",
        "distsnn.no_refractory",
    ]
    G = b2.NeuronGroup(1, "v : 1\nw : 1", name="warned")
    w = 5
    for _ in range(2):
        G.v = "w"
    assert w == 5
    assert [record.name for record in caplog.records][2:] == ["distsnn.resolution_conflict"]
    assert "w=5" in caplog.text


def test_running_again_with_other_values() -> None:
    b2.set_device("cpp_standalone")
    try:
        G = b2.NeuronGroup(2, "v : volt", name="again")
        spikes = b2.StateMonitor(G, "v", record=True)
        net = b2.Network(G, spikes)
        net.run(0.2 * ms)
        for key in (G.v, "again.v"):
            b2.device.run(run_args={key: [1, 2] * mV})
            assert (spikes.v[1] == 2 * mV).all()
            with pytest.raises(b2.DimensionMismatchError, match="v"):
                b2.device.run(run_args={key: [1, 2] * ms})
    finally:
        b2.set_device("runtime")


def test_modules_are_attributes() -> None:
    """As after ``import brian2``, and not those of numpy that pylab brings."""
    assert b2.units.fundamentalunits.have_same_dimensions(3 * mV, volt)
    assert b2.core.clocks.defaultclock is b2.defaultclock
    assert b2.only.NeuronGroup is b2.NeuronGroup
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        b2.nonsense  # noqa: B018 - reading it is the test


def test_a_list_counts_as_true_for_a_monitor_of_spikes() -> None:
    source = b2.SpikeGeneratorGroup(2, [1, 0], [1, 2] * ms)
    with pytest.warns(UnlikelyValueWarning, match=r"record=\[0\] counts as True"):
        spikes = b2.SpikeMonitor(source, record=[0])
    b2.Network(source, spikes).run(3 * ms)
    assert spikes.i[:].tolist() == [1, 0]
    with pytest.raises(ParameterError, match="record is True or False"):
        b2.SpikeMonitor(source, record=np.arange(2))
