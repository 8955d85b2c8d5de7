"""`Quantity`: an array of numbers in SI units with a physical dimension, as in Brian 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.quantities.array_functions import FUNCTIONS
from distsnn.quantities.dimension_rules import (
    by_unit,
    dimension_of_reduction,
    dimension_of_ufunc,
    get_dimensions,
    is_foreign,
    plain,
    refuse_dimension,
    same_dimension,
)
from distsnn.quantities.physical import DIMENSIONLESS, Dimension, get_or_create_dimension
from distsnn.quantities.shown import best_unit, latex, shown


class Quantity(np.ndarray[Any, Any]):
    """Numbers with a dimension: printed with a unit, checked in sums, comparisons and assignments.

    Made by a number or an array times a unit. Numbers are stored in SI units; a result without
    dimension, such as ``x/ms``, is a plain number or array.

    Parameters
    ----------
    arr : array-like
        Numbers in SI units, or quantities of one dimension.
    dim : Dimension, optional
        The dimension; by default that of `arr`.
    dtype : type, optional
    copy : bool
        Whether the numbers are copied, which are shared otherwise.
    force_quantity : bool
        Taken for scripts of Brian 2.

    Attributes
    ----------
    dim : Dimension
    """

    dim: Dimension
    # Before ndarray, so that arrays leave the operation to it.
    __array_priority__ = 1000

    def __new__(
        cls,
        arr: Any,
        dim: Dimension | None = None,
        dtype: Any = None,
        copy: bool = False,
        force_quantity: bool = False,  # noqa: ARG004 - of Brian 2
    ) -> Quantity:
        """Make one; see the class."""
        if dim is None:
            dim = get_dimensions(arr)
        values = np.array(plain(arr), dtype=dtype) if copy else np.asarray(plain(arr), dtype=dtype)
        if values.dtype.kind not in "biufc":
            raise TypeError(f"Quantity: {arr!r} holds no numbers")
        made = values.view(cls)
        made.dim = dim
        return made

    def __array_finalize__(self, of: Any) -> None:
        self.dim = getattr(of, "dim", DIMENSIONLESS)

    @staticmethod
    def with_dimensions(value: Any, *dims: Any, **exponents: float) -> Quantity:
        """A quantity of numbers in SI units and a dimension, given as for units of Brian 2."""
        if dims and isinstance(dims[0], Dimension):
            return Quantity(value, dim=dims[0])
        return Quantity(value, dim=get_or_create_dimension(*dims, **exponents))

    @property
    def dimensions(self) -> Dimension:
        """The dimension."""
        return self.dim

    @property
    def is_dimensionless(self) -> bool:
        """Whether it has no unit."""
        return self.dim is DIMENSIONLESS

    def has_same_dimensions(self, other: Any) -> bool:
        """Whether another quantity has the same dimension."""
        return self.dim is get_dimensions(other)

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **options: Any) -> Any:
        out = options.pop("out", ())
        if any(is_foreign(g) for g in (*given, *out)):
            return NotImplemented
        if method == "__call__":
            dim = dimension_of_ufunc(ufunc.__name__, given)
        elif method in {"reduce", "accumulate", "reduceat"}:
            dim = dimension_of_reduction(ufunc.__name__, method, given[0], options)
        elif method == "outer":
            dim = dimension_of_ufunc(ufunc.__name__, given)
        else:
            raise TypeError(f"{ufunc.__name__}.{method} of quantities is not possible")
        numbers = [plain(g) for g in given]
        if out:
            options["out"] = tuple(plain(o) for o in out)
        if "initial" in options:
            options["initial"] = plain(options["initial"])
        exact = by_unit(ufunc, given, numbers) if method == "__call__" and not options else None
        found = getattr(ufunc, method)(*numbers, **options) if exact is None else exact
        if not out:
            return (
                tuple(_with(f, dim) for f in found) if type(found) is tuple else _with(found, dim)
            )
        (into,) = out
        if isinstance(into, Quantity) and dim is not None:
            into.dim = dim
            return into
        return _with(into, dim)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rule = FUNCTIONS.get(function)
        if rule is not None:
            return _with(*rule(function, *args, **kwargs))
        return super().__array_function__(function, types, args, kwargs)

    def __getitem__(self, item: Any) -> Any:
        return _with(super().__getitem__(item), self.dim)

    def __setitem__(self, item: Any, value: Any) -> None:
        same_dimension("an item was set", self, value)
        super().__setitem__(item, plain(value))

    def __format__(self, form: str) -> str:
        return format(float(self), form) if form else str(self)

    def __repr__(self) -> str:
        return self.in_best_unit(python_code=True)

    def __str__(self) -> str:
        return self.in_best_unit()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (plain(self), self.dim)

    def __deepcopy__(self, memo: Any) -> Quantity:
        return Quantity(self, copy=True)

    def __hash__(self) -> int:  # type: ignore[override]  # of one number, as in Brian 2
        return hash((float(self), self.dim))

    def tolist(self) -> Any:
        """The quantities as nested lists."""
        return [x.tolist() for x in self] if self.ndim else _with(super().tolist(), self.dim)

    def item(self, *args: Any) -> Any:
        """One of the quantities."""
        return _with(super().item(*args), self.dim)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """The quantities with numbers of another type."""
        return _with(plain(self).astype(dtype, *args, **kwargs), self.dim)

    def fill(self, value: Any) -> None:
        """Set all to one quantity."""
        self[...] = value

    def prod(self, *args: Any, **kwargs: Any) -> Any:
        """Product; the dimension is a power of that of the factors."""
        return np.multiply.reduce(self, *args, **{"axis": None, **kwargs})

    def cumprod(self, *args: Any, **kwargs: Any) -> Any:
        """Refused, unless there is no dimension."""
        refuse_dimension("cumprod", self)
        return plain(self).cumprod(*args, **kwargs)

    def var(self, *args: Any, **kwargs: Any) -> Any:
        """Variance, in the unit squared."""
        return _with(plain(self).var(*args, **kwargs), self.dim**2)

    def dot(self, other: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # of overloads
        """Matrix product."""
        dim = self.dim * get_dimensions(other)
        return _with(plain(self).dot(plain(other), **kwargs), dim)

    def clip(  # type: ignore[override]  # of overloads
        self, a_min: Any = None, a_max: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """The quantities within bounds."""
        return np.clip(self, a_min, a_max, *args, **kwargs)

    def searchsorted(  # type: ignore[override]  # of overloads
        self, v: Any, **kwargs: Any
    ) -> Any:
        """Indices at which quantities would have to be inserted."""
        return np.searchsorted(self, v, **kwargs)

    def in_unit(self, unit: Any, precision: int | None = None, python_code: bool = False) -> str:
        """The quantity in a unit, as a string."""
        same_dimension("in_unit", self, unit)
        return shown(plain(self), self.dim, unit, precision, python_code)

    def get_best_unit(self, *units: Any) -> Any:  # noqa: ARG002 - of Brian 2
        """The unit in which the numbers are easiest to read; None if none has a name."""
        return best_unit(plain(self), self.dim)

    def in_best_unit(
        self,
        precision: int | None = None,
        python_code: bool = False,
        *units: Any,  # noqa: ARG002 - of Brian 2
    ) -> str:
        """The quantity in the unit in which it is easiest to read, as a string."""
        return shown(plain(self), self.dim, self.get_best_unit(), precision, python_code)

    def _latex(self, *_: Any) -> str:
        return latex(plain(self), self.dim, self.get_best_unit())

    def _repr_latex_(self) -> str:
        return f"${self._latex()}$"


def _keeping(name: str) -> Any:
    method = getattr(np.ndarray, name)

    def call(self: Quantity, *args: Any, **kwargs: Any) -> Any:
        return _with(method(plain(self), *args, **kwargs), self.dim)

    call.__name__, call.__doc__ = name, method.__doc__
    return call


def _discarding(name: str) -> Any:
    method = getattr(np.ndarray, name)

    def call(self: Quantity, *args: Any, **kwargs: Any) -> Any:
        return method(plain(self), *args, **kwargs)

    call.__name__, call.__doc__ = name, method.__doc__
    return call


for _name in ("mean", "std", "sum", "cumsum", "min", "max", "round", "trace", "ravel", "flatten"):
    setattr(Quantity, _name, _keeping(_name))
for _name in ("argmin", "argmax", "argsort", "nonzero", "all", "any", "argpartition"):
    setattr(Quantity, _name, _discarding(_name))


def _in_place(name: str) -> Any:
    """An operation in place: one number is a new one, as of Python; what an array holds changes."""
    ufunc = getattr(np, name)

    def call(self: Quantity, other: Any) -> Any:
        if self.ndim == 0 or not isinstance(self, Quantity):
            return ufunc(self, other)
        if isinstance(other, str):
            raise TypeError(f"{name}: {other!r} is no number")
        return ufunc(self, other, out=self)

    return call


for _operator, _name in (
    ("add", "add"), ("sub", "subtract"), ("mul", "multiply"), ("truediv", "divide"),
    ("floordiv", "floor_divide"), ("mod", "remainder"), ("pow", "power"),
):  # fmt: skip
    setattr(Quantity, f"__i{_operator}__", _in_place(_name))


def _with(found: Any, dim: Dimension | None) -> Any:
    """Numbers in SI units with a dimension; without one they are plain."""
    if dim is None or dim is DIMENSIONLESS:
        return found.view(np.ndarray)[()] if isinstance(found, Quantity) else found
    return Quantity(found, dim=dim)


def _rebuilt(values: Any, dim: Dimension) -> Quantity:
    return Quantity(values, dim=dim)
