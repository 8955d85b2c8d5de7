"""Poisson input: counts drawn for four steps at a time, and sources that spike by chance."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel
from distsnn.kernels.philox import philox4x32, uniform53

BLOCK = 1024


@kernel
def draw_counts(first_index, n, block_of_steps, k0, k1, lowest, thresholds, words, counts):
    """Counts of `n` neighboring neurons for four steps, by inversion of a cumulative table.

    Word w of Philox4x32 with the counter (index, 0, block of steps, 0) gives the count of step
    4 * block + w: the smallest c with u < P(count <= c), to the 2^-32 of a word.

    Parameters
    ----------
    first_index : int64
        Index of the first neuron within its group.
    n : int64
    block_of_steps : int64
        Step // 4.
    k0, k1 : uint32
        Key of the input.
    lowest : int64
        Smallest count that can occur.
    thresholds : uint32 array, in
        2^32 P(count <= lowest + j), rounded.
    words : uint32 array (5 * BLOCK,), work
    counts : uint16 array (4 * n,), out
        Counts of the n neurons in the first step, then in the second, ...

    Notes
    -----
    The comparisons run over blocks of neurons for one threshold at a time, so that they
    vectorize and stay in the first-level cache.
    """
    w0 = words[:BLOCK]
    w1 = words[BLOCK : 2 * BLOCK]
    w2 = words[2 * BLOCK : 3 * BLOCK]
    w3 = words[3 * BLOCK : 4 * BLOCK]
    wide = words[4 * BLOCK : 5 * BLOCK]
    for block_first in range(0, n, BLOCK):
        size = min(BLOCK, n - block_first)
        index = np.uint64(first_index + block_first)
        for i in range(size):
            at = index + np.uint64(i)
            w0[i], w1[i], w2[i], w3[i] = philox4x32(
                at, at >> np.uint64(32), block_of_steps, block_of_steps >> 32, k0, k1
            )
        for w in range(4):
            word = words[w * BLOCK : w * BLOCK + size]
            count = counts[w * n + block_first : w * n + block_first + size]
            if thresholds.size <= 64:
                _count_linear(word, lowest, thresholds, wide, count)
            else:
                _count_by_bisection(word, lowest, thresholds, count)


@kernel
def _count_linear(word, lowest, thresholds, wide, count):
    # Counts as wide as the words, and four comparisons for each load and store of a count.
    size = count.size
    for i in range(size):
        wide[i] = np.uint32(lowest)
    fours = thresholds.size // 4
    for four in range(fours):
        a = thresholds[4 * four]
        b = thresholds[4 * four + 1]
        c = thresholds[4 * four + 2]
        d = thresholds[4 * four + 3]
        for i in range(size):
            w = word[i]
            wide[i] += np.uint32(w >= a) + np.uint32(w >= b) + np.uint32(w >= c) + np.uint32(w >= d)
    for j in range(4 * fours, thresholds.size):
        a = thresholds[j]
        for i in range(size):
            wide[i] += np.uint32(word[i] >= a)
    for i in range(size):
        count[i] = np.uint16(wide[i])


@kernel
def _count_by_bisection(word, lowest, thresholds, count):
    for i in range(count.size):
        low = 0
        high = thresholds.size
        while low < high:
            middle = (low + high) // 2
            if word[i] >= thresholds[middle]:
                low = middle + 1
            else:
                high = middle
        count[i] = lowest + low


@kernel
def add_counts(counts, weight, variable):
    """Add ``count * weight`` to each neuron's variable.

    Parameters
    ----------
    counts : uint16 array (n,), in
    weight : float64
    variable : float64 array (n,), in/out
    """
    for i in range(variable.size):
        variable[i] += np.float64(counts[i]) * weight


@kernel
def deliver_poisson(
    step,
    drawn_block,
    k0,
    k1,
    lowest,
    thresholds,
    words,
    counts,
    first_index,
    first_slot,
    n_of_range,
    weight,
    slots,
):
    """Add the Poisson input of one step to its targets, drawing when four steps are used up.

    Parameters
    ----------
    step : int64
    drawn_block : int64 array (1,), in/out
        Block of four steps that `counts` holds, -1 for none.
    k0, k1, lowest, thresholds, words
        See `draw_counts`.
    counts : uint16 array (4 * neurons,), in/out
    first_index, first_slot, n_of_range : int64 arrays (ranges,), in
        The ranges of owned targets: index within the group, slot, number of neurons.
    weight : float64
    slots : float64 array, in/out
        Target variables of the rank.

    Returns
    -------
    int64
        Number of neurons that got a draw.
    """
    block_of_steps = step // 4
    fresh = drawn_block[0] != block_of_steps
    drawn_block[0] = block_of_steps
    word = step - 4 * block_of_steps
    at = 0
    neurons = 0
    for r in range(n_of_range.size):
        n = n_of_range[r]
        of_range = counts[at : at + 4 * n]
        if fresh:
            draw_counts(
                first_index[r], n, block_of_steps, k0, k1, lowest, thresholds, words, of_range
            )
        add_counts(
            of_range[word * n : (word + 1) * n], weight, slots[first_slot[r] : first_slot[r] + n]
        )
        at += 4 * n
        neurons += n
    return neurons


@kernel
def draw_poisson_spikes(step, k0, k1, index_of_lid, probability, spike_lid):
    """Which sources of a Poisson group spike in this step.

    Source i spikes with probability p_i = rate_i dt (at most one spike a step), if the uniform
    with the counter (index, 0, step // 2, 0), its first or second half for even or odd steps,
    lies below p_i.

    Parameters
    ----------
    step : int64
    k0, k1 : uint32
    index_of_lid : int64 array (n,), in
        Index of each local source within the group.
    probability : float64 array (n,), in
    spike_lid : int32 array (n,), out

    Returns
    -------
    int64
        Number of spikes; their local indices are in `spike_lid`, ascending.
    """
    pair = step // 2
    odd = step - 2 * pair
    count = 0
    for lid in range(probability.size):
        index = np.uint64(index_of_lid[lid])
        a, b, c, d = philox4x32(index, index >> np.uint64(32), pair, pair >> 32, k0, k1)
        u = uniform53(c, d) if odd == 1 else uniform53(a, b)
        if u < probability[lid]:
            spike_lid[count] = lid
            count += 1
    return count


@kernel
def take_given_spikes(step, spike_step, spike_source, cursor, spike_lid):
    """Sources of a generator that spike in this step.

    Parameters
    ----------
    step : int64
    spike_step : int64 array (spikes,), in
        Steps of all given spikes of this rank's sources, ascending, ties by source.
    spike_source : int32 array (spikes,), in
        Local index of each.
    cursor : int64 array (1,), in/out
        First spike not yet taken.
    spike_lid : int32 array, out

    Returns
    -------
    int64
        Number of spikes.
    """
    at = cursor[0]
    while at < spike_step.size and spike_step[at] < step:
        at += 1
    count = 0
    while at < spike_step.size and spike_step[at] == step:
        spike_lid[count] = spike_source[at]
        count += 1
        at += 1
    cursor[0] = at
    return count
