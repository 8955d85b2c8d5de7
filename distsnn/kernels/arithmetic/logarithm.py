"""Logarithms that are the same in every lane of a vector and in a scalar.

Written out, like the exponential, because a vector maths library may differ between the
vector body and the remainder of a loop.

Source: algorithm and coefficients of fdlibm (Sun Microsystems 1993, e_log.c); the error is
below one unit in the last place.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_52 = np.int64(52)
_SMALLEST_NORMAL = 2.0**-1022
# By 2^54 the numbers below it become normal.
_RAISE, _RAISED = 2.0**54, 54.0


@inline_kernel
def log_of_normal(x):
    """Natural logarithm of a positive normal float64.

    Parameters
    ----------
    x : float64
        At least 2.3e-308 and finite; other arguments are not checked.

    Returns
    -------
    float64
        log(x).
    """
    return _log_of_product(x, 0.0)


@inline_kernel
def log(x):
    """Natural logarithm of any float64; -infinity at 0, NaN of negative numbers and of NaN."""
    small = x < _SMALLEST_NORMAL
    found = _log_of_product(x * _RAISE if small else x, _RAISED if small else 0.0)
    # Infinity and NaN are what is left.
    found = found if x < np.inf else x
    return found if x > 0.0 else -np.inf if x == 0.0 else np.nan


@inline_kernel
def log1p(x):
    """log(1 + x) of any float64, to about two units in the last place, also near 0.

    With u = 1 + x rounded, it is log(u) and what the rounding took: (x - (u - 1))/u.
    """
    u = 1.0 + x
    taken = (x - (u - 1.0)) / u
    found = log(u) + (taken if (u > 0.0) & (u < np.inf) else 0.0)
    # Also -0.0.
    return x if u == 1.0 else found


@inline_kernel
def _log_of_product(x, exponent):
    # The logarithm of x divided by a power of two.
    bits = np.float64(x).view(np.int64)
    twos = (bits - _SQRT_HALF_BITS) >> _52
    f = np.int64(bits - (twos << _52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = 2.222219843214978396e-01 + w * 1.531383769920937332e-01
    even = w * (3.999999999940941908e-01 + w * even)
    odd = 1.818357216161805012e-01 + w * 1.479819860511658591e-01
    odd = 2.857142874366239149e-01 + w * odd
    odd = z * (6.666666666666735130e-01 + w * odd)
    half = 0.5 * f * f
    n = np.float64(twos) - exponent
    return n * _LN2_HIGH - ((half - (s * (half + even + odd) + n * _LN2_LOW)) - f)


@kernel
def log_values(x, out):
    """`log` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = log(x[i])


@kernel
def log1p_values(x, out):
    """`log1p` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = log1p(x[i])
