"""Values drawn for edges against the definitions, written as obvious loops."""

from __future__ import annotations

import platform

import numba
import numpy as np
import pytest
from scipy import special, stats

from distsnn.kernels.connect.connect_sources import draw_uniform_index
from distsnn.kernels.draws.normal import (
    draw_lognormal,
    draw_normal,
    draw_table,
    draw_uniform,
    guide_table,
    normal_cdf,
    normal_quantile,
    round_values,
)
from distsnn.kernels.draws.philox import bits53, philox4x32, uniform_open

KEY = np.uint32(17), np.uint32(4)
N = 300


def compiled_or_not(function):
    return pytest.mark.parametrize("draw", [function, function.py_func])


def identities(n=N):
    """Give majors and k that need both words of the counter."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 2**40, n), rng.integers(0, 2**40, n)


def words(major, k):
    low = 2**32
    return philox4x32(major % low, major // low, k % low, k // low, *(int(w) for w in KEY))


@pytest.mark.parametrize("quantile", [normal_quantile, normal_quantile.py_func])
def test_quantile(quantile):
    p = np.concatenate(
        [
            10.0 ** -np.arange(1, 17.0),
            1 - 2.0 ** -np.arange(1, 54.0),
            [0.5, 0.075, 0.925],
            np.random.default_rng(1).uniform(0, 1, 500),
        ]
    )
    x = np.array([quantile(value) for value in p])
    np.testing.assert_allclose(x, special.ndtri(p), rtol=2e-15, atol=1e-15)


@pytest.mark.parametrize("cdf", [normal_cdf, normal_cdf.py_func])
def test_cdf(cdf):
    x = np.array([-np.inf, -37.0, -5.0, -1.0, 0.0, 0.3, 6.0, np.inf])
    np.testing.assert_allclose([cdf(value) for value in x], special.ndtr(x), rtol=1e-13)


@compiled_or_not(draw_normal)
def test_normal_twin(draw):
    major, k = identities()
    p_low, p_high = special.ndtr([-1.5, 2.0])
    out = np.empty(N)
    draw(out, major, k, *KEY, 10.0, 3.0, p_low, p_high)
    for i in range(N):
        w0, w1, _, _ = words(major[i], k[i])
        p = p_low + uniform_open(w0, w1) * (p_high - p_low)
        assert out[i] == pytest.approx(10.0 + 3.0 * special.ndtri(p), rel=1e-13)
    assert 10 - 1.5 * 3 <= out.min() <= out.max() <= 10 + 2 * 3


def test_normal_beyond_the_near_tails():
    major, k = identities()
    out = np.empty(N)
    p_low, p_high = special.ndtr([-8.0, -7.0])
    draw_normal(out, major, k, *KEY, 0.0, 1.0, p_low, p_high)
    assert -8 <= out.min() <= out.max() <= -7
    mirrored = np.empty(N)
    draw_normal(mirrored, major, k, *KEY, 0.0, -1.0, p_low, p_high)
    assert np.all(mirrored == -out)


@compiled_or_not(draw_lognormal)
def test_lognormal_is_exp_of_normal(draw):
    major, k = identities()
    out, exponent = np.empty(N), np.empty(N)
    draw(out, major, k, *KEY, 0.2, 0.7, 0.0, 1.0)
    draw_normal(exponent, major, k, *KEY, 0.2, 0.7, 0.0, 1.0)
    np.testing.assert_allclose(out, np.exp(exponent), rtol=1e-15)


@compiled_or_not(draw_uniform)
def test_uniform_twin(draw):
    major, k = identities()
    out = np.empty(N)
    draw(out, major, k, *KEY, -2.0, 5.0)
    for i in range(N):
        w0, w1, _, _ = words(major[i], k[i])
        assert out[i] == -2.0 + int(bits53(w0, w1)) / 2**53 * 7.0


@pytest.mark.parametrize(
    "probabilities",
    [
        np.array([1.0]),
        np.array([0.25, 0.5, 0.25]),
        np.full(5000, 1 / 5000),
        stats.norm.pdf(np.arange(100), 15, 7.5),
        np.array([0.0, 0.3, 0.0, 0.0, 0.7, 0.0]),
    ],
)
@compiled_or_not(draw_table)
def test_table_twin(draw, probabilities):
    cumulative = np.cumsum(probabilities) / probabilities.sum()
    thresholds = np.rint(cumulative * 2.0**53).astype(np.uint64)
    thresholds[-1] = 2**53
    major, k = identities()
    out = np.empty(N, dtype=np.int32)
    draw(out, major, k, *KEY, thresholds, guide_table(thresholds), 3)
    for i in range(N):
        bits = bits53(*words(major[i], k[i])[:2])
        assert out[i] == 3 + np.count_nonzero(np.uint64(bits) >= thresholds)


def test_table_decides_by_the_last_bit():
    major, k = identities()
    for i in range(20):
        bits = np.uint64(bits53(*words(major[i], k[i])[:2]))
        for threshold, value in ((bits, 1), (bits + np.uint64(1), 0)):
            thresholds = np.array([threshold, 2**53], dtype=np.uint64)
            out = np.empty(1, dtype=np.int32)
            draw_table(
                out, major[i : i + 1], k[i : i + 1], *KEY, thresholds, guide_table(thresholds), 0
            )
            assert out[0] == value


def test_distributions():
    n = 100_000
    major, k = np.zeros(n, dtype=np.int64), np.arange(n)
    out = np.empty(n)
    draw_normal(out, major, k, *KEY, 0.0, 1.0, 0.0, 1.0)
    assert stats.kstest(out, "norm").pvalue > 1e-3
    draw_uniform(out, major, k, *KEY, 0.0, 1.0)
    assert stats.kstest(out, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("draw", [draw_normal, draw_lognormal, draw_uniform])
def test_a_value_is_the_same_wherever_it_stands(draw):
    major, k = identities(67)
    whole = np.empty(67)
    draw(whole, major, k, *KEY, 0.0, 1.0, *((0.1, 0.9) if draw is not draw_uniform else ()))
    for start in range(67):
        part = np.empty(67 - start)
        draw(
            part,
            major[start:],
            k[start:],
            *KEY,
            0.0,
            1.0,
            *((0.1, 0.9) if draw is not draw_uniform else ()),
        )
        assert np.all(part == whole[start:])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names x86 registers")
@pytest.mark.parametrize(("function", "n_numbers"), [(draw_normal, 4), (draw_uniform_index, 1)])
def test_vectorizes(function, n_numbers):
    integers = numba.int64[::1]
    out = integers if function is draw_uniform_index else numba.float64[::1]
    numbers = [numba.float64 if n_numbers == 4 else numba.int64] * n_numbers
    # Compiled anew, since numba keeps no assembly of what comes from its cache.
    fresh = numba.njit(nogil=True, error_model="numpy")(function.py_func)
    fresh.compile((out, integers, integers, numba.uint32, numba.uint32, *numbers))
    assembly = "".join(fresh.inspect_asm().values())
    # Two vector products in each of ten rounds, less those nobody reads.
    assert assembly.count("pmuludq") >= 16


@compiled_or_not(round_values)
def test_rounded_values(draw):
    given = np.random.default_rng(4).normal(0.0, 3.0, N)
    given[:4] = 0.125, 0.375, -0.1, -0.125
    found = given.copy()
    draw(found, 0.25, -20, 31)
    assert found.tolist() == [0.25 * min(max(round(x / 0.25), -20), 31) for x in given.tolist()]
    assert not np.signbit(found[found == 0]).any()
    assert {found.min(), found.max()} == {-5.0, 7.75}
