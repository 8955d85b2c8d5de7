"""Buckets: what synapses in short rows add, kept by the step in which it is due.

When spikes have arrived, the row of each is read (see `distsnn.kernels.connect.rows`), and each
of its synapses appended to the bucket of its step: a slot, and what is added there. Buckets are
chains of chunks of one pool, so that the pool holds what is in flight, and not the largest bucket
many times.

Spikes are read in the order of (step, gid), so what adds to one slot in one step is added in the
same order as from segments (see `distsnn.kernels.deliver.deliver`).
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.intrinsics import count_ones, prefetch
from distsnn.kernels.compiled import inline_kernel, kernel

CHUNK = 256
# Entries of `state`: number of the next spike to be read, the step it is looked for in, the first
# free chunk, how many chunks are free.
NEXT_SPIKE, NEXT_STEP, FREE, N_FREE = range(4)
STATE_SIZE = 4
# Spikes whose rows are looked up before the first of them is read; columns of the work space.
BLOCK = 128
_FIRST, _LAST, _ROW, _AT, _STEP, _LEAST = range(6)
WORK_SIZE = 6 * BLOCK
_LOOK_AHEAD = 24
_ROWS_AHEAD = 6
_LINES_AHEAD = 8
_LINE = 64
_SLOTS_AHEAD = 24


@inline_kernel
def _look_up_block(stop, gids, begin, row_bits, rows_before, least, work, state):
    """List the rows of the next spikes in `work`, and move on; how many there are."""
    mask = gids.size - 1
    window = begin.size
    count = 0
    step = state[NEXT_STEP]
    number = state[NEXT_SPIKE]
    while step < stop and count < BLOCK:
        last = begin[(step + 1) % window]
        number = max(number, begin[step % window])
        while number < last and count < BLOCK:
            at = number & mask
            gid = np.int64(gids[at])
            bit = np.uint64(1) << np.uint64(gid & 63)
            bits = row_bits[gid >> 6]
            if bits & bit:
                earlier = count_ones(bits & (bit - np.uint64(1)))
                work[_ROW * BLOCK + count] = np.int64(rows_before[gid >> 6]) + earlier
                work[_AT * BLOCK + count] = at
                work[_STEP * BLOCK + count] = step
                work[_LEAST * BLOCK + count] = least[number] if number < least.size else 0
                count += 1
            number += 1
        if number >= last:
            step += 1
    state[NEXT_STEP] = step
    state[NEXT_SPIKE] = number
    return count


@inline_kernel
def _find_synapses(count, row_synapse, work):
    """Where the synapses of the rows in `work` begin and end; how many they are."""
    for q in range(min(count, _LOOK_AHEAD)):
        prefetch(row_synapse, work[_ROW * BLOCK + q])
    total = 0
    for q in range(count):
        if q + _LOOK_AHEAD < count:
            prefetch(row_synapse, work[_ROW * BLOCK + q + _LOOK_AHEAD])
        row = work[_ROW * BLOCK + q]
        first = row_synapse[row]
        last = row_synapse[row + 1]
        work[_FIRST * BLOCK + q] = first
        work[_LAST * BLOCK + q] = last
        total += last - first
    return total


@inline_kernel
def _append(
    bucket, slot, value, state, bucket_first, bucket_end, next_chunk, pool_slot, pool_value
):
    at = bucket_end[bucket]
    if at & (CHUNK - 1) == 0:
        # The bucket is empty, or its last chunk is full.
        chunk = state[FREE]
        state[FREE] = next_chunk[chunk]
        state[N_FREE] -= 1
        next_chunk[chunk] = -1
        if bucket_first[bucket] < 0:
            bucket_first[bucket] = chunk
        else:
            next_chunk[at // CHUNK - 1] = chunk
        at = chunk * CHUNK
    pool_slot[at] = slot
    pool_value[at] = value
    bucket_end[bucket] = at + 1


@kernel
def file_spikes(
    stop,
    gids,
    begin,
    row_bits,
    rows_before,
    row_synapse,
    first_delay,
    slot_bits,
    packed,
    weight,
    weighted,
    efficacy,
    least_delay,
    work,
    state,
    bucket_first,
    bucket_end,
    next_chunk,
    pool_slot,
    pool_value,
):
    """Append the synapses of new spikes to the buckets.

    Parameters
    ----------
    stop : int64
        The spikes of all steps before it have arrived.
    gids : uint32 array (power of two,), in
        Ring of the spikes in flight.
    begin : int64 array (window,), in
        Number of the first spike of each step, at ``step % window``.
    row_bits, rows_before : arrays, in
        See `distsnn.kernels.connect.rows.mark_rows`.
    row_synapse : int64 array (rows + 1,), in
        First synapse of each row.
    first_delay, slot_bits, packed
        See `distsnn.kernels.connect.rows.pack_delays`.
    weight : float32 or float64 array, in
        Of each synapse, or of each row.
    weighted : int64
        Whether synapses have weights of their own.
    efficacy : float64 array (capacity of the ring,), in
        Factor of each spike in flight, 1 without short-term plasticity.
    least_delay : int64 array, in
        The shortest delay with which a spike still acts, by its number; 0 for later spikes.
    work : int64 array (WORK_SIZE,), work
    state : int64 array (STATE_SIZE,), in/out
    bucket_first, bucket_end : int64 arrays (window,), in/out
        First chunk of the bucket of each step, -1 for none; where its next entry comes.
    next_chunk : int32 array (chunks,), in/out
        The chunk after each in its bucket or among the free ones, -1 for none.
    pool_slot : uint32 array (chunks * CHUNK,), in/out
    pool_value : float32 or float64 array (chunks * CHUNK,), in/out
        Where and what each entry adds.

    Returns
    -------
    bool
        False if the pool must be larger before the next spikes can be read; those read before
        are in it.
    """
    within = (1 << slot_bits) - 1
    window = bucket_first.size
    line = _LINE // packed.itemsize
    while True:
        step = state[NEXT_STEP]
        number = state[NEXT_SPIKE]
        count = _look_up_block(stop, gids, begin, row_bits, rows_before, least_delay, work, state)
        if count == 0:
            return True
        total = _find_synapses(count, row_synapse, work)
        # Chunks that are filled, and one more for each bucket.
        if total // CHUNK + min(total, window) > state[N_FREE]:
            state[NEXT_STEP] = step
            state[NEXT_SPIKE] = number
            return False
        for q in range(-_ROWS_AHEAD, count):
            if q + _ROWS_AHEAD < count:
                first = work[_FIRST * BLOCK + q + _ROWS_AHEAD]
                last = min(work[_LAST * BLOCK + q + _ROWS_AHEAD], first + _LINES_AHEAD * line)
                for k in range(first, last, line):
                    prefetch(packed, k)
                    if weighted != 0:
                        prefetch(weight, k)
                if weighted == 0:
                    prefetch(weight, work[_ROW * BLOCK + q + _ROWS_AHEAD])
            if q >= 0:
                soonest = (work[_STEP * BLOCK + q] + first_delay) % window
                least = work[_LEAST * BLOCK + q] - first_delay
                factor = efficacy[work[_AT * BLOCK + q]]
                row = work[_ROW * BLOCK + q]
                for k in range(work[_FIRST * BLOCK + q], work[_LAST * BLOCK + q]):
                    delay = np.int64(packed[k]) >> slot_bits
                    if delay >= least:
                        bucket = soonest + delay
                        if bucket >= window:
                            bucket -= window
                        _append(
                            bucket,
                            packed[k] & within,
                            np.float64(weight[k if weighted != 0 else row]) * factor,
                            state,
                            bucket_first,
                            bucket_end,
                            next_chunk,
                            pool_slot,
                            pool_value,
                        )


@kernel
def deliver_bucket(step, state, bucket_first, bucket_end, next_chunk, pool_slot, pool_value, slots):
    """Add what is due in a step to the slots, and empty its bucket.

    Parameters
    ----------
    step : int64
    state, bucket_first, bucket_end, next_chunk, pool_slot, pool_value
        See `file_spikes`.
    slots : float64 array, in/out
        Target variables of the rank.

    Returns
    -------
    int64
        Number of synaptic events.
    """
    bucket = step % bucket_first.size
    chunk = bucket_first[bucket]
    events = 0
    while chunk >= 0:
        following = np.int64(next_chunk[chunk])
        first = chunk * CHUNK
        last = first + CHUNK if following >= 0 else bucket_end[bucket]
        for k in range(first, min(first + _SLOTS_AHEAD, last)):
            prefetch(slots, np.int64(pool_slot[k]))
        for k in range(first, last):
            if k + _SLOTS_AHEAD < last:
                prefetch(slots, np.int64(pool_slot[k + _SLOTS_AHEAD]))
            slots[pool_slot[k]] += np.float64(pool_value[k])
        events += last - first
        next_chunk[chunk] = state[FREE]
        state[FREE] = chunk
        state[N_FREE] += 1
        chunk = following
    bucket_first[bucket] = -1
    bucket_end[bucket] = 0
    return events
