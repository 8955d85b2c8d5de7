"""Equation-based synapses: their equations, assignments, and the values that follow."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import Moment, SynapseVariables
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.equation_based import (
    Statements,
    SynapseAssignment,
    SynapseStrings,
)
from distsnn.describe.synapses.matrix import Matrix
from distsnn.describe.synapses.synapses import Connect, SynapsesDescription
from distsnn.describe.values.given_expressions import Expression
from distsnn.errors import ParameterError
from distsnn.front.names.checked_expressions import checked_expression
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.network_clocks import network_clocks
from distsnn.front.names.scope import (
    Clock,
    current_seed,
    defaultclock,
    give_visible_names,
    user_names,
)
from distsnn.front.neurons.linked_variables import attach_written
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.language.objects.group_variables import members_of_part
from distsnn.language.objects.synapse_equations import (
    REFRACTORINESS,
    ParsedSynapses,
    parse_synapses,
)
from distsnn.language.parse import SUBEXPRESSION
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SymbolTable
from distsnn.language.syntax import calls_in, names_in, parse_expression
from distsnn.language.types import as_type

_NAME = re.compile(r"[A-Za-z_]\w*")


class WrittenSynapses(Synapses):
    """The expressions of synapses, what has been assigned, and the values that follow from both."""

    _recognize = True
    _clock: Clock | None = None

    def _write(
        self,
        where: str,
        strings: SynapseStrings,
        namespace: Mapping[str, Any] | None,
    ) -> None:
        """Take the expressions, which refer to the groups that the synapses join."""
        self._strings = strings
        self._parsed = self._parse(where)
        self._outside = OutsideNames(*self._parsed.outside, namespace, strings.model)
        self._outside.look_up(user_names())
        self._made: tuple[SynapseAssignment, ...] = ()
        self._next_order = 0
        self._edges_known: tuple[object, Edges] | None = None
        for end, written in (
            (self.source, self._parsed.written_pre),
            (self.target, self._parsed.written_post),
        ):
            for x in sorted(written):
                assert isinstance(end.group, NeuronGroup)
                attach_written(end.group, x)

    # ---- what the network asks

    @property
    def own_dt(self) -> float | None:
        """Time step (ms) of its own clock, None for that of all objects without one."""
        return None if self._clock is None else float(self._clock.dt)

    @property
    def uses_clock(self) -> bool:
        """Whether something happens in its steps, or expressions name them."""
        names = {name for tree in self._parsed.trees for name in names_in(tree)}
        by_step = self._parsed.clock_driven or self._parsed.refreshed
        return bool(by_step) or not names.isdisjoint(("dt", "t_in_timesteps"))

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take values of names from outside."""
        self._outside.look_up(around)

    def check_names(self) -> None:
        """Raise if a name from outside is not known."""
        if self._outside.missing:
            locations: dict[str, SourceLocation] = {}
            text = self._parsed
            lines = (*text.equations.values(), *text.summed, *text.refreshed)
            parts = [(e.expression, e.location) for e in lines]
            parts += [(s.expression, s.location) for p in text.pathways for s in p.statements]
            for tree, location in parts:
                for name in [] if tree is None else [*names_in(tree), *calls_in(tree)]:
                    locations.setdefault(name, location)
            self._outside.check(locations, text.symbols)

    def describe(self, group_index: dict[int, int]) -> SynapsesDescription:
        """The description; `group_index` maps id(group) to its index."""
        source, target = self._slices(group_index)
        statements = Statements(
            self._strings,
            self._outside.names,
            self._made,
            bool(self._parsed.written_pre),
            self._parsed.accesses,
            self._recognize,
        )
        connects = tuple(Connect(rule) for rule in self._rules)
        return SynapsesDescription(self._name or "synapses", source, target, connects, statements)

    def accept(self, made: SynapseAssignment) -> None:
        """Keep an assignment; earlier ones of all synapses go unless an expression sees them."""
        if made.where is None and not isinstance(made.value, Expression):
            seen = max((one.order for one in self._made if one.is_expression), default=-1)
            self._made = tuple(
                one for one in self._made if one.variable != made.variable or one.order < seen
            )
        self._made += (made,)

    def settings(self) -> dict[str, Any]:
        """Assignments and meanings of names; see `front.network.saved.settings_between_runs`."""
        return {
            "assignments": self._made,
            "next": self._next_order,
            "names": self._outside.names,
        }

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self._made, self._next_order = settings["assignments"], settings["next"]
        self._outside.restore(self._name or "Synapses", settings["names"])

    def now_fixed(self, made: SynapseAssignment) -> SynapseAssignment:
        """The assignment with values of this moment in place of expressions over what changes."""
        where, value = made.where, made.value
        if isinstance(where, Expression) and self._changes(where):
            where = np.flatnonzero(self.read_expression(where, order=made.order))
        if isinstance(value, Expression) and self._changes(value):
            value = self.read_expression(value, order=made.order)
            if isinstance(where, Expression):
                where = np.flatnonzero(self.read_expression(where, order=made.order))
            if where is not None:
                value = value[where]
        return replace(made, value=value, where=where)

    def _changes(self, value: Expression) -> bool:
        """Whether an expression depends on something that changes during runs."""
        location = SourceLocation(self._name or "Synapses", "value", value.text)
        names = names_in(self._parsed.inlined(parse_expression(value.text, location)))
        return any(n in {"t", "t_in_timesteps"} or n.endswith(("_pre", "_post")) for n in names)

    # ---- values

    def read(self, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable, in the order of creation."""
        if self._owner is not None:
            known = self._owner.synapse_state(self, variable)
            if known is not None:
                return known
        description, mine = self._description()
        values = SynapseVariables(description, mine).at(self._edges())
        if variable.startswith("delay of "):
            return values.delay_steps(variable.removeprefix("delay of ")) * description.dt
        return values.of(variable)

    def evaluate(self, text: str) -> np.ndarray:
        """Values (n,) of an expression over the synapses now."""
        return self.read_expression(self.expression_value(None, text))

    def read_expression(
        self, value: Expression, purpose: str = "value", order: int | None = None
    ) -> np.ndarray:
        """Values (n,) of a checked text now; `purpose` and `order` key what it draws.

        The order is that of the assignment it belongs to, by default of the next one.
        """
        description, mine = self._description()
        moment = current = None
        if self._owner is not None and self._owner.built:
            moment, current = Moment(self._owner.step, self.member_now), self.read
        variables = SynapseVariables(description, mine, moment)
        return variables.at(self._edges(), current).expression(
            value, self._next_order if order is None else order, purpose
        )

    def member_now(self, side: str, variable: str, before: int | None = None) -> np.ndarray:  # noqa: ARG002 - as before the run
        """Values now of a variable of the source (`side` ``"pre"``) or target slice."""
        end = self.source if side == "pre" else self.target
        assert isinstance(end.group, NeuronGroup)
        special = variable in REFRACTORINESS
        values = end.group.evaluate(variable) if special else end.group.read(variable)
        return np.asarray(values)[end.start : end.stop]

    def expression_value(self, variable: str | None, text: str) -> Expression:
        """`text`, checked to have the unit of `variable`."""
        kind = f"{variable} =" if variable else "expression"
        location = SourceLocation(self._name or "Synapses", kind, text)
        symbols: SymbolTable = self._parsed.symbols
        wanted = None
        if variable is not None:
            wanted = variable, symbols["t" if variable == "delay" else variable].dimension
        return checked_expression(location, symbols, wanted, self._outside.given).value

    # ---- inside

    def _with_own(self, text: str) -> str:
        equations = self._parsed.equations

        def expression(found: re.Match[str]) -> str:
            equation = equations.get(found.group())
            if equation is None or equation.kind != SUBEXPRESSION or equation.expression is None:
                return found.group()
            tree = as_type(equation.expression, equation.type, self._parsed.symbols)
            return f"({_NAME.sub(expression, ast.unparse(tree))})"

        return _NAME.sub(expression, text)

    def _accept(self, rule: ConnectionRule, matrix: Matrix | None) -> None:  # noqa: ARG002 - as in the base
        if matrix is not None and matrix.strengths is not None:
            raise ParameterError(
                self._name or "Synapses",
                "the matrix has strengths",
                "synapses with equations have variables of their own names",
                "connect without strengths and set a variable to the values",
            )

    def _parse(self, where: str) -> ParsedSynapses:
        return parse_synapses(
            self._strings,
            where,
            *(
                members_of_part(end.group.describe(defaultclock.dt), end.start, end.stop)
                for end in (self.source, self.target)
            ),
        )

    def _unit(self, variable: str) -> str:
        equation = self._parsed.equations.get(variable)
        return "ms" if equation is None else equation.unit

    def _description(self) -> tuple[NetworkDescription, SynapsesDescription]:
        """The network as far as values depend on it, and the synapses in it."""
        if self._owner is not None:
            description = self._owner.description
            return description, next(s for s in description.synapses if s.name == self.name)
        # Before there is a network: what `run` would make of it in this scope.
        groups = list(dict.fromkeys([self.source.group, self.target.group]))
        give_visible_names(self, *groups)
        mine = self.describe({id(g): n for n, g in enumerate(groups)})
        dt, clocks = network_clocks((*groups, self), float(defaultclock.dt))
        described = tuple(replace(g.describe(g.own_dt or dt), name=g.name) for g in groups)
        made = NetworkDescription(described, (mine,), dt=dt, seed=current_seed(), clocks=clocks)
        return made, mine

    def _edges(self) -> Edges:
        description, mine = self._description()
        key = (description.seed, mine.name, mine.rules)
        if self._edges_known is None or self._edges_known[0] != key:
            self._edges_known = key, ObjectEdges.of(description, mine).edges()
        return self._edges_known[1]
