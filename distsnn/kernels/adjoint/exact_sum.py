"""Sums of floating-point numbers that do not depend on their order, nor on who has added what.

A sum is `LIMBS` whole numbers of 64 bits, each in units of another power of two. A number is cut
into multiples of these units, exactly, and whole numbers are added; so parts of a sum may be added
by any rank and in any order, with the same bits. Each number alone is rounded to the last unit.
Loops run over many numbers and one unit at a time, so that they vectorize. Kulisch 2013, Computer
Arithmetic and Validity; Demmel & Nguyen 2015, IEEE Trans. Comput. 64:2060-2070.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel

# Bits from one unit to the next; 2^22 numbers can be added before a limb overflows.
LIMB_BITS = 40
LIMBS = 10
# The unit of limb k is 2**(_FIRST - k * LIMB_BITS).
_FIRST = 120
LARGEST = 2.0 ** (_FIRST + LIMB_BITS)
# Of float64 numbers: all bits but the sign, bits of the fraction, what is added to the exponent.
_MAGNITUDE = (1 << 63) - 1
_FRACTION_BITS, _BIAS = 52, 1023
_LARGEST_BITS = int(np.float64(LARGEST).view(np.int64))
# Numbers near it have units of 1 in their last bit.
_ROUNDING = 1.5 * 2.0**52
_ROUNDING_BITS = int(np.float64(_ROUNDING).view(np.int64))
UNITS = np.array([2.0 ** (_FIRST - k * LIMB_BITS) for k in range(LIMBS)])
PER_UNIT = 1.0 / UNITS


@kernel
def add_exactly(limbs, at, values, n, parts):
    """Add numbers to the sum (int64, in/out) that begins at `at`.

    Parameters
    ----------
    values : float64 array (most,), in; then work
        The first `n` are added. Their magnitudes are below `LARGEST`; else none is added.
    n : int64
    parts : float64 array (most,), work

    Returns
    -------
    bool
        Whether they were added.
    """
    bits, whole = values.view(np.int64), parts.view(np.int64)
    most = 0
    for i in range(n):
        most = max(most, bits[i] & _MAGNITUDE)
    if most >= _LARGEST_BITS:
        return False
    # The first unit of which the largest number is at least the half: all are rounded to 0 before.
    exponent = (most >> _FRACTION_BITS) - _BIAS + 1
    k = max(0, (_FIRST - exponent + LIMB_BITS - 1) // LIMB_BITS)
    while k < LIMBS and most != 0:
        unit, per_unit = UNITS[k], PER_UNIT[k]
        # Rounded to a multiple by adding a number whose last bit is worth one.
        for i in range(n):
            part = values[i] * per_unit + _ROUNDING
            parts[i] = part
            values[i] -= (part - _ROUNDING) * unit
        total, most = 0, 0
        for i in range(n):
            total += whole[i] - _ROUNDING_BITS
            most |= bits[i] & _MAGNITUDE
        limbs[at + k] += total
        k += 1
    return True


@inline_kernel
def _carry(limbs, at):
    """Bring all limbs of a sum but the first between 0 and the unit before them."""
    for k in range(LIMBS - 1, 0, -1):
        carry = limbs[at + k] >> LIMB_BITS
        limbs[at + k] -= carry << LIMB_BITS
        limbs[at + k - 1] += carry


@kernel
def read_sums(limbs, units, sums):
    """Round sums to floating-point numbers.

    Parameters
    ----------
    limbs : int64 array (n * LIMBS,), in
        They are changed.
    units : float64 array (LIMBS,), in
    sums : float64 array (n,), out
    """
    for q in range(sums.size):
        at = q * LIMBS
        _carry(limbs, at)
        sign = 1.0
        if limbs[at] < 0:
            sign = -1.0
            for k in range(LIMBS):
                limbs[at + k] = -limbs[at + k]
            _carry(limbs, at)
        total = 0.0
        for k in range(LIMBS - 1, -1, -1):
            total += limbs[at + k] * units[k]
        sums[q] = sign * total
