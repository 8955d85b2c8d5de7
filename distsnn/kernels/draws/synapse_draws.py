"""Random numbers of synapses, keyed by the identity of the synapse and the step."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.normal import normal_quantile
from distsnn.kernels.draws.philox import philox4x32, uniform53, uniform_open

_12 = np.uint64(12)
_20 = np.uint64(20)
_32 = np.uint64(32)


@inline_kernel
def _words(major, minor, connect, step, k0, k1):
    """Two random words; parameters as in `draw_synapse_uniform`."""
    s, m, c = np.uint64(step), np.uint64(minor), np.uint64(connect)
    # What the counter has no room for makes streams of their own.
    own0, own1 = k0 ^ np.uint32(c >> _12), k1 ^ np.uint32(m >> _32)
    w0, w1, _, _ = philox4x32(np.uint64(major), m, s, (s >> _32) | (c << _20), own0, own1)
    return w0, w1


@inline_kernel
def draw_synapse_uniform(major, minor, connect, step, k0, k1):
    """Draw a uniform number in [0, 1) for one synapse in one step.

    Parameters
    ----------
    major, minor : int
        Identity of the synapse within its ``connect``, below 2**32 and 2**63.
    connect : int
        Number of the ``connect`` that made it, below 2**32.
    step : int
        Below 2**52.
    k0, k1 : uint32
        Key of the stream.
    """
    w0, w1 = _words(major, minor, connect, step, k0, k1)
    return uniform53(w0, w1)


@inline_kernel
def draw_synapse_normal(major, minor, connect, step, k0, k1):
    """Draw a standard normal number; parameters as in `draw_synapse_uniform`."""
    w0, w1 = _words(major, minor, connect, step, k0, k1)
    return normal_quantile(uniform_open(w0, w1))


@kernel
def fill_synapse_uniform(out, major, minor, connect, k0, k1):
    """Fill `out` (float64 (n,)) with draws of step 0 for synapses (int64 arrays (n,))."""
    for i in range(out.size):
        out[i] = draw_synapse_uniform(major[i], minor[i], connect[i], 0, k0, k1)


@kernel
def fill_synapse_normal(out, major, minor, connect, k0, k1):
    """As `fill_synapse_uniform`, with standard normal numbers."""
    for i in range(out.size):
        out[i] = draw_synapse_normal(major[i], minor[i], connect[i], 0, k0, k1)
