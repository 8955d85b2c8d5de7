"""Functions of numbers and arrays for coefficients, the same with and without AVX-512.

numpy has several codes for some of its functions and takes what the processor is best at, so that
the last digits of `np.exp` on a node with AVX-512 are not those on a node without. These are the
functions of Python's numbers, to about half a unit in the last place. What compiled expressions
compute is in `distsnn.kernels.arithmetic`.
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
    return _of_all(math.exp, x)


def exact_expm1(x: Any) -> Any:
    """exp(x) - 1 of a number or of an array; infinity where it is too large."""
    return _of_all(math.expm1, x)


def exact_log(x: Any) -> Any:
    """Natural logarithm of a number or of an array; -infinity of 0, NaN of negative numbers."""
    return _of_all(math.log, x)


def _of_all(function: Callable[[float], float], x: Any) -> Any:
    """A function of the `math` module, for many numbers as fast as Python calls it."""

    def bounded(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf
        except ValueError:
            return -math.inf if value == 0.0 else math.nan

    values = np.asarray(x, dtype=np.float64).ravel()
    try:
        found = np.fromiter(map(function, values.tolist()), np.float64, values.size)
    except (OverflowError, ValueError):
        found = np.fromiter(map(bounded, values.tolist()), np.float64, values.size)
    return found.reshape(np.shape(x))[()]
