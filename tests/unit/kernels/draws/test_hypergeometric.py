"""Hypergeometric numbers against the exact distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from distsnn.kernels.compiled import kernel
from distsnn.kernels.draws.hypergeometric import hypergeometric

KEY = np.uint32(21), np.uint32(22)


@kernel
def draw_each(out, good, bad, sample, first, k0, k1):
    for i in range(out.size):
        c0, c1 = np.uint32((first + i) & 0xFFFFFFFF), np.uint32((first + i) >> 32)
        out[i] = hypergeometric(good, bad, sample, c0, c1, np.uint32(0), k0, k1)


def draw(good, bad, sample, size, first=0):
    out = np.empty(size, dtype=np.int64)
    draw_each(out, good, bad, sample, first, *KEY)
    return out


def p_value(sample, cdf, low, high):
    """Chi-square over about twenty cells, cut at quantiles of the sample's distribution."""
    values = np.arange(low, high + 1)
    cumulative = cdf(values)
    edges = np.unique(values[np.searchsorted(cumulative, np.linspace(0, 1, 21)[1:-1])])
    probability = np.diff(np.concatenate([[0.0], cdf(edges), [1.0]]))
    observed = np.bincount(np.searchsorted(edges, sample), minlength=probability.size)
    used = probability > 1e-9
    assert observed[~used].sum() == 0
    expected = probability[used] / probability[used].sum() * len(sample)
    return stats.chisquare(observed[used], expected).pvalue


@pytest.mark.parametrize(
    ("good", "bad", "sample"),
    [
        (1, 1, 1),
        (5, 7, 4),
        (7, 5, 4),
        (5, 7, 9),
        (7, 5, 9),
        (16, 100, 60),
        (17, 100, 60),
        (100, 17, 60),
        (17, 100, 100),
        (100, 17, 100),
        (50, 50, 50),
        (500, 700, 600),
        (30, 10_000, 40),
        (1000, 10**6, 800),
        (10**5, 10**5, 5000),
        (10**5, 2 * 10**5, 290_000),
    ],
)
def test_distribution(good, bad, sample):
    distribution = stats.hypergeom(good + bad, good, sample)
    low, high = max(0, sample - bad), min(good, sample)
    drawn = draw(good, bad, sample, 20_000)
    assert low <= drawn.min() <= drawn.max() <= high
    assert p_value(drawn, distribution.cdf, low, high) > 1e-3


@pytest.mark.parametrize(("good", "bad", "sample"), [(40, 60, 50), (3000, 4000, 1000)])
def test_many_numbers(good, bad, sample):
    distribution = stats.hypergeom(good + bad, good, sample)
    drawn = draw(good, bad, sample, 1_000_000)
    assert p_value(drawn, distribution.cdf, max(0, sample - bad), min(good, sample)) > 1e-3


def test_huge_population_is_nearly_normal():
    # Skewness and corrections are below 1e-5 standard deviations here.
    good, bad, sample = 4 * 10**11, 6 * 10**11, 3 * 10**11
    n = good + bad
    mean = sample * good / n
    std = np.sqrt(sample * (good / n) * (bad / n) * (n - sample) / (n - 1))
    drawn = (draw(good, bad, sample, 20_000) - mean) / std
    assert stats.kstest(drawn, "norm").pvalue > 1e-3


def test_huge_population_small_sample_is_nearly_binomial():
    drawn = draw(3 * 10**11, 7 * 10**11, 100, 20_000)
    assert p_value(drawn, stats.binom(100, 0.3).cdf, 0, 100) > 1e-3


@pytest.mark.parametrize("function", [hypergeometric, hypergeometric.py_func])
def test_certain_numbers(function):
    assert function(5, 7, 0, 1, 2, 3, *KEY) == 0
    assert function(5, 7, 12, 1, 2, 3, *KEY) == 5
    assert function(0, 7, 3, 1, 2, 3, *KEY) == 0
    assert function(5, 0, 3, 1, 2, 3, *KEY) == 3


@pytest.mark.parametrize("arguments", [(5, 7, 4), (500, 700, 600)])
def test_compiled_or_not(arguments):
    found = [
        hypergeometric.py_func(*arguments, np.uint32(i), np.uint32(2), np.uint32(0), *KEY)
        for i in range(50)
    ]
    assert draw(*arguments, 50, first=2**33).tolist() == found
