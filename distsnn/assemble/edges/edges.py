"""Edges: synapses as pairs of neurons, with the identity that keys all that is drawn for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Edges:
    """Some synapses of one object; int64 arrays of one length.

    The arrays of a chunk from `draw_edges` are views of buffers that the next chunk reuses:
    copy what must last. `major` may be the same array as `source` or `target`.

    Attributes
    ----------
    source, target : int64, shape (n,)
        Indices within the source and target slices.
    major, k : int64, shape (n,)
        Identity of each synapse within its ``connect``, which keys its random values.
    connect : int or int64 array (n,)
        Index of the ``connect`` that made them; one number for all, or one for each.
    """

    source: np.ndarray
    target: np.ndarray
    major: np.ndarray
    k: np.ndarray
    connect: np.ndarray | int = 0

    def __len__(self) -> int:
        return int(self.source.size)

    @property
    def connects(self) -> np.ndarray:
        """Index (int64 (n,)) of the ``connect`` that made each synapse."""
        if isinstance(self.connect, int):
            return np.full(len(self), self.connect, dtype=np.int64)
        return self.connect

    def taken(self, which: np.ndarray) -> Edges:
        """The edges with these positions (int64 or bool), in this order."""
        connect = self.connect if isinstance(self.connect, int) else self.connect[which]
        source, target, major, k = self.source, self.target, self.major, self.k
        return Edges(source[which], target[which], major[which], k[which], connect)

    def copied(self) -> Edges:
        """The same edges in arrays that nothing else uses."""
        source, target, major, k = self.source, self.target, self.major, self.k
        return Edges(source.copy(), target.copy(), major.copy(), k.copy(), self.connect)


def no_edges(connect: int = 0) -> Edges:
    """Edges of which there are none."""
    none = np.empty(0, dtype=np.int64)
    return Edges(none, none, none, none, connect)


def collected(chunks: Iterable[Edges], connect: int = 0) -> Edges:
    """All edges of some chunks that are drawn one after the other, if any."""
    return joined([no_edges(connect), *(chunk.copied() for chunk in chunks)])


def joined(parts: Sequence[Edges]) -> Edges:
    """Edges of some parts, of at least one, one after the other."""
    source, target, major, k = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("source", "target", "major", "k")
    )
    connect = {part.connect if isinstance(part.connect, int) else None for part in parts}
    common = connect.pop() if len(connect) == 1 else None
    if common is None:
        connects = np.concatenate([part.connects for part in parts])
        return Edges(source, target, major, k, connects)
    return Edges(source, target, major, k, common)


def pair_indices(i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Index (int64 (n,)) of each synapse among those of its pair, in the order given."""
    order = np.lexsort((j, i))
    first = np.ones(i.size, dtype=bool)
    first[1:] = (np.diff(i[order]) != 0) | (np.diff(j[order]) != 0)
    starts = np.flatnonzero(first)
    number = np.empty(i.size, dtype=np.int64)
    number[order] = np.arange(i.size) - np.repeat(starts, np.diff(np.append(starts, i.size)))
    return number
