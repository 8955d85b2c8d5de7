"""What reaches each neuron model of NEST through ``distsnn.nest``, beside NEST."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np
import pytest

import distsnn.nest
from distsnn.nest_models.glif import MECHANISMS
from distsnn.nest_models.neuron_table import NEURONS
from tests.pynest_targets import Columns, reached_by_currents, reached_by_statements

# Models without a potential, those that NEST joins by few synapses, and one whose spikes NEST
# records at other times, by what they carry to NMDA receptors.
_OTHERS = ("astrocyte", "rate", "siegert", "eprop", "iaf_bw_2001")
MODELS = sorted(name for name in NEURONS if not any(part in name for part in _OTHERS))
_SOLVED = ("aeif_", "cond", "hh_", "ht_neuron")
# Where NEST's solver has larger errors: at spikes, whose slopes are steep.
_ROUGH = {"hh_cond_exp_traub": 4.0}
# Weights and currents (pA) of each, besides those of most.
_WEIGHTS = {"ht_neuron": 0.05, "izhikevich": 3.0, "hh_cond_exp_traub": 0.1}
_CURRENTS = {"izhikevich": 10.0, "pp_psc_delta": 50.0, "gif_psc_exp": 50.0}
# Those on which events act before the threshold.
FEW = ["iaf_psc_delta", "izhikevich", "pp_psc_delta", "gif_psc_exp"]


def compare(ours: Columns, theirs: Columns, tolerance: float, of_values: float = 0.0) -> None:
    assert ours.keys() == theirs.keys()
    n = len(theirs["V_m"])
    assert n > 1000
    for name, column in theirs.items():
        bound = max(tolerance, of_values) if name in {"V_m", "sent weights"} else tolerance
        np.testing.assert_allclose(ours[name], column, rtol=bound, atol=bound, err_msg=name)


def beside(peer: ModuleType, model: str, tolerance: float) -> None:
    weight, current = _WEIGHTS.get(model, 2.0), _CURRENTS.get(model, 500.0)
    theirs, ours = (
        reached_by_statements(nest, model, weight, current) for nest in (peer, distsnn.nest)
    )
    assert len(theirs["sent weights"]) > 100
    compare(ours, theirs, tolerance)
    theirs, ours = (reached_by_currents(nest, model, current) for nest in (peer, distsnn.nest))
    compare(ours, theirs, tolerance)


@pytest.mark.parametrize("model", FEW)
def test_what_acts_before_thresholds_does_so_in_the_step_of_nest(
    peer: ModuleType, model: str
) -> None:
    beside(peer, model, 1e-9)


@pytest.mark.long
@pytest.mark.parametrize("model", [name for name in MODELS if name not in FEW])
def test_what_reaches_each_model_acts_in_the_step_of_nest(peer: ModuleType, model: str) -> None:
    """To the tolerance of NEST's adaptive solvers, where it has them."""
    # Where ht_neuron spikes within a step depends on the sub-steps of a solver.
    weight, current = _WEIGHTS.get(model, 1.0), 5.0 if model == "ht_neuron" else 50.0
    for run in (partial(reached_by_statements, weight=weight), reached_by_currents):
        theirs, ours = (run(nest, model, current=current) for nest in (peer, distsnn.nest))
        least = 2e-3 if any(part in model for part in _SOLVED) else 1e-8
        compare(ours, theirs, least, _ROUGH.get(model, least))


@pytest.mark.parametrize("model", ["glif_psc", "glif_psc_double_alpha"])
@pytest.mark.parametrize("mechanisms", [0, 1, 3])
def test_currents_reach_glif_neurons_in_the_step_of_nest(
    peer: ModuleType, model: str, mechanisms: int
) -> None:
    params = dict.fromkeys(MECHANISMS[:mechanisms], True)
    theirs, ours = (
        reached_by_currents(nest, model, 1500.0, params) for nest in (peer, distsnn.nest)
    )
    assert len(theirs["times"]) > 3
    compare(ours, theirs, 1e-9)
