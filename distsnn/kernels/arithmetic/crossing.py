"""The mean time between crossings of a threshold by noise, as `siegert_neuron` needs it."""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel

_ROOT_PI = math.sqrt(math.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# From here on the series is exact to 1e-11; beyond `_MOST` the time is practically endless.
_FAR, _MOST, _PANEL = 10.0, 26.0, 0.5


@inline_kernel
def _tail(u):
    """Integral of erfcx(u), times the root of pi, less log(u), from the series for large `u`."""
    x = 1.0 / (u * u)
    return x * (0.25 + x * (-3.0 / 16.0 + x * (15.0 / 48.0 + x * (-105.0 / 128.0 + x * 2.953125))))


@kernel
def crossing(low, high):
    """The integral of exp(s^2) (1 + erf(s)) over ``low <= s <= high``, times the root of pi.

    It is the mean time in which a leaky neuron with white noise gets from its reset `low` to its
    threshold `high`, in units of its time constant; both are less the mean input, in units of the
    standard deviation times the root of 2 of the potential without a threshold.

    Parameters
    ----------
    low, high : float64

    Returns
    -------
    float64
        Infinite where it is above 1e290; NaN where `low` is above `high`.
    """
    if not low <= high:
        return np.nan
    if high > _MOST:
        return np.inf
    total, begin = 0.0, max(low, 0.0)
    while begin < high:
        end = min(begin + _PANEL, high)
        half = 0.5 * (end - begin)
        for n in range(_NODES.size):
            s = begin + half * (1.0 + _NODES[n])
            total += half * _WEIGHTS[n] * math.exp(s * s) * (1.0 + math.erf(s))
        begin = end
    begin, last = max(-high, 0.0), -low
    near = min(last, _FAR)
    while begin < near:
        end = min(begin + _PANEL, near)
        half = 0.5 * (end - begin)
        for n in range(_NODES.size):
            u = begin + half * (1.0 + _NODES[n])
            total += half * _WEIGHTS[n] * math.exp(u * u) * math.erfc(u)
        begin = end
    total *= _ROOT_PI
    if last > begin:
        total += math.log(last / begin) + _tail(last) - _tail(begin)
    return total


@kernel
def crossings(low, high, out):
    """`crossing` of each element (float64 (n,))."""
    for i in range(out.size):
        out[i] = crossing(low[i], high[i])
