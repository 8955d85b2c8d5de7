"""Positions of each rank's synapses among those of all ranks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from distsnn.assemble.edges.connections import LocalEdges
from distsnn.exchange import World
from distsnn.run.state.state_in_memory import StateReader, StateWriter

# Synapses of all ranks that are brought into order at once.
_BLOCK = 1 << 21


@dataclass(frozen=True, eq=False)
class EdgeOrder:
    """Local edges of one object or ``connect`` among those of all ranks.

    Attributes
    ----------
    index : int64 array (n,)
        Index of each in the order of creation, ascending.
    position : int array (n,)
        Where each lies in the arrays of the program.
    size : int
        Number of edges of all ranks.
    """

    index: np.ndarray
    position: np.ndarray
    size: int

    def write(self, file: StateWriter, path: str, array: np.ndarray) -> None:
        """Write the values that an array of the program has of the edges."""
        file.write_local(path, self.index, array[self.position], self.size)

    def read(self, file: StateReader, path: str, array: np.ndarray) -> None:
        """Read them into the array."""
        array[self.position] = file.read_local(path, self.index)


class SavedEdges:
    """The order of local edges in checkpoints, which is found once for each object or table."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, list[EdgeOrder]] = {}

    def of(self, name: str, edges: Callable[[], Sequence[LocalEdges]]) -> list[EdgeOrder]:
        """The order of each part of an object or table, by its name. Collective."""
        if name not in self._known:
            found: list[EdgeOrder] = []
            for local in edges():
                index, size = positions_in_order(self._world, local.keys)
                found.append(EdgeOrder(index, local.position, size))
            self._known[name] = found
        return self._known[name]


def positions_in_order(
    world: World, keys: np.ndarray, block: int = _BLOCK
) -> tuple[np.ndarray, int]:
    """Number of each own element among those of all ranks, in the order of their keys.

    Collective. A block of neighboring elements at a time, so that no rank holds all.

    Parameters
    ----------
    keys : int64 array (k, n)
        Keys of the own elements, first one first, by which they are in order; no two elements
        of all ranks have the same.
    block : int
        About the number of elements in a block.

    Returns
    -------
    positions : int64 array (n,)
        Ascending.
    size : int
        Number of elements of all ranks.
    """
    n = keys.shape[1]
    if world.size == 1:
        return np.arange(n), n
    bounds = _cut(world, keys, max(1, block // world.size))
    positions = np.empty(n, dtype=np.int64)
    size = 0
    for first, last in pairwise(bounds):
        parts = world.allgather_object(keys[:, first:last])
        before = sum(part.shape[1] for part in parts[: world.rank])
        joined = np.concatenate(parts, axis=1)
        rank_of = np.empty(joined.shape[1], dtype=np.int64)
        rank_of[np.lexsort(joined[::-1])] = np.arange(joined.shape[1])
        positions[first:last] = size + rank_of[before : before + last - first]
        size += joined.shape[1]
    return positions, size


def _cut(world: World, keys: np.ndarray, step: int) -> list[int]:
    """Positions at which local elements are cut, at the same keys on all ranks."""
    samples = np.concatenate(world.allgather_object(keys[:, step::step]), axis=1)
    n_samples = samples.shape[1]
    joined = np.concatenate([samples, keys], axis=1)
    is_sample = np.arange(joined.shape[1]) < n_samples
    # A cut stands before the element with its key.
    order = np.lexsort((~is_sample, *joined[::-1]))
    before = np.cumsum(~is_sample[order])[is_sample[order]]
    cuts = before[:: world.size].tolist()
    return [0, *cuts, keys.shape[1]]
