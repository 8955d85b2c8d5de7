"""Parameters of the local neurons that have been computed, until they are assigned anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.describe.groups import Assignment
from distsnn.describe.models.receptors.receptor import Coefficient
from distsnn.integrate.neuron_form import NeuronForm

# What gives parameters of these names, with all that comes with them; see `local_parameters`.
Compute = Callable[[list[str]], dict[str, Any]]


@dataclass(frozen=True)
class Concerned:
    """The coefficients and names that an assignment to a parameter of a group concerns.

    Attributes
    ----------
    coefficients : tuple of (Coefficient, Argument)
        Those that depend on it.
    names : tuple of str
        All parameters that these depend on, and itself.
    argument : Argument
        What monitors read, if there are any.
    """

    coefficients: tuple[tuple[Coefficient, Argument], ...]
    names: tuple[str, ...]
    argument: Argument

    @classmethod
    def by(cls, variable: str, form: NeuronForm, group: int) -> Concerned:
        """That of a parameter of the group of this index."""
        own = OfGroup(group)
        changed = [c for c in form.coefficients if variable in c.depends_on]
        names = dict.fromkeys(name for c in changed for name in c.depends_on)
        pairs = tuple((c, own.coefficient(c.name)) for c in changed)
        return cls(pairs, tuple(names | {variable: None}), own.parameter(variable))


class KnownParameters:
    """Values of parameters of the groups of a rank, until they are assigned anew.

    Objects that a run calls set some in every step, so that nothing is looked up twice.
    """

    def __init__(self) -> None:
        self._known: dict[int, dict[str, Any]] = {}
        self._concerned: dict[tuple[int, str], Concerned] = {}

    def forget(self, group: int) -> None:
        """Let all parameters of a group be computed again."""
        self._known.pop(group, None)

    def assign(self, group: int, made: Assignment, size: int) -> None:
        """Take over an assignment to a parameter of a group of this size."""
        known = self._known.get(group)
        if known is None:
            return
        if isinstance(made.value, float) and made.start == 0 and made.stop == size:
            known[made.variable] = made.value
        else:
            known.pop(made.variable, None)

    def concerned(self, group: int, variable: str, form: NeuronForm) -> Concerned:
        """The coefficients and names that an assignment to a parameter concerns."""
        key = group, variable
        if key not in self._concerned:
            self._concerned[key] = Concerned.by(variable, form, group)
        return self._concerned[key]

    def values(self, group: int, names: tuple[str, ...], compute: Compute) -> dict[str, Any]:
        """Values by name, of at least these parameters; for reading only."""
        known = self._known.setdefault(group, {})
        missing = [name for name in names if name not in known]
        if missing:
            known |= compute(missing)
        return known
