"""The connections of synapses: each ``connect`` draws its edges, and all stand in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from distsnn.assemble.edges.edges import Edges, collected, joined, no_edges
from distsnn.assemble.edges.expression_edges import BoundRule
from distsnn.assemble.edges.parsed_ends import members_at
from distsnn.assemble.edges.projection_edges import creation_keys, creation_order, draw_edges
from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.values.expressions import neuron_values, variables_of
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import draw_key, stream_key
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.projections import (
    ProjectionDescription,
    Slice,
    SynapseSlice,
)
from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.describe.synapses.rules import AllToAll, Pairs
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given_expressions import Expression, Names
from distsnn.language.objects.connection_expressions import parse_connection
from distsnn.layout.partition import Partition, Range

Ranges = Sequence[tuple[int, int]]
# Values of synapses need their connections, and those of synapses of synapses need such values:
# `synapse_variables` puts here what gives them.
values_of_synapses: list[Callable[..., np.ndarray]] = []


@dataclass(frozen=True, eq=False)
class ConnectEdges:
    """One ``connect`` of some synapses: any rank draws the edges to any targets.

    Attributes
    ----------
    description : NetworkDescription
    name : str
        Keys what is drawn.
    owner : str
        Name of the synapses, for errors.
    source, target : Slice
    rule : ConnectionRule
    index : int
        Index of the ``connect`` among those of the synapses.
    drawn : (int, int) or None
        What keys the edges in the place of `name`; see `Connect`.
    """

    description: NetworkDescription
    name: str
    owner: str
    source: Slice
    target: Slice
    rule: ConnectionRule
    index: int = 0
    drawn: tuple[int, int] | None = None

    @classmethod
    def of(cls, description: NetworkDescription, projection: ProjectionDescription) -> ConnectEdges:
        """The connection of a projection."""
        p = projection
        return cls(description, p.name, p.name, p.source, p.target, p.rule, drawn=p.drawn)

    def key(self, purpose: str) -> tuple[int, int]:
        """Key of the random numbers that the edges draw for a purpose."""
        return stream_key(self.description.seed, purpose, self.name)

    @property
    def shift(self) -> int | None:
        """Source start minus target start if both are in one group, else None."""
        return self.source.shift_to(self.target)

    def member(self, side: str, variable: str, before: int | None = None) -> np.ndarray:
        """Values of a variable of all sources (`side` ``"pre"``) or targets; see `slice_values`."""
        part = self.source if side == "pre" else self.target
        return slice_values(self.description, part, variable, before)

    @cached_property
    def bound_rule(self) -> ConnectionRule | BoundRule:
        """The rule with what it needs to be drawn."""
        rule = self.rule
        if not isinstance(rule, ExpressionRule):
            return rule
        ends = (members_at(self.description, end) for end in (self.source, self.target))
        text = parse_connection(rule, self.owner, *ends)
        values = {
            name: self.member(side, variable, rule.before[0 if side == "pre" else 1])
            for name, (side, variable) in text.members.items()
        }
        return BoundRule(rule, text, self.source.size, self.target.size, values)

    def draw(self, ranges: Ranges | None = None) -> Iterator[Edges]:
        """Draw the edges to targets in ascending disjoint ranges (all by default), in chunks."""
        drawn = draw_edges(
            self.bound_rule,
            self.source.size,
            self.target.size,
            self.shift,
            self.key("edges") if self.drawn is None else draw_key(self.drawn),
            [(0, self.target.size)] if ranges is None else ranges,
        )
        return (replace(edges, connect=self.index) for edges in drawn) if self.index else drawn

    def edges(self, ranges: Ranges | None = None) -> Edges:
        """The same edges as from `draw` in one piece, in that order."""
        return collected(self.draw(ranges), self.index)

    def edges_in_order(self, ranges: Ranges | None = None) -> Edges:
        """The same edges in the order of creation."""
        edges = self.edges(ranges)
        return edges.taken(creation_order(self.rule, edges))

    def local_ranges(self, partition: Partition) -> list[tuple[int, int]]:
        """The targets that a rank has, as ranges within the slice."""
        return local_ranges(partition, self.target)


def slice_values(
    description: NetworkDescription, part: Slice, variable: str, before: int | None = None
) -> np.ndarray:
    """Values (float64) of a variable or subexpression of the neurons of a slice at the start.

    `before` leaves out the assignments from that index on.
    """
    if isinstance(part, SynapseSlice):
        return values_of_synapses[0](description, part, variable, before)
    group, seed = description.groups[part.group], description.seed
    dt = description.group_dt(part.group)
    assert isinstance(group, NeuronDescription)
    ranges = (Range(part.start, part.stop, 0),)

    def of(name: str) -> np.ndarray:
        return initial_value(group, name, ranges, seed, dt, before)

    if variable in variables_of(group):
        return of(variable)
    index = np.arange(part.start, part.stop, dtype=np.int64)
    key = stream_key(seed, variable, group.name)
    return neuron_values(group, Expression(variable, Names()), index, key, dt, of)


def local_ranges(partition: Partition, target: Slice) -> list[tuple[int, int]]:
    """The ranges of a slice that a rank has, counted from the start of the slice."""
    return [(r.start - target.start, r.stop - target.start) for r in partition.of_slice(target)]


@dataclass(frozen=True, eq=False)
class ObjectEdges:
    """All connections of one object, in the order of the calls of ``connect``."""

    each: tuple[ConnectEdges, ...]

    @classmethod
    def of(cls, description: NetworkDescription, synapses: SynapsesDescription) -> ObjectEdges:
        """The connections of equation-based synapses."""
        s = synapses
        return cls(
            tuple(
                ConnectEdges(
                    description,
                    s.of_connect(c),
                    s.name,
                    s.source,
                    s.target,
                    connect.rule,
                    c,
                    connect.drawn,
                )
                for c, connect in enumerate(s.connects)
            )
        )

    def edges(self, ranges: Ranges | None = None) -> Edges:
        """The edges to targets within ranges (all by default), in the order of creation."""
        return joined([no_edges(), *(c.edges_in_order(ranges) for c in self.each)])

    def creation_keys(self, edges: Edges) -> np.ndarray:
        """Keys (int64 (4, n)), first one first, by which synapses stand in the order of creation.

        That is by call of ``connect``, then as `projection_edges.creation_keys` says.
        """
        keys = np.zeros((4, len(edges)), dtype=np.int64)
        keys[0] = edges.connects
        for connection, these in self._by_connect(edges):
            keys[1:, these] = creation_keys(connection.rule, edges.taken(these))
        return keys

    def indices(self, edges: Edges) -> np.ndarray:
        """Index (int64 (n,)) of each edge among all of the object, in the order of creation.

        Where the rules do not tell, every rank draws all edges, once.
        """
        found = np.empty(len(edges), dtype=np.int64)
        for connection, these in self._by_connect(edges):
            found[these] = self._indices(connection, edges.taken(these))
        return found

    @cached_property
    def size(self) -> int:
        """Number of edges of the object."""
        known = self._first(len(self.each))
        return sum(order.size for _, _, order in self._known) if known is None else known

    def _by_connect(self, edges: Edges) -> Iterator[tuple[ConnectEdges, np.ndarray]]:
        """Each connection with the positions of its edges."""
        for connection in self.each:
            yield connection, np.flatnonzero(edges.connects == connection.index)

    def _indices(self, connection: ConnectEdges, edges: Edges) -> np.ndarray:
        first, rule = self._first(connection.index), connection.rule
        if first is not None and isinstance(rule, Pairs):
            return first + edges.k
        if first is not None and isinstance(rule, AllToAll) and rule.autapses:
            return first + edges.source * connection.target.size + edges.target
        ks, codes, order = self._known[connection.index]
        return order[np.searchsorted(codes, _codes(ks, edges))]

    def _first(self, c: int) -> int | None:
        """Index of the first edge of a ``connect``, if the rules before it tell."""
        before = [
            one.rule.exact_number(one.source.size, one.target.size, one.shift)
            for one in self.each[:c]
        ]
        return None if None in before else sum(n for n in before if n is not None)

    @cached_property
    def _known(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each ``connect``: values of `k`; sorted codes; index of the edge of each code."""
        found, first = [], 0
        for connection in self.each:
            edges = connection.edges_in_order()
            ks = np.unique(edges.k)
            codes = _codes(ks, edges)
            order = np.argsort(codes)
            found.append((ks, codes[order], first + order))
            first += len(edges)
        return found


@dataclass(frozen=True, eq=False)
class LocalEdges:
    """A rank's edges of one object or one ``connect``, in the order of creation.

    Attributes
    ----------
    edges : Edges
    keys : int64 array (4, n)
        By these, first one first, the edges of all ranks stand in the order of creation.
    position : int array (n,)
        Where each lies in the arrays of the program.
    """

    edges: Edges
    keys: np.ndarray
    position: np.ndarray

    @classmethod
    def of(cls, connection: ConnectEdges, edges: Edges, position: np.ndarray) -> LocalEdges:
        """Edges of one ``connect`` and their positions, given in any order."""
        keys = ObjectEdges((connection,)).creation_keys(edges)
        order = np.lexsort(keys[::-1])
        return cls(edges.taken(order), keys[:, order], position[order])

    @classmethod
    def joined(cls, parts: Sequence[LocalEdges]) -> LocalEdges:
        """The edges of several ``connect``, which get their indices in `parts`."""
        keys = [
            np.concatenate([np.full((1, len(p.edges)), c), p.keys[1:]]) for c, p in enumerate(parts)
        ]
        return cls(
            joined([no_edges(), *(replace(p.edges, connect=c) for c, p in enumerate(parts))]),
            np.concatenate([np.empty((4, 0), dtype=np.int64), *keys], axis=1),
            np.concatenate([np.empty(0, dtype=np.int64), *(p.position for p in parts)]),
        )


def _codes(known: np.ndarray, edges: Edges) -> np.ndarray:
    """One number (int64 (n,)) for each identity whose `k` is among the `known` ones."""
    return edges.major * max(1, known.size) + np.searchsorted(known, edges.k)
