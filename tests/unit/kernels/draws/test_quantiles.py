"""Quantiles of counts and of the gamma distribution beside those of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from distsnn.kernels.draws.quantiles import (
    binomial_numbers,
    exponential_numbers,
    gamma_numbers,
    poisson_numbers,
)


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


@pytest.mark.parametrize("shape", [0.05, 1.0, 2.5, 300.0])
def test_gamma_numbers(uniform: np.ndarray, shape: float) -> None:
    found = np.empty(uniform.size)
    gamma_numbers(np.full(uniform.size, shape), np.full(uniform.size, 3.0), uniform, found)
    wanted = stats.gamma(shape, scale=3.0).ppf(uniform)
    # Far out in the tail a sum of nearly 1 leaves few digits.
    np.testing.assert_allclose(found[:-1], wanted[:-1], rtol=1e-8, atol=1e-290)
    np.testing.assert_allclose(found[-1], wanted[-1], rtol=1e-3)
    if shape == 1.0:
        exponential_numbers(np.full(uniform.size, 3.0), uniform, found)
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_what_is_no_distribution_is_nan() -> None:
    found = np.empty(6)
    poisson_numbers(np.array([0.0, -1.0, np.nan, np.inf, 1e12, 0.0]), np.full(6, 0.5), found)
    np.testing.assert_array_equal(found, [0.0, np.nan, np.nan, np.nan, np.nan, 0.0])
    n, p = np.array([0.0, 3, 3, 3, 3, -1]), np.array([0.5, 0, 1, -0.1, np.nan, 0.5])
    binomial_numbers(n, p, np.full(6, 0.5), found)
    np.testing.assert_array_equal(found, [0.0, 0.0, 3.0, np.nan, np.nan, np.nan])
    shape, scale = np.array([0.0, -1, np.nan, np.inf, 2, 2]), np.array([1.0, 1, 1, 1, -1, 0])
    gamma_numbers(shape, scale, np.full(6, 0.5), found)
    np.testing.assert_array_equal(found, [np.nan] * 5 + [0.0])
    exponential_numbers(np.array([-1.0, np.nan, np.inf, 0, 0, 0]), np.full(6, 0.5), found)
    np.testing.assert_array_equal(found, [np.nan] * 3 + [0.0] * 3)
