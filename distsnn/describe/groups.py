"""Groups of neurons and of spike sources, as plain frozen objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.group_receptors import receptor_values, receptor_variables
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.values.given import Value, value_content
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.describe.values.links import Link
from distsnn.describe.values.time_steps import step_containing, whole_ratio
from distsnn.errors import ParameterError, UnsupportedError


@dataclass(frozen=True, eq=False)
class Assignment:
    """A value given to a variable of the neurons ``start <= index < stop`` of a group.

    `value` is a number, an array of ``stop - start`` numbers, a distribution or an expression;
    `order` numbers the assignments of a group, so that each has draws of its own; `drawn` is the
    seed that was set before, and the number of draws since, where these key what is drawn.
    """

    variable: str
    start: int
    stop: int
    value: Value
    order: int
    drawn: tuple[int, int] | None = None

    def content(self) -> tuple[object, ...]:
        """Everything that defines the assignment, for the digest."""
        drawn = () if self.drawn is None else (self.drawn,)
        return (self.variable, self.start, self.stop, value_content(self.value), self.order, *drawn)


@dataclass(frozen=True, eq=False)
class NeuronDescription:
    """A group of model neurons with its receptors (in order) and the values assigned to it.

    `links` say what its linked variables stand for. `trial` is that of the network: its states
    begin with other random numbers in each; it is no part of the digest.
    """

    name: str
    size: int
    model: LIF | NeuronEquations
    receptors: tuple[Receptor, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    links: tuple[Link, ...] = ()
    trial: int = 0

    def with_assignments(self, assignments: tuple[Assignment, ...]) -> NeuronDescription:
        """The same group with other assignments."""
        made = object.__new__(type(self))
        # As a copy, which objects that a run calls make in every step.
        vars(made).update(vars(self), assignments=assignments)
        vars(made).pop("by_variable", None)
        return made

    @cached_property
    def by_variable(self) -> Mapping[str, tuple[Assignment, ...]]:
        """The assignments to each variable, in their order."""
        found: dict[str, tuple[Assignment, ...]] = {}
        for made in self.assignments:
            found[made.variable] = (*found.get(made.variable, ()), made)
        return found

    @cached_property
    def parameters(self) -> Mapping[str, Value]:
        """Value of every parameter, of the model and of receptors, but for assignments."""
        own = self.model.parameters
        return {**own, **receptor_values(self.receptors)} if self.receptors else own

    @property
    def receptor_variables(self) -> tuple[str, ...]:
        """Name of the variable each receptor's events add to."""
        return receptor_variables(self.receptors)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the group, for the digest."""
        return (
            "neurons",
            self.name,
            self.size,
            self.model.content(),
            tuple(r.content() for r in self.receptors),
            tuple(a.content() for a in self.assignments),
            *(("links", tuple(link.content() for link in self.links)) if self.links else ()),
        )


@dataclass(frozen=True, eq=False)
class PoissonDescription:
    """A group of independent Poisson spike sources; `rates` in 1/ms (number, array or drawn)."""

    name: str
    size: int
    rates: Value

    def content(self) -> tuple[object, ...]:
        """Everything that defines the group, for the digest."""
        return ("poisson", self.name, self.size, value_content(self.rates))


def check_rate(group: PoissonDescription, most: float, dt: float) -> None:
    """Check the highest rate (1/ms) of a group for a time step `dt` (ms).

    Raises ParameterError if a source would spike more than once in a step.
    """
    if most * dt > 1:
        raise ParameterError(
            group.name or "PoissonGroup",
            f"a rate of {most:g} / ms is {most * dt:g} spikes in a step of {dt:g} ms",
            "a source spikes at most once in a step",
            "write rates as 10*Hz, use a smaller dt, or PoissonInput for so many spikes",
        )


@dataclass(frozen=True, eq=False)
class GeneratorDescription:
    """A group of sources that spike at given times.

    `indices` (int64) and `times` (float64, ms) have one entry for each spike; a source has at
    most `most_per_step` in a step. They repeat after `period` ms if that is not 0.
    """

    name: str
    size: int
    indices: np.ndarray = field(repr=False)
    times: np.ndarray = field(repr=False)
    most_per_step: int = 1
    period: float = 0.0

    def period_steps(self, dt: float) -> int:
        """Steps of `dt` ms after which the spikes repeat; 0 if they do not.

        Raises ParameterError if it is less than a step, or no whole number of them.
        """
        if self.period == 0.0:
            return 0
        steps = whole_ratio(self.period, dt)
        if steps is None:
            kind = ParameterError if self.period < dt else UnsupportedError
            raise kind(
                self.name or "SpikeGeneratorGroup",
                f"period={self.period:g} ms",
                f"spikes repeat after a whole number of steps of {dt:g} ms",
                "correct the period, or the time step",
            )
        return steps

    def content(self) -> tuple[object, ...]:
        """Everything that defines the group, for the digest."""
        most = (self.most_per_step,) if self.most_per_step > 1 else ()
        again = (("period", self.period),) if self.period else ()
        return ("generator", self.name, self.size, self.indices, self.times, *most, *again)


def check_spikes(group: GeneratorDescription, dt: float) -> np.ndarray:
    """The step (int64 (n,)) of each given spike in a network with time step `dt` (ms).

    Raises ParameterError if a source spikes more often in a step than it may.
    """
    step, period = step_containing(group.times, dt), group.period_steps(dt)
    if period and step.size and step.max() >= period:
        raise ParameterError(
            group.name or "SpikeGeneratorGroup",
            f"the spike at {group.times.max():g} ms is in the step after the period",
            f"spikes lie before the period, {group.period:g} ms",
            "correct times or period",
        )
    order = np.lexsort((group.indices, step))
    index, at = group.indices[order], step[order]
    begins = np.ones(order.size, dtype=bool)
    begins[1:] = (np.diff(index) != 0) | (np.diff(at) != 0)
    first = np.flatnonzero(begins)
    count = np.diff(np.append(first, order.size))
    if count.max(initial=0) > group.most_per_step:
        bad = first[np.argmax(count > group.most_per_step)]
        often = int(count[count > group.most_per_step][0])
        raise ParameterError(
            group.name or "SpikeGeneratorGroup",
            f"source {index[bad]} spikes {'twice' if often == 2 else f'{often} times'} in the step "
            f"at {at[bad] * dt:g} ms",
            f"a source spikes at most {'once' if group.most_per_step == 1 else group.most_per_step}"
            f" in a step of {dt:g} ms",
            f"say most_per_step={int(count.max())} so that all of them count, leave some out, or "
            "use a smaller dt",
            index=int(index[bad]),
        )
    return step


@dataclass(frozen=True, eq=False)
class EventDescription:
    """The neurons of a group as the sources of an event that is no spike.

    They are where the neurons are, with the same indices, and have gids of their own.

    Attributes
    ----------
    group, event : str
    size : int
    sends : bool
        Whether synapses act at the event of their source, so that ranks exchange it.
    """

    group: str
    event: str
    size: int
    sends: bool

    @property
    def name(self) -> str:
        """A name that no group has."""
        return f"{self.group}.{self.event}"

    def content(self) -> tuple[object, ...]:
        """Everything that defines it, for the digest."""
        return ("event", self.group, self.event)


SourceDescription = NeuronDescription | PoissonDescription | GeneratorDescription
GroupDescription = SourceDescription | EventDescription


def most_spikes_of_step(group: GroupDescription, size: int) -> int:
    """Most spikes that `size` members of a group can have in one step."""
    return size * (group.most_per_step if isinstance(group, GeneratorDescription) else 1)
