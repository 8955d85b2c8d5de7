"""Quantities as strings, in the unit in which numbers are easiest to read."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import UnitError
from distsnn.quantities.physical import DIMENSIONLESS, Dimension

# Units that are shown, by dimension; `distsnn.quantities.unit.Unit` are entered here.
SHOWN_UNITS: dict[Dimension, list[Any]] = {}
# Of a long array, so many of its first and last numbers choose the unit.
_LOOKED_AT = 10


def mismatch(where: str, first: Dimension, second: Dimension, advice: str = "") -> UnitError:
    """The error for two dimensions that are not the same."""
    return UnitError(
        where, f"the units are {name_of_dimension(first)} and {name_of_dimension(second)}",
        "both must have the same unit", advice or "correct one of them",
    )  # fmt: skip


def name_of_dimension(dim: Dimension) -> str:
    """A dimension for messages, by the name of its SI unit."""
    if dim is DIMENSIONLESS:
        return "1 (no unit)"
    return next((u.name for u in SHOWN_UNITS.get(dim, ()) if u.scale == 0), str(dim))


def best_unit(values: np.ndarray, dim: Dimension) -> Any:
    """The unit (or None) in which numbers (in SI units) are nearest to 10, by their logarithms."""
    units = SHOWN_UNITS.get(dim)
    if not units:
        return None
    flat = np.abs(np.ravel(values))
    if flat.size > 2 * _LOOKED_AT:
        flat = np.concatenate([flat[:_LOOKED_AT], flat[-_LOOKED_AT:]])
    flat = flat[(flat > 0) & np.isfinite(flat)]
    if not flat.size:
        return next((u for u in units if u.scale == 0), units[0])
    logs = np.log10(flat)
    return min(units, key=lambda u: float(((logs - u.scale - 1) ** 2).sum()))


def shown(
    values: np.ndarray, dim: Dimension, unit: Any, precision: int | None, as_code: bool
) -> str:
    """Numbers (in SI units) in a unit; without one in those of the dimension."""
    if unit is not None:
        decades = unit.scale
        values = values * 10.0**-decades if decades < 0 else values / 10.0**decades
        name = unit.name if as_code else unit.dispname
    else:
        name = repr(dim) if as_code else str(dim)
    form: Any = np.array_repr if as_code and np.ndim(values) else np.array2string
    text = form(np.asarray(values), precision=precision)
    if dim is DIMENSIONLESS:
        return str(text)
    return f"{text} * {name}" if as_code else f"{text} {name}"


def latex(values: np.ndarray, dim: Dimension, unit: Any) -> str:
    """As `shown`, for formulas."""
    number, _, name = shown(values, dim, unit, None, False).rpartition(" ")
    return f"{number}\\,\\mathrm{{{name}}}" if number else name
