"""Objects of PyNN on distsnn: what is taken, set between runs, drawn, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN.common")

sim: Any = pytest.importorskip("distsnn.pynn")


@pytest.fixture(autouse=True)
def begun() -> None:
    sim.setup(timestep=0.1, min_delay=0.1)


def test_it_has_the_names_that_pynn_looks_for() -> None:
    import pyNN.distsnn
    from pyNN.network import Network

    assert pyNN.distsnn is sim
    assert Network(sim.Population(1, sim.IF_curr_exp())).sim is sim
    assert {"IF_cond_exp", "SpikeSourcePoisson", "HH_cond_exp"} <= set(sim.list_standard_models())


def test_setup_says_what_it_does_not_know(caplog: pytest.LogCaptureFixture) -> None:
    assert sim.setup(use_cvode=True) == 0
    assert not caplog.records
    sim.setup(seed=3)
    assert "setup: seed=3 does nothing; arguments are timestep" in caplog.text
    sim.setup(min_delay=0.5, max_delay=2.0)
    cells = sim.Population(2, sim.IF_curr_exp())
    with pytest.raises(Exception, match=r"out of range \[0.5, 2.0\]"):
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(delay=3.0))


def joined(make: Callable[[Any], Any], seed: int | None, weight_seed: int | None) -> np.ndarray:
    sim.setup()
    cells = sim.Population(12, sim.IF_curr_exp())
    weights = sim.RandomDistribution("uniform", (0.1, 1.0), rng=sim.NativeRNG(weight_seed))
    projection = sim.Projection(
        cells[:6], cells, make(sim.NativeRNG(seed)), sim.StaticSynapse(weight=weights)
    )
    assert projection._rule is not None
    found: np.ndarray = projection.get("weight", format="array")
    return found


def test_rules_are_drawn_by_the_seeds_of_native_generators() -> None:
    counted = {
        "p": (lambda rng: sim.FixedProbabilityConnector(0.5, rng=rng), None),
        "pre": (lambda rng: sim.FixedNumberPreConnector(3, rng=rng), (12 * 3,)),
        "post": (lambda rng: sim.FixedNumberPostConnector(4, rng=rng), (6 * 4,)),
        "total": (
            lambda rng: sim.FixedTotalNumberConnector(17, with_replacement=False, rng=rng),
            (17,),
        ),
    }
    for name, (make, number) in counted.items():
        first = joined(make, 1, 2)
        assert np.array_equal(first, joined(make, 1, 2), equal_nan=True), name
        assert not np.array_equal(first, joined(make, 3, 2), equal_nan=True), name
        assert not np.array_equal(first, joined(make, 1, 4), equal_nan=True), name
        assert number is None or (np.sum(~np.isnan(first)),) == number, name
        inside = first[~np.isnan(first)]
        assert inside.min() >= 0.1, name
        assert inside.max() <= 1.0, name
    weights = sim.RandomDistribution("uniform", (0.1, 1.0), rng=sim.NativeRNG(5))
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=weights, delay=1.0
    )
    cells, rule = sim.Population(3, sim.IF_curr_exp()), sim.AllToAllConnector()
    made = sim.Projection(cells, cells, rule, plastic)
    assert made._rule is not None
    found = made.get("weight", format="array")
    assert np.unique(found).size == 9
    assert 0.1 <= found.min() <= found.max() <= 1.0


def test_generators_without_a_seed_are_repeatable() -> None:
    first = sim.NumpyRNG().next(3)
    assert not np.array_equal(first, sim.NumpyRNG().next(3))
    sim.setup()
    assert np.array_equal(first, sim.NumpyRNG().next(3))
    with_seed = sim.NumpyRNG(4, parallel_safe=False).next(3)
    assert np.array_equal(with_seed, np.random.RandomState(4).uniform(size=3))


def test_connections_can_be_set_one_by_one() -> None:
    cells = sim.Population(3, sim.IF_cond_exp())
    made = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1))
    made.connections[1].weight = 0.3
    assert made.get("weight", format="list") == [(0, 0, 0.1), (1, 1, 0.3), (2, 2, 0.1)]
    assert [c.presynaptic_index for c in made.connections] == [0, 1, 2]
    assert sim.get_min_delay() == sim.get_max_delay() == 0.1


def test_a_run_between_others() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.0, 1.0, 3.0]))
    cells = sim.Population(4, sim.IF_curr_exp(i_offset=[0.0, 0.0, 2.0, 0.0], tau_refrac=2.0))
    step = sim.StepCurrentSource(times=[1.0, 4.0], amplitudes=[0.5, 0.0])
    step.record()
    cells[3].inject(step)
    plain = sim.Population(2, sim.IF_curr_exp())
    plain.record("v")
    made = sim.Projection(source, cells[:2], sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    source.record("spikes")
    cells.record(["v", "isyn_exc"])
    sim.run(5.0)
    # Into cells that had no electrode.
    waves = sim.ACSource(amplitude=0.3, frequency=300.0, start=6.0)
    plain.inject(step)
    plain[:1].inject(waves)
    made.set(weight=2.0)
    source.set(spike_times=[5.0, 6.0])
    cells[1:2].initialize(v=-60.0)
    step.amplitudes = [0.5, 0.25]
    sim.run(5.0)
    late = np.array(plain.get_data().segments[0].analogsignals[0])
    assert np.all(late[:51] == -65.0)
    wanted = -65.0 + 5.0 * (1.0 - np.exp(-np.arange(51) * 0.1 / 20.0))
    np.testing.assert_allclose(late[50:, 1], wanted, rtol=1e-12)
    current = 0.3 * np.sin(2 * np.pi * 0.3 * np.arange(40) * 0.1)
    v, (decay, gain) = 0.0, (np.exp(-0.1 / 20.0), 20.0 * (1 - np.exp(-0.1 / 20.0)))
    for n in range(40):
        v = v * decay + current[n] * gain
        np.testing.assert_allclose(late[61 + n, 0], late[61 + n, 1] + v, rtol=1e-12)
    segment = cells.get_data().segments[0]
    v, current = (np.array(segment.filter(name=name)[0]) for name in ("v", "isyn_exc"))
    assert v.shape == (101, 4)
    assert v[50, 1] == -60.0
    # A spike at the time of the first step acts a step later.
    trains = source.get_data().segments[0].spiketrains
    assert np.allclose(np.array(trains[0]), [0.1, 1.0, 3.0, 5.1, 6.0])
    rise = np.flatnonzero(np.diff(current[:, 0]) > 0) + 1
    assert np.allclose(rise * 0.1, [0.2, 1.1, 3.1, 5.2, 6.1])
    assert np.allclose(np.diff(current[:, 0])[rise[-1] - 1], 2.0, atol=0.1)
    injected = np.array(step.get_data())[:, 0]
    assert np.array_equal(injected[[9, 10, 39, 40, 49, 50, 100]], [0, 0.5, 0.5, 0, 0, 0.25, 0.25])
    assert abs(v[10, 3] + 65.0) < 1e-9
    assert v[11, 3] > -64.999
    sim.reset()
    sim.Population(1, sim.IF_curr_exp())
    sim.run(1.0)
    # A reset undoes no parameters, and goes back to the initial values.
    assert np.array(cells.get_data().segments[1].filter(name="v")[0])[0, 1] == -60.0
    assert made.get("weight", format="list")[0][2] == 2.0


def test_objects_that_are_made_after_a_run() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.5, 4.0, 6.0]))
    first = sim.Population(2, sim.IF_curr_exp())
    made = sim.Projection(source, first, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    first.record("v")
    sim.run(5.0)
    later = sim.Population(3, sim.IF_curr_exp())
    later.initialize(v=-70.0)
    later.record("isyn_exc")
    joined = sim.Projection(
        source, later, sim.AllToAllConnector(), sim.StaticSynapse(weight=2.0, delay=2.0)
    )
    with_both = sim.Projection(
        source, first, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.5, delay=0.5)
    )
    assert len(joined) == 3
    assert len(with_both) == 1
    sim.run(5.0)
    v = np.array(first.get_data().segments[0].filter(name="v")[0])
    current = np.array(later.get_data().segments[0].filter(name="isyn_exc")[0])
    assert v.shape == (101, 2)
    # Cells that were there go on; those that are new record from when they were made.
    assert np.all(v[50:60] > -65.0)
    assert current.shape == (51, 3)
    # The spike of 4 ms was on its way; that of 6 ms acts at 8 ms.
    assert np.flatnonzero(np.diff(current[:, 0]) > 0).tolist() == [29]
    assert np.max(current) == pytest.approx(2.0)
    assert made.get("weight", format="list") == [(0, 0, 1.0), (0, 1, 1.0)]


def test_gap_junctions_and_values_of_plasticity_by_synapse() -> None:
    sim.setup(timestep=0.1)
    left, right = (sim.Population(3, sim.IF_curr_exp(v_thresh=50.0)) for _ in range(2))
    pairs = sim.FromListConnector([(0, 0, 0.01), (0, 1, 0.02)], column_names=["weight"])
    gaps = sim.Projection(left, right, pairs, sim.ElectricalSynapse(), source="source_section.gap")
    left.inject(sim.DCSource(amplitude=0.2))
    taus = np.array([10.0, 30.0, 10.0])
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[5.0, 25.0]))
    after = sim.Population(1, sim.SpikeSourceArray(spike_times=[15.0]))
    spiking = sim.Population(1, sim.IF_curr_exp(tau_refrac=99.0))
    sim.Projection(after, spiking, sim.AllToAllConnector(), sim.StaticSynapse(weight=99.0))
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=taus[:, None], tau_minus=20.0, A_plus=0.1, A_minus=0.0),
        sim.AdditiveWeightDependence(w_max=1.0), weight=0.1, delay=0.1,
    )  # fmt: skip
    joined = sim.Projection(source, spiking, sim.AllToAllConnector(), plastic)
    spiking.record("spikes")
    for cells in (left, right):
        cells.record("v")
    sim.run(200.0)
    v = [np.array(cells.get_data().segments[0].analogsignals[0])[-1] for cells in (left, right)]
    assert gaps.get("weight", format="list") == [(0, 0, 0.01), (0, 1, 0.02)]
    # At rest the currents into each cell are zero: of the leak (0.05 uS) and of the junctions.
    leak = 1.0 / 20.0
    into = leak * (-65.0 - v[1]) + np.array([0.01, 0.02, 0.0]) * (v[0][0] - v[1])
    np.testing.assert_allclose(into, 0.0, atol=1e-4)
    out = leak * (-65.0 - v[0]) + 0.2
    out[0] += 0.01 * (v[1][0] - v[0][0]) + 0.02 * (v[1][1] - v[0][0])
    np.testing.assert_allclose(out, 0.0, atol=1e-4)
    (train,) = spiking.get_data().segments[0].spiketrains
    # Spikes arrive at 5.1, and the whole delay is dendritic: they are seen 0.1 later.
    passed = float(train[0]) + 0.1 - 5.0
    weights = np.array(joined.get("weight", format="list"))[:, 2]
    np.testing.assert_allclose(weights, 0.1 + 0.1 * np.exp(-passed / taus), rtol=1e-6)


def test_delays_and_plasticity_that_are_set_between_runs() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 4.5, 8.0]))
    cells = sim.Population(2, sim.IF_curr_exp())
    cells.record("isyn_exc")
    static = sim.Projection(
        source, cells[:1], sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=2.0)
    )
    facilitating = sim.TsodyksMarkramSynapse(weight=1.0, delay=2.0, U=0.5)
    stepwise = sim.Projection(source, cells[1:], sim.AllToAllConnector(), facilitating)
    told = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0, 9.0, 16.0]))
    spiking = sim.Population(1, sim.IF_curr_exp(tau_refrac=0.1, tau_syn_E=0.1))
    sim.Projection(told, spiking, sim.AllToAllConnector(), sim.StaticSynapse(weight=900.0))
    rule = sim.SpikePairRule(tau_plus=10.0, tau_minus=20.0, A_plus=0.1, A_minus=0.2)
    plastic = sim.Projection(
        source, spiking, sim.AllToAllConnector(),
        sim.STDPMechanism(rule, sim.AdditiveWeightDependence(w_max=1.0), weight=0.001, delay=0.3),
    )  # fmt: skip
    spiking.record("spikes")
    sim.run(5.0)
    for projection in (static, stepwise):
        projection.set(delay=0.5)
    (first,) = plastic.get("weight", format="list")
    plastic.set(A_plus=0.0, A_minus=0.0)
    sim.run(5.0)
    assert plastic.get("weight", format="list") == [first]
    plastic.set(A_plus=0.3, tau_plus=30.0, delay=0.1)
    source.set(spike_times=[12.0])
    sim.run(10.0)
    current = np.array(cells.get_data().segments[0].filter(name="isyn_exc")[0])
    for cell in (0, 1):
        rises = np.flatnonzero(np.diff(current[:, cell]) > 0) + 1
        # That of 4.5 ms was under way with the old delay.
        assert rises.tolist() == [30, 65, 85, 125]
    spikes = np.array(spiking.get_data().segments[0].spiketrains[0])
    assert len(spikes) == 3
    seen = spikes[0] + 0.3
    assert first[2] == pytest.approx(
        0.001 + 0.1 * np.exp(-(seen - 1.0) / 10.0) - 0.2 * np.exp(-(4.5 - seen) / 20.0)
        if 0.001 + 0.1 * np.exp(-(seen - 1.0) / 10.0) > 0.2 * np.exp(-(4.5 - seen) / 20.0)
        else 0.0
    )
    # Of each spike a trace decays with the constant of before until the next one was sent.
    trace = np.exp(-3.5 / 10.0) + 1.0
    trace = trace * np.exp(-3.5 / 10.0) + 1.0
    trace = trace * np.exp(-4.0 / 30.0) + 1.0
    gain = 0.3 * trace * np.exp(-(spikes[2] + 0.1 - 12.0) / 30.0)
    assert plastic.get("weight", format="list")[0][2] == pytest.approx(first[2] + gain, rel=1e-9)
    assert plastic.get("delay", format="list")[0][2] == 0.1


def test_data_that_are_cleared_take_no_memory() -> None:
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=2.0, tau_refrac=2.0))
    cells.record(["spikes", "v"])
    sim.run(50.0)
    first = cells.get_data(clear=True).segments[0]
    recorder = cells.recorder
    kept = [recorder._spikes, *(m for found in recorder._states.values() for _, m in found)]
    assert [m.progress()["step"].size for m in kept] == [0, 0]
    sim.run(30.0)
    second = cells.get_data().segments[0]
    assert first.analogsignals[0].shape == (501, 3)
    assert second.analogsignals[0].shape == (301, 3)
    assert float(second.analogsignals[0].t_start) == 50.0
    trains = [np.array(segment.spiketrains[0]) for segment in (first, second)]
    assert trains[0].max() <= 50.0 < trains[1].min()
    np.testing.assert_allclose(np.diff(np.concatenate(trains)), np.diff(trains[0])[0], atol=1e-9)
    assert cells.mean_spike_count() == trains[1].size


def test_the_rate_of_gif_neurons_is_in_hz() -> None:
    kind = sim.GIF_cond_exp(lambda0=20.0)
    assert sim.Population(2, kind).get("lambda0") == 20.0
    # distsnn's is in 1/ms.
    native = kind.native_parameters
    native.shape = (1,)
    native.evaluate(simplify=True)
    assert native["lambda_0"] == pytest.approx(0.02)
