"""The intermediate form of a neuron model: what the update, threshold and reset compute.

Built-in models are written in it directly; it is all the generator of kernels knows of a model.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.describe.models.receptors.receptor import Coefficient

REFRACTORY_STEPS = "_refractory_steps"


# When a linked variable is read: in the update of a step, in its threshold, or as it is just then.
IN_UPDATE, IN_THRESHOLD, LIVE = "update", "threshold", "live"


@dataclass(frozen=True)
class LinkRead:
    """A linked variable that a form reads at one moment, through arguments of its own."""

    variable: str
    moment: str

    @property
    def argument(self) -> str:
        """The argument with the values of the other group."""
        return f"_link_{self.variable}_{self.moment}_"

    @property
    def index(self) -> str:
        """The argument that says which of them each neuron reads, unless a variable does."""
        return f"_link_{self.variable}_index_"


def variable(name: str) -> str:
    """Code of a state, coefficient or assigned name, which no other name of the code can meet."""
    return f"v_{name}"


@dataclass(frozen=True)
class OperationForm:
    """Statements that run at regular times for neurons of a part of a group.

    Attributes
    ----------
    name, point : str
        See `distsnn.describe.operations`.
    place : (int, int, str)
    part : (int, int) or None
        The neurons; None for all.
    every : int
        Steps between two runs.
    statements : tuple of (variable, expression)
    linked_places : tuple of (variable, code)
        Where linked variables that they assign are stored.
    """

    name: str
    point: str
    place: tuple[int, int, str]
    part: tuple[int, int] | None
    every: int
    statements: tuple[tuple[str, str], ...]
    linked_places: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NeuronForm:
    """A neuron model after its equations have been integrated over one step.

    Expressions are code for numba in which every name of the model has a prefix (see `variable`).
    Names of our own begin with an underscore, as none of a user's does.

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
    threshold : str
        Condition over ``_new_<state>`` and coefficients; empty if no neuron ever spikes.
    reset : tuple of (state or temporary variable, expression)
        Expressions over coefficients and states, executed in order.
    refractory_steps : str
        Coefficient: number of updates after that of the spike in which the neuron is refractory;
        empty if there is none.
    arriving : tuple of (state, state)
        States, and for each the one that events add to before the update takes it in. What it
        still has after the events of a step is added to the first then, but in refractory neurons
        not to one that is held.
    receptor_states : tuple of str
        State that the events of each receptor add to.
    active : str
        In place of `refractory_steps`: condition over old states, coefficients and
        ``_active_[lid]``, under which a neuron is not refractory in this update; that
        is what it was in the last one, and 0 after a spike.
    shared : tuple of str
        Further arguments of update and reset, which end in an underscore: ``_index_``, the indices
        of the neurons, ``_k0_`` and ``_k1_``, the key of random numbers, values of TimedArrays.
    method : str
        Method of integration.
    refreshed : tuple of (state, expression)
        What the very beginning of a step computes, in order, from the states.
    links : tuple of LinkRead
        Linked variables that are read.
    linked_places : tuple of (variable, code)
        Where the reset stores linked variables that it assigns.
    operations : tuple of OperationForm
    """

    states: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    statements: tuple[tuple[str, str], ...]
    clamped: tuple[str, ...]
    threshold: str
    reset: tuple[tuple[str, str], ...]
    refractory_steps: str
    receptor_states: tuple[str, ...]
    active: str = ""
    shared: tuple[str, ...] = ()
    method: str = ""
    refreshed: tuple[tuple[str, str], ...] = ()
    arriving: tuple[tuple[str, str], ...] = ()
    links: tuple[LinkRead, ...] = ()
    linked_places: tuple[tuple[str, str], ...] = ()
    operations: tuple[OperationForm, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """Held states that receptors add to, so that they must be restored after delivery."""
        return tuple(s for s in self.clamped if s in self.receptor_states)
