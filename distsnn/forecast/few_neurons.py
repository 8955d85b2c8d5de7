"""Arrays for a few of a rank's neurons, to know how large those for all of them are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.codegen.program_arguments import Argument
from distsnn.describe.synapses.projections import Slice
from distsnn.layout.partition import Partition, Range


def within_slice(partition: Partition, target: Slice) -> Partition:
    """The part of a partition that lies within a slice."""
    ranges = tuple(
        partition.within(g, target.start, target.stop) if g == target.group else ()
        for g in range(len(partition.ranges))
    )
    return replace(partition, ranges=ranges, counts=_counts(ranges))


def first_neurons(partition: Partition, most: int) -> Partition:
    """The first own neurons of each group, at most `most`."""
    taken: list[tuple[Range, ...]] = []
    for ranges in partition.ranges:
        left, few = most, []
        for r in ranges:
            n = min(left, r.stop - r.start)
            if n:
                few.append(Range(r.start, r.start + n, most - left))
            left -= n
        taken.append(tuple(few))
    return replace(partition, ranges=tuple(taken), counts=_counts(taken))


def _counts(ranges: Sequence[tuple[Range, ...]]) -> tuple[int, ...]:
    return tuple(sum(r.stop - r.start for r in of_group) for of_group in ranges)


def grown_bytes(
    build: Callable[[Partition], dict[Argument, Any]],
    partition: Partition,
    n: int,
    sizes: tuple[int, int],
) -> float:
    """Bytes of the arrays of a group for `n` own neurons, from those for two smaller numbers.

    Parameters
    ----------
    build : callable
        From a part of the partition to the arrays for its neurons.
    n : int
        Own neurons of the group.
    sizes : tuple of two int
        For how many neurons arrays are built.
    """
    few, more = (n_bytes(build(first_neurons(partition, size))) for size in sizes)
    if n <= sizes[1]:
        return float(more)
    return more + (more - few) * (n - sizes[1]) / (sizes[1] - sizes[0])


def n_bytes(arrays: Mapping[Argument, Any]) -> int:
    """Bytes of memory of some arrays; those that share it count once."""
    owners = {}
    for array in arrays.values():
        if isinstance(array, np.ndarray):
            owner = array if array.base is None else array.base
            owners[id(owner)] = owner.nbytes
    return sum(owners.values())
