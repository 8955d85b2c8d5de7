"""Quantiles of counts beside those of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from distsnn.kernels.draws.quantiles import binomial_numbers, poisson_numbers


@pytest.fixture(scope="module")
def uniform() -> np.ndarray:
    """Uniform numbers of all sizes, ascending."""
    return np.sort(np.append(np.random.default_rng(3).random(4000), [0.0, 1e-12, 1 - 1e-12]))


@pytest.mark.parametrize("mean", [1e-6, 0.3, 1.0, 9.99, 40.0, 700.5, 2e5])
def test_poisson_numbers(uniform: np.ndarray, mean: float) -> None:
    found = np.empty(uniform.size)
    poisson_numbers(np.full(uniform.size, mean), uniform, found)
    # Far out in the tails sums are rounded.
    assert (found == stats.poisson(mean).ppf(uniform)).mean() > 0.998
    assert np.abs(found - mean).max() <= 10 * np.sqrt(mean) + 10
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (20, 0.01), (20, 0.97), (1000, 0.4), (10**6, 0.2)])
def test_binomial_numbers(uniform: np.ndarray, n: int, p: float) -> None:
    found = np.empty(uniform.size)
    binomial_numbers(np.full(uniform.size, n, float), np.full(uniform.size, p), uniform, found)
    assert (found == stats.binom(n, p).ppf(uniform)).mean() > 0.998
    assert np.abs(found - n * p).max() <= 10 * np.sqrt(n * p * (1 - p)) + 20
    assert (found <= n).all()


def test_what_is_no_distribution_is_nan() -> None:
    found = np.empty(6)
    poisson_numbers(np.array([0.0, -1.0, np.nan, np.inf, 1e12, 0.0]), np.full(6, 0.5), found)
    np.testing.assert_array_equal(found, [0.0, np.nan, np.nan, np.nan, np.nan, 0.0])
    n, p = np.array([0.0, 3, 3, 3, 3, -1]), np.array([0.5, 0, 1, -0.1, np.nan, 0.5])
    binomial_numbers(n, p, np.full(6, 0.5), found)
    np.testing.assert_array_equal(found, [0.0, 0.0, 3.0, np.nan, np.nan, np.nan])
