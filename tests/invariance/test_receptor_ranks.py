"""Time constants for each neuron, and a user's receptor: the same on all numbers of ranks."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from distsnn.forecast.memory_budget import NetworkBudget
from distsnn.forecast.thinning import thin_network

COUNTS = (1, 2, 3, 4, 7)
N, DURATION = 23, 30.0


class TwoRates(snn.Receptor):
    tau_rise = snn.Parameter(1.0, "ms", "> 0")
    tau = snn.Parameter(5.0, "ms", "> 0")
    equations = """
    dx/dt = (rise - x)/tau
    drise/dt = -rise/tau_rise
    """


def different():
    """Time constants for each neuron, in all the ways in which they can be given."""
    fast = np.linspace(2.0, 13.0, N)
    # That of the membrane.
    fast[4:9] = 10.0
    return fast, "2*ms + 0.3*i*ms", snn.Uniform(2.0, 9.0), "3*ms + rand()*4*ms"


def equal():
    return tuple(np.full(N, tau) for tau in numbers())


def numbers():
    return 10.0, 3.7, 4.1, 5.3


def network(fast, slow, cond, block):
    snn.start_scope()
    cells = snn.NeuronGroup(N, snn.LIF(tau_m=10.0, I_e=380.0), name="cells")
    others = snn.NeuronGroup(N, snn.LIF(I_e=390.0), name="others")
    adex = snn.NeuronGroup(N, snn.AdEx(I_e=900.0, t_ref=0.4), name="adex")
    cells.V_m = others.V_m = "-70*mV + rand()*15*mV"
    given = [
        (cells, cells, snn.Exponential(fast), 20.0, {"stdp": snn.STDP(0.5, 0.4, w_max=80.0)}),
        (cells, cells, snn.Alpha(slow, name="slow"), 20.0, {"stp": snn.STP(0.4, 80.0, 20.0)}),
        (cells, cells, TwoRates(tau=fast, tau_rise=slow, name="own"), 20.0, {}),
        (cells, others, snn.Exponential(cond, snn.COBA(0.0)), 2.0, {}),
        (cells, others, snn.Alpha(slow, snn.COBA(-80.0), name="a"), 2.0, {}),
        (others, others, TwoRates(tau=block, output=snn.MgBlock(), name="own"), 2.0, {}),
        (others, adex, TwoRates(tau=block, output=snn.COBA(0.0), name="own"), 3.0, {}),
        (others, adex, snn.Exponential(fast, name="fast"), 40.0, {}),
    ]
    synapses = [
        snn.Synapses(source, target, receptor, weight=weight, delay=snn.Uniform(0.3, 2.0), **more)
        for source, target, receptor, weight, more in given
    ]
    for made in synapses:
        made.connect(p=0.3)
    spikes = [snn.SpikeMonitor(group) for group in (cells, others, adex)]
    net = snn.Network(cells, others, adex, synapses, spikes, seed=4)
    return net, (cells, others, adex), spikes, synapses[0]


def changed(groups):
    groups[0].tau_I_syn = np.linspace(9.0, 11.0, N)
    groups[0][:5].tau_I_syn_slow = 4.0
    groups[1].tau_g = "2*ms + rand()*ms"
    groups[2].tau_rise_g_own = 2.0


def results(groups, plastic):
    found = [getattr(group, x) for group in groups for x in group.variables()]
    return [np.asarray(values).tobytes() for values in (*found, plastic.w)]


def spikes_of(monitors):
    return [np.asarray(values).tobytes() for m in monitors for values in (m.t, m.i)]


def test_runs_are_the_same_on_all_numbers_of_ranks(tmp_path):
    # Saved and resumed on another number: that of the position in the list.
    before = dict(zip(COUNTS, (7, 4, 1, 2, 3), strict=True))

    def whole(world):
        net, groups, monitors, plastic = network(*different())
        net.run(DURATION)
        changed(groups)
        net.save(tmp_path / f"{world.size}.h5")
        net.run(DURATION)
        return results(groups, plastic), spikes_of(monitors)

    def second_half(world):
        net, groups, _, plastic = network(*different())
        net.load(tmp_path / f"{before[world.size]}.h5")
        net.run(DURATION)
        return results(groups, plastic)

    wanted = run_loopback(1, whole)[0]
    assert all(np.frombuffer(times).size > 10 for times in wanted[1][::2])
    for count in COUNTS[1:]:
        assert all(found == wanted for found in run_loopback(count, whole))
    for count in COUNTS:
        assert all(found == wanted[0] for found in run_loopback(count, second_half))


def test_equal_time_constants_have_the_bits_of_one_number():
    found = []
    for taus in (numbers(), equal()):
        net, groups, monitors, plastic = network(*taus)
        net.run(DURATION)
        found.append((results(groups, plastic), spikes_of(monitors)))
    assert found[0] == found[1]


def test_memory_is_planned_with_them():
    budgets = [NetworkBudget(network(*taus)[0].description) for taus in (numbers(), equal())]
    before, now = (budget.of_rank(0, 1).parts["neurons"] for budget in budgets)
    n_numbers = [
        sum(len(of_group) for of_group in budget._per_neuron.values()) for budget in budgets
    ]
    assert n_numbers[0] == 0
    assert n_numbers[1] > 20
    assert now - before == pytest.approx(8 * N * n_numbers[1], rel=1e-6)


def test_another_process_measures_without_the_class():
    budget = NetworkBudget(network(*different())[0].description)
    thinned = thin_network(budget, 0.5).description
    again = pickle.loads(pickle.dumps(thinned))
    for group in again.groups:
        assert not any(isinstance(receptor, TwoRates) for receptor in group.receptors)
    assert NetworkBudget(again).of_rank(0, 1).parts["neurons"] == pytest.approx(
        budget.of_rank(0, 1).parts["neurons"]
    )
