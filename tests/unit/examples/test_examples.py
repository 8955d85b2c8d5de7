from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn import Delta, Exponential, Hz
from distsnn.describe.synapses.fixed_rules import FixedTotalNumber
from distsnn.errors import ParameterError
from distsnn.examples import brunel, catalog, load, microcircuit
from distsnn.record.spikes.spike_reader import SpikeFile

SMALL = {
    "microcircuit": {"scale": 0.01},
    "brunel": {"scale": 0.02},
    "plastic": {"scale": 0.05, "inputs": 0.05},
    "cuba": {"scale": 0.1},
    "coba": {"scale": 0.1},
}


def sizes(network) -> list[int]:
    return [group.N for group in network.groups]


@pytest.mark.parametrize("name", list(SMALL))
def test_every_example_runs(name: str, tmp_path: Path) -> None:
    model = load(name)
    network = model.network(**SMALL[name])
    summary = network.run(50.0, record=tmp_path / "spikes.h5")
    spikes = SpikeFile(tmp_path / "spikes.h5")
    assert summary.spikes == sum(spikes.count(group) for group in spikes.groups) > 0
    model.report(network, spikes)


def test_small_networks_are_listed_here() -> None:
    assert set(SMALL) == set(catalog())


def full_synapses() -> np.ndarray:
    return np.round(microcircuit.number_of_synapses())


def test_full_microcircuit_has_the_published_size() -> None:
    network = microcircuit.network(scale=1.0)
    assert sum(sizes(network)) == 77_169
    rules = [rule for synapses in network.synapses for rule in synapses._rules]
    assert all(isinstance(rule, FixedTotalNumber) for rule in rules)
    assert full_synapses().sum() == 298_880_968
    assert sum(len(synapses) for synapses in network.synapses) == 298_880_968
    assert [part.N for part in network.inputs] == microcircuit.MODEL["background"]["indegree"]
    np.testing.assert_array_equal([group.I_e[0] for group in network.groups], 0.0)


def test_microcircuit_weights() -> None:
    assert microcircuit.psc_of_psp(0.15) == pytest.approx(87.81, abs=0.005)
    weights = microcircuit.mean_weights()
    np.testing.assert_allclose(weights[:, 1], -4 * 87.81, rtol=1e-4)
    assert weights[0, 2] == pytest.approx(2 * weights[0, 0])
    assert weights[1, 2] == pytest.approx(weights[0, 0])


def test_smaller_microcircuit_keeps_mean_and_variance_of_the_input() -> None:
    """The sums that van Albada et al. (2015) demand, from the network as described."""
    scale, k_scale = 0.5, 0.25
    network = microcircuit.network(scale=scale, k_scale=k_scale)
    rates = np.array(microcircuit.MODEL["expected"]["rates_published_Hz"]) * Hz
    full_weights = microcircuit.mean_weights()
    indegrees = full_synapses() / np.array(microcircuit.MODEL["sizes"])[:, np.newaxis]
    external = microcircuit.external_rates()
    w_ext = microcircuit.psc_of_psp(0.15)
    names = microcircuit.POPULATIONS
    for k, (group, noise) in enumerate(zip(network.groups, network.inputs, strict=True)):
        mean = noise.N * noise.rate * noise.weight
        variance = noise.N * noise.rate * noise.weight**2
        for synapses in network.synapses:
            if synapses.target.group is group:
                s = names.index(synapses.source.group.name)
                inputs = len(synapses) / group.N * rates[s]
                mean += inputs * synapses._weight.mean
                variance += inputs * synapses._weight.mean**2
        tau_syn = 0.5
        full_mean = (indegrees[k] * full_weights[k]) @ rates + external[k] * w_ext
        full_variance = (indegrees[k] * full_weights[k] ** 2) @ rates + external[k] * w_ext**2
        assert group.I_e[0] + tau_syn * mean == pytest.approx(tau_syn * full_mean, rel=1e-3)
        assert variance == pytest.approx(full_variance, rel=1e-3)


def test_constant_background_has_the_mean_of_the_poisson_one() -> None:
    network = microcircuit.network(scale=1.0, background="dc")
    assert not network.inputs
    expected = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]) * 8e-3 * 87.8 * 0.5
    np.testing.assert_allclose([group.I_e[0] for group in network.groups], expected, rtol=1e-3)


def test_microcircuit_report(tmp_path: Path) -> None:
    network = microcircuit.network(scale=0.01)
    network.run(30.0, record=tmp_path / "spikes.h5")
    lines = microcircuit.report(network, SpikeFile(tmp_path / "spikes.h5")).splitlines()
    assert lines[0].startswith("rates after 10 ms")
    assert [line.split()[0] for line in lines[2:]] == microcircuit.POPULATIONS
    assert "0.903" in lines[2]


def test_brunel_external_rate_reaches_threshold() -> None:
    """With eta = 1 the mean input alone brings the membrane to threshold, 20 mV."""
    for scale in (0.1, 1.0):
        delta = brunel.network(scale=scale, eta=1.0).inputs[0]
        assert delta.N * delta.rate * delta.weight * 20.0 == pytest.approx(20.0)
        current = brunel.network(scale=scale, eta=1.0, synapse="exponential").inputs[0]
        tau_syn, tau_m, C_m = 0.5, 20.0, 250.0
        potential = current.N * current.rate * current.weight * tau_syn * tau_m / C_m
        assert potential == pytest.approx(20.0)


def test_brunel_at_full_scale() -> None:
    network = brunel.network(scale=1.0)
    assert sizes(network) == [10_000, 2_500]
    assert {type(synapses.receptor) for synapses in network.synapses} == {Delta}
    assert [len(synapses) for synapses in network.synapses] == [
        10_000_000, 2_500_000, 2_500_000, 625_000,
    ]  # fmt: skip
    assert sorted({synapses._weight for synapses in network.synapses}) == [-0.5, 0.1]
    exponential = brunel.network(scale=1.0, synapse="exponential")
    assert {type(synapses.receptor) for synapses in exponential.synapses} == {Exponential}


def test_peak_of_a_response() -> None:
    C_m, tau_m, tau_syn = 250.0, 10.0, 0.5
    psc = 0.15 * brunel.psc_per_psp(C_m, tau_m, tau_syn)
    assert psc == pytest.approx(microcircuit.psc_of_psp(0.15))
    t = np.arange(0.0, 10.0, 1e-3)
    factor = psc / C_m * tau_m * tau_syn / (tau_m - tau_syn)
    potential = factor * (np.exp(-t / tau_m) - np.exp(-t / tau_syn))
    assert potential.max() == pytest.approx(0.15, rel=1e-6)


@pytest.mark.parametrize("name", ["cuba", "coba"])
def test_benchmarks_keep_the_number_of_inputs(name: str) -> None:
    for scale in (0.5, 1.0):
        network = load(name).network(scale=scale)
        assert sizes(network) == [round(3200 * scale), round(800 * scale)]
        inputs = sum(len(synapses) for synapses in network.synapses) / sum(sizes(network))
        assert inputs == pytest.approx(80.0, rel=0.02)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("microcircuit", {"scale": 0}),
        ("microcircuit", {"k_scale": 1.5}),
        ("microcircuit", {"background": "noise"}),
        ("brunel", {"synapse": "alpha"}),
    ],
)
def test_parameters_that_are_not_allowed(name: str, parameters: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=f"^{name}: "):
        load(name).network(**parameters)
