"""Numbers of edges in the order in which they are created."""

from __future__ import annotations

import numpy as np

from distsnn.build.chunks import EdgeChunk
from distsnn.build.edges import creation_keys
from distsnn.build.edges import edges as all_edges
from distsnn.build.pair_values import Ends
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import ProjectionDescription
from distsnn.describe.values import PerSynapse
from distsnn.errors import ParameterError


class NumberedEdges:
    """Numbers of edges in the order of creation, for values that are given in it.

    Every rank draws all edges for it.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
        Its weight is `PerSynapse`.

    Raises
    ------
    ParameterError
        If there are not as many values as edges.
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
        assert isinstance(projection.weight, PerSynapse)
        n = projection.weight.values.size
        if n != everything.source.size:
            raise ParameterError(
                projection.name,
                f"weight has {n} values",
                f"there are {everything.source.size} synapses",
                "give one for each, in the order of creation, or a number",
                shape=(n,),
            )
        keys = np.stack(creation_keys(self.rule, everything))
        self._keys = keys[:, np.lexsort(keys[::-1])]
        self._width = int(self._keys[1].max(initial=0)) + 1
        self._joined = self._keys[0] * self._width + self._keys[1]

    def of(self, edges: EdgeChunk) -> np.ndarray:
        """Numbers (int64 (n,)) of some edges."""
        first, second, last = creation_keys(self.rule, edges)
        at = np.searchsorted(self._joined, first * self._width + second)
        # Among edges of a pair, or of a list, the last key decides.
        later = np.flatnonzero(self._keys[2][at] != last)
        stop = np.searchsorted(self._joined, self._joined[at[later]], side="right")
        for one, b in zip(later.tolist(), stop.tolist(), strict=True):
            at[one] += np.searchsorted(self._keys[2][at[one] : b], last[one])
        return at
