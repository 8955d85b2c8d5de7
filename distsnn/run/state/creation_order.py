"""Where each rank's synapses belong among those of all ranks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from distsnn.exchange import World

# Synapses of all ranks that are brought into order at once.
_BLOCK = 1 << 21


def positions_in_order(
    world: World, keys: np.ndarray, block: int = _BLOCK
) -> tuple[np.ndarray, int]:
    """Number of each own element among those of all ranks, in the order of their keys.

    Collective. A block of neighboring elements at a time, so that no rank holds all.

    Parameters
    ----------
    world : World
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
        together = np.concatenate(parts, axis=1)
        rank_of = np.empty(together.shape[1], dtype=np.int64)
        rank_of[np.lexsort(together[::-1])] = np.arange(together.shape[1])
        positions[first:last] = size + rank_of[before : before + last - first]
        size += together.shape[1]
    return positions, size


def _cut(world: World, keys: np.ndarray, step: int) -> list[int]:
    """Where the own elements are cut, at the same keys on all ranks."""
    samples = np.concatenate(world.allgather_object(keys[:, step::step]), axis=1)
    n_samples = samples.shape[1]
    joined = np.concatenate([samples, keys], axis=1)
    is_sample = np.arange(joined.shape[1]) < n_samples
    # A cut stands before the element with its key.
    order = np.lexsort((~is_sample, *joined[::-1]))
    before = np.cumsum(~is_sample[order])[is_sample[order]]
    cuts = before[:: world.size].tolist()
    return [0, *cuts, keys.shape[1]]
