"""Displacements and distances between the two ends of connections."""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel


@inline_kernel
def wrapped(found, extent):
    """A displacement along one dimension, the short way where edges wrap.

    It is ``fmod(d + extent/2, extent) - extent/2``, and `extent` more where that is below
    ``-extent/2``, as NEST's layers have it to the last bit.

    Parameters
    ----------
    found, extent : float64
        The period is 0 where edges do not wrap.
    """
    if extent > 0.0:
        half = 0.5 * extent
        found = np.fmod(found + half, extent) - half
        if found < -half:
            found += extent
    return found


@kernel
def wrap_displacements(values, extent):
    """`wrapped` for displacements (float64 (n, dimensions), in/out) and periods (dimensions,)."""
    for e in range(values.shape[0]):
        for k in range(extent.size):
            values[e, k] = wrapped(values[e, k], extent[k])


@kernel
def fill_displacements(out, source, target, i, j, extent):
    """Displacements of some pairs, from source to target.

    Parameters
    ----------
    out : float64 array (n, dimensions), out
    source, target : float64 array (n_source, dimensions), (n_target, dimensions)
        Positions.
    i, j : int64 array (n,)
        Indices of both ends.
    extent : float64 array (dimensions,)
        See `wrapped`.
    """
    for e in range(i.size):
        for k in range(extent.size):
            out[e, k] = wrapped(target[j[e], k] - source[i[e], k], extent[k])


@kernel
def fill_distances(out, displacements):
    """Lengths (float64 (n,), out) of displacements (float64 (n, dimensions))."""
    for e in range(out.size):
        total = 0.0
        for k in range(displacements.shape[1]):
            total += displacements[e, k] * displacements[e, k]
        out[e] = math.sqrt(total)
