"""Dense storage: the targets of a segment as runs of consecutive slots, and delivery from them.

A row of a full matrix is one run, so that no synapse has an index of its own and the loop over
a run has no indirection. What is added, and in which order, is the same as in
`distsnn.kernels.deliver.deliver`.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel


@kernel
def count_runs(segment_synapse, target):
    """Number of runs (int64) of all segments.

    Parameters
    ----------
    segment_synapse : int64 array (segments + 1,), in
        First synapse of each segment.
    target : uint16 array (synapses,), in
        Slot within the tile.
    """
    runs = 0
    for segment in range(segment_synapse.size - 1):
        first = segment_synapse[segment]
        for k in range(first, segment_synapse[segment + 1]):
            if k == first or np.int64(target[k]) != np.int64(target[k - 1]) + 1:
                runs += 1
    return runs


@kernel
def write_runs(segment_synapse, target, segment_run, run_target, run_synapse):
    """Write the runs of all segments.

    Parameters
    ----------
    segment_synapse, target
        See `count_runs`.
    segment_run : int64 array (segments + 1,), out
        First run of each segment.
    run_target : uint16 array (runs,), out
        First slot of each run.
    run_synapse : int64 array (runs + 1,), out
        First synapse of each run.
    """
    run = 0
    for segment in range(segment_synapse.size - 1):
        segment_run[segment] = run
        first = segment_synapse[segment]
        for k in range(first, segment_synapse[segment + 1]):
            if k == first or np.int64(target[k]) != np.int64(target[k - 1]) + 1:
                run_target[run] = target[k]
                run_synapse[run] = k
                run += 1
    segment_run[segment_synapse.size - 1] = run
    run_synapse[run] = target.size


@kernel
def deliver_weighted_dense(
    count, work_segment, work_at, efficacy, segment_run, run_target, run_synapse, weight, slots
):
    """Add weight times factor to the targets of runs: ``slots[t + m] += weight[k + m] * factor``.

    Parameters
    ----------
    count : int64
        Number of due segments.
    work_segment : int64 array, in
        The due segments.
    work_at : int64 array, in
        Where in the ring the spike of each is.
    efficacy : float64 array (capacity,), in
        Factor of each spike in flight, 1 without short-term plasticity.
    segment_run, run_target, run_synapse : arrays, in
        See `write_runs`.
    weight : float32 or float64 array (synapses,), in
    slots : float64 array, in/out
        Target variables of the tile.

    Returns
    -------
    int64
        Number of synaptic events.
    """
    events = 0
    for q in range(count):
        factor = efficacy[work_at[q]]
        segment = work_segment[q]
        for run in range(segment_run[segment], segment_run[segment + 1]):
            first = run_synapse[run]
            last = run_synapse[run + 1]
            low = np.int64(run_target[run])
            slots_of_run = slots[low : low + last - first]
            added = weight[first:last]
            for m in range(slots_of_run.size):
                slots_of_run[m] += np.float64(added[m]) * factor
            events += last - first
    return events


@kernel
def deliver_uniform_dense(
    count,
    work_segment,
    work_at,
    efficacy,
    segment_run,
    run_target,
    run_synapse,
    segment_weight,
    slots,
):
    """Add each segment's common weight times factor to its runs: ``slots[t + m] += w * factor``.

    Parameters
    ----------
    count, work_segment, work_at, release, segment_run, run_target, run_synapse, slots
        See `deliver_weighted_dense`.
    segment_weight : float64 array (segments,), in

    Returns
    -------
    int64
        Number of synaptic events.
    """
    events = 0
    for q in range(count):
        segment = work_segment[q]
        common = segment_weight[segment] * efficacy[work_at[q]]
        for run in range(segment_run[segment], segment_run[segment + 1]):
            low = np.int64(run_target[run])
            slots_of_run = slots[low : low + run_synapse[run + 1] - run_synapse[run]]
            for m in range(slots_of_run.size):
                slots_of_run[m] += common
            events += slots_of_run.size
    return events
