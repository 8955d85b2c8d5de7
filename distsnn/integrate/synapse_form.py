"""The intermediate form of equation-based synapses: what events and steps compute.

Expressions are code for numba in which every name of the expression has a prefix, so that no name
of a user's can meet one of the generated function's own: ``v_w`` is the variable w of the synapse,
``v_x_post`` the variable x of its target, ``v_x_pre`` that of its source, ``v_tau`` a constant.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.describe.models.receptors.receptor import Coefficient

PRE, POST = "pre", "post"

Assignments = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code:
    """Assignments in order, and the names (without prefix) they read and write.

    Attributes
    ----------
    assignments : tuple of (name, expression)
        Names without prefix. Names that are no variables live within one synapse's turn.
    reads : frozenset of str
        Names of variables, constants and special names in the expressions.
    draws : int
        Number of calls of random functions in the expressions.
    arrays : tuple of str
        Arguments (with prefix) that hold TimedArrays.
    """

    assignments: Assignments
    reads: frozenset[str]
    draws: int = 0
    arrays: tuple[str, ...] = ()

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
        return [*self.after_threshold, *self.at_start]
