"""Values of the external names of an expression."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np

from distsnn.describe.checks.digest import digest_of
from distsnn.describe.values.given_expressions import Names
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.front.names.equation_objects import Equations
from distsnn.front.names.quantity_values import in_equations, numbers_of
from distsnn.front.names.scope import quantities_expected
from distsnn.language.dimension_check import DimensionCheck, no_function
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SymbolTable, unknown
from distsnn.language.unit_names import UNITS
from distsnn.quantities.physical import DIMENSIONLESS, Dimension
from distsnn.quantities.quantity import Quantity

_log = logging.getLogger("distsnn")


class OutsideNames:
    """Names of numbers and TimedArrays that an expression refers to, and their values so far.

    Parameters
    ----------
    numbers, arrays : iterable of str
        The names that the expression uses.
    namespace : mapping, optional
        Where they are looked for first; then in the code that created the object, and in the code
        that runs it.
    text : str
        If it is `Equations`, what these say of names holds.
    """

    def __init__(
        self,
        numbers: Iterable[str],
        arrays: Iterable[str],
        namespace: Mapping[str, Any] | None,
        text: str = "",
    ) -> None:
        self._numbers, self._arrays = tuple(numbers), tuple(arrays)
        self._given = namespace
        # What there was to choose from, for errors.
        self._seen: set[str] = set()
        self._fixed = text.numbers if isinstance(text, Equations) else {}
        self.numbers: dict[str, float] = {}
        self.arrays: dict[str, TimedArray] = {}
        self._functions: set[str] = set()
        # Dimensions of quantities; where these are expected, a plain number has none.
        self._dimensions: dict[str, Dimension] = {}
        self._plain_is_one = quantities_expected()
        # The object whose names mean what they did in a checkpoint, until they are looked up.
        self._saved = ""
        for name in self._numbers:
            if name in self._fixed:
                self._take_number(name, self._fixed[name])

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take the values of the names in the namespace given, or in `around`."""
        where = {**around, **self.given}
        if self.missing:
            self._seen |= {
                name
                for name, value in where.items()
                if isinstance(value, int | float | np.number | TimedArray | Quantity)
                and not name.startswith("_")
                and name not in UNITS
            }
        before = self.names
        for name in self._numbers:
            self._take_number(name, self._fixed.get(name, where.get(name)))
        for name in self._arrays:
            if isinstance(where.get(name), TimedArray):
                self.arrays[name] = where[name]
                if hasattr(where[name], "dim"):
                    self._dimensions[f"{name}()"] = where[name].dim
            elif callable(where.get(name)):
                self._functions.add(name)
        self._compare(before)

    def _take_number(self, name: str, value: Any) -> None:
        """Let a name stand for a value, if it is one number."""
        if isinstance(value, Quantity) and value.ndim == 0:
            self.numbers[name] = numbers_of(value)
            self._dimensions[name] = value.dim
        elif isinstance(value, int | float | np.number | np.bool_) or (
            isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "fiub"
        ):
            self.numbers[name] = float(value)
            self._dimensions.pop(name, None)
            if self._plain_is_one and name not in self._fixed:
                self._dimensions[name] = DIMENSIONLESS

    def restore(self, where: str, names: Names) -> None:
        """Let names mean what they did when the object `where` was saved.

        If the code that goes on gives them other values, these hold, and a warning says so.
        """
        self.numbers, self.arrays = dict(names.numbers), dict(names.arrays)
        self._saved = where

    @property
    def given(self) -> Mapping[str, Any]:
        """The namespace given."""
        return self._given or {}

    @property
    def names(self) -> Names:
        """The values that are known."""
        return Names(dict(self.numbers), dict(self.arrays))

    @property
    def missing(self) -> tuple[str, ...]:
        """Names that are not known."""
        return (
            *(n for n in self._numbers if n not in self.numbers),
            *(n for n in self._arrays if n not in self.arrays),
        )

    def _compare(self, before: Names) -> None:
        """Warn of names that do not mean what they did when the network was saved."""
        saved, self._saved = self._saved, ""
        if not saved or digest_of(before.content()) == digest_of(self.names.content()):
            return
        for name, value in self.numbers.items():
            was = before.numbers.get(name)
            if was is not None and was != value:
                _log.warning(
                    "%s: %s was %g when the network was saved; it is %g in the code that runs it, "
                    "and that holds", saved, name, was, value,
                )  # fmt: skip
        for name, array in self.arrays.items():
            earlier = before.arrays.get(name)
            if earlier and digest_of(array.content()) != digest_of(earlier.content()):
                _log.warning(
                    "%s: the TimedArray %s had other values when the network was saved; those of "
                    "the code that runs it hold", saved, name,
                )  # fmt: skip

    def check_dimensions(self, check: DimensionCheck) -> None:
        """Raise UnitError if a quantity has not the dimension that expressions give its name."""
        if self._dimensions:
            check.given({name: in_equations(of) for name, of in self._dimensions.items()})

    def check(self, locations: Mapping[str, SourceLocation], symbols: SymbolTable) -> None:
        """Raise if a name is not known; `locations` says where each stands."""
        for name in self.missing:
            if name in self._functions:
                raise no_function(locations[name], name, "a time, but it is no function of Python")
            outside = "of numbers and TimedArrays where the object was created or run"
            if self._given is not None:
                outside = f"in namespace= ({', '.join(self._given) or 'empty'}), and {outside}"
            near = get_close_matches(name, self._seen)
            known = [*symbols.own, *self.numbers, *self.arrays, *near]
            raise unknown(locations[name], name, known, outside)
