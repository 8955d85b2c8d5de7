"""The synapses of a projection, drawn by any rank for the targets it owns.

Every edge is a pure function of the key and of its identity (major, k), never of the rank
or the ranges asked for; a rank's cost is that of its own edges (plus, for `FixedOutdegree`,
a logarithmic search for each source). What is drawn, and how:

- `AllToAll`: major is the target, k the source. `OneToOne`: major is the target, k is 0.
  `Pairs`: major is 0, k the position in the lists. Nothing is drawn.
- `Bernoulli`: the in-degree of a target is binomial; then as `FixedIndegree` without
  multapses, which together is the same as a coin for each pair.
- `FixedIndegree`: major is the target, k the number within it. With multapses the source
  is floor(u n). Without, sources are a uniform subset chosen by Floyd's algorithm, which takes
  one draw for each edge up to the complete projection.
- `FixedTotalNumber`: a fixed binary tree over the targets divides the number among them, each
  node by a binomial number (hypergeometric without multapses) of its own counter; a rank
  descends only where its targets are. Then as `FixedIndegree`.
- `StoredRule`: major is 0, k the place where a synapse is stored. Nothing is drawn.
- `FixedOutdegree`: major is the source, k the number within it. Each source divides its
  synapses by the same kind of tree; nodes with at most 32 synapses are drawn whole if
  they overlap the own targets, and edges to other ranks' targets dropped.

Where autapses are excluded, the index is drawn among the allowed neurons and moved past the
excluded one. The counter words are (major low, major high, k low, k high) for edges; the
binomial and hypergeometric numbers set the top bit of the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.array_edges import ArrayRule
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.expression_edges import BoundRule, draw_expression_edges
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.fixed_rules import FixedIndegree, FixedOutdegree, FixedTotalNumber
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, OneToOne, Pairs
from distsnn.describe.synapses.stored_rule import StoredRule
from distsnn.kernels.connect.connect_sources import (
    draw_index_up_to,
    draw_uniform_index,
    enumerate_edges,
    fill_top,
    make_distinct,
    skip_excluded,
)
from distsnn.kernels.connect.connect_split import LEAF, enumerate_by_source, keep_local, split_total
from distsnn.kernels.draws.binomial import draw_binomial

CHUNK = 65536
# An offset that leads to no neuron of any group, for rules that exclude nobody.
_NOBODY = -(1 << 62)


@dataclass(frozen=True)
class _Projection:
    rule: ConnectionRule
    n_source: int
    n_target: int
    offset: int  # source - target of an excluded pair
    distinct: bool  # whether a pair has at most one edge
    k0: np.uint32
    k1: np.uint32
    chunk: int


def draw_edges(
    rule: ConnectionRule | BoundRule,
    n_source: int,
    n_target: int,
    shift: int | None,
    key: tuple[int, int],
    target_ranges: Sequence[tuple[int, int]],
    chunk: int = CHUNK,
) -> Iterator[Edges]:
    """Draw the edges to some targets.

    Parameters
    ----------
    rule : ConnectionRule or BoundRule
        A rule that passed its `check`; a `ExpressionRule` must be bound.
    n_source, n_target : int
        Sizes of the source and target slices.
    shift : int or None
        Start of the source slice minus start of the target slice if both are in one group.
    key : tuple of two int
        Key of the stream (`distsnn.describe.keys.stream_key`).
    target_ranges : sequence of (int, int)
        Ascending disjoint ranges low <= target < high.
    chunk : int
        Largest number of edges in a chunk, at least 32.

    Yields
    ------
    Edges
        Edges of one target come in the same order whatever the ranges. Chunks ascend in the
        target (`FixedOutdegree`: in the source; `Pairs`: in the position).
    """
    ranges = [(int(low), int(high)) for low, high in target_ranges if high > low]
    if isinstance(rule, BoundRule):
        return draw_expression_edges(rule, key, ranges, max(chunk, LEAF))
    offset = _NOBODY if shift is None or getattr(rule, "autapses", True) else -int(shift)
    distinct = isinstance(rule, Bernoulli) or not getattr(rule, "multapses", True)
    projection = _Projection(
        rule,
        int(n_source),
        int(n_target),
        offset,
        distinct,
        np.uint32(key[0]),
        np.uint32(key[1]),
        max(chunk, LEAF),
    )
    if draw := _BY_KERNELS.get(type(rule)):
        return draw(projection, ranges)
    if isinstance(rule, StoredRule):
        return _stored(rule, ranges, max(chunk, LEAF))
    shape = (int(n_source), int(n_target), shift)
    return ArrayRule(rule, *shape, key).draw(ranges, max(chunk, LEAF))


def creation_order(rule: ConnectionRule | BoundRule, chunk: Edges) -> np.ndarray:
    """Order (int64 (n,)) in which Brian 2 creates synapses (see `creation_keys`)."""
    return np.lexsort(creation_keys(rule, chunk)[::-1])


def creation_keys(
    rule: ConnectionRule | BoundRule, chunk: Edges
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys (int64 (n,)), first one first, by which edges stand in the order of Brian 2.

    That is by source, then target, then number; those of lists in the order of the lists; those
    given as a string as their generator runs.
    """
    if isinstance(rule, BoundRule) or rule.listed:
        return chunk.major, np.zeros_like(chunk.k), chunk.k
    return chunk.source, chunk.target, chunk.k


def _pairs(projection: _Projection, ranges: list[tuple[int, int]]) -> Iterator[Edges]:
    rule = projection.rule
    assert isinstance(rule, Pairs)
    bounds = np.array(ranges, dtype=np.int64).ravel()
    for start in range(0, rule.j.size, projection.chunk):
        target = rule.j[start : start + projection.chunk]
        # Inside a range, an odd number of bounds lies at or below the target.
        local = np.flatnonzero(np.searchsorted(bounds, target, side="right") & 1)
        if local.size:
            yield Edges(rule.i[start + local], target[local], np.zeros_like(local), start + local)


def _stored(rule: StoredRule, ranges: list[tuple[int, int]], chunk: int) -> Iterator[Edges]:
    for source, target, place in rule.chunks(ranges, chunk):
        yield Edges(source, target, np.zeros_like(place), place)


def _by_target(projection: _Projection, ranges: list[tuple[int, int]]) -> Iterator[Edges]:
    target, k, source, top = np.empty((4, projection.chunk), dtype=np.int64)
    visit = np.zeros(projection.n_source if projection.distinct else 0, dtype=np.int32)
    for low, high in ranges:
        counts = _indegrees(projection, low, high)
        state = np.zeros(2, dtype=np.int64)
        while n := enumerate_edges(target, k, counts, low, state):
            chunk = Edges(source[:n], target[:n], target[:n], k[:n])
            _draw_sources(projection, chunk, counts, low, top[:n], visit)
            yield chunk


def _indegrees(projection: _Projection, low: int, high: int) -> np.ndarray:
    """Find the number of edges of each target in [low, high)."""
    rule, n_source, offset = projection.rule, projection.n_source, projection.offset
    k0, k1 = projection.k0, projection.k1
    counts = np.empty(high - low, dtype=np.int64)
    if isinstance(rule, FixedTotalNumber):
        stack = np.empty(256, dtype=np.int64)
        split_total(
            counts,
            low,
            n_source,
            projection.n_target,
            rule.number,
            offset,
            projection.distinct,
            k0,
            k1,
            stack,
        )
    elif isinstance(rule, FixedIndegree):
        counts[:] = rule.indegree
    elif isinstance(rule, OneToOne):
        counts[:] = 1
    else:
        target = np.arange(low, high, dtype=np.int64)
        excluded = target + offset
        counts[:] = n_source - ((excluded >= 0) & (excluded < n_source))
        if isinstance(rule, Bernoulli):
            draw_binomial(counts, counts, rule.p, target, k0, k1)
    return counts


def _draw_sources(
    projection: _Projection,
    edge: Edges,
    counts: np.ndarray,
    first: int,
    top: np.ndarray,
    visit: np.ndarray,
) -> None:
    """Fill the sources of enumerated edges."""
    rule, n_source, offset = projection.rule, projection.n_source, projection.offset
    key = projection.k0, projection.k1
    excludes = offset != _NOBODY
    if isinstance(rule, OneToOne):
        edge.source[:] = edge.target
    elif isinstance(rule, AllToAll):
        if excludes:
            skip_excluded(edge.k, edge.target, offset)
        edge.source[:] = edge.k
    elif not excludes and not projection.distinct:
        draw_uniform_index(edge.source, edge.target, edge.k, *key, n_source)
    else:
        fill_top(top, edge.target, edge.k, counts, first, n_source, offset, projection.distinct)
        draw_index_up_to(edge.source, edge.target, edge.k, *key, top)
        if projection.distinct:
            make_distinct(edge.source, edge.target, top, visit)
        if excludes:
            skip_excluded(edge.source, edge.target, offset)


def _by_source(projection: _Projection, ranges: list[tuple[int, int]]) -> Iterator[Edges]:
    rule = projection.rule
    assert isinstance(rule, FixedOutdegree)
    if not ranges:
        return
    source, k, target, low, top = np.empty((5, projection.chunk), dtype=np.int64)
    range_low, range_high = np.ascontiguousarray(np.array(ranges, dtype=np.int64).T)
    # Here the excluded target is known from the source.
    offset = _NOBODY if projection.offset == _NOBODY else -projection.offset
    distinct = projection.distinct
    visit = np.zeros(projection.n_target if distinct else 0, dtype=np.int32)
    state = np.zeros(2, dtype=np.int64)
    stack = np.zeros(512, dtype=np.int64)
    whole = ranges == [(0, projection.n_target)]
    while n := enumerate_by_source(
        source,
        k,
        low,
        top,
        range_low,
        range_high,
        projection.n_source,
        projection.n_target,
        rule.outdegree,
        offset,
        distinct,
        projection.k0,
        projection.k1,
        state,
        stack,
    ):
        draw_index_up_to(target[:n], source[:n], k[:n], projection.k0, projection.k1, top[:n])
        target[:n] += low[:n]
        if distinct:
            top[:n] += low[:n]
            make_distinct(target[:n], source[:n], top[:n], visit)
        if offset != _NOBODY:
            skip_excluded(target[:n], source[:n], offset)
        if not whole:
            n = keep_local(source[:n], target[:n], k[:n], range_low, range_high)
        if n:
            yield Edges(source[:n], target[:n], source[:n], k[:n])


# Rules that are not here give their synapses as arrays (see `array_edges`).
_BY_KERNELS: Mapping[type, Callable[[_Projection, list[tuple[int, int]]], Iterator[Edges]]] = {
    AllToAll: _by_target,
    OneToOne: _by_target,
    Bernoulli: _by_target,
    FixedIndegree: _by_target,
    FixedTotalNumber: _by_target,
    FixedOutdegree: _by_source,
    Pairs: _pairs,
}
