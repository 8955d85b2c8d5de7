"""The receptor whose response is an alpha function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.describe.models.receptors.exponential_receptor import (
    Evaluate,
    decay_of,
    gain,
    mean,
)
from distsnn.describe.models.receptors.outputs import CURRENT, Output
from distsnn.describe.models.receptors.receptor import (
    Coefficient,
    Receptor,
    ReceptorNames,
    ReceptorStep,
    Values,
)
from distsnn.describe.values.exact_functions import exact_exp, of_each
from distsnn.describe.values.given import Value, value_content

# Below this the series is taken where a formula would cancel.
_SERIES = 0.5


@known_names
class Alpha(Receptor):
    r"""A receptor of the target whose response rises and falls: an alpha function.

    .. math:: g(t) = \sum_k w_k \frac{t - t_k}{\tau} e^{1 - (t - t_k)/\tau}

    The response to an event has its peak, the weight, after `tau`. All synapses and inputs that
    name the same object share its variables: ``I_syn`` (pA) with `CUBA`, ``g`` (nS) with `COBA` and
    `MgBlock`, and ``I_syn_rise`` or ``g_rise``, which events add to; with a name ``I_syn_<name>``
    and so on. They are integrated exactly, and so is `LIF` with current-based receptors, also where
    `tau` is the membrane's. The time constant is a parameter of the group, ``tau_I_syn`` and so
    on.

    Parameters
    ----------
    tau : float, array (N,), Distribution or str, ms
        Time to the peak; an expression is an expression for each neuron of the target.
    output : CUBA, COBA or MgBlock
        How the variable acts on the membrane.
    name : str, optional
        Name of the receptor within its target.

    Raises
    ------
    ParameterError
        If ``tau`` is not positive.

    Notes
    -----
    NEST's ``iaf_psc_alpha`` and ``iaf_cond_alpha`` have two such receptors each. Rotter & Diesmann
    1999, Biol. Cybern. 81:381-402.
    """

    tau: Any = Parameter(None, "ms", POSITIVE)
    equations = """
    dx/dt = (exp(1)*rise - x)/tau
    drise/dt = -rise/tau
    """

    def __init__(self, tau: Value | str, output: Output = CURRENT, name: str | None = None) -> None:
        super().__init__(output=output, name=name, tau=tau)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Alpha", value_content(self.tau), self.output.content(), self.name)

    def step(self, names: ReceptorNames) -> ReceptorStep:
        """See `Receptor`."""
        (x, rise), tau = names.variables.values(), names.parameters["tau"]
        return ReceptorStep(
            (
                Coefficient(f"decay_{x}", (tau,), decay_of(tau)),
                Coefficient(f"rise_of_{x}", (tau,), lambda p: math.e * p["dt"] / p[tau]),
            ),
            (
                (f"_new_{x}", f"({x} + {rise}*rise_of_{x})*decay_{x}"),
                (f"_new_{rise}", f"{rise}*decay_{x}"),
            ),
            (gain(tau), _gain_of_rise(tau)),
            (mean(tau), _mean_of_rise(tau)),
        )


def _gain_of_rise(tau: str) -> Evaluate:
    """Membrane response after one step to a unit of the rising variable.

    (e/(tau C)) exp(-dt/tau_m) times the integral of s exp(-s (1/tau - 1/tau_m)) over the step,
    which is dt^2 f(z) with z = dt (1/tau - 1/tau_m) and f(z) = (1 - (1 + z) exp(-z))/z^2. Where
    that would cancel it is the series of f: the sum of (-z)^k/(k! (k + 2)).
    """

    def evaluate(p: Values) -> float | np.ndarray:
        tau_m, dt = np.asarray(p["tau_m"], dtype=np.float64), p["dt"]
        z = dt * (1.0 / p[tau] - 1.0 / tau_m)
        series, power = np.zeros_like(z), np.ones_like(z)
        for k in range(18):
            series, power = series + power / (math.factorial(k) * (k + 2)), power * -z
        with np.errstate(invalid="ignore", divide="ignore"):
            far = (exact_exp(-dt / tau_m) - (1.0 + z) * exact_exp(-dt / p[tau])) / z**2
        integral = np.where(np.abs(z) < _SERIES, exact_exp(-dt / tau_m) * series, far)
        return math.e * dt**2 / p[tau] * integral / p["C_m"]

    return evaluate


def _mean_of_rise(tau: str) -> Evaluate:
    """Mean over a step of what the rising variable adds: e (1 - (1 + h) exp(-h))/h."""

    def of_one(h: float) -> float:
        series = sum((-h) ** k / (math.factorial(k) * (k + 2)) for k in range(18)) * h
        far = (-math.expm1(-h) - h * math.exp(-h)) / h
        return math.e * (series if h < _SERIES else far)

    return lambda p: of_each(of_one, p["dt"] / p[tau]) / p["C_m"]
