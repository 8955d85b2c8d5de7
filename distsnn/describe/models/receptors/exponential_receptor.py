"""The receptor whose response decays exponentially."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.describe.models.receptors.outputs import CURRENT, Output
from distsnn.describe.models.receptors.receptor import (
    Coefficient,
    Receptor,
    ReceptorNames,
    ReceptorStep,
    Values,
)
from distsnn.describe.values.exact_functions import exact_exp, exact_expm1, of_each
from distsnn.describe.values.given import Value, value_content
from distsnn.errors import ParameterError, nearest_first

Evaluate = Callable[[Values], float | np.ndarray]
# How far methods of integration follow the series of exp(-dt/tau); None: to its end.
DECAY_ORDERS: Mapping[str, int | None] = {
    **dict.fromkeys(("exact", "exponential_euler", "exp_euler", "exp_auto")),
    "euler": 1,
    **dict.fromkeys(("rk2", "midpoint", "heun2"), 2),
    "rk3": 3,
    "rk4": 4,
}


@known_names
class Exponential(Receptor):
    r"""A receptor of the target with an exponentially decaying response.

    .. math:: dg/dt = -g/\tau + \sum_k w_k \delta(t - t_k)

    All synapses and inputs that name the same object share one variable of each target neuron:
    ``I_syn`` (pA) with `CUBA`, ``g`` (nS) with `COBA` and `MgBlock`; with a name,
    ``I_syn_<name>`` or ``g_<name>``. Its equation is integrated exactly, unless `method` says
    otherwise. The time constant is a parameter of the group, ``tau_I_syn`` and so on.

    Parameters
    ----------
    tau : float, array (N,), Distribution or str, ms
        Time constant; an expression is an expression for each neuron of the target.
    output : CUBA, COBA or MgBlock
        How the variable acts on the membrane.
    name : str, optional
        Name of the receptor within its target.
    method : str
        By what the variable is multiplied in each step of h = dt/tau: ``"exact"`` exp(-h), also
        called ``"exponential_euler"``, ``"exp_euler"`` and ``"exp_auto"`` (the default of BrainPy);
        ``"euler"`` 1 - h; ``"rk2"`` 1 - h + h^2/2 (also ``"midpoint"`` and ``"heun2"``); ``"rk3"``
        and ``"rk4"`` the series up to h^3/6 and h^4/24. The membrane is integrated as it always
        is, under the mean of a conductance that decays exponentially.

    Raises
    ------
    ParameterError
        If ``tau`` is not positive or `method` is not known.
    """

    tau: Any = Parameter(None, "ms", POSITIVE)
    equations = "dx/dt = (- x)/tau"

    def __init__(
        self,
        tau: Value | str,
        output: Output = CURRENT,
        name: str | None = None,
        method: str = "exact",
    ) -> None:
        super().__init__(output=output, name=name, tau=tau)
        if not isinstance(method, str) or method not in DECAY_ORDERS:
            names = nearest_first(str(method), DECAY_ORDERS)
            raise ParameterError(
                "Exponential",
                f"method={method!r}",
                "methods are " + ", ".join(names),
                f"Did you mean {names[0]!r}?",
                method=method,
            )
        self.method = method

    def step(self, names: ReceptorNames) -> ReceptorStep:
        """See `Receptor`."""
        x, tau = names.acting, names.parameters["tau"]
        decay = Coefficient(f"decay_{x}", (tau,), decay_of(tau, DECAY_ORDERS[self.method]))
        return ReceptorStep(
            (decay,), ((f"_new_{x}", f"{x}*decay_{x}"),), (gain(tau),), (mean(tau),)
        )

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        order = DECAY_ORDERS[self.method]
        content = ("Exponential", value_content(self.tau), self.output.content(), self.name)
        return (*content, *(() if order is None else (order,)))


def decay_of(tau: str, order: int | None = None) -> Evaluate:
    """By what one step multiplies what decays; `tau` is the name of its time constant."""

    def evaluate(p: Values) -> float | np.ndarray:
        h = p["dt"] / p[tau]
        if order is None:
            return exact_exp(-h)
        terms = range(order + 1)
        return of_each(lambda h: sum((-h) ** k / math.factorial(k) for k in terms), h)

    return evaluate


def gain(tau: str) -> Evaluate:
    """Membrane response after one step to a unit current that decays with tau.

    (1/C) tau_m tau/(tau_m - tau) (exp(-dt/tau_m) - exp(-dt/tau)), written with expm1 so that
    nothing cancels, and with its limit dt/C exp(-dt/tau_m) where both are equal.
    """

    def evaluate(p: Values) -> float | np.ndarray:
        tau_m, dt = np.asarray(p["tau_m"], dtype=np.float64), p["dt"]
        difference = 1.0 / p[tau] - 1.0 / tau_m
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = np.where(difference == 0.0, dt, exact_expm1(dt * difference) / difference)
        return exact_exp(-dt / p[tau]) * factor / p["C_m"]

    return evaluate


def mean(tau: str) -> Evaluate:
    """Mean over a step of what decays with tau, per capacitance, by its value at the beginning."""

    def evaluate(p: Values) -> float | np.ndarray:
        h = p["dt"] / p[tau]
        return -exact_expm1(-h) / h / p["C_m"]

    return evaluate
