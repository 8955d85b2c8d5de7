"""The synapses that a rank has, with their values, a range of sources at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edge_delays import edge_delays
from distsnn.assemble.edges.edge_values import edge_weights
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.projection_edges import creation_keys
from distsnn.assemble.edges.synapse_variables import SynapseVariables
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.layout.partition import Partition
from distsnn.layout.shared_tables import weight_type

WEIGHT, DELAY, DENDRITIC_DELAY = "syn_weight", "delay", "dendritic_delay"


@dataclass(frozen=True, eq=False)
class SortedEdges:
    """Some synapses of one object, sorted by source, target and number within the pair.

    Attributes
    ----------
    source, target : int64 (n,)
        Indices within the source and target slices.
    copy : int64 (n,)
        Number among the synapses of the same source and target, in the order of creation.
    values : dict of str to float64 (n,)
    """

    source: np.ndarray
    target: np.ndarray
    copy: np.ndarray
    values: dict[str, np.ndarray]


def projection_values(
    description: NetworkDescription, projection: ProjectionDescription, edges: Edges
) -> dict[str, np.ndarray]:
    """Weights, and delays (ms) as simulated, of edges of a projection as they are at the start."""
    ones = np.ones(len(edges))
    weight = edge_weights(description, projection)(edges)
    # Bounds do not matter here.
    delays = edge_delays(description, projection, {})
    stored = np.dtype("f8" if projection.changes else weight_type(projection) or "f8")
    return {
        WEIGHT: (ones * weight).astype(stored).astype(np.float64),
        DELAY: ones * delays.axonal.steps(edges) * description.dt,
        DENDRITIC_DELAY: ones * delays.dendritic.steps(edges) * description.dt,
    }


def local_projection_edges(
    description: NetworkDescription,
    partition: Partition,
    projections: Sequence[ProjectionDescription],
    first: int,
    last: int,
    changed: Mapping[str, tuple[Edges, np.ndarray]],
) -> SortedEdges:
    """A rank's synapses of an object onto a built-in receptor, with sources ``first <= i < last``.

    `changed` has the own edges of projections with a rule, and their weights now, by name.
    """
    parts: list[Edges] = []
    keys: list[np.ndarray] = []
    values: list[dict[str, np.ndarray]] = []
    for p, projection in enumerate(projections):
        now = changed.get(projection.name)
        connection = ConnectEdges.of(description, projection)
        drawn = connection.draw(connection.local_ranges(partition))
        for chunk in drawn if now is None else [now[0]]:
            chosen = np.flatnonzero((chunk.source >= first) & (chunk.source < last))
            local = chunk.taken(chosen)
            parts.append(local)
            order = creation_keys(projection.rule, local)
            keys.append(np.stack([np.full(local.source.size, p), *order]))
            found = projection_values(description, projection, local)
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


def local_synapse_edges(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    edges: Edges,
    changed: Mapping[str, np.ndarray],
) -> SortedEdges:
    """Some equation-based synapses.

    `changed` has the values of variables that are not those of the description, in the order of
    `edges`.
    """
    variables = SynapseVariables(description, synapses)
    known = variables.at(edges)
    values = {
        name: changed[name] if name in changed else known.of(name)
        for name in variables.parsed.variables
    }
    if "pre" in synapses.strings.pathways:
        values[DELAY] = known.delay_steps("pre") * description.dt
    keys = variables.connections.creation_keys(edges)
    return _sorted(edges.source, edges.target, keys, values)


def between(edges: SortedEdges, first: int, last: int) -> SortedEdges:
    """Those with sources ``first <= i < last``."""
    local = slice(*np.searchsorted(edges.source, [first, last]))
    return _each(edges, lambda values: values[local])


def joined(parts: Sequence[SortedEdges]) -> SortedEdges:
    """Synapses of several ranks in their order."""
    if len(parts) == 1:
        return parts[0]
    source, target, copy = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("source", "target", "copy")
    )
    names = parts[0].values
    values = {name: np.concatenate([part.values[name] for part in parts]) for name in names}
    order = np.lexsort((copy, target, source))
    return _each(SortedEdges(source, target, copy, values), lambda column: column[order])


def _sorted(
    source: np.ndarray, target: np.ndarray, keys: np.ndarray, values: dict[str, Any]
) -> SortedEdges:
    order = np.lexsort((*keys[::-1], target, source))
    edges = _each(
        SortedEdges(source, target, np.zeros_like(source), values), lambda column: column[order]
    )
    # All synapses of a pair are on one rank.
    new = np.ones(order.size, dtype=bool)
    new[1:] = (np.diff(edges.source) != 0) | (np.diff(edges.target) != 0)
    position = np.arange(order.size)
    edges.copy[:] = position - np.maximum.accumulate(np.where(new, position, 0))
    return edges


def _each(edges: SortedEdges, act: Callable[[np.ndarray], np.ndarray]) -> SortedEdges:
    return SortedEdges(
        act(edges.source),
        act(edges.target),
        act(edges.copy),
        {name: act(values) for name, values in edges.values.items()},
    )
