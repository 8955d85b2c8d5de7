"""Values and distributions: what is allowed, and what a distribution says of itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from distsnn.describe.values.given import (
    Distribution,
    LogNormal,
    Normal,
    Uniform,
    checked_value,
    value_bounds,
)
from distsnn.errors import ParameterError


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (Normal(1.0, 2.0), stats.norm(1.0, 2.0)),
        (LogNormal(0.3, 0.5), stats.lognorm(0.5, scale=math.exp(0.3))),
        (Uniform(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
    ],
)
def test_probability(distribution: Distribution, expected) -> None:
    for x in (-math.inf, -5.0, -1.0, 0.0, 0.4, 2.9, 3.0, 50.0, math.inf):
        assert distribution.cdf(x) == pytest.approx(float(expected.cdf(x)), abs=1e-15)


@pytest.mark.parametrize(
    ("distribution", "at"),
    [(Normal(1.0, 0.0), 1.0), (LogNormal(0.0, 0.0), 1.0), (Uniform(1.0, 1.0), 1.0)],
)
def test_probability_without_spread(distribution: Distribution, at: float) -> None:
    assert [distribution.cdf(x) for x in (at - 1e-9, at, at + 1e-9)] == [0.0, 1.0, 1.0]
    assert value_bounds(distribution) == (at, at)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(0.0, -1.0), "Normal: std=-1.0 is negative; std must be >= 0"),
        (lambda: Normal(math.nan, 1.0), "mean=nan is not a finite number"),
        (lambda: Normal("1", 1.0), "mean='1' is not a finite number"),
        (lambda: Normal(0.0, 1.0, low=2.0, high=1.0), "low=2.0 is above high=1.0"),
        (lambda: Normal(0.0, 1.0, low=50.0), "no value of mean=0.0, std=1.0 lies in"),
        (lambda: Normal(0.0, 0.0, low=1.0), "lies outside"),
        (lambda: Normal(0.0, 1.0, low=math.nan), "low=nan"),
        (lambda: LogNormal(0.0, -0.1), "sigma=-0.1 is negative"),
        (lambda: LogNormal(0.0, 1.0, high=-1.0), "low=0.0 is above high=-1.0"),
        (lambda: LogNormal(0.0, 0.0, low=2.0), "no value of mu=0.0, sigma=0.0"),
        (lambda: LogNormal(math.inf, 1.0), "mu=inf"),
        (lambda: Uniform(1.0, 0.0), "low=1.0 is above high=0.0"),
        (lambda: Uniform(0.0, math.inf), "high=inf is not a finite number"),
        (lambda: Uniform(True, 2.0), "low=True"),
    ],
)
def test_impossible_distributions(make, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


def test_numbers_and_arrays() -> None:
    assert checked_value("G", "I_e", 3, "pA") == 3.0
    assert isinstance(checked_value("G", "I_e", np.float32(3), "pA"), float)
    given = np.array([1, 2, 3])
    found = checked_value("G", "I_e", given, "pA", (3,))
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    # A copy that nobody can change: what was described stays described.
    given[0] = 9
    assert found.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 5
    distribution = Uniform(0.0, 1.0)
    assert checked_value("G", "I_e", distribution, "pA", (3,)) is distribution


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("rand()", r"^G: I_e='rand\(\)' is not a value; I_e is a number in pA"),
        (None, "not finite|not a value"),
        (1j, "is not a value"),
        ([1.0, math.nan], r"not finite \(nan at flat index 1\) pA"),
        (math.inf, r"not finite \(inf at flat index 0\) pA"),
        ([[1.0], [2.0, 3.0]], "is not a value"),
        ([1.0, 2.0], r"I_e has shape \(2,\); the shape must be \(3,\)"),
        ([[1.0, 2.0, 3.0]], r"I_e has shape \(1, 3\)"),
        ([], r"I_e has shape \(0,\)"),
    ],
)
def test_impossible_values(value: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        checked_value("G", "I_e", value, "pA", (3,))


def test_bounds() -> None:
    assert value_bounds(3.0) == (3.0, 3.0)
    assert value_bounds(np.array([2.0, -1.0])) == (-1.0, 2.0)
    assert value_bounds(np.empty(0)) == (0.0, 0.0)
    assert value_bounds(Normal(0.0, 1.0, low=-2.0)) == (-2.0, math.inf)
    assert value_bounds(LogNormal(0.0, 1.0)) == (0.0, math.inf)
