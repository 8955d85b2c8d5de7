"""Random numbers of parameters as pure functions of the pairs that they are drawn for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.rule_draws import Draws
from distsnn.kernels.arithmetic.elementwise import exp, log1p

# Calls of one evaluation; a further attempt has others.
_CALLS = 1 << 10


@dataclass(eq=False)
class PairRandom:
    """Random numbers for given pairs, with the methods of `numpy.random.Generator` in use.

    Attributes
    ----------
    draws : Draws
    index, k : int64 array (n,)
        What numbers are drawn for.
    call : int
        The next draw.
    """

    draws: Draws
    index: np.ndarray
    k: np.ndarray
    call: int = _CALLS

    def attempt(self, number: int) -> PairRandom:
        """The numbers of a further attempt; `number` counts from 1."""
        return PairRandom(self.draws, self.index, self.k, self.call + number * _CALLS)

    def random(self, size: int) -> np.ndarray:
        """Numbers (float64 (n,)) uniform in [0, 1)."""
        del size
        self.call += 1
        return self.draws.uniform(self.index, self.k, self.call - 1)

    def uniform(self, low: float, high: float, size: int) -> np.ndarray:
        """Numbers (float64 (n,)) uniform in [low, high)."""
        return low + (high - low) * self.random(size)

    def integers(self, low: int, high: int, size: int) -> np.ndarray:
        """Whole numbers (int64 (n,)) uniform in [low, high)."""
        return low + (self.random(size) * (high - low)).astype(np.int64)

    def exponential(self, scale: float, size: int) -> np.ndarray:
        """Numbers (float64 (n,)) of the exponential distribution."""
        return -scale * log1p(-self.random(size))

    def normal(self, mean: float, std: float, size: int) -> np.ndarray:
        """Numbers (float64 (n,)) of the normal distribution."""
        del size
        self.call += 1
        return mean + std * self.draws.normal(self.index, self.k, self.call - 1)

    def lognormal(self, mean: float, std: float, size: int) -> np.ndarray:
        """Numbers (float64 (n,)) whose logarithm has the normal distribution."""
        return exp(self.normal(mean, std, size))
