"""Each synapse of NEST through ``distsnn.nest``: what it sends and its states beside NEST's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import distsnn.nest
from distsnn.errors import ParameterError
from tests.pynest_dopamine import learning
from tests.pynest_parrots import parrots
from tests.pynest_sent import sent

SPIKES = [3.0, 10.0, 12.0, 30.0, 31.5, 70.0, 71.0, 72.0, 120.0]
# Parameters besides the defaults; None where there are only these.
SYNAPSES: dict[str, list[dict[str, Any]]] = {
    "static_synapse": [{}],
    "tsodyks_synapse": [{}, {"tau_fac": 100.0, "U": 0.3, "u": 0.1, "x": 0.8, "tau_psc": 4.0}],
    "tsodyks2_synapse": [{}, {"tau_fac": 100.0, "U": 0.3, "u": 0.2, "x": 0.9}],
    "ht_synapse": [{}, {"tau_P": 50.0, "delta_P": 0.3}],
    "stdp_synapse": [
        {"Wmax": 1500.0},
        {"Wmax": 2000.0, "lambda": 0.1},
        {"weight": -800.0, "Wmax": -1500.0, "mu_plus": 0.0, "mu_minus": 0.0, "alpha": 0.3},
    ],
    "stdp_nn_symm_synapse": [{"Wmax": 1500.0}, {"Wmax": 2000.0, "lambda": 0.1}],
    "stdp_nn_pre_centered_synapse": [{"Wmax": 1500.0}, {"Wmax": 2000.0, "lambda": 0.1}],
    "stdp_pl_synapse_hom": [{}],
    "stdp_triplet_synapse": [{"Wmax": 1500.0}, {"weight": -800.0, "Wmax": -1500.0}],
    "vogels_sprekeler_synapse": [
        {"Wmax": 2000.0, "eta": 0.1},
        {"weight": -800.0, "Wmax": -2000.0, "eta": 0.1},
    ],
}
FEW = ["tsodyks_synapse", "ht_synapse", "tsodyks2_synapse"]
STATES = ("u", "x", "y", "P", "U", "tau_rec")


def script(nest: Any, names: list[str]) -> dict[str, Any]:
    nest.ResetKernel()
    given = nest.Create("spike_generator", params={"spike_times": SPIKES})
    parrot = nest.Create("parrot_neuron")
    nest.Connect(given, parrot)
    specs = [{"synapse_model": n, **values} for n in names for values in SYNAPSES[n]]
    slow = {"tau_minus": 30.0, "tau_minus_triplet": 70.0}
    if "vogels_sprekeler_synapse" in names:
        slow = {}
    cells = nest.Create("iaf_psc_exp", len(specs), params={"I_e": 380.0, **slow})
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    recorded = ["I_syn_ex", "I_syn_in"]
    meter = nest.Create("multimeter", params={"record_from": recorded, "interval": 0.1})
    nest.Connect(meter, cells)
    for k, spec in enumerate(specs):
        nest.Connect(parrot, cells[k : k + 1], syn_spec={"weight": 800.0, "delay": 1.5, **spec})
    nest.Simulate(100.0)
    states = {}
    for one in nest.GetConnections(parrot, cells):
        known = one.get()
        states[known["target"]] = [known[name] for name in STATES if name in known]
        if one.synapse_model == "tsodyks_synapse":
            one.U = 0.7
        if one.synapse_model == "ht_synapse":
            one.P = 0.4
    nest.Simulate(100.0)
    events, traces = recorder.events, meter.events
    senders = np.asarray(events["senders"]) - cells.tolist()[0]
    order = np.lexsort((traces["senders"], traces["times"]))
    return {
        "spikes": sorted(zip(senders.tolist(), np.round(events["times"], 6).tolist(), strict=True)),
        "currents": sum(np.asarray(traces[x]) for x in recorded)[order].reshape(-1, len(cells)),
        "states": [states[target] for target in sorted(states)],
    }


def compare(peer: ModuleType, names: list[str]) -> None:
    theirs, ours = (script(nest, names) for nest in (peer, distsnn.nest))
    assert len(theirs["spikes"]) > 3
    assert ours["spikes"] == theirs["spikes"]
    n = len(theirs["currents"])
    np.testing.assert_allclose(ours["currents"][:n], theirs["currents"], atol=1e-9)
    if names == FEW:
        for found, expected in zip(ours["states"], theirs["states"], strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_synapses_with_states_are_those_of_nest(peer: ModuleType) -> None:
    compare(peer, FEW)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SYNAPSES if name not in FEW])
def test_each_synapse_is_that_of_nest(peer: ModuleType, name: str) -> None:
    compare(peer, [name])


def test_what_spikes_carry_is_that_of_nest(peer: ModuleType) -> None:
    theirs, ours = (sent(nest) for nest in (peer, distsnn.nest))
    assert {name: len(column) for name, column in theirs.items() if "times" in name} == {
        "times_9": 240, "times_10": 30,
    }  # fmt: skip
    for name, column in theirs.items():
        np.testing.assert_allclose(ours[name], column, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("run", [learning, parrots])
def test_learning_is_that_of_nest(peer: ModuleType, run: Any) -> None:
    """Pairs of the last spikes, what dopamine changes, and synapses onto parrots."""
    theirs, ours = (run(nest) for nest in (peer, distsnn.nest))
    assert min(len(column) for column in theirs.values()) > 20
    # NEST takes in what is still on its way.
    keep = theirs["times"] < theirs["times"].max() - 3.0
    of_ours = ours["times"] < theirs["times"].max() - 3.0
    for name in ("times", "senders", "targets", "weights"):
        np.testing.assert_allclose(ours[name][of_ours], theirs[name][keep], rtol=1e-9)
    for name in ("spike_times", "spike_senders"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12)


def test_parrots_that_get_several_spikes_at_once_say_so() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2, params={"I_e": 500.0})
    parrot = nest.Create("parrot_neuron")
    nest.Connect(cells, parrot)
    with pytest.warns(UserWarning, match="several spikes reached a parrot_neuron.* node 3"):
        nest.Simulate(30.0)


def test_a_negative_bound_of_weights_that_change_with_the_weight_is_refused() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    parrot, cell = nest.Create("parrot_neuron"), nest.Create("iaf_psc_exp")
    spec = {"synapse_model": "stdp_synapse", "weight": -1.0, "Wmax": -5.0}
    with pytest.raises(ParameterError, match="a negative Wmax with mu_plus=1 and mu_minus=1"):
        nest.Connect(parrot, cell, syn_spec=spec)


def test_synapses_that_release_by_chance() -> None:
    """One spike onto many: binomial numbers of releases, and what the next spike finds."""
    nest, n, sites = distsnn.nest, 2000, 3
    nest.ResetKernel()
    given = nest.Create("spike_generator", params={"spike_times": [1.0, 2.0]})
    parrot = nest.Create("parrot_neuron")
    nest.Connect(given, parrot)
    cells = nest.Create("iaf_psc_exp", 2 * n, params={"tau_syn_ex": 1e6})
    spec = {"synapse_model": "quantal_stp_synapse", "n": sites, "a": sites, "tau_rec": 1e6}
    nest.Connect(parrot, cells[:n], syn_spec={**spec, "u": 0.3, "U": 0.3, "tau_fac": 0.0})
    nest.Connect(
        parrot, cells[n:], syn_spec={"synapse_model": "bernoulli_synapse", "p_transmit": 0.2}
    )
    meter = nest.Create("multimeter", params={"record_from": ["I_syn_ex"], "interval": 1.0})
    nest.Connect(meter, cells)
    nest.Simulate(6.0)
    last = np.asarray(meter.events["I_syn_ex"])[-2 * n :]
    for values, trials, p in ((last[:n], sites, 0.3 + 0.7 * 0.3), (last[n:], 2, 0.2)):
        counts = np.round(values)
        np.testing.assert_allclose(values, counts, atol=1e-4)
        bound = 4.5 * np.sqrt(trials * p * (1 - p) / n)
        assert abs(counts.mean() - trials * p) < bound
        assert set(counts) == set(range(trials + 1))
    left = np.asarray(nest.GetConnections(parrot, cells[:n]).a)
    np.testing.assert_array_equal(left, sites - np.round(last[:n]))


def weighed(nest: Any) -> dict[str, Any]:
    """Potentials of neurons whose synapses get other weights while spikes are on their way."""
    nest.ResetKernel()
    nest.set(min_delay=0.5, max_delay=4.0)
    cells = nest.Create("iaf_psc_exp", 3, params={"I_e": [400.0, 500.0, 600.0]})
    others = nest.Create("iaf_psc_exp", 2)
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.1})
    delays = [[0.5, 1.7, 3.9], [4.0, 2.2, 1.0]]
    nest.Connect(cells, others, syn_spec={"weight": 20.0, "delay": delays})
    nest.Connect(meter, others)
    read = []
    for duration in (23.2, 2.1, 15.0, 4.4, 11.3):
        nest.Simulate(duration)
        found = nest.GetConnections(cells, others)
        ends = zip(found.source, found.target, strict=True)
        found.weight = [duration * (s - 2) + 3.0 * t for s, t in ends]
        read.append(found.weight)
    nest.Simulate(20.0)
    events = meter.events
    return {"V": events["V_m"][np.lexsort((events["senders"], events["times"]))], "read": read}


def test_spikes_on_their_way_keep_their_weights(peer: Any) -> None:
    ours, theirs = weighed(distsnn.nest), weighed(peer)
    assert ours["read"] == theirs["read"]
    np.testing.assert_allclose(ours["V"], theirs["V"], rtol=1e-12)


def test_weights_of_another_sign_are_refused_where_they_act_elsewhere() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2, params={"tau_syn_in": 5.0})
    nest.Connect(cells, cells, syn_spec={"weight": [[1.0, -1.0], [2.0, -2.0]]})
    nest.Simulate(1.0)
    found = nest.GetConnections()
    with pytest.raises(ParameterError, match="another sign"):
        found.weight = 1.0
    found.weight = [3.0 * x for x in found.weight]
    assert sorted(found.weight) == [-6.0, -3.0, 3.0, 6.0]
