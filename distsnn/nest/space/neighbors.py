"""Nodes near to others, at a cost in proportion to their number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from distsnn.kernels.connect.connect_neighbors import list_neighbors
from distsnn.kernels.connect.displacements import fill_displacements, wrap_displacements
from distsnn.nest.nodes.block import Layer
from distsnn.nest.space.masks import Mask

_MOST_CELLS = 1 << 18
# Cells along the half width of a mask.
_CELLS_OF_MASK = 3
# A mask that is no ball is looked up in a box around it that is larger by this share of itself.
_LARGER = 1e-9


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
        """Displacements, the short way where edges wrap; half of the extent has the sign -."""
        found = np.array(of, dtype=np.float64, order="C")
        if self.layer.edge_wrap:
            wrap_displacements(found, self._period)
        return found

    def between(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Displacements (float64 (n, dimensions)) from sources to targets by their indices."""
        found = np.empty((i.size, self.source.shape[1]))
        ends = (np.ascontiguousarray(index, dtype=np.int64) for index in (i, j))
        fill_displacements(found, self.source, self.target, *ends, self._period)
        return found

    @property
    def _period(self) -> np.ndarray:
        """The extent along each dimension, 0 where edges do not wrap."""
        extent = np.asarray(self.layer.extent, dtype=np.float64)
        return extent if self.layer.edge_wrap else np.zeros_like(extent)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Nodes sorted into the cells of a grid, in three dimensions."""

    origin: np.ndarray
    size: np.ndarray
    number: np.ndarray
    period: np.ndarray
    pool: np.ndarray
    order: np.ndarray
    begins: np.ndarray

    @staticmethod
    def of(pool: np.ndarray, layer: Layer, reach: np.ndarray) -> _Cells:
        """The cells of a pool; their size is about `reach` (float64 (dimensions,))."""
        if layer.edge_wrap:
            origin, length = layer.center - layer.extent / 2, layer.extent
        else:
            origin = pool.min(axis=0)
            length = np.maximum(pool.max(axis=0) - origin, 1e-9)
        most = int(_MOST_CELLS ** (1 / origin.size))
        number = np.clip((length / np.maximum(reach, 1e-12)).astype(np.int64), 1, most)
        size, n = length / number, origin.size
        period = _solid(layer.extent if layer.edge_wrap else np.zeros(n), 0.0)
        cell = np.floor((pool - origin) / size).astype(np.int64)
        # Positions may lie beyond the extent around the center.
        cell = cell % number if layer.edge_wrap else np.clip(cell, 0, number - 1)
        flat = np.ravel_multi_index(tuple(cell.T), tuple(number))
        order = np.argsort(flat, kind="stable")
        begins = np.searchsorted(flat[order], np.arange(int(number.prod()) + 1))
        grid = _solid(origin, 0.0), _solid(size, 1.0), _solid(number, 1)
        return _Cells(*grid, period, _solid(pool[order], 0.0), order, begins)


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """Which sources some targets have in a mask, or which targets some sources have.

    Attributes
    ----------
    space : Space
    mask : Mask or None
        All pairs without one.
    by_target : bool
        Whether it is asked for sources of targets.
    around_target : bool
        Whether the mask is around the target, not around the source.
    same : int64 array (n,)
        For each node that is asked for its index among the others, -1 without one: it is left out.
    """

    space: Space
    mask: Mask | None
    by_target: bool
    around_target: bool
    same: np.ndarray

    def of(self, nodes: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        """The neighbors of the first ones of some nodes.

        Parameters
        ----------
        nodes : int64 array (n,)
        most : int
            About how many neighbors are listed together.

        Returns
        -------
        count : int64 array (m,)
            Number of neighbors of the first m nodes, m >= 1.
        other : int64 array
            The neighbors, those of a node together.
        """
        own, pool = self._sides
        if self.mask is None:
            nodes = nodes[: max(1, most // max(1, len(pool)))]
            other = np.tile(np.arange(len(pool)), nodes.size)
            keep = other != np.repeat(self.same[nodes], len(pool))
            count = len(pool) - (self.same[nodes] >= 0)
            return count, other[keep]
        count, done = np.zeros(nodes.size, np.int64), np.zeros(2, np.int64)
        cells, around = self._cells, _solid(own[nodes], 0.0)
        other = np.empty(min(most, nodes.size * len(pool)), np.int64)
        while True:
            list_neighbors(
                other, count, done, around, self.same[nodes], cells.pool, cells.order,
                cells.begins, cells.origin, cells.size, cells.number, cells.period, *self._shape,
                np.empty(6, np.int64),
            )  # fmt: skip
            if done[0]:
                break
            other = np.empty(2 * other.size, np.int64)
        count, other = count[: done[0]], other[: done[1]]
        return (count, other) if self.mask.ball else self._in_mask(nodes, count, other)

    def _in_mask(
        self, nodes: np.ndarray, count: np.ndarray, other: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The neighbors in a box that lie in the mask."""
        assert self.mask is not None
        (own, pool), near = self._sides, self._near
        place = np.repeat(np.arange(count.size), count)
        # The way whose end is nearest to the center of the mask.
        center = (near.lower + near.upper) / 2
        away = self.space.displacement(pool[other] - own[nodes[place]] - center) + center
        inside = self.mask.inside(-away if self._turned else away)
        return np.bincount(place[inside], minlength=count.size), other[inside]

    @property
    def _sides(self) -> tuple[np.ndarray, np.ndarray]:
        s = self.space
        return (s.target, s.source) if self.by_target else (s.source, s.target)

    @property
    def _turned(self) -> bool:
        return self.around_target != self.by_target

    @property
    def _near(self) -> Mask:
        """The mask around the nodes that are asked for."""
        assert self.mask is not None
        mask = self.mask
        return Mask(mask.inside, -mask.upper, -mask.lower) if self._turned else mask

    @cached_property
    def _shape(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
        """Box and ball in three dimensions."""
        assert self.mask is not None
        near, n = self._near, self._near.lower.size
        more = _LARGER * (near.upper - near.lower) + 1e-300
        box = _solid(near.lower - more, -1.0), _solid(near.upper + more, 1.0)
        if self.mask.ball is None:
            return *box, np.zeros(3), -1.0, np.inf
        center, inner, outer = self.mask.ball
        return *box, _solid(-center[:n] if self._turned else center[:n], 0.0), inner, outer

    @cached_property
    def _cells(self) -> _Cells:
        near = self._near
        reach = (near.upper - near.lower) / (2 * _CELLS_OF_MASK)
        return _Cells.of(self._sides[1], self.space.layer, reach)


def _solid(values: np.ndarray, rest: float) -> np.ndarray:
    """Coordinates (..., dimensions) in three dimensions, the further ones all `rest`."""
    shape = (*values.shape[:-1], 3 - values.shape[-1])
    return np.ascontiguousarray(
        np.concatenate([values, np.full(shape, rest, values.dtype)], axis=-1)
    )
