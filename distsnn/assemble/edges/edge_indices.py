"""Numbers of edges in the order in which they are created."""

from __future__ import annotations

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.projection_edges import creation_keys
from distsnn.assemble.edges.projection_edges import edges as all_edges
from distsnn.assemble.values.pair_values import Ends
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.given import PerSynapse
from distsnn.errors import ParameterError


class NumberedEdges:
    """Numbers of edges in the order of creation, for values that are given in it.

    Every rank draws all edges for it.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription

    Raises
    ------
    ParameterError
        If its weight is `PerSynapse` and there are not as many values as edges.
    """

    def __init__(self, description: NetworkDescription, projection: ProjectionDescription) -> None:
        ends = Ends(description, projection.source, projection.target)
        self.rule = ends.bind(projection.rule, projection.name)
        everything = all_edges(
            self.rule,
            ends.source.size,
            ends.target.size,
            projection.shift,
            stream_key(description.seed, "edges", projection.name),
        )
        given = projection.weight
        n = given.values.size if isinstance(given, PerSynapse) else everything.source.size
        if n != everything.source.size:
            raise ParameterError(
                projection.name,
                f"weight has {n} values",
                f"there are {everything.source.size} synapses",
                "give one for each, in the order of creation, or a number",
                shape=(n,),
            )
        first, second, last = creation_keys(self.rule, everything)
        self._width = int(second.max(initial=0)) + 1
        self._pairs = np.unique(first * self._width + second)
        self._lasts = np.unique(last)
        self._codes = np.sort(self._code(first, second, last))

    def of(self, edges: EdgeChunk) -> np.ndarray:
        """Numbers (int64 (n,)) of some edges."""
        return np.searchsorted(self._codes, self._code(*creation_keys(self.rule, edges)))

    def _code(self, first: np.ndarray, second: np.ndarray, last: np.ndarray) -> np.ndarray:
        """One number (int64 (n,)) for the three keys of each edge, in the same order as these."""
        pair = np.searchsorted(self._pairs, first * self._width + second)
        return pair * self._lasts.size + np.searchsorted(self._lasts, last)
