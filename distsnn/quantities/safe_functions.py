"""numpy's functions by the names of Brian 2's star, which check units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctanh,
    cos,
    cosh,
    diagonal,
    exp,
    expm1,
    linspace,
    log,
    log1p,
    log10,
    ptp,
    ravel,
    sin,
    sinh,
    tan,
    tanh,
    trace,
)

from distsnn.quantities.dimension_rules import get_dimensions, plain, same_dimension
from distsnn.quantities.physical import DIMENSIONLESS
from distsnn.quantities.quantity import Quantity


def arange(*bounds: Any, **named: Any) -> Any:
    """As numpy's function of this name, of quantities of one dimension."""
    names = ("start", "stop", "step")
    if not bounds or len(bounds) > len(names):
        raise TypeError("arange: give stop, or start, stop and step")
    given = {"stop": bounds[0]} if len(bounds) == 1 else dict(zip(names, bounds, strict=False))
    twice = given.keys() & named.keys()
    if twice or (len(bounds) == 1 and "start" in named):
        raise TypeError(f"arange: {', '.join(sorted(twice)) or 'start'} is given twice")
    given |= {name: named.pop(name) for name in names if name in named}
    start, stop, step = given.get("start", 0), given["stop"], given.get("step", 1)
    dim = same_dimension("arange", start, stop)
    same_dimension("arange", stop if get_dimensions(stop) is dim else start, step)
    found = np.arange(plain(start), plain(stop), plain(step), **named)
    return Quantity(found, dim=dim) if not dim.is_dimensionless else found


def dot(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    """As numpy's function of this name, with the unit of the product."""
    found = np.dot(plain(a), plain(b), *args, **kwargs)
    dim = get_dimensions(a) * get_dimensions(b)
    return found if dim.is_dimensionless else Quantity(found, dim=dim)


def where(condition: Any, *values: Any) -> Any:
    """As numpy's function of this name; both values have one unit, which the result has."""
    found = np.where(plain(condition), *map(plain, values))
    dim = same_dimension("where", *values) if len(values) == 2 else DIMENSIONLESS
    return found if dim.is_dimensionless else Quantity(found, dim=dim)


def ones_like(a: Any, *args: Any, **kwargs: Any) -> Any:
    """Plain ones in the shape of an array of quantities."""
    return np.ones_like(np.asarray(plain(a)), *args, **kwargs)


def zeros_like(a: Any, *args: Any, **kwargs: Any) -> Any:
    """Plain zeros in the shape of an array of quantities."""
    return np.zeros_like(np.asarray(plain(a)), *args, **kwargs)


__all__ = [
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "cos",
    "cosh",
    "diagonal",
    "dot",
    "exp",
    "expm1",
    "linspace",
    "log",
    "log1p",
    "log10",
    "ones_like",
    "ptp",
    "ravel",
    "sin",
    "sinh",
    "tan",
    "tanh",
    "trace",
    "where",
    "zeros_like",
]  # fmt: skip
