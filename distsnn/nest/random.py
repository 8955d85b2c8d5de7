"""Random parameters, as ``nest.random`` has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from distsnn.describe.values.given import LogNormal, Normal, Uniform
from distsnn.errors import unknown_name
from distsnn.nest.values.parameter import Parameter, as_parameter

__all__ = ["exponential", "lognormal", "normal", "uniform", "uniform_int"]


def uniform(min: float = 0.0, max: float = 1.0) -> Parameter:  # noqa: A002 - NEST's names
    """A number drawn uniformly from [min, max)."""
    low, high = float(min), float(max)
    return Parameter(lambda e: e.rng.uniform(low, high, e.n), Uniform(low, high))


def uniform_int(max: int) -> Parameter:  # noqa: A002 - NEST's name
    """A whole number drawn uniformly from 0 to max - 1."""
    return Parameter(
        lambda e: e.rng.integers(0, max, e.n).astype(np.float64),
        span=lambda _: (0.0, float(max - 1)),
    )


def normal(mean: float = 0.0, std: float = 1.0) -> Parameter:
    """A number of the normal distribution."""
    mean, std = float(mean), float(std)
    return Parameter(lambda e: e.rng.normal(mean, std, e.n), Normal(mean, std))


def lognormal(mean: float = 0.0, std: float = 1.0) -> Parameter:
    """A number whose logarithm has the normal distribution of `mean` and `std`."""
    mean, std = float(mean), float(std)
    return Parameter(lambda e: e.rng.lognormal(mean, std, e.n), LogNormal(mean, std))


def exponential(beta: float = 1.0) -> Parameter:
    """A number of the exponential distribution with mean `beta`."""
    return Parameter(lambda e: e.rng.exponential(float(beta), e.n), span=lambda _: (0.0, math.inf))


def CreateParameter(parametertype: str, specs: Mapping[str, Any]) -> Parameter:
    """Make a parameter of a type by name, as the functions of ``nest.random`` do.

    Parameters
    ----------
    parametertype : str
        ``constant``, ``uniform``, ``uniform_int``, ``normal``, ``lognormal`` or ``exponential``.
    specs : dict
        Its numbers.
    """
    made: dict[str, Callable[..., Parameter]] = {
        "constant": as_parameter,
        "uniform": uniform,
        "uniform_int": uniform_int,
        "normal": normal,
        "lognormal": lognormal,
        "exponential": exponential,
    }
    if parametertype not in made:
        unknown_name("nest.CreateParameter", parametertype, made)
    return made[parametertype](**specs)
