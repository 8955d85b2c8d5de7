"""Poisson input: counts, of Poisson or binomial law, drawn for eight steps at a time."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.intrinsics import wide_vectors
from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.philox import philox4x32

BLOCK = 1024
# Steps that are drawn at once: two for each word of a Philox call.
STEPS = 8
# Thresholds that are compared in one pass over the neurons.
EIGHT = 8
# Draws that are looked at together for one that the first bits do not decide.
_WIDE, _CHUNK = 512, 64
_32 = np.uint64(32)
_HALF = np.uint16(0x7FFF)
_SIGN = np.uint16(15)
_ONE = np.uint16(1)


@kernel
def draw_counts(
    first_index,
    n,
    block_of_steps,
    k0,
    k1,
    lowest,
    thresholds,
    central,
    central_base,
    below,
    above,
    words,
    near,
    counts,
):
    """Counts of `n` neighboring neurons for eight steps, by inversion of a cumulative table.

    The count of step 8 * block + 2 w + h is the smallest c with u < P(count <= c), where u has
    47 bits. The first 15 of them are the low bits of half h (low, high) of word w of Philox4x32
    with the counter (index, block of steps). They decide, but where they are those of a threshold
    or far out in a tail; the other 32 are drawn only then.

    Parameters
    ----------
    first_index : int64
        Index of the first neuron within its group.
    n : int64
    block_of_steps : int64
        Step // 8.
    k0, k1 : uint32
        Key of the input.
    lowest : int64
        Smallest count that can occur.
    thresholds : uint64 array, in
        2^47 P(count <= lowest + j), rounded.
    central : uint16 array (multiple of 8,), in
        First 15 bits of some neighboring thresholds, between which nearly all draws lie, filled
        up with 2^15 - 1; empty if there are so many that bisection is faster.
    central_base : int64
        Count below the first of them.
    below, above : uint16
        A draw of at most `below`, or of more than `above`, may lie beyond the central
        thresholds. 2^16 - 1 and 2^15 - 1 for none.
    words : uint32 array (4 * BLOCK,), work
    near : uint16 array (2 * BLOCK,), work
    counts : uint32 array (4 * n,), out
        Two counts of 16 bits, low and high, in each: those of the n neurons in the first two
        steps, then in the next two, ...

    Notes
    -----
    Loops run over blocks of neurons for eight thresholds at a time, in lanes of 16 bits, so that
    they vectorize and stay in the first-level cache. They subtract instead of comparing: the
    sign tells the side, and a difference of zero the tie, where vectors of AVX-512 would keep
    the one port busy that moves the results of comparisons.
    """
    wide_vectors()
    w0 = words[:BLOCK]
    w1 = words[BLOCK : 2 * BLOCK]
    w2 = words[2 * BLOCK : 3 * BLOCK]
    w3 = words[3 * BLOCK : 4 * BLOCK]
    for block_first in range(0, n, BLOCK):
        size = min(BLOCK, n - block_first)
        index = np.uint64(first_index + block_first)
        for i in range(size):
            at = index + np.uint64(i)
            w0[i], w1[i], w2[i], w3[i] = philox4x32(
                at, at >> _32, block_of_steps, block_of_steps >> 32, k0, k1
            )
        for w in range(4):
            drawn = words[w * BLOCK : w * BLOCK + size].view(np.uint16)
            count = counts[w * n + block_first : w * n + block_first + size].view(np.uint16)
            _count_central(drawn, central, central_base, below, above, near, count)
            for wide in range(0, 2 * size, _WIDE):
                wide_end = min(wide + _WIDE, 2 * size)
                if _all_clear(near[wide:wide_end]):
                    continue
                for chunk in range(wide, wide_end, _CHUNK):
                    end = min(chunk + _CHUNK, wide_end)
                    if _all_clear(near[chunk:end]):
                        continue
                    for i in range(chunk, end):
                        if near[i] == 0:
                            count[i] = lowest + _rank_of(
                                np.uint64(drawn[i] & _HALF),
                                index + np.uint64(i // 2),
                                block_of_steps,
                                w,
                                i % 2,
                                k0,
                                k1,
                                thresholds,
                            )


@kernel
def _count_central(drawn, central, central_base, below, above, near, count):
    """Counts by the first bits; `near` is 0 where these do not decide."""
    wide_vectors()
    size = count.size
    if central.size == 0:
        for i in range(size):
            near[i] = 0
        return
    base = np.uint16(central_base)
    a, b, c, d = central[0], central[1], central[2], central[3]
    e, f, g, h = central[4], central[5], central[6], central[7]
    for i in range(size):
        v = drawn[i] & _HALF
        over, distance = _pass_eight(v, a, b, c, d, e, f, g, h)
        count[i] = base + over
        inside = min(np.uint16(below - v) >> _SIGN, (np.uint16(above - v) >> _SIGN) ^ _ONE)
        near[i] = min(distance, inside)
    for first in range(EIGHT, central.size, EIGHT):
        a, b, c, d = central[first], central[first + 1], central[first + 2], central[first + 3]
        e, f, g, h = central[first + 4], central[first + 5], central[first + 6], central[first + 7]
        for i in range(size):
            over, distance = _pass_eight(drawn[i] & _HALF, a, b, c, d, e, f, g, h)
            count[i] += over
            near[i] = min(near[i], distance)


@inline_kernel
def _pass_eight(v, a, b, c, d, e, f, g, h):
    """Number of eight thresholds below v, and a number that is 0 if v is one of them."""
    xa, xb, xc, xd = np.uint16(a - v), np.uint16(b - v), np.uint16(c - v), np.uint16(d - v)
    xe, xf, xg, xh = np.uint16(e - v), np.uint16(f - v), np.uint16(g - v), np.uint16(h - v)
    over = (
        (xa >> _SIGN) + (xb >> _SIGN) + (xc >> _SIGN) + (xd >> _SIGN)
        + (xe >> _SIGN) + (xf >> _SIGN) + (xg >> _SIGN) + (xh >> _SIGN)
    )  # fmt: skip
    nearest = min(min(min(xa, xb), min(xc, xd)), min(min(xe, xf), min(xg, xh)))  # noqa: PLW3301 - a chain would not vectorize as well
    return np.uint16(over), nearest


@kernel
def _all_clear(near):
    """Whether no entry is 0."""
    wide_vectors()
    least = _HALF
    for i in range(near.size):
        least = min(least, near[i])
    return least != 0


@kernel
def _rank_of(drawn, index, block_of_steps, w, h, k0, k1, thresholds):
    """Number (int64) of thresholds that are at most u, of which `drawn` are the first 15 bits."""
    low = 0
    high = thresholds.size
    while low < high:
        middle = (low + high) // 2
        if drawn > thresholds[middle] >> _32:
            low = middle + 1
        else:
            high = middle
    if low == thresholds.size or drawn != thresholds[low] >> _32:
        return low
    w0, w1, w2, w3 = philox4x32(
        index, index >> _32, block_of_steps, (block_of_steps >> 32) | (1 + h) << 30, k0, k1
    )
    rest = w0 if w == 0 else w1 if w == 1 else w2 if w == 2 else w3
    u = (drawn << _32) | np.uint64(rest)
    while low < thresholds.size and u >= thresholds[low]:
        low += 1
    return low


@kernel
def add_counts(counts, high, weight, variable):
    """Add ``count * weight`` to each neuron's variable.

    Parameters
    ----------
    counts : uint32 array (n,), in
        Two counts of 16 bits in each.
    high : int64
        Whether to take the high ones (1) or the low ones (0).
    weight : float64
    variable : float64 array (n,), in/out
    """
    wide_vectors()
    shift = np.uint32(16 * high)
    for i in range(variable.size):
        variable[i] += np.float64(np.int32((counts[i] >> shift) & np.uint32(0xFFFF))) * weight


@kernel
def deliver_poisson(
    step,
    drawn_block,
    k0,
    k1,
    lowest,
    thresholds,
    central,
    central_base,
    below,
    above,
    words,
    near,
    counts,
    first_index,
    first_slot,
    n_of_range,
    weight,
    slots,
):
    """Add the Poisson input of one step to its targets, drawing when eight steps are used up.

    Parameters
    ----------
    step : int64
    drawn_block : int64 array (1,), in/out
        Block of eight steps that `counts` holds, -1 for none.
    k0, k1, lowest, thresholds, central, central_base, below, above, words, near
        See `draw_counts`.
    counts : uint32 array (4 * neurons,), in/out
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
    block_of_steps = step // STEPS
    fresh = drawn_block[0] != block_of_steps
    drawn_block[0] = block_of_steps
    pair = (step - STEPS * block_of_steps) // 2
    at = 0
    neurons = 0
    for r in range(n_of_range.size):
        n = n_of_range[r]
        of_range = counts[at : at + 4 * n]
        if fresh:
            draw_counts(
                first_index[r],
                n,
                block_of_steps,
                k0,
                k1,
                lowest,
                thresholds,
                central,
                central_base,
                below,
                above,
                words,
                near,
                of_range,
            )
        add_counts(
            of_range[pair * n : (pair + 1) * n],
            step % 2,
            weight,
            slots[first_slot[r] : first_slot[r] + n],
        )
        at += 4 * n
        neurons += n
    return neurons
