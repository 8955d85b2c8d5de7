"""Distributions beside the normal and the uniform one: gamma, and those of whole numbers."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.values.exact_functions import exact_exp, exact_log
from distsnn.describe.values.given import Distribution, check_bounds, check_finite
from distsnn.errors import ParameterError

# The largest number of trials, and mean, of which a table is made.
_LARGEST = 1_000_000


def _gamma_cdf(a: float, x: float) -> float:
    """Regularized lower incomplete gamma function P(a, x), by its series of positive terms."""
    if x <= 0.0:
        return 0.0
    front = -math.inf if x == math.inf else a * math.log(x) - x - math.lgamma(a)
    if front < -700.0:
        return float(x > a)
    n, term, total = a, 1.0 / a, 1.0 / a
    while term > total * 1e-17:
        n += 1.0
        term *= x / n
        total += term
    return min(math.exp(front) * total, 1.0)


@known_names
@dataclass(frozen=True)
class Gamma(Distribution):
    """Gamma distribution, optionally truncated; with ``shape=1`` the exponential one.

    Parameters
    ----------
    shape : float
        Above 0.
    scale : float
        Above 0, in the unit of the value; the mean is ``shape*scale``.
    low, high : float
        Bounds of the value; values outside are drawn again.

    Raises
    ------
    ParameterError
        If a number is not allowed, or the bounds leave nothing to draw.
    """

    shape: float
    scale: float
    low: float = 0.0
    high: float = math.inf

    def __post_init__(self) -> None:
        check_finite("Gamma", shape=self.shape, scale=self.scale)
        for name in ("shape", "scale"):
            if not getattr(self, name) > 0:
                raise ParameterError(
                    "Gamma", f"{name}={getattr(self, name)!r}", f"{name} must be > 0", "correct it"
                )
        check_bounds("Gamma", self.low, self.high)
        if not self.cdf(self.high) - self.cdf(self.low) > 1e-12:
            raise ParameterError(
                "Gamma",
                f"no value lies in [{self.low}, {self.high}]",
                "the bounds must leave at least 1e-12 of the distribution",
                "widen low= and high=",
            )

    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float, unit of the value), without truncation."""
        return _gamma_cdf(self.shape, x / self.scale)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("gamma", self.shape, self.scale, self.low, self.high)


class WholeNumbers(Distribution):
    """The base of distributions of whole numbers from `low` on."""

    @property
    @abstractmethod
    def probabilities(self) -> np.ndarray:
        """Probability (float64 (n,)) of each number from `low` on; those behind are none."""

    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float)."""
        n = math.floor(min(x, _LARGEST * 8.0) - self.low) + 1
        return float(self.cumulative[min(n, self.cumulative.size) - 1]) if n > 0 else 0.0

    @property
    def cumulative(self) -> np.ndarray:
        """Probability (float64 (n,)) of values up to each number."""
        found = np.cumsum(self.probabilities)
        return np.asarray(found / found[-1])


@known_names
@dataclass(frozen=True)
class Poisson(WholeNumbers):
    """Poisson distribution.

    Parameters
    ----------
    mean : float
        From 0 to 1,000,000, in the unit of the value.

    Raises
    ------
    ParameterError
        If the mean is not allowed.
    """

    mean: float
    low = 0.0

    def __post_init__(self) -> None:
        _check_number("Poisson", "mean", self.mean, _LARGEST)

    @property
    def high(self) -> float:  # type: ignore[override]  # a number there
        """The largest number that is drawn: larger ones have a probability below 1e-30."""
        return float(math.ceil(self.mean + 12.0 * math.sqrt(self.mean) + 40.0))

    @property
    def probabilities(self) -> np.ndarray:
        """Probability (float64 (n,)) of each number from 0 on."""
        if self.mean == 0:
            return np.ones(1)
        k = np.arange(self.high + 1.0)
        return exact_exp(k * math.log(self.mean) - self.mean - _log_factorials(k.size))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("poisson", self.mean)


@known_names
@dataclass(frozen=True)
class Binomial(WholeNumbers):
    """Binomial distribution: the number of `n` trials that succeed.

    Parameters
    ----------
    n : int
        From 0 to 1,000,000.
    p : float
        Probability of success, 0 to 1.

    Raises
    ------
    ParameterError
        If a number is not allowed.
    """

    n: int
    p: float
    low = 0.0

    def __post_init__(self) -> None:
        _check_number("Binomial", "n", self.n, _LARGEST)
        _check_number("Binomial", "p", self.p, 1)
        if self.n != int(self.n):
            raise ParameterError("Binomial", f"n={self.n!r}", "n is a whole number", "round it")

    @property
    def high(self) -> float:  # type: ignore[override]  # a number there
        """The largest number: all trials succeed."""
        return float(self.n)

    @property
    def probabilities(self) -> np.ndarray:
        """Probability (float64 (n + 1,)) of each number."""
        k = np.arange(self.n + 1.0)
        if self.p in {0, 1}:
            return np.asarray(k == self.n * self.p, dtype=float)
        logs = _log_factorials(k.size)
        chosen = logs[-1] - logs - logs[::-1]
        return exact_exp(chosen + k * math.log(self.p) + (self.n - k) * math.log1p(-self.p))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("binomial", self.n, self.p)


def _log_factorials(n: int) -> np.ndarray:
    """Logarithms (float64 (n,)) of 0!, 1!, ..."""
    return np.cumsum(exact_log(np.maximum(np.arange(float(n)), 1.0)))


def _check_number(where: str, name: str, number: float, largest: float) -> None:
    check_finite(where, **{name: number})
    if not 0 <= number <= largest:
        raise ParameterError(
            where, f"{name}={number!r}", f"{name} is a number from 0 to {largest:,}", "correct it"
        )
