"""Delivery: the spikes in flight act on the variables of their targets.

A table holds synapses sorted by (tile, source, delay). A tile is 65,536 consecutive slots of
the rank's array of target variables, so that a target takes 16 bits. A row is one source in
one tile, a segment the synapses of a row with one delay; each row ends with a segment of no
synapses and delay `NEVER`. Every spike in flight keeps, for each tile, its next segment.

What adds to one slot in one step is added in the order: delay descending (older spikes first,
as in Brian 2), source gid, position within the segment.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.intrinsics import prefetch
from distsnn.kernels.compiled import inline_kernel, kernel

NEVER = 65_535
TILE = 65_536
# Segments are short and far apart in memory, so the whole of one is asked for while the ones
# before it are delivered; of a long one the beginning, the processor sees the rest coming. A line
# is asked for after each block of synapses: many at once would wait for each other.
_AHEAD = 12
_MOST_AHEAD = 256
_BLOCK = 8
_LINE = 64
# Of a word with the weight above the slot.
_SLOT_BITS, _SLOT = 16, 65_535


@kernel
def admit_spikes(
    gids,
    first,
    last,
    row_of,
    n_sources,
    n_tiles,
    row_segment,
    segment_delay,
    due_delay,
    next_segment,
):
    """Look up the first segment of newly received spikes.

    Parameters
    ----------
    gids : uint32 array (capacity,), in
        Ring of the spikes in flight.
    first, last : int64
        Numbers of the new spikes: first <= number < last.
    row_of : int32 array (n_tiles * n_sources,), in
        Row of each source in each tile, -1 without synapses here.
    n_sources, n_tiles : int64
    row_segment : int64 array (rows + 1,), in
        First segment of each row.
    segment_delay : uint16 array (segments,), in
        Delay in steps.
    due_delay : int32 array (n_tiles * capacity,), in/out
        Delay of the next segment of each spike in flight, -1 for none.
    next_segment : int64 array (n_tiles * capacity,), in/out
    """
    capacity = gids.size
    mask = capacity - 1
    for tile in range(n_tiles):
        for number in range(first, last):
            at = number & mask
            row = row_of[tile * n_sources + np.int64(gids[at])]
            if row < 0:
                due_delay[tile * capacity + at] = -1
            else:
                segment = row_segment[row]
                due_delay[tile * capacity + at] = segment_delay[segment]
                next_segment[tile * capacity + at] = segment


@kernel
def collect_segments(
    step,
    tile,
    delays,
    begin,
    capacity,
    segment_delay,
    segment_synapse,
    due_delay,
    next_segment,
    work_segment,
    work_begin,
    work_at,
):
    """List the segments that are due, in canonical order, and move their spikes on.

    Parameters
    ----------
    step, tile : int64
    delays : int64 array, in
        All delays of the table in steps, descending.
    begin : int64 array (window,), in
        Number of the first spike of each step.
    capacity : int64
        Size of the ring.
    segment_delay : uint16 array (segments,), in
    segment_synapse : int64 array (segments + 1,), in
        First synapse of each segment.
    due_delay, next_segment : arrays, in/out
        See `admit_spikes`.
    work_segment, work_begin : int64 arrays (capacity,), out
        The due segments and their first synapses.
    work_at : int64 array (capacity,), out
        Where in the ring the spike of each due segment is.

    Returns
    -------
    int64
        Number of due segments.
    """
    mask = capacity - 1
    window = begin.size
    count = 0
    for number_of_delay in range(delays.size):
        delay = delays[number_of_delay]
        sent = step - delay
        if sent >= 0:
            for number in range(begin[sent % window], begin[(sent + 1) % window]):
                at = tile * capacity + (number & mask)
                if due_delay[at] == delay:
                    segment = next_segment[at]
                    work_segment[count] = segment
                    work_begin[count] = segment_synapse[segment]
                    work_at[count] = number & mask
                    count += 1
                    next_segment[at] = segment + 1
                    due_delay[at] = segment_delay[segment + 1]
    return count


@inline_kernel
def _bounds_ahead(q, count, work_segment, work_begin, segment_synapse):
    """The synapses of due segment `q` to prefetch: the first one, and where to stop."""
    if q >= count:
        return 0, 0
    first = work_begin[q]
    return first, min(segment_synapse[work_segment[q] + 1], first + _MOST_AHEAD)


@kernel
def deliver_weighted(
    count, work_segment, work_begin, work_at, efficacy, segment_synapse, target, weight, slots
):
    """Add each synapse's own weight times the release of its spike to its target.

    That is ``slots[target[k]] += weight[k] * release[at]`` for the synapses k of all due segments.

    Parameters
    ----------
    count : int64
        Number of due segments.
    work_segment, work_begin, work_at : int64 arrays, in
        See `collect_segments`.
    efficacy : float64 array (capacity,), in
        Factor of each spike in flight, see `distsnn.kernels.deliver.efficacy`; 1 without short-term
        plasticity.
    segment_synapse : int64 array, in
    target : uint16 array (synapses,), in
        Slot within the tile.
    weight : float32 or float64 array (synapses,), in
    slots : float64 array, in/out
        Target variables of the tile.

    Returns
    -------
    int64
        Number of synaptic events.
    """
    line = _LINE // weight.itemsize
    for q in range(_AHEAD):
        ahead, end = _bounds_ahead(q, count, work_segment, work_begin, segment_synapse)
        for k in range(ahead, end, line):
            prefetch(weight, k)
            prefetch(target, k)
    events = 0
    for q in range(count):
        ahead, end = _bounds_ahead(q + _AHEAD, count, work_segment, work_begin, segment_synapse)
        first = work_begin[q]
        last = segment_synapse[work_segment[q] + 1]
        whole = last - (last - first) % _BLOCK
        factor = efficacy[work_at[q]]
        for block in range(first, whole, _BLOCK):
            if ahead < end:
                prefetch(weight, ahead)
                prefetch(target, ahead)
                ahead += line
            for k in range(block, block + _BLOCK):
                slots[target[k]] += np.float64(weight[k]) * factor
        for k in range(whole, last):
            slots[target[k]] += np.float64(weight[k]) * factor
        for k in range(ahead, end, line):
            prefetch(weight, k)
            prefetch(target, k)
        events += last - first
    return events


@kernel
def deliver_words(
    count, work_segment, work_begin, work_at, efficacy, segment_synapse, word, grid, slots
):
    """Add weights of 16 bits times the release of their spikes to their targets.

    That is ``slots[word[k] & 65535] += (word[k] >> 16 + first) * unit * release[at]``.

    Parameters
    ----------
    count, work_segment, work_begin, work_at, efficacy, segment_synapse, slots
        See `deliver_weighted`.
    word : uint32 array (synapses,), in
        Slot within the tile, and above it the weight in units, from the smallest one on.
    grid : float64 array (2,), in
        The unit, a power of two, and the smallest weight in units.

    Returns
    -------
    int64
        Number of synaptic events.
    """
    line = _LINE // word.itemsize
    smallest = np.int64(grid[1])
    for q in range(_AHEAD):
        ahead, end = _bounds_ahead(q, count, work_segment, work_begin, segment_synapse)
        for k in range(ahead, end, line):
            prefetch(word, k)
    events = 0
    for q in range(count):
        ahead, end = _bounds_ahead(q + _AHEAD, count, work_segment, work_begin, segment_synapse)
        first = work_begin[q]
        last = segment_synapse[work_segment[q] + 1]
        whole = last - (last - first) % _BLOCK
        # A power of two changes no digit, so that the product is rounded once.
        unit = grid[0] * efficacy[work_at[q]]
        for block in range(first, whole, _BLOCK):
            if ahead < end:
                prefetch(word, ahead)
                ahead += line
            for k in range(block, block + _BLOCK):
                weight = np.int64(word[k] >> _SLOT_BITS) + smallest
                slots[word[k] & _SLOT] += np.float64(weight) * unit
        for k in range(whole, last):
            weight = np.int64(word[k] >> _SLOT_BITS) + smallest
            slots[word[k] & _SLOT] += np.float64(weight) * unit
        for k in range(ahead, end, line):
            prefetch(word, k)
        events += last - first
    return events


@kernel
def deliver_uniform(
    count,
    work_segment,
    work_begin,
    work_at,
    efficacy,
    segment_synapse,
    target,
    segment_weight,
    slots,
):
    """Add each segment's common weight times the release of its spike to its targets.

    Parameters
    ----------
    count, work_segment, work_begin, work_at, release, segment_synapse, target, slots
        See `deliver_weighted`.
    segment_weight : float64 array (segments,), in

    Returns
    -------
    int64
        Number of synaptic events.
    """
    line = _LINE // target.itemsize
    for q in range(_AHEAD):
        ahead, end = _bounds_ahead(q, count, work_segment, work_begin, segment_synapse)
        for k in range(ahead, end, line):
            prefetch(target, k)
    events = 0
    for q in range(count):
        ahead, end = _bounds_ahead(q + _AHEAD, count, work_segment, work_begin, segment_synapse)
        first = work_begin[q]
        last = segment_synapse[work_segment[q] + 1]
        whole = last - (last - first) % _BLOCK
        common = segment_weight[work_segment[q]] * efficacy[work_at[q]]
        for block in range(first, whole, _BLOCK):
            if ahead < end:
                prefetch(target, ahead)
                ahead += line
            for k in range(block, block + _BLOCK):
                slots[target[k]] += common
        for k in range(whole, last):
            slots[target[k]] += common
        for k in range(ahead, end, line):
            prefetch(target, k)
        events += last - first
    return events
