"""The synapses that a rank has, with their values, a range of sources at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.projection_edges import creation_keys, draw_edges
from distsnn.assemble.edges.synapse_edges import SynapseEdges, creation_keys_of, synapse_edges
from distsnn.assemble.synapses.local_synapses import delay_steps, parse_description, synapse_values
from distsnn.assemble.values.drawn_values import value_position
from distsnn.assemble.values.edge_values import delays_of, weights_of
from distsnn.assemble.values.pair_values import Ends
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapseDescription
from distsnn.describe.synapses.projections import ProjectionDescription, Slice
from distsnn.layout.delays import AXONAL, DENDRITIC
from distsnn.layout.partition import Partition
from distsnn.layout.shared_tables import weight_type

WEIGHT, DELAY, DENDRITIC_DELAY = "syn_weight", "delay", "dendritic_delay"


@dataclass(frozen=True, eq=False)
class OwnEdges:
    """Some synapses of one object, sorted by source, target and number within the pair.

    Attributes
    ----------
    source, target : int64 (n,)
        Indices within the source and target slices.
    number : int64 (n,)
        Number among the synapses of the same source and target, in the order of creation.
    values : dict of str to float64 (n,)
    """

    source: np.ndarray
    target: np.ndarray
    number: np.ndarray
    values: dict[str, np.ndarray]


def projection_values(
    description: NetworkDescription, projection: ProjectionDescription, edges: EdgeChunk
) -> dict[str, np.ndarray]:
    """Weights, and delays (ms) as simulated, of edges of a projection as they are at the start."""
    n_target, ones = projection.target.size, np.ones(edges.source.size)
    weight_at = value_position(projection.weight, projection.rule, n_target, edges)
    weight = weights_of(description, projection)(edges, weight_at)
    # Bounds do not matter here.
    texts = [(projection.name, part) for part in (AXONAL, DENDRITIC)]
    delays = delays_of(description, projection, dict.fromkeys(texts, (0, 0)))
    stored = np.dtype("f8" if projection.changes else weight_type(projection) or "f8")
    return {
        WEIGHT: (ones * weight).astype(stored).astype(np.float64),
        DELAY: ones * delays.axonal.steps(edges) * description.dt,
        DENDRITIC_DELAY: ones * delays.dendritic.steps(edges) * description.dt,
    }


def own_projection_edges(
    description: NetworkDescription,
    partition: Partition,
    projections: Sequence[ProjectionDescription],
    first: int,
    last: int,
    changed: Mapping[str, tuple[EdgeChunk, np.ndarray]],
) -> OwnEdges:
    """A rank's synapses of an object onto a ready receptor, with sources ``first <= i < last``.

    `changed` has the own edges of projections with a rule, and their weights now, by name.
    """
    parts: list[EdgeChunk] = []
    keys: list[np.ndarray] = []
    values: list[dict[str, np.ndarray]] = []
    for p, projection in enumerate(projections):
        now = changed.get(projection.name)
        chunks = _drawn(description, partition, projection) if now is None else [now[0]]
        for chunk in chunks:
            chosen = np.flatnonzero((chunk.source >= first) & (chunk.source < last))
            own = chunk.taken(chosen)
            parts.append(own)
            order = creation_keys(projection.rule, own)
            keys.append(np.stack([np.full(own.source.size, p), *order]))
            found = projection_values(description, projection, own)
            values.append(found if now is None else found | {WEIGHT: now[1][chosen]})
    return _sorted(
        np.concatenate([np.empty(0, np.int64), *(part.source for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.target for part in parts)]),
        np.concatenate([np.empty((4, 0), np.int64), *keys], axis=1),
        {
            name: np.concatenate([np.empty(0), *(found[name] for found in values)])
            for name in (WEIGHT, DELAY, DENDRITIC_DELAY)
        },
    )


def _drawn(
    description: NetworkDescription, partition: Partition, projection: ProjectionDescription
) -> Iterator[EdgeChunk]:
    rule = Ends(description, projection.source, projection.target).bind(
        projection.rule, projection.name
    )
    return draw_edges(
        rule,
        projection.source.size,
        projection.target.size,
        projection.shift,
        stream_key(description.seed, "edges", projection.name),
        own_ranges(partition, projection.target),
    )


def own_synapse_edges(
    description: NetworkDescription,
    synapses: SynapseDescription,
    edges: SynapseEdges,
    changed: Mapping[str, np.ndarray],
) -> OwnEdges:
    """Some synapses with statements.

    `changed` has the values of variables that are not those of the description, in the order of
    `edges`.
    """
    text = parse_description(description, synapses)
    known = synapse_values(description, synapses, edges, text)
    values = {name: changed[name] if name in changed else known.of(name) for name in text.variables}
    if "pre" in synapses.texts.pathways:
        values[DELAY] = delay_steps(known, "pre", description.dt) * description.dt
    keys = np.stack(creation_keys_of(synapses, edges))
    return _sorted(edges.source, edges.target, keys, values)


def own_ranges(partition: Partition, target: Slice) -> list[tuple[int, int]]:
    """The ranges of a slice that a rank owns, counted from the start of the slice."""
    own = partition.within(target.group, target.start, target.stop)
    return [(r.start - target.start, r.stop - target.start) for r in own]


def drawn_synapse_edges(
    description: NetworkDescription, partition: Partition, synapses: SynapseDescription
) -> SynapseEdges:
    """A rank's synapses of an object with statements."""
    return synapse_edges(description, synapses, own_ranges(partition, synapses.target))


def between(edges: OwnEdges, first: int, last: int) -> OwnEdges:
    """Those with sources ``first <= i < last``."""
    own = slice(*np.searchsorted(edges.source, [first, last]))
    return _each(edges, lambda values: values[own])


def joined(parts: Sequence[OwnEdges]) -> OwnEdges:
    """Synapses of several ranks in their order."""
    if len(parts) == 1:
        return parts[0]
    source, target, number = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("source", "target", "number")
    )
    names = parts[0].values
    values = {name: np.concatenate([part.values[name] for part in parts]) for name in names}
    order = np.lexsort((number, target, source))
    return _each(OwnEdges(source, target, number, values), lambda column: column[order])


def _sorted(
    source: np.ndarray, target: np.ndarray, keys: np.ndarray, values: dict[str, Any]
) -> OwnEdges:
    order = np.lexsort((*keys[::-1], target, source))
    edges = _each(
        OwnEdges(source, target, np.zeros_like(source), values), lambda column: column[order]
    )
    # All synapses of a pair are on one rank.
    new = np.ones(order.size, dtype=bool)
    new[1:] = (np.diff(edges.source) != 0) | (np.diff(edges.target) != 0)
    position = np.arange(order.size)
    edges.number[:] = position - np.maximum.accumulate(np.where(new, position, 0))
    return edges


def _each(edges: OwnEdges, act: Callable[[np.ndarray], np.ndarray]) -> OwnEdges:
    return OwnEdges(
        act(edges.source),
        act(edges.target),
        act(edges.number),
        {name: act(values) for name, values in edges.values.items()},
    )
