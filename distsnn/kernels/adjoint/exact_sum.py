"""Sums of floating-point numbers that do not depend on their order, nor on who has added what.

A sum is `LIMBS` whole numbers of 64 bits, each in units of another power of two. A number is cut
into multiples of these units, exactly, and whole numbers are added; so parts of a sum may be added
by any rank and in any order, with the same bits. What is smaller than the last unit is cut off each
number alone. Kulisch 2013, Computer Arithmetic and Validity; Demmel & Nguyen 2015, IEEE Trans.
Comput. 64:2060-2070.
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
UNITS = np.array([2.0 ** (_FIRST - k * LIMB_BITS) for k in range(LIMBS)])
PER_UNIT = 1.0 / UNITS


@inline_kernel
def add_exactly(limbs, at, value, units, per_unit):
    """Add a number to the sum (int64, in/out) that begins at `at`.

    Parameters
    ----------
    value : float64
        Its magnitude is below `LARGEST`; others are not added.
    units, per_unit : float64 array (LIMBS,), in
        `UNITS` and `PER_UNIT`.

    Returns
    -------
    bool
        Whether it was added.
    """
    if not abs(value) < LARGEST:
        return False
    rest = value
    k = 0
    while k < LIMBS and abs(rest) < units[k]:
        k += 1
    while k < LIMBS and rest != 0.0:
        whole = np.int64(rest * per_unit[k])
        limbs[at + k] += whole
        rest -= whole * units[k]
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
