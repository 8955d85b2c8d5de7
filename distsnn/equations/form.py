"""The intermediate form of a neuron model: what the update, threshold and reset compute.

Ready models are written in it directly; it is all the generator of kernels knows of a model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Values = Mapping[str, float | np.ndarray]


@dataclass(frozen=True)
class Coefficient:
    """A number per group, or per neuron where a parameter it depends on differs.

    Attributes
    ----------
    name : str
        Name in the statements.
    depends_on : tuple of str
        Names of parameters.
    evaluate : callable
        From a mapping of these names (and ``dt``) to the value, elementwise in numpy.
    """

    name: str
    depends_on: tuple[str, ...]
    evaluate: Callable[[Values], float | np.ndarray]


@dataclass(frozen=True)
class NeuronForm:
    """A neuron model after its equations have been integrated over one step.

    Attributes
    ----------
    states : tuple of str
        Variables of each neuron (float64).
    coefficients : tuple of Coefficient
    statements : tuple of (name, expression)
        Assignments in order; expressions see the old states, the coefficients, and the names
        assigned before. ``new_<state>`` becomes the state at the end of the step.
    held : tuple of str
        States that keep their value while the neuron is refractory, and that events of synapses
        cannot change then.
    threshold : str
        Condition over ``new_<state>`` and coefficients.
    reset : tuple of (state, expression)
        Expressions over coefficients.
    refractory_steps : str
        Coefficient: number of updates after that of the spike in which the neuron is refractory.
    initial : mapping of str to str or float
        Initial value of each state: a parameter or a number.
    receptor_states : tuple of str
        State that the events of each receptor add to.
    """

    states: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    statements: tuple[tuple[str, str], ...]
    held: tuple[str, ...]
    threshold: str
    reset: tuple[tuple[str, str], ...]
    refractory_steps: str
    initial: Mapping[str, str | float]
    receptor_states: tuple[str, ...]

    @property
    def kept(self) -> tuple[str, ...]:
        """Held states that receptors add to, so that they must be restored after delivery."""
        return tuple(s for s in self.held if s in self.receptor_states)
