"""NEST's ``siegert_neuron``: the rate of a population of leaky neurons, by mean-field theory.

Hahne et al. 2017, Front. Neuroinform. 11:34; Fourcaud and Brunel 2002, Neural Comput. 14:2057.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    SummingModel,
    defaults_of,
    given_to,
    same,
)


class Siegert(SummingModel):
    """Rate (Hz) that relaxes to that of leaky neurons with an input of white noise."""

    tau = Parameter(1.0, "ms", POSITIVE)
    tau_m = Parameter(5.0, "ms", POSITIVE)
    tau_syn = Parameter(0.0, "ms", NONNEGATIVE)
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    mean = Parameter(0.0)
    theta = Parameter(15.0)
    V_reset = Parameter(0.0)
    # Noise that is no noise: the time is that without it. Farther from the threshold than six
    # standard deviations there are no spikes, as in NEST; the shift is that of colored noise.
    equations = """
    rate : 1
    sigma = sqrt(clip(diffusion, 1e-290, inf)) : 1
    shift = 1.0326265760561086*sqrt(tau_syn/tau_m) : 1
    crosses = int(theta - drift <= 6*sigma) : 1
    low = (V_reset - drift)/sigma + shift : 1
    high = clip((theta - drift)/sigma, -inf, 6) + shift : 1
    drive = crosses*second/(t_ref + tau_m*crossing(low, high)) : 1
    """
    at_end = "rate = rate*exp(-dt/tau) - expm1(-dt/tau)*(mean + drive)"
    sent: ClassVar[Mapping[str, str]] = {"rate": "1"}
    received: ClassVar[Mapping[str, str]] = {"drift": "1", "diffusion": "1"}


def _make(p: Parameters) -> CellModel:
    return CellModel(Siegert(**given_to(Siegert, p)), (), {"rate": p["rate"]})


SIEGERT = NeuronKind({**defaults_of(Siegert), "rate": 0.0}, (), _make, same("rate"))
