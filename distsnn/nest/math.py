"""Functions of parameters, as ``nest.math`` has them."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.describe.values.given import LogNormal, Normal, Uniform
from distsnn.errors import ParameterError
from distsnn.kernels.arithmetic import elementwise
from distsnn.nest.values.pair_random import PairRandom
from distsnn.nest.values.parameter import Evaluation, Parameter, Reach, Span, as_parameter

__all__ = ["cos", "exp", "max", "min", "redraw", "sin"]

_MOST_REDRAWS = 1000


def _mapped(parameter: Any, by: Callable[[Any], Any], bounds: Span | None = None) -> Parameter:
    """A function of a parameter that rises, or has `bounds`."""
    given = as_parameter(parameter)

    def span(reach: Reach) -> Span:
        if bounds is not None:
            return bounds
        with np.errstate(over="ignore"):
            low, high = (float(by(np.float64(x))) for x in given.span(reach))
        return low, high

    return Parameter(lambda e: by(given.of(e)), spatial=given.is_spatial(), span=span)


def exp(parameter: Any) -> Parameter:
    """The exponential of a parameter."""
    return _mapped(parameter, elementwise.exp)


def sin(parameter: Any) -> Parameter:
    """The sine of a parameter."""
    return _mapped(parameter, elementwise.sin, (-1.0, 1.0))


def cos(parameter: Any) -> Parameter:
    """The cosine of a parameter."""
    return _mapped(parameter, elementwise.cos, (-1.0, 1.0))


def min(parameter: Any, value: float) -> Parameter:  # noqa: A001 - NEST's name
    """The smaller one of a parameter and a number."""
    return _mapped(parameter, lambda x: np.minimum(x, value))


def max(parameter: Any, value: float) -> Parameter:  # noqa: A001 - NEST's name
    """The larger one of a parameter and a number."""
    return _mapped(parameter, lambda x: np.maximum(x, value))


def redraw(parameter: Any, min: float, max: float) -> Parameter:  # noqa: A002 - NEST's names
    """A parameter, drawn anew where it lies outside of [min, max]."""
    given, low, high = as_parameter(parameter), float(min), float(max)
    if low > high:
        raise ParameterError(
            "nest.math.redraw",
            f"min={low:g} and max={high:g}",
            "min is not above max",
            "correct it",
        )

    def draw(e: Evaluation) -> np.ndarray:
        first = e.rng.attempt(0) if isinstance(e.rng, PairRandom) else None
        found = np.array(given.of(e))
        for number in range(1, _MOST_REDRAWS + 1):
            bad = ~((found >= low) & (found <= high))
            if not bad.any():
                return found
            again = e if first is None else replace(e, rng=first.attempt(number))
            found[bad] = given.of(again)[bad]
        raise ParameterError(
            "nest.math.redraw",
            f"{int(bad.sum())} values lie outside of [{low:g}, {high:g}] after {_MOST_REDRAWS} "
            "draws",
            "the bounds leave a part of the distribution",
            "widen the bounds",
        )

    def span(reach: Reach) -> Span:
        first, last = given.span(reach)
        return builtins.max(first, low), builtins.min(last, high)

    return Parameter(draw, _bounded(given.law, low, high), given.is_spatial(), span)


def _bounded(law: Any, low: float, high: float) -> Any:
    lowest, highest = (
        (np.maximum(law.low, low), np.minimum(law.high, high))
        if (isinstance(law, Normal | LogNormal | Uniform))
        else (low, high)
    )
    if isinstance(law, float) and low <= law <= high:
        return law
    if isinstance(law, Normal | LogNormal | Uniform) and lowest < highest:
        # Bounds that leave nothing are an error of the draw: a rule may join no pair.
        with suppress(ParameterError):
            return replace(law, low=float(lowest), high=float(highest))
    return None
