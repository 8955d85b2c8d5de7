"""NEST's neurons for e-prop, ``eprop_*_bsshslm_2020``, and generators of rates.

Bellec et al. 2020, Nat. Commun. 11:3625. All happens at the start of a step, from which synapses
learn in the same step (`distsnn.nest_models.eprop_synapses`). Values have no units.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.errors import ParameterError
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    SummingModel,
    lists_of,
    same,
)
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
)
from distsnn.nest_models.leaky.forced_neurons import (
    COUNT_ANEW,
    COUNT_DOWN,
    DUE,
    FORCED,
    FORCED_VARIABLES,
    INTERVAL,
    OFFSET,
)

# Steps from a stamp of the input to what it does in recurrent neurons, and in readouts.
RECURRENT_SHIFT, READOUT_SHIFT = 2.0, 3.0
UPDATE, WINDOW, RESETS = (
    "eprop_update_interval",
    "eprop_learning_window",
    "eprop_reset_neurons_on_update",
)
_CLOCK = """
now = floor(t/dt + 0.5) : 1
place = now - shift - interval*floor((now - shift + 0.5)/interval) : 1
begins = int(place < 0.5) : 1
"""
# With the constant current from the second step on, as in NEST.
_MOVED = "per_current*(I_e*int(t > 0.5*dt) + I_receptors)/pA + per_spike*arrived"


class Learning(JumpingNeuron):
    """A neuron that learns in intervals."""

    per_spike = Parameter(1.0)
    shift = Parameter(RECURRENT_SHIFT)
    interval = Parameter(1000.0)
    resets = Parameter(1.0)


class Recurrent(Learning):
    """A neuron that learns from what readouts send back."""

    V_th = Parameter(-55.0)
    c_reg = Parameter(0.0)
    aim = Parameter(0.01)
    height = Parameter(0.3)
    width = Parameter(1.0)
    refractory_period = Parameter(2.0)
    equations = f"""{_CLOCK}
    V_m : 1
    r : 1
    z : 1
    arrived : 1
    n_spikes : 1
    reg : 1
    surrogate_gradient : 1
    learning_signal : 1
    """
    at_start = f"""
    n_spikes += z
    over = begins*int(now > shift + 0.5)
    reg = (1 - over)*reg + over*c_reg*(n_spikes/interval - aim)/interval
    n_spikes = (1 - over)*n_spikes
    keep = 1 - begins*resets
    r = clip(keep*r - 1, 0, inf)
    z = keep*z
    moved = {_MOVED} + decay*(keep*(V_m - E_L)) - (V_th - E_L)*z
    V_m = E_L + clip(moved, V_min - E_L, inf)
    arrived = 0
    {{adapt}}z = 0
    surrogate_gradient = int(r < 0.5)*height*{{gradient}}
    learning_signal = learning_sum
    """
    threshold = "V_m >= V_th and r < 0.5"
    reset = "z = 1; r = refractory_period"
    received: ClassVar[Mapping[str, str]] = {"learning_sum": "1"}


class Adaptive(Recurrent):
    """`Recurrent` with a threshold that grows with each spike."""

    adapt_beta = Parameter(1.0)
    adapt_decay = Parameter(1.0)
    equations = f"""{Recurrent.equations}
    adaptation : 1
    V_th_adapt : 1
    """
    threshold = "V_m >= V_th_adapt and r < 0.5"


_ADAPT = """adaptation = adapt_decay*(keep*adaptation) + z
    V_th_adapt = V_th + adapt_beta*adaptation
    """


class Readout(Learning):
    """A neuron without spikes, which sends its error back."""

    window = Parameter(1000.0)
    equations = f"""{_CLOCK}
    open = int(now > shift + 0.5)*int((place - 1 + interval*begins) > interval - window - 0.5) : 1
    V_m : 1
    arrived : 1
    target_signal : 1
    readout_signal : 1
    readout_signal_unnorm : 1
    error_signal : 1
    sent_rate = readout_signal_unnorm : 1
    """
    at_start = f"""
    keep = 1 - begins*resets
    moved = {_MOVED} + decay*(keep*(V_m - E_L))
    V_m = E_L + clip(moved, V_min - E_L, inf)
    arrived = 0
    {{signals}}
    target_signal = open*targets
    error_signal = open*(readout_signal - targets)
    readout_signal = open*readout_signal
    """
    sent: ClassVar[Mapping[str, str]] = {"error_signal": "1", "sent_rate": "1"}
    received: ClassVar[Mapping[str, str]] = {"others": "1", "targets": "1"}
    rate_ports: ClassVar[Mapping[int, str]] = {1: "others", 2: "targets"}


_LOSSES = {
    "mean_squared_error": "readout_signal = readout_signal_unnorm\nreadout_signal_unnorm = V_m",
    # In the first step there is none.
    "cross_entropy": "sum_of_all = others + readout_signal_unnorm\n"
    "readout_signal = readout_signal_unnorm/(sum_of_all + int(sum_of_all <= 0))\n"
    "readout_signal_unnorm = exp(V_m)",
}


@cache
def _class(kind: type[Learning], choice: str, forced: bool) -> type[Learning]:
    if kind is Readout:
        at_start = kind.at_start.format(signals=_LOSSES[choice])
    else:
        adaptive = kind is Adaptive
        gradient = GRADIENTS[choice].format(v=f"V_m - V_th{'_adapt' * adaptive}")
        at_start = kind.at_start.format(gradient=gradient, adapt=_ADAPT * adaptive)
    lines = one_line(at_start)
    body: dict[str, Any] = {"at_start": lines, "__module__": __name__}
    if not forced:
        return type(f"{kind.__name__}_{choice}", (kind,), body)
    body |= {
        OFFSET: Parameter(1.0, "ms", POSITIVE),
        INTERVAL: Parameter(100.0, "ms", POSITIVE),
        "at_start": f"{COUNT_DOWN}; {lines}",
        "equations": f"{kind.equations}\n{FORCED_VARIABLES}",
        "threshold": DUE,
        "reset": f"{kind.reset}; {COUNT_ANEW}",
    }
    return type(f"{kind.__name__}_{choice}_forced", (kind,), body)


def _made(kind: type[Learning], name: str, choices: Mapping[str, str]) -> Any:
    def make(p: Parameters) -> CellModel:
        made = _class(kind, choice_of(p, name, choices), bool(p.get(FORCED, False)))
        dt, given = float(p["dt"]), of_neuron(made, p)
        regular, decay = p["regular_spike_arrival"], given["decay"]
        given |= {
            "per_spike": np.ones_like(decay) if regular else 1.0 - decay,
            "interval": round(float(p[UPDATE]) / dt),
            "resets": float(p[RESETS]),
        }
        start = {"V_m": p["V_m"]}
        if kind is Readout:
            given |= {"shift": READOUT_SHIFT, "window": round(float(p[WINDOW]) / dt)}
        else:
            given |= of_recurrent(p)
        if kind is Adaptive:
            given["adapt_decay"] = adapt_decay(p)
            start |= {"adaptation": p["adaptation"], "V_th_adapt": p["V_th"]}
        return cell_of(made, given, start)

    return make


_ARRIVAL = {"regular_spike_arrival": True}
_RECURRENT: Mapping[str, Any] = {**OF_RECURRENT, **_ARRIVAL}
_OF_SPIKES = (CHOICE, *_ARRIVAL, FORCED)
_OF_READOUT = (
    "V_m", "error_signal", "readout_signal", "readout_signal_unnorm", "target_signal",
)  # fmt: skip

EPROP: Mapping[str, NeuronKind] = {
    "eprop_iaf_bsshslm_2020": NeuronKind(
        _RECURRENT,
        _OF_SPIKES,
        _made(Recurrent, CHOICE, GRADIENTS),
        same(*SIGNALS),
    ),
    "eprop_iaf_adapt_bsshslm_2020": NeuronKind(
        {**_RECURRENT, **OF_ADAPTIVE},
        _OF_SPIKES,
        _made(Adaptive, CHOICE, GRADIENTS),
        same(*ADAPTIVE_SIGNALS),
    ),
    "eprop_readout_bsshslm_2020": NeuronKind(
        {**OF_READOUT, **_ARRIVAL, "loss": "mean_squared_error"},
        ("loss", "regular_spike_arrival"),
        _made(Readout, "loss", _LOSSES),
        same(*_OF_READOUT),
        receptor_types={"readout_signal": 1, "target_signal": 2},
    ),
}


STEP_RATE_GENERATOR = "step_rate_generator"


class RateSource(SummingModel):
    """A rate that a table gives in each step; see `distsnn.nest.simulation.rate_tables`."""

    equations = "sent_rate : 1\ngiven : 1"
    at_start = "sent_rate = given"
    sent: ClassVar[Mapping[str, str]] = {"sent_rate": "1"}


def _source(p: Parameters) -> CellModel:
    lists_of(STEP_RATE_GENERATOR, p, "amplitude_times", "amplitude_values")
    if np.any(np.diff(np.asarray(p["amplitude_times"])) <= 0):
        raise ParameterError(
            STEP_RATE_GENERATOR, f"amplitude_times={p['amplitude_times']}", "times ascend",
            "sort them",
        )  # fmt: skip
    return CellModel(RateSource(), (), {})


# The parameters are read in each run, not by the model.
STEP_RATES = NeuronKind(
    {
        "amplitude_times": (),
        "amplitude_values": (),
        "start": 0.0,
        "stop": 1.7976931348623157e308,
        "origin": 0.0,
        "allow_offgrid_times": False,
    },
    (),
    _source,
    {"rate": "sent_rate"},
    only={"allow_offgrid_times": False},
)
