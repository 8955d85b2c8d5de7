"""Functions of the C library in loops over arrays, as compiled expressions call them."""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.compiled import kernel


@kernel
def log10_values(x, out):
    """`math.log10` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.log10(x[i])


@kernel
def sin_values(x, out):
    """`math.sin` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.sin(x[i])


@kernel
def cos_values(x, out):
    """`math.cos` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.cos(x[i])


@kernel
def tan_values(x, out):
    """`math.tan` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.tan(x[i])


@kernel
def sinh_values(x, out):
    """`math.sinh` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.sinh(x[i])


@kernel
def cosh_values(x, out):
    """`math.cosh` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.cosh(x[i])


@kernel
def arcsin_values(x, out):
    """`math.asin` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.asin(x[i])


@kernel
def arccos_values(x, out):
    """`math.acos` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.acos(x[i])


@kernel
def arctan_values(x, out):
    """`math.atan` of each number of `x` (float64 (n,), in) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = math.atan(x[i])


@kernel
def power_values(x, exponent, out):
    """``x**exponent`` of each number of `x` and `exponent` (float64 (n,), in) into `out`."""
    for i in range(out.size):
        out[i] = np.float64(x[i]) ** np.float64(exponent[i])
