"""The intermediate form of equation-based synapses: what events and steps compute.

Expressions are syntax trees until code is emitted: ``w`` is a variable of the synapse, ``x_post``
one of its target, ``x_pre`` one of its source. Names of our own begin with an underscore.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from distsnn.describe.models.receptors.receptor import Coefficient
from distsnn.integrate.neuron_form import Assignment, TimedReference
from distsnn.language.functions import CONSTANTS, RANDOM
from distsnn.language.syntax import names_in
from distsnn.language.unit_names import UNITS

PRE, POST = "pre", "post"


@dataclass(frozen=True)
class Code:
    """Assignments in order.

    Attributes
    ----------
    assignments : tuple of (name, expression)
        Names that are no variables hold for one synapse only.
    arrays : tuple of TimedReference
        The TimedArrays that the expressions call.
    """

    assignments: tuple[Assignment, ...]
    arrays: tuple[TimedReference, ...] = ()

    @cached_property
    def reads(self) -> frozenset[str]:
        """Names of variables, constants and special names in the expressions."""
        names = {name for _, tree in self.assignments for name in names_in(tree)}
        return frozenset(names - UNITS.keys() - CONSTANTS.keys())

    @cached_property
    def draws(self) -> int:
        """Number of calls of random functions in the expressions."""
        return sum(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in RANDOM
            for _, tree in self.assignments
            for node in ast.walk(tree)
        )

    @property
    def writes(self) -> frozenset[str]:
        """Names that are assigned."""
        return frozenset(name for name, _ in self.assignments)


@dataclass(frozen=True)
class Pathway:
    """The effects of the events of one pathway.

    Attributes
    ----------
    name : str
        ``pre``, ``post``, or a name the user gave.
    after : str
        Whose spikes: `PRE` or `POST`.
    code : Code
    """

    name: str
    after: str
    code: Code


@dataclass(frozen=True)
class Summed:
    """A variable of the targets or sources: the sum of an expression over their synapses.

    `variable` is ``x_post`` or ``x_pre``; `type` is its type.
    """

    variable: str
    code: Code
    type: str = "float"


@dataclass(frozen=True)
class SynapseOperation:
    """Statements that run at regular times for every synapse.

    Attributes
    ----------
    name, point : str
        See `distsnn.describe.operations`.
    place : (int, int, str)
    every : int
        Steps between two runs.
    code : Code
    steps : tuple of int
        The steps in which they run, if not regularly.
    """

    name: str
    point: str
    place: tuple[int, int, str]
    every: int
    code: Code
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class SynapseForm:
    """Synapses after their equations have been integrated.

    Attributes
    ----------
    variables : tuple of str
        Variables of each synapse (float64).
    constants : tuple of str
        Numbers from outside that the code reads.
    pathways : tuple of Pathway
        In the order in which they act in a step.
    coefficients : tuple of Coefficient
        Numbers computed from constants and the time step, that the code reads.
    continuous : Code or None
        What happens to every synapse in every step.
    summed : tuple of Summed
    refreshed : Code or None
        What the beginning of a step computes for every synapse.
    operations : tuple of SynapseOperation
    pre_states, post_states : frozenset of str
        Names x of source and target variables (``x_pre``, ``x_post``) that the code reads or
        writes, those of sums included.
    clamped : frozenset of str
        Variables ``x_pre`` and ``x_post`` that events cannot change while their neuron is
        refractory.
    """

    variables: tuple[str, ...]
    constants: tuple[str, ...]
    pathways: tuple[Pathway, ...]
    coefficients: tuple[Coefficient, ...] = ()
    continuous: Code | None = None
    summed: tuple[Summed, ...] = ()
    pre_states: frozenset[str] = frozenset()
    post_states: frozenset[str] = frozenset()
    clamped: frozenset[str] = frozenset()
    refreshed: Code | None = None
    operations: tuple[SynapseOperation, ...] = ()

    @property
    def at_start(self) -> list[Code]:
        """Code that reads sources and targets before the update of a step."""
        return [*(item.code for item in self.summed), *([self.refreshed] if self.refreshed else [])]

    @property
    def after_threshold(self) -> list[Code]:
        """Code that reads sources and targets after the threshold of a step."""
        events = [pathway.code for pathway in self.pathways]
        return [*events, *([self.continuous] if self.continuous else [])]

    @property
    def codes(self) -> list[Code]:
        """All code."""
        return [*self.after_threshold, *self.at_start, *(one.code for one in self.operations)]
