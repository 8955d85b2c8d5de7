"""The number of ranks is not part of the result: not to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from tests.networks import (
    DELAYS,
    DT,
    RULES,
    WEIGHTS,
    Built,
    Plan,
    Projection,
)

COUNTS = (1, 2, 3, 4, 7)
Result = dict[str, np.ndarray]


def result_of(built: Built) -> Result:
    """Spikes, states, parameters and edges."""
    found = {}
    for k, monitor in enumerate(built.monitors):
        found |= {f"t{k}": monitor.t, f"i{k}": monitor.i}
    found |= {f"state{k}": values for k, values in enumerate(built.states())}
    for m, synapses in enumerate(built.network.synapses):
        found |= {f"{name}{m}": getattr(synapses, name) for name in ("i", "j", "weight", "delay")}
    return found


def assert_same(one: Result, other: Result) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert values.dtype == other[name].dtype
        # As bytes: 0.0 and -0.0 differ, and so does every last bit.
        assert values.tobytes() == other[name].tobytes(), name


def check(job: Callable[[World], Result], counts: tuple[int, ...] = COUNTS) -> Result:
    """Every rank of every number of ranks finds the same; what that is."""
    first: Result | None = None
    for count in counts:
        for found in run_loopback(count, job):
            if first is None:
                first = found
            assert_same(first, found)
    assert first is not None
    return first


def simulated(plan: Plan, *durations: float) -> Callable[[World], Result]:
    def job(world: World) -> Result:
        built = plan.build()
        for duration in durations:
            built.network.run(duration)
        return result_of(built)

    return job


def n_spikes(result: Result) -> int:
    return sum(values.size for name, values in result.items() if name.startswith("t"))


@pytest.mark.parametrize("rule", RULES)
def test_rules(rule: str) -> None:
    plan = Plan(
        3,
        (30, 11),
        (5,),
        (("cuba", "cuba slow"), ("cuba",)),
        (
            Projection(0, 0, 0, rule, "uniform", "normal"),
            Projection(0, 0, 1, rule, "number", "number", (0.0, 0.6), (0.3, 1.0)),
            Projection(0, 1, 0, rule, "array", "array"),
            Projection(2, 0, 0, "p", "number", "one step"),
            Projection(2, 1, 0, "all", "number", "one step"),
        ),
        poisson=True,
    )
    assert n_spikes(check(simulated(plan, 60.0))) > 100


@pytest.mark.parametrize("delay", DELAYS)
def test_delays(delay: str) -> None:
    plan = Plan(
        4,
        (40,),
        (5,),
        (("cuba",),),
        (
            Projection(0, 0, 0, "indegree", "normal", delay),
            Projection(0, 0, 0, "pairs", "array", delay),
            Projection(1, 0, 0, "p", "number", delay),
        ),
    )
    assert n_spikes(check(simulated(plan, 60.0))) > 100


@pytest.mark.parametrize("weight", WEIGHTS)
def test_weights(weight: str) -> None:
    plan = Plan(
        5,
        (40,),
        (5,),
        (("cuba", "delta"),),
        (
            Projection(0, 0, 0, "indegree", weight, "uniform"),
            Projection(0, 0, 1, "pairs", weight, "array"),
            Projection(1, 0, 0, "p", weight, "number"),
        ),
    )
    assert n_spikes(check(simulated(plan, 60.0))) > 100


@pytest.mark.parametrize("sizes", [(1,), (2,), (3,), (1, 1, 1)])
def test_fewer_neurons_than_ranks(sizes: tuple[int, ...]) -> None:
    """Some ranks have no neuron, and some no synapse."""
    plan = Plan(
        6,
        sizes,
        (1,),
        (("cuba", "coba", "delta"),) * len(sizes),
        (
            Projection(len(sizes), 0, 0, "all", "number", "one step"),
            Projection(0, len(sizes) - 1, 2, "all", "normal", "zero"),
            Projection(0, 0, 1, "indegree", "array", "uniform"),
        ),
        poisson=True,
    )
    assert n_spikes(check(simulated(plan, 50.0))) > 10


def test_groups_without_synapses() -> None:
    assert n_spikes(check(simulated(Plan(7, (5, 2), (3,), ((), ()), ()), 30.0))) > 10


def test_a_silent_network() -> None:
    def job(world: World) -> Result:
        cells = snn.NeuronGroup(10, snn.LIF())
        synapses = snn.Synapses(cells, cells, snn.Exponential(5.0), weight=1.0, delay=1.0)
        synapses.connect()
        spikes = snn.SpikeMonitor(cells)
        network = snn.Network(cells, synapses, spikes, dt=DT)
        network.run(100.0)
        return result_of(Built(network, [spikes]))

    assert n_spikes(check(job)) == 0


@pytest.mark.parametrize("delay", [0.0, 0.1, 2.5])
def test_bursts_overflow_every_buffer(delay: float) -> None:
    """5000 neurons fire together every few steps, beside one that is alone."""

    def job(world: World) -> Result:
        cells = snn.NeuronGroup(5000, snn.LIF(I_e=40_000.0, t_ref=0.3))
        one = snn.NeuronGroup(1, snn.LIF(I_e=500.0))
        receptor = snn.Exponential(5.0)
        forth = snn.Synapses(cells, one, receptor, weight=snn.Normal(0.0, 1.0), delay=delay)
        forth.connect()
        back = snn.Synapses(
            one,
            cells,
            snn.Delta(),
            weight=snn.Uniform(0.0, 1.0),
            delay=snn.Uniform(delay, delay + 3.0),
        )
        back.connect()
        monitors = [snn.SpikeMonitor(cells), snn.SpikeMonitor(one)]
        network = snn.Network(cells, one, forth, back, monitors, dt=DT)
        network.run(30.0)
        return result_of(Built(network, monitors))

    assert n_spikes(check(job, (1, 2, 4))) > 100_000


@pytest.mark.parametrize("shortest", [0.0, 2.3])
def test_several_runs_are_one(shortest: float) -> None:
    plan = Plan(
        8,
        (25, 8),
        (4,),
        (("coba", "coba slow"), ("cuba", "delta")),
        (
            Projection(0, 0, 0, "p", "uniform", "uniform"),
            Projection(0, 1, 0, "outdegree", "number", "normal"),
            Projection(1, 0, 1, "total", "lognormal", "array"),
            Projection(2, 0, 0, "p", "number", "number"),
        ),
        shortest=shortest,
        longest=shortest + 2.0,
        poisson=True,
    )
    one = check(simulated(plan, 80.0))
    assert n_spikes(one) > 100
    assert_same(one, check(simulated(plan, 0.0, 0.1, 0.2, 17.7, 1.0, 61.0), (1, 3)))


def test_assignments_between_runs() -> None:
    plan = Plan(
        9,
        (30,),
        (5,),
        (("cuba", "delta"),),
        (
            Projection(0, 0, 0, "p", "uniform", "uniform"),
            Projection(0, 0, 1, "p", "number", "number"),
            Projection(1, 0, 0, "p", "number", "number"),
        ),
    )

    def job(world: World) -> Result:
        built = plan.build()
        cells = built.network.groups[0]
        parts = []
        built.network.run(20.0)
        cells[3:17].I_e = np.linspace(100, 900, 14)
        cells[5:9].V_m = snn.Uniform(-60, -55)
        cells[11:].I_syn_r0 = 40.0
        # Copies: what is read of a group follows what is set later.
        parts += [np.array(values) for values in built.states()]
        built.network.run(20.0)
        cells.I_e = 600.0
        cells[:7].tau_m = snn.Normal(20.0, 1.0, low=1.0)
        cells.V_m = snn.Normal(-60.0, 1.0)
        built.network.run(20.0)
        result = result_of(built)
        return result | {f"before{k}": values for k, values in enumerate(parts)}

    found = check(job)
    assert n_spikes(found) > 100
    values = [found[f"before{k}"] for k in range(sum(n.startswith("before") for n in found))]
    I_e = next(v for v in values if v[3] == 100.0)
    assert np.array_equal(I_e[3:17], np.linspace(100, 900, 14))
    assert any(np.array_equal(v[11:], np.full(19, 40.0)) for v in values)


def test_several_tiles_of_slots() -> None:
    """More than 65,536 variables of targets on a rank: in one group, and in many."""

    def job(world: World) -> Result:
        cells = snn.NeuronGroup(70_000, snn.LIF(I_e=snn.Uniform(0.0, 700.0)))
        few = snn.NeuronGroup(40_000, snn.LIF())
        exc, inh = snn.Exponential(3.0, name="exc"), snn.Exponential(8.0, name="inh")
        synapses = []
        for n, (source, target, receptor) in enumerate(
            [
                (cells, cells, exc),
                (cells[60_000:], cells, inh),
                (cells, few, exc),
                (cells, few[30_000:], inh),
            ]
        ):
            made = snn.Synapses(
                source,
                target,
                receptor,
                weight=(snn.Normal(5.0, 20.0), -30.0, snn.Uniform(0.0, 50.0), 7.5)[n],
                delay=snn.Uniform(0.5, 2.0),
            )
            made.connect(snn.FixedIndegree(4))
            synapses.append(made)
        monitors = [snn.SpikeMonitor(cells), snn.SpikeMonitor(few)]
        network = snn.Network(cells, few, synapses, monitors, dt=DT)
        network.run(15.0)
        return result_of(Built(network, monitors))

    found = check(job, (1, 3))
    assert n_spikes(found) > 10_000
    assert found["i1"].size > 0


def test_recorded_files(tmp_path: Path) -> None:
    plan = Plan(
        10,
        (30, 2),
        (5,),
        (("cuba", "delta"), ("coba",)),
        (
            Projection(0, 0, 0, "p", "uniform", "uniform"),
            Projection(0, 1, 0, "total", "number", "number"),
            Projection(2, 0, 0, "p", "number", "number"),
        ),
        poisson=True,
    )
    contents = []
    for count in COUNTS:
        path = tmp_path / f"{count}.h5"

        def job(world: World, path: Path = path) -> None:
            built = plan.build()
            built.network.run(30.0, record=path)
            built.network.run(20.0, record=path)

        run_loopback(count, job)
        contents.append(content(path))
    assert len(contents[0]["/spikes/cells0/timestamps"]) > 50
    assert all(found == contents[0] for found in contents)


def content(path: Path) -> dict[str, bytes]:
    """Every dataset and attribute of a file, in order, as bytes; but not when it was written."""
    found: dict[str, bytes] = {}

    def add(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            found[f"/{name}"] = item[...].tobytes()
        for key, value in item.attrs.items():
            if key not in {"created", "written", "date"}:
                found[f"/{name}@{key}"] = repr(value).encode()

    with h5py.File(path) as file:
        file.visititems(add)
    return found
