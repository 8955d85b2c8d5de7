"""Quantiles of distributions whose parameters are not known before: a uniform number -> a draw.

Those of counts walk from the mode, where no probability is too small to be a float.
"""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.gamma import gamma_quantile

# A term that is smaller, compared with the sum, changes nothing.
_NEGLIGIBLE = 1e-19


@inline_kernel
def poisson_number(mean, u):
    """The Poisson number (float64) of a uniform number.

    Parameters
    ----------
    mean : float64
        The result is NaN where it is no number >= 0, or above 1e9.
    u : float64
        In [0, 1).
    """
    if not (mean >= 0.0 and mean <= 1e9):
        return np.nan
    if mean == 0.0:
        return 0.0
    mode = math.floor(mean)
    at_mode = math.exp(mode * math.log(mean) - mean - math.lgamma(mode + 1.0))
    # The probability of all counts up to the mode.
    below, term, k = at_mode, at_mode, mode
    while k > 0.0 and term > _NEGLIGIBLE * below:
        term *= k / mean
        below += term
        k -= 1.0
    k, term = mode, at_mode
    if u < below:
        while k > 0.0 and u < below - term:
            below -= term
            term *= k / mean
            k -= 1.0
        return k
    while u >= below and term > _NEGLIGIBLE * below:
        k += 1.0
        term *= mean / k
        below += term
    return k


@inline_kernel
def binomial_number(n, p, u):
    """The binomial number (float64) of a uniform number.

    Parameters
    ----------
    n, p : float64
        Number of trials, and probability of each. The result is NaN where `n` is not from 0 to 1e9
        or `p` not from 0 to 1.
    u : float64
        In [0, 1).
    """
    n = np.floor(n)
    if not (n >= 0.0 and n <= 1e9 and p >= 0.0 and p <= 1.0):
        return np.nan
    if n == 0.0 or p == 0.0:
        return 0.0
    if p == 1.0:
        return n
    odds, mode = p / (1.0 - p), min(math.floor((n + 1.0) * p), n)
    choices = math.lgamma(n + 1.0) - math.lgamma(mode + 1.0) - math.lgamma(n - mode + 1.0)
    at_mode = math.exp(choices + mode * math.log(p) + (n - mode) * math.log1p(-p))
    below, term, k = at_mode, at_mode, mode
    while k > 0.0 and term > _NEGLIGIBLE * below:
        term *= k / ((n - k + 1.0) * odds)
        below += term
        k -= 1.0
    k, term = mode, at_mode
    if u < below:
        while k > 0.0 and u < below - term:
            below -= term
            term *= k / ((n - k + 1.0) * odds)
            k -= 1.0
        return k
    while k < n and u >= below and term > _NEGLIGIBLE * below:
        term *= (n - k) * odds / (k + 1.0)
        below += term
        k += 1.0
    return k


@inline_kernel
def exponential_number(scale, u):
    """The exponential number (float64) of a uniform number.

    Parameters
    ----------
    scale : float64
        The mean. The result is NaN where it is no finite number >= 0.
    u : float64
        In [0, 1).
    """
    if not (scale >= 0.0 and scale < np.inf):
        return np.nan
    return -scale * math.log1p(-u)


@inline_kernel
def gamma_number(shape, scale, u):
    """The gamma number (float64) of a uniform number.

    Parameters
    ----------
    shape, scale : float64
        The result is NaN where `shape` is no number > 0, or above 1e9, or `scale` no finite number
        >= 0.
    u : float64
        In [0, 1).
    """
    if not (shape > 0.0 and shape <= 1e9 and scale >= 0.0 and scale < np.inf):
        return np.nan
    return scale * gamma_quantile(u, shape)


@kernel
def poisson_numbers(mean, u, out):
    """`poisson_number` of each element (float64 (n,))."""
    for i in range(out.size):
        out[i] = poisson_number(mean[i], u[i])


@kernel
def binomial_numbers(n, p, u, out):
    """`binomial_number` of each element (float64 (n,))."""
    for i in range(out.size):
        out[i] = binomial_number(n[i], p[i], u[i])


@kernel
def exponential_numbers(scale, u, out):
    """`exponential_number` of each element (float64 (n,))."""
    for i in range(out.size):
        out[i] = exponential_number(scale[i], u[i])


@kernel
def gamma_numbers(shape, scale, u, out):
    """`gamma_number` of each element (float64 (n,))."""
    for i in range(out.size):
        out[i] = gamma_number(shape[i], scale[i], u[i])
