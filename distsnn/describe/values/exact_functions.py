"""Functions of numbers and arrays for coefficients, the same to the last bit on every machine.

numpy has several codes for some of its functions and takes what the processor is best at, so that
the last digits of `np.exp` on a node with AVX-512 are not those on a node without. These are the
functions of Python's numbers, to about half a unit in the last place, computed once for each
different value. What compiled expressions compute is in `distsnn.kernels.arithmetic`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def of_each(function: Callable[[float], float], values: Any) -> Any:
    """A function of Python's numbers, of a number or of each of an array: the same bits."""
    if not np.ndim(values):
        return np.float64(function(float(values)))
    different, index = np.unique(values, return_inverse=True)
    found = np.array([function(value) for value in different.tolist()], dtype=np.float64)
    return found[index].reshape(np.shape(values))


def exact_exp(x: Any) -> Any:
    """Exponential of a number or of an array; infinity where it is too large."""
    return of_each(_exp, x)


def exact_expm1(x: Any) -> Any:
    """exp(x) - 1 of a number or of an array; infinity where it is too large."""
    return of_each(_expm1, x)


def exact_log(x: Any) -> Any:
    """Natural logarithm of positive numbers."""
    return of_each(math.log, x)


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf
