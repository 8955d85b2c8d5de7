"""Quantities as numbers of distsnn, and dimensions as equations have them."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from distsnn.language.dimensions import BASES
from distsnn.language.dimensions import Dimension as LanguageDimension
from distsnn.language.dimensions import dimension as language_dimension
from distsnn.language.source_location import SourceLocation
from distsnn.language.unit_names import parse_unit
from distsnn.quantities.dimension_rules import plain
from distsnn.quantities.physical import Dimension, get_or_create_dimension


def numbers_of(quantity: Any) -> Any:
    """Numbers in distsnn's units of a quantity: a float, or a float64 array.

    Of the floats that are the same number in SI units, it is the one with fewest digits, so that
    ``70*mV`` is 70.0.
    """
    numbers, decades = np.asarray(plain(quantity), dtype=np.float64), quantity.dim.decades
    found = _scaled(numbers, decades)
    with np.errstate(all="ignore"):
        digits = np.floor(np.log10(np.abs(found), where=found != 0, out=np.zeros_like(found)))
        places = np.clip(14 - digits, 0, 22)
        rounded = np.rint(found * 10.0**places) / 10.0**places
    found = np.where(_scaled(rounded, -decades) == numbers, rounded, found)
    return float(found) if found.ndim == 0 else found


def _scaled(numbers: np.ndarray, decades: int) -> np.ndarray:
    ten = 10.0 ** abs(decades)
    return np.asarray(numbers * ten if decades > 0 else numbers / ten)


@cache
def dimension_of_unit(unit: str) -> Dimension:
    """The dimension of a unit, as equations say it."""
    of, _ = parse_unit(unit, SourceLocation("", "unit", unit))
    powers = dict(of.powers)
    return get_or_create_dimension([float(powers.get(base, 0)) for base in BASES])


@cache
def in_equations(of: Dimension) -> LanguageDimension:
    """A dimension of quantities as equations have it."""
    return language_dimension(
        {b: Fraction(x).limit_denominator(1000) for b, x in zip(BASES, of._dims, strict=True)}
    )
