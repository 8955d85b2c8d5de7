"""Connections that carry values in each step, beside NEST's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import distsnn.nest
from distsnn.errors import ParameterError
from tests.pynest_eprop import CASES, eprop
from tests.pynest_eprop_at_spikes import CASES as AT_SPIKES
from tests.pynest_eprop_at_spikes import eprop_at_spikes
from tests.pynest_sums import (
    astrocytes,
    clopath,
    clopath_currents,
    gaps,
    multiplied,
    rates,
    siegert,
)


def together(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return np.abs(ours[: len(theirs)] - theirs)


def test_rates_are_those_of_nest(peer: ModuleType) -> None:
    theirs = rates(peer, False)
    assert theirs.std(axis=0).min() > 0.01
    assert theirs[:, :3].min() == 0.4
    assert together(rates(distsnn.nest, False), theirs).max() < 1e-12


def test_rates_that_are_multiplied_are_those_of_nest(peer: ModuleType) -> None:
    theirs = multiplied(peer)
    assert theirs.std(axis=0).min() > 0.01
    assert together(multiplied(distsnn.nest), theirs).max() < 1e-12


@pytest.mark.long
def test_rates_that_nest_iterates(peer: ModuleType) -> None:
    assert together(rates(distsnn.nest, True), rates(peer, True)).max() < 1e-7


@pytest.mark.long
def test_currents_of_astrocytes_are_those_of_nest(peer: ModuleType) -> None:
    (ours, potentials), (theirs, of_nest) = (astrocytes(nest) for nest in (distsnn.nest, peer))
    assert theirs.max() > 5.0
    assert together(ours, theirs).max() < 1e-9
    assert together(potentials, of_nest).max() < 1e-4


@pytest.mark.long
def test_gap_junctions_are_those_of_nest_to_its_iteration(peer: ModuleType) -> None:
    (ours, potentials), (theirs, of_nest) = (gaps(nest) for nest in (distsnn.nest, peer))
    assert theirs.size == ours.size == 12
    assert np.abs(ours - theirs).max() < 0.051
    assert together(potentials, of_nest).max() < 1.0


@pytest.mark.long
def test_weights_that_follow_the_potential_are_those_of_nest(peer: ModuleType) -> None:
    (weights, spikes, potentials), theirs = (clopath(nest) for nest in (distsnn.nest, peer))
    assert np.abs(np.diff(theirs[0], axis=0)).max() > 0.05
    np.testing.assert_allclose(weights, theirs[0], rtol=3e-5, atol=1e-5)
    np.testing.assert_allclose(spikes, theirs[1], rtol=1e-12)
    assert len(spikes) >= 18
    assert together(potentials, theirs[2]).max() < 0.01


@pytest.mark.long
def test_currents_that_follow_the_potential_are_those_of_nest(peer: ModuleType) -> None:
    (weights, spikes), theirs = (clopath_currents(nest) for nest in (distsnn.nest, peer))
    assert np.ptp(theirs[0]) > 5.0
    np.testing.assert_allclose(spikes, theirs[1], rtol=1e-12)
    np.testing.assert_allclose(weights, theirs[0], rtol=1e-3)


def test_rates_of_populations_are_those_of_nest(peer: ModuleType) -> None:
    theirs, ours = siegert(peer), siegert(distsnn.nest)
    assert theirs[-1].min() > 1.0
    # NEST integrates to 1.5e-8, and iterates to 1e-4.
    np.testing.assert_allclose(ours[: len(theirs)], theirs, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("case", [CASES[0], pytest.param(CASES[1], marks=pytest.mark.long)])
def test_eprop_learns_as_in_nest(peer: ModuleType, case: Any) -> None:
    theirs, ours = eprop(peer, *case), eprop(distsnn.nest, *case)
    assert theirs.keys() == ours.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
    sent = theirs["weights of 23"]
    assert np.unique(sent).size > 100
    assert theirs["times of 26"].size > 200


@pytest.mark.parametrize("case", [AT_SPIKES[0], pytest.param(AT_SPIKES[1], marks=pytest.mark.long)])
def test_eprop_at_spikes_learns_as_in_nest(peer: ModuleType, case: Any) -> None:
    theirs, ours = eprop_at_spikes(peer, *case), eprop_at_spikes(distsnn.nest, *case)
    assert theirs.keys() == ours.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
    assert np.unique(theirs["weights of 24"]).size > 500
    assert theirs["times of 28"].size > 200


def test_what_neurons_do_not_send_is_refused() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2)
    with pytest.raises(ParameterError, match="the source is iaf_psc_exp, which sends no V_m"):
        nest.Connect(cells, cells, syn_spec={"synapse_model": "gap_junction"})
    astrocytes = nest.Create("astrocyte_lr_1994", 2)
    with pytest.raises(ParameterError, match="the target is iaf_psc_exp, which receives no I_SIC"):
        nest.Connect(astrocytes, cells, syn_spec={"synapse_model": "sic_connection"})
    nest.ResetKernel()


def bells(nest: Any, linear: bool) -> Any:
    """Rates that are bells of what is received, without noise."""
    nest.ResetKernel()
    given = nest.Create("lin_rate_ipn", 2, {"sigma": 0.0, "mu": [0.4, 0.8], "rate": 0.2})
    bell = nest.Create("rate_transformer_gauss", 1, {
        "mu": 0.1, "sigma": 0.7, "g": 1.5, "linear_summation": linear})  # fmt: skip
    nest.Connect(given, bell, syn_spec={
        "synapse_model": "rate_connection_delayed", "weight": [[0.7, 0.4]], "delay": 1.0
    })  # fmt: skip
    meter = nest.Create("multimeter", 1, {"record_from": ["rate"], "interval": 0.1})
    nest.Connect(meter, bell)
    nest.Simulate(20.0)
    return np.asarray(meter.events["rate"])


def test_bells_are_those_of_nest(peer: Any) -> None:
    for linear in (True, False):
        theirs = bells(peer, linear)
        assert theirs.std() > 0.05
        np.testing.assert_allclose(bells(distsnn.nest, linear), theirs, atol=1e-12)


def test_noise_of_outputs_is_recorded(peer: Any) -> None:
    """With what it makes of the rate of the step before; likewise noise on the input."""
    for nest in (peer, distsnn.nest):
        nest.ResetKernel()
        out = nest.Create("lin_rate_opn", 1, {"sigma": 0.5, "mu": 1.0})
        bell = nest.Create("gauss_rate_ipn", 1, {"sigma": 0.5, "mu": 1.0})
        meters = nest.Create("multimeter", 2, {"interval": 0.1})
        for one, names in zip(
            meters, (["rate", "noise", "noisy_rate"], ["rate", "noise"]), strict=True
        ):
            one.record_from = names
        nest.Connect(meters[0], out)
        nest.Connect(meters[1], bell)
        nest.Simulate(50.0)
        found = [{name: np.asarray(x) for name, x in one.events.items()} for one in meters]
        rate, noise = found[0]["rate"], found[0]["noise"]
        assert 0.4 < noise.std() < 0.6
        np.testing.assert_allclose(found[0]["noisy_rate"][1:], rate[:-1] + 10.0 * noise[1:])
        rate, noise = found[1]["rate"], found[1]["noise"]
        before, kept = rate[:-1], np.exp(-0.01)
        driven = 1.0 + np.exp(-((0.0 - 1.0) ** 2) / (2 * 0.5**2))
        grown = before * kept + driven * (1.0 - kept)
        grown += noise[1:] * np.sqrt(0.5 * (1.0 - kept**2))
        np.testing.assert_allclose(rate[1:], grown, rtol=1e-9)
