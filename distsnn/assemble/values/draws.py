"""Values that are drawn from a distribution."""

from __future__ import annotations

import numpy as np

from distsnn.describe.values.given import Distribution, LogNormal, Normal, Uniform, value_bounds
from distsnn.describe.values.rounded import Rounded
from distsnn.kernels.draws.normal import draw_lognormal, draw_normal, draw_uniform, round_values

Key = tuple[int, int]


def drawn_values(
    distribution: Distribution, major: np.ndarray, k: np.ndarray, key: Key
) -> np.ndarray:
    """Values (float64 (n,)) that are drawn for the identities (`major`, `k`) (int64 (n,))."""
    if isinstance(distribution, Rounded):
        out, grid = drawn_values(distribution.of, major, k, key), distribution.grid
        round_values(out, grid.unit, grid.first, grid.last)
        return out
    out = np.empty(major.size)
    k0, k1 = np.uint32(key[0]), np.uint32(key[1])
    low, high = value_bounds(distribution)
    match distribution:
        case Uniform():
            draw_uniform(out, major, k, k0, k1, float(low), float(high))
        case Normal():
            draw_normal(
                out,
                major,
                k,
                k0,
                k1,
                float(distribution.mean),
                float(distribution.std),
                distribution.cdf(low),
                distribution.cdf(high),
            )
        case LogNormal():
            draw_lognormal(
                out,
                major,
                k,
                k0,
                k1,
                float(distribution.mu),
                float(distribution.sigma),
                distribution.cdf(low),
                distribution.cdf(high),
            )
    return np.clip(out, low, high, out=out)
