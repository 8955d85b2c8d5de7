"""Values that are not finite: variables of one rank with NaN or infinity, and since when.

Neurons are looked at in passing, at steps that follow from the number of the step alone, so that
what is said depends on neither ranks nor clocks; synapses, of which there are many more, at the end
of runs. Nothing here is collective: what ranks find comes together with their reports.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.program_arguments import Argument, OfGroup, OfSynapses, OfTable
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.values.given_expressions import Expression
from distsnn.errors import NotFiniteWarning

# Looks at neurons come in steps that double up to the number of steps between later ones.
_FIRST_CHECK = 256
CHECK_STEPS = 10_000
# Arrays of synapses are counted in pieces, which need no memory to speak of.
_PIECE = 1 << 20


@dataclass(frozen=True)
class NotFinite:
    """A variable that holds NaN or infinity.

    Attributes
    ----------
    owner, variable : str
        Name of the group or synapses, and of the variable.
    number : int
        How many neurons or synapses hold such a value.
    size : int
        Number of neurons of the group; 0 for synapses.
    seen : float
        When the first look saw one, ms.
    given : bool
        Whether it was so when the run began.
    """

    owner: str
    variable: str
    number: int
    size: int
    seen: float
    given: bool = False

    def joined(self, other: NotFinite) -> NotFinite:
        """The same variable with what another rank found."""
        return replace(
            self,
            number=self.number + other.number,
            seen=min(self.seen, other.seen),
            given=self.given or other.given,
        )

    @property
    def message(self) -> str:
        """The message for the user."""
        since = (
            "it was given to them"
            if self.given
            else f"the first of them was seen at {self.seen:g} ms"
        )
        where = f"{self.number:,} of {self.size:,} neurons"
        if not self.size:
            where = f"{self.number:,} synapse{'s' if self.number > 1 else ''}"
        return f"{self.owner}: {self.variable} is NaN or infinite in {where}, and {since}"


class FiniteWatch:
    """Looks for what is not finite among the variables of one rank.

    Parameters
    ----------
    values : mapping of Argument to array or number
        Arguments of the program as they are now.
    """

    def __init__(self, build: RankBuild, values: Mapping[Argument, Any]) -> None:
        self._build = build
        self._values = values
        self._seen: dict[Argument, int] = {}
        self._given: set[Argument] = set()
        self._looked_at_synapses = 0
        self._parameters: tuple[NotFinite, ...] | None = None
        # Argument, group and name of each state of neurons that users know.
        self._neurons = [
            (OfGroup(g).state(name), build.description.groups[g], name)
            for g, form in build.forms.items()
            for name in form.states
            if name not in dict(form.arriving).values()
        ]

    def begin(self, step: int) -> None:
        """Note what users have given, before a run from `step`."""
        before = set(self._seen)
        self.check(step)
        self._given |= set(self._seen) - before

    def look_again(self, *, synapses: bool = False) -> None:
        """Look at parameters, or at synapses, at the end of the next run: values were given."""
        if synapses:
            self._looked_at_synapses = 0
        else:
            self._parameters = None

    def check(self, step: int) -> None:
        """Look at the state of neurons before `step`."""
        with np.errstate(all="ignore"):
            finite = [_is_finite(self._values[argument]) for argument, _, _ in self._neurons]
        for (argument, _, _), is_finite in zip(self._neurons, finite, strict=True):
            if is_finite:
                self._seen.pop(argument, None)
                self._given.discard(argument)
            else:
                self._seen.setdefault(argument, step)

    def found(self, step: int) -> tuple[NotFinite, ...]:
        """Variables that are not finite after a run to `step`."""
        self.check(step)
        neurons = [
            NotFinite(
                group.name,
                name,
                _count(self._values[argument]),
                group.size,
                self._seen[argument] * self._build.description.dt,
                argument in self._given,
            )
            for argument, group, name in self._neurons
            if argument in self._seen
        ]
        return (*self._of_parameters(), *neurons, *self._of_synapses(step))

    def _of_parameters(self) -> tuple[NotFinite, ...]:
        """Parameters that expressions gave; they are looked at when they are given."""
        if self._parameters is None:
            self._parameters = tuple(self._given_by_expressions())
        return self._parameters

    def _given_by_expressions(self) -> Iterator[NotFinite]:
        description, partition = self._build.description, self._build.partition
        for g, group in enumerate(description.groups):
            if not isinstance(group, NeuronDescription):
                continue
            # Between runs an expression becomes an array at once.
            kinds = Expression | np.ndarray
            texts = {a.variable for a in group.assignments if isinstance(a.value, kinds)}
            for name in sorted(texts - set(self._build.forms[g].states)):
                values = initial_value(
                    group, name, partition.ranges[g], description.seed, description.group_dt(g)
                )
                if number := _count(values):
                    yield NotFinite(group.name, name, number, group.size, 0.0, True)

    def _of_synapses(self, step: int) -> Iterator[NotFinite]:
        """Variables and weights, unless they were looked at not long ago."""
        passed = step - self._looked_at_synapses
        if passed < min(self._looked_at_synapses, CHECK_STEPS):
            return
        self._looked_at_synapses = step
        for argument, owner, name in self._synapses():
            values = np.asarray(self._values[argument])
            if values.dtype.kind == "f" and (number := _count(values)):
                yield NotFinite(owner, name, number, 0, step * self._build.description.dt)

    def _synapses(self) -> Iterator[tuple[Argument, str, str]]:
        """Argument, object and name of what can become not finite in synapses."""
        for s, synapses in enumerate(self._build.synapses):
            for name in synapses.part.form.variables:
                if (argument := OfSynapses(s).variable(name)) in self._values:
                    yield argument, synapses.description.name, name
        for t, plan in enumerate(self._build.plans):
            members = [self._build.builder.description.projections[p] for p in plan.projections]
            computed = any(isinstance(p.weight, Expression | SynapticValue) for p in members)
            if plan.timing is not None or (plan.weight_type is not None and computed):
                owners = dict.fromkeys(p.synapses or p.name for p in members)
                yield OfTable(t)["weight"], ", ".join(owners), "the weight"


def next_check(step: int) -> int:
    """The first step after `step` before which neurons are looked at."""
    if step >= CHECK_STEPS:
        return (step // CHECK_STEPS + 1) * CHECK_STEPS
    return min(max(_FIRST_CHECK, 1 << step.bit_length()), CHECK_STEPS)


def of_all_ranks(found: Iterable[NotFinite]) -> tuple[NotFinite, ...]:
    """Findings of several ranks, each variable once."""
    joined: dict[tuple[str, str], NotFinite] = {}
    for one in found:
        key = (one.owner, one.variable)
        joined[key] = joined[key].joined(one) if key in joined else one
    return tuple(joined.values())


def warn_of(found: Iterable[NotFinite], stacklevel: int) -> None:
    """Warn, in one line for each variable."""
    for one in found:
        warnings.warn(
            f"{one.message}; values should be finite. Take a smaller dt or another method=, or "
            "look for a division by zero.",
            NotFiniteWarning,
            stacklevel=stacklevel + 1,
        )


def _is_finite(values: np.ndarray) -> bool:
    # A sum is finite only if all terms are, and needs no further array.
    return math.isfinite(values.sum()) or not _count(values)


def _count(values: np.ndarray) -> int:
    """Number of values that are not finite."""
    with np.errstate(all="ignore"):
        pieces = (values[k : k + _PIECE] for k in range(0, values.size, _PIECE))
        return sum(
            int(np.count_nonzero(~np.isfinite(piece)))
            for piece in pieces
            if not np.isfinite(piece.sum())
        )
