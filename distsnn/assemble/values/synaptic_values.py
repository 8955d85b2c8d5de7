"""Weights and delays of synapses with statements that take the tables of ready ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.projection_edges import draw_edges
from distsnn.assemble.edges.synapse_edges import SynapseEdges, SynapseNumbers, SynapseValues
from distsnn.assemble.synapses.local_synapses import (
    delay_steps,
    member_values,
    parse_description,
    synapse_values,
)
from distsnn.assemble.synapses.synapse_arrays import constant_value
from distsnn.assemble.values.pair_values import Ends
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapseDescription, SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import CONSTANTS
from distsnn.language.objects.synapse_equations import SynapseText
from distsnn.language.symbols import CONSTANT
from distsnn.language.syntax import names_in
from distsnn.language.unit_names import UNITS
from distsnn.layout.delays import NO_DELAYS
from distsnn.layout.partition import Partition


def increment_of(text: SynapseText) -> ast.expr:
    """What the statement of synapses for their target adds to it, over variables that are none."""
    (statement,) = (
        s for p in text.pathways for s in p.statements if s.target not in text.equations
    )
    tree = text.inlined(statement.expression)
    return ast.UnaryOp(ast.USub(), tree) if statement.operator == "-" else tree


class SynapticValues:
    """What `SynapticValue` stands for, for any edges of its ``connect``.

    Parameters
    ----------
    description : NetworkDescription
    value : SynapticValue
    """

    def __init__(self, description: NetworkDescription, value: SynapticValue) -> None:
        self.description, self.value = description, value
        self.text = parse_description(description, value.synapses)
        self._numbers = SynapseNumbers(description, value.synapses)
        self._members: dict[tuple[str, str, int | None], np.ndarray] = {}

    def of(self, edges: EdgeChunk) -> np.ndarray:
        """Values (float64 (n,)) for some edges."""
        values = self.variables(edges)
        tree = increment_of(self.text)
        names = {
            name: _of_name(self.description, self.value.synapses, values, name)
            for name in names_in(tree)
            if name not in UNITS and name not in CONSTANTS
        }
        found = np.asarray(evaluate(tree, names), dtype=np.float64)
        return np.broadcast_to(found, edges.source.shape)

    def variables(self, edges: EdgeChunk) -> SynapseValues:
        """The variables of the synapses for some edges."""
        connect = np.full_like(edges.source, self.value.connect)
        some = SynapseEdges(edges.source, edges.target, connect, edges.major, edges.k)
        values = synapse_values(self.description, self.value.synapses, some, self.text)
        values.numbers, values.member = self._numbers, self._member
        return values

    def _member(self, side: str, variable: str, before: int | None) -> np.ndarray:
        key = (side, variable, before)
        if key not in self._members:
            self._members[key] = member_values(self.description, self.value.synapses, *key)
        return self._members[key]


class SynapticDelays:
    """Delays in steps that a `SynapticValue` stands for; `bounds` are the smallest and largest."""

    def __init__(
        self, description: NetworkDescription, value: SynapticValue, bounds: tuple[int, int]
    ) -> None:
        self.first, self.last = bounds
        self._dt, self._pathway = description.dt, value.pathway
        self._values = SynapticValues(description, value)

    def steps(self, edges: EdgeChunk) -> np.ndarray:
        """Delays (int64 (n,)) of some edges, in steps."""
        return delay_steps(self._values.variables(edges), self._pathway, self._dt)


def synaptic_delay_bounds(
    description: NetworkDescription,
    projection: ProjectionDescription,
    value: SynapticValue,
    partition: Partition,
) -> tuple[int, int]:
    """Shortest and longest delay, in steps, of the synapses onto the rank's own neurons."""
    target = projection.target
    delays = SynapticDelays(description, value, (0, 0))
    ranges = [
        (r.start - target.start, r.stop - target.start)
        for r in partition.within(target.group, target.start, target.stop)
    ]
    low, high = NO_DELAYS
    for edges in _edges(description, projection, value, ranges):
        steps = delays.steps(edges)
        low, high = min(low, int(steps.min())), max(high, int(steps.max()))
    return low, high


def value_range(
    description: NetworkDescription,
    projection: ProjectionDescription,
    value: SynapticValue,
    variable: str,
) -> tuple[float, float]:
    """Smallest and largest value that a variable of all synapses of a ``connect`` starts with.

    Every rank draws all of them, a chunk at a time; none is kept.
    """
    values = SynapticValues(description, value)
    low, high = np.inf, -np.inf
    for edges in _edges(description, projection, value, [(0, projection.target.size)]):
        some = values.variables(edges).of(variable)
        # Not a number lies outside all bounds.
        low, high = np.minimum(low, some.min()), np.maximum(high, some.max())
    return float(low), float(high)


def _edges(
    description: NetworkDescription,
    projection: ProjectionDescription,
    value: SynapticValue,
    ranges: list[tuple[int, int]],
) -> Iterator[EdgeChunk]:
    ends = Ends(description, projection.source, projection.target)
    for edges in draw_edges(
        ends.bind(projection.rule, value.synapses.name),
        projection.source.size,
        projection.target.size,
        projection.shift,
        stream_key(description.seed, "edges", projection.name),
        ranges,
    ):
        if edges.source.size:
            yield edges


def _of_name(
    description: NetworkDescription,
    synapses: SynapseDescription,
    values: SynapseValues,
    name: str,
) -> object:
    symbol = values.text.symbols[name]
    if name not in values.text.variables and symbol.kind == CONSTANT:
        return constant_value(description, synapses, name)
    return values.named(name)
