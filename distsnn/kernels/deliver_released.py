"""Delivery where each spike has a factor of its own: its release under short-term plasticity.

See `distsnn.kernels.deliver` for tables, segments and the order of addition.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel
from distsnn.kernels.intrinsics import prefetch

_AHEAD = 6


@kernel
def take_release(step, tile, delays, begin, due_delay, release, work_factor):
    """List the releases of the spikes whose segments are due.

    It must be called before `distsnn.kernels.deliver.collect_segments`, which moves the spikes on
    to their next segments, and lists in the same order.

    Parameters
    ----------
    step, tile, delays, begin
        See `distsnn.kernels.deliver.collect_segments`.
    due_delay : int32 array (n_tiles * capacity,), in
    release : float64 array (capacity,), in
        See `distsnn.kernels.release`.
    work_factor : float64 array (capacity,), out
    """
    capacity = release.size
    mask = capacity - 1
    window = begin.size
    count = 0
    for number_of_delay in range(delays.size):
        delay = delays[number_of_delay]
        sent = step - delay
        if sent >= 0:
            for number in range(begin[sent % window], begin[(sent + 1) % window]):
                at = number & mask
                if due_delay[tile * capacity + at] == delay:
                    work_factor[count] = release[at]
                    count += 1


@kernel
def deliver_weighted_released(
    count, work_segment, work_begin, work_factor, segment_synapse, target, weight, slots
):
    """Add weight times release: ``slots[target[k]] += weight[k] * factor``.

    Parameters
    ----------
    count, work_segment, work_begin, segment_synapse, target, weight, slots
        See `distsnn.kernels.deliver.deliver_weighted`.
    work_factor : float64 array, in
        Factor of each due segment.

    Returns
    -------
    int64
        Number of synaptic events.
    """
    events = 0
    for q in range(count):
        if q + _AHEAD < count:
            prefetch(target, work_begin[q + _AHEAD])
            prefetch(weight, work_begin[q + _AHEAD])
        first = work_begin[q]
        last = segment_synapse[work_segment[q] + 1]
        factor = work_factor[q]
        for k in range(first, last):
            slots[target[k]] += np.float64(weight[k]) * factor
        events += last - first
    return events


@kernel
def deliver_uniform_released(
    count, work_segment, work_begin, work_factor, segment_synapse, target, segment_weight, slots
):
    """Add each segment's common weight times release: ``slots[target[k]] += w * factor``.

    Parameters
    ----------
    count, work_segment, work_begin, segment_synapse, target, segment_weight, slots
        See `distsnn.kernels.deliver.deliver_uniform`.
    work_factor : float64 array, in
        Factor of each due segment.

    Returns
    -------
    int64
        Number of synaptic events.
    """
    events = 0
    for q in range(count):
        if q + _AHEAD < count:
            prefetch(target, work_begin[q + _AHEAD])
        first = work_begin[q]
        last = segment_synapse[work_segment[q] + 1]
        common = segment_weight[work_segment[q]] * work_factor[q]
        for k in range(first, last):
            slots[target[k]] += common
        events += last - first
    return events
