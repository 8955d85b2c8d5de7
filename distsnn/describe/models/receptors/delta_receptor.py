"""Receptors without equations: events add to the potential, or to a variable of a model."""

from __future__ import annotations

import math
from typing import ClassVar

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.models.receptors.receptor import Receptor, checked_receptor_name
from distsnn.errors import ParameterError


@known_names
class Delta(Receptor):
    """A receptor whose events add their weight (mV) to ``V_m`` of the target at once.

    As in NEST's ``iaf_psc_delta`` the events of a step act between its update and its threshold,
    so that a neuron spikes in the step in which what it needs arrives. Events on a refractory
    neuron are lost, also those of the last step in which it is, and so is what was too much for
    the threshold. With a delay of 0, which NEST does not have, an event acts at the end of the
    step of its spike, after the threshold.

    Parameters
    ----------
    name : str, optional
        Name of the receptor within its target.
    """

    before_threshold: ClassVar[bool] = True
    weight_unit = "mV"
    least_weight = -math.inf

    def __init__(self, name: str | None = None) -> None:
        self.name = checked_receptor_name("Delta", name)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Delta", self.name)

    def __repr__(self) -> str:
        return f"Delta({'' if self.name is None else repr(self.name)})"


@known_names
class Increment(Receptor):
    """A receptor whose events add their weight to a variable of a model given as a string.

    Events on a refractory neuron are lost if the variable is ``(unless refractory)``.

    Parameters
    ----------
    variable : str
        Name of the variable.
    weight_unit : str
        Its unit, for messages.
    """

    weight_unit = "the unit of the variable"
    least_weight = -math.inf

    def __init__(self, variable: str, weight_unit: str = weight_unit) -> None:
        for name, value in (("variable", variable), ("weight_unit", weight_unit)):
            if not isinstance(value, str):
                raise ParameterError(
                    "Increment", f"{name}={value!r}", f"{name} is a string", f"correct {name}"
                )
        self.variable, self.weight_unit = variable, weight_unit

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Increment", self.variable)

    def __repr__(self) -> str:
        return f"Increment({self.variable!r})"
