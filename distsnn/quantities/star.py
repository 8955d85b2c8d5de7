"""Names of quantities in Brian 2's star: units, functions over dimensions, numpy's functions."""

# ruff: noqa: F403 - that is what this module is for

from __future__ import annotations

from distsnn.errors import UnitError as DimensionMismatchError
from distsnn.quantities import safe_functions
from distsnn.quantities.all_units import ALL_UNITS, SHORT
from distsnn.quantities.checks import (
    check_units,
    have_same_dimensions,
    in_best_unit,
    in_unit,
    is_dimensionless,
    is_scalar_type,
)
from distsnn.quantities.dimension_rules import get_dimensions
from distsnn.quantities.physical import DIMENSIONLESS, get_or_create_dimension
from distsnn.quantities.quantity import Quantity
from distsnn.quantities.safe_functions import *
from distsnn.quantities.unit import Unit, get_unit, register_new_unit

_PREFIXES = ("p", "n", "u", "m", "", "k", "M", "G", "T")
_UNITS = (
    "amp", "metre", "meter", "second", "mole", "coulomb", "farad", "gram", "gramme", "hertz",
    "joule", "molar", "liter", "litre", "pascal", "ohm", "siemens", "volt", "watt",
)  # fmt: skip
_FURTHER = ("kelvin", "kilogram", "cmetre", "cmeter", "ampere")
_named = {p + name: ALL_UNITS[p + name] for name in _UNITS for p in _PREFIXES}
_named |= {name: ALL_UNITS[name] for name in _FURTHER}
_named |= {name: ALL_UNITS[name] for name in SHORT}
# Names of distsnn beyond Brian's.
_named |= {"uV": ALL_UNITS["uvolt"], "minute": 60 * ALL_UNITS["second"]}
globals().update(_named)

__all__ = [  # noqa: PLE0604 - strings
    "DIMENSIONLESS",
    "DimensionMismatchError",
    "Quantity",
    "Unit",
    "check_units",
    "get_dimensions",
    "get_or_create_dimension",
    "get_unit",
    "have_same_dimensions",
    "in_best_unit",
    "in_unit",
    "is_dimensionless",
    "is_scalar_type",
    "register_new_unit",
    *_named,
    *safe_functions.__all__,
]
