"""The two kinds of models that a group of neurons may have: built-in ones and equations."""

from __future__ import annotations

import ast
import numbers
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_namespace
from distsnn.describe.models.lif_models import LIF, LIF_PARAMETERS
from distsnn.describe.models.receptors.group_receptors import (
    receptor_parameters,
    receptor_units,
    receptor_variables,
)
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.operations import SPIKE, Event, Operation
from distsnn.describe.values.given import Value, checked_value
from distsnn.describe.values.given_expressions import Names, NeuronEquations
from distsnn.errors import ParameterError, UnsupportedError, unknown_name
from distsnn.front.names.equation_objects import Equations
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.notices import warn, warn_of_conflicts, warn_of_notes
from distsnn.front.names.scope import quantities_expected
from distsnn.front.names.user_functions import with_functions
from distsnn.front.neurons.group_events import check_statements, checked_events, spikes_of
from distsnn.integrate.built_in.receptor_responses import responses
from distsnn.integrate.methods import checked_method
from distsnn.language.objects.linked_expressions import with_linked_expression
from distsnn.language.objects.neuron_equations import FLAGS, ParsedNeurons, parse_neurons
from distsnn.language.objects.shared_variables import COMMON
from distsnn.language.parse import Equation
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SPECIALS, Symbol, SymbolTable
from distsnn.language.syntax import calls_in, names_in
from distsnn.language.types import FLOAT, stored_values
from distsnn.language.unit_names import parse_unit


class WithoutNames:
    """The part of a model of a group that knows no names from outside."""

    linked: Mapping[str, str] = {}
    needed_links: tuple[str, ...] = ()
    read_live: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()

    def reads_links(self, tree: ast.expr) -> bool:  # noqa: ARG002 - one interface
        """Whether an expression depends on linked variables: there are none."""
        return False

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take values of names from outside: there are none."""

    @property
    def names(self) -> Names:
        """Values of external names: there are none."""
        return Names()

    def restore(self, where: str, names: Names) -> None:
        """Take over what names meant: there are none."""

    def check_names(self) -> None:
        """Raise if a name from outside is not known: there are none."""


class BuiltInModel(WithoutNames):
    """A built-in model such as `LIF` as the model of a group."""

    def __init__(self, where: str, model: LIF, size: int) -> None:
        for variable, parameter in LIF_PARAMETERS.items():
            parameter.checked(where, variable, getattr(model, variable), (size,))
        self.model = model

    def describe(self, receptors: tuple[Receptor, ...]) -> LIF:  # noqa: ARG002 - one interface
        """The model as it is described."""
        return self.model

    def units(self, receptors: tuple[Receptor, ...]) -> dict[str, str]:
        """Names of the variables that can be read and set, and their units."""
        units = {name: parameter.unit for name, parameter in LIF_PARAMETERS.items()} | {"V_m": "mV"}
        units |= {n: p.unit for n, (p, _) in receptor_parameters(receptors).items()}
        return units | receptor_units(receptors)

    def check_receptor(self, where: str, receptor: Receptor) -> None:
        """Raise if a receptor does not fit the model."""
        if receptor.variable:
            raise ParameterError(
                where,
                f"receptor={receptor!r}",
                "built-in models have receptors Exponential(...), Alpha(...), Delta() and those of "
                "classes derived from Receptor",
                "give one of these",
            )
        responses((receptor,))

    def check_value(
        self, where: str, variable: str, value: Any, unit: str, shape: tuple[int, ...]
    ) -> Value:
        """`value`, checked for `variable`."""
        if variable in LIF_PARAMETERS:
            return LIF_PARAMETERS[variable].checked(where, variable, value, shape)
        return checked_value(where, variable, value, unit, shape)

    def symbols(self, receptors: tuple[Receptor, ...]) -> SymbolTable:
        """Symbols of an expression that sets values."""
        location = SourceLocation("", "unit", "")
        return SymbolTable(
            {
                name: Symbol(name, "state", parse_unit(unit, location)[0])
                for name, unit in self.units(receptors).items()
            }
            | SPECIALS
        )

    def type_of(self, variable: str) -> str:
        """Type of a variable or of what is computed."""
        return SPECIALS[variable].type if variable in SPECIALS else FLOAT

    @property
    def title(self) -> str:
        """The model, for people."""
        return repr(self.model)

    strings: Mapping[str, str] = {}
    lines: Mapping[str, Equation] = {}
    given: Mapping[str, Any] = {}
    subexpressions: Mapping[str, str] = {}
    clamped: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    differing: frozenset[str] = frozenset()
    computed: tuple[str, ...] = ("i", "t", "dt", "lastspike", "not_refractory")
    events: Mapping[str, Event] = {SPIKE: spikes_of("")}
    operations: tuple[Operation, ...] = ()


class EquationsModel:
    """A model of equations as the model of a group; arguments are those of `NeuronGroup`."""

    title = "equations"

    def __init__(
        self,
        where: str,
        equations: str,
        strings: Mapping[str, Any],
        namespace: Mapping[str, Any] | None,
    ) -> None:
        threshold, events = checked_events(where, strings["threshold"], strings["events"])
        written = {
            "threshold": _text(where, "threshold", threshold),
            "reset": _text(where, "reset", strings["reset"]),
            "refractory": _refractory(where, strings["refractory"]),
            "method": checked_method(where, strings["method"]),
        }
        self.strings = {name: with_functions(text, namespace) for name, text in written.items()}
        self.owner = where
        self._namespace = namespace
        # Values for single names, where no namespace was given.
        self._further: dict[str, Any] = {}
        check_namespace(where, namespace)
        events = tuple(
            replace(one, condition=with_functions(one.condition, namespace)) for one in events
        )
        self._take(with_functions(equations, namespace), (), events)
        if quantities_expected():
            self._warn(strings)

    def _warn(self, strings: Mapping[str, Any]) -> None:
        """Warn of what may have been forgotten, as Brian 2 does."""
        threshold, never = self.strings["threshold"], strings["refractory"] is False
        if threshold and strings["reset"] is None and never and "rand" not in threshold:
            warn(
                "only_threshold",
                "%s has a threshold, but no reset and no refractoriness; reset='' says so",
                self.owner,
            )
        clamped = [n for n, e in self.parsed.equations.items() if "unless refractory" in e.flags]
        if clamped and never:
            warn("no_refractory", "%s: (unless refractory) without refractory=", self.owner)

    def warn_of_conflicts(self, around: Mapping[str, Any]) -> None:
        """Warn of variables whose names stand for something else in the code around, too."""
        used = self._places().keys() & self.parsed.symbols.own.keys()
        warn_of_conflicts(self.owner, used, {**around, **self.given})

    def _take(
        self, equations: str, operations: tuple[Operation, ...], others: tuple[Event, ...]
    ) -> None:
        strings = (self.strings[name] for name in ("threshold", "reset", "refractory"))
        parsed: ParsedNeurons = parse_neurons(equations, *strings, self.owner, operations, others)
        warn_of_notes(parsed.notes)
        self.equations, self.operations, self.parsed = equations, operations, parsed
        self._events = others
        self.outside = OutsideNames(*self.parsed.outside, self._namespace, equations)

    @property
    def namespace(self) -> Mapping[str, Any]:
        """The values that the user gave for names from outside."""
        return self._further if self._namespace is None else self._namespace

    @property
    def events(self) -> dict[str, Event]:
        """All events by their names, spikes among them."""
        spikes = [spikes_of(self.strings["threshold"])] if self.strings["threshold"] else []
        return {one.name: one for one in (*spikes, *self._events)}

    def sort_events(self, order: int) -> None:
        """Look for events with an order, which is that of the group."""
        if order:
            events = tuple(replace(one, order=order) for one in self._events)
            self._take(self.equations, self.operations, events)

    def add_operation(self, operation: Operation | Event) -> None:
        """Run an operation from the first step on, or look for an event at another time."""
        if isinstance(operation, Event):
            events = tuple(operation if x.name == operation.name else x for x in self._events)
            self._take(self.equations, self.operations, events)
        else:
            statements = with_functions(operation.statements, self._namespace)
            made = replace(operation, statements=statements)
            self._take(self.equations, (*self.operations, made), self._events)

    def link_expression(
        self, variable: str, theirs: EquationsModel, name: str
    ) -> Mapping[str, str]:
        """Let a linked variable be a subexpression of another model.

        Returns
        -------
        mapping of str to str
            The linked variables that this brings, and those of the other model.
        """
        equations, links = theirs.linked_expression(
            self.equations, FLAGS, self.owner, variable, name
        )
        self._take(equations, self.operations, self._events)
        return links

    def linked_expression(
        self, equations: str, flags: dict[str, frozenset[str]], owner: str, variable: str,
        name: str,
    ) -> tuple[Equations, Mapping[str, str]]:  # fmt: skip
        """Equations in which a linked variable is a subexpression of this model, and the links."""
        self.check_names()
        theirs = self.parsed, name
        made = with_linked_expression(equations, flags, owner, variable, theirs)
        numbers = {new: self.names.numbers[old] for new, old in made.constants.items()}
        before = getattr(equations, "numbers", {})
        return Equations(made.equations, **{**before, **numbers}), made.links

    def describe(self, receptors: tuple[Receptor, ...]) -> NeuronEquations:
        """The model as it is described."""
        changing = {*self.parsed.written, *receptor_variables(receptors)}
        own = tuple(p for p in self.parsed.parameters if p not in changing)
        return NeuronEquations(
            self.equations,
            self.strings["threshold"],
            self.strings["reset"],
            self.strings["refractory"],
            self.strings["method"],
            own,
            self.outside.names,
            operations=self.operations,
            events=self._events,
        )

    @property
    def lines(self) -> Mapping[str, Equation]:
        """The equations by variable, as they are written."""
        return self.parsed.equations

    @property
    def clamped(self) -> frozenset[str]:
        """Variables that expressions do not set in refractory neurons."""
        return self.parsed.clamped if self.parsed.refractory is not None else frozenset()

    @property
    def shared(self) -> frozenset[str]:
        """Variables that all neurons share."""
        return self.parsed.shared

    @property
    def linked(self) -> dict[str, str]:
        """Names of linked variables and their units."""
        return self.parsed.linked_units

    @property
    def written(self) -> frozenset[str]:
        """Variables that statements of the group set."""
        return self.parsed.written

    @property
    def read_live(self) -> frozenset[str]:
        """Linked variables that statements read or set as they are at that moment."""
        trees = [
            *(e.expression for e in self.parsed.refreshed),
            *(s.value for s in self.parsed.statements),
            *self.parsed.events,
        ]
        names = {n for t in trees if t is not None for n in names_in(self.parsed.inlined(t))}
        return frozenset(self.linked) & (names | self.written)

    @property
    def needed_links(self) -> tuple[str, ...]:
        """Linked variables but those that nothing reads and whose names call a TimedArray."""
        trees = self.parsed.trees
        names = {n for tree in trees for n in names_in(self.parsed.inlined(tree))}
        called = set(self.parsed.outside[1]) - names - self.written
        return tuple(name for name in self.linked if name not in called)

    def shared_over(self, variable: str) -> str:
        """A shared subexpression that depends on a variable; empty if there is none."""
        for name in sorted(self.shared):
            tree = self.parsed.equations[name].expression
            if tree is not None and variable in names_in(self.parsed.inlined(tree)):
                return name
        return ""

    def reads_links(self, tree: ast.expr) -> bool:
        """Whether an expression depends on linked variables."""
        return not self.linked.keys().isdisjoint(names_in(self.parsed.inlined(tree)))

    @property
    def differing(self) -> frozenset[str]:
        """Names that differ between neurons."""
        return frozenset(self.parsed.symbols.own.keys() - self.shared - COMMON)

    def units(self, receptors: tuple[Receptor, ...]) -> dict[str, str]:  # noqa: ARG002 - one interface
        """Names of the variables that can be read and set, and their units."""
        return self.parsed.units

    def check_receptor(self, where: str, receptor: Receptor) -> None:
        """Raise if a receptor does not fit the model."""
        if not receptor.variable:
            raise ParameterError(
                where,
                f"receptor={receptor!r}",
                "a group of equations has its own variables, which synapses add to",
                "write the synapse with equations",
                receptor=repr(receptor),
            )
        if receptor.variable not in self.units(()):
            unknown_name(where, receptor.variable, self.units(()))

    def check_value(
        self, where: str, variable: str, value: Any, unit: str, shape: tuple[int, ...]
    ) -> Value:
        """`value`, checked for `variable`."""
        kind = self.parsed.equations[variable].type
        checked = checked_value(where, variable, value, unit, shape, infinite=kind == FLOAT)
        if kind != FLOAT and isinstance(checked, float | np.ndarray):
            stored = stored_values(where, variable, np.asarray(checked), kind)
            return checked_value(where, variable, stored, unit)
        return checked

    def symbols(self, receptors: tuple[Receptor, ...]) -> SymbolTable:  # noqa: ARG002 - one interface
        """Symbols of an expression that sets values."""
        return self.parsed.symbols

    def type_of(self, variable: str) -> str:
        """Type of a variable or of what is computed."""
        return self.parsed.symbols[variable].type

    @property
    def given(self) -> Mapping[str, Any]:
        """Names that were given with the model."""
        return self.outside.given

    @property
    def subexpressions(self) -> dict[str, str]:
        """Names of subexpressions and their units."""
        return self.parsed.subexpression_units

    @property
    def computed(self) -> tuple[str, ...]:
        """Names that can be read, but not set."""
        return (
            *self.subexpressions,
            "i",
            "t",
            "dt",
            "lastspike",
            "not_refractory",
        )

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take values of names from outside."""
        self.outside.look_up({**around, **self._further} if self._further else around)

    @property
    def names(self) -> Names:
        """Values of external names."""
        return self.outside.names

    def restore(self, where: str, names: Names) -> None:
        """Take over what names meant when the group `where` was saved."""
        self.outside.restore(where, names)

    def check_names(self) -> None:
        """Raise if a name from outside is not known."""
        check_statements(self.owner, self.events, self.operations)
        if self.outside.missing:
            self.outside.check(self._places(), self.parsed.symbols)
        self.outside.check_dimensions(self.parsed.check)

    def _places(self) -> dict[str, SourceLocation]:
        locations: dict[str, SourceLocation] = {}
        lines = (*self.parsed.equations.values(), *self.parsed.refreshed)
        parts = [(e.expression, e.location) for e in lines]
        parts += [(s.expression, s.location) for s in self.parsed.statements]
        parts += [
            (
                self.parsed.threshold,
                SourceLocation(self.owner, "threshold", self.strings["threshold"]),
            ),
            (
                self.parsed.refractory,
                SourceLocation(self.owner, "refractory", self.strings["refractory"]),
            ),
        ]
        parts += [
            (tree, SourceLocation(self.owner, f"event {one.name}", one.condition))
            for one, tree in zip(self._events, self.parsed.events, strict=True)
        ]
        for tree, location in parts:
            for name in [] if tree is None else [*names_in(tree), *calls_in(tree)]:
                locations.setdefault(name, location)
        return locations


def in_trial(model: LIF | NeuronEquations, trial: int) -> LIF | NeuronEquations:
    """A model with the stimuli of a trial."""
    if isinstance(model, NeuronEquations) and model.names.differ:
        return replace(model, names=model.names.in_trial(trial))
    return model


def equations_of(where: str, model: object) -> Equations:
    """The equations of a model as they are written.

    Raises UnsupportedError if it has none.
    """
    if not isinstance(model, EquationsModel):
        raise UnsupportedError(
            where, "its equations were asked for, and its model is built in",
            "groups of equations have them", "read model",
        )  # fmt: skip
    return Equations(model.equations)


def _text(where: str, name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ParameterError(
            where, f"{name}={value!r}", f"{name} is a string", f"write {name}='...'"
        )
    return value


def _refractory(where: str, value: object) -> str:
    if value is False or value is None:
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and float(value) >= 0:
        return f"{float(value)!r}*ms"
    raise ParameterError(
        where,
        f"refractory={value!r}",
        "refractory is a number of ms >= 0, a "
        "text (a duration, a variable or a condition), or False",
        "correct refractory",
    )
