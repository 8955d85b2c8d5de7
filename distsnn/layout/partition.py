"""The partition of neurons over ranks.

Every group is cut into blocks wherever one of the network's slices begins or ends, and every
block is cut into one contiguous part for each rank. So neurons with the same connections are
spread evenly, and a rank's neurons in any slice are a short list of ranges. Groups that live
together (`layout.colocated`) are not cut; sets of them are dealt to the ranks from the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from distsnn.describe.groups import most_spikes_of_step
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import Slice, SynapseSlice
from distsnn.layout.colocated import colocated_groups


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
        Largest number of spikes that any rank can have in one step.
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

    def of_slice(self, part: Slice) -> tuple[Range, ...]:
        """The owned ranges of a slice; synapses that others join are all where their groups are."""
        if isinstance(part, SynapseSlice):
            return (Range(0, part.size, 0),) if part.size and self.counts[part.group] else ()
        return self.within(part.group, part.start, part.stop)


def partition_network(description: NetworkDescription, rank: int, size: int) -> Partition:
    """The part of `rank` among `size` ranks (a pure function of its arguments)."""
    all_ranges = []
    loads = np.zeros(size, dtype=np.int64)
    for group in range(len(description.groups)):
        ranges: list[Range] = []
        lid = 0
        for low, high in _blocks(description, group, size):
            loads += most_spikes_of_step(description.groups[group], 1) * (high - low)
            first, last = int(low[rank]), int(high[rank])
            if first < last:
                ranges.append(Range(first, last, lid))
                lid += last - first
        all_ranges.append(tuple(_joined(ranges)))
    counts = tuple(sum(r.stop - r.start for r in ranges) for ranges in all_ranges)
    return Partition(rank, size, tuple(all_ranges), counts, int(loads.max()))


def owned_counts(description: NetworkDescription, part: Slice, size: int) -> np.ndarray:
    """Number (int64 (size,)) of members of a slice that each of `size` ranks owns."""
    owned = np.zeros(size, dtype=np.int64)
    for low, high in _blocks(description, part.group, size):
        owned += np.maximum(0, np.minimum(high, part.stop) - np.maximum(low, part.start))
    return owned


class Owners:
    """The rank that owns each neuron, for many neurons at once."""

    def __init__(self, description: NetworkDescription, size: int) -> None:
        firsts, ranks, before = [], [], []
        for group, first_gid in enumerate(description.first_gids):
            # Neurons of the group that each rank has in the blocks before.
            count = np.zeros(size, dtype=np.int64)
            for low, high in _blocks(description, group, size):
                local = np.flatnonzero(high > low)
                local = local[np.argsort(low[local])]
                firsts.append(first_gid + low[local])
                ranks.append(local)
                before.append(count[local])
                count += high - low
        none = np.empty(0, dtype=np.int64)
        self._first, self._rank, self._before = (
            np.concatenate([none, *parts]) for parts in (firsts, ranks, before)
        )

    def of(self, gid: np.ndarray) -> np.ndarray:
        """The rank (int64 (n,)) that owns each of some neurons (int64 (n,))."""
        return self._rank[np.searchsorted(self._first, gid, side="right") - 1]

    def lids(self, gid: np.ndarray) -> np.ndarray:
        """The local index (int64 (n,)) of each of some neurons (int64 (n,)) in its group there."""
        part = np.searchsorted(self._first, gid, side="right") - 1
        return self._before[part] + gid - self._first[part]


def _blocks(
    description: NetworkDescription, group: int, size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Begin and end (int64 (size,) each) of the part of each rank, of each block."""
    rank, group = np.arange(size), description.home(group)
    for n, colocated in enumerate(colocated_groups(description)):
        if group in colocated:
            whole = description.groups[group].size
            yield np.zeros_like(rank), np.where(rank == (-1 - n) % size, whole, 0)
            return
    first_gid = description.first_gids[group]
    for start, stop in pairwise(description.cuts(group)):
        # Parts are dealt from a rank that moves on with the gid, so that many small blocks do
        # not all fall on rank 0.
        part = (rank - first_gid - start) % size
        n = stop - start
        yield start + n * part // size, start + n * (part + 1) // size


def _joined(ranges: list[Range]) -> list[Range]:
    joined: list[Range] = []
    for part in ranges:
        if joined and joined[-1].stop == part.start:
            joined[-1] = Range(joined[-1].start, part.stop, joined[-1].first_lid)
        else:
            joined.append(part)
    return joined


def local_gids(description: NetworkDescription, partition: Partition) -> list[tuple[int, int]]:
    """First gid and the one after the last of each run of own neurons, ascending."""
    return [
        (description.first_gids[g] + r.start, description.first_gids[g] + r.stop)
        for g, ranges in enumerate(partition.ranges)
        for r in ranges
    ]


def index_of(ranges: Sequence[Range]) -> np.ndarray:
    """Index (int64) within its group of each neuron of some ranges, by local index."""
    parts = [np.arange(r.start, r.stop, dtype=np.int64) for r in ranges]
    return np.concatenate([*parts, np.empty(0, dtype=np.int64)])
