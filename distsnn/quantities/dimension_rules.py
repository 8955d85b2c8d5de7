"""The dimension of the result of a function of numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distsnn.errors import DimensionError
from distsnn.quantities.physical import DIMENSIONLESS, Dimension
from distsnn.quantities.shown import mismatch

_KEEP = {"absolute", "rint", "negative", "positive", "conjugate", "floor", "ceil", "trunc"}
_MATCH = {"add", "subtract", "maximum", "minimum", "fmax", "fmin", "remainder", "fmod"}
_COMPARE = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
_PLAIN = {
    "logical_and", "logical_or", "logical_xor", "logical_not", "isfinite", "isinf", "isnan",
    "sign", "signbit",
}  # fmt: skip
_PRODUCT = {"multiply", "matmul", "vecdot", "matvec", "vecmat"}
_QUOTIENT = {"divide", "floor_divide"}
_SHOWN = {"add": "+", "subtract": "-", "less": "<", "greater": ">", "equal": "=="}


def is_quantity(value: Any) -> bool:
    """Whether a value is an array with a dimension."""
    return isinstance(value, np.ndarray) and hasattr(value, "dim")


def plain(value: Any) -> Any:
    """Numbers in SI units: of a quantity, or of a list of them; everything else stays."""
    if is_quantity(value):
        return value.view(np.ndarray)
    if isinstance(value, list | tuple) and any(_has_quantities(v) for v in value):
        get_dimensions(value)
        return np.array([plain(v) for v in value])
    return value


def _has_quantities(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_has_quantities(v) for v in value)
    return is_quantity(value)


def is_foreign(value: Any) -> bool:
    """Whether an object has rules of its own, such as a view of a variable."""
    return not isinstance(value, np.ndarray) and hasattr(type(value), "__array_ufunc__")


def get_dimensions(value: Any) -> Dimension:
    """The dimension of a quantity, a unit or an object that has one; of numbers `DIMENSIONLESS`.

    Raises
    ------
    TypeError
        If it is no number.
    UnitError
        If it is a list of quantities of different dimensions.
    """
    dim = getattr(value, "dim", None)
    if isinstance(dim, Dimension):
        return dim
    if isinstance(value, list | tuple) and any(_has_quantities(v) for v in value):
        first, *rest = (get_dimensions(v) for v in value)
        if any(not _has_quantities(v) for v in value):
            raise TypeError(f"{value!r} has quantities and plain numbers")
        for other in rest:
            if other is not first:
                raise mismatch(repr(value), first, other)
        return first
    if isinstance(value, int | float | complex | np.number | np.bool_):
        return DIMENSIONLESS
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return DIMENSIONLESS
    if value is None or isinstance(value, str) or np.asarray(value).dtype.kind not in "biufc":
        raise TypeError(f"{value!r} is no number and has no dimension")
    return DIMENSIONLESS


def is_any_dimension(value: Any, infinite: bool = False) -> bool:
    """Whether a number may stand where any dimension is wanted: a plain 0, or infinity."""
    if is_quantity(value):
        return False
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        return False
    return bool(((numbers == 0) | np.isinf(numbers)).all() if infinite else (numbers == 0).all())


def same_dimension(
    where: str | Callable[[], str], first: Any, second: Any, infinite: bool = False
) -> Dimension:
    """The dimension of two values that must have the same one; `where` is for the error.

    Raises
    ------
    UnitError
        If they have not. A plain 0 has any dimension.
    """
    a, b = get_dimensions(first), get_dimensions(second)
    if a is b or is_any_dimension(second, infinite):
        return a
    if is_any_dimension(first, infinite):
        return b
    raise mismatch(where if isinstance(where, str) else where(), a, b)


def dimension_of_ufunc(name: str, given: tuple[Any, ...]) -> Dimension | None:
    """The dimension of a result; None for one that has none."""
    if name in _PLAIN:
        return None
    if name in _KEEP:
        return get_dimensions(given[0])
    if name in _MATCH or name in _COMPARE:
        a, b = given
        shown = _SHOWN.get(name, name)
        # Numbers as they are printed take longer than the sum.
        dim = same_dimension(
            lambda: f"{_short(a)} {shown} {_short(b)}", a, b, infinite=name in _COMPARE
        )
        return dim if name in _MATCH else None
    if name in _PRODUCT:
        return get_dimensions(given[0]) * get_dimensions(given[1])
    if name in _QUOTIENT:
        return get_dimensions(given[0]) / get_dimensions(given[1])
    powers = {"sqrt": 0.5, "square": 2, "reciprocal": -1, "cbrt": 1 / 3}
    if name in powers:
        return get_dimensions(given[0]) ** powers[name]
    if name in {"power", "float_power"}:
        refuse_dimension("the exponent", given[1])
        if np.ndim(given[1]):
            raise TypeError("a quantity is raised to one power, and not to an array of them")
        return get_dimensions(given[0]) ** float(given[1])
    for value in given:
        refuse_dimension(name, value)
    return None


def dimension_of_reduction(
    name: str, method: str, value: Any, options: dict[str, Any]
) -> Dimension | None:
    """The dimension of a reduction by a ufunc, such as the sum; None for one that has none."""
    dim = get_dimensions(value)
    if name == "multiply":
        if method == "accumulate":
            refuse_dimension("cumprod", value)
            return None
        axis, size = options.get("axis", 0), np.size(value)
        axes = range(np.ndim(value)) if axis is None else np.atleast_1d(axis).tolist()
        n = int(np.prod([np.shape(value)[a] for a in axes])) if size else 0
        return dim**n
    if name in _MATCH:
        return dim
    if name not in _PLAIN:
        refuse_dimension(name, value)
    return None


def refuse_dimension(where: str, value: Any) -> None:
    """Raise DimensionError if a value has a dimension."""
    if get_dimensions(value) is not DIMENSIONLESS:
        error = mismatch(
            f"{where} of {_short(value)}", get_dimensions(value), DIMENSIONLESS,
            "divide by a unit",
        )  # fmt: skip
        raise DimensionError(error.where, error.what, error.allowed, error.advice)


def by_unit(ufunc: Any, given: tuple[Any, ...], numbers: list[Any]) -> Any:
    """Product or ratio with a unit, rounded once: 7*ms is the float next to 0.007."""
    scales = [getattr(g, "scale", None) for g in given]
    if len(given) != 2 or (scales[0] is None) == (scales[1] is None):
        return None
    at = 0 if scales[0] is not None else 1
    number = np.asarray(numbers[1 - at])
    if number.dtype.kind not in "iuf":
        return None
    decades = int(scales[at])  # type: ignore[arg-type]  # the other one is None
    if ufunc is np.divide and at == 1:
        decades = -decades
    elif ufunc is not np.multiply:
        return None
    # Powers of ten up to 22 are floats.
    if abs(decades) > 22:
        return None
    return number * 10.0**decades if decades >= 0 else number / 10.0**-decades


def _short(value: Any) -> str:
    """A value for a message."""
    text = " ".join(str(value).split())
    return text if len(text) < 60 else f"{text[:40]} ...{text[-10:]}"
