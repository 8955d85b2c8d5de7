"""Spikes on their way: found among the neurons, merged from all ranks, kept while in flight.

Spikes of all ranks are numbered in canonical order (step, then gid); spike number q lives at
``q & mask`` of a ring. ``begin[step % window]`` is the number of the first spike of a step.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.intrinsics import prefetch
from distsnn.kernels.compiled import kernel

# Spikes of so many messages, and so many of them, are sorted by digits of this base instead of
# being merged in pairs: a pass for every ten bits of a gid, however many messages there are.
DIGITS = 1024
_DIGIT_BITS = 10
_MANY_RUNS, _MANY_SPIKES = 5, 256
_MESSAGES_AHEAD = 8


@kernel
def collect_spikes(spiked_words, spiked, spike_lid):
    """List the neurons whose flag is set, ascending.

    Parameters
    ----------
    spiked_words : uint64 array (ceil(n/8),), in
        The flags, eight at a time (the same memory as `spiked`).
    spiked : uint8 array (8 * ceil(n/8),), in
        1 for a neuron that spiked in this step, else 0.
    spike_lid : int32 array (n,), out
        Local indices of those neurons.

    Returns
    -------
    int64
        Their number.
    """
    count = 0
    for word in range(spiked_words.size):
        if spiked_words[word] != 0:
            for byte in range(8):
                if spiked[word * 8 + byte] != 0:
                    spike_lid[count] = word * 8 + byte
                    count += 1
    return count


@kernel
def send_spikes(send, n_steps, step_slot, spike_lid, count, gid_of_lid):
    """Append this step's spikes of one group to the message of this rank.

    Parameters
    ----------
    send : uint32 array, in/out
        [0] spikes in all, [1 .. n_steps] spikes of each step, then gids.
    n_steps : int64
        Largest number of steps in an exchange interval.
    step_slot : int64
        Number of the step within the interval.
    spike_lid : int32 array, in
        Local indices, the first `count` of them.
    count : int64
        Number of spikes.
    gid_of_lid : uint32 array (n,), in
        Global ids of the group's local neurons, ascending.
    """
    at = 1 + n_steps + np.int64(send[0])
    for q in range(count):
        send[at + q] = gid_of_lid[spike_lid[q]]
    send[0] += np.uint32(count)
    send[1 + step_slot] += np.uint32(count)


@kernel
def clear_message(send, n_steps):
    """Empty the header of a message (uint32 array, in/out) of at most `n_steps` steps."""
    for word in range(n_steps + 1):
        send[word] = 0


@kernel
def count_spikes(receive, width, n_ranks):
    """Number of spikes (int64) in the messages of all ranks, each `width` words of `receive`."""
    total = 0
    for rank in range(n_ranks):
        total += np.int64(receive[rank * width])
    return total


@kernel
def merge_spikes(
    receive, width, n_ranks, n_steps, first_step, steps, gids, begin, tail, scratch, bounds, read_at
):
    """Append the spikes of all ranks to the ring, in the order of (step, gid).

    Parameters
    ----------
    receive : uint32 array (n_ranks * width,), in
        One message per rank (see `send_spikes`), each sorted by (step, gid).
    width : int64
        Words per message.
    n_ranks, n_steps : int64
        Number of messages; largest number of steps in an interval (length of the header - 1).
    first_step, steps : int64
        The interval covers steps first_step .. first_step + steps - 1.
    gids : uint32 array (power of two,), in/out
        Ring of the spikes in flight.
    begin : int64 array (window,), in/out
        Number of the first spike of each step, at ``step % window``.
    tail : int64
        Number that the next spike gets.
    scratch : uint32 array (2 * spikes of a step at most,), work
    bounds : int64 array (max(n_ranks + 1, DIGITS),), work
    read_at : int64 array (n_ranks,), work

    Returns
    -------
    int64
        The new tail.
    """
    mask = gids.size - 1
    window = begin.size
    for rank in range(n_ranks):
        read_at[rank] = rank * width + 1 + n_steps
    for slot in range(steps):
        count, source = _merge_step(receive, width, n_ranks, slot, scratch, bounds, read_at)
        for q in range(count):
            gids[(tail + q) & mask] = scratch[source + q]
        tail += count
        begin[(first_step + slot + 1) % window] = tail
    return tail


@kernel
def join_messages(receive, width, n_messages, n_steps, scratch, bounds, read_at, send):
    """Make one message of several, sorted as they are.

    Parameters
    ----------
    receive, width, n_messages, n_steps, scratch, bounds, read_at
        See `merge_spikes`.
    send : uint32 array, out
        The message.
    """
    at = 1 + n_steps
    for message in range(n_messages):
        read_at[message] = message * width + 1 + n_steps
    for slot in range(n_steps):
        count, source = _merge_step(receive, width, n_messages, slot, scratch, bounds, read_at)
        for q in range(count):
            send[at + q] = scratch[source + q]
        at += count
        send[1 + slot] = count
    send[0] = at - 1 - n_steps


@kernel
def _merge_step(receive, width, n_ranks, slot, scratch, bounds, read_at):
    """Merge the spikes of one step into `scratch`; their number, and where they begin there."""
    half = scratch.size // 2
    count = 0
    runs = 0
    bounds[0] = 0
    for rank in range(n_ranks):
        if rank + _MESSAGES_AHEAD < n_ranks:
            prefetch(receive, (rank + _MESSAGES_AHEAD) * width + 1 + slot)
            prefetch(receive, read_at[rank + _MESSAGES_AHEAD])
        of_rank = np.int64(receive[rank * width + 1 + slot])
        if of_rank > 0:
            at = read_at[rank]
            for q in range(of_rank):
                scratch[count + q] = receive[at + q]
            read_at[rank] += of_rank
            count += of_rank
            runs += 1
            bounds[runs] = count
    if runs >= _MANY_RUNS and count >= _MANY_SPIKES:
        return count, _sort_by_digits(scratch, half, count, bounds)
    source = 0
    while runs > 1:
        runs = _merge_pairs(scratch, source, half - source, bounds, runs)
        source = half - source
    return count, source


@kernel
def _sort_by_digits(scratch, half, count, next_at):
    """Sort the first `count` words of `scratch`, with its other half; where they begin then."""
    greatest = np.int64(0)
    for q in range(count):
        greatest = max(greatest, np.int64(scratch[q]))
    source = 0
    shift = 0
    while greatest >> shift != 0:
        for digit in range(DIGITS):
            next_at[digit] = 0
        for q in range(source, source + count):
            next_at[(np.int64(scratch[q]) >> shift) & (DIGITS - 1)] += 1
        at = half - source
        for digit in range(DIGITS):
            of_digit = next_at[digit]
            next_at[digit] = at
            at += of_digit
        for q in range(source, source + count):
            digit = (np.int64(scratch[q]) >> shift) & (DIGITS - 1)
            scratch[next_at[digit]] = scratch[q]
            next_at[digit] += 1
        source = half - source
        shift += _DIGIT_BITS
    return source


@kernel
def _merge_pairs(scratch, source, target, bounds, runs):
    merged = 0
    for run in range(0, runs, 2):
        a = bounds[run]
        a_end = bounds[run + 1]
        b = a_end
        b_end = bounds[run + 2] if run + 1 < runs else a_end
        for at in range(a, b_end):
            if b >= b_end or (a < a_end and scratch[source + a] < scratch[source + b]):
                scratch[target + at] = scratch[source + a]
                a += 1
            else:
                scratch[target + at] = scratch[source + b]
                b += 1
        merged += 1
        bounds[merged] = b_end
    return merged


@kernel
def log_spikes(gids, begin, first_step, steps, log_step, log_gid, count):
    """Append the spikes of an interval to the log that monitors and files read.

    Parameters
    ----------
    gids, begin : arrays, in
        The ring, see `merge_spikes`.
    first_step, steps : int64
        The interval.
    log_step : int64 array, in/out
    log_gid : uint32 array, in/out
        Step and sender of each logged spike.
    count : int64
        Number of spikes logged before.

    Returns
    -------
    int64
        Number of spikes logged.
    """
    mask = gids.size - 1
    window = begin.size
    for step in range(first_step, first_step + steps):
        for number in range(begin[step % window], begin[(step + 1) % window]):
            log_step[count] = step
            log_gid[count] = gids[number & mask]
            count += 1
    return count


@kernel
def ring_fits(begin, next_step, longest_delay, tail, arriving, capacity):
    """Whether `arriving` spikes fit the ring beside those that can still act.

    Parameters
    ----------
    begin : int64 array (window,), in
    next_step : int64
        The step after the interval that has just ended; synapses act next at the one before.
    longest_delay, tail, arriving, capacity : int64

    Returns
    -------
    bool
    """
    oldest = max(np.int64(0), next_step - 1 - longest_delay)
    return tail + arriving - begin[oldest % begin.size] <= capacity


@kernel
def queue_spikes(step, spike_lid, count, lids, begin, tail):
    """Append this step's own spikes of one group to the ring of those that act later.

    Parameters
    ----------
    step : int64
    spike_lid : int32 array, in
        Local indices of the neurons that spiked, the first `count` of them.
    count : int64
    lids : uint32 array (power of two,), in/out
        Ring of the local indices.
    begin : int64 array (window,), in/out
        Number of the first spike of each step, at ``step % window``.
    tail : int64
        Number that the next spike gets.

    Returns
    -------
    int64
        The new tail.
    """
    mask = lids.size - 1
    for q in range(count):
        lids[(tail + q) & mask] = spike_lid[q]
    begin[(step + 1) % begin.size] = tail + count
    return tail + count


@kernel
def copy_to_ghosts(values, gid_of_lid, first_gid, shared):
    """Write values of own neurons of a group to those of all its neurons.

    Parameters
    ----------
    values : float64 array (n,), in
    gid_of_lid : uint32 array (n,), in
    first_gid : int64
        Gid of the group's first neuron.
    shared : float64 array (N,), out
    """
    for lid in range(values.size):
        shared[np.int64(gid_of_lid[lid]) - first_gid] = values[lid]
