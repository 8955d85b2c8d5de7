"""Built-in models of neurons and receptors, with NEST's parameter names and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.values.given import Value, checked_value, value_bounds, value_content
from distsnn.errors import ParameterError

LIF_PARAMETERS = {
    "C_m": Parameter(250.0, "pF", POSITIVE),
    "tau_m": Parameter(10.0, "ms", POSITIVE),
    "E_L": Parameter(-70.0, "mV"),
    "V_th": Parameter(-55.0, "mV"),
    "V_reset": Parameter(-70.0, "mV"),
    "t_ref": Parameter(2.0, "ms", NONNEGATIVE),
    "I_e": Parameter(0.0, "pA"),
}


@known_names
@dataclass(frozen=True, eq=False)
class LIF:
    r"""Leaky integrate-and-fire neuron.

    .. math:: C_m dV_m/dt = -g_L (V_m - E_L) + I_e + \sum I_{syn}, \qquad \tau_m = C_m/g_L

    A neuron with ``V_m >= V_th`` after an update spikes; ``V_m`` is set to ``V_reset`` and held
    for the ``ceil(t_ref/dt)`` updates that follow. With current-based receptors the equations
    are integrated exactly; with a conductance-based one to second order in dt, by an exponential
    under the mean of each conductance over the step.

    Parameters
    ----------
    C_m : float, array (N,) or Distribution, pF
        Membrane capacitance.
    tau_m : float, array (N,) or Distribution, ms
        Membrane time constant. Give either this or ``g_L``.
    g_L : float, array (N,) or Distribution, nS, optional
        Leak conductance, in place of ``tau_m``; both must then be numbers or arrays.
    E_L, V_th, V_reset : float, array (N,) or Distribution, mV
        Resting, threshold and reset potential.
    t_ref : float, array (N,) or Distribution, ms
        Refractory period.
    I_e : float, array (N,) or Distribution, pA
        Constant input current.
    sensitivities : bool
        Whether each neuron keeps the derivatives of its potential by ``tau_m`` and by the time
        constants of its receptors, from which `distsnn.learning` has the gradient by these.
        They take 8 bytes each, and do not change what is simulated.

    Raises
    ------
    ParameterError
        For values that are not finite, or a time constant or capacitance that is not positive.
        When the network is built: for a neuron whose reset is at or above its threshold.

    Notes
    -----
    Agrees with NEST 3 ``iaf_psc_exp`` (current-based), and with ``iaf_cond_exp`` but for rare
    spikes that are a step aside. Rotter & Diesmann 1999, Biol. Cybern.
    81:381-402.
    """

    C_m: Value = 250.0
    tau_m: Value | None = None
    E_L: Value = -70.0
    V_th: Value = -55.0
    V_reset: Value = -70.0
    t_ref: Value = 2.0
    I_e: Value = 0.0
    g_L: Value | None = None
    sensitivities: bool = False

    def __post_init__(self) -> None:
        check_switches("LIF", sensitivities=self.sensitivities)
        if self.tau_m is not None and self.g_L is not None:
            raise ParameterError(
                "LIF",
                "both tau_m and g_L are given",
                "tau_m = C_m/g_L, so one of them is enough",
                "leave one out",
            )
        tau_m: object = 10.0 if self.tau_m is None else self.tau_m
        if self.g_L is not None:
            g_L = checked_value("LIF", "g_L", self.g_L, "nS")
            C_m = checked_value("LIF", "C_m", self.C_m, "pF")
            if not isinstance(g_L, float | np.ndarray) or not isinstance(C_m, float | np.ndarray):
                raise ParameterError(
                    "LIF",
                    "g_L or C_m is a distribution",
                    "g_L needs numbers or arrays",
                    "give tau_m instead of g_L",
                )
            if value_bounds(g_L)[0] <= 0:
                raise ParameterError(
                    "LIF", f"g_L={value_bounds(g_L)[0]} nS", "g_L must be > 0", "correct g_L"
                )
            tau_m = C_m / g_L
        object.__setattr__(self, "tau_m", tau_m)
        object.__setattr__(self, "g_L", None)
        for name, parameter in LIF_PARAMETERS.items():
            object.__setattr__(self, name, parameter.checked("LIF", name, getattr(self, name)))

    @property
    def method(self) -> str:
        """The method is that of the model; see the class."""
        return "given"

    @property
    def parameters(self) -> Mapping[str, Value]:
        """Value of every parameter."""
        return {name: getattr(self, name) for name in LIF_PARAMETERS}

    @property
    def constants(self) -> Mapping[str, float]:
        """Numbers that are the same for all neurons and cannot be assigned: none."""
        return {}

    @property
    def start(self) -> Mapping[str, str]:
        """The initial values of variables, as expressions."""
        return {"V_m": "E_L"}

    def content(self) -> tuple[object, ...]:
        """Everything that defines the model, for the digest."""
        values = ((name, value_content(getattr(self, name))) for name in LIF_PARAMETERS)
        return ("LIF", *values, *(("sensitivities",) if self.sensitivities else ()))
