"""The intermediate form of a neuron model: what the update, threshold and reset compute.

Built-in models are written in it directly; it is all the generator of kernels knows of a model.
Expressions are syntax trees until code is emitted (`distsnn.codegen.emit`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from distsnn.describe.models.receptors.receptor import Coefficient
from distsnn.language.functions import RANDOM
from distsnn.language.syntax import calls_in, names_in

REFRACTORY_STEPS = "_refractory_steps"
# Names in expressions of a form: the step of a neuron's last spike, and its index in the group.
LAST_SPIKE_STEP, INDEX = "_last_spike_step", "i"
# The larger of two numbers; no expression of a user calls it.
LARGER = "_larger"
# Whether a neuron has spiked in a sub-step.
CROSSED = "_crossed"
# When a linked variable is read: in the update of a step, in its threshold, or as it is just then.
IN_UPDATE, IN_THRESHOLD, LIVE = "update", "threshold", "live"
Assignment = tuple[str, ast.expr]


@dataclass(frozen=True)
class LinkRead:
    """A linked variable that a form reads at one moment.

    Attributes
    ----------
    variable, moment : str
    index : ast.expr or None
        The index of the neuron of the other group that each neuron reads, unless it never changes.
    """

    variable: str
    moment: str
    index: ast.expr | None = field(compare=False)

    @property
    def name(self) -> str:
        """Its name in expressions."""
        return f"_link_{self.variable}_{self.moment}"


@dataclass(frozen=True)
class TimedReference:
    """A TimedArray that expressions call.

    Attributes
    ----------
    name : str
    index : int
        Among those of its object.
    two : bool
        Whether it has two dimensions, else one.
    """

    name: str
    index: int
    two: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in a program, see `distsnn.kernels.expression_functions.timed_value`."""
        return ("values", "epsilon", "factor", *(("columns",) if self.two else ()))


@dataclass(frozen=True)
class Assigned:
    """A new value of a state, a linked or a temporary variable.

    If it is `shared` by all neurons, its random numbers are those of neuron 0.
    """

    target: str
    value: ast.expr
    shared: bool = False


@dataclass(frozen=True)
class OperationForm:
    """Statements that run for neurons of a group: at regular times, or at an event.

    Attributes
    ----------
    name, point : str
        See `distsnn.describe.operations`.
    place : (int, int, str)
    part : (int, int) or None
        The neurons; None for all.
    every : int
        Steps between two runs.
    statements : tuple of Assigned
        At regular times they do not change what is clamped in refractory neurons.
    event : str
        The event at which they run; empty for regular times.
    condition : ast.expr or None
        In place of statements: the neurons for which it holds have the event.
    steps : tuple of int
        The steps in which they run, if not regularly.
    """

    name: str
    point: str
    place: tuple[int, int, str]
    part: tuple[int, int] | None
    every: int
    statements: tuple[Assigned, ...]
    event: str = ""
    condition: ast.expr | None = None
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class SubStepForm:
    """Sub-steps of adaptive size, see `distsnn.integrate.step.SubSteps`.

    Attributes
    ----------
    statements : tuple of (name, expression)
    errors : tuple of ast.expr
    variables : tuple of str
    threshold : ast.expr or None
        Over the states after a sub-step; None if neurons are reset after the whole step.
    reset : tuple of Assigned
    arriving : (state, state) or None
        What is added to a state after the last sub-step, and where it has been added up.
    """

    statements: tuple[Assignment, ...]
    errors: tuple[ast.expr, ...]
    variables: tuple[str, ...]
    threshold: ast.expr | None
    reset: tuple[Assigned, ...]
    arriving: tuple[str, str] | None = None


@dataclass(frozen=True)
class NeuronForm:
    """A neuron model after its equations have been integrated over one step.

    Names in expressions that are ours begin with an underscore, as none of a user's does. The
    time of a step is a product of ``t_in_timesteps`` and a coefficient; names that are neither
    states nor coefficients nor assigned before are that step, `LAST_SPIKE_STEP`, `INDEX`, those of
    `links`, and `distsnn.language.symbols.ACTIVE`.

    Attributes
    ----------
    states : tuple of str
        Variables of each neuron (float64).
    coefficients : tuple of Coefficient
    statements : tuple of (name, expression)
        Assignments in order; expressions see the old states, the coefficients, and the names
        assigned before. ``_new_<state>`` becomes the state at the end of the step.
    clamped : tuple of str
        States that keep their value while the neuron is refractory, and that events of synapses
        cannot change then.
    threshold : ast.expr or None
        Condition over ``_new_<state>`` and coefficients; None if no neuron ever spikes.
    reset : tuple of Assigned
        Expressions over coefficients and states, executed in order.
    refractory_steps : str
        Coefficient: number of updates after that of the spike in which the neuron is refractory;
        empty if there is none.
    arriving : tuple of (state, state)
        States, and for each the one that events add to before the update takes it in. What it
        still has after the events of a step is added to the first then, but in refractory neurons
        not to one that is clamped.
    receptor_states : tuple of str
        State that the events of each receptor add to.
    refractory : ast.expr or None
        In place of `refractory_steps`: over old states and coefficients, the number of steps for
        which a neuron is refractory after its spike if it `refractory_is_time`; else the condition
        under which one that has spiked stays so.
    method : str
        Method of integration.
    refreshed : tuple of Assigned
        What the very beginning of a step computes, in order, from the states.
    arrays : tuple of TimedReference
        The TimedArrays that expressions call.
    links : tuple of LinkRead
        Linked variables that are read or assigned.
    operations : tuple of OperationForm
    substeps : SubStepForm or None
        What runs in front of `statements`, and changes the states that they see.
    """

    states: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    statements: tuple[Assignment, ...]
    clamped: tuple[str, ...]
    threshold: ast.expr | None
    reset: tuple[Assigned, ...]
    refractory_steps: str
    receptor_states: tuple[str, ...]
    refractory: ast.expr | None = None
    refractory_is_time: bool = False
    method: str = ""
    refreshed: tuple[Assigned, ...] = ()
    arriving: tuple[tuple[str, str], ...] = ()
    arrays: tuple[TimedReference, ...] = ()
    links: tuple[LinkRead, ...] = ()
    operations: tuple[OperationForm, ...] = ()
    substeps: SubStepForm | None = None

    @property
    def kept(self) -> tuple[str, ...]:
        """Clamped states that receptors add to, so that they must be restored after delivery."""
        return tuple(s for s in self.clamped if s in self.receptor_states)

    @property
    def has_flags(self) -> bool:
        """Whether each neuron has a flag that says whether it is refractory."""
        return self.refractory is not None

    @property
    def draws(self) -> bool:
        """Whether expressions draw random numbers."""
        return any(name in RANDOM for tree in self._trees() for name in calls_in(tree))

    @property
    def uses_index(self) -> bool:
        """Whether something depends on the index of a neuron, as random numbers do."""
        parts = any(operation.part is not None for operation in self.operations)
        return parts or self.draws or any(INDEX in names_in(tree) for tree in self._trees())

    def _trees(self) -> Iterator[ast.expr]:
        if self.substeps is not None:
            yield from (tree for _, tree in self.substeps.statements)
            yield from (one.value for one in self.substeps.reset)
            yield from self.substeps.errors
        yield from (tree for _, tree in self.statements)
        statements = (s for operation in self.operations for s in operation.statements)
        yield from (assigned.value for assigned in (*self.reset, *self.refreshed, *statements))
        conditions = (operation.condition for operation in self.operations)
        optional = (self.threshold, self.refractory, *conditions)
        yield from (tree for tree in optional if tree is not None)
        yield from (read.index for read in self.links if read.index is not None)
