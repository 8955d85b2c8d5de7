"""Groups of neurons and of spike sources, as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from distsnn.describe.models import LIF
from distsnn.describe.receptors import Receptor, receptor_variables
from distsnn.describe.text import TextModel, TextValue
from distsnn.describe.values import Value, value_content


@dataclass(frozen=True, eq=False)
class Assignment:
    """A value given to a variable of the neurons ``start <= index < stop`` of a group.

    `value` is a number, an array of ``stop - start`` numbers, a distribution or a text; `order`
    numbers the assignments of a group, so that each has draws of its own.
    """

    variable: str
    start: int
    stop: int
    value: Value | TextValue
    order: int

    def content(self) -> tuple[object, ...]:
        """Everything that defines the assignment, for the digest."""
        content = (
            self.value.content() if isinstance(self.value, TextValue) else value_content(self.value)
        )
        return (self.variable, self.start, self.stop, content, self.order)


@dataclass(frozen=True, eq=False)
class NeuronDescription:
    """A group of model neurons with its receptors (in order) and the values assigned to it."""

    name: str
    size: int
    model: LIF | TextModel
    receptors: tuple[Receptor, ...] = ()
    assignments: tuple[Assignment, ...] = ()

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


@dataclass(frozen=True, eq=False)
class GeneratorDescription:
    """A group of sources that spike at given times.

    `indices` (int64) and `times` (float64, ms) have one entry for each spike.
    """

    name: str
    size: int
    indices: np.ndarray = field(repr=False)
    times: np.ndarray = field(repr=False)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the group, for the digest."""
        return ("generator", self.name, self.size, self.indices, self.times)


GroupDescription = NeuronDescription | PoissonDescription | GeneratorDescription
