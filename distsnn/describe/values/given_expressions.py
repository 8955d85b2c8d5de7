"""Neuron models and values that users give as a string, with what their names stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from distsnn.describe.operations import Event, Operation
from distsnn.describe.values.given import Value, ValueSource, value_content
from distsnn.describe.values.timed_arrays import TimedArray


@dataclass(frozen=True, eq=False)
class Names:
    """Values of the external names of an expression: numbers and TimedArrays."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    arrays: Mapping[str, TimedArray] = field(default_factory=dict)

    @property
    def differ(self) -> bool:
        """Whether there are TimedArrays with values by trial."""
        return any(array.by_trial for array in self.arrays.values())

    def in_trial(self, trial: int) -> Names:
        """The same names in a trial."""
        return Names(self.numbers, {n: array.in_trial(trial) for n, array in self.arrays.items()})

    def content(self) -> tuple[object, ...]:
        """Everything that defines the names, for the digest."""
        return (
            tuple(sorted(self.numbers.items())),
            tuple((name, a.content()) for name, a in sorted(self.arrays.items())),
        )


@dataclass(frozen=True, eq=False)
class NeuronEquations:
    """A neuron model as strings; see `distsnn.front.neurons.neuron_group.NeuronGroup`.

    Attributes
    ----------
    equations, threshold, reset, refractory : str
        The expressions; empty where there is none. A number of ms as `refractory` is text as well.
    method : str
        Method of integration; empty to choose one.
    set_parameters : tuple of str
        Variables that only the user sets.
    names : Names
        What is known of the names from outside.
    defaults : mapping of str to Value
        What parameters are without an assignment, if not 0.
    start : mapping of str to str
        What variables start at, as expressions, if not at 0.
    operations : tuple of Operation
        Statements that run at regular times or at events.
    events : tuple of Event
        Events that are no spikes.
    """

    equations: str
    threshold: str
    reset: str
    refractory: str
    method: str
    set_parameters: tuple[str, ...]
    names: Names = Names()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    start: Mapping[str, str] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    events: tuple[Event, ...] = ()

    @cached_property
    def parameters(self) -> Mapping[str, Value]:
        """Default of every parameter."""
        return {name: self.defaults.get(name, 0.0) for name in self.set_parameters}

    @property
    def constants(self) -> Mapping[str, float]:
        """Numbers that are the same for all neurons and cannot be assigned."""
        return self.names.numbers

    @property
    def strings(self) -> tuple[str, str, str, str, str]:
        """The expression strings that decide the form of the model, besides its names."""
        return self.equations, self.threshold, self.reset, self.refractory, self.method

    def content(self) -> tuple[object, ...]:
        """Everything that defines the model, for the digest."""
        content: tuple[object, ...] = ("text", *self.strings, self.names.content())
        if self.defaults or self.start:
            defaults = tuple((n, value_content(v)) for n, v in sorted(self.defaults.items()))
            content += (defaults, tuple(sorted(self.start.items())))
        if self.operations:
            content += ("operations", tuple(one.content() for one in self.operations))
        if self.events:
            content += ("events", tuple(one.content() for one in self.events))
        return content


@dataclass(frozen=True, eq=False)
class Expression(ValueSource):
    """Values given by an expression over the variables of its group, `i`, `N`, ..."""

    text: str
    names: Names

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""
        return ("text", self.text, self.names.content())
