"""NEST's neurons that spike at times that are set, whatever they receive (`ignore_and_spike`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.nest_models.cell_model import CellModel, Parameters, cell, given_to

FORCED = "ignore_and_spike"
OFFSET, INTERVAL = f"{FORCED}_offset", f"{FORCED}_interval"
# What neurons with the mechanism have, with NEST's defaults.
FORCED_DEFAULTS: Mapping[str, Any] = {FORCED: False, OFFSET: 1.0, INTERVAL: 100.0}
# Steps until the next spike, which an offset that is set begins anew.
FORCED_VARIABLES = "until : 1\noffset_taken : second"
COUNT_DOWN = (
    f"anew = int(abs({OFFSET} - offset_taken) > 0*ms); offset_taken = {OFFSET}; "
    f"until = (1 - anew)*until + anew*ceil({OFFSET}/dt - 1e-9) - 1"
)
DUE = "abs(until) < 0.5"
COUNT_ANEW = f"until = ceil({INTERVAL}/dt - 1e-9)"


class Forced(NeuronModel):
    """A leaky neuron that spikes at regular times, and stands still for a while after each."""

    C_m = Parameter(250.0, "pF", POSITIVE)
    tau_m = Parameter(10.0, "ms", POSITIVE)
    E_L = Parameter(-70.0, "mV")
    V_reset = Parameter(-70.0, "mV")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    I_e = Parameter(0.0, "pA")
    ignore_and_spike_offset = Parameter(1.0, "ms", POSITIVE)
    ignore_and_spike_interval = Parameter(100.0, "ms", POSITIVE)
    equations = f"""
    dV_m/dt = (E_L - V_m)/tau_m + (I_e + I_receptors)/C_m : volt
    refractory_left : 1
    {FORCED_VARIABLES}
    """
    at_start = COUNT_DOWN
    threshold = DUE
    reset = f"{COUNT_ANEW}; refractory_left = 1 + ceil(t_ref/dt - 1e-9)"
    at_end = (
        "V_m = V_m + int(refractory_left > 0.5)*(V_reset - V_m); "
        "refractory_left = clip(refractory_left - 1, 0, inf)"
    )
    method = "exact"


def forced_delta(p: Parameters) -> CellModel:
    """``iaf_psc_delta`` that spikes at regular times."""
    return cell(Forced(**given_to(Forced, p)), p, (Delta(),), {"V_m": p["V_m"]})
