"""Spikes of targets as plastic synapses see them: a short history of every neuron.

An entry holds the step of a spike (a whole float64), the trace right after it and, with a
second trace, that one right before it; `stride` numbers in all. Entry number q of neuron `lid`
lives at ``lid * width(mask, stride) + (q & mask) * stride``, so that a history is one piece of
memory. Synapses walk it from its newest entry back; before the first spike lie entries of step
`NEVER_SPIKED`.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.compiled import inline_kernel, kernel

NEVER_SPIKED = -1e18
# The step of an entry that is still to come.
TO_COME = 1 << 62
# What is noted of a neuron, in two arrays: as many numbers in each, and where they are.
NOTED, LAST, IN_TRACE, UPCOMING, _TRACE_AFTER = 4, 0, 1, 2, 3
OLDER, NUMBER = 3, 3


@inline_kernel
def width(mask, stride):
    """Numbers of a history: a line of the cache more than its entries.

    Without it, histories would lie a power of two apart, and their newest entries compete for
    the same few lines of the cache.
    """
    return (mask + 1) * stride + 8


@inline_kernel
def last_before(entries, block, mask, stride, count, bound):
    """Number (int64) of the last entry with a step before `bound`, of those before `count`.

    Parameters
    ----------
    entries : float64 array, in
    block : int64
        Where the history of the neuron begins.
    mask, stride : int64
    count : int64
        Entries from this number on are not looked at.
    bound : int64
        There must be an entry before it, of step `NEVER_SPIKED` at least.
    """
    number = count - 1
    while entries[block + (number & mask) * stride] >= bound:
        number -= 1
    return number


@kernel
def look_back(lid, bound, ignores, entries, counts, mask, stride, noted, older):
    """Note the last spikes of a neuron that synapses see.

    Parameters
    ----------
    lid : uint32
        Without a sign, because numba adds the size to negative indices.
    bound : int64
        Spikes of steps before this one are seen.
    ignores : int64
        1 if a spike of this very step acts, too, but is not in the trace; else 0.
    entries, counts, mask, stride
        See `append_spikes`.
    noted : int64 array (NOTED * n,), in/out
        Of each neuron the step of the last spike that acts, of the last that is in the trace, of
        the one after that or `TO_COME`, and bits of the trace right after the second.
    older : int64 array (NOTED * n,), out
        Of each neuron the steps of the `OLDER` spikes before the last, and its number.
    """
    block, at = lid * width(mask, stride), NOTED * lid
    number = last_before(entries, block, mask, stride, counts[lid], bound)
    entry = block + (number & mask) * stride
    upcoming = np.int64(TO_COME)
    if number + 1 < counts[lid]:
        upcoming = np.int64(entries[block + ((number + 1) & mask) * stride])
    noted[at + IN_TRACE] = np.int64(entries[entry])
    noted[at + UPCOMING] = upcoming
    noted[at + _TRACE_AFTER] = np.float64(entries[entry + 1]).view(np.int64)
    number += 1 if ignores != 0 and upcoming == bound else 0
    noted[at + LAST] = np.int64(entries[block + (number & mask) * stride])
    for q in range(OLDER):
        older[at + q] = np.int64(entries[block + ((number - 1 - q) & mask) * stride])
    older[at + NUMBER] = number


@inline_kernel
def is_noted(lid, bound, noted):
    """Whether `look_back` would note what is noted; not if a spike is of the very step."""
    return noted[NOTED * lid + LAST] < bound < noted[NOTED * lid + UPCOMING]


@inline_kernel
def trace_at(lid, bound, noted, fall, fall_rate):
    """Trace (float64) of a neuron at a step, after `look_back`."""
    after = np.int64(noted[NOTED * lid + _TRACE_AFTER]).view(np.float64)
    passed = bound - noted[NOTED * lid + IN_TRACE]
    # Most of those that have not spiked for long never have.
    if passed >= fall.size and after != 0.0:
        return after * _long_decay(passed, fall_rate)
    return after * fall[min(np.uint64(passed), np.uint64(fall.size - 1))]


@inline_kernel
def decayed(table, steps, rate):
    """``exp(-steps * rate)`` of a whole number of steps >= 0, from a table as far as it goes.

    Parameters
    ----------
    table : float64 array, in
        See `fill_decays`.
    steps : int64
    rate : float64
        Time step in units of the time constant.
    """
    return table[np.uint64(steps)] if steps < table.size else exp(-steps * rate)


@kernel
def _long_decay(steps, rate):
    return exp(-steps * rate)


@kernel
def fill_decays(table, rate):
    """Write ``exp(-n * rate)`` to ``table[n]`` (float64 array, out)."""
    for n in range(table.size):
        table[n] = exp(-n * rate)


@kernel
def append_spikes(
    step,
    count,
    spike_lid,
    entries,
    counts,
    kept,
    fullest,
    noted,
    mask,
    stride,
    nearest,
    rate,
    slow_rate,
):
    """Append the spikes of a step to the histories of their neurons.

    Parameters
    ----------
    step, count : int64
    spike_lid : int32 array, in
        The first `count` are the neurons that spiked.
    entries : float64 array (n * width(mask, stride),), in/out
    counts : int64 array (n,), in/out
        Entries appended to each history so far.
    kept : int64 array (n,), in
        Number of the oldest entry that is still needed.
    fullest : int64 array (1,), in/out
        The largest number of needed entries of any neuron.
    noted : int64 array (NOTED * n,), in/out
        See `look_back`.
    mask, stride : int64
    nearest : int64
        Whether traces jump to 1, not by 1.
    rate, slow_rate : float64
        Time step in units of the time constants.
    """
    for q in range(count):
        lid = np.int64(spike_lid[q])
        number = counts[lid]
        block = lid * width(mask, stride)
        last = block + ((number - 1) & mask) * stride
        here = block + (number & mask) * stride
        passed = step - np.int64(entries[last])
        trace = entries[last + 1] * exp(-passed * rate)
        entries[here + 1] = 1.0 if nearest != 0 else trace + 1.0
        if stride > 2:
            after = 1.0 if nearest != 0 else entries[last + 2] + 1.0
            # Nothing was there before the first spike.
            entries[here + 2] = after * exp(-passed * slow_rate) if number > 0 else 0.0
        entries[here] = step
        counts[lid] = number + 1
        fullest[0] = max(fullest[0], number + 1 - kept[lid])
        noted[NOTED * lid + UPCOMING] = min(noted[NOTED * lid + UPCOMING], step)


@kernel
def drop_entries(bound, entries, counts, kept, fullest, mask, stride):
    """Drop all entries before `bound` but the last of each neuron.

    Parameters
    ----------
    bound : int64
        Step before which all synapses have seen all spikes.
    entries, counts, kept, fullest, mask, stride
        See `append_spikes`; `kept` and `fullest` are written.
    """
    fullest[0] = 0
    for lid in range(counts.size):
        block = lid * width(mask, stride)
        kept[lid] = last_before(entries, block, mask, stride, counts[lid], bound)
        fullest[0] = max(fullest[0], counts[lid] - kept[lid])
