"""The equations and statements of synapses, and names from outside that they use."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from distsnn.describe.operations import Operation
from distsnn.describe.synapses.equation_based import SynapseStrings
from distsnn.describe.values.given_expressions import Expression
from distsnn.front.names.checked_expressions import checked_expression
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.notices import warn_of_notes
from distsnn.front.names.scope import user_names
from distsnn.front.names.user_functions import with_functions
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.group_model import EquationsModel
from distsnn.front.neurons.linked_variables import attach_written
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.synapses_as_end import SynapsesEnd, members_of_end
from distsnn.language.objects.synapse_equations import FLAGS, parse_synapses
from distsnn.language.parse import SUBEXPRESSION
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import calls_in, names_in, parse_expression
from distsnn.language.types import as_type

_NAME = re.compile(r"[A-Za-z_]\w*")


class SynapseModel:
    """Equations and statements as users have written them, checked.

    Parameters
    ----------
    where : str
        Name of the synapses, for errors.
    ends : tuple of Subgroup
        Source and target, whose variables the expressions may name.
    namespace : mapping or None
        Where names from outside are looked for.

    Attributes
    ----------
    parsed : ParsedSynapses
    outside : OutsideNames
    operations : tuple of Operation
        Statements that run at regular times.
    """

    def __init__(
        self,
        where: str,
        strings: SynapseStrings,
        ends: tuple[Subgroup, Subgroup],
        namespace: Mapping[str, Any] | None,
    ) -> None:
        model, on_pre, on_post = strings.model, strings.on_pre, strings.on_post
        self.strings = replace(
            strings,
            model=with_functions(model, namespace),
            on_pre=tuple((n, with_functions(text, namespace)) for n, text in on_pre),
            on_post=tuple((n, with_functions(text, namespace)) for n, text in on_post),
        )
        self._ends, self._namespace = ends, namespace
        self.take(where, ())

    def take(self, where: str, operations: tuple[Operation, ...]) -> None:
        """Check everything with these operations; let groups know what is written of them."""
        operations = tuple(
            replace(one, statements=with_functions(one.statements, self._namespace))
            for one in operations
        )
        source, target = (members_of_end(end) for end in self._ends)
        if source.name == target.name and self._ends[0].group is not self._ends[1].group:
            # Neither has a name yet.
            source = replace(source, name="source")
        self.parsed = parse_synapses(self.strings, where, source, target, operations)
        warn_of_notes(self.parsed.notes)
        self.operations = operations
        self.outside = OutsideNames(*self.parsed.outside, self._namespace, self.strings.model)
        self.outside.look_up(user_names())
        for end, written in zip(
            self._ends, (self.parsed.written_pre, self.parsed.written_post), strict=True
        ):
            for variable in sorted(written) if not isinstance(end, SynapsesEnd) else ():
                assert isinstance(end.group, NeuronGroup)
                attach_written(end.group, variable)

    def check_names(self) -> None:
        """Raise if a name from outside is not known."""
        if self.outside.missing:
            locations: dict[str, SourceLocation] = {}
            parsed = self.parsed
            lines = (*parsed.equations.values(), *parsed.summed, *parsed.refreshed)
            parts = [(e.expression, e.location) for e in lines]
            parts += [(s.expression, s.location) for s in parsed.statements]
            for tree, location in parts:
                for name in [] if tree is None else [*names_in(tree), *calls_in(tree)]:
                    locations.setdefault(name, location)
            self.outside.check(locations, parsed.symbols)
        self.outside.check_dimensions(self.parsed.check)

    @property
    def uses_clock(self) -> bool:
        """Whether something happens in the steps of the synapses, or expressions name them."""
        names = {name for tree in self.parsed.trees for name in names_in(tree)}
        by_step = self.parsed.clock_driven or self.parsed.refreshed or self.operations
        return bool(by_step) or not names.isdisjoint(("dt", "t_in_timesteps"))

    @property
    def pathway_clocks(self) -> dict[str, tuple[int, Any]]:
        """Order of each pathway among those of a step, and the clock in whose steps it acts."""
        source, target = (end.group.clock for end in self._ends)
        clocks = dict.fromkeys(dict(self.strings.on_pre), source)
        clocks |= dict.fromkeys(dict(self.strings.on_post), target)
        return {name: (self.strings.order_of(name), clock) for name, clock in clocks.items()}

    def link_expression(
        self, where: str, variable: str, theirs: EquationsModel, name: str
    ) -> Mapping[str, str]:
        """Let a linked variable be a subexpression of a model; see that of `EquationsModel`."""
        model, links = theirs.linked_expression(self.strings.model, FLAGS, where, variable, name)
        self.strings = replace(self.strings, model=model)
        self.take(where, self.operations)
        return links

    def take_order(self, pathway: str, order: int) -> None:
        """Let a pathway act in another order."""
        orders = dict(self.strings.orders) | {pathway: order}
        self.strings = replace(self.strings, orders=tuple(sorted(orders.items())))

    def take_slot(self, pathway: str, slot: str) -> None:
        """Let a pathway act in another slot of a step."""
        slots = dict(self.strings.slots) | {pathway: slot}
        self.strings = replace(self.strings, slots=tuple(sorted(slots.items())))

    def unit(self, variable: str) -> str:
        """Unit of a variable or delay."""
        equation = {**self.parsed.linked, **self.parsed.equations}.get(variable)
        return "ms" if equation is None else equation.unit

    def expression(self, where: str, variable: str | None, text: str) -> Expression:
        """`text`, checked to have the unit of `variable`."""
        location = SourceLocation(where, f"{variable} =" if variable else "expression", text)
        symbols, wanted = self.parsed.symbols, None
        if variable is not None:
            wanted = variable, symbols["t" if variable == "delay" else variable].dimension
        return checked_expression(location, symbols, wanted, self.outside.given).value

    def changes(self, value: Expression) -> bool:
        """Whether an expression depends on something that changes during runs."""
        location = SourceLocation("Synapses", "value", value.text)
        names = names_in(self.parsed.inlined(parse_expression(value.text, location)))
        return any(n in {"t", "t_in_timesteps"} or n.endswith(("_pre", "_post")) for n in names)

    def with_subexpressions(self, text: str) -> str:
        """An expression of `connect` with what the subexpressions stand for."""

        def expression(found: re.Match[str]) -> str:
            equation = self.parsed.equations.get(found.group())
            if equation is None or equation.kind != SUBEXPRESSION or equation.expression is None:
                return found.group()
            tree = as_type(equation.expression, equation.type, self.parsed.symbols)
            return f"({_NAME.sub(expression, ast.unparse(tree))})"

        return _NAME.sub(expression, text)
