"""Rules (also of plasticity) and monitors of users give the same on all numbers of ranks."""
# ruff: noqa: ARG002 - rules have the arguments of all

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.synapses.spike_timing import SpikeTiming, WeightChange
from distsnn.errors import ParameterError
from distsnn.exchange import run_loopback
from distsnn.forecast.memory_budget import NetworkBudget
from distsnn.forecast.thinning import thin_network
from tests.user_monitor import LevelMonitor

COUNTS = (1, 2, 3, 4, 7)


@dataclass(frozen=True)
class SmallWorld(snn.ConnectionRule):
    k: int
    p: float

    def edges_to(self, targets, n_source, n_target, shift, draws):
        target = np.repeat(targets, self.k)
        number = np.tile(np.arange(self.k), targets.size)
        anywhere = draws.integers(n_source, target, number, call=1)
        rewired = draws.uniform(target, number) < self.p
        return np.where(rewired, anywhere, (target + 1 + number) % n_source), target


@dataclass(frozen=True)
class Fan(snn.ConnectionRule):
    width: int

    def edges_from(self, sources, n_source, n_target, shift, draws):
        source = np.repeat(sources, self.width)
        far = draws.integers(n_target, source)
        return source, (far + np.tile(np.arange(self.width), sources.size)) % n_target


@dataclass(frozen=True, eq=False)
class Additive(SpikeTiming):
    gain: float
    loss: float
    w_max: float
    w_min: float = 0.0
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    pairing = "all_to_all"
    coincidence = "pre_first"
    transmits = "before"
    formula = WeightChange("w + gain * r", "w - loss * y")

    @property
    def parameters(self):
        return {name: getattr(self, name) for name in ("w_min", "w_max", "gain", "loss")}


def network(to, rule=Additive(0.5, 0.4, 80.0)):
    snn.start_scope()
    cells = snn.NeuronGroup(23, snn.LIF(I_e=500.0), name="cells")
    cells.V_m = "-70*mV + rand()*15*mV"
    near = snn.Synapses(
        cells[:15],
        cells[3:],
        snn.Exponential(tau=5.0),
        weight=snn.Uniform(0.0, 60.0),
        delay=snn.Uniform(0.5, 2.0),
        stdp=rule,
        name="near",
    )
    near.connect(SmallWorld(4, 0.3))
    near.connect(Fan(2))
    around = np.sin(np.arange(23.0))
    near.connect(snn.BernoulliByDistance(around[:15], around[3:], 0.9, "gaussian", 0.2))
    far = snn.Synapses(cells, cells, "w : amp", on_pre="I_syn_post += w", delay=1.0, name="far")
    far.connect(Fan(3))
    far.w = "rand()*30*pA"
    spikes = snn.SpikeMonitor(cells, name="spikes")
    levels = LevelMonitor(cells, "V_m", -60.0, dt=0.5, name="levels")
    written = LevelMonitor(cells, "V_m", -60.0, dt=0.5, name="written", to=to)
    trace = snn.StateMonitor(cells, "V_m", True, dt=0.5, name="trace")
    objects = cells, near, far, spikes, levels, written, trace
    return snn.Network(*objects, seed=4), near, far, spikes, cells


def results(members):
    net, near, far, spikes, cells = members
    trace = net["trace"]
    above = (trace.V_m > -60.0).sum(axis=0)
    for levels in (net["levels"], net["written"]):
        np.testing.assert_array_equal(levels.count, above)
        np.testing.assert_array_equal(levels.t, trace.t)
    assert above.min() < above.max()
    found = spikes.t, spikes.i, cells.V_m, near.i, near.j, near.w, far.i, far.j, far.w
    return [np.asarray(a).tobytes() for a in found]


def test_runs_are_the_same_on_all_numbers_of_ranks(tmp_path):
    # Saved and resumed on another number: that of the position in the list.
    before = dict(zip(COUNTS, (7, 4, 1, 2, 3), strict=True))

    def whole(world):
        members = network(tmp_path / f"whole{world.size}.h5")
        members[0].run(30.0)
        members[0].save(tmp_path / f"{world.size}.h5")
        members[0].run(30.0)
        return results(members)

    def second_half(world):
        members = network(tmp_path / f"whole{before[world.size]}.h5")
        members[0].load(tmp_path / f"{before[world.size]}.h5")
        members[0].run(30.0)
        return results(members)[2:]

    wanted = run_loopback(1, whole)[0]
    built_in = network(None, snn.STDP(0.5, 0.4, w_max=80.0))
    built_in[0].run(60.0)
    assert results(built_in) == wanted
    assert np.frombuffer(wanted[0]).size > 20
    for count in COUNTS[1:]:
        assert all(found == wanted for found in run_loopback(count, whole))
    for count in COUNTS:
        assert all(found == wanted[2:] for found in run_loopback(count, second_half))


def test_a_file_has_columns(tmp_path):
    class Joined(LevelMonitor):
        def describe_probe(self, index):
            return replace(super().describe_probe(index), by_column=False)

    cells = snn.NeuronGroup(23, snn.LIF(I_e=500.0), name="cells")
    levels = Joined(cells, "V_m", -60.0, dt=0.5, name="levels", to=tmp_path / "levels.h5")
    with pytest.raises(ParameterError, match="levels: its samples are joined, and it has a file"):
        snn.Network(cells, levels).run(1.0)
    assert not list(tmp_path.iterdir())


def test_another_process_measures_without_the_class():
    budget = NetworkBudget(network(None)[0].description)
    for share in (1.0, 0.5):
        thinned = thin_network(budget, share).description
        assert not any(rule.gives_arrays for s in thinned.synapses for rule in s.rules)
        pickle.dumps(thinned)
    number = sum(expected.number for expected in budget.expected)
    thinned = NetworkBudget(thin_network(budget, 1.0).description)
    assert sum(expected.number for expected in thinned.expected) == pytest.approx(number, rel=0.1)
