"""Binomial numbers against the exact distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from distsnn.kernels.draws.binomial import binomial, draw_binomial, stirling_tail

KEY = np.uint32(11), np.uint32(12)


def draw(n, p, size, first=0):
    out = np.empty(size, dtype=np.int64)
    major = np.arange(first, first + size)
    draw_binomial(out, np.full(size, n), p, major, *KEY)
    return out


def p_value(sample, distribution):
    """Chi-square over about twenty cells of similar probability."""
    edges = np.unique(distribution.ppf(np.linspace(0, 1, 21)[1:-1]))
    cells = np.searchsorted(edges, sample)
    cdf = np.concatenate([[0.0], distribution.cdf(edges), [1.0]])
    expected = np.diff(cdf) * len(sample)
    observed = np.bincount(cells, minlength=expected.size)
    used = expected > 1e-6
    assert observed[~used].sum() == 0
    return stats.chisquare(
        observed[used], expected[used] * (len(sample) / expected[used].sum())
    ).pvalue


@pytest.mark.parametrize("tail", [stirling_tail, stirling_tail.py_func])
def test_stirling_tail(tail):
    for k in (0.0, 1.0, 5.0, 9.0, 10.0, 30.0, 1e4):
        exact = special.gammaln(k + 1) - (
            (k + 0.5) * np.log(k + 1) - (k + 1) + 0.5 * np.log(2 * np.pi)
        )
        assert tail(k) == pytest.approx(exact, abs=max(1e-12, 3e-16 * special.gammaln(k + 1)))


@pytest.mark.parametrize(
    ("n", "p"),
    [
        (1, 0.5),
        (7, 0.3),
        (20, 0.9),
        (100, 0.01),
        (100, 0.0999),
        (100, 0.1),
        (100, 0.5),
        (40, 0.7),
        (1000, 0.999),
        (10_000, 0.25),
        (10**6, 1e-6),
        (10**8, 0.5),
        (10**10, 1e-9),
        (10**10, 0.3),
        (10**12, 0.6),
    ],
)
def test_distribution(n, p):
    assert p_value(draw(n, p, 20_000), stats.binom(n, p)) > 1e-3


@pytest.mark.parametrize(("n", "p"), [(40, 0.3), (1000, 0.4)])
def test_many_numbers(n, p):
    assert p_value(draw(n, p, 1_000_000), stats.binom(n, p)) > 1e-3


@pytest.mark.parametrize("function", [binomial, binomial.py_func])
def test_certain_numbers(function):
    assert function(0, 0.5, 1, 2, 3, *KEY) == 0
    assert function(5, 0.0, 1, 2, 3, *KEY) == 0
    assert function(5, 1.0, 1, 2, 3, *KEY) == 5


@pytest.mark.parametrize("n", [10, 1000])
def test_compiled_or_not(n):
    compiled = draw(n, 0.3, 50, first=2**33)
    out = np.empty(50, dtype=np.int64)
    draw_binomial.py_func(out, np.full(50, n), 0.3, np.arange(2**33, 2**33 + 50), *KEY)
    assert np.all(compiled == out)


def test_pure_function_of_the_counter():
    assert np.all(draw(500, 0.2, 30)[10:] == draw(500, 0.2, 20, first=10))
    assert len(np.unique(draw(10**9, 0.5, 100))) == 100
