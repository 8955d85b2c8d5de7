"""The synapses of a worker in the backward pass: rows of those that have a source in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges
from distsnn.assemble.edges.edge_values import edge_weights
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.local_edges import DELAY, DENDRITIC_DELAY, projection_values
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.exchange import World
from distsnn.layout.partition import Partition
from distsnn.layout.shared_tables import weight_type

# That of no synapses, in steps.
_NO_DELAY = 1 << 30


@dataclass(eq=False)
class AdjointRows:
    """The local synapses of one ``connect``, by source, then delay, then target.

    Attributes
    ----------
    edges : Edges
    begins : int64 array (sources + 1,)
    target, delay : int32 array (n,)
        Local index of the target, and delay in steps.
    position : int64 array (n,)
        Index of each among all synapses of the ``connect``, in the order of creation.
    """

    edges: Edges
    begins: np.ndarray
    target: np.ndarray
    delay: np.ndarray
    position: np.ndarray
    # What the weights were made of, and the weights.
    _made: tuple[object, np.ndarray] | None = field(init=False, default=None)

    @classmethod
    def of(
        cls,
        description: NetworkDescription,
        projection: ProjectionDescription,
        partition: Partition,
    ) -> AdjointRows:
        """Draw the synapses."""
        connection = ConnectEdges.of(description, projection)
        edges = connection.edges(connection.local_ranges(partition))
        values = projection_values(description, projection, edges)
        delay = np.rint((values[DELAY] + values[DENDRITIC_DELAY]) / description.dt)
        target = np.empty(len(edges), dtype=np.int32)
        for part in partition.of_slice(projection.target):
            start = part.start - projection.target.start
            stop = part.stop - projection.target.start
            inside = (edges.target >= start) & (edges.target < stop)
            target[inside] = edges.target[inside] - start + part.first_lid
        order = np.lexsort((target, delay, edges.source))
        position = ObjectEdges((connection,)).indices(edges)
        edges = edges.taken(order)
        begins = np.searchsorted(edges.source, np.arange(projection.source.size + 1))
        return cls(edges, begins, target[order], delay[order].astype(np.int32), position[order])

    def weights(
        self, description: NetworkDescription, projection: ProjectionDescription
    ) -> np.ndarray:
        """Weight (float64 (n,)) of each synapse as it is now; drawn anew if it was set."""
        if self._made is None or self._made[0] is not projection.weight:
            given = edge_weights(description, projection)(self.edges)
            stored = np.dtype(weight_type(projection) or "f8")
            weight = np.array(np.broadcast_to(given, (len(self.edges),)))
            self._made = projection.weight, weight.astype(stored).astype(np.float64)
        return self._made[1]

    @property
    def delays(self) -> tuple[int, int]:
        """Shortest and longest delay, in steps; of no synapses a very long one and 0."""
        if not self.delay.size:
            return _NO_DELAY, 0
        return int(self.delay.min()), int(self.delay.max())


def delays_of_all(world: World, tables: Sequence[AdjointRows]) -> tuple[int, int]:
    """Shortest and longest delay (steps) of the synapses of all ranks. Collective."""
    each = [rows.delays for rows in tables]
    mine = min((low for low, _ in each), default=_NO_DELAY), max((d for _, d in each), default=0)
    of_all = world.allgather_object(mine)
    return min(low for low, _ in of_all), max(high for _, high in of_all)
