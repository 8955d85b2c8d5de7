"""Values of neurons and synapses: drawn, taken from arrays, or the same for all."""

from __future__ import annotations

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.projection_edges import array_index
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.rules import Rule
from distsnn.describe.values.given import (
    Delay,
    Distribution,
    LogNormal,
    Normal,
    PerSource,
    PerSynapse,
    Uniform,
    Value,
    value_bounds,
)
from distsnn.describe.values.given_expressions import TextValue
from distsnn.describe.values.time_steps import steps_of, steps_of_array
from distsnn.kernels.draws.normal import (
    draw_lognormal,
    draw_normal,
    draw_table,
    draw_uniform,
    guide_table,
)
from distsnn.layout.delays import delay_bounds, delay_thresholds

Key = tuple[int, int]


def draw_value(
    out: np.ndarray, distribution: Distribution, major: np.ndarray, k: np.ndarray, key: Key
) -> None:
    """Fill `out` (float64 (n,), out) with draws for the identities (`major`, `k`) (int64 (n,))."""
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
    np.clip(out, low, high, out=out)


def value_position(
    value: Delay | TextValue | SynapticValue | PerSynapse,
    rule: Rule,
    n_target: int,
    edges: EdgeChunk,
) -> np.ndarray | None:
    """Flat index (int64 (n,)) of each edge in the array of a value; None for no array."""
    if isinstance(value, PerSource):
        return edges.source
    return array_index(rule, n_target, edges) if isinstance(value, np.ndarray) else None


class DelaySampler:
    """Delays in steps of the edges of one projection.

    Parameters
    ----------
    where : str
        Name of the projection, for errors.
    delay : Value or PerSource, ms
    dt : float, ms
    key : two words of 32 bits
    """

    def __init__(self, where: str, delay: Delay, dt: float, key: Key) -> None:
        self.key = np.uint32(key[0]), np.uint32(key[1])
        self.first, self.last = delay_bounds(where, delay, dt)
        self._steps: np.ndarray | int | None = None
        if isinstance(delay, np.ndarray | PerSource):
            values = delay.values if isinstance(delay, PerSource) else delay
            self._steps = steps_of_array(values.ravel(), dt)
        elif not isinstance(delay, Distribution):
            self._steps = steps_of(delay, dt)
        elif self.first == self.last:
            self._steps = self.first
        else:
            cumulative = delay_thresholds(delay, dt, self.first, self.last)
            self._thresholds = np.append(
                np.rint(cumulative * 2.0**53).astype(np.uint64), np.uint64(2**53)
            )
            self._guide = guide_table(self._thresholds)

    def steps(
        self, major: np.ndarray, k: np.ndarray, position: np.ndarray | None
    ) -> np.ndarray | int:
        """Delays (int array (n,), or one number for all) of edges, in steps.

        `position` is the result of `value_position`.
        """
        if isinstance(self._steps, np.ndarray):
            taken: np.ndarray = self._steps[position]
            return taken
        if self._steps is not None:
            return self._steps
        out = np.empty(major.size, dtype=np.int32)
        draw_table(out, major, k, *self.key, self._thresholds, self._guide, self.first)
        return out


def draw_weights(
    weight: Value, major: np.ndarray, k: np.ndarray, position: np.ndarray | None, key: Key
) -> np.ndarray | float:
    """Weights (float64 (n,), or one number for all) of edges.

    `position` is the result of `value_position`.
    """
    if isinstance(weight, Distribution):
        out = np.empty(major.size)
        draw_value(out, weight, major, k, key)
        return out
    if isinstance(weight, np.ndarray):
        taken: np.ndarray = weight.ravel()[position]
        return taken
    return weight
