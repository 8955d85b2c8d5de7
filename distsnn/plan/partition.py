"""The partition of neurons over ranks.

Every group is cut into strata wherever one of the network's slices begins or ends, and every
stratum is cut into one contiguous piece for each rank. So neurons with the same connections are
spread evenly, and a rank's neurons in any slice are a short list of ranges. Groups that live
together (`distsnn.plan.together`) are not cut; sets of them are dealt to the ranks from the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from distsnn.describe.network import NetworkDescription
from distsnn.plan.together import groups_together


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
    all_ranges: list[tuple[Range, ...]] = []
    loads = [0] * size
    owner_of = {
        group: -1 - n % size
        for n, together in enumerate(groups_together(description))
        for group in together
    }
    for group, first_gid in enumerate(description.first_gids):
        ranges: list[Range] = []
        lid = 0
        if group in owner_of:
            whole = description.groups[group].size
            loads[owner_of[group]] += whole
            is_mine = owner_of[group] % size == rank
            all_ranges.append((Range(0, whole, 0),) if is_mine else ())
            continue
        cuts = description.cuts(group)
        for start, stop in pairwise(cuts):
            for owner in range(size):
                low, high = _piece(start, stop, first_gid, owner, size)
                loads[owner] += high - low
                if owner == rank and low < high:
                    ranges.append(Range(low, high, lid))
                    lid += high - low
        all_ranges.append(tuple(_joined(ranges)))
    counts = tuple(sum(r.stop - r.start for r in ranges) for ranges in all_ranges)
    return Partition(rank, size, tuple(all_ranges), counts, max(loads))


def _piece(start: int, stop: int, first_gid: int, rank: int, size: int) -> tuple[int, int]:
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
