"""Functions of numbers and of arrays, with the digits of compiled code.

numpy has several codes for some of its functions and takes what the processor is best at, so that
the last digits of `np.exp` on a node with AVX-512 are not those on a node without. What a network
computes with must be the same on both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distsnn.kernels.arithmetic import exponential, library_functions, logarithm


def of_arrays(kernel: Callable[..., None]) -> Callable[..., Any]:
    """A kernel that fills its last argument, as a function of numbers and of arrays.

    Parameters
    ----------
    kernel : callable
        Takes float64 arrays (n,), the last of which it fills.

    Returns
    -------
    callable
        From numbers or arrays, which it broadcasts, to a float64 or an array of their shape.
    """

    def numbers(*given: Any) -> Any:
        arrays = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in given))
        out = np.empty(arrays[0].size)
        kernel(*(np.ascontiguousarray(x).ravel() for x in arrays), out)
        return out.reshape(arrays[0].shape)[()]

    return numbers


exp = of_arrays(exponential.exp_values)
expm1 = of_arrays(exponential.expm1_values)
exprel = of_arrays(exponential.exprel_values)
tanh = of_arrays(exponential.tanh_values)
log = of_arrays(logarithm.log_values)
log1p = of_arrays(logarithm.log1p_values)
log10 = of_arrays(library_functions.log10_values)
sin = of_arrays(library_functions.sin_values)
cos = of_arrays(library_functions.cos_values)
tan = of_arrays(library_functions.tan_values)
sinh = of_arrays(library_functions.sinh_values)
cosh = of_arrays(library_functions.cosh_values)
arcsin = of_arrays(library_functions.arcsin_values)
arccos = of_arrays(library_functions.arccos_values)
arctan = of_arrays(library_functions.arctan_values)
power = of_arrays(library_functions.power_values)


def whole_power(x: Any, exponent: int) -> Any:
    """``x**exponent`` for whole numbers from 1 on, by the products that numba makes of it."""
    x = np.array(x, dtype=np.float64)
    found = None
    while exponent:
        if exponent & 1:
            found = x if found is None else found * x
        exponent >>= 1
        x = x * x if exponent else x
    return np.asarray(found)[()]
