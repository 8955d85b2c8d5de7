"""Functions over dimensions that Brian 2's users call: ``get_dimensions``, ``check_units``, ..."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from distsnn.quantities.dimension_rules import get_dimensions, is_any_dimension, same_dimension
from distsnn.quantities.physical import DIMENSIONLESS, Dimension
from distsnn.quantities.quantity import Quantity
from distsnn.quantities.shown import mismatch


def have_same_dimensions(first: Any, second: Any) -> bool:
    """Whether two quantities, units or dimensions have the same dimension."""
    return get_dimensions(first) is get_dimensions(second)


def is_dimensionless(value: Any) -> bool:
    """Whether a value has no unit."""
    return get_dimensions(value) is DIMENSIONLESS


def is_scalar_type(value: Any) -> bool:
    """Whether a value is one number."""
    return np.ndim(value) == 0 and not isinstance(value, str)


def in_unit(x: Any, unit: Any, precision: int | None = None) -> str:
    """A quantity in a unit, as a string: ``in_unit(0.3*volt, mV)`` is ``'300. mV'``."""
    if is_dimensionless(x):
        same_dimension("in_unit", x, unit)
        return str(np.asarray(x / np.asarray(unit)))
    return x.in_unit(unit, precision)


def in_best_unit(x: Any, precision: int | None = None) -> str:
    """A quantity in the unit in which it is easiest to read, as a string."""
    if is_dimensionless(x):
        return str(np.array_str(np.asarray(x), precision=precision))
    return x.in_best_unit(precision)


def fail_for_dimension_mismatch(
    obj1: Any,
    obj2: Any = None,
    error_message: str | None = None,
    **error_quantities: Any,
) -> tuple[Dimension, Dimension]:
    """Raise if two values have different dimensions; one on its own must have none."""
    second = 1 if obj2 is None else obj2
    where = (error_message or "dimensions").format(**error_quantities)
    same_dimension(where, obj1, second)
    return get_dimensions(obj1), get_dimensions(second)


def check_units(**units: Any) -> Callable[[Any], Any]:
    """Let a function check the units of its arguments and of its result, as in Brian 2.

    Parameters
    ----------
    **units : unit, 1, bool, str, or None
        By name of argument: its unit; 1 for plain numbers; bool for truth values; the name of
        another argument, whose unit it must have; None for anything. ``result=`` is the unit of the
        result, or a function that makes it of the units of all arguments.

    Examples
    --------
    >>> from distsnn.quantities.all_units import ALL_UNITS
    >>> volt, ohm, amp = (ALL_UNITS[name] for name in ("volt", "ohm", "amp"))
    >>> @check_units(R=ohm, I=amp, result=volt)
    ... def drop(R, I):
    ...     return R * I
    >>> drop(2 * ohm, 3 * amp)
    6. * volt
    """

    def decorate(function: Any) -> Any:
        names = list(signature(function).parameters)

        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            for name, value in given.items():
                if units.get(name) is not None and value is not None:
                    _check(f"{function.__name__}({name}=)", value, units[name], given)
            found = function(*args, **kwargs)
            if units.get("result") is not None:
                wanted = units["result"]
                if callable(wanted) and wanted is not bool:
                    wanted = wanted(*(get_dimensions(given[n]) for n in names if n in given))
                _check(f"result of {function.__name__}", found, wanted, given)
            return found

        checked._arg_units = [units.get(name) for name in names]  # type: ignore[attr-defined]  # Brian's names
        checked._arg_names = names  # type: ignore[attr-defined]  # as above
        checked._return_unit = units.get("result", 1)  # type: ignore[attr-defined]  # as above
        checked._orig_func = function  # type: ignore[attr-defined]  # as above
        return checked

    return decorate


def _check(where: str, value: Any, wanted: Any, given: dict[str, Any]) -> None:
    if wanted is bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"{where}: {value!r} is no truth value")
        return
    if isinstance(value, str):
        return
    if isinstance(wanted, str):
        wanted = given[wanted]
    if isinstance(value, list):
        value = Quantity(value)
    found = get_dimensions(value)
    if found is not get_dimensions(wanted) and not is_any_dimension(value):
        raise mismatch(where, found, get_dimensions(wanted))
