"""Kernels over distances, as ``nest.spatial_distributions`` has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from distsnn.kernels.arithmetic.elementwise import cos, exp, power
from distsnn.nest.values.parameter import Parameter, Reach, Span, as_parameter

__all__ = ["exponential", "gabor", "gamma", "gaussian", "gaussian2D"]


def _of(by: Callable[..., np.ndarray], highest: float, *given: Any) -> Parameter:
    """A function with values from 0 to `highest`."""
    parts = [as_parameter(p) for p in given]
    return Parameter(
        lambda e: by(*(p.of(e) for p in parts)),
        spatial=any(p.is_spatial() for p in parts),
        span=lambda _: (0.0, highest),
    )


def exponential(x: Any, beta: float = 1.0) -> Parameter:
    """exp(-x/beta)."""
    given = as_parameter(x)

    def span(reach: Reach) -> Span:
        with np.errstate(over="ignore"):
            low, high = sorted(float(exp(-np.float64(v) / beta)) for v in given.span(reach))
        return low, high

    return Parameter(lambda e: exp(-given.of(e) / beta), spatial=given.is_spatial(), span=span)


def gaussian(x: Any, mean: float = 0.0, std: float = 1.0) -> Parameter:
    """exp(-(x - mean)**2/(2 std**2))."""
    return _of(lambda v: exp(-((v - mean) ** 2) / (2 * std**2)), 1.0, x)


def gaussian2D(
    x: Any,
    y: Any,
    mean_x: float = 0.0,
    mean_y: float = 0.0,
    std_x: float = 1.0,
    std_y: float = 1.0,
    rho: float = 0.0,
) -> Parameter:
    """The normal density of two dimensions with correlation `rho`, with 1 at its peak."""

    def value(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        u, v = (a - mean_x) / std_x, (b - mean_y) / std_y
        return exp(-(u**2 + v**2 - 2 * rho * u * v) / (2 * (1 - rho**2)))

    return _of(value, 1.0, x, y)


def gamma(x: Any, kappa: float = 1.0, theta: float = 1.0) -> Parameter:
    """The density of the gamma distribution of shape `kappa` and scale `theta`."""
    scale = math.gamma(kappa) * theta**kappa
    return _of(lambda v: power(v, kappa - 1) * exp(-v / theta) / scale, math.inf, x)


def gabor(
    x: Any,
    y: Any,
    theta: float = 0.0,
    gamma: float = 1.0,
    std: float = 1.0,
    lam: float = 1.0,
    psi: float = 0.0,
) -> Parameter:
    """A Gabor patch, and 0 where it is negative; angles are in degrees."""
    turn, phase = math.radians(theta), math.radians(psi)

    def value(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        u = a * math.cos(turn) + b * math.sin(turn)
        v = -a * math.sin(turn) + b * math.cos(turn)
        waves = cos(2 * math.pi * v / lam + phase)
        return exp(-((gamma**2) * u**2 + v**2) / (2 * std**2)) * np.maximum(waves, 0.0)

    return _of(value, 1.0, x, y)
