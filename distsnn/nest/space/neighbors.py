"""Nodes near to others, at a cost in proportion to their number."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from distsnn.nest.nodes.block import Layer
from distsnn.nest.space.masks import Mask

# Pairs that are looked at together.
_TOGETHER = 1_000_000
_MOST_CELLS = 256


@dataclass(frozen=True, eq=False)
class Space:
    """The positions of two sets of nodes.

    Attributes
    ----------
    source, target : float64 array (n, dimensions)
    layer : Layer
        That of the targets: its extent is the period where edges wrap.
    """

    source: np.ndarray
    target: np.ndarray
    layer: Layer

    def displacement(self, of: np.ndarray) -> np.ndarray:
        """Displacements, the short way where edges wrap."""
        if not self.layer.edge_wrap:
            return of
        return of - self.layer.extent * np.round(of / self.layer.extent)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Nodes sorted into the cells of a grid."""

    origin: np.ndarray
    size: np.ndarray
    number: np.ndarray
    order: np.ndarray
    begins: np.ndarray
    wraps: bool

    @staticmethod
    def of(pool: np.ndarray, layer: Layer, reach: np.ndarray) -> _Cells:
        """The cells of a pool; their size is about `reach` (float64 (dimensions,))."""
        if layer.edge_wrap:
            origin, length = layer.center - layer.extent / 2, layer.extent
        else:
            origin = pool.min(axis=0)
            length = np.maximum(pool.max(axis=0) - origin, 1e-9)
        number = np.clip((length / np.maximum(reach, 1e-12)).astype(np.int64), 1, _MOST_CELLS)
        size = length / number
        cell = np.clip(((pool - origin) / size).astype(np.int64), 0, number - 1)
        flat = np.ravel_multi_index(tuple(cell.T), tuple(number))
        order = np.argsort(flat, kind="stable")
        begins = np.searchsorted(flat[order], np.arange(int(number.prod()) + 1))
        return _Cells(origin, size, number, order, begins, layer.edge_wrap)

    def near(self, around: np.ndarray, mask: Mask) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (int64 (n,)) of nodes `around` and of the pool that may be in the mask."""
        low = np.floor((around + mask.lower - self.origin) / self.size - 1e-9).astype(np.int64)
        high = np.floor((around + mask.upper - self.origin) / self.size + 1e-9).astype(np.int64)
        if self.wraps:
            high = np.minimum(high, low + self.number - 1)
        else:
            low, high = np.maximum(low, 0), np.minimum(high, self.number - 1)
        spans = np.maximum((high - low).max(axis=0) + 1, 0)
        found_node, found_pool = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for offset in itertools.product(*(range(int(s)) for s in spans)):
            cell = low + np.array(offset)
            node = np.flatnonzero((cell <= high).all(axis=1))
            flat = np.ravel_multi_index(tuple((cell[node] % self.number).T), tuple(self.number))
            begin, count = self.begins[flat], self.begins[flat + 1] - self.begins[flat]
            within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
            found_node.append(np.repeat(node, count))
            found_pool.append(self.order[np.repeat(begin, count) + within])
        return np.concatenate(found_node), np.concatenate(found_pool)


def neighbors(
    space: Space, mask: Mask | None, by_target: bool, around_target: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of source and target (places, int64 (n,)) that a mask allows.

    Parameters
    ----------
    space : Space
    mask : Mask or None
        All pairs without one.
    by_target : bool
        Whether each part has all sources of some targets, not all targets of some sources.
    around_target : bool
        Whether the mask is around the target, not around the source.
    """
    own, pool = (space.target, space.source) if by_target else (space.source, space.target)
    n = max(1, _TOGETHER // max(1, len(pool)))
    if mask is None:
        for first in range(0, len(own), n):
            node = np.repeat(np.arange(first, min(first + n, len(own))), len(pool))
            other = np.tile(np.arange(len(pool)), node.size // len(pool))
            yield (other, node) if by_target else (node, other)
        return
    turned = around_target != by_target
    near = Mask(mask.inside, -mask.upper, -mask.lower) if turned else mask
    cells = _Cells.of(pool, space.layer, (near.upper - near.lower) / 2)
    n = max(n, 1000)
    for first in range(0, len(own), n):
        node, other = cells.near(own[first : first + n], near)
        node = node + first
        # The way whose end is nearest to the center of the mask.
        center = (near.lower + near.upper) / 2
        away = space.displacement(pool[other] - own[node] - center) + center
        inside = mask.inside(-away if turned else away)
        node, other = node[inside], other[inside]
        order = np.lexsort((other, node))
        node, other = node[order], other[order]
        yield (other, node) if by_target else (node, other)
