"""Kernels that enumerate the edges of a projection target by target and draw their sources.

An edge is known by (major, k) = (target, number within the target). The kernels fill chunk
buffers; `state` makes the enumeration resumable.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.philox import philox4x32, uniform53

_32 = np.uint64(32)


@inline_kernel
def _below(major, k, k0, k1, n):
    m = np.uint64(major)
    j = np.uint64(k)
    w0, w1, _, _ = philox4x32(m, m >> _32, j, j >> _32, k0, k1)
    return np.int64(uniform53(w0, w1) * np.float64(n))


@kernel
def enumerate_edges(target, k, counts, first, state):
    """Fill the identities of the next edges.

    Parameters
    ----------
    target, k : int64, shape (n,), out
        Target index and number within the target.
    counts : int64, shape (m,)
        Number of edges of the targets first, first + 1, ...
    first : int64
        Index of the first target.
    state : int64, shape (2,), in/out
        Position in `counts` and within it; zeros to begin.

    Returns
    -------
    int64
        Number of edges filled; below n only when there are no more.
    """
    filled = 0
    position = state[0]
    done = state[1]
    while position < counts.size:
        length = min(counts[position] - done, target.size - filled)
        run_target = target[filled : filled + length]
        run_k = k[filled : filled + length]
        index = first + position
        for i in range(run_target.size):
            run_target[i] = index
            run_k[i] = done + i
        filled += length
        done += length
        if done < counts[position]:
            break
        position += 1
        done = 0
    state[0] = position
    state[1] = done
    return filled


@kernel
def draw_uniform_index(out, major, k, k0, k1, n):
    """Draw out[i] = floor(u n), uniform in [0, n), counter (major[i], k[i]).

    Parameters
    ----------
    out : int64, shape (m,), out
        The indices.
    major, k : int64, shape (m,)
        Identity of each edge.
    k0, k1 : uint32
        Key of the stream.
    n : int64
        Number of neurons to draw from, below 2**53.
    """
    for i in range(out.size):
        out[i] = _below(major[i], k[i], k0, k1, n)


@kernel
def draw_index_up_to(out, major, k, k0, k1, top):
    """Draw out[i] uniform in [0, top[i]]; parameters as in `draw_uniform_index`.

    Parameters
    ----------
    out : int64, shape (m,), out
        The indices.
    major, k : int64, shape (m,)
        Identity of each edge.
    k0, k1 : uint32
        Key of the stream.
    top : int64, shape (m,)
        Largest index of each edge.
    """
    for i in range(out.size):
        out[i] = _below(major[i], k[i], k0, k1, top[i] + 1)


@kernel
def fill_top(top, target, k, counts, first, n_source, offset, distinct):
    """Largest index an edge may draw among the allowed sources of its target.

    Parameters
    ----------
    top : int64, shape (m,), out
        Number of allowed sources - 1; for distinct sources that less the number of edges of
        the target that are still to come (see `make_distinct`).
    target, k : int64, shape (m,)
        Identity of each edge.
    counts : int64, shape (n,)
        Number of edges of the targets first, first + 1, ...
    first : int64
        Index of the first target.
    n_source : int64
        Number of sources.
    offset : int64
        The excluded source of a target is target + offset, if there is such a source.
    distinct : bool
        Whether the sources of a target must differ.
    """
    for i in range(top.size):
        autapse = target[i] + offset
        allowed = n_source - np.int64(autapse >= 0 and autapse < n_source)
        to_come = counts[np.uint64(target[i] - first)] - 1 - k[i] if distinct else 0
        top[i] = allowed - 1 - to_come


@kernel
def make_distinct(out, major, top, visit):
    """Turn indices drawn up to `top` into a uniform subset without repetition.

    Floyd's algorithm: to choose m of n, for top = n - m, ..., n - 1 draw an index in
    [0, top] and take `top` itself where the index was taken before. Source: Bentley and
    Floyd (1987), A sample of brilliance, Comm. ACM 30(9):754-757.

    Parameters
    ----------
    out : int64, shape (m,), in/out
        Drawn indices.
    major : int64, shape (m,)
        Indices of edges of one major must differ.
    top : int64, shape (m,)
        Largest index of each edge, ascending by 1 within a subset.
    visit : int32, shape (n,), in/out
        1 + the major that took each index last; zeros to begin. It carries over from chunk to
        chunk.
    """
    for i in range(out.size):
        mark = np.int32(major[i] + 1)
        index = np.uint64(out[i])
        if visit[index] == mark:
            out[i] = top[i]
            index = np.uint64(top[i])
        visit[index] = mark


@kernel
def skip_excluded(out, major, offset):
    """Turn indices among the allowed neurons into indices among all.

    Parameters
    ----------
    out : int64, shape (m,), in/out
        Indices.
    major : int64, shape (m,)
        Identity of each edge.
    offset : int64
        The excluded index is major + offset, if there is such a neuron.
    """
    for i in range(out.size):
        autapse = major[i] + offset
        out[i] += np.int64(autapse >= 0 and out[i] >= autapse)
