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
from distsnn.kernels.deliver.history import decayed, see_last, width

# Where the numbers of a target are in `seen`, of which each has four.
_FOUR, _NEXT, _BEFORE, _NUMBER = np.uint64(4), np.uint64(1), np.uint64(2), np.uint64(3)


@kernel
def see_targets(lid, upto, entries, counts, mask, stride, seen, seen_trace):
    """Note the last spike of each target that its synapse sees, where it is not noted yet.

    Parameters
    ----------
    lid : uint32 array (n,), in
        Target of each synapse of the chunk.
    upto : int64 array (n,), in
        The synapse sees spikes of steps before this one.
    entries, counts, mask, stride, seen, seen_trace
        See `distsnn.kernels.deliver.history.see_last`.
    """
    for i in range(lid.size):
        at = np.uint64(lid[i]) * _FOUR
        if seen[at] >= upto[i] or seen[at + _NEXT] < upto[i]:
            see_last(np.int64(lid[i]), upto[i], entries, counts, mask, stride, seen, seen_trace)


@kernel
def see_each_target(
    lid, upto, entries, counts, mask, stride, seen, seen_trace, of_synapse, trace_of_synapse, place
):
    """As `see_targets`, where synapses of one target may see different spikes.

    Parameters
    ----------
    lid, upto, entries, counts, mask, stride, seen, seen_trace
        See `see_targets`.
    of_synapse, trace_of_synapse : int64 array (4 n,), float64 array (n,), out
        As `seen` and `seen_trace`, of each synapse.
    place : uint32 array (n,), out
        Where the numbers of each synapse are: 0, 1, ...
    """
    for i in range(lid.size):
        target = np.int64(lid[i])
        if seen[4 * target] >= upto[i] or seen[4 * target + 1] < upto[i]:
            see_last(target, upto[i], entries, counts, mask, stride, seen, seen_trace)
        for q in range(4):
            of_synapse[4 * i + q] = seen[4 * target + q]
        trace_of_synapse[i] = seen_trace[target]
        place[i] = i


@kernel
def list_last_spikes(
    place, upto, since, ignores, seen, seen_trace, fall, fall_rate, target_trace, listed, step
):
    """Traces of the targets, and the first round: those that have spiked since the source did.

    Parameters
    ----------
    place : uint32 array (n,), in
        Where the numbers of each synapse are in `seen`.
    upto, seen, seen_trace
        See `see_targets`.
    since : int64 array (n,), in
        Spikes of the target from this step on are to act.
    ignores : int64
        1 if spikes that reach the synapse in the same step do not see each other, so that one of
        the target acts before that of the source; else 0.
    fall, fall_rate
        See `distsnn.kernels.deliver.history.decayed`.
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
    for i in range(place.size):
        passed = upto[i] - seen[np.uint64(place[i]) * _FOUR]
        target_trace[i] = seen_trace[place[i]] * decayed(fall, passed, fall_rate)
    count = np.uint64(0)
    for i in range(place.size):
        at = np.uint64(place[i]) * _FOUR
        last = upto[i] if ignores != 0 and seen[at + _NEXT] == upto[i] else seen[at]
        listed[count] = i
        step[count] = last
        count += np.uint64(1 if last >= since[i] else 0)
    return np.int64(count)


@kernel
def trace_round(
    n_round,
    first,
    end,
    lid,
    place,
    upto,
    origin,
    since,
    ignores,
    last_trace,
    centered,
    seen,
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
    lid, place, upto, since, ignores, seen, entries, mask, stride
        See `list_last_spikes` and `see_targets`.
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
    for p in range(synapses.size):
        i = synapses[p]
        at = np.uint64(place[i]) * _FOUR
        tie = ignores != 0 and seen[at + _NEXT] == upto[i]
        if n_round == 0 and stride == 2:
            before = seen[at] if tie else seen[at + _BEFORE]
        else:
            number = seen[at + _NUMBER] - n_round + (1 if tie else 0)
            block = np.int64(lid[i]) * width(mask, stride)
            before = np.int64(entries[np.uint64(block + ((number - 1) & mask) * stride)])
            if stride > 2:
                slows[p] = entries[np.uint64(block + (number & mask) * stride + 2)]
        more = before >= since[i]
        source = 0.0 if centered != 0 and more else last_trace[i]
        traces[p] = source * decayed(rise, max(steps[p] - origin[i], 0), rise_rate)
        earlier[count] = i
        earlier_steps[count] = before
        count += np.uint64(1 if more else 0)
    return np.int64(count)


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
