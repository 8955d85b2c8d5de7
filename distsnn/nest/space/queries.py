"""Questions about positions, and about who is joined to whom."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.nest.connections.synapse_collection import GetConnections, SynapseCollection
from distsnn.nest.nodes.collection import NodeCollection, positions_of
from distsnn.nest.space.masks import Mask
from distsnn.nest.space.neighbors import Space


def GetPosition(nodes: NodeCollection) -> Any:
    """Position of each node, a list of coordinates; of one node without a list around it."""
    found = positions_of(nodes).tolist()
    return found[0] if len(found) == 1 else found


def _displacements(from_arg: Any, to_arg: Any) -> np.ndarray:
    """Ways from each of `to_arg` to `from_arg`, as NEST has them; or of connections."""
    if isinstance(from_arg, SynapseCollection):
        of = from_arg
        pairs = zip(of.sources(), of.targets(), strict=True)
        ends = [(NodeCollection([s]), NodeCollection([t])) for s, t in pairs]
        return np.concatenate([_displacements(s, t) for s, t in ends])
    to = positions_of(to_arg)
    given = isinstance(from_arg, NodeCollection)
    start = positions_of(from_arg) if given else np.atleast_2d(np.asarray(from_arg, np.float64))
    layer = next(to_arg.parts())[0].layer
    return Space(start, to, layer).displacement(start - to)


def Displacement(from_arg: Any, to_arg: Any = None) -> Any:
    """Positions relative to those of nodes, or of sources to targets; NEST has this sign."""
    return (_displacements(from_arg, to_arg) + 0.0).tolist()


def Distance(from_arg: Any, to_arg: Any = None) -> Any:
    """Distances from nodes or positions to nodes, or of connections."""
    return np.sqrt((_displacements(from_arg, to_arg) ** 2).sum(axis=1)).tolist()


def FindNearestElement(layer: NodeCollection, locations: Any, find_all: bool = False) -> Any:
    """The node nearest to a position, or with `find_all` a list of all that are as near.

    Of several positions a list of these.
    """
    found: list[Any] = []
    for location in np.atleast_2d(np.asarray(locations, dtype=np.float64)):
        distances = np.array(Distance(location, layer))
        nearest = np.flatnonzero(distances <= distances.min() + 1e-14)
        found.append([layer[int(k)] for k in nearest] if find_all else layer[int(nearest[0])])
    return found[0] if np.ndim(locations) == 1 else found


def FindCenterElement(layer: NodeCollection) -> NodeCollection:
    """The node nearest to the center of a layer."""
    spatial = layer.spatial
    assert spatial is not None
    nearest: NodeCollection = FindNearestElement(layer, spatial["center"])
    return nearest


def SelectNodesByMask(layer: NodeCollection, anchor: Any, mask_obj: Mask) -> NodeCollection:
    """The nodes in a mask around a position."""
    away = -_displacements(np.asarray(anchor, dtype=np.float64), layer)
    return layer[mask_obj.inside(away)]


def GetTargetNodes(
    sources: NodeCollection, tgt_layer: NodeCollection, syn_model: Any = None
) -> Any:
    """The targets of each source, a tuple of NodeCollection."""
    found = GetConnections(sources, tgt_layer, syn_model)
    ends = np.array(list(found.sources())), np.array(list(found.targets()))
    return tuple(NodeCollection(np.unique(ends[1][ends[0] == s])) for s in sources.tolist())


def GetSourceNodes(
    src_layer: NodeCollection, targets: NodeCollection, syn_model: Any = None
) -> Any:
    """The sources of each target, a tuple of NodeCollection."""
    found = GetConnections(src_layer, targets, syn_model)
    ends = np.array(list(found.sources())), np.array(list(found.targets()))
    return tuple(NodeCollection(np.unique(ends[0][ends[1] == t])) for t in targets.tolist())


def _positions_of_ends(gids: np.ndarray, own: np.ndarray, asked: NodeCollection) -> Any:
    found = []
    for node in asked.tolist():
        ends, index = np.unique(gids[own == node], return_inverse=True)
        rows = positions_of(NodeCollection(ends))[index] if ends.size else np.empty((0, 2))
        found.append(rows.tolist())
    return found


def GetTargetPositions(
    sources: NodeCollection, tgt_layer: NodeCollection, syn_model: Any = None
) -> Any:
    """The positions of the targets of each source, for each connection."""
    found = GetConnections(sources, tgt_layer, syn_model)
    ends = np.array(list(found.sources())), np.array(list(found.targets()))
    return _positions_of_ends(ends[1], ends[0], sources)


def GetSourcePositions(
    src_layer: NodeCollection, targets: NodeCollection, syn_model: Any = None
) -> Any:
    """The positions of the sources of each target, for each connection."""
    found = GetConnections(src_layer, targets, syn_model)
    ends = np.array(list(found.sources())), np.array(list(found.targets()))
    return _positions_of_ends(ends[0], ends[1], targets)
