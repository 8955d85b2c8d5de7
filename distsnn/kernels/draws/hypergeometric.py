"""Exact hypergeometric numbers as a pure function of a counter.

Sources: sequential inversion for small samples; else algorithm HRUA of Stadlober (1990), The
ratio of uniforms approach for generating discrete random variates, J. Comput. Appl. Math.
31:181-189. Logarithms of probabilities are differences of Stirling series relative to the
mode, so that they stay exact to about 1e-6 for populations of 1e12.
"""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.compiled import inline_kernel
from distsnn.kernels.draws.binomial import SAMPLER, stirling_tail
from distsnn.kernels.draws.philox import philox4x32, uniform_open

_INVERSION_UP_TO = 16
_D1 = 1.7155277699214135
_D2 = 0.8989161620588988


@inline_kernel
def _log_factorial_ratio(a, b):
    # log(a! / b!), free of the cancellation of two large logarithms.
    return (
        (a + 0.5) * math.log1p((a - b) / (b + 1.0))
        + (a - b) * (math.log(b + 1.0) - 1.0)
        + stirling_tail(a)
        - stirling_tail(b)
    )


@inline_kernel
def _by_inversion(good, population, sample, c0, c1, c2, k0, k1):
    # Needs sample <= good and good + sample <= population.
    w0, w1, _, _ = philox4x32(c0, c1, c2, SAMPLER, k0, k1)
    u = uniform_open(w0, w1)
    probability = 1.0
    for i in range(sample):
        probability *= np.float64(population - good - i) / np.float64(population - i)
    x = 0
    while u > probability and x < sample:
        u -= probability
        probability *= np.float64(sample - x) * np.float64(good - x)
        x += 1
        probability /= np.float64(x) * np.float64(population - good - sample + x)
    return x


@inline_kernel
def _by_rejection(good, population, sample, c0, c1, c2, k0, k1):
    # Needs good and sample to be at most half the population.
    n = np.float64(population)
    g = np.float64(good)
    s = np.float64(sample)
    b = n - g
    p = g / n
    center = s * p + 0.5
    spread = math.sqrt((n - s) * s * p * (1.0 - p) / (n - 1.0) + 0.5)
    height = _D1 * spread + _D2
    m = math.floor((s + 1.0) * (g + 1.0) / (n + 2.0))
    end = min(min(s, g) + 1.0, math.floor(center + 16.0 * spread))
    attempt = 0
    while True:
        w0, w1, w2, w3 = philox4x32(c0, c1, c2, SAMPLER + attempt, k0, k1)
        attempt += 1
        u = uniform_open(w0, w1)
        x = center + height * (uniform_open(w2, w3) - 0.5) / u
        if x < 0.0 or x >= end:
            continue
        k = math.floor(x)
        t = (
            _log_factorial_ratio(m, k)
            + _log_factorial_ratio(g - m, g - k)
            + _log_factorial_ratio(s - m, s - k)
            + _log_factorial_ratio(b - s + m, b - s + k)
        )
        if u * (4.0 - u) - 3.0 <= t:
            return np.int64(k)
        if u * (u - t) >= 1.0:
            continue
        if 2.0 * math.log(u) <= t:
            return np.int64(k)


@inline_kernel
def hypergeometric(good, bad, sample, c0, c1, c2, k0, k1):
    """Draw how many of `sample` draws without replacement are good.

    Parameters
    ----------
    good, bad : int64
        Composition of the population, each >= 0, together at most 1e15.
    sample : int64
        Number of draws, 0 <= sample <= good + bad.
    c0, c1, c2 : uint32
        First three counter words; the fourth counts attempts from `SAMPLER`.
    k0, k1 : uint32
        Key of the stream.

    Returns
    -------
    int64
        Number of good ones.
    """
    population = good + bad
    drawn = min(sample, population - sample)
    fewer = min(good, bad)
    small = min(drawn, fewer)
    if small <= 0:
        x = np.int64(0)
    elif small <= _INVERSION_UP_TO:
        x = np.int64(_by_inversion(max(drawn, fewer), population, small, c0, c1, c2, k0, k1))
    else:
        x = _by_rejection(fewer, population, drawn, c0, c1, c2, k0, k1)
    # x counts the rarer kind among the smaller of drawn and left.
    if good > bad:
        x = drawn - x
    return x if drawn == sample else good - x
