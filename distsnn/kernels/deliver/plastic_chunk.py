"""Spikes of both sides at plastic synapses, a chunk of synapses at a time.

A processor cannot foresee whether a target has spiked since the source did, nor how often, so no
loop branches by that. Spikes of targets are listed: the last one of each target first, then those
before, in rounds. They act from the last round to the first, so that the oldest of each target is
the first. All is loops over arrays that do one thing each. What they read at random is indexed
without a sign, because numba adds the size to negative indices.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel
from distsnn.kernels.deliver.history import (
    LAST,
    NOTED,
    NUMBER,
    OLDER,
    decayed,
    is_noted,
    look_back,
    trace_at,
    width,
)

_NOTED, _NUMBER = np.uint64(NOTED), np.uint64(NUMBER)


@kernel
def count_synapses(due, work_segment, work_begin, segment_synapse):
    """Number (int64) of the synapses of the due segments.

    Parameters
    ----------
    due, work_segment, work_begin, segment_synapse
        See `distsnn.kernels.deliver.deliver.collect_segments`.
    """
    total = 0
    for q in range(due):
        total += segment_synapse[work_segment[q] + 1] - work_begin[q]
    return total


@kernel
def see_all_targets(
    bound, ignores, entries, counts, mask, stride, fall, fall_rate, noted, older, last, trace
):
    """Note what synapses see of all neurons.

    Parameters
    ----------
    bound, ignores, entries, counts, mask, stride, noted, older
        See `distsnn.kernels.deliver.history.look_back`.
    fall, fall_rate
        See `distsnn.kernels.deliver.history.decayed`.
    last : int64 array (n,), out
        Step of the last spike of each neuron that acts.
    trace : float64 array (n,), out
        The trace of each neuron at `bound`.
    """
    for target in range(counts.size):
        lid = np.uint32(target)
        if not is_noted(lid, bound, noted):
            look_back(lid, bound, ignores, entries, counts, mask, stride, noted, older)
        last[lid] = noted[NOTED * lid + LAST]
        trace[lid] = trace_at(lid, bound, noted, fall, fall_rate)


@kernel
def see_each_target(
    lid,
    upto,
    ignores,
    entries,
    counts,
    mask,
    stride,
    fall,
    fall_rate,
    noted,
    older,
    last,
    trace,
    own_older,
):
    """As `see_all_targets`, of the targets of a chunk.

    Parameters
    ----------
    lid : uint32 array (n,), in
        Target of each synapse of the chunk.
    upto : int64 array (n,), in
        The bound of each synapse.
    ignores, entries, counts, mask, stride, fall, fall_rate, noted, older
        See `see_all_targets`.
    last, trace : arrays (n,), out
        As in `see_all_targets`, of each synapse.
    own_older : int64 array (NOTED * n,), out
        As `older`, of each synapse; (0,) where all synapses of a target see the same.
    """
    for i in range(lid.size):
        if not is_noted(lid[i], upto[i], noted):
            look_back(lid[i], upto[i], ignores, entries, counts, mask, stride, noted, older)
        last[i] = noted[NOTED * lid[i] + LAST]
        trace[i] = trace_at(lid[i], upto[i], noted, fall, fall_rate)
        if own_older.size > 0:
            for q in range(NOTED):
                own_older[NOTED * i + q] = older[NOTED * lid[i] + q]


@kernel
def list_last_spikes(place, since, last, trace, target_trace, listed, step):
    """Traces of the targets, and the first round: those that have spiked since the source did.

    Parameters
    ----------
    place : uint32 array (n,), in
        Where `last` and `trace` of each synapse are.
    since : int64 array (n,), in
        Spikes of the target from this step on are to act.
    last, trace
        See `see_all_targets`.
    target_trace : float64 array (n,), out
    listed : uint32 array (at least n + 1), out
        Synapses of the round.
    step : int64 array (at least n + 1), out
        Step of the last spike of each one's target that acts.

    Returns
    -------
    int64
        How many are listed.
    """
    count = np.uint64(0)
    for i in range(place.size):
        target_trace[i] = trace[place[i]]
    for i in range(place.size):
        acting = last[place[i]]
        listed[count] = i
        step[count] = acting
        count += np.uint64(1 if acting >= since[i] else 0)
    return np.int64(count)


@kernel
def trace_round(
    n_round,
    first,
    end,
    lid,
    place,
    origin,
    since,
    last_trace,
    centered,
    older,
    entries,
    mask,
    stride,
    rise,
    rise_rate,
    listed,
    step,
    trace,
    slow,
):
    """Traces of the sources at the spikes of a round, and the next round: the spikes before them.

    Parameters
    ----------
    n_round : int64
        0 for the last spikes.
    first, end : int64
        The round in the lists; the next one follows it.
    lid, since, older, entries, mask, stride
        See `list_last_spikes` and `see_all_targets`.
    place : uint32 array (n,), in
        Where the numbers of each synapse are in `older`.
    origin : int64 array (n,), in
        When the spike of the source before reached the synapse.
    last_trace : float64 array (n,), in
        Trace of each synapse's source right after the spike before.
    centered : int64
        Whether the first spike of a target uses up the trace.
    rise, rise_rate
        As `fall` in `list_last_spikes`.
    listed, step : arrays, in/out
        See `list_last_spikes`.
    trace : float64 array, out
    slow : float64 array, out
        Second traces of the targets right before the spikes, where entries have them.

    Returns
    -------
    int64
        How many are in the next round.
    """
    synapses, steps, traces = listed[first:end], step[first:end], trace[first:end]
    earlier, earlier_steps, slows = listed[end:], step[end:], slow[first:end]
    count = np.uint64(0)
    if n_round < OLDER:
        for p in range(synapses.size):
            i = synapses[p]
            before = older[_NOTED * place[i] + np.uint64(n_round)]
            earlier[count] = i
            earlier_steps[count] = before
            count += np.uint64(1 if before >= since[i] else 0)
    else:
        for p in range(synapses.size):
            i = synapses[p]
            number = older[_NOTED * place[i] + _NUMBER] - n_round
            entry = np.int64(lid[i]) * width(mask, stride) + ((number - 1) & mask) * stride
            earlier[count] = i
            earlier_steps[count] = np.int64(entries[np.uint64(entry)])
            count += np.uint64(1 if earlier_steps[count] >= since[i] else 0)
    longest = np.int64(0)
    for p in range(synapses.size):
        i = synapses[p]
        passed = max(steps[p] - origin[i], 0)
        longest = max(longest, passed)
        traces[p] = last_trace[i] * rise[np.uint64(min(passed, rise.size - 1))]
    if longest >= rise.size:
        for p in range(synapses.size):
            i = synapses[p]
            traces[p] = last_trace[i] * decayed(rise, max(steps[p] - origin[i], 0), rise_rate)
    if centered != 0:
        q = np.uint64(0)
        for p in range(synapses.size):
            if q < count and earlier[q] == synapses[p]:
                traces[p] = 0.0
                q += np.uint64(1)
    if stride > 2:
        for p in range(synapses.size):
            i = synapses[p]
            number = older[_NOTED * place[i] + _NUMBER] - n_round
            entry = np.int64(lid[i]) * width(mask, stride) + (number & mask) * stride
            slows[p] = entries[np.uint64(entry + 2)]
    return np.int64(count)


@kernel
def keep_weights(q, begin, work_segment, work_begin, segment_synapse, chunk, weight):
    """Write the weights of a chunk back to the due segments that it was made of.

    Parameters
    ----------
    q, begin : int64
        The due segment with which the chunk begins, and the synapse; -1 for its first one.
    work_segment, work_begin, segment_synapse
        See `distsnn.kernels.deliver.deliver.collect_segments`.
    chunk : float64 array (n,), in
    weight : float32 or float64 array (synapses,), out
    """
    first = 0
    while first < chunk.size:
        if begin < 0:
            begin = work_begin[q]
        stop = min(segment_synapse[work_segment[q] + 1], begin + chunk.size - first)
        kept, piece = weight[begin:stop], chunk[first:]
        for i in range(kept.size):
            kept[i] = piece[i]
        first += kept.size
        q, begin = q + 1, -1


@kernel
def add_to_slots(lid, weight, factor, slots):
    """Add weight times factor of each synapse of the chunk to its target, in their order.

    Parameters
    ----------
    lid : uint32 array (n,), in
    weight, factor : float64 arrays (n,), in
    slots : float64 array, in/out
        Target variables by `lid`.
    """
    for i in range(lid.size):
        slots[lid[i]] += weight[i] * factor[i]
