"""Scripts of PyNEST give what NEST gives, where nothing is random: same times, labels, values."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import distsnn.nest

# Model, currents of its neurons, largest weight, and how far potentials may be apart (mV).
MODELS = [
    ("iaf_psc_exp", (300.0, 500.0), 100.0, 1e-10),
    ("iaf_psc_alpha", (300.0, 500.0), 100.0, 1e-10),
    ("iaf_psc_delta", (300.0, 500.0), 3.0, 1e-10),
    ("iaf_cond_exp", (200.0, 500.0), 4.0, 2e-2),
    ("iaf_cond_alpha", (200.0, 500.0), 4.0, 2e-2),
]
N, TARGETS = 30, 12


def script(nest: Any, name: str, currents: tuple[float, float], most: float) -> dict[str, Any]:
    """A network of all kinds of deterministic devices, with currents for each neuron."""
    rng = np.random.default_rng(1)
    nest.ResetKernel()
    nest.resolution = 0.1
    first = nest.Create(name, N, params={"I_e": np.linspace(*currents, N).tolist()})
    second = nest.Create(name, TARGETS)
    given = nest.Create("spike_generator", params={
        "spike_times": [10.0, 20.0, 20.5], "spike_weights": [1.0, 2.0, 1.0]})  # fmt: skip
    several = nest.Create("spike_generator", params={
        "spike_times": [5.0, 44.0], "spike_multiplicities": [3, 1], "stop": 40.0})  # fmt: skip
    steps = nest.Create("step_current_generator", params={
        "amplitude_times": [12.0, 30.1], "amplitude_values": [90.0, -40.0]})  # fmt: skip
    direct = nest.Create("dc_generator", params={"amplitude": 50.0, "start": 20.0, "stop": 60.0})
    sine = nest.Create("ac_generator", params={
        "amplitude": 60.0, "frequency": 80.0, "offset": 10.0, "phase": 30.0, "stop": 25.0,
        "start": 3.0})  # fmt: skip
    parrots = nest.Create("parrot_neuron", 2)
    recorder = nest.Create("spike_recorder")
    late = nest.Create("spike_recorder", params={"start": 30.0, "stop": 60.0})
    meter = nest.Create("multimeter", params={"interval": 0.5, "record_from": ["V_m"]})
    weights = rng.uniform(-most, most, (TARGETS, N))
    nest.Connect(first, second, "all_to_all", {"weight": weights, "delay": 1.5})
    nest.CopyModel("static_synapse", "back", {"weight": most, "delay": 0.8})
    nest.Connect(second, first[:TARGETS], "one_to_one", "back")
    nest.Connect(given, second, syn_spec={"weight": 3 * most, "delay": 2.0})
    nest.Connect(several, parrots, syn_spec={"delay": 0.7})
    nest.Connect(parrots[:1], parrots[1:], syn_spec={"delay": 1.1})
    nest.Connect(parrots, second, syn_spec={"weight": most})
    nest.Connect(steps, second[:5], syn_spec={"delay": 0.4})
    nest.Connect(direct, second, syn_spec={"weight": 1.5})
    nest.Connect(sine, second[3:9])
    nest.Connect(first + second + parrots, recorder)
    nest.Connect(first, late)
    nest.Connect(meter, second[:3])
    nest.Simulate(50.0)
    second.I_e = currents[0]
    nest.Simulate(30.3)
    found = {}
    for key, device in (("all", recorder), ("late", late), ("meter", meter)):
        events = device.events
        order = np.lexsort((events["senders"], events["times"]))
        found |= {f"{key}_{k}": np.asarray(events[k])[order] for k in events}
    joined = nest.GetConnections(first + second + parrots, first + second)
    found["ends"] = sorted(zip(joined.source, joined.target, joined.weight, strict=True))
    # Those of one source are in the order of NEST's sort, which is not that of their creation.
    found["sources"] = joined.source
    found["time"] = nest.biological_time
    found["spikes"] = nest.local_spike_counter
    return found


@pytest.mark.parametrize(("name", "currents", "most", "bound"), MODELS)
def test_spikes_and_potentials_are_those_of_nest(
    peer: ModuleType, name: str, currents: tuple[float, float], most: float, bound: float
) -> None:
    ours = script(distsnn.nest, name, currents, most)
    theirs = script(peer, name, currents, most)
    assert ours.keys() == theirs.keys()
    assert len(theirs["all_times"]) > 50
    for key, value in theirs.items():
        if key == "meter_V_m":
            assert np.abs(value - ours[key]).max() <= bound
        else:
            np.testing.assert_allclose(ours[key], value, rtol=1e-12, err_msg=key)


# Defaults that differ, and why: a rate in spikes/ms, and numbers that stand for no bound.
OTHER = {"f_target", "V_min", "alpha"}


def test_defaults_are_those_of_nest(peer: Any) -> None:
    """Of all models, as far as both have them; those of diffusion_connection have no weight."""
    ours = distsnn.nest
    ours.ResetKernel()
    peer.ResetKernel()
    counted = 0
    for names, own in (
        (peer.node_models, ours.node_models),
        (peer.synapse_models, ours.synapse_models),
    ):
        for model in sorted({*names} & {*own} - {"diffusion_connection"}):
            theirs, found = peer.GetDefaults(model), ours.GetDefaults(model)
            for name in theirs.keys() & found.keys() - OTHER - {"model_id", "synapse_modelid"}:
                if isinstance(theirs[name], bool | int | float):
                    same = float(found[name]) == pytest.approx(float(theirs[name]), rel=1e-12)
                    assert same, (model, name)
                    counted += 1
    assert counted > 1000


def test_symmetric_pairs_are_drawn_from_both_ends(peer: Any) -> None:
    """Each target draws sources, both ways are joined, and two nodes may draw each other."""
    n, p = 100, 0.1
    numbers = []
    for nest in (peer, distsnn.nest):
        nest.ResetKernel()
        cells = nest.Create("iaf_psc_exp", n)
        nest.Connect(cells, cells, {
            "rule": "symmetric_pairwise_bernoulli", "p": p, "allow_autapses": False,
            "make_symmetric": True})  # fmt: skip
        made = nest.GetConnections().get(["source", "target"])
        joined = np.zeros((n + 1, n + 1))
        np.add.at(joined, (made["source"], made["target"]), 1)
        assert (joined == joined.T).all()
        assert joined.max() == 2
        assert not joined.diagonal().any()
        numbers.append(joined.sum())
    assert all(abs(x / 2 - n * n * p) < 5 * np.sqrt(n * n * p * (1 - p)) for x in numbers)
