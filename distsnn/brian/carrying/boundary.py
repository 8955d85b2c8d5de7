"""Between code of users, where values are quantities, and distsnn, where they are numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from types import FrameType
from typing import Any

import numpy as np

from distsnn.describe.values.by_trial import ByTrial
from distsnn.errors import UnitError
from distsnn.front.names.quantity_values import dimension_of_unit, numbers_of
from distsnn.front.names.si_numbers import scaled
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.synapses.synapse_statements import PathwayView
from distsnn.front.variable_view import VariableView
from distsnn.quantities.dimension_rules import get_dimensions, is_any_dimension
from distsnn.quantities.physical import DIMENSIONLESS, Dimension
from distsnn.quantities.quantity import Quantity
from distsnn.quantities.shown import name_of_dimension
from distsnn.quantities.unit import get_unit

# Calls go through these on the way from a user to a constructor.
_PASSED = (
    "dataclasses",
    "distsnn.describe.checks.settable",
    "distsnn.describe.checks.constructors",
    "distsnn.describe.models.parameters",
)
_PACKAGE = __name__.partition(".")[0]
_TWINS = __name__.rpartition(".")[0]
# What an argument is, where it has this name.
_SECOND = (
    "dt", "duration", "delay", "dendritic_delay", "refractory", "width", "bin_size",
    "report_period", "period", "times", "every", "time",
)  # fmt: skip
# What numpy's functions ask arguments for before they make arrays of them.
_METHODS = frozenset(name for name in dir(np.ndarray) if callable(getattr(np.ndarray, name)))
_UNITS = {**dict.fromkeys(_SECOND, "second"), "rates": "hertz", "rate": "hertz", "E": "volt"}


def is_of_user(frame: FrameType | None, through_twins: bool = False) -> bool:
    """Whether the code of a frame, or what had it called on its behalf, is a user's."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        of_user = _is_user_module(name)
        if of_user is not None and not (through_twins and name.startswith(_TWINS)):
            return of_user
        frame = frame.f_back
    return False


def is_of_package(module: str) -> bool:
    """Whether a module is the package's, and asks on nobody's behalf."""
    return _is_user_module(module) is False


@cache
def _is_user_module(name: str) -> bool | None:
    """Whether a module is a user's; None if calls go through it."""
    # Asked for each attribute of each object.
    return None if name in _PASSED else name.partition(".")[0] != _PACKAGE


def called_by_user(frame: FrameType | None) -> bool:
    """Whether a constructor was called by a user, be it through the constructors of twins."""
    return is_of_user(frame, through_twins=True)


def unit_of_argument(name: str) -> Dimension | None:
    """The dimension of an argument of this name; None if it has not always the same."""
    unit = "second" if name.startswith("tau") else _UNITS.get(name)
    return None if unit is None else dimension_of_unit(unit)


def incoming(where: str, name: str, value: Any, wanted: Dimension | None = None) -> Any:
    """A value of a user as distsnn has it: quantities are numbers in distsnn's units.

    Raises
    ------
    UnitError
        If it has not the dimension `wanted`; a plain 0 has any dimension.
    """
    if value is None or isinstance(value, str | bool | np.bool_):
        return value
    if isinstance(value, ByTrial):
        return value.each(lambda one: incoming(where, name, one, wanted))
    if isinstance(value, VariableView):
        if name == "group_or_variable":
            return value
        value = value[:]
    if isinstance(value, list | tuple) and any(isinstance(v, Quantity | list) for v in value):
        value = _joined(where, name, value)
    if isinstance(value, Mapping) and name not in {"namespace", "run_args"}:
        return {n: incoming(where, name, v, wanted) for n, v in value.items()}
    if callable(value) and not isinstance(value, type) and not hasattr(value, "dim"):
        return receiving_times(value) if name in {"function", "report"} else value
    if wanted is not None:
        check_dimension(where, name, value, wanted)
    return numbers_of(value) if isinstance(value, Quantity) else value


def _joined(where: str, name: str, values: Any) -> Any:
    """A list of quantities as one quantity; other lists stay."""
    try:
        return Quantity(values)
    except (TypeError, ValueError):
        if any(isinstance(v, Quantity) for v in values):
            raise UnitError(
                where, f"{name}={values!r}", "all values of a list have one unit", "correct it"
            ) from None
        return values


def check_dimension(where: str, name: str, value: Any, wanted: Dimension) -> None:
    """Raise UnitError if a value has another dimension; what is no number is let pass."""
    try:
        found = get_dimensions(value)
    except TypeError:
        return
    if found is None or found is wanted or is_any_dimension(value, infinite=True):
        return
    shown = value.in_best_unit() if isinstance(value, Quantity) and value.size < 9 else value
    raise UnitError(
        where,
        f"{name}={_short(shown)} is in {name_of_dimension(found)}",
        f"{name} is in {name_of_dimension(wanted)}",
        "give it with its unit" if found is DIMENSIONLESS else "correct the value or its unit",
        name=name,
    )


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) < 60 else f"{text[:40]}..."


def outgoing(value: Any, of: Dimension) -> Any:
    """Numbers of distsnn as a quantity; without dimension, and what is no number, as they are."""
    if type(value) is float:
        return value if of is DIMENSIONLESS else quantity_of(value, of)
    if of is DIMENSIONLESS or isinstance(value, bool | np.bool_ | Quantity):
        return value
    if isinstance(value, Mapping):
        return {n: outgoing(v, of) for n, v in value.items()}
    if isinstance(value, tuple):
        return tuple(outgoing(v, of) for v in value)
    if isinstance(value, VariableView):
        return UnitView(value.group, value.name, of)
    if isinstance(value, int | float | np.number | np.ndarray):
        return Quantity(scaled(np.asarray(value, dtype=np.float64), -of.decades), dim=of)
    return value


def quantity_of(number: float, dim: Dimension) -> Quantity:
    """A number of distsnn as a quantity, as `outgoing` makes it."""
    decades = -dim.decades
    if decades:
        number = number * 10.0**decades if decades > 0 else number / 10.0**-decades
    made = np.array(number).view(Quantity)
    made.dim = dim
    return made


def receiving_times(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of users that distsnn calls with times: these are quantities for it."""
    second = dimension_of_unit("second")

    @wraps(function)
    def called(*values: Any) -> Any:
        if len(values) == 1:
            return function(outgoing(values[0], second))
        # Of functions that report, the second one is the part that is done.
        return function(*(v if at == 1 else outgoing(v, second) for at, v in enumerate(values)))

    return called


def incoming_all(where: str, names: Iterable[str], values: Any, given: Any, known: Any) -> Any:
    """Positional and named arguments as distsnn has them.

    Parameters
    ----------
    names : iterable of str
        Names of the positional arguments.
    known : callable
        Dimension (or None) of an argument, by its name.
    """
    named = [*names]
    named += ["" for _ in range(len(values) - len(named))]
    return (
        [incoming(where, n, v, known(n)) for n, v in zip(named, values, strict=False)],
        {n: incoming(where, n, v, known(n)) for n, v in given.items()},
    )


def shown_name(of: Any) -> str:
    """Name of an object as in Brian 2, which gives the first one without a name no number."""
    if isinstance(of, Subgroup):
        # Asking gives the group a name, if it has none.
        whole = of.group.name
        return of.name.replace(whole, shown_name(of.group), 1)
    if isinstance(of, PathwayView):
        return f"{shown_name(of._synapses)}_{of._name}"
    name = str(getattr(of, "name", ""))
    return name.removesuffix("_0") if getattr(of, "_numbered", None) == name else name


class UnitView(VariableView):
    """The values of a variable as quantities; see `VariableView`.

    Parameters
    ----------
    owner : object
    variable : str
        See `VariableView`.
    dim : Dimension
    """

    __slots__ = ("dim",)

    def __init__(self, owner: Any, variable: str, dim: Dimension) -> None:
        # Objects that a run calls make some in every step.
        self._owner, self._variable, self._unit, self._known = owner, variable, "", None
        self.dim, self._decades = dim, dim.decades

    @property
    def unit(self) -> Any:
        """The unit of the values; 1 without one."""
        return get_unit(self.dim)

    def _now(self) -> Any:
        values = VariableView._now(self)
        if self.dim is DIMENSIONLESS:
            return values
        made = Quantity(values, dim=self.dim)
        made.flags.writeable = False
        return made

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The values as quantities of their own."""
        return np.array(self._now(), dtype=dtype, subok=True)

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **options: Any) -> Any:
        if method == "__call__":
            return super().__array_ufunc__(ufunc, method, *given, **options)
        plain = [np.asarray(g) if isinstance(g, UnitView) else g for g in given]
        return getattr(ufunc, method)(*plain, **options)

    def __getattr__(self, name: str) -> Any:
        # Under Brian 2 views have no methods of arrays, so that ``np.max(M.t)`` is a plain number.
        if name in _METHODS and sys._getframe(1).f_globals["__name__"].endswith(".fromnumeric"):
            raise AttributeError(name)
        return super().__getattr__(name)

    def __setitem__(self, item: Any, value: Any) -> None:
        where = str(getattr(self._owner, "name", ""))
        self._assign(item, incoming(where, self._variable, value, self.dim))

    def __repr__(self) -> str:
        name, variable = shown_name(self._owner), self._variable
        if variable.startswith("delay of "):
            name, variable = f"{name}_{variable.removeprefix('delay of ')}", "delay"
        return f"<{name}.{variable}: {self._now()!r}>"

    __str__ = __repr__


class NumbersView(VariableView):
    """The values of a variable as plain numbers in SI units, ``G.v_``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{shown_name(self._owner)}.{self._variable}_: {self._now()!r}>"

    __str__ = __repr__
