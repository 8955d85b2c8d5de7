"""Derivatives of the potential of `LIF` by time constants, as further states of the neuron.

They hold for the spikes as they are: a derivative of the potential begins with 0 where a neuron
is released, and one of a synaptic current where the network begins. Learning multiplies them, as
they are at a spike, with the derivative of the loss by the potential then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.group_receptors import receptor_names
from distsnn.describe.models.receptors.receptor import Coefficient, Receptor, ReceptorNames, Values
from distsnn.errors import UnsupportedError
from distsnn.integrate.neuron_form import Assigned, NeuronForm

# Relative width of central differences of coefficients, which leaves ten digits.
_WIDTH = 1e-5


def by_time_constant(time_constant: str) -> str:
    """Name of the derivative (mV/ms) of the potential by a time constant."""
    return f"V_m_by_{time_constant}"


class _Parts:
    """States, coefficients and statements, as they come."""

    def __init__(self, known: Sequence[Coefficient]) -> None:
        self.known = {coefficient.name: coefficient for coefficient in known}
        self.coefficients: list[Coefficient] = []
        self.states: list[str] = []
        self.statements: list[tuple[str, str]] = []

    def derivative(self, name: str, parameter: str) -> str:
        """Name of the derivative of a coefficient by a parameter."""
        of = self.known[name]
        made = Coefficient(f"{name}_by_{parameter}", of.depends_on, _central(of, parameter))
        self.coefficients.append(made)
        return made.name

    def state(self, name: str, formula: str) -> None:
        """Add a state with its value after a step."""
        self.states.append(name)
        self.statements.append((f"_new_{name}", formula))


def with_sensitivities(form: NeuronForm, neurons: NeuronDescription) -> NeuronForm:
    """The form with a derivative of the potential by each time constant.

    Raises UnsupportedError for receptors whose closed form is not known here.
    """
    parts = _Parts(form.coefficients)
    each = receptor_names(neurons.receptors)
    terms = [f"V_m*{parts.derivative('decay_V_m', 'tau_m')}", parts.derivative("rest", "tau_m")]
    terms += [
        f"{x}*{parts.derivative(f'gain_{x}', 'tau_m')}"
        for _, names in each
        for x in names.variables.values()
    ]
    held = [by_time_constant("tau_m")]
    parts.state(held[0], " + ".join([f"{held[0]}*decay_V_m", *terms]))
    for receptor, names in each:
        held.append(_of_receptor(parts, neurons, receptor, names))
    return replace(
        form,
        states=(*form.states, *parts.states),
        coefficients=(*form.coefficients, *parts.coefficients),
        statements=(*form.statements, *((n, syntax_tree(text)) for n, text in parts.statements)),
        clamped=(*form.clamped, *held),
        reset=(*form.reset, *(Assigned(name, syntax_tree("0.0")) for name in held)),
    )


def _of_receptor(
    parts: _Parts, neurons: NeuronDescription, receptor: Receptor, names: ReceptorNames
) -> str:
    if not isinstance(receptor, Exponential | Alpha) or receptor.output.E is not None:
        raise UnsupportedError(
            neurons.name,
            f"sensitivities with {receptor!r}",
            "derivatives by time constants are known of exponential and alpha currents",
            "leave sensitivities out",
        )
    tau, x = names.parameters["tau"], names.acting
    states = list(names.variables.values())
    fades, of_x = parts.derivative(f"decay_{x}", tau), f"{x}_by_{tau}"
    V = by_time_constant(tau)
    terms = [f"{V}*decay_V_m"]
    for state in states:
        terms.append(f"{state}_by_{tau}*gain_{state}")
        terms.append(f"{state}*{parts.derivative(f'gain_{state}', tau)}")
    parts.state(V, " + ".join(terms))
    if len(states) == 1:
        parts.state(of_x, f"{of_x}*decay_{x} + {x}*{fades}")
        return V
    rise, of_rise = states[1], f"{states[1]}_by_{tau}"
    steeper = parts.derivative(f"rise_of_{x}", tau)
    parts.state(
        of_x,
        f"({of_x} + {of_rise}*rise_of_{x} + {rise}*{steeper})*decay_{x}"
        f" + ({x} + {rise}*rise_of_{x})*{fades}",
    )
    parts.state(of_rise, f"{of_rise}*decay_{x} + {rise}*{fades}")
    return V


def _central(of: Coefficient, parameter: str) -> Callable[[Values], float | np.ndarray]:
    def evaluate(p: Values) -> float | np.ndarray:
        value = p[parameter]
        up = of.evaluate({**p, parameter: value * (1.0 + _WIDTH)})
        down = of.evaluate({**p, parameter: value * (1.0 - _WIDTH)})
        return (up - down) / (2.0 * _WIDTH * value)

    return evaluate
