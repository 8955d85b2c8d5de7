"""Positions and distances, as ``nest.spatial`` has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.kernels.connect.displacements import fill_distances
from distsnn.nest.nodes.block import Layer
from distsnn.nest.values.parameter import Evaluation, Parameter, Reach, Span

__all__ = ["distance", "free", "grid", "pos", "source_pos", "target_pos"]


def _away(e: Evaluation) -> np.ndarray:
    if e.displacement is None:
        raise ParameterError(
            "nest.spatial.distance", "it was asked of nodes without positions",
            "connections between nodes with positions have distances", "give positions",
        )  # fmt: skip
    return e.displacement


def _coordinate(found: np.ndarray, dimension: int) -> np.ndarray:
    """One coordinate of positions or displacements (n, dimensions)."""
    if not 0 <= dimension < found.shape[1]:
        raise ParameterError(
            "nest.spatial", f"coordinate {dimension} of positions with {found.shape[1]}",
            "x and y are there, and z in three dimensions", "correct it",
        )  # fmt: skip
    return found[:, dimension]


def _lengths(away: np.ndarray) -> np.ndarray:
    found = np.empty(len(away))
    fill_distances(found, np.ascontiguousarray(away, dtype=np.float64))
    return found


def _farthest(reach: Reach) -> np.ndarray:
    """The longest displacement along each dimension; a little more, as positions are rounded."""
    return np.abs(np.stack(reach.displacement)).max(axis=0) * (1 + 1e-12)


class _Distance(Parameter):
    """The distance between source and target; its parts are not negative."""

    def __init__(self) -> None:
        super().__init__(lambda e: _lengths(_away(e)), spatial=True, span=self._longest)
        self.x, self.y, self.z = (self.n(k) for k in range(3))

    @staticmethod
    def n(dimension: int) -> Parameter:
        """The distance along one dimension."""
        return Parameter(
            lambda e: np.abs(_coordinate(_away(e), dimension)),
            spatial=True,
            span=lambda reach: (0.0, float(_farthest(reach)[dimension])),
        )

    @staticmethod
    def _longest(reach: Reach) -> Span:
        return 0.0, float(np.sqrt((_farthest(reach) ** 2).sum()))


class _Position:
    """A coordinate of nodes, of sources or of targets."""

    def __init__(self, of: Callable[[Evaluation], np.ndarray | None]) -> None:
        self._of = of
        self.x, self.y, self.z = (self.n(k) for k in range(3))

    def n(self, dimension: int) -> Parameter:
        """The coordinate of one dimension."""

        def values(e: Evaluation) -> np.ndarray:
            found = self._of(e)
            if found is None:
                raise ParameterError(
                    "nest.spatial", "positions were asked of nodes that have none",
                    "nodes with positions have them", "give positions to nest.Create",
                )  # fmt: skip
            return _coordinate(found, dimension)

        return Parameter(values, spatial=True)


distance = _Distance()
pos = _Position(lambda e: e.positions)
source_pos = _Position(lambda e: None if e.source is None else e.source())
target_pos = _Position(lambda e: None if e.target is None else e.target())


class grid:  # noqa: N801 - NEST's name
    """Nodes on a regular grid, numbered column by column from the upper left.

    Parameters
    ----------
    shape : sequence of int
        Number of nodes along each dimension.
    center, extent : sequence of float, optional
        By default around 0, of length 1.
    edge_wrap : bool
        Whether edges are joined.
    """

    def __init__(
        self, shape: Any, center: Any = None, extent: Any = None, edge_wrap: bool = False
    ) -> None:
        self.shape = tuple(int(k) for k in shape)
        n = len(self.shape)
        self.center = np.zeros(n) if center is None else np.array(center, dtype=np.float64)
        self.extent = np.ones(n) if extent is None else np.array(extent, dtype=np.float64)
        self.edge_wrap = bool(edge_wrap)

    def layer(self, n: int, rng: np.random.Generator) -> Layer:
        """The positions; their number is that of the shape."""
        del n, rng
        index = np.stack(np.unravel_index(np.arange(int(np.prod(self.shape))), self.shape), axis=1)
        step = self.extent / np.array(self.shape)
        lower = self.center - self.extent / 2
        positions = lower + (index + 0.5) * step
        if len(self.shape) > 1:
            positions[:, 1] = self.center[1] + self.extent[1] / 2 - (index[:, 1] + 0.5) * step[1]
        return Layer(positions, self.extent, self.center, self.edge_wrap, self.shape)


class free:  # noqa: N801 - NEST's name
    """Nodes at given or drawn positions.

    Parameters
    ----------
    pos : sequence of positions, Parameter, or sequence of Parameter
    extent : sequence of float, optional
        By default that of the positions, rounded up.
    edge_wrap : bool
        Whether edges are joined.
    num_dimensions : int, optional
        For one parameter that draws all coordinates.
    """

    def __init__(
        self,
        pos: Any,
        extent: Any = None,
        edge_wrap: bool = False,
        num_dimensions: int | None = None,
    ) -> None:
        self.edge_wrap = bool(edge_wrap)
        self.extent = None if extent is None else np.array(extent, dtype=np.float64)
        if isinstance(pos, Parameter):
            n = num_dimensions or (None if self.extent is None else self.extent.size)
            if n is None:
                raise ParameterError(
                    "nest.spatial.free", "the number of dimensions is not known",
                    "extent or num_dimensions says it", "give one of them",
                )  # fmt: skip
            pos = [pos] * n
        self.pos = pos
        self.drawn = isinstance(pos, Sequence) and isinstance(pos[0], Parameter)

    def layer(self, n: int, rng: np.random.Generator) -> Layer:
        """The positions: n that are drawn, or all that are given."""
        if self.drawn:
            positions = np.stack([p.of(Evaluation(n, rng)) for p in self.pos], axis=1)
        else:
            positions = np.array(self.pos, dtype=np.float64)
        low, high = positions.min(axis=0), positions.max(axis=0)
        if self.extent is None and len(positions) == 1:
            raise ParameterError(
                "nest.spatial.free", "one node without extent", "several positions have one",
                "give extent",
            )  # fmt: skip
        extent = np.ceil(high - low) if self.extent is None else self.extent
        if (high - low > extent * (1 + 1e-12)).any():
            raise ParameterError(
                "nest.spatial.free", f"positions over {(high - low).tolist()} with extent="
                f"{extent.tolist()}", "all positions lie in the extent", "give a larger extent",
            )  # fmt: skip
        return Layer(positions, extent, (low + high) / 2, self.edge_wrap)
