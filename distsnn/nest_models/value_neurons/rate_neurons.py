"""NEST's rate neurons with noise on their input, ``*_rate_ipn``, or output, ``*_rate_opn``.

Hahne et al. 2017, Front. Neuroinform. 11:34.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    SummingModel,
    given_to,
    same,
)

# The function of the input h, and its parameters with their defaults.
_FUNCTIONS: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "lin": ("g*({h})", {"g": 1.0}),
    "tanh": ("tanh(g*({h} - theta))", {"g": 1.0, "theta": 0.0}),
    "sigmoid": ("g/(1 + exp(-beta*({h} - theta)))", {"g": 1.0, "beta": 1.0, "theta": 0.0}),
    "sigmoid_gg_1998": ("(g*({h}))**4/(0.1**4 + (g*({h}))**4)", {"g": 1.0}),
    # The center and width are also the mean and size of the noise, as in NEST.
    "gauss": ("g*exp(-({h} - mu)**2/(2*sigma**2))", {"g": 1.0, "mu": 0.0, "sigma": 0.0}),
    "threshold_lin": ("clip(g*({h} - theta), 0, alpha)", {"g": 1.0, "theta": 0.0, "alpha": 1e300}),
}
# What multiplies excitation and inhibition, if they are apart; `x` is the rate that is sent.
_FACTORS: Mapping[str, tuple[str, str]] = {
    "lin": ("g_ex*(theta_ex - {x})", "g_in*(theta_in + {x})")
}
_OF_FACTORS: Mapping[str, Mapping[str, float]] = {
    "lin": {"g_ex": 1.0, "g_in": 1.0, "theta_ex": 0.0, "theta_in": 0.0}
}


class RateNeuron(SummingModel):
    """Neuron that has a rate and no spikes; each step is exact for a constant input."""

    tau = Parameter(10.0, "ms", POSITIVE)
    # NEST's lambda.
    decay = Parameter(1.0, "1", NONNEGATIVE)
    sigma = Parameter(1.0, "1", NONNEGATIVE)
    mu = Parameter(0.0)
    rectify_rate = Parameter(0.0, "1", NONNEGATIVE)
    equations = """
    rate : 1
    noise : 1
    drive = {drive} : 1
    x = decay*dt/tau : 1
    """
    at_end = """
    noise = sigma*randn()
    rate = rate*exp(-x) + dt/tau*exprel(-x)*(mu + drive) + sqrt(dt/tau*exprel(-2*x))*noise
    """
    sent: ClassVar[Mapping[str, str]] = {"sent_rate": "1"}
    received: ClassVar[Mapping[str, str]] = {"delayed_rates": "1", "instant_rates": "1"}


class RateTransformer(SummingModel):
    """A node whose rate is a function of what it receives."""

    equations = """
    rate : 1
    sent_rate = rate : 1
    drive = {drive} : 1
    """
    at_end = "rate = drive"
    sent = RateNeuron.sent
    received = RateNeuron.received


@cache
def _transformer_class(function: str, linear: bool) -> type[RateTransformer]:
    parameters = _FUNCTIONS[function][1]
    equations = RateTransformer.equations.format(drive=_drive(function, linear, False))
    body: dict[str, Any] = {"equations": equations, "__module__": __name__}
    body["within"] = "{x}" if linear else _of_targets(function)
    body |= _own(parameters, RateTransformer)
    return type(f"{function}_transformer", (RateTransformer,), body)


def _own(parameters: Mapping[str, float], kind: type[SummingModel]) -> dict[str, Parameter]:
    """The parameters of a function that neurons do not have without it."""
    return {name: Parameter(x) for name, x in parameters.items() if name not in kind.parameters}


def _of_targets(function: str) -> str:
    """The function of what one synapse carries, with parameters of its target."""
    text, parameters = _FUNCTIONS[function]
    for name in parameters:
        text = re.sub(rf"\b{name}\b", f"{name}_post", text)
    return text.format(h="{x}")


@cache
def _rate_class(
    function: str, linear: bool, multiplied: bool, rectified: bool, noisy_output: bool
) -> type[RateNeuron]:
    parameters = _FUNCTIONS[function][1]
    drive = _drive(function, linear, multiplied)
    equations, at_end = RateNeuron.equations.format(drive=drive), RateNeuron.at_end
    if noisy_output:
        # What is recorded has the noise of the step, and what is sent that of the next one.
        equations += "sent_rate : 1\nnoisy_rate : 1\nnext_noise : 1"
        at_end = """
        noisy_rate = sent_rate
        noise = next_noise
        rate = rate*exp(-x) + dt/tau*exprel(-x)*(mu + drive)
        next_noise = sigma*randn()
        sent_rate = rate + sqrt(tau/dt)*next_noise
        """
    else:
        equations += "sent_rate = rate : 1"
    if rectified:
        at_end += "\nrate = clip(rate, rectify_rate, inf)"
    body: dict[str, Any] = {
        "equations": equations,
        "at_end": "; ".join(line.strip() for line in at_end.strip().splitlines()),
        "within": "{x}" if linear else _of_targets(function),
        "__module__": __name__,
    }
    if multiplied:
        parameters = {**parameters, **_OF_FACTORS.get(function, {})}
        sums = [f"{way}_{sign}" for way in ("delayed", "instant") for sign in ("ex", "in")]
        body |= {"received": dict.fromkeys(sums, "1"), "apart_by_sign": True}
    body |= _own(parameters, RateNeuron)
    return type(f"{function}_rate", (RateNeuron,), body)


def _drive(function: str, linear: bool, multiplied: bool) -> str:
    """The input of all connections as an expression."""
    text = _FUNCTIONS[function][0] if linear else "{h}"
    if not multiplied:
        return text.format(h="(delayed_rates + instant_rates)")
    factors = _FACTORS.get(function, ("1", "1"))
    return " + ".join(
        f"{factor.format(x='sent_rate')}*{text.format(h=f'(delayed_{sign} + instant_{sign})')}"
        for factor, sign in zip(factors, ("ex", "in"), strict=True)
    )


def _kind(function: str, noisy_output: bool) -> NeuronKind:
    def make(p: Parameters) -> CellModel:
        rectified = bool(p.get("rectify_output", False))
        ways = bool(p["linear_summation"]), bool(p["mult_coupling"]), rectified
        kind = _rate_class(function, *ways, noisy_output)
        given = {**given_to(kind, p), "decay": p.get("lambda", 1.0)}
        start = {"rate": p["rate"]} | ({"sent_rate": p["rate"]} if noisy_output else {})
        return CellModel(kind(**given), (), start)

    flags = ["linear_summation", "mult_coupling"]
    defaults = {"tau": 10.0, "sigma": 1.0, "mu": 0.0, "rate": 0.0}
    defaults |= {"linear_summation": True, "mult_coupling": False}
    if not noisy_output:
        defaults |= {"lambda": 1.0, "rectify_rate": 0.0, "rectify_output": False}
        flags.append("rectify_output")
    recordables = same("rate", "noise", *["noisy_rate"] * noisy_output)
    made = {**defaults, **_FUNCTIONS[function][1], **_OF_FACTORS.get(function, {})}
    return NeuronKind(made, tuple(flags), make, recordables, {"lambda": "decay"})


def _transformer(function: str) -> NeuronKind:
    def make(p: Parameters) -> CellModel:
        kind = _transformer_class(function, bool(p["linear_summation"]))
        return CellModel(kind(**given_to(kind, p)), (), {"rate": p["rate"]})

    defaults = {"rate": 0.0, "linear_summation": True, **_FUNCTIONS[function][1]}
    return NeuronKind(defaults, ("linear_summation",), make, same("rate"))


RATE_NEURONS: Mapping[str, NeuronKind] = {
    **{
        f"{function}_rate_{kind}pn": _kind(function, kind == "o")
        for function in ("lin", "tanh", "sigmoid", "threshold_lin")
        for kind in "io"
    },
    "sigmoid_rate_gg_1998_ipn": _kind("sigmoid_gg_1998", noisy_output=False),
    "gauss_rate_ipn": _kind("gauss", noisy_output=False),
    **{f"rate_transformer_{function}": _transformer(function) for function in _FUNCTIONS},
}
