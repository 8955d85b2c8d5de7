"""Edges in chunks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class EdgeChunk:
    """Some edges of a projection; int64 arrays of one length.

    The arrays of a chunk from `draw_edges` are views of buffers that the next chunk reuses:
    copy what must last. `major` may be the same array as `source` or `target`.

    Attributes
    ----------
    source, target : int64, shape (n,)
        Indices within the source and target slices.
    major, k : int64, shape (n,)
        Identity of each edge, which keys its weight and delay.
    """

    source: np.ndarray
    target: np.ndarray
    major: np.ndarray
    k: np.ndarray

    def taken(self, which: np.ndarray) -> EdgeChunk:
        """The edges with these numbers (int64), in this order."""
        return EdgeChunk(self.source[which], self.target[which], self.major[which], self.k[which])

    def copied(self) -> EdgeChunk:
        """The same edges in memory of their own."""
        return EdgeChunk(*(a.copy() for a in (self.source, self.target, self.major, self.k)))


def joined(chunks: list[EdgeChunk]) -> EdgeChunk:
    """Edges of some chunks, of at least one, one after the other."""
    columns = ([getattr(c, n) for c in chunks] for n in ("source", "target", "major", "k"))
    return EdgeChunk(*(np.concatenate(column) for column in columns))
