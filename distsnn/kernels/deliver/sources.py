"""Sources that only spike: by chance, drawn for 128 steps at a time, or at given times."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.intrinsics import trailing_zeros
from distsnn.kernels.arithmetic.logarithm import log_of_normal
from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.philox import philox4x32
from distsnn.kernels.draws.poisson import BLOCK

# Steps that are drawn at once.
STEPS_OF_BLOCK = 128
# Sources whose marks of a step are one word.
MARKS = 64
_6 = np.uint64(6)
_11 = np.uint64(11)
_32 = np.uint64(32)
_63 = np.uint64(63)
_ONE = np.uint64(1)
_STEP53 = 2.0**-53


@inline_kernel
def draw_poisson_spikes(
    step, drawn_block, k0, k1, index_of_lid, tags, inverse, most_silent, words, marks, spike_lid
):
    """The sources of a Poisson group that spike in this step.

    Source i spikes in each step with probability p_i = rate_i dt (at most once). In each block of
    128 steps its spikes are drawn one after the other: the steps between two, and before the
    first, are floor(log(x) / log(1 - p_i)), where x is uniform in (0, 1], of 53 bits.
    x k of a block is made of words 2 (k % 2) and 2 (k % 2) + 1 of Philox4x32 with the counter
    (index, tag, step // 128, k // 2). The tag is made of p_i, so that the draws of other rates are
    independent: rates may change within a block.

    Parameters
    ----------
    step : int64
    drawn_block : int64 array (1,), in/out
        Block of 128 steps that `marks` holds, -1 for none.
    k0, k1 : uint32
        Key of the group.
    index_of_lid : int64 array (n,), in
        Index of each local source within the group.
    tags : uint32 array (n,), in
    inverse : float64 array (n,), in
        1 / log(1 - p_i).
    most_silent : uint64 array (n,), in
        If 2^53 x is at most this, there are 128 steps or more to the next spike; always, if p_i
        is 0. It may also be less than the largest such number.
    words : uint32 array (4 * BLOCK,), work
    marks : uint64 array (128 * ceil(n / 64),), in/out
        A bit for each source, for each step of the block.
    spike_lid : int32 array (n,), out

    Returns
    -------
    int64
        Number of spikes; their local indices are in `spike_lid`, ascending.

    Notes
    -----
    Most of the time is spent where something happens: a source that is silent for a block costs
    one Philox call, of which several are made at once.
    """
    block = step // STEPS_OF_BLOCK
    if drawn_block[0] != block:
        drawn_block[0] = block
        _draw_block(block, k0, k1, index_of_lid, tags, inverse, most_silent, words, marks)
    return _collect_marked(step - STEPS_OF_BLOCK * block, marks, spike_lid)


@kernel
def _collect_marked(s, marks, spike_lid):
    """List the sources marked in step `s` of a block, ascending."""
    size = marks.size // STEPS_OF_BLOCK
    count = 0
    for w in range(size):
        mark = marks[s * size + w]
        while mark != 0:
            spike_lid[count] = MARKS * w + trailing_zeros(mark)
            count += 1
            mark &= mark - _ONE
    return count


@kernel
def _draw_block(block, k0, k1, index_of_lid, tags, inverse, most_silent, words, marks):
    """Mark the spikes of all sources in a block."""
    for m in range(marks.size):
        marks[m] = 0
    w0 = words[:BLOCK]
    w1 = words[BLOCK : 2 * BLOCK]
    w2 = words[2 * BLOCK : 3 * BLOCK]
    w3 = words[3 * BLOCK : 4 * BLOCK]
    for first_lid in range(0, index_of_lid.size, BLOCK):
        n = min(BLOCK, index_of_lid.size - first_lid)
        index = index_of_lid[first_lid : first_lid + n]
        tag = tags[first_lid : first_lid + n]
        for i in range(n):
            w0[i] = np.uint32(index[i])
        for i in range(n):
            w1[i] = tag[i]
        # LLVM would not vectorize a loop over six arrays: too many to tell apart.
        for i in range(n):
            w0[i], w1[i], w2[i], w3[i] = philox4x32(w0[i], w1[i], block, block >> 32, k0, k1)
        for i in range(n):
            lid = first_lid + i
            if _number53(w0[i], w1[i]) > most_silent[lid]:
                first = w0[i], w1[i], w2[i], w3[i]
                counter = np.int64(index[i]), np.int64(tag[i]), np.int64(block)
                _draw_source(lid, counter, k0, k1, first, inverse[lid], most_silent[lid], marks)


@kernel
def _draw_source(lid, counter, k0, k1, first, inverse, most_silent, marks):
    """Mark the spikes of one source; `first` are the words of its first Philox call."""
    size = marks.size // STEPS_OF_BLOCK
    index, tag, block = counter
    a, b, c, d = first
    s = np.int64(0)
    k = np.int64(0)
    while True:
        number = _number53(c, d) if k & 1 else _number53(a, b)
        if number <= most_silent:
            return
        silent = log_of_normal(np.float64(number) * _STEP53) * inverse
        if silent >= STEPS_OF_BLOCK - s:
            return
        s += np.int64(silent)
        marks[s * size + (lid >> 6)] |= _ONE << (np.uint64(lid) & _63)
        s += 1
        k += 1
        if k & 1 == 0:
            a, b, c, d = philox4x32(index, tag, block, (block >> 32) | (k >> 1) << 24, k0, k1)


@inline_kernel
def _number53(high, low):
    """From 1 to 2^53 (uint64)."""
    return ((np.uint64(high) << _32 | np.uint64(low)) >> _11) + _ONE


@kernel
def take_given_spikes(step, spike_step, spike_source, period, cursor, spike_lid):
    """Sources of a generator that spike in this step.

    Parameters
    ----------
    step : int64
    spike_step : int64 array (spikes,), in
        Steps of all given spikes of this rank's sources, ascending, ties by source.
    spike_source : int32 array (spikes,), in
        Local index of each.
    period : int64
        Steps after which they repeat; 0 if they do not.
    cursor : int64 array (1,), in/out
        First spike not yet taken.
    spike_lid : int32 array, out

    Returns
    -------
    int64
        Number of spikes.
    """
    at = cursor[0]
    if period > 0:
        step %= period
        if step == 0:
            at = 0
    while at < spike_step.size and spike_step[at] < step:
        at += 1
    count = 0
    while at < spike_step.size and spike_step[at] == step:
        spike_lid[count] = spike_source[at]
        count += 1
        at += 1
    cursor[0] = at
    return count
