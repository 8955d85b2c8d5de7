"""The fixed binary tree over targets that divides a number of synapses among them.

A node [low, high) of the tree is cut at its middle; the middle is its name in the counter,
since no two nodes are cut at the same place. How many of a node's synapses go to its left
half is binomial (hypergeometric without multapses), drawn with the node's counter. So the tree
depends on the number of targets and the key alone, and a rank descends only into nodes
that overlap its own targets.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.binomial import binomial
from distsnn.kernels.draws.hypergeometric import hypergeometric

# Nodes with so few synapses are not cut further when synapses of a source are placed.
LEAF = 32


@inline_kernel
def _split(count, left, right, distinct, major, middle, k0, k1):
    c0 = np.uint32(major & 0xFFFFFFFF)
    c1 = np.uint32(major >> 32)
    c2 = np.uint32(middle)
    if distinct:
        return hypergeometric(left, right, count, c0, c1, c2, k0, k1)
    return binomial(count, np.float64(left) / np.float64(left + right), c0, c1, c2, k0, k1)


@inline_kernel
def _pairs(low, high, n_source, offset):
    # Allowed pairs of the targets [low, high): target + offset is excluded as a source.
    excluded = min(high, n_source - offset) - max(low, -offset)
    return (high - low) * n_source - max(excluded, 0)


@inline_kernel
def _allowed(low, high, excluded):
    return high - low - np.int64(excluded >= low and excluded < high)


@kernel
def split_total(counts, first, n_source, n_target, total, offset, distinct, k0, k1, stack):
    """Find the number of synapses of each own target, of `total` in the whole projection.

    Parameters
    ----------
    counts : int64, shape (m,), out
        Synapses of the targets first, ..., first + m - 1.
    first : int64
        Index of the first own target.
    n_source, n_target : int64
        Sizes of the projection; n_target below 2**32.
    total : int64
        Synapses of the projection.
    offset : int64
        The excluded source of a target is target + offset, if there is such a source.
    distinct : bool
        Whether a pair has at most one synapse.
    k0, k1 : uint32
        Key of the stream.
    stack : int64, shape (256,)
        Work space.
    """
    stop = first + counts.size
    for i in range(counts.size):
        counts[i] = 0
    stack[0] = 0
    stack[1] = n_target
    stack[2] = total
    depth = 3 * np.int64(n_target > 0)
    while depth > 0:
        depth -= 3
        low = stack[depth]
        high = stack[depth + 1]
        count = stack[depth + 2]
        if high <= first or low >= stop or count == 0:
            continue
        if high - low == 1:
            counts[low - first] = count
            continue
        middle = (low + high) >> 1
        left = _pairs(low, middle, n_source, offset)
        right = _pairs(middle, high, n_source, offset)
        to_left = _split(count, left, right, distinct, np.int64(0), middle, k0, k1)
        stack[depth] = middle
        stack[depth + 1] = high
        stack[depth + 2] = count - to_left
        stack[depth + 3] = low
        stack[depth + 4] = middle
        stack[depth + 5] = to_left
        depth += 6


@inline_kernel
def _overlaps(low, high, range_low, range_high):
    for r in range(range_low.size):
        if low < range_high[r] and high > range_low[r]:
            return True
    return False


@kernel
def enumerate_by_source(
    source,
    k,
    low_out,
    top,
    range_low,
    range_high,
    n_source,
    n_target,
    outdegree,
    offset,
    distinct,
    k0,
    k1,
    state,
    stack,
):
    """Fill the next edges of a projection with a fixed out-degree, leaf by leaf.

    Each source descends the tree over targets with its `outdegree` synapses; a node's
    left half has the first numbers k. A node with at most `LEAF` synapses (or one target)
    that overlaps the own ranges is a leaf: all its edges are filled, with the range their
    targets are drawn from, counted among the allowed targets of the source.

    Parameters
    ----------
    source, k : int64, shape (n,), out
        Identity of each edge; n >= LEAF.
    low_out, top : int64, shape (n,), out
        The target is low + an index in [0, top], in the sense of `draw_index_up_to` and
        `make_distinct`.
    range_low, range_high : int64, shape (r,)
        Own ranges of targets.
    n_source, n_target, outdegree : int64
        The projection; n_target below 2**32.
    offset : int64
        The excluded target of a source is source + offset, if there is such a target.
    distinct : bool
        Whether a pair has at most one synapse.
    k0, k1 : uint32
        Key of the stream.
    state : int64, shape (2,), in/out
        Next source and depth of the stack; zeros to begin.
    stack : int64, shape (512,), in/out
        Nodes still to visit.

    Returns
    -------
    int64
        Number of edges filled; 0 only when there are no more.
    """
    filled = 0
    s = state[0]
    depth = state[1]
    while True:
        if depth == 0:
            if s >= n_source:
                break
            stack[0] = 0
            stack[1] = n_target
            stack[2] = outdegree
            stack[3] = 0
            depth = 4
            s += 1
        major = s - 1
        excluded = major + offset
        depth -= 4
        low = stack[depth]
        high = stack[depth + 1]
        count = stack[depth + 2]
        first_k = stack[depth + 3]
        if count == 0 or not _overlaps(low, high, range_low, range_high):
            continue
        if count <= LEAF or high - low == 1:
            capacity = source.size - filled
            if capacity < min(count, LEAF):
                depth += 4
                break
            taken = min(count, capacity)
            origin = low - np.int64(excluded >= 0 and excluded < low)
            last = _allowed(low, high, excluded) - 1
            for i in range(taken):
                source[filled + i] = major
                k[filled + i] = first_k + i
                low_out[filled + i] = origin
                top[filled + i] = last - (count - 1 - i) if distinct else last
            filled += taken
            if taken < count:
                stack[depth + 2] = count - taken
                stack[depth + 3] = first_k + taken
                depth += 4
                break
            continue
        middle = (low + high) >> 1
        left = _allowed(low, middle, excluded)
        right = _allowed(middle, high, excluded)
        to_left = _split(count, left, right, distinct, major, middle, k0, k1)
        stack[depth] = middle
        stack[depth + 1] = high
        stack[depth + 2] = count - to_left
        stack[depth + 3] = first_k + to_left
        stack[depth + 4] = low
        stack[depth + 5] = middle
        stack[depth + 6] = to_left
        stack[depth + 7] = first_k
        depth += 8
    state[0] = s
    state[1] = depth
    return filled


@kernel
def keep_local(source, target, k, range_low, range_high):
    """Move the edges whose target is owned to the front, in order.

    Parameters
    ----------
    source, target, k : int64, shape (n,), in/out
        The edges.
    range_low, range_high : int64, shape (r,)
        Own ranges of targets.

    Returns
    -------
    int64
        Number of edges kept.
    """
    kept = 0
    for i in range(source.size):
        if _overlaps(target[i], target[i] + 1, range_low, range_high):
            source[kept] = source[i]
            target[kept] = target[i]
            k[kept] = k[i]
            kept += 1
    return kept
