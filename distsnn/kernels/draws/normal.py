"""Values drawn for edges: normal, lognormal and uniform numbers, and discrete tables.

Every kernel fills `out[i]` from the identity `(major[i], k[i])` of edge i and a key, by
inversion: one Philox call per value, counter words (major low, major high, k low, k high).

Source of the quantile: Wichura (1988), Algorithm AS 241: The percentage points of the
normal distribution, Applied Statistics 37(3):477-484, routine PPND16 (relative error
about 1e-16).
"""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.arithmetic.logarithm import log_of_normal
from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.philox import bits53, philox4x32, uniform_open

_32 = np.uint64(32)
_P_MIN = 2.0**-54
_FAR = 5.0
_P_MAX = 1.0 - 2.0**-53
_20 = np.uint64(20)
_21 = np.uint64(21)
_GUIDE_SHIFT = np.uint64(41)
_GUIDE_SIZE = 1 << 12
_STEP53 = 2.0**-53


@inline_kernel
def normal_cdf(x):
    """Cumulative distribution function of the standard normal, erfc(-x / sqrt 2) / 2.

    Parameters
    ----------
    x : float64
        Any number, infinities included.

    Returns
    -------
    float64
        In [0, 1].
    """
    return 0.5 * math.erfc(-x * 0.7071067811865476)


@inline_kernel
def _tail(p):
    return math.sqrt(-log_of_normal(min(p, 1.0 - p)))


@inline_kernel
def _near_quantile(p, tail):
    q = p - 0.5
    # One division after the choice: in a vector loop both branches are computed.
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
        above = above * r + 6.7265770927008700853e4
        above = above * r + 4.5921953931549871457e4
        above = above * r + 1.3731693765509461125e4
        above = above * r + 1.9715909503065514427e3
        above = above * r + 1.3314166789178437745e2
        above = (above * r + 3.3871328727963666080e0) * q
        below = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
        below = below * r + 3.9307895800092710610e4
        below = below * r + 2.1213794301586595867e4
        below = below * r + 5.3941960214247511077e3
        below = below * r + 6.8718700749205790830e2
        below = below * r + 4.2313330701600911252e1
    else:
        r = tail - 1.6
        above = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        above = above * r + 2.41780725177450611770e-1
        above = above * r + 1.27045825245236838258e0
        above = above * r + 3.64784832476320460504e0
        above = above * r + 5.76949722146069140550e0
        above = above * r + 4.63033784615654529590e0
        above = math.copysign(above * r + 1.42343711074968357734e0, q)
        below = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        below = below * r + 1.51986665636164571966e-2
        below = below * r + 1.48103976427480074590e-1
        below = below * r + 6.89767334985100004550e-1
        below = below * r + 1.67638483018380384940e0
        below = below * r + 2.05319162663775882187e0
    return above / (below * r + 1.0)


@inline_kernel
def _far_quantile(p, tail):
    q = p - 0.5
    r = tail - 5.0
    above = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    above = above * r + 1.24266094738807843860e-3
    above = above * r + 2.65321895265761230930e-2
    above = above * r + 2.96560571828504891230e-1
    above = above * r + 1.78482653991729133580e0
    above = above * r + 5.46378491116411436990e0
    above = math.copysign(above * r + 6.65790464350110377720e0, q)
    below = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
    below = below * r + 1.84631831751005468180e-5
    below = below * r + 7.86869131145613259100e-4
    below = below * r + 1.48753612908506148525e-2
    below = below * r + 1.36929880922735805310e-1
    below = below * r + 5.99832206555887937690e-1
    return above / (below * r + 1.0)


@inline_kernel
def normal_quantile(p):
    """Quantile of the standard normal: the x with `normal_cdf(x) == p`.

    Parameters
    ----------
    p : float64
        In the open interval (0, 1).

    Returns
    -------
    float64
        The quantile, to a relative error of about 1e-15.
    """
    tail = _tail(p)
    return _near_quantile(p, tail) if tail <= _FAR else _far_quantile(p, tail)


@inline_kernel
def _bits_of_edge(major, k, k0, k1):
    m = np.uint64(major)
    n = np.uint64(k)
    w0, w1, _, _ = philox4x32(m, m >> _32, n, n >> _32, k0, k1)
    return bits53(w0, w1)


@inline_kernel
def _probability(major, k, k0, k1, p_low, p_high):
    m = np.uint64(major)
    n = np.uint64(k)
    w0, w1, _, _ = philox4x32(m, m >> _32, n, n >> _32, k0, k1)
    p = p_low + uniform_open(w0, w1) * (p_high - p_low)
    return min(max(p, _P_MIN), _P_MAX)


@kernel
def draw_normal(out, major, k, k0, k1, mean, std, p_low, p_high):
    """Draw truncated normal numbers: mean + std * quantile(p_low + u (p_high - p_low)).

    Parameters
    ----------
    out : float64, shape (n,), out
        The numbers, in the unit of `mean`.
    major, k : int64, shape (n,)
        Identity of each edge.
    k0, k1 : uint32
        Key of the stream.
    mean, std : float64
        Of the normal before it is cut; a negative `std` mirrors it.
    p_low, p_high : float64
        `normal_cdf` of the standardized bounds; 0 and 1 for no bound. A bound may be
        missed by rounding in the last digits: whoever promises one clips.
    """
    n_far = 0
    for i in range(out.size):
        p = _probability(major[i], k[i], k0, k1, p_low, p_high)
        tail = _tail(p)
        out[i] = mean + std * _near_quantile(p, tail)
        n_far += tail > _FAR
    # One in 4e10: kept out of the vector loop, which would compute it for every value.
    if n_far > 0:
        for i in range(out.size):
            p = _probability(major[i], k[i], k0, k1, p_low, p_high)
            if _tail(p) > _FAR:
                out[i] = mean + std * _far_quantile(p, _tail(p))


@kernel
def draw_lognormal(out, major, k, k0, k1, mean, std, p_low, p_high):
    """Draw exp of truncated normal numbers; parameters as in `draw_normal`.

    Parameters
    ----------
    out : float64, shape (n,), out
        The numbers, positive.
    major, k : int64, shape (n,)
        Identity of each edge.
    k0, k1 : uint32
        Key of the stream.
    mean, std : float64
        Of the logarithm.
    p_low, p_high : float64
        `normal_cdf` of the standardized logarithms of the bounds.
    """
    draw_normal(out, major, k, k0, k1, mean, std, p_low, p_high)
    for i in range(out.size):
        out[i] = exp(out[i])


@kernel
def round_values(out, unit, first, last):
    """Round values (float64 array (n,), in/out) to multiples of `unit` from `first` to `last`.

    Parameters
    ----------
    unit : float64
        A power of two.
    first, last : int64
    """
    for i in range(out.size):
        rounded = min(max(np.rint(out[i] / unit), float(first)), float(last))
        # Without a zero that is negative.
        out[i] = (rounded + 0.0) * unit


@kernel
def draw_uniform(out, major, k, k0, k1, low, high):
    """Draw uniform numbers: low + u (high - low), u in [0, 1).

    Parameters
    ----------
    out : float64, shape (n,), out
        The numbers.
    major, k : int64, shape (n,)
        Identity of each edge.
    k0, k1 : uint32
        Key of the stream.
    low, high : float64
        Bounds.
    """
    for i in range(out.size):
        u = _STEP53 * np.float64(np.int64(_bits_of_edge(major[i], k[i], k0, k1)))
        out[i] = low + u * (high - low)


def guide_table(thresholds):
    """Table that lets `draw_table` start its search at the right place.

    Parameters
    ----------
    thresholds : uint64, shape (n,)
        As `draw_table` takes them.

    Returns
    -------
    int32, shape (4096,)
        For each value of the leading 12 of 53 random bits, the number of thresholds at or
        below the smallest number that begins so.
    """
    starts = np.arange(_GUIDE_SIZE, dtype=np.uint64) << _GUIDE_SHIFT
    return np.searchsorted(thresholds, starts, side="right").astype(np.int32)


@kernel
def draw_table(out, major, k, k0, k1, thresholds, guide, first):
    """Draw integers by exact inversion: first + #{j : bits >= thresholds[j]}.

    Parameters
    ----------
    out : int32, shape (n,), out
        The integers.
    major, k : int64, shape (n,)
        Identity of each edge.
    k0, k1 : uint32
        Key of the stream.
    thresholds : uint64, shape (m,)
        Ascending cumulative probabilities P(X <= first + j) in units of 2**-53; the last
        one is 2**53.
    guide : int32, shape (4096,)
        `guide_table(thresholds)`.
    first : int
        The smallest value.
    """
    for i in range(out.size):
        out[i] = np.int32(_bits_of_edge(major[i], k[i], k0, k1) >> _21)
    # The search does not vectorize, so it stands apart from the drawing of its bits; the
    # lower 21 of 53 bits are drawn again in the one case in 2**32 / m where they decide.
    for i in range(out.size):
        high = np.uint64(np.uint32(out[i]))
        j = guide[high >> _20]
        while high > thresholds[np.uint64(j)] >> _21:
            j += 1
        if high == thresholds[np.uint64(j)] >> _21:
            bits = _bits_of_edge(major[i], k[i], k0, k1)
            while bits >= thresholds[np.uint64(j)]:
                j += 1
        out[i] = first + j
