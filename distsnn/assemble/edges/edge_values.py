"""Values of the edges of a connection, however they are given."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import SynapseVariables, increment_of
from distsnn.assemble.values.draws import Key, drawn_values
from distsnn.assemble.values.expressions import ExpressionEvaluator, call_indices, called_name
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.stored_rule import StoredRule
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import (
    Distribution,
    PerSource,
    PerSynapse,
    Stored,
    Value,
    ValueSource,
)
from distsnn.describe.values.given_expressions import Expression
from distsnn.errors import ParameterError
from distsnn.kernels.draws.pair_draws import fill_pair_normal, fill_pair_uniform
from distsnn.language.objects.group_variables import members_of
from distsnn.language.objects.pair_symbols import member_of, pair_symbols
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import names_in, parse_expression

# From edges to their values (array (n,), or one number for all).
EdgeValues = Callable[[Edges], np.ndarray | float]
# From "pre" or "post" and the name of a variable to its values for all sources or targets.
MemberValues = Callable[[str, str], np.ndarray]


def edge_values(
    connection: ConnectEdges, value: Value, purpose: str, least: float = -np.inf
) -> EdgeValues:
    """Function that gives the values of any edges of a connection.

    Parameters
    ----------
    purpose : str
        Keys what is drawn, together with the name of the connection.
    least : float
        The smallest value that an expression may give.
    """
    key = connection.key(purpose)
    if isinstance(value, Distribution):
        return lambda edges: drawn_values(value, edges.major, edges.k, key)
    if isinstance(value, Expression):
        return PairExpression(connection, value, key, least).of
    if isinstance(value, SynapticValue):
        return _increments(connection, value)
    if isinstance(value, PerSynapse):
        return _per_synapse(connection, value, purpose)
    if isinstance(value, Stored):
        return read_values(connection, value)
    if isinstance(value, Computed):
        return _computed(value, key)
    if isinstance(value, np.ndarray | PerSource):
        return _taken(connection, value)
    assert not isinstance(value, ValueSource)
    return lambda _: value


def edge_weights(description: NetworkDescription, projection: ProjectionDescription) -> EdgeValues:
    """Function that gives the weights of any edges of a projection, in the receptor's unit."""
    group = description.groups[projection.target.group]
    assert isinstance(group, NeuronDescription)
    least = group.receptors[projection.receptor].least_weight
    return edge_values(ConnectEdges.of(description, projection), projection.weight, "weight", least)


def read_values(connection: ConnectEdges, value: Stored) -> Callable[[Edges], np.ndarray]:
    """Function that reads the values which the rule of a connection stores with its edges."""
    rule = connection.rule
    if not isinstance(rule, StoredRule):
        raise ParameterError(
            connection.name,
            f"{value!r} with {type(rule).__name__}",
            "only rules whose synapses are stored have such values",
            "give a number, an array or a distribution",
        )
    return lambda edges: rule.values(value.column, edges.k)


def _computed(value: Computed, key: Key) -> EdgeValues:
    def of(edges: Edges) -> np.ndarray:
        found = value.of(edges.source, edges.target, (edges.major, edges.k), key)
        return found if value.sign > 0 else -found

    return of


def stored_values(
    connection: ConnectEdges, value: np.ndarray | PerSource, stored: np.ndarray
) -> Callable[[Edges], np.ndarray]:
    """Function that takes for any edges what is `stored` for each value of an array."""
    rule, n_target = connection.rule, connection.target.size
    if isinstance(value, PerSource):
        return lambda edges: stored[edges.source]
    return lambda edges: stored[rule.array_index(n_target, edges)]


def _taken(connection: ConnectEdges, value: np.ndarray | PerSource) -> EdgeValues:
    values = value.values if isinstance(value, PerSource) else value
    return stored_values(connection, value, values.ravel())


def _per_synapse(connection: ConnectEdges, given: PerSynapse, name: str) -> EdgeValues:
    every, values = ObjectEdges((replace(connection, index=0),)), given.values
    if values.size != every.size:
        raise ParameterError(
            connection.name,
            f"{name} has {values.size} values",
            f"there are {every.size} synapses",
            "give one for each, in the order of creation, or a number",
            shape=(values.size,),
        )
    return lambda edges: values[every.indices(edges)]


def _increments(connection: ConnectEdges, value: SynapticValue) -> EdgeValues:
    """The weight that each event of equation-based synapses adds, from assignments to variables."""
    variables = SynapseVariables(connection.description, value.synapses)
    expression = ExpressionEvaluator(increment_of(variables.parsed), {}, connection.description.dt)

    def of(edges: Edges) -> np.ndarray:
        values = variables.at(replace(edges, connect=value.connect))
        names = {name: values.named(name) for name in expression.names}
        found = np.asarray(expression.of(names, _draws_nothing), dtype=np.float64)
        return np.broadcast_to(found, edges.source.shape)

    return of


def _draws_nothing(node: ast.Call) -> np.ndarray:
    raise TypeError(ast.unparse(node))


class PairExpression:
    """An expression over pairs of neurons, for any edges of a connection.

    Parameters
    ----------
    key : two words of 32 bits
        Key of its random numbers.
    least : float
        The smallest value allowed.
    member : callable, optional
        Values of variables of the neurons, if they are not those of the start.
    """

    def __init__(
        self,
        connection: ConnectEdges,
        value: Expression,
        key: Key,
        least: float = -np.inf,
        member: MemberValues | None = None,
    ) -> None:
        self._owner, self._text, self._least = connection.name, value.text, least
        tree = parse_expression(value.text, SourceLocation(self._owner, "value", value.text))
        self._expression = ExpressionEvaluator(tree, {}, connection.description.dt)
        groups = connection.description.groups
        ends = connection.source, connection.target
        symbols = pair_symbols(members_of(groups[ends[0].group]), members_of(groups[ends[1].group]))
        self._common = {"N_pre": ends[0].size, "N_post": ends[1].size, **value.names.numbers}
        of_member, self._members = member or connection.member, {}
        for name in names_in(tree):
            found = member_of(name, symbols)
            if found is not None:
                self._members[name] = found[0], of_member(*found)
        self._calls, self._key = call_indices(tree), (np.uint32(key[0]), np.uint32(key[1]))

    def of(self, edges: Edges) -> np.ndarray:
        """Values (float64 (n,)) for some edges.

        Raises ParameterError if a value is not finite or not allowed.
        """
        names = {**self._common, "i": edges.source, "j": edges.target}
        for name, (side, values) in self._members.items():
            names[name] = values[edges.source if side == "pre" else edges.target]

        def draw(node: ast.Call) -> np.ndarray:
            fill = fill_pair_uniform if called_name(node) == "rand" else fill_pair_normal
            out = np.empty(len(edges))
            fill(out, edges.major, edges.k, self._calls[id(node)], *self._key)
            return out

        given = np.asarray(self._expression.of(names, draw), dtype=np.float64)
        found = np.broadcast_to(given, edges.source.shape)
        bad = np.flatnonzero(~(np.isfinite(found) & (found >= self._least)))
        if bad.size:
            e = bad[0]
            bound = f" and >= {self._least:g}" if self._least > -np.inf else ""
            raise ParameterError(
                self._owner,
                f"{self._text!r} gives {found[e]:g} for i={edges.source[e]}, j={edges.target[e]}",
                f"values are finite{bound}",
                "correct the expression",
                value=float(found[e]),
            )
        return found
