"""Quantiles of the gamma distribution."""

from __future__ import annotations

import math

from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.normal import normal_quantile


@inline_kernel
def gamma_cdf(a, x):
    """Regularized lower incomplete gamma function P(a, x) by its series.

    All terms are positive, so that nothing cancels.

    Parameters
    ----------
    a, x : float64
        Above 0.

    Returns
    -------
    float64
        In [0, 1], to a relative error of about 1e-13.
    """
    front = a * math.log(x) - x - math.lgamma(a)
    if front < -700.0:
        return 1.0 if x > a else 0.0
    n, term, total = a, 1.0 / a, 1.0 / a
    while term > total * 1e-17:
        n += 1.0
        term *= x / n
        total += term
    return min(math.exp(front) * total, 1.0)


@inline_kernel
def gamma_quantile(p, a):
    """The x with ``gamma_cdf(a, x) == p``, by Newton's method within bounds that close in.

    Parameters
    ----------
    p : float64
        In [0, 1).
    a : float64
        Shape, above 0.

    Returns
    -------
    float64
        The quantile, to a relative error of about 1e-13.
    """
    if p <= 0.0:
        return 0.0
    # Wilson & Hilferty 1931; below, the first term of the series.
    root = 1.0 - 1.0 / (9.0 * a) + normal_quantile(p) / (3.0 * math.sqrt(a))
    x = a * root * root * root
    if root <= 0.1 or a < 1.0:
        x = math.exp((math.log(p) + math.lgamma(a + 1.0)) / a)
    x = max(x, 1e-300)
    low, high = 0.0, math.inf
    for _ in range(200):
        excess = gamma_cdf(a, x) - p
        if excess > 0.0:
            high = x
        else:
            low = x
        density = math.exp((a - 1.0) * math.log(x) - x - math.lgamma(a))
        new = x - excess / density if density > 0.0 else -1.0
        if not low < new < high:
            new = 2.0 * x if high == math.inf else 0.5 * (low + high)
        if abs(new - x) <= 1e-14 * x:
            return new
        x = new
    return x


@kernel
def gamma_quantiles(out, a):
    """Put the quantile in the place of each probability.

    Parameters
    ----------
    out : float64, shape (n,), in/out
        Probabilities in [0, 1), then quantiles.
    a : float64
        Shape, above 0.
    """
    for i in range(out.size):
        out[i] = gamma_quantile(out[i], a)
