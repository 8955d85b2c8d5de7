"""Drawn values in fixed point, so that 16 bits hold each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from distsnn.describe.values.given import Distribution, LogNormal, Normal

CODES = 1 << 16
# A unit is between half of this and this of the standard deviation, and what is drawn further
# from the center is set to it: one value in 4e11. Two distributions of which one is twice as wide
# and far from zero, as in the cortical microcircuit, then share a grid of 16 bits.
_FINENESS, _REACH = 1 / 1024, 7.0


@dataclass(frozen=True)
class Grid:
    """The multiples of `unit`, a power of two, from `first` to `last`."""

    unit: float
    first: int
    last: int

    def joined(self, other: Grid) -> Grid | None:
        """The grid that holds the values of both, None if it has more than 16 bits."""
        unit = min(self.unit, other.unit)
        parts = [(g.first * int(g.unit / unit), g.last * int(g.unit / unit)) for g in (self, other)]
        joined = Grid(unit, min(p[0] for p in parts), max(p[1] for p in parts))
        return joined if joined.last - joined.first < CODES else None


@dataclass(frozen=True)
class Rounded(Distribution):
    """A distribution whose values are rounded to multiples of a power of two.

    Parameters
    ----------
    of : Distribution
        What is drawn before.
    """

    of: Distribution

    @property
    def fits(self) -> bool:
        """Whether there is a spread, and 16 bits hold all values."""
        return self._law[2] > 0 and self.grid.last - self.grid.first < CODES

    @property
    def _law(self) -> tuple[float, float, float]:
        """Where values lie, and a measure of their spread: the standard deviation at most."""
        low, high = self.of.bounds
        spread = math.inf
        if isinstance(self.of, Normal):
            spread, far = self.of.std, _REACH * self.of.std
            low, high = max(low, self.of.mean - far), min(high, self.of.mean + far)
        elif isinstance(self.of, LogNormal):
            mu, sigma = self.of.mu, self.of.sigma
            spread = math.sqrt(math.expm1(sigma**2)) * math.exp(mu + sigma**2 / 2)
            far = _REACH * sigma
            low, high = max(low, math.exp(mu - far)), min(high, math.exp(mu + far))
        return low, high, min(spread, (high - low) / math.sqrt(12))

    @cached_property
    def grid(self) -> Grid:
        """The values that there are."""
        low, high, spread = self._law
        unit = math.ldexp(1.0, math.frexp(spread * _FINENESS)[1] - 1)
        return Grid(unit, math.ceil(low / unit), math.floor(high / unit))

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, in its unit."""
        return self.grid.first * self.grid.unit, self.grid.last * self.grid.unit

    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float, unit of the value), before rounding."""
        return self.of.cdf(x)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("rounded", *self.of.content())
