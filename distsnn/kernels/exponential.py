"""An exponential that is the same in every lane of a vector and in a scalar."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel

_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
# Adding 1.5 * 2**52 rounds to an integer and leaves it in the low bits of the mantissa.
_SHIFT = 6755399441055744.0
_SHIFT_BITS = np.int64(np.float64(_SHIFT).view(np.int64))
_BIAS = np.int64(1023)
_52 = np.int64(52)
_LOWEST = -708.0
_HIGHEST = 709.0


@inline_kernel
def exp(x):
    """Exponential of a float64, to about one unit in the last place.

    exp(x) = 2^k exp(r) with x = k ln 2 + r, |r| <= ln(2)/2, and a Taylor polynomial of degree
    13 in r. Written out because the exponentials of vector maths libraries may differ between
    the vector body and the remainder of a loop, and so between partitions.

    Parameters
    ----------
    x : float64
        Below -708 the result is 0; above 709 it is that of 709.

    Returns
    -------
    float64
    """
    y = min(max(x, _LOWEST), _HIGHEST)
    shifted = y * _LOG2E + _SHIFT
    k = shifted - _SHIFT
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r * r + r + 1.0
    bits = np.float64(shifted).view(np.int64) - _SHIFT_BITS
    scale = np.int64((bits + _BIAS) << _52).view(np.float64)
    return p * scale if x >= _LOWEST else 0.0


@kernel
def exp_values(out, x):
    """Exponential of each value.

    Parameters
    ----------
    out : float64 array (n,), out
    x : float64 array (n,), in
    """
    for i in range(out.size):
        out[i] = exp(x[i])
