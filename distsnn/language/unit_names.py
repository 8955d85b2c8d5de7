"""Names of units in text, with their dimension and their value in distsnn's units."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from fractions import Fraction

from distsnn.describe.checks.trees import syntax_tree
from distsnn.errors import EquationError, nearest_first
from distsnn.language import dimensions as dim
from distsnn.language.dimensions import Dimension
from distsnn.language.source_location import SourceLocation

_PREFIXES = {
    "": 0,
    "f": -15,
    "p": -12,
    "n": -9,
    "u": -6,
    "m": -3,
    "c": -2,
    "d": -1,
    "k": 3,
    "M": 6,
    "G": 9,
}
# Powers of ten of the SI units in distsnn's (ms, mV, pA, nS, pF, um, mM).
_TENS = {"m": 6, "kg": 12, "s": 3, "A": 12, "K": 0, "mol": 18, "cd": 0}
# name -> (dimension, power of ten over the SI unit)
_LONG = {
    "metre": (dim.METRE, 0),
    "meter": (dim.METRE, 0),
    "second": (dim.SECOND, 0),
    "amp": (dim.AMP, 0),
    "ampere": (dim.AMP, 0),
    "kelvin": (dim.KELVIN, 0),
    "mole": (dim.MOLE, 0),
    "mol": (dim.MOLE, 0),
    "candela": (dim.CANDELA, 0),
    "radian": (dim.ONE, 0),
    "steradian": (dim.ONE, 0),
    "gram": (dim.KILOGRAM, -3),
    "gramme": (dim.KILOGRAM, -3),
    "volt": (dim.VOLT, 0),
    "siemens": (dim.SIEMENS, 0),
    "farad": (dim.FARAD, 0),
    "ohm": (dim.VOLT / dim.AMP, 0),
    "coulomb": (dim.COULOMB, 0),
    "hertz": (dim.SECOND**-1, 0),
    "newton": (dim.NEWTON, 0),
    "pascal": (dim.NEWTON / dim.METRE**2, 0),
    "joule": (dim.JOULE, 0),
    "watt": (dim.WATT, 0),
    "molar": (dim.MOLAR, 3),
    "liter": (dim.METRE**3, -3),
    "litre": (dim.METRE**3, -3),
}
_SHORT = {
    "m": (dim.METRE, 0),
    "s": (dim.SECOND, 0),
    "A": (dim.AMP, 0),
    "V": (dim.VOLT, 0),
    "S": (dim.SIEMENS, 0),
    "F": (dim.FARAD, 0),
    "Hz": (dim.SECOND**-1, 0),
    "M": (dim.MOLAR, 3),
}
# As in Brian 2, whose scripts may have constants called dF or kS; and what distsnn.units has.
_SHORT_NAMES = frozenset(
    [
        "mV",
        "uV",
        "mA",
        "uA",
        "nA",
        "pA",
        "pF",
        "nF",
        "uF",
        "nS",
        "uS",
        "mS",
        "ms",
        "us",
        "Hz",
        "kHz",
        "MHz",
        "cm",
        "mm",
        "um",
        "mM",
        "uM",
        "nM",
    ]
)
# Of value 1, for units of files.
_STORED = ("ms", "mV", "pA", "nS", "pF", "um", "mM", "kHz")
_METRES, _METRIC = ("metre", "meter"), ("c", "d")


@dataclass(frozen=True)
class KnownUnit:
    """A unit: its dimension and its value in distsnn's units."""

    dimension: Dimension
    value: float


def _tens(of: Dimension) -> Fraction:
    return sum((Fraction(_TENS[base]) * exponent for base, exponent in of.powers), Fraction(0))


def _unit(of: Dimension, tens: int) -> KnownUnit:
    return KnownUnit(of, float(f"1e{int(_tens(of)) + tens}"))


def _table() -> dict[str, KnownUnit]:
    units = {
        "kilogram": _unit(dim.KILOGRAM, 0),
        "kilogramme": _unit(dim.KILOGRAM, 0),
        "Hz": _unit(dim.SECOND**-1, 0),
        "minute": KnownUnit(dim.SECOND, 60e3),
    }
    for prefix, tens in _PREFIXES.items():
        for name, (of, own) in _LONG.items():
            if prefix not in _METRIC or name in _METRES:
                units[prefix + name] = _unit(of, own + tens)
        for name, (of, own) in _SHORT.items():
            if prefix + name in _SHORT_NAMES:
                units[prefix + name] = _unit(of, own + tens)
        for name in (*_METRES, "m"):
            for power in (2, 3):
                if name in _METRES or f"{prefix}{name}" in _SHORT_NAMES:
                    units[f"{prefix}{name}{power}"] = _unit(dim.METRE**power, power * tens)
    return units


UNITS = _table()


def parse_unit(text: str, location: SourceLocation) -> tuple[Dimension, str]:
    """Dimension and type of what stands behind the colon of an equation.

    Raises EquationError if it is no product of units.

    Parameters
    ----------
    text : str
        ``volt``, ``1``, ``siemens/metre**2``, ``boolean``, ``integer``.
    location : SourceLocation
        For errors.

    Returns
    -------
    Dimension, and ``"float"``, ``"integer"`` or ``"boolean"``
    """
    text = text.strip()
    if text in {"boolean", "integer"}:
        return dim.ONE, text
    try:
        return _dimension_of(syntax_tree(text), location), "float"
    except EquationError:
        raise
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        raise location.error(f"{text!r} is not a unit", _ALLOWED, "correct the unit") from None


def stored_unit(text: str) -> str:
    """Name of the unit in which values are stored whose unit is given so in an expression.

    ``volt`` is stored in ``mV``, ``1/second`` in ``kHz``. A unit without a name of its own, such
    as ``volt*second``, is said to be in powers of distsnn's.
    """
    if text.strip() in {"1", "boolean", "integer", "", *_STORED}:
        return text.strip() or "1"
    of, _ = parse_unit(text, SourceLocation("", "unit", text))
    for name in _STORED:
        if UNITS[name].dimension == of and UNITS[name].value == 1.0:
            return name
    return "1" if of == dim.ONE else f"{text.strip()} in powers of ms, mV, pA"


_ALLOWED = "a unit is 1, a name such as volt, a product or quotient of names and their powers"


def _dimension_of(node: ast.expr, location: SourceLocation) -> Dimension:
    match node:
        case ast.Constant(value=1):
            return dim.ONE
        case ast.Name(id=name):
            if name not in UNITS:
                near = nearest_first(name, UNITS)[:8]
                raise location.error(
                    f"{name!r} is not the name of a unit",
                    "units near it are " + ", ".join(near),
                    "correct the unit",
                    name=name,
                )
            return UNITS[name].dimension
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _dimension_of(left, location) * _dimension_of(right, location)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _dimension_of(left, location) / _dimension_of(right, location)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            exponent = constant_number(right)
            if exponent is not None:
                return _dimension_of(left, location) ** exponent
    raise location.error(f"{ast.unparse(node)!r} is not a unit", _ALLOWED, "correct the unit")


def constant_number(node: ast.expr) -> Fraction | None:
    """The value of an expression of literal numbers; None if it is another expression."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return Fraction(value).limit_denominator(1000)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = constant_number(operand)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            above, below = constant_number(left), constant_number(right)
            return above / below if above is not None and below else None
    return None
