"""NEST's neurons for e-prop that learn at each spike, ``eprop_iaf`` and those like it.

Bellec et al. 2020, Nat. Commun. 11:3625, as Korcsak-Gorzo et al. 2025 extend it. All happens at the
start of a step, from which synapses learn at the start of the next
(`distsnn.nest_models.eprop.eprop_synapse_at_spikes`). Values have no units.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.nest_models.cell_model import CellModel, NeuronKind, Parameters, same
from distsnn.nest_models.eprop.eprop_parts import (
    ADAPTIVE_SIGNALS,
    CHOICE,
    GRADIENTS,
    OF_ADAPTIVE,
    OF_READOUT,
    OF_RECURRENT,
    SIGNALS,
    JumpingNeuron,
    adapt_decay,
    cell_of,
    choice_of,
    of_neuron,
    of_recurrent,
    one_line,
    whole_steps,
)
from distsnn.nest_models.leaky.forced_neurons import (
    COUNT_ANEW,
    COUNT_DOWN,
    DUE,
    FORCED,
    FORCED_VARIABLES,
)

# So many steps that they never pass.
_NEVER = 1e300


class Online(JumpingNeuron):
    """A neuron that learns at each spike."""

    # Steps after a spike of the source in which synapses learn.
    cutoff = Parameter(_NEVER)


_LEAKS = "arrived + decay*(V_m - E_L) + per_current/pA*"
# With the constant current from the second step on, as in NEST.
_LATE_CURRENT = f"{_LEAKS}(I_e*int(t > 0.5*dt) + I_receptors)"


class OnlineRecurrent(Online):
    """A neuron that learns from what readouts send back, of which a spike takes the threshold."""

    V_th = Parameter(-55.0)
    V_reset = Parameter(-70.0)
    c_reg = Parameter(0.0)
    aim = Parameter(0.01)
    height = Parameter(0.3)
    width = Parameter(1.0)
    refractory_period = Parameter(2.0)
    kappa = Parameter(0.97)
    kappa_reg = Parameter(0.97)
    # A spike in one step as a rate.
    per_step = Parameter(1.0)
    ignore_and_spike_offset = Parameter(1.0, "ms", POSITIVE)
    ignore_and_spike_interval = Parameter(100.0, "ms", POSITIVE)
    equations = f"""
    V_m : 1
    r : 1
    z : 1
    arrived : 1
    f_av : 1
    reg : 1
    {FORCED_VARIABLES}
    surrogate_gradient : 1
    learning_signal : 1
    """
    at_start = f"""
    f_av = kappa_reg*f_av + (1 - kappa_reg)*z*per_step
    reg = c_reg*(f_av - aim)
    {COUNT_DOWN}
    {{moves}}
    arrived = 0
    z = 0
    surrogate_gradient = int(r < 0.5)*height*{{gradient}}
    learning_signal = learning_sum
    """
    moves = f"""r = clip(r - 1, 0, inf)
    V_m = E_L + clip({_LATE_CURRENT}, V_min - E_L, inf)
    {{adapt}}"""
    due = "V_m >= {V_th} and r < 0.5"
    reset = f"z = 1; r = refractory_period; V_m = V_m - (V_th - E_L); {COUNT_ANEW}"
    received: ClassVar[Mapping[str, str]] = {"learning_sum": "1"}


class OnlineDelta(OnlineRecurrent):
    """`OnlineRecurrent` that a spike sets to `V_reset`, where it stands still for a while."""

    moves = f"""free = int(r < 0.5)
    moved = E_L + clip({_LEAKS}(I_e + I_receptors), V_min - E_L, inf)
    V_m = free*moved + (1 - free)*V_m
    r = clip(r - 1, 0, inf)
    {{adapt}}"""
    due = "V_m >= {V_th}"
    reset = f"z = 1; r = refractory_period; V_m = V_reset; {COUNT_ANEW}"


class OnlineReadout(Online):
    """A neuron without spikes, which sends its error back."""

    equations = """
    V_m : 1
    arrived : 1
    target_signal : 1
    readout_signal : 1
    error_signal : 1
    """
    at_start = f"""
    V_m = E_L + clip({_LATE_CURRENT}, V_min - E_L, inf)
    arrived = 0
    target_signal = windows*targets
    readout_signal = windows*V_m
    error_signal = windows*(V_m - targets)
    """
    sent: ClassVar[Mapping[str, str]] = {"error_signal": "1"}
    received: ClassVar[Mapping[str, str]] = {"windows": "1", "targets": "1"}
    rate_ports: ClassVar[Mapping[int, str]] = {1: "windows", 2: "targets"}


_ADAPT = {
    OnlineRecurrent: "adaptation = adapt_decay*adaptation + z",
    OnlineDelta: "adaptation = adaptation + free*(adapt_decay*adaptation + z - adaptation)",
}
_ADAPTED = "V_th_adapt = V_th + adapt_beta*adaptation"


@cache
def _class(kind: type[OnlineRecurrent], choice: str, adaptive: bool, forced: bool) -> type[Online]:
    """The model with a gradient, with or without adaptation, and what makes it spike."""
    V_th = "V_th_adapt" if adaptive else "V_th"
    adapt = f"{_ADAPT[kind]}\n{_ADAPTED}" if adaptive else ""
    at_start = kind.at_start.format(
        moves=kind.moves.format(adapt=adapt), gradient=GRADIENTS[choice].format(v=f"V_m - {V_th}")
    )
    body: dict[str, Any] = {
        "__module__": __name__,
        "at_start": one_line(at_start),
        "threshold": DUE if forced else kind.due.format(V_th=V_th),
    }
    if adaptive:
        body["equations"] = f"{kind.equations}\nadaptation : 1\nV_th_adapt : 1"
        body |= {"adapt_beta": Parameter(1.0), "adapt_decay": Parameter(1.0)}
    return type(f"{kind.__name__}_{choice}_{int(adaptive)}_{int(forced)}", (kind,), body)


_AT_START = {"at_start": one_line(OnlineReadout.at_start), "__module__": __name__}
_READOUT = type("Readout", (OnlineReadout,), _AT_START)


def _given(kind: type[Online], p: Parameters) -> dict[str, Any]:
    cutoff = np.minimum(whole_steps(p["eprop_isi_trace_cutoff"], float(p["dt"])), _NEVER)
    return {**of_neuron(kind, p), "cutoff": cutoff}


def _recurrent(kind: type[OnlineRecurrent], adaptive: bool = False) -> Any:
    def make(p: Parameters) -> CellModel:
        made = _class(kind, choice_of(p, CHOICE, GRADIENTS), adaptive, bool(p[FORCED]))
        given = {**_given(made, p), **of_recurrent(p), "per_step": 1.0 / float(p["dt"])}
        start = {"V_m": p["V_m"]}
        if adaptive:
            given["adapt_decay"] = adapt_decay(p)
            start["adaptation"] = p["adaptation"]
            start["V_th_adapt"] = p["V_th"] + np.asarray(p["adapt_beta"]) * p["adaptation"]
        return cell_of(made, given, start)

    return make


def _readout(p: Parameters) -> CellModel:
    return cell_of(_READOUT, _given(_READOUT, p), {"V_m": p["V_m"]})


_CUTOFF = {"eprop_isi_trace_cutoff": math.inf}
_RECURRENT: Mapping[str, Any] = {**OF_RECURRENT, **_CUTOFF, "kappa": 0.97, "kappa_reg": 0.97}
_DELTA_ONLY = {"refractory_input": False}
_DELTA = {**_RECURRENT, "V_reset": -70.0, **_DELTA_ONLY}
_SHARED = (CHOICE, FORCED)

EPROP_AT_SPIKES: Mapping[str, NeuronKind] = {
    "eprop_iaf": NeuronKind(_RECURRENT, _SHARED, _recurrent(OnlineRecurrent), same(*SIGNALS)),
    "eprop_iaf_adapt": NeuronKind(
        {**_RECURRENT, **OF_ADAPTIVE},
        _SHARED,
        _recurrent(OnlineRecurrent, adaptive=True),
        same(*ADAPTIVE_SIGNALS),
    ),
    "eprop_iaf_psc_delta": NeuronKind(
        _DELTA, _SHARED, _recurrent(OnlineDelta), same(*SIGNALS), only=_DELTA_ONLY
    ),
    "eprop_iaf_psc_delta_adapt": NeuronKind(
        {**_DELTA, **OF_ADAPTIVE},
        _SHARED,
        _recurrent(OnlineDelta, adaptive=True),
        same(*ADAPTIVE_SIGNALS),
        only=_DELTA_ONLY,
    ),
    "eprop_readout": NeuronKind(
        {**OF_READOUT, **_CUTOFF},
        (),
        _readout,
        same("V_m", "error_signal", "readout_signal", "target_signal"),
        receptor_types={"eprop_learning_window": 1, "target_signal": 2},
    ),
}
