"""Buckets: what synapses in short rows add, kept by the step in which it is due.

When spikes have arrived, the row of each is read (see `distsnn.kernels.connect.rows`), and each
of its synapses appended to the bucket of its step: a slot, and what is added there. Buckets are
chains of chunks of one pool, so that the pool holds what is in flight, and not the largest bucket
many times.

An entry is two words: the slot, and either the weight in single precision or the index of the
weight that all synapses of some sources have. Only where neither is exact, because weights have
double precision or short-term plasticity multiplies them, is the product kept beside it. Where
weights change, an entry is the synapse and the number of the spike, which are looked at when it is
due.

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
_FIRST, _LAST, _ROW, _NUMBER, _SOONEST, _LEAST, _RANGE = range(7)
WORK_SIZE = 7 * BLOCK
_LOOK_AHEAD = 96
_ROWS_AHEAD = 6
_LINES_AHEAD = 8
_LINE = 64
_SLOTS_AHEAD = 24


@inline_kernel
def _look_up_block(
    stop,
    gids,
    begin,
    row_lookup,
    row_synapse,
    first_delay,
    buckets,
    weight_stop,
    least,
    work,
    state,
):
    """List the rows of the next spikes in `work`, and move on; how many there are.

    There are as many `buckets` as steps that spikes may take, not always those of the ring.
    """
    mask = gids.size - 1
    window = begin.size
    count = 0
    step = state[NEXT_STEP]
    number = state[NEXT_SPIKE]
    while step < stop and count < BLOCK:
        last = begin[(step + 1) % window]
        number = max(number, begin[step % window])
        soonest = (step + first_delay) % buckets
        # Gids ascend within a step.
        of_range = 0
        while number < last and count < BLOCK:
            if number + _LOOK_AHEAD < last:
                ahead = np.int64(gids[(number + _LOOK_AHEAD) & mask])
                prefetch(row_lookup, 2 * (ahead >> 6))
            gid = np.int64(gids[number & mask])
            bit = np.uint64(1) << np.uint64(gid & 63)
            bits = row_lookup[2 * (gid >> 6)]
            if bits & bit:
                earlier = count_ones(bits & (bit - np.uint64(1)))
                row = np.int64(row_lookup[2 * (gid >> 6) + 1]) + earlier
                prefetch(row_synapse, row)
                while of_range < weight_stop.size and weight_stop[of_range] <= gid:
                    of_range += 1
                work[_ROW * BLOCK + count] = row
                work[_NUMBER * BLOCK + count] = number
                work[_SOONEST * BLOCK + count] = soonest
                work[_LEAST * BLOCK + count] = least[number] if number < least.size else 0
                work[_RANGE * BLOCK + count] = of_range
                count += 1
            number += 1
        if number >= last:
            step += 1
    state[NEXT_STEP] = step
    state[NEXT_SPIKE] = number
    return count


@inline_kernel
def _find_synapses(count, row_synapse, packed, work):
    """Begin and end of the synapses of the rows in `work`; their number."""
    total = 0
    for q in range(count):
        row = work[_ROW * BLOCK + q]
        first = np.int64(row_synapse[row])
        last = np.int64(row_synapse[row + 1])
        prefetch(packed, first)
        # A short row may lie in two lines.
        prefetch(packed, last - 1)
        work[_FIRST * BLOCK + q] = first
        work[_LAST * BLOCK + q] = last
        total += last - first
    return total


@inline_kernel
def _take_chunk(bucket, at, state, bucket_first, next_chunk):
    """The first entry of a chunk for a bucket that is empty, or whose last chunk ends at `at`."""
    chunk = state[FREE]
    state[FREE] = next_chunk[chunk]
    state[N_FREE] -= 1
    next_chunk[chunk] = -1
    if bucket_first[bucket] < 0:
        bucket_first[bucket] = chunk
    else:
        next_chunk[at // CHUNK - 1] = chunk
    return chunk * CHUNK


@kernel
def file_spikes(
    stop,
    gids,
    begin,
    row_lookup,
    row_synapse,
    first_delay,
    slot_bits,
    packed,
    weight,
    weight_stop,
    efficacy,
    least_delay,
    work,
    state,
    bucket_first,
    bucket_end,
    next_chunk,
    pool,
    pool_single,
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
    row_lookup : uint64 array, in
        See `distsnn.kernels.connect.rows.mark_rows`.
    row_synapse : uint32 or int64 array (rows + 1,), in
        First synapse of each row.
    first_delay, slot_bits, packed
        See `distsnn.kernels.connect.rows.pack_values`.
    weight : float32 or float64 array, in
        Of each synapse, or of each range of sources; empty where entries are synapses and spikes.
    weight_stop : int64 array, in
        Gid after the last one of each range, ascending; empty if synapses have weights of their
        own.
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
    pool : uint32 array (2 * chunks * CHUNK,), in/out
        Of each entry the slot, and the number of its range.
    pool_single : float32 array (2 * chunks * CHUNK,), in/out
        The same memory: in place of the number the weight.
    pool_value : float64 array (chunks * CHUNK,) or (0,), in/out
        What each entry adds, where neither says it.

    Returns
    -------
    bool
        False if the pool must be larger before the next spikes can be read; those read before
        are in it.
    """
    within = (1 << slot_bits) - 1
    window = bucket_first.size
    weighted = weight_stop.size == 0
    wide = pool_value.size != 0
    deferred = weight.size == 0
    line = _LINE // packed.itemsize
    while True:
        step = state[NEXT_STEP]
        number = state[NEXT_SPIKE]
        count = _look_up_block(
            stop,
            gids,
            begin,
            row_lookup,
            row_synapse,
            first_delay,
            window,
            weight_stop,
            least_delay,
            work,
            state,
        )
        if count == 0:
            return True
        total = _find_synapses(count, row_synapse, packed, work)
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
                    if weighted and not deferred:
                        prefetch(weight, k)
                if weighted and not deferred:
                    prefetch(weight, last - 1)
            if q >= 0:
                soonest = work[_SOONEST * BLOCK + q]
                least = work[_LEAST * BLOCK + q] - first_delay
                spike = work[_NUMBER * BLOCK + q]
                factor = efficacy[spike & (gids.size - 1)]
                of_range = work[_RANGE * BLOCK + q]
                for k in range(work[_FIRST * BLOCK + q], work[_LAST * BLOCK + q]):
                    delay = np.int64(packed[k]) >> slot_bits
                    if delay >= least:
                        bucket = soonest + delay
                        if bucket >= window:
                            bucket -= window
                        at = bucket_end[bucket]
                        if at & (CHUNK - 1) == 0:
                            at = _take_chunk(bucket, at, state, bucket_first, next_chunk)
                        bucket_end[bucket] = at + 1
                        pool[2 * at] = packed[k] & within
                        if deferred:
                            pool[2 * at] = k
                            pool[2 * at + 1] = spike
                        elif wide:
                            pool_value[at] = (
                                np.float64(weight[k if weighted else of_range]) * factor
                            )
                        elif weighted:
                            pool_single[2 * at + 1] = weight[k]
                        else:
                            pool[2 * at + 1] = of_range


@inline_kernel
def _return_chunk(chunk, state, next_chunk):
    """Make a chunk free."""
    next_chunk[chunk] = state[FREE]
    state[FREE] = chunk
    state[N_FREE] += 1


@kernel
def take_entries(step, synapse, number, state, bucket_first, bucket_end, next_chunk, pool):
    """Take the next chunk of synapses whose weights change out of the bucket of a step.

    Parameters
    ----------
    step : int64
    synapse : uint64 array (CHUNK,), out
    number : int64 array (CHUNK,), out
        The lowest 32 bits of the number of each one's spike.
    state, bucket_first, bucket_end, next_chunk, pool
        See `file_spikes`.

    Returns
    -------
    int64
        How many there are; 0 when the bucket is empty.
    """
    bucket = step % bucket_first.size
    chunk = bucket_first[bucket]
    if chunk < 0:
        return 0
    following = np.int64(next_chunk[chunk])
    first = chunk * CHUNK
    n = CHUNK if following >= 0 else bucket_end[bucket] - first
    for i in range(n):
        synapse[i] = pool[2 * (first + i)]
        number[i] = pool[2 * (first + i) + 1]
    _return_chunk(chunk, state, next_chunk)
    bucket_first[bucket] = following
    if following < 0:
        bucket_end[bucket] = 0
    return n


@kernel
def deliver_bucket(
    step,
    weight,
    weight_stop,
    state,
    bucket_first,
    bucket_end,
    next_chunk,
    pool,
    pool_single,
    pool_value,
    slots,
):
    """Add what is due in a step to the slots, and empty its bucket.

    Parameters
    ----------
    step : int64
    weight, weight_stop, state, bucket_first, bucket_end, next_chunk, pool, pool_single, pool_value
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
            prefetch(slots, np.int64(pool[2 * k]))
        for k in range(first, last):
            if k + _SLOTS_AHEAD < last:
                prefetch(slots, np.int64(pool[2 * (k + _SLOTS_AHEAD)]))
            if pool_value.size != 0:
                value = pool_value[k]
            elif weight_stop.size != 0:
                value = np.float64(weight[pool[2 * k + 1]])
            else:
                value = np.float64(pool_single[2 * k + 1])
            slots[pool[2 * k]] += value
        events += last - first
        _return_chunk(chunk, state, next_chunk)
        chunk = following
    bucket_first[bucket] = -1
    bucket_end[bucket] = 0
    return events
