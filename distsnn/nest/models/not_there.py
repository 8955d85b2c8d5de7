"""Models of NEST that are not there, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence

from distsnn.errors import ParameterError

# Patterns of names, what they have, and what to do.
_REASONS: Sequence[tuple[str, str, str]] = (
    (
        r"urbanczik_synapse.*",
        "learns from the dendrite of pp_cond_exp_mc_urbanczik, and neurons are points here",
        "write soma and dendrite as equations, coupled by currents, with synapses that read both",
    ),
    (
        r"cm_default|.*_mc(_urbanczik)?",
        "has compartments, and neurons are points here",
        "write the compartments as equations, coupled by currents",
    ),
    (
        r".*_ps(_lossless)?",
        "has spikes between time steps, and spikes lie on the grid here",
        "take the model without this ending, and a shorter nest.resolution",
    ),
    (
        r"ginzburg_neuron|mcculloch_pitts_neuron|erfc_neuron|spin_detector|correlospinmatrix_.*",
        "has two states, whose changes are sent as one spike or two, which is not there",
        "write the neuron as equations",
    ),
    (
        r"gif_pop_psc_exp",
        "is a population with random numbers of spikes in each step, which is not there",
        "simulate the neurons, as gif_psc_exp",
    ),
    (
        r".*_lbl",
        "has labels, and connections have none here",
        "use a copy of the model of synapses for each label",
    ),
    (
        r"cont_delay_synapse.*",
        "has delays between time steps, and delays are whole steps here",
        "use static_synapse, and a shorter nest.resolution",
    ),
)


def unknown_model(name: object, known: Sequence[str]) -> ParameterError:
    """The error for a model that is not there."""
    where = "distsnn.nest"
    for pattern, why, advice in _REASONS:
        if isinstance(name, str) and re.fullmatch(pattern, name):
            return ParameterError(
                where, f"there is no model {name!r}", f"that of NEST {why}", advice
            )
    near = [k for k in known if isinstance(name, str) and k[:4] == name[:4]]
    return ParameterError(
        where,
        f"there is no model {name!r}",
        "models are in nest.node_models and nest.synapse_models"
        + (f", such as {', '.join(sorted(near)[:6])}" if near else ""),
        "see 'Coming from NEST' in the documentation; other neurons can be written as equations",
    )
