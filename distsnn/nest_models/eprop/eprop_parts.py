"""Parts of NEST's neurons for e-prop, of those of 2020 and of those that learn at each spike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.models.parameters import Parameter
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.describe.values.exact_functions import exact_exp
from distsnn.errors import ParameterError
from distsnn.nest_models.cell_model import CellModel, Parameters, SummingModel, given_to
from distsnn.nest_models.leaky.forced_neurons import FORCED_DEFAULTS

CHOICE = "surrogate_gradient_function"
GRADIENTS = {
    "piecewise_linear": "clip(1 - abs({v})/width, 0, inf)",
    "exponential": "exp(-abs({v})/width)",
    "fast_sigmoid_derivative": "(1 + abs({v})/width)**(-2)",
    "arctan_derivative": "1/(1 + (({v})/width)**2)",
}
SIGNALS = ("V_m", "learning_signal", "surrogate_gradient")
ADAPTIVE_SIGNALS = (*SIGNALS, "V_th_adapt", "adaptation")


class JumpingNeuron(SummingModel):
    """A leaky neuron whose potential jumps by the weights of spikes, in steps of the network."""

    decay = Parameter(1.0)
    per_current = Parameter(1.0)
    E_L = Parameter(-70.0)
    V_min = Parameter(-1.7976931348623157e308)
    I_e = Parameter(0.0, "pA")


def one_line(code: str) -> str:
    """Statements of several lines in one."""
    return "; ".join(line.strip() for line in code.splitlines() if line.strip())


def choice_of(p: Parameters, name: str, choices: Mapping[str, str]) -> str:
    """The value of a parameter that is one of some names; ParameterError if it is another."""
    choice = str(p[name])
    if choice not in choices:
        raise ParameterError(
            "e-prop", f"{name}={choice!r}", f"it is one of {', '.join(choices)}", "correct it"
        )
    return choice


def whole_steps(times: Any, dt: float) -> np.ndarray:
    """Times (ms) as steps, upwards."""
    return np.ceil(np.asarray(times) / dt - 1e-9)


def of_neuron(kind: type[JumpingNeuron], p: Parameters) -> dict[str, Any]:
    """The parameters of a model: those that it has by NEST's names, and how much a step decays."""
    decay = exact_exp(-float(p["dt"]) / np.asarray(p["tau_m"]))
    per_current = np.asarray(p["tau_m"]) / p["C_m"] * (1.0 - decay)
    return {**given_to(kind, p), "decay": decay, "per_current": per_current}


def of_recurrent(p: Parameters) -> dict[str, Any]:
    """The parameters of a neuron with spikes, besides those of any."""
    dt = float(p["dt"])
    return {
        "aim": np.asarray(p["f_target"]) / 1000.0 * dt,
        "height": p["surrogate_gradient_height"],
        "width": p["surrogate_gradient_width"],
        "refractory_period": whole_steps(p["t_ref"], dt),
    }


def adapt_decay(p: Parameters) -> np.ndarray:
    """By what an adaptation decays in a step."""
    return np.asarray(exact_exp(-float(p["dt"]) / np.asarray(p["adapt_tau"])))


def cell_of(kind: Any, given: Mapping[str, Any], start: Mapping[str, Any]) -> CellModel:
    """A cell of a model with these parameters and values at the start."""
    plain = {name: x if np.ndim(x) else float(x) for name, x in given.items()}
    return CellModel(kind(**plain), (Increment("arrived", "1"),), start, early=1)


OF_ALL: Mapping[str, Any] = {
    "C_m": 250.0,
    "I_e": 0.0,
    "tau_m": 10.0,
    "V_min": -1.7976931348623157e308,
}
OF_READOUT: Mapping[str, Any] = {**OF_ALL, "E_L": 0.0, "V_m": 0.0}
OF_RECURRENT: Mapping[str, Any] = {
    **OF_ALL,
    "E_L": -70.0,
    "V_m": -70.0,
    "V_th": -55.0,
    "c_reg": 0.0,
    "f_target": 10.0,
    CHOICE: "piecewise_linear",
    "surrogate_gradient_height": 0.3,
    "surrogate_gradient_width": 1.0,
    "t_ref": 2.0,
    # NEST frees memory then; results do not depend on it.
    "flush_event_send_interval": math.inf,
    **FORCED_DEFAULTS,
}
OF_ADAPTIVE: Mapping[str, Any] = {"adapt_beta": 1.0, "adapt_tau": 10.0, "adaptation": 0.0}
