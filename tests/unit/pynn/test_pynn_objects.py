"""Objects of PyNN on distsnn: what is taken, set between runs, drawn, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from distsnn.errors import ParameterError

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


def test_setup_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ParameterError, match="setup: seed=3; arguments are timestep"):
        sim.setup(seed=3)
    assert sim.setup(use_cvode=True) == 0
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
    made = sim.Projection(source, cells[:2], sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    source.record("spikes")
    cells.record(["v", "isyn_exc"])
    sim.run(5.0)
    with pytest.raises(Exception, match="a population was made after the first run"):
        sim.Population(1, sim.IF_curr_exp())
    with pytest.raises(Exception, match="delay of StaticSynapse is fixed once the network has run"):
        made.set(delay=1.0)
    made.set(weight=2.0)
    source.set(spike_times=[5.0, 6.0])
    cells[1:2].initialize(v=-60.0)
    step.amplitudes = [0.5, 0.25]
    sim.run(5.0)
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
