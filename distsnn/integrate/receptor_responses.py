"""Receptors of built-in models in a step: their variables, and their input to the membrane.

A new receptor is a class here and a line in `_KINDS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from distsnn.describe.models.receptors import (
    DECAY_ORDERS,
    Alpha,
    Delta,
    Exponential,
    Increment,
    Output,
    Receptor,
    receptor_states,
)
from distsnn.integrate.neuron_form import Coefficient, Values

Evaluate = Callable[[Values], float | np.ndarray]
# Below this the series is taken where a formula would cancel.
_SERIES = 0.5


@dataclass(frozen=True)
class Response:
    """One receptor in a step.

    Attributes
    ----------
    name : str
        The variable that acts on the membrane.
    states : tuple of str
        All variables.
    output : Output
    decays : tuple of Coefficient
        What the statements need.
    statements : tuple of (name, formula)
        New values of the variables.
    gains : tuple of callable
        For each variable the potential after a step that 1 pA of it has caused, by `exact` (mV).
    means : tuple of callable
        For each variable the mean over the step of what acts, per capacitance.
    """

    name: str
    states: tuple[str, ...]
    output: Output
    decays: tuple[Coefficient, ...]
    statements: tuple[tuple[str, str], ...]
    gains: tuple[Evaluate, ...]
    means: tuple[Evaluate, ...]


def responses(receptors: tuple[Receptor, ...]) -> list[Response]:
    """The responses of the receptors of a group that have variables of their own."""
    return [
        _KINDS[type(receptor)](states, receptor)
        for states, receptor in zip(receptor_states(receptors), receptors, strict=True)
        if not isinstance(receptor, Delta | Increment)
    ]


def _exponential(states: tuple[str, ...], receptor: Exponential) -> Response:
    (name,) = states
    return Response(
        name,
        states,
        receptor.output,
        (Coefficient(f"decay_{name}", (), _decay(receptor.tau, DECAY_ORDERS[receptor.method])),),
        ((f"_new_{name}", f"{name}*decay_{name}"),),
        (_gain(receptor.tau),),
        (_mean(receptor.tau),),
    )


def _alpha(states: tuple[str, ...], receptor: Alpha) -> Response:
    name, rise = states
    tau = receptor.tau
    return Response(
        name,
        states,
        receptor.output,
        (
            Coefficient(f"decay_{name}", (), _decay(tau, None)),
            Coefficient(f"rise_of_{name}", (), lambda p: math.e * p["dt"] / tau),
        ),
        (
            (f"_new_{name}", f"({name} + {rise}*rise_of_{name})*decay_{name}"),
            (f"_new_{rise}", f"{rise}*decay_{name}"),
        ),
        (_gain(tau), _gain_of_rise(tau)),
        (_mean(tau), _mean_of_rise(tau)),
    )


_KINDS: dict[type, Callable[..., Response]] = {Exponential: _exponential, Alpha: _alpha}


def _decay(tau: float, order: int | None) -> Evaluate:
    def evaluate(p: Values) -> float | np.ndarray:
        h = p["dt"] / tau
        if order is None:
            return np.exp(-h)
        return sum((-h) ** k / math.factorial(k) for k in range(order + 1))

    return evaluate


def _gain(tau: float) -> Evaluate:
    """Membrane response after one step to a unit current that decays with tau.

    (1/C) tau_m tau/(tau_m - tau) (exp(-dt/tau_m) - exp(-dt/tau)), written with expm1 so that
    nothing cancels, and with its limit dt/C exp(-dt/tau_m) where both are equal.
    """

    def evaluate(p: Values) -> float | np.ndarray:
        tau_m, dt = np.asarray(p["tau_m"], dtype=np.float64), p["dt"]
        difference = 1.0 / tau - 1.0 / tau_m
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = np.where(difference == 0.0, dt, np.expm1(dt * difference) / difference)
        return np.exp(-dt / tau) * factor / p["C_m"]

    return evaluate


def _gain_of_rise(tau: float) -> Evaluate:
    """The same for a unit of the rising variable.

    (e/(tau C)) exp(-dt/tau_m) times the integral of s exp(-s (1/tau - 1/tau_m)) over the step,
    which is dt^2 f(z) with z = dt (1/tau - 1/tau_m) and f(z) = (1 - (1 + z) exp(-z))/z^2. Where
    that would cancel it is the series of f: the sum of (-z)^k/(k! (k + 2)).
    """

    def evaluate(p: Values) -> float | np.ndarray:
        tau_m, dt = np.asarray(p["tau_m"], dtype=np.float64), p["dt"]
        z = dt * (1.0 / tau - 1.0 / tau_m)
        series = sum((-z) ** k / (math.factorial(k) * (k + 2)) for k in range(18))
        with np.errstate(invalid="ignore", divide="ignore"):
            far = (np.exp(-dt / tau_m) - (1.0 + z) * np.exp(-dt / tau)) / z**2
        integral = np.where(np.abs(z) < _SERIES, np.exp(-dt / tau_m) * series, far)
        return math.e * dt**2 / tau * integral / p["C_m"]

    return evaluate


def _mean(tau: float) -> Evaluate:
    """Mean over a step of what decays with tau, per capacitance, by its value at the beginning."""

    def evaluate(p: Values) -> float | np.ndarray:
        h = p["dt"] / tau
        return -np.expm1(-h) / h / p["C_m"]

    return evaluate


def _mean_of_rise(tau: float) -> Evaluate:
    """Mean over a step of what the rising variable adds: e (1 - (1 + h) exp(-h))/h."""

    def evaluate(p: Values) -> float | np.ndarray:
        h = p["dt"] / tau
        series = sum((-h) ** k / (math.factorial(k) * (k + 2)) for k in range(18)) * h
        far = (-math.expm1(-h) - h * math.exp(-h)) / h
        return math.e * (series if h < _SERIES else far) / p["C_m"]

    return evaluate
