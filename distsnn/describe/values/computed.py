"""Values of synapses that are computed from the ends of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from distsnn.describe.values.given import ValueSource

# From indices of source and target, the identity of each synapse (index, k) and the key of random
# numbers to values: four int64 arrays (n,), two words of 32 bits -> float64 array (n,).
ByEnds = Callable[
    [np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], tuple[int, int]], np.ndarray
]


@dataclass(frozen=True, eq=False)
class Computed(ValueSource):
    """Values that each rank computes for its own synapses.

    Parameters
    ----------
    of : callable
        From indices of source and target within their slices (int64 (n,)), the identity of each
        synapse (two int64 arrays (n,)) and a key (two words of 32 bits) to values, float64 (n,).
        It is a pure function; what is random in it is drawn by the identity with the key.
    low, high : float
        Bounds of all values, in their unit.
    defined_by : tuple
        Everything that defines the values besides the rule, for the digest.
    sign : float
        What values are multiplied by, 1 or -1.
    """

    of: ByEnds
    low: float
    high: float
    defined_by: tuple[object, ...]
    sign: float = 1.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, in its unit."""
        return self.low, self.high

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values besides those of the rule, for the digest."""
        return ("computed", self.sign, *self.defined_by)

    def negated(self) -> Computed:
        """The same with the other sign."""
        return replace(self, low=-self.high, high=-self.low, sign=-self.sign)
