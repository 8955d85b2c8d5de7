"""Exponentials and what is made of them, the same in every lane of a vector and in a scalar."""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.arithmetic.intrinsics import fma
from distsnn.kernels.compiled import inline_kernel, kernel

_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
# Adding 1.5 * 2**52 rounds to an integer and leaves it in the low bits of the mantissa.
_SHIFT = 6755399441055744.0
_SHIFT_BITS = np.int64(np.float64(_SHIFT).view(np.int64))
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = (
    1.0 / math.factorial(n) for n in range(2, 14)
)
_BIAS = np.int64(1023)
_52 = np.int64(52)
_LOWEST = -708.0
_HIGHEST = 710.0
_NO_ONE = 38.0
# From here on the hyperbolic tangent is 1.
_ALL_BUT_ONE = 22.0


@inline_kernel
def exp(x):
    """Exponential of a float64, to about one unit in the last place.

    exp(x) = 2^k exp(r) with x = k ln 2 + r, |r| <= ln(2)/2, and a Taylor polynomial of degree
    13 in r. Written out because the exponentials of vector maths libraries may differ between
    the vector body and the remainder of a loop, and so between partitions.

    Parameters
    ----------
    x : float64
        Below -708 the result is 0, from 709.44 on infinity; that of NaN is NaN.

    Returns
    -------
    float64
    """
    rest, scale = _split(x)
    return 0.0 if x < _LOWEST else (1.0 + rest) * scale


@inline_kernel
def expm1(x):
    """exp(x) - 1 of a float64, to about two units in the last place, also near 0.

    With exp(x) = 2^k (1 + p) as in `exp`, it is 2^k p + (2^k - 1), in which no digits cancel.
    Where an expression has the exponential of the same number too, the compiler takes 2^k and p
    once.

    Parameters
    ----------
    x : float64
        Below -37.5 the result is -1, from 709.44 on infinity; that of NaN is NaN.

    Returns
    -------
    float64
    """
    rest, scale = _split(x)
    # From 2^54 on the 1 is below the last place; and 2^k p may be infinite with another sign.
    return (1.0 + rest) * scale if x > _NO_ONE else fma(scale, rest, scale - 1.0)


@inline_kernel
def exprel(x):
    """(exp(x) - 1)/x of a float64, and 1 at 0, to about two units in the last place.

    Infinity from 709.44 on.
    """
    return 1.0 if x == 0.0 else expm1(x) / min(x, _HIGHEST)


@inline_kernel
def tanh(x):
    """Hyperbolic tangent of a float64, to about three units in the last place.

    tanh(x) = e/(e + 2) with e = exp(2x) - 1, of the absolute value.
    """
    grown = expm1(2.0 * min(abs(x), _ALL_BUT_ONE))
    return math.copysign(grown / (grown + 2.0), x)


@inline_kernel
def _split(x):
    # exp(x) = scale*(1 + rest)
    y = min(max(x, _LOWEST), _HIGHEST)
    shifted = fma(y, _LOG2E, _SHIFT)
    k = shifted - _SHIFT
    r = fma(-k, _LN2_LOW, fma(-k, _LN2_HIGH, y))
    # Pairs of terms (Estrin), so that the operations do not wait for one another.
    r2 = r * r
    r4 = r2 * r2
    low = fma(fma(_C5, r, _C4), r2, fma(_C3, r, _C2))
    middle = fma(fma(_C9, r, _C8), r2, fma(_C7, r, _C6))
    high = fma(fma(_C13, r, _C12), r2, fma(_C11, r, _C10))
    bits = np.float64(shifted).view(np.int64) - _SHIFT_BITS
    scale = np.int64((bits + _BIAS) << _52).view(np.float64)
    return fma(r2, fma(r4, fma(r4, high, middle), low), r), scale


@kernel
def exp_values(x, out):
    """`exp` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = exp(x[i])


@kernel
def expm1_values(x, out):
    """`expm1` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = expm1(x[i])


@kernel
def exprel_values(x, out):
    """`exprel` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = exprel(x[i])


@kernel
def tanh_values(x, out):
    """`tanh` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = tanh(x[i])
