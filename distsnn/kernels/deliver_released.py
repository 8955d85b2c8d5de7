"""Delivery where each spike has a factor of its own: its release under short-term plasticity.

See `distsnn.kernels.deliver` for tables, segments and the order of addition.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel
from distsnn.kernels.intrinsics import prefetch

_AHEAD = 6


@kernel
def deliver_weighted_released(
    count, work_segment, work_begin, work_at, release, segment_synapse, target, weight, slots
):
    """Add weight times release: ``slots[target[k]] += weight[k] * factor``.

    Parameters
    ----------
    count, work_segment, work_begin, segment_synapse, target, weight, slots
        See `distsnn.kernels.deliver.deliver_weighted`.
    work_at : int64 array, in
        Where in the ring the spike of each due segment is.
    release : float64 array (capacity,), in
        Factor of each spike in flight, see `distsnn.kernels.release`.

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
        factor = release[work_at[q]]
        for k in range(first, last):
            slots[target[k]] += np.float64(weight[k]) * factor
        events += last - first
    return events


@kernel
def deliver_uniform_released(
    count,
    work_segment,
    work_begin,
    work_at,
    release,
    segment_synapse,
    target,
    segment_weight,
    slots,
):
    """Add each segment's common weight times release: ``slots[target[k]] += w * factor``.

    Parameters
    ----------
    count, work_segment, work_begin, segment_synapse, target, segment_weight, slots
        See `distsnn.kernels.deliver.deliver_uniform`.
    work_at : int64 array, in
        Where in the ring the spike of each due segment is.
    release : float64 array (capacity,), in
        Factor of each spike in flight, see `distsnn.kernels.release`.

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
        common = segment_weight[work_segment[q]] * release[work_at[q]]
        for k in range(first, last):
            slots[target[k]] += common
        events += last - first
    return events
