"""A logarithm that is the same in every lane of a vector and in a scalar.

Written out, like the exponential, because a vector maths library may differ between the
vector body and the remainder of a loop.

Source: algorithm and coefficients of fdlibm (Sun Microsystems 1993, e_log.c); the error is
below one unit in the last place.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_52 = np.int64(52)


@inline_kernel
def log(x):
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
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _SQRT_HALF_BITS) >> _52
    f = np.int64(bits - (exponent << _52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = 2.222219843214978396e-01 + w * 1.531383769920937332e-01
    even = w * (3.999999999940941908e-01 + w * even)
    odd = 1.818357216161805012e-01 + w * 1.479819860511658591e-01
    odd = 2.857142874366239149e-01 + w * odd
    odd = z * (6.666666666666735130e-01 + w * odd)
    half = 0.5 * f * f
    n = np.float64(exponent)
    return n * _LN2_HIGH - ((half - (s * (half + even + odd) + n * _LN2_LOW)) - f)
