"""Exact binomial numbers as a pure function of a counter.

Sources: sequential inversion for small means; else algorithm BTRS of Hörmann (1993), The
generation of binomial random variates, J. Stat. Comput. Simul. 46:101-110. Logarithms of
probabilities are differences of Stirling series, so that they stay exact to about 1e-6 for
n = 1e12.
"""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.philox import philox4x32, uniform_open

# Counters of edges have c3 = k >> 32 < 2**31: the top bit keeps the samplers' apart.
SAMPLER = 0x80000000
_INVERSION_BELOW = 10.0
# A count beyond this has a probability below 1e-70 where inversion is used.
_INVERSION_END = 120


@inline_kernel
def stirling_tail(k):
    """Correction of Stirling's formula for k!.

    log k! = (k + 1/2) log(k + 1) - (k + 1) + log(2 pi)/2 + tail(k).

    Parameters
    ----------
    k : float64
        A whole number >= 0.

    Returns
    -------
    float64
        The tail, to about 1e-12.
    """
    tail = 0.0
    # The series is accurate from 10 on; below, (k + 1/2) log((k + 2)/(k + 1)) - 1 + ...
    # carries the tail of k + 1 back to that of k.
    while k < 10.0:
        tail += (k + 1.5) * math.log((k + 2.0) / (k + 1.0)) - 1.0
        k += 1.0
    z = 1.0 / (k + 1.0)
    zz = z * z
    return tail + z * (1.0 / 12.0 - zz * (1.0 / 360.0 - zz * (1.0 / 1260.0 - zz / 1680.0)))


@inline_kernel
def _by_inversion(n, p, c0, c1, c2, k0, k1):
    w0, w1, _, _ = philox4x32(c0, c1, c2, SAMPLER, k0, k1)
    u = uniform_open(w0, w1)
    odds = p / (1.0 - p)
    probability = math.exp(n * math.log1p(-p))
    end = min(n, _INVERSION_END)
    x = 0
    while u > probability and x < end:
        u -= probability
        x += 1
        probability *= (n - x + 1) * odds / x
    return x


@inline_kernel
def _by_rejection(n, p, c0, c1, c2, k0, k1):
    size = np.float64(n)
    odds = p / (1.0 - p)
    spread = math.sqrt(size * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = size * p + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    m = math.floor((size + 1.0) * p)
    at_mode = stirling_tail(m) + stirling_tail(size - m)
    attempt = 0
    while True:
        w0, w1, w2, w3 = philox4x32(c0, c1, c2, SAMPLER + attempt, k0, k1)
        attempt += 1
        u = uniform_open(w0, w1) - 0.5
        v = uniform_open(w2, w3)
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + c)
        if k < 0.0 or k > size:
            continue
        if us >= 0.07 and v <= v_r:
            return np.int64(k)
        bound = (
            (m + 0.5) * math.log((m + 1.0) / (odds * (size - m + 1.0)))
            + (size + 1.0) * math.log((size - m + 1.0) / (size - k + 1.0))
            + (k + 0.5) * math.log(odds * (size - k + 1.0) / (k + 1.0))
            + at_mode
            - stirling_tail(k)
            - stirling_tail(size - k)
        )
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return np.int64(k)


@inline_kernel
def binomial(n, p, c0, c1, c2, k0, k1):
    """Draw a binomial number.

    Parameters
    ----------
    n : int64
        Number of trials, 0 <= n <= 1e15.
    p : float64
        Probability of success, in [0, 1].
    c0, c1, c2 : uint32
        First three counter words; the fourth counts attempts from `SAMPLER`.
    k0, k1 : uint32
        Key of the stream.

    Returns
    -------
    int64
        Number of successes.
    """
    if n <= 0 or p <= 0.0:
        return np.int64(0)
    if p >= 1.0:
        return np.int64(n)
    less = min(p, 1.0 - p)
    if n * less < _INVERSION_BELOW:
        x = np.int64(_by_inversion(n, less, c0, c1, c2, k0, k1))
    else:
        x = _by_rejection(n, less, c0, c1, c2, k0, k1)
    return x if p <= 0.5 else np.int64(n) - x


@kernel
def draw_binomial(out, n, p, major, k0, k1):
    """Draw out[i] ~ Binomial(n[i], p), counter (major[i], 0).

    Parameters
    ----------
    out : int64, shape (m,), out
        The numbers.
    n : int64, shape (m,)
        Numbers of trials.
    p : float64
        Probability.
    major : int64, shape (m,)
        Identity of each number.
    k0, k1 : uint32
        Key of the stream.
    """
    for i in range(out.size):
        c0 = np.uint32(major[i] & 0xFFFFFFFF)
        c1 = np.uint32(major[i] >> 32)
        out[i] = binomial(n[i], p, c0, c1, np.uint32(0), k0, k1)
