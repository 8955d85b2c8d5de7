"""NEURON's ``IntFire1``, which circuits name beside the models of NEST."""

from __future__ import annotations

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.nest_models.cell_model import CellModel, NeuronKind, Parameters

NAME = "IntFire1"
# An event adds to a variable without a unit, which fires above 1; here it has the unit mV.
_ABOVE_ONE = float(np.nextafter(1.0, 2.0))


def _made(p: Parameters) -> CellModel:
    # Times are in seconds, in the files that BMTK reads.
    tau, refractory = (1000.0 * np.asarray(p[name]) for name in ("tau", "refrac"))
    model = LIF(E_L=0.0, V_reset=0.0, V_th=_ABOVE_ONE, tau_m=tau, t_ref=refractory)
    return CellModel(model, (Delta(),), {"V_m": p["m"]})


INT_FIRE = NeuronKind({"tau": 0.01, "refrac": 0.005, "m": 0.0}, (), _made, {"m": "V_m"})
