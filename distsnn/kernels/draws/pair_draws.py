"""Functions of generated code that draws synapses: random numbers of pairs, lengths of ranges."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.normal import normal_quantile
from distsnn.kernels.draws.philox import philox4x32, uniform53, uniform_open

_32 = np.uint64(32)


@inline_kernel
def range_size(low, high, step):
    """Number (int64) of members of ``range(low, high, step)``; 0 for a step of 0."""
    if step > 0:
        return max(np.int64(0), (high - low + step - 1) // step)
    if step < 0:
        return max(np.int64(0), (low - high - step - 1) // -step)
    return np.int64(0)


@inline_kernel
def draw_pair_uniform(major, k, call, k0, k1):
    """Draw a uniform number in [0, 1) for what an identity stands for.

    Parameters
    ----------
    major, k : int64
        Identity of an edge, or of a pair that may become one; `major` is below 2**32.
    call : int
        Number of the call within the text.
    k0, k1 : uint32
        Key of the stream.
    """
    m, n = np.uint64(major), np.uint64(k)
    w0, w1, _, _ = philox4x32(m, np.uint64(call), n, n >> _32, k0, k1)
    return uniform53(w0, w1)


@inline_kernel
def draw_pair_normal(major, k, call, k0, k1):
    """Draw a standard normal number; parameters as in `draw_pair_uniform`."""
    m, n = np.uint64(major), np.uint64(k)
    w0, w1, _, _ = philox4x32(m, np.uint64(call), n, n >> _32, k0, k1)
    return normal_quantile(uniform_open(w0, w1))


@kernel
def fill_pair_uniform(out, major, k, call, k0, k1):
    """`draw_pair_uniform` for each identity (int64 (n,)) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = draw_pair_uniform(major[i], k[i], call, k0, k1)


@kernel
def fill_pair_normal(out, major, k, call, k0, k1):
    """`draw_pair_normal` for each identity (int64 (n,)) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = draw_pair_normal(major[i], k[i], call, k0, k1)
