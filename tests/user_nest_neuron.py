"""A neuron of NEST's kind written outside of the package, all in this file."""

from __future__ import annotations

import distsnn as snn
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    cell,
    defaults_of,
    given_to,
    same,
)


class Quadratic(snn.NeuronModel):
    """A quadratic integrate-and-fire neuron."""

    tau_m = snn.Parameter(10.0, "ms", "> 0")
    a = snn.Parameter(0.1, "1/mV")
    R = snn.Parameter(0.1, "mV/pA")
    I_e = snn.Parameter(0.0, "pA")
    equations = "dV_m/dt = (a*V_m**2 + R*(I_e + I_receptors))/tau_m : volt"
    threshold, reset, method = "V_m > 20*mV", "V_m = -10*mV", "rk4"


def _made(p: Parameters) -> CellModel:
    return cell(Quadratic(**given_to(Quadratic, p)), p, (Delta(),), {"V_m": p["V_m"]})


QUADRATIC = NeuronKind(
    {**defaults_of(Quadratic), "V_m": -10.0, "tau_minus": 20.0},
    ("tau_minus",),
    _made,
    same("V_m"),
)
