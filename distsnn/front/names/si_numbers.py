"""Attributes with an underscore, ``G.v_``: the numbers of ``G.v`` in SI units, as in Brian 2."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any, Protocol

import numpy as np

from distsnn.describe.checks.settable import Settable, refuse_attribute
from distsnn.describe.values.by_trial import ByTrial
from distsnn.front.variable_view import VariableView
from distsnn.language.dimensions import DECADES
from distsnn.language.source_location import SourceLocation
from distsnn.language.unit_names import parse_unit


class WithUnits(Protocol):
    """An object whose attributes have units."""

    def unit_of(self, name: str) -> str:
        """Unit of an attribute, as equations say it; ``1`` for none."""


class InSI(Settable):
    """An object whose attributes can be read and set in SI units too: ``G.v_``, `in_si`."""

    def unit_of(self, name: str) -> str:
        """Unit of an attribute, as equations say it; ``1`` for none."""
        raise NotImplementedError

    def _from_si(self, name: str, value: Any) -> Any:
        return from_si(self.unit_of(name), value)

    def __getattr__(self, name: str) -> Any:
        if is_in_si(name):
            return in_si(self, name)
        refuse_attribute(self._called(), name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def is_in_si(name: str) -> bool:
    """Whether a name asks for numbers in SI units."""
    return name.endswith("_") and not name.startswith("_") and not name.endswith("__")


def in_si(thing: WithUnits, name: str) -> Any:
    """The numbers in SI units that `name` (``v_``) asks for."""
    stem = name[:-1]
    unit = thing.unit_of(stem)
    value, decades = getattr(thing, stem), si_decades(unit)
    if isinstance(value, VariableView):
        return value.in_si("" if unit == "1" else unit, decades)
    return scaled(value, -decades)


def from_si(unit: str, value: Any) -> Any:
    """Numbers of distsnn from numbers in SI units; an expression of plain numbers is in SI, too."""
    if isinstance(value, ByTrial):
        return value.each(lambda one: from_si(unit, one))
    if isinstance(value, str):
        return value if unit == "1" else f"({value})*({unit})"
    return scaled(value, si_decades(unit))


def scaled(value: Any, decades: int) -> Any:
    """Numbers times a power of ten, rounded once."""
    numbers = np.asarray(value)
    if not decades or numbers.dtype.kind not in "iuf":
        return value
    found = numbers * 10.0**decades if decades > 0 else numbers / 10.0**-decades
    return float(found) if found.ndim == 0 else found


@cache
def si_decades(unit: str) -> int:
    """The power of ten by which numbers of distsnn are larger than those in SI."""
    of, _ = parse_unit(unit, SourceLocation("", "unit", unit))
    total = sum((DECADES.get(base, 0) * power for base, power in of.powers), Fraction(0))
    return round(total)
