"""Masks: the part of space around a node in which others are looked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.nodes.block import Layer

# Center, and squares of the inner and the outer radius.
Ball = tuple[np.ndarray, float, float]
Inside = Callable[[np.ndarray], np.ndarray]


class Mask:
    """A part of space, by displacement from a node.

    Parameters
    ----------
    inside : callable
        From displacements (float64 (n, dimensions)) to whether they are in it.
    lower, upper : float64 array (dimensions,)
        A box around it.
    ball : (float64 array (dimensions,), float, float), optional
        If it is a ball or ring its center and the squares of both radii.
    """

    def __init__(
        self, inside: Inside, lower: np.ndarray, upper: np.ndarray, ball: Ball | None = None
    ) -> None:
        self.inside, self.lower, self.upper, self.ball = inside, lower, upper, ball

    def on(self, layer: Layer) -> Mask:
        """The mask in a layer."""
        del layer
        return self

    def Inside(self, point: Any) -> bool:
        """Whether a displacement is in it."""
        return bool(self.inside(np.asarray(point, dtype=np.float64)[None, :])[0])

    def __or__(self, other: Mask) -> Mask:
        low, high = np.minimum(self.lower, other.lower), np.maximum(self.upper, other.upper)
        return Mask(lambda d: self.inside(d) | other.inside(d), low, high)

    def __and__(self, other: Mask) -> Mask:
        low, high = np.maximum(self.lower, other.lower), np.minimum(self.upper, other.upper)
        return Mask(lambda d: self.inside(d) & other.inside(d), low, np.maximum(low, high))

    def __sub__(self, other: Mask) -> Mask:
        return Mask(lambda d: self.inside(d) & ~other.inside(d), self.lower, self.upper)

    def moved(self, anchor: Any) -> Mask:
        """The mask around another point than the node."""
        by = np.asarray(anchor, dtype=np.float64)
        ball = None if self.ball is None else (self.ball[0] + by, *self.ball[1:])
        return Mask(lambda d: self.inside(d - by), self.lower + by, self.upper + by, ball)


class GridMask(Mask):
    """Neighbors in a grid, by their number of columns and rows from a node, to the right and down.

    Parameters
    ----------
    shape : sequence of int
        Number of columns and rows.
    anchor : sequence of int, optional
        The element of the mask that lies on the node; by default the first one.
    """

    def __init__(self, shape: Any, anchor: Any = None) -> None:
        self.first = -np.asarray([0] * len(shape) if anchor is None else anchor, dtype=np.int64)
        self.last = self.first + np.asarray(shape, dtype=np.int64) - 1

    def moved(self, anchor: Any) -> Mask:
        """The mask with another element on the node."""
        return GridMask(self.last - self.first + 1, anchor)

    def on(self, layer: Layer) -> Mask:
        """The mask in a layer; ParameterError if its nodes lie on no grid."""
        if layer.shape is None or len(layer.shape) != self.first.size:
            raise ParameterError(
                "nest.Connect", "a grid mask between nodes that lie on no such grid",
                "positions are a nest.spatial.grid of as many dimensions", "use another mask",
            )  # fmt: skip
        step = layer.extent / np.array(layer.shape)
        low, high = (self.first - 0.5) * step, (self.last + 0.5) * step
        if low.size > 1:
            low[1], high[1] = -high[1], -low[1]
        return _box({"lower_left": low, "upper_right": high})


def CreateMask(masktype: str, specs: Mapping[str, Any], anchor: Any = None) -> Mask:
    """Make a mask.

    Parameters
    ----------
    masktype : str
        ``circular``, ``spherical``, ``doughnut``, ``rectangular``, ``box``, ``elliptical``,
        ``ellipsoidal`` or ``grid``.
    specs : dict
        Its numbers, as NEST has them.
    anchor : sequence of float, optional
        Where its center is, by displacement from the node.

    Raises
    ------
    ParameterError
        If there is no such mask.
    """
    if masktype not in _MASKS:
        unknown_name("nest.CreateMask", masktype, _MASKS)
    given = dict(specs)
    anchor = given.pop("anchor", anchor)
    for name in given:
        if name not in _NUMBERS[masktype]:
            unknown_name(f"nest.CreateMask: {masktype}", name, _NUMBERS[masktype])
    try:
        made = _MASKS[masktype](given)
    except KeyError as error:
        raise ParameterError(
            "nest.CreateMask", f"{error.args[0]} of {masktype} is missing",
            "a mask has all its numbers", "give it",
        ) from None  # fmt: skip
    return made if anchor is None else made.moved(anchor)


def as_mask(given: Any) -> Mask:
    """A mask, also of the dictionary of a ``conn_spec``."""
    if isinstance(given, Mask):
        return given
    specs = dict(given)
    anchor = specs.pop("anchor", None)
    (name,) = specs
    return CreateMask(name, specs[name], anchor)


def _ball(dimensions: int) -> Callable[[dict[str, Any]], Mask]:
    def make(p: dict[str, Any]) -> Mask:
        radius = float(p["radius"])
        reach = np.full(dimensions, radius)
        ball = np.zeros(dimensions), -1.0, radius**2
        return Mask(lambda d: (d**2).sum(axis=1) <= radius**2, -reach, reach, ball)

    return make


def _doughnut(p: dict[str, Any]) -> Mask:
    inner, outer = float(p["inner_radius"]), float(p["outer_radius"])
    reach = np.full(2, outer)

    def inside(d: np.ndarray) -> np.ndarray:
        square = (d**2).sum(axis=1)
        return (square > inner**2) & (square <= outer**2)

    return Mask(inside, -reach, reach, (np.zeros(2), inner**2, outer**2))


def _turn(p: dict[str, Any], dimensions: int) -> np.ndarray:
    """Matrix that turns displacements into the axes of a mask."""
    azimuth = math.radians(float(p.get("azimuth_angle", 0.0)))
    c, s = math.cos(azimuth), math.sin(azimuth)
    turn = np.eye(dimensions)
    turn[:2, :2] = [[c, s], [-s, c]]
    if dimensions == 3:
        polar = math.radians(float(p.get("polar_angle", 0.0)))
        c, s = math.cos(polar), math.sin(polar)
        turn = np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]]) @ turn
    return turn


def _turned(d: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Displacements (float64 (n, k)) in the axes of a mask."""
    # The last digits of a product of matrices depend on their size and on the processor.
    found = d[:, :1] * turn[:, 0]
    for k in range(1, len(turn)):
        found = found + d[:, k : k + 1] * turn[:, k]
    return found


def _box(p: dict[str, Any]) -> Mask:
    low, high = (np.asarray(p[n], dtype=np.float64) for n in ("lower_left", "upper_right"))
    turn, center = _turn(p, low.size), (low + high) / 2
    # The box is turned around its center.
    half = (high - low) / 2
    reach = np.abs(turn.T) @ half
    eps = 1e-12

    def inside(d: np.ndarray) -> np.ndarray:
        return (np.abs(_turned(d - center, turn)) <= half + eps).all(axis=1)

    return Mask(inside, center - reach, center + reach)


def _ellipse(dimensions: int) -> Callable[[dict[str, Any]], Mask]:
    def make(p: dict[str, Any]) -> Mask:
        axes = [float(p["major_axis"]), float(p["minor_axis"])]
        if dimensions == 3:
            axes.append(float(p.get("polar_axis", p["minor_axis"])))
        half, turn = np.array(axes) / 2, _turn(p, dimensions)
        reach = np.full(dimensions, half.max())
        return Mask(lambda d: ((_turned(d, turn) / half) ** 2).sum(axis=1) <= 1.0, -reach, reach)

    return make


_TURNED = ("azimuth_angle", "polar_angle")
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "circular": ("radius",),
    "spherical": ("radius",),
    "doughnut": ("inner_radius", "outer_radius"),
    "rectangular": ("lower_left", "upper_right", "azimuth_angle"),
    "box": ("lower_left", "upper_right", *_TURNED),
    "elliptical": ("major_axis", "minor_axis", "azimuth_angle"),
    "ellipsoidal": ("major_axis", "minor_axis", "polar_axis", *_TURNED),
    "grid": ("shape",),
}
_MASKS: Mapping[str, Callable[[dict[str, Any]], Mask]] = {
    "circular": _ball(2),
    "spherical": _ball(3),
    "doughnut": _doughnut,
    "rectangular": _box,
    "box": _box,
    "elliptical": _ellipse(2),
    "ellipsoidal": _ellipse(3),
    "grid": lambda p: GridMask(p["shape"]),
}
