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
from distsnn.describe.operations import POINTS, THRESHOLDS, Operation
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
from distsnn.front.names.scope import current_seed, defaultclock, give_visible_names, user_names
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.linked_variables import attach_written, refuse_built
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.regular_operations import RegularOperation, checked_operation
from distsnn.front.synapses.synapses_as_end import SynapsesEnd, all_around, members_of_end
from distsnn.front.synapses.synapses_base import Synapses
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

    def _write(
        self,
        where: str,
        strings: SynapseStrings,
        namespace: Mapping[str, Any] | None,
    ) -> None:
        """Take the expressions, which refer to the groups that the synapses join."""
        self._strings = strings
        self._namespace = namespace
        self._operations: tuple[Operation, ...] = ()
        self._take(self._parse(where, ()))
        self._made: tuple[SynapseAssignment, ...] = ()
        self._next_order = 0
        self._edges_known: tuple[object, Edges] | None = None

    def _take(self, parsed: ParsedSynapses) -> None:
        """Take checked equations and statements, and let the groups know what they write."""
        self._parsed = parsed
        self._outside = OutsideNames(*parsed.outside, self._namespace, self._strings.model)
        self._outside.look_up(user_names())
        for end, written in (
            (self.source, self._parsed.written_pre),
            (self.target, self._parsed.written_post),
        ):
            for x in sorted(written) if not isinstance(end, SynapsesEnd) else ():
                assert isinstance(end.group, NeuronGroup)
                attach_written(end.group, x)

    def run_regularly(
        self,
        code: str,
        dt: float | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all synapses in every step, or every `dt`, as in Brian 2.

        Where they see variables of the source that change, its group and that of the target live
        on one rank.

        Parameters
        ----------
        code : str
            Statements over variables of the synapses and of their neurons, such as ``'w *= 0.99'``.
        dt, clock, order, name
            See `NeuronGroup.run_regularly`.
        when : str
            The slot of a step: ``"start"``, ``"before_resets"``, ``"end"``, or another one that has
            the same point of a step.

        Returns
        -------
        RegularOperation

        Raises
        ------
        ParameterError
            If an argument is not allowed.
        EquationError, UnitError
            If a statement cannot be understood.
        """
        where, known = self._called(), self._operations
        refuse_built(self, "run_regularly() was called")
        made = checked_operation(where, len(known), (0, 0), code, dt, clock, when, order, name)
        if POINTS[made.when] == THRESHOLDS:
            raise ParameterError(
                where,
                f"when={when!r}",
                "statements of synapses run before the update, or after the events of the step",
                "choose 'start', 'before_resets' or 'end'",
            )
        self._take(self._parse(where, (*known, made)))
        self._operations = (*known, made)
        return RegularOperation(
            self, made.name.replace("*", where), code, when, order, made.every or None
        )

    # ---- what the network asks

    @property
    def parsed(self) -> ParsedSynapses:
        """The checked equations and statements."""
        return self._parsed

    @property
    def next_order(self) -> int:
        """Order of the next assignment."""
        return self._next_order

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
            parts += [(s.expression, s.location) for s in text.statements]
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
            self._operations,
            self._parsed.operated_pre,
            self._parsed.summed_pre,
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
        if isinstance(end, SynapsesEnd):
            return np.asarray(end.group.values_now(variable), dtype=np.float64)
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

    def _end(self, where: str, role: str, end: object) -> Subgroup:
        if isinstance(end, WrittenSynapses):
            return SynapsesEnd(end)
        return super()._end(where, role, end)

    def _accept(self, rule: ConnectionRule, matrix: Matrix | None) -> None:  # noqa: ARG002 - as in the base
        if matrix is not None and matrix.strengths is not None:
            raise ParameterError(
                self._name or "Synapses",
                "the matrix has strengths",
                "synapses with equations have variables of their own names",
                "connect without strengths and set a variable to the values",
            )

    def _parse(self, where: str, operations: tuple[Operation, ...]) -> ParsedSynapses:
        source, target = (members_of_end(end) for end in (self.source, self.target))
        return parse_synapses(self._strings, where, source, target, operations)

    def _unit(self, variable: str) -> str:
        equation = self._parsed.equations.get(variable)
        return "ms" if equation is None else equation.unit

    def _description(self) -> tuple[NetworkDescription, SynapsesDescription]:
        """The network as far as values depend on it, and the synapses in it."""
        if self._owner is not None:
            description = self._owner.description
            return description, next(s for s in description.synapses if s.name == self.name)
        return self._described_alone()

    def _described_alone(self) -> tuple[NetworkDescription, SynapsesDescription]:
        """The same without a network: what `run` would make of it in this scope."""
        groups, joined = all_around(self)
        give_visible_names(self, *groups, *joined)
        index = {id(g): n for n, g in enumerate(groups)}
        mine, *inner = (s.describe(index) for s in (self, *joined))
        described = tuple(replace(g.describe(defaultclock.dt), name=g.name) for g in groups)
        seed = current_seed() if self._owner is None else self._owner.seed
        return NetworkDescription(described, (mine, *inner), dt=defaultclock.dt, seed=seed), mine

    def count(self) -> int:
        """Number of synapses, for others that join these: it asks no network."""
        number, exact = self._number()
        return int(number) if exact else len(self._edges_in(*self._described_alone()))

    def _edges(self) -> Edges:
        return self._edges_in(*self._description())

    def _edges_in(self, description: NetworkDescription, mine: SynapsesDescription) -> Edges:
        key = (description.seed, mine.name, mine.rules)
        if self._edges_known is None or self._edges_known[0] != key:
            self._edges_known = key, ObjectEdges.of(description, mine).edges()
        return self._edges_known[1]
