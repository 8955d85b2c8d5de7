"""The partition of neurons over ranks.

Every group is cut into strata wherever one of the network's slices begins or ends, and every
stratum is cut into one contiguous piece for each rank. So neurons with the same connections are
spread evenly, and a rank's neurons in any slice are a short list of ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import Slice


@dataclass(frozen=True)
class Range:
    """Neurons ``start <= index < stop`` of a group, with local indices from `first_lid`."""

    start: int
    stop: int
    first_lid: int


@dataclass(frozen=True)
class Partition:
    """The neurons that `rank` of `size` ranks owns.

    Attributes
    ----------
    ranges : tuple of tuple of Range
        For each group the owned ranges, ascending in index and in lid, none empty.
    counts : tuple of int
        Number of owned neurons of each group.
    max_count : int
        Largest number of neurons that any rank owns.
    """

    rank: int
    size: int
    ranges: tuple[tuple[Range, ...], ...]
    counts: tuple[int, ...]
    max_count: int

    def within(self, group: int, start: int, stop: int) -> tuple[Range, ...]:
        """The owned ranges of `group` that lie in the slice ``start <= index < stop``."""
        parts = []
        for part in self.ranges[group]:
            low, high = max(part.start, start), min(part.stop, stop)
            if low < high:
                parts.append(Range(low, high, part.first_lid + low - part.start))
        return tuple(parts)


def partition_network(description: NetworkDescription, rank: int, size: int) -> Partition:
    """The part of `rank` among `size` ranks (a pure function of its arguments)."""
    all_ranges = []
    loads = np.zeros(size, dtype=np.int64)
    for group, first_gid in enumerate(description.first_gids):
        ranges: list[Range] = []
        lid = 0
        for start, stop in pairwise(description.cuts(group)):
            low, high = _pieces(start, stop, first_gid, np.arange(size), size)
            loads += high - low
            first, last = int(low[rank]), int(high[rank])
            if first < last:
                ranges.append(Range(first, last, lid))
                lid += last - first
        all_ranges.append(tuple(_joined(ranges)))
    counts = tuple(sum(r.stop - r.start for r in ranges) for ranges in all_ranges)
    return Partition(rank, size, tuple(all_ranges), counts, int(loads.max()))


def owned_counts(description: NetworkDescription, part: Slice, size: int) -> np.ndarray:
    """Number (int64 (size,)) of members of a slice that each of `size` ranks owns."""
    first_gid, owned = description.first_gids[part.group], np.zeros(size, dtype=np.int64)
    for start, stop in pairwise(description.cuts(part.group)):
        low, high = _pieces(start, stop, first_gid, np.arange(size), size)
        owned += np.maximum(0, np.minimum(high, part.stop) - np.maximum(low, part.start))
    return owned


def owners(description: NetworkDescription, gid: np.ndarray, size: int) -> np.ndarray:
    """The rank (int64 (n,)) among `size` that owns each of some neurons (int64 (n,))."""
    cuts = [
        (first_gid + start, first_gid + stop)
        for group, first_gid in enumerate(description.first_gids)
        for start, stop in pairwise(description.cuts(group))
    ]
    starts, stops = np.array(cuts, dtype=np.int64).reshape(-1, 2).T
    stratum = np.searchsorted(starts, gid, side="right") - 1
    start = starts[stratum]
    # The inverse of `_pieces`: the last piece that begins at or before the neuron.
    piece = ((gid - start + 1) * size - 1) // (stops[stratum] - start)
    return (piece + start) % size


def places(description: NetworkDescription, group: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The rank that owns each neuron of a group, and its local index there (int64 (N,) each)."""
    n, first_gid = description.groups[group].size, description.first_gids[group]
    owner = owners(description, np.arange(first_gid, first_gid + n), size)
    lid, before = np.empty(n, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for start, stop in pairwise(description.cuts(group)):
        low, high = _pieces(start, stop, first_gid, np.arange(size), size)
        of_rank = owner[start:stop]
        lid[start:stop] = (before - low)[of_rank] + np.arange(start, stop)
        before += high - low
    return owner, lid


def _pieces(
    start: int, stop: int, first_gid: int, rank: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Where the piece of each rank (int64 arrays) of a stratum begins and ends."""
    # Pieces are dealt from a rank that moves on with the gid, so that many small strata do not
    # all fall on rank 0.
    piece = (rank - first_gid - start) % size
    n = stop - start
    return start + n * piece // size, start + n * (piece + 1) // size


def _joined(ranges: list[Range]) -> list[Range]:
    joined: list[Range] = []
    for part in ranges:
        if joined and joined[-1].stop == part.start:
            joined[-1] = Range(joined[-1].start, part.stop, joined[-1].first_lid)
        else:
            joined.append(part)
    return joined
