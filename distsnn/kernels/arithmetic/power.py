"""Powers that are the same in every lane of a vector and in a scalar.

Where many powers have one exponent, they are looked up: of each number the exponent and 6 bits
behind the point choose a number `c` nearby, of which the power is known, and

    x^mu = c^mu (1 + d)^mu,  d = x/c - 1,  |d| < 2^-7

needs seven terms of the binomial series. That takes half as long as a logarithm and an
exponential, and is exact to about one unit in the last place.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from functools import lru_cache

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.arithmetic.intrinsics import fma
from distsnn.kernels.arithmetic.logarithm import log_of_normal
from distsnn.kernels.compiled import inline_kernel

_SMALLEST = 2.3e-308
# An octave has as many numbers `c`, and so many octaves are there: from 2^-32 to 2^32.
_IN_OCTAVE, _OCTAVES = 64, 64
_SHIFT = np.int64(52 - 6)
_FIRST = np.int64((1023 - _OCTAVES // 2) * _IN_OCTAVE)
_INSIDE = np.int64(_IN_OCTAVE * _OCTAVES - 1)
_TERMS = 7
# Of each number 1/c and the power, and the coefficients behind.
FIRST_TERM = 2 * _IN_OCTAVE * _OCTAVES
POWERS_SIZE = FIRST_TERM + _TERMS
# Above, seven terms are not enough.
HIGHEST_EXPONENT = 8.0


@inline_kernel
def power(x, exponent):
    """``x ** exponent`` of float64 numbers, x >= 0 and exponent >= 0.

    ``0 ** 0`` is 1; an `x` below the normal numbers counts as 0.
    """
    if exponent == 0.0:
        return 1.0
    if exponent == 1.0:
        return x
    return exp(exponent * log_of_normal(x)) if x >= _SMALLEST else 0.0


@inline_kernel
def scaled_power(x, scale, exponent):
    """``scale * (x / scale) ** exponent`` of float64 numbers, as `power`."""
    return scale * power(x / scale, exponent)


@inline_kernel
def outside_powers(x):
    """Whether a float64 lies outside of what tables of powers have: an int64, 0 if it does not."""
    return ((np.float64(x).view(np.int64) >> _SHIFT) - _FIRST) & ~_INSIDE


@inline_kernel
def power_entry(x):
    """Where a table of powers has a float64: the index (uint64) of ``1/c``, before that of `c`."""
    return np.uint64(2 * ((np.float64(x).view(np.int64) >> _SHIFT) & _INSIDE))


@inline_kernel
def near_power(x, inverse, known, c1, c2, c3, c4, c5, c6, c7):
    """`scaled_power` of a float64 that a table has (see `outside_powers`).

    Parameters
    ----------
    x : float64
    inverse, known : float64
        What the table has for it: ``1/c`` and the power of `c`.
    c1, c2, c3, c4, c5, c6, c7 : float64
        Coefficients of the series, behind the numbers of the table.
    """
    d = fma(x, inverse, -1.0)
    d2 = d * d
    low = fma(fma(c4, d, c3), d2, fma(c2, d, c1))
    high = fma(fma(c7, d, c6), d, c5)
    return fma(known * d, fma(high, d2 * d2, low), known)


@inline_kernel
def tabulated_power(x, scale, exponent, powers):
    """`scaled_power`, by a table where that has the number.

    Parameters
    ----------
    x, scale, exponent : float64
    powers : float64 array (POWERS_SIZE,), in
        Of that scale and exponent, see `powers_of`.
    """
    if outside_powers(x) != 0:
        return scaled_power(x, scale, exponent)
    at = power_entry(x)
    c = FIRST_TERM
    return near_power(
        x,
        powers[at],
        powers[at + np.uint64(1)],
        powers[c],
        powers[c + 1],
        powers[c + 2],
        powers[c + 3],
        powers[c + 4],
        powers[c + 5],
        powers[c + 6],
    )


@lru_cache(maxsize=16)
def powers_of(exponent: float, scale: float) -> np.ndarray:
    """The table of ``scale * (x / scale) ** exponent``.

    Parameters
    ----------
    exponent : float
        From 0 to `HIGHEST_EXPONENT`.
    scale : float
        Positive.

    Returns
    -------
    float64 array (POWERS_SIZE,)
        Read only. Where the number has its place: ``1/c`` and the power of `c`, which is in the
        middle of its part of the octave; then the coefficients of the series.
    """
    octaves = range(-(_OCTAVES // 2), _OCTAVES // 2)
    inverse = 1.0 / (1.0 + (np.arange(_IN_OCTAVE) + 0.5) / _IN_OCTAVE)
    found = np.empty(POWERS_SIZE)
    with localcontext(Context(prec=40)):
        mu, factor = Decimal(exponent), Decimal(scale) ** (1 - Decimal(exponent))
        of_octave = _in_two([factor * Decimal(2) ** (mu * e) for e in octaves])
        of_number = _in_two([(1 / Decimal(c)) ** mu for c in inverse.tolist()])
        coefficient = Decimal(1)
        for n in range(_TERMS):
            coefficient *= (mu - n) / (n + 1)
            found[FIRST_TERM + n] = float(coefficient)
    for e, octave, low in zip(octaves, *of_octave, strict=True):
        begin = 2 * (((1023 + e) * _IN_OCTAVE) & int(_INSIDE))
        entries = found[begin : begin + 2 * _IN_OCTAVE]
        entries[::2] = np.ldexp(inverse, -e)
        entries[1::2] = [_product((octave, low), pair) for pair in zip(*of_number, strict=True)]
    found.flags.writeable = False
    return found


def _in_two(values: list[Decimal]) -> tuple[list[float], list[float]]:
    """Numbers as sums of two float64, of twice the digits."""
    high = [float(value) for value in values]
    return high, [float(value - Decimal(h)) for value, h in zip(values, high, strict=True)]


def _product(a: tuple[float, float], b: tuple[float, float]) -> float:
    high = a[0] * b[0]
    return high + (fma(a[0], b[0], -high) + a[0] * b[1] + a[1] * b[0])
