"""Variables of equation-based synapses: their values after all assignments, before a run or now."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges import connections
from distsnn.assemble.edges.connections import ObjectEdges, slice_values
from distsnn.assemble.edges.edges import Edges, pair_indices
from distsnn.assemble.edges.parsed_ends import parse_description
from distsnn.assemble.values.draws import drawn_values
from distsnn.assemble.values.expressions import ExpressionEvaluator, called_name
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import assignment_key, stream_key
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import (
    PairIndex,
    SynapseAssignment,
    delay_variable,
)
from distsnn.describe.synapses.projections import Slice, SynapseSlice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given import Distribution
from distsnn.describe.values.given_expressions import Expression, Names
from distsnn.describe.values.links import Link
from distsnn.describe.values.time_steps import steps_of_array
from distsnn.errors import ParameterError, unknown_name
from distsnn.kernels.draws.synapse_draws import fill_synapse_normal, fill_synapse_uniform
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.objects.synapse_equations import (
    LASTUPDATE,
    REFRACTORINESS,
    ParsedSynapses,
)
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import CONSTANT
from distsnn.language.syntax import calls_in, parse_expression
from distsnn.language.types import FLOAT, stored_values
from distsnn.layout.delays import MAX_DELAY_STEPS

# From "pre" or "post", a variable and a number of assignments (None for all) to values for all
# members of the slice.
Member = Callable[[str, str, int | None], np.ndarray]
Seen = tuple[int, int] | None


def constant_value(
    description: NetworkDescription, synapses: SynapsesDescription, name: str
) -> float:
    """A number from outside: of the synapses' expressions, or of those of a group."""
    if name in synapses.names.numbers:
        return float(synapses.names.numbers[name])
    for part, ending in ((synapses.source, "_pre"), (synapses.target, "_post")):
        group = description.groups[part.group]
        if isinstance(group, NeuronDescription) and name.endswith(ending):
            return float(group.model.constants[name.removesuffix(ending)])
    raise KeyError(name)


def increment_of(parsed: ParsedSynapses) -> ast.expr:
    """The expression that the only statement for the target adds; subexpressions are inlined."""
    (statement,) = (
        s for p in parsed.pathways for s in p.statements if s.target not in parsed.equations
    )
    tree = parsed.inlined(statement.expression)
    return ast.UnaryOp(ast.USub(), tree) if statement.operator == "-" else tree


@dataclass(frozen=True, eq=False)
class Moment:
    """The step at which values of variables are wanted, if not at the start of the run.

    Attributes
    ----------
    step : int
    member : callable
        Gives the values of variables of the neurons.
    """

    step: int
    member: Member


class SynapseVariables:
    """The variables of one object of equation-based synapses.

    Parameters
    ----------
    moment : Moment, optional
        When values are wanted; by default at the start of the run.

    Attributes
    ----------
    parsed : ParsedSynapses
    connections : ObjectEdges
    """

    def __init__(
        self,
        description: NetworkDescription,
        synapses: SynapsesDescription,
        moment: Moment | None = None,
    ) -> None:
        self.description, self.synapses, self.moment = description, synapses, moment
        self.parsed = parse_description(description, synapses)
        self.connections = ObjectEdges.of(description, synapses)
        self._members: dict[tuple[str, str, int | None], np.ndarray] = {}

    @property
    def step(self) -> int:
        """The step at whose beginning values are wanted."""
        return 0 if self.moment is None else self.moment.step

    def at(self, edges: Edges, current: Callable[[str], np.ndarray] | None = None) -> EdgeVariables:
        """The variables of some of the synapses.

        `current` gives their values after a run, in place of those from the assignments before it.
        """
        return EdgeVariables(self, edges, current)

    def member(self, side: str, variable: str, before: int | None = None) -> np.ndarray:
        """Values (float64) of a variable of all sources (`side` ``"pre"``) or targets."""
        if self.moment is not None:
            return self.moment.member(side, variable, before)
        key = (side, variable, before)
        if key not in self._members:
            part = self.synapses.source if side == "pre" else self.synapses.target
            link = self.link(variable) if side == "pre" else None
            if link is not None:
                values = linked_values(self.description, link)
                several = isinstance(link.index, str)
                self._members[key] = values if several else np.repeat(values, part.size)
            else:
                self._members[key] = slice_values(self.description, part, variable, before)
        return self._members[key]

    def link(self, variable: str) -> Link | None:
        """The link of a variable, if it is a linked one."""
        return next((x for x in self.synapses.links if x.variable == variable), None)

    def count(self, name: str, connected: int, edges: Edges) -> Any:
        """``N``, or ``N_incoming`` or ``N_outgoing`` of each edge, after `connected` connects."""
        every = self.connections.edges()
        there = every.connects < connected
        if name == "N":
            return int(there.sum())
        end = "source" if name == "N_outgoing" else "target"
        size = getattr(self.synapses, end).size
        return np.bincount(getattr(every, end)[there], minlength=size)[getattr(edges, end)]


def linked_values(description: NetworkDescription, link: Link) -> np.ndarray:
    """The values that a linked variable of synapses stands for, at the start.

    One value (float64 (1,)), or with the name of an index those of the whole group.
    """
    g = description.index_of_group[link.group]
    start, stop = 0, description.groups[g].size
    if isinstance(link.index, np.ndarray):
        start, stop = int(link.index[0]), int(link.index[0]) + 1
    return slice_values(description, Slice(g, start, stop), link.stored)


def values_of_synapses(
    description: NetworkDescription, part: SynapseSlice, variable: str, before: int | None = None
) -> np.ndarray:
    """Values (n,) of a variable of synapses that others join, at the start of the run."""
    of = SynapseVariables(description, description.joined_synapses[part.synapses])
    edges = of.connections.edges()
    if variable in {"i", "j"}:
        return edges.source if variable == "i" else edges.target
    if variable in of.parsed.variables:
        return of.at(edges).of(variable, before)
    return of.at(edges).expression(Expression(variable, Names()), 0)


connections.values_of_synapses.append(values_of_synapses)


class EdgeVariables:
    """The variables of some synapses; see `SynapseVariables.at`."""

    def __init__(
        self,
        of: SynapseVariables,
        edges: Edges,
        current: Callable[[str], np.ndarray] | None,
    ) -> None:
        self._all, self.edges, self._current = of, edges, current
        self._indices: np.ndarray | None = None
        # Calls of connect() before the moment whose values are wanted.
        self._connected = len(of.synapses.rules)

    def of(self, variable: str, before: int | None = None) -> np.ndarray:
        """Values (float64 (n,)) of a variable; `before` leaves out assignments from an index on."""
        if self._current is not None:
            return self._current(variable)
        values = np.zeros(len(self.edges))
        if variable == LASTUPDATE:
            values += self._all.synapses.since * self._all.description.dt
        for made in self._all.synapses.assignments:
            if made.variable == variable and (before is None or made.order < before):
                self.assign(made, values)
        return values

    def delay_steps(self, pathway: str, until: int | None = None) -> np.ndarray:
        """Delays (int64 (n,)) of a pathway in steps; those of spikes before `until` if given.

        Raises ParameterError if a delay is negative or too long.
        """
        description, synapses = self._all.description, self._all.synapses
        before = {name for name, _ in synapses.strings.on_pre}
        group = (synapses.source if pathway in before else synapses.target).group
        delay, dt = np.zeros(len(self.edges)), description.group_dt(group)
        for made in self._all.synapses.assignments:
            earlier = until is None or made.since < until
            if made.variable == delay_variable(pathway) and earlier:
                self.assign(made, delay)
        where = f"{self._all.synapses.name}.{pathway}"
        if delay.size and not delay.min() >= 0:
            raise ParameterError(
                where,
                f"delay of a synapse is {delay.min():g} ms",
                "delays must be >= 0 ms",
                "correct the delays",
                value=float(delay.min()),
            )
        steps = steps_of_array(delay, dt) * description.group_every(group)
        if steps.size and steps.max() > MAX_DELAY_STEPS:
            raise ParameterError(
                where,
                f"delay of a synapse is {delay.max():g} ms",
                f"delays must be <= {MAX_DELAY_STEPS} steps of {description.dt} ms",
                "shorten it, or enlarge dt",
                value=float(delay.max()),
            )
        return steps

    def assign(self, made: SynapseAssignment, values: np.ndarray) -> None:
        """Carry out one assignment on `values` (float64 (n,), in/out)."""
        before, self._connected = self._connected, made.connected
        chosen = self._chosen(made)
        given = np.asarray(self._values(made, chosen), dtype=np.float64)
        equation = self._all.parsed.equations.get(made.variable)
        kind = FLOAT if equation is None else equation.type
        values[chosen] = stored_values(self._all.synapses.name, made.variable, given, kind)
        self._connected = before

    def expression(self, value: Expression, order: int, purpose: str = "value") -> np.ndarray:
        """Values (n,) of an expression; `purpose` and `order` key what it draws."""
        found = np.asarray(self._evaluated(value, order, None, purpose))
        return np.broadcast_to(found, (len(self.edges),)).copy()

    def named(self, name: str) -> Any:
        """Value of one name in the synapses' equations and statements, after all assignments."""
        parsed, synapses = self._all.parsed, self._all.synapses
        if name not in parsed.variables and parsed.symbols[name].kind == CONSTANT:
            return constant_value(self._all.description, synapses, name)
        return self._named(name, Expression(name, Names()), synapses.name, None, None)

    def _chosen(self, made: SynapseAssignment) -> np.ndarray:
        """Mask (bool (n,)) of the synapses that an assignment means."""
        chosen = self.edges.connects < made.connected
        if isinstance(made.where, Expression):
            found = np.asarray(self._evaluated(made.where, made.order, made.seen), dtype=bool)
            chosen &= np.broadcast_to(found, chosen.shape)
        elif made.where is not None:
            chosen &= np.isin(self._index(), made.where)
        return chosen

    def _values(self, made: SynapseAssignment, chosen: np.ndarray) -> Any:
        value = made.value
        if isinstance(value, Expression):
            evaluated = self._evaluated(value, made.order, made.seen, made=made)
            found = np.asarray(evaluated, dtype=np.float64)
            return found if found.ndim == 0 else found[chosen]
        if isinstance(value, PairIndex):
            every = self._all.connections.edges()
            return pair_indices(every.source, every.target)[self._index()[chosen]]
        if isinstance(value, Distribution):
            return self._drawn(value, made)[chosen]
        if isinstance(value, np.ndarray):
            index = self._index()[chosen]
            if isinstance(made.where, np.ndarray):
                order = np.argsort(made.where, kind="stable")
                # Of a synapse that is named twice the last value counts, as in arrays.
                last = np.searchsorted(made.where, index, side="right", sorter=order) - 1
                index = order[last]
            return value.ravel()[index]
        return value

    def _drawn(self, distribution: Distribution, made: SynapseAssignment) -> np.ndarray:
        purpose = f"{made.variable} assigned {made.order}"
        out, edges = np.empty(len(self.edges)), self.edges
        for connection in self._all.connections.each:
            these = np.flatnonzero(edges.connects == connection.index)
            some = edges.taken(these)
            key = connection.key(purpose)
            if made.drawn is not None:
                key = assignment_key(0, made, "", "")
            out[these] = drawn_values(distribution, some.major, some.k, key)
        return out

    def _index(self) -> np.ndarray:
        """Index (int64 (n,)) of each synapse among all in the order of creation."""
        if self._indices is None:
            self._indices = self._all.connections.indices(self.edges)
        return self._indices

    def _evaluated(
        self,
        value: Expression,
        order: int,
        seen: Seen,
        purpose: str = "value",
        made: SynapseAssignment | None = None,
    ) -> Any:
        """Value of an expression for all synapses, one number or an array.

        `made` is the assignment, if it may say what keys the draws.
        """
        synapses = self._all.synapses
        dt = self._all.description.dt_of(synapses.name)
        where = f"{synapses.name}, value {value.text!r}"
        tree = self._all.parsed.inlined(
            parse_expression(value.text, SourceLocation(synapses.name, "value", value.text))
        )
        arrays = {**synapses.names.arrays, **value.names.arrays}
        expression = ExpressionEvaluator(tree, arrays, dt)
        names = {name: self._named(name, value, where, order, seen) for name in expression.names}
        for name in calls_in(tree):
            if not (name in arrays or name in RANDOM or name in FUNCTIONS):
                raise ParameterError(
                    where,
                    f"{name}() stands in a subexpression of the neurons",
                    "values call functions, rand(), randn(), and TimedArrays that are known where "
                    "they are set",
                    "call it in the expression",
                )
        calls = 0

        def draw(node: ast.Call) -> np.ndarray:
            nonlocal calls
            calls += 1
            fill = fill_synapse_uniform if called_name(node) == "rand" else fill_synapse_normal
            out, edges = np.empty(len(self.edges)), self.edges
            identity = [edges.major, edges.k, edges.connects]
            if made is not None and made.variable in self._all.parsed.shared:
                # What all share is drawn once.
                identity = [*map(np.zeros_like, identity)]
            seed = self._all.description.seed
            k0, k1 = stream_key(seed, f"{purpose} {order} call {calls}", synapses.name)
            if made is not None and made.drawn is not None:
                first, number = made.drawn
                k0, k1 = stream_key(first, f"draw {number} call {calls}", "")
            fill(out, *identity, np.uint32(k0), np.uint32(k1))
            return out

        return expression.of(names, draw)

    def _linked_index(self, variable: str, order: int | None) -> np.ndarray | None:
        """The neurons (int64 (n,)) that an index says of a linked variable; None without one."""
        link = self._all.link(variable)
        if link is None or not isinstance(link.index, str):
            return None
        return self.of(link.index, order).astype(np.int64)

    def _named(
        self, name: str, value: Expression, where: str, order: int | None, seen: Seen
    ) -> Any:
        """Value of one name in an expression."""
        synapses, edges, parsed = self._all.synapses, self.edges, self._all.parsed
        description = self._all.description
        dt, step = description.dt_of(synapses.name), self._all.step
        step = -(-step // description.every(synapses.name))
        known = {
            "i": edges.source,
            "j": edges.target,
            "N_pre": synapses.source.size,
            "N_post": synapses.target.size,
            "t": step * dt,
            "t_in_timesteps": step,
            "dt": dt,
        }
        if name in known:
            return known[name]
        if name in parsed.variables:
            return self.of(name, order)
        if name in {"N", "N_incoming", "N_outgoing"}:
            return self._all.count(name, self._connected, edges)
        if name in REFRACTORINESS:
            return self._all.member("post", name)[edges.target]
        for side, members, index in (
            ("pre", parsed.source, edges.source),
            ("post", parsed.target, edges.target),
        ):
            stem = name.removesuffix(f"_{side}")
            if name.endswith(f"_{side}") and stem in REFRACTORINESS:
                return self._all.member(side, stem)[index]
            if name.endswith(f"_{side}") and stem in members.symbols:
                before = None if seen is None else seen[side == "post"]
                by = self._linked_index(stem, order) if side == "pre" else None
                return self._all.member(side, stem, before)[index if by is None else by]
        for numbers in (value.names.numbers, synapses.names.numbers):
            if name in numbers:
                return numbers[name]
        for part, ending in ((synapses.source, "_pre"), (synapses.target, "_post")):
            group = self._all.description.groups[part.group]
            stem = name.removesuffix(ending)
            if (
                isinstance(group, NeuronDescription)
                and name.endswith(ending)
                and stem in group.model.constants
            ):
                # A number from outside in a subexpression of the group.
                return group.model.constants[stem]
        return unknown_name(where, name, [*known, *parsed.symbols.own, *value.names.numbers])
