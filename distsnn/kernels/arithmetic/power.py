"""A power that is the same in every lane of a vector and in a scalar."""

from __future__ import annotations

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.arithmetic.logarithm import log
from distsnn.kernels.compiled import inline_kernel

_SMALLEST = 2.3e-308


@inline_kernel
def power(x, exponent):
    """``x ** exponent`` of float64 numbers, x >= 0 and exponent >= 0.

    ``0 ** 0`` is 1; an `x` below the normal numbers counts as 0.
    """
    if exponent == 0.0:
        return 1.0
    if exponent == 1.0:
        return x
    return exp(exponent * log(x)) if x >= _SMALLEST else 0.0
