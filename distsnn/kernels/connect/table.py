"""Building a table of synapses: count by row, place, sort each row by delay.

A row is one source in one tile (see `distsnn.kernels.deliver.deliver`). Synapses are placed in the
order in which they are drawn, and the sort by delay is stable, so that the order of the
synapses of one target does not depend on which other targets the rank has.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel


@kernel
def locate_targets(target, range_start, range_stop, range_slot, slot):
    """Slot of each target, from the ranges of owned targets.

    Parameters
    ----------
    target : int64 array (n,), in
        Index within the target slice.
    range_start, range_stop : int64 arrays (ranges,), in
        The owned ranges of that index, ascending.
    range_slot : int64 array (ranges,), in
        Slot of the first target of each range.
    slot : int64 array (n,), out
    """
    r = 0
    for i in range(target.size):
        t = target[i]
        if t < range_start[r] or t >= range_stop[r]:
            low = 0
            high = range_start.size - 1
            while low < high:
                middle = (low + high + 1) // 2
                if range_start[middle] <= t:
                    low = middle
                else:
                    high = middle - 1
            r = low
        slot[i] = range_slot[r] + t - range_start[r]


@kernel
def count_rows(source, slot, first_gid, n_sources, tile_bits, row_count):
    """Count synapses by row.

    Parameters
    ----------
    source : int64 array (n,), in
        Index within the source slice.
    slot : int64 array (n,), in
    first_gid : int64
        Gid of the first source.
    n_sources : int64
        Number of gids in the network.
    tile_bits : int64
        A tile has two to the power of so many slots.
    row_count : int32 array (n_tiles * n_sources,), in/out
    """
    for i in range(source.size):
        row_count[(slot[i] >> tile_bits) * n_sources + first_gid + source[i]] += 1


@kernel
def number_rows(row_count, row_synapse):
    """Number the rows that there are, and say where each begins.

    Parameters
    ----------
    row_count : int32 array (n_tiles * n_sources,), in/out
        In: number of synapses, -1 for a row that has none. Out: number of the row, -1 without.
    row_synapse : int64 array (rows + 1,), out
        First synapse of each row.
    """
    row = 0
    total = 0
    for i in range(row_count.size):
        count = row_count[i]
        if count == 0:
            row_count[i] = -1
        else:
            row_synapse[row] = total
            total += max(count, 0)
            row_count[i] = row
            row += 1
    row_synapse[row] = total


@kernel
def fill_weights(row_of, n_sources, row_segment, first_gid, stop_gid, weight, of_segment):
    """Weight of each segment, where all synapses of a source have the same.

    Parameters
    ----------
    row_of : int32 array (n_tiles * n_sources,), in
        Number of each row, ascending, -1 without synapses.
    n_sources : int64
        Number of gids in the network.
    row_segment : int64 array (rows + 1,), in
        First segment of each row.
    first_gid, stop_gid : int64 arrays (projections,), in
        Sources of each projection; of several that have a source the last one counts.
    weight : float64 array (projections,), in
    of_segment : float64 array (segments,), out
    """
    row = 0
    for i in range(row_of.size):
        if row_of[i] >= 0:
            source = i % n_sources
            found = 0.0
            for p in range(weight.size):
                if source >= first_gid[p] and source < stop_gid[p]:
                    found = weight[p]
            for segment in range(row_segment[row], row_segment[row + 1]):
                of_segment[segment] = found
            row += 1


@kernel
def mark_delays(segment_delay, present):
    """Set ``present[delay]`` (uint8 array (65536,), in/out) of all delays (uint16 array, in)."""
    for segment in range(segment_delay.size):
        present[segment_delay[segment]] = 1


@kernel
def place_targets(
    source, slot, first_gid, n_sources, tile_bits, row_of, row_next, position, target
):
    """Give each synapse its place, and write its target there.

    Parameters
    ----------
    source, slot, first_gid, n_sources, tile_bits
        See `count_rows`.
    row_of : int32 array (n_tiles * n_sources,), in
    row_next : int64 array (rows,), in/out
        Next free place of each row.
    position : int64 array (n,), out
        The place of each synapse.
    target : uint16 or uint32 array (synapses,), in/out
        Slot within the tile.
    """
    within = (1 << tile_bits) - 1
    for i in range(source.size):
        row = row_of[(slot[i] >> tile_bits) * n_sources + first_gid + source[i]]
        at = row_next[row]
        row_next[row] = at + 1
        position[i] = at
        target[at] = slot[i] & within


@kernel
def place_values(position, value, placed):
    """Write ``value[i]`` (array (n,), in) to ``placed[position[i]]`` (array (synapses,), out)."""
    for i in range(position.size):
        placed[position[i]] = value[i]


@kernel
def fill_values(position, value, placed):
    """Write the number `value` to ``placed[position[i]]`` (array (synapses,), out)."""
    for i in range(position.size):
        placed[position[i]] = value


@kernel
def count_segments(row_synapse, delay, seen, n_delays):
    """Number of segments (int64) of all rows, the final one of each row included.

    Parameters
    ----------
    row_synapse : int64 array (rows + 1,), in
    delay : uint16 array (synapses,), in
        Delay in steps minus the smallest one of the table.
    seen : int64 array (n_delays,), work
    n_delays : int64

    Notes
    -----
    `seen` holds the last row that had each delay, so nothing is cleared between rows.
    """
    for d in range(n_delays):
        seen[d] = -1
    total = 0
    for row in range(row_synapse.size - 1):
        for k in range(row_synapse[row], row_synapse[row + 1]):
            d = delay[k]
            if seen[d] != row:
                seen[d] = row
                total += 1
        total += 1
    return total


@kernel
def sort_rows(
    row_synapse,
    delay,
    first_delay,
    n_delays,
    never,
    target,
    weight,
    offset,
    work_target,
    work_weight,
    row_segment,
    segment_delay,
    segment_synapse,
):
    """Sort the synapses of every row by delay (stable) and write the segments.

    Parameters
    ----------
    row_synapse, delay, n_delays
        See `count_segments`.
    first_delay : int64
        The smallest delay of the table.
    never : int64
        Delay written to the segment that ends a row.
    target : uint16 array (synapses,), in/out
    weight : float32 or float64 array (synapses,) or (0,), in/out
    offset : int64 array (n_delays + 1,), work
    work_target, work_weight : arrays as long as the longest row, work
    row_segment : int64 array (rows + 1,), out
    segment_delay : uint16 array (segments,), out
    segment_synapse : int64 array (segments + 1,), out
    """
    segment = 0
    has_weights = weight.size > 0
    for row in range(row_synapse.size - 1):
        row_segment[row] = segment
        first = row_synapse[row]
        last = row_synapse[row + 1]
        for d in range(n_delays + 1):
            offset[d] = 0
        for k in range(first, last):
            offset[np.int64(delay[k]) + 1] += 1
        for d in range(n_delays):
            if offset[d + 1] > 0:
                segment_delay[segment] = first_delay + d
                segment_synapse[segment] = first + offset[d]
                segment += 1
            offset[d + 1] += offset[d]
        segment_delay[segment] = never
        segment_synapse[segment] = last
        segment += 1
        for k in range(first, last):
            at = offset[delay[k]]
            offset[delay[k]] = at + 1
            work_target[at] = target[k]
            if has_weights:
                work_weight[at] = weight[k]
        for k in range(last - first):
            target[first + k] = work_target[k]
            if has_weights:
                weight[first + k] = work_weight[k]
    row_segment[row_synapse.size - 1] = segment
    segment_synapse[segment] = row_synapse[row_synapse.size - 1]


@kernel
def sort_values(row_synapse, delay, n_delays, values, offset, work):
    """Sort a value of each synapse as `sort_rows` sorts the synapses.

    Parameters
    ----------
    row_synapse, delay, n_delays, offset
        See `sort_rows`.
    values : array (synapses,), in/out
    work : array as long as the longest row, work
    """
    for row in range(row_synapse.size - 1):
        first = row_synapse[row]
        last = row_synapse[row + 1]
        for d in range(n_delays + 1):
            offset[d] = 0
        for k in range(first, last):
            offset[np.int64(delay[k]) + 1] += 1
        for d in range(n_delays):
            offset[d + 1] += offset[d]
        for k in range(first, last):
            at = offset[delay[k]]
            offset[delay[k]] = at + 1
            work[at] = values[k]
        for k in range(last - first):
            values[first + k] = work[k]
