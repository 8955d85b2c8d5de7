"""The models that run PyNN's cell types: a built-in model with receptors, or its equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import distsnn as snn
from distsnn.describe.models.neuron_presets import REFRACTORY


class IF(snn.NeuronModel):
    """The equations of `LIF`, for cells into which electrodes inject currents."""

    C_m = snn.Parameter(250.0, "pF", "> 0")
    tau_m = snn.Parameter(10.0, "ms", "> 0")
    E_L = snn.Parameter(-70.0, "mV")
    V_th = snn.Parameter(-55.0, "mV")
    V_reset = snn.Parameter(-70.0, "mV")
    t_ref = snn.Parameter(2.0, "ms", ">= 0")
    I_e = snn.Parameter(0.0, "pA")
    equations = "dV_m/dt = (E_L - V_m)/tau_m + (I_e + I_receptors)/C_m : volt (unless refractory)"
    threshold = "V_m >= V_th"
    reset = "V_m = V_reset"
    refractory = REFRACTORY
    method = "exponential_midpoint"
    start = {"V_m": "E_L"}


class AdaptiveIF(snn.NeuronModel):
    """The adaptive model without an exponential upswing: the limit ``delta_T = 0``."""

    C_m = snn.Parameter(281.0, "pF", "> 0")
    g_L = snn.Parameter(30.0, "nS", "> 0")
    E_L = snn.Parameter(-70.6, "mV")
    V_th = snn.Parameter(-50.4, "mV")
    V_reset = snn.Parameter(-60.0, "mV")
    a = snn.Parameter(4.0, "nS")
    b = snn.Parameter(80.5, "pA")
    tau_w = snn.Parameter(144.0, "ms", "> 0")
    t_ref = snn.Parameter(0.0, "ms", ">= 0")
    I_e = snn.Parameter(0.0, "pA")
    equations = """
    dV_m/dt = (g_L*(E_L - V_m) - w + I_e + I_receptors)/C_m : volt (unless refractory)
    dw/dt = (a*(V_m - E_L) - w)/tau_w : amp
    """
    threshold = "V_m >= V_th"
    reset = "V_m = V_reset; w += b"
    refractory = REFRACTORY
    method = "rk4"
    start = {"V_m": "E_L"}


class GIF3(snn.NeuronModel):
    """The generalized model with three currents and three parts of the threshold."""

    C_m = snn.Parameter(80.0, "pF", "> 0")
    g_L = snn.Parameter(4.0, "nS", "> 0")
    E_L = snn.Parameter(-70.0, "mV")
    V_reset = snn.Parameter(-55.0, "mV")
    V_T_star = snn.Parameter(-35.0, "mV")
    Delta_V = snn.Parameter(0.5, "mV", "> 0")
    lambda_0 = snn.Parameter(0.001, "1/ms", ">= 0")
    tau_eta_0 = snn.Parameter(1.0, "ms", "> 0")
    tau_eta_1 = snn.Parameter(10.0, "ms", "> 0")
    tau_eta_2 = snn.Parameter(100.0, "ms", "> 0")
    tau_gamma_0 = snn.Parameter(1.0, "ms", "> 0")
    tau_gamma_1 = snn.Parameter(10.0, "ms", "> 0")
    tau_gamma_2 = snn.Parameter(100.0, "ms", "> 0")
    a_eta_0 = snn.Parameter(0.0, "pA")
    a_eta_1 = snn.Parameter(0.0, "pA")
    a_eta_2 = snn.Parameter(0.0, "pA")
    a_gamma_0 = snn.Parameter(0.0, "mV")
    a_gamma_1 = snn.Parameter(0.0, "mV")
    a_gamma_2 = snn.Parameter(0.0, "mV")
    t_ref = snn.Parameter(4.0, "ms", ">= 0")
    I_e = snn.Parameter(0.0, "pA")
    equations = """
    dV_m/dt = (g_L*(E_L - V_m) - i_eta + I_e + I_receptors)/C_m : volt (unless refractory)
    deta_0/dt = -eta_0/tau_eta_0 : amp
    deta_1/dt = -eta_1/tau_eta_1 : amp
    deta_2/dt = -eta_2/tau_eta_2 : amp
    dgamma_0/dt = -gamma_0/tau_gamma_0 : volt
    dgamma_1/dt = -gamma_1/tau_gamma_1 : volt
    dgamma_2/dt = -gamma_2/tau_gamma_2 : volt
    i_eta = eta_0 + eta_1 + eta_2 : amp
    v_t = V_T_star + gamma_0 + gamma_1 + gamma_2 : volt
    """
    threshold = "rand() < -expm1(-lambda_0*exp((V_m - v_t)/Delta_V)*dt)"
    reset = """
    V_m = V_reset
    eta_0 += a_eta_0; eta_1 += a_eta_1; eta_2 += a_eta_2
    gamma_0 += a_gamma_0; gamma_1 += a_gamma_1; gamma_2 += a_gamma_2
    """
    refractory = REFRACTORY
    method = "exponential_midpoint"
    start = {"V_m": "E_L"}


class Beta(snn.Receptor):
    """A conductance that rises and decays; its peak is the weight."""

    tau_rise = snn.Parameter(0.2, "ms", "> 0")
    tau_decay = snn.Parameter(1.7, "ms", "> 0")
    equations = """
    dx/dt = ((tau_decay/tau_rise)**(tau_decay/(tau_decay - tau_rise))*rise - x)/tau_decay
    drise/dt = -rise/tau_rise
    """


@dataclass(frozen=True)
class EventEffect:
    """The effect of an event on a cell.

    Attributes
    ----------
    label : str
        Name of the receptor in the group.
    kind : class or None
        The receptor; None for a jump of the potential.
    conductance : bool
        Whether it is a conductance, and not a current.
    """

    label: str
    kind: type[snn.Receptor] | None
    conductance: bool = False

    @property
    def variable(self) -> str:
        """Name of the variable in the group."""
        return f"{'g' if self.conductance else 'I_syn'}_{self.label}" if self.kind else "V_m"

    @property
    def event(self) -> str:
        """Name of the variable that events add to."""
        if self.kind is None:
            return self.variable
        first, *others = self.kind.derivatives
        added_to = self.kind.events or [first, *others][-1]
        return self.variable if added_to == first else f"{self.variable}_{added_to}"

    @property
    def decay(self) -> str:
        """Name of the time constant with which an event decays; empty for a jump."""
        if self.kind is None:
            return ""
        return f"{list(self.kind.parameters)[-1]}_{self.variable}"

    @property
    def weight_factor(self) -> float:
        """From PyNN's unit of weights to that of distsnn."""
        return 1000.0 if self.kind else 1.0

    @property
    def reversal(self) -> str:
        """Name of the parameter for the reversal potential."""
        return f"E_of_{self.variable}"

    def receptor(self, parameters: Mapping[str, np.ndarray]) -> snn.Receptor:
        """The receptor of a built-in model, with the parameters of a population."""
        if self.kind is None:
            return snn.Delta()
        output = snn.COBA(E=float(parameters[self.reversal][0])) if self.conductance else snn.CUBA()
        ending = f"_{self.variable}"
        own = {f"{p}{ending}": p for p in self.kind.parameters}
        given = {p: _one_for_all(parameters[native]) for native, p in own.items()}
        return self.kind(output=output, name=self.label, **given)


@dataclass(frozen=True)
class CellModel:
    """The model that runs a cell type.

    Attributes
    ----------
    neuron : class
        The built-in model.
    responses : mapping of str to EventEffect
        By PyNN's names of receptor types.
    method : str, optional
        Method of integration of the equations, where it is not the model's.
    unused : set of str
        Parameters of the cell type that it does not have.
    """

    neuron: type[Any]
    responses: Mapping[str, EventEffect]
    method: str = ""
    unused: frozenset[str] = frozenset()
    INJECTED: ClassVar[str] = "I_injected = injected_current(t - t_table, electrode_column)"

    def made(
        self,
        size: int,
        name: str,
        parameters: Mapping[str, np.ndarray],
        table: str,
        gaps: Sequence[str] = (),
    ) -> tuple[snn.NeuronGroup, dict[str, snn.Receptor]]:
        """The group of a population and its receptors by PyNN's names.

        Parameters
        ----------
        size : int
        name : str
        parameters : mapping of str to array (size,)
            By distsnn's names and in its units.
        table : str
            Name of the table of injected currents; empty if there is none.
        gaps : sequence of str
            Variables for the currents of electrical synapses.
        """
        uneven = any(
            np.ptp(parameters[r.reversal]) > 0 for r in self.responses.values() if r.conductance
        )
        # Synapses with equations know only variables of equations, or of `LIF`.
        general = self.neuron is not snn.LIF and any(r.kind for r in self.responses.values())
        if table or gaps or uneven or general:
            return self._of_equations(size, name, parameters, table, gaps)
        own = {p: parameters[p] for p in parameters if not p.startswith("E_of_")}
        receptors = {r: self.responses[r].receptor(parameters) for r in self.responses}
        if len({r.variable for r in self.responses.values()}) == 1:
            receptors = dict.fromkeys(receptors, next(iter(receptors.values())))
        of_receptors = {
            p for r in self.responses.values() for p in own if p.endswith(f"_{r.variable}")
        }
        given = {p: _one_for_all(value) for p, value in own.items() if p not in of_receptors}
        group = snn.NeuronGroup(size, self.neuron(**given), name=name)
        for receptor in dict.fromkeys(receptors.values()):
            group.attach(receptor)
        return group, receptors

    def _of_equations(
        self,
        size: int,
        name: str,
        parameters: Mapping[str, np.ndarray],
        table: str,
        gaps: Sequence[str],
    ) -> tuple[snn.NeuronGroup, dict[str, snn.Receptor]]:
        kind = IF if self.neuron is snn.LIF else self.neuron
        attached = tuple(
            self.responses[r].receptor(parameters)
            for r in self.responses
            if self.responses[r].kind is not None
        )
        equations, numbers = kind().equations_with(attached)
        equations += "".join(f"\n{number} : 1 (constant)" for number in numbers)
        currents = [*(["I_injected"] if table else []), *gaps]
        head = "I_receptors = "
        equations = equations.replace(head, head + "".join(f"{one} + " for one in currents))
        equations += "".join(f"\n{one} : amp" for one in currents)
        if table:
            equations += "\nelectrode_column : integer (constant)"
        group = snn.NeuronGroup(
            size, equations, threshold=kind.threshold, reset=kind.reset,
            refractory=kind.refractory or False, method=self.method or kind.method, name=name,
        )  # fmt: skip
        if table:
            group.run_regularly(self.INJECTED.replace("injected_current", table))
        # Of what PyNN has no name for, the values of the model.
        known = kind().parameters.items()
        own = {name: p.default for name, p in known if name in group.variables()}
        for parameter, value in {**own, **parameters}.items():
            setattr(group, parameter, value)
        receptors = {r: snn.Increment(self.responses[r].event) for r in self.responses}
        if len({r.variable for r in self.responses.values()}) == 1:
            receptors = dict.fromkeys(receptors, next(iter(receptors.values())))
        return group, dict(receptors)


def _one_for_all(values: np.ndarray) -> float | np.ndarray:
    """One number where all are the same."""
    return float(values[0]) if np.ptp(values) == 0 else values


def exponential(conductance: bool) -> dict[str, EventEffect]:
    """Exponential receptors of PyNN's standard cells."""
    return _pair(snn.Exponential, conductance)


def alpha(conductance: bool) -> dict[str, EventEffect]:
    """Receptors of PyNN's standard cells with alpha functions."""
    return _pair(snn.Alpha, conductance)


def delta() -> dict[str, EventEffect]:
    """Jumps of the potential."""
    return _pair(None, False)


def _pair(kind: type[snn.Receptor] | None, conductance: bool) -> dict[str, EventEffect]:
    return {
        "excitatory": EventEffect("exc", kind, conductance),
        "inhibitory": EventEffect("inh", kind, conductance),
    }
