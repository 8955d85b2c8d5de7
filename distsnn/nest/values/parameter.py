"""Parameters that are drawn or computed for each node or connection."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from distsnn.describe.keys import stream_key
from distsnn.describe.values.given import Distribution, LogNormal, Normal, Uniform, value_bounds
from distsnn.errors import ParameterError
from distsnn.kernels.arithmetic.elementwise import power
from distsnn.nest.values.pair_random import PairRandom


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The nodes or connections that a parameter is evaluated for.

    Attributes
    ----------
    n : int
        Number of values.
    rng : numpy.random.Generator or PairRandom
        Where they are drawn from.
    positions : float64 array (n, dimensions) or None
        Of nodes.
    source, target : callable or None
        Give those of both ends of connections, float64 array (n, dimensions).
    displacement : float64 array (n, dimensions) or None
        From target to source, the short way where edges wrap.
    """

    n: int
    rng: np.random.Generator | PairRandom
    positions: np.ndarray | None = None
    source: Callable[[], np.ndarray] | None = None
    target: Callable[[], np.ndarray] | None = None
    displacement: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Reach:
    """Boxes around all positions and displacements of the pairs that a parameter may get.

    Attributes
    ----------
    source, target, displacement : (float64 array (dimensions,), float64 array (dimensions,))
        The lowest and the highest coordinates.
    """

    source: tuple[np.ndarray, np.ndarray]
    target: tuple[np.ndarray, np.ndarray]
    displacement: tuple[np.ndarray, np.ndarray]


Span = tuple[float, float]
UNKNOWN: Span = (-math.inf, math.inf)


def generator(seed: int, purpose: str, name: str) -> np.random.Generator:
    """The random numbers of one purpose, which are the same on all ranks."""
    key = stream_key(seed, purpose, name)
    return np.random.Generator(np.random.Philox(key=np.array(key, dtype=np.uint64)))


def whole_numbers(values: np.ndarray) -> np.ndarray:
    """Values as the nearest whole numbers (int64) that are not negative, halves upwards."""
    return np.floor(np.maximum(values, 0.0) + 0.5).astype(np.int64)


# From a purpose to random numbers that nothing else has had; the kernel puts its own here.
random_for: Callable[[str], np.random.Generator] = partial(generator, 0, name="")

Law = float | Distribution | None


class Parameter:
    """A value for each node or connection, as NEST's ``nest.random`` and others make it.

    Parameters
    ----------
    of : callable
        From an `Evaluation` to values, float64 (n,), or a number.
    law : float, Distribution or None
        The same as a number or distribution of distsnn, where there is one.
    spatial : bool
        Whether it needs positions.
    span : callable, optional
        From a `Reach` to bounds of all values; without it they are those of the law.
    """

    def __init__(
        self,
        of: Callable[[Evaluation], Any],
        law: Law = None,
        spatial: bool = False,
        span: Callable[[Reach], Span] | None = None,
    ) -> None:
        self._of, self.law, self._spatial, self._span = of, law, spatial, span

    def of(self, evaluation: Evaluation) -> np.ndarray:
        """Values (float64 (n,)) for nodes or connections."""
        found = np.asarray(self._of(evaluation), dtype=np.float64)
        return np.broadcast_to(found, (evaluation.n,))

    def span(self, reach: Reach) -> Span:
        """Bounds of all values for connections within a reach; infinite where they are unknown."""
        if self._span is not None:
            return self._span(reach)
        return UNKNOWN if self.law is None else value_bounds(self.law)

    def GetValue(self) -> float:
        """One value, which is drawn anew each time."""
        return float(self.of(Evaluation(1, random_for("value")))[0])

    def apply(self, spatial_nc: Any, positions: Any = None) -> tuple[float, ...]:
        """Values for nodes, or for pairs of one node and each of some positions.

        Parameters
        ----------
        spatial_nc : NodeCollection
            Nodes with positions; one node where `positions` are given.
        positions : sequence of sequences of float, optional

        Raises
        ------
        ValueError, TypeError
            If there are several nodes and positions, or positions are no lists of numbers.
        """
        rng, parts = random_for("apply"), list(spatial_nc.parts())
        layers = [(block.layer, members) for block, members, _ in parts]
        placed = all(layer is not None for layer, _ in layers)
        own = np.concatenate([at.positions[k] for at, k in layers]) if placed else None
        if positions is None:
            found = self.of(Evaluation(len(spatial_nc), rng, own))
            return tuple(found.tolist())
        if len(spatial_nc) != 1:
            raise ValueError("positions are given for one node")
        if not isinstance(positions, list | tuple) or any(np.ndim(p) != 1 for p in positions):
            raise TypeError("positions are a list of positions")
        to = np.array(positions, dtype=np.float64)
        if own is None or to.shape[1] != own.shape[1]:
            raise ParameterError(
                "Parameter.apply", f"positions with {to.shape[1]} coordinates",
                "they have as many as those of the node", "correct it",
            )  # fmt: skip
        away, layer = to - own, layers[0][0]
        if layer.edge_wrap:
            away = away - layer.extent * np.round(away / layer.extent)
        source = np.broadcast_to(own, to.shape)
        at = Evaluation(len(to), rng, None, lambda: source, lambda: to, away)
        return tuple(self.of(at).tolist())

    def is_spatial(self) -> bool:
        """Whether it needs positions."""
        return self._spatial

    def _with(
        self,
        other: Any,
        by: Callable[[Any, Any], Any],
        law: Law = None,
        bounds: Callable[[Callable[[Any, Any], Any], Span, Span], Span] | None = None,
    ) -> Parameter:
        right = as_parameter(other)

        def span(reach: Reach) -> Span:
            assert bounds is not None
            return bounds(by, self.span(reach), right.span(reach))

        return Parameter(
            lambda e: by(self.of(e), right.of(e)),
            law,
            self._spatial or right._spatial,
            None if bounds is None else span,
        )

    def __add__(self, other: Any) -> Parameter:
        right = as_parameter(other)
        return self._with(right, operator.add, _shifted(self.law, right.law), _at_corners)

    __radd__ = __add__

    def __neg__(self) -> Parameter:
        return self * -1.0

    def __pos__(self) -> Parameter:
        return self

    def __sub__(self, other: Any) -> Parameter:
        return self + as_parameter(other) * -1.0

    def __rsub__(self, other: Any) -> Parameter:
        return self * -1.0 + other

    def __mul__(self, other: Any) -> Parameter:
        right = as_parameter(other)
        return self._with(right, operator.mul, _scaled(self.law, right.law), _at_corners)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Parameter:
        right = as_parameter(other)
        inverse = 1.0 / right.law if isinstance(right.law, float) and right.law else None
        return self._with(right, operator.truediv, _scaled(self.law, inverse), _quotient)

    def __rtruediv__(self, other: Any) -> Parameter:
        return as_parameter(other)._with(self, operator.truediv, bounds=_quotient)

    def __pow__(self, exponent: float) -> Parameter:
        return self._with(exponent, power, bounds=_power)

    def __lt__(self, other: Any) -> Parameter:
        return self._with(other, operator.lt, bounds=_of_truth)

    def __le__(self, other: Any) -> Parameter:
        return self._with(other, operator.le, bounds=_of_truth)

    def __gt__(self, other: Any) -> Parameter:
        return self._with(other, operator.gt, bounds=_of_truth)

    def __ge__(self, other: Any) -> Parameter:
        return self._with(other, operator.ge, bounds=_of_truth)

    def __eq__(self, other: object) -> Parameter:  # type: ignore[override]  # as in NEST
        return self._with(other, operator.eq, bounds=_of_truth)

    def __ne__(self, other: object) -> Parameter:  # type: ignore[override]  # as in NEST
        return self._with(other, operator.ne, bounds=_of_truth)

    __hash__ = object.__hash__


def as_parameter(value: Any) -> Parameter:
    """A parameter; of a number one that is constant."""
    if isinstance(value, Parameter):
        return value
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
        return Parameter(lambda _: number, number)
    raise ParameterError(
        "nest.Parameter",
        f"{value!r} stands in a formula of parameters",
        "parameters are joined with parameters and numbers",
        "give a number",
    )


def _at_corners(by: Callable[[Any, Any], Any], first: Span, second: Span) -> Span:
    """Bounds of a function that is monotone in each of its arguments."""
    with np.errstate(all="ignore"):
        found = [float(by(np.float64(x), np.float64(y))) for x in first for y in second]
    return UNKNOWN if any(map(math.isnan, found)) else (min(found), max(found))


def _quotient(by: Callable[[Any, Any], Any], first: Span, second: Span) -> Span:
    return UNKNOWN if second[0] <= 0 <= second[1] else _at_corners(by, first, second)


def _power(by: Callable[[Any, Any], Any], first: Span, second: Span) -> Span:
    return UNKNOWN if first[0] <= 0 else _at_corners(by, first, second)


def _of_truth(by: Callable[[Any, Any], Any], first: Span, second: Span) -> Span:
    del by, first, second
    return 0.0, 1.0


def _shifted(first: Law, second: Law) -> Law:
    if isinstance(first, float):
        first, second = second, first
    if first is None or not isinstance(second, float):
        return None
    if isinstance(first, float):
        return first + second
    if isinstance(first, Normal):
        low, high = first.low + second, first.high + second
        return replace(first, mean=first.mean + second, low=low, high=high)
    if isinstance(first, Uniform):
        return Uniform(first.low + second, first.high + second)
    return None


def _scaled(first: Law, second: Law) -> Law:
    if isinstance(first, float):
        first, second = second, first
    if first is None or not isinstance(second, float):
        return None
    if isinstance(first, float):
        return first * second
    if second == 0.0:
        return 0.0
    if isinstance(first, LogNormal):
        if second < 0:
            return None
        low, high = first.low * second, first.high * second
        return replace(first, mu=first.mu + math.log(second), low=low, high=high)
    low, high = sorted((first.low * second, first.high * second))
    if isinstance(first, Normal):
        return Normal(first.mean * second, first.std * abs(second), low, high)
    return Uniform(low, high)
