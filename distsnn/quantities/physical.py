"""Physical dimensions of quantities: one object for each, so that they are compared with ``is``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

_NAMES = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candle")
_SHORT = ("m", "kg", "s", "A", "K", "mol", "cd")
_INDEX = {
    name: index
    for index, names in enumerate(
        [
            ("length", "m", "metre", "metres", "meter", "meters"),
            ("mass", "kg", "kilogram", "kilograms", "kilogramme"),
            ("time", "s", "second", "seconds"),
            ("current", "electric current", "A", "amp", "amps", "ampere", "amperes"),
            ("temperature", "K", "kelvin", "kelvins"),
            ("substance", "mol", "mole", "moles"),
            ("luminosity", "cd", "candle", "candles", "candela"),
        ]
    )
    for name in names
}
# By which power of ten numbers of distsnn (um, ms, pA, ...) are larger than those in SI.
_DECADES = (6, 12, 3, 12, 0, 18, 0)


class Dimension:
    """A product of powers of SI base units; made by `get_or_create_dimension`.

    Parameters
    ----------
    dims : tuple of float (7,)
        Exponents of metre, kilogram, second, amp, kelvin, mole, candle.
    """

    __slots__ = ("_dims", "decades")
    _all: dict[tuple[float, ...], Dimension] = {}

    def __init__(self, dims: tuple[float, ...]) -> None:
        self._dims = dims
        #: The power of ten by which numbers of distsnn are larger than those in SI.
        self.decades = round(sum(a * b for a, b in zip(_DECADES, dims, strict=True)))

    @property
    def dim(self) -> Dimension:
        """The dimension itself, as of a unit."""
        return self

    @property
    def is_dimensionless(self) -> bool:
        """Whether all exponents are 0."""
        return self is DIMENSIONLESS

    def get_dimension(self, name: str) -> float:
        """The exponent of a base, by any of its names: ``"time"``, ``"second"``, ``"s"``."""
        return self._dims[_INDEX[name]]

    def __mul__(self, other: Dimension) -> Dimension:
        return _known(a + b for a, b in zip(self._dims, other._dims, strict=True))

    def __truediv__(self, other: Dimension) -> Dimension:
        return _known(a - b for a, b in zip(self._dims, other._dims, strict=True))

    def __pow__(self, exponent: float) -> Dimension:
        return _known(a * exponent for a in self._dims)

    def _refuse(self, other: object) -> NoReturn:
        raise TypeError(f"{other!r}: dimensions cannot be changed in place")

    __imul__ = __itruediv__ = __ipow__ = _refuse

    def __repr__(self) -> str:
        return self._text(_NAMES, " * ", " ** ", "Dimension()")

    def __str__(self) -> str:
        return self._text(_SHORT, " ", "^", "1")

    def _text(self, names: tuple[str, ...], times: str, power: str, none: str) -> str:
        parts = [
            name if exponent == 1 else f"{name}{power}{exponent:g}"
            for name, exponent in zip(names, self._dims, strict=True)
            if exponent
        ]
        return times.join(parts) or none

    def __copy__(self) -> Dimension:
        return self

    def __deepcopy__(self, memo: Any) -> Dimension:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return get_or_create_dimension, (self._dims,)


def _known(dims: Iterable[float]) -> Dimension:
    # Exponents such as 3*(1/3) are whole again.
    key = tuple(round(float(x), 9) + 0.0 for x in dims)
    found = Dimension._all.get(key)
    if found is None:
        found = Dimension._all[key] = Dimension(key)
    return found


DIMENSIONLESS = _known([0] * 7)


def get_or_create_dimension(dims: Any = None, **exponents: float) -> Dimension:
    """The dimension with these exponents, as Brian's function of this name.

    Parameters
    ----------
    dims : sequence of float (7,), optional
        Exponents of metre, kilogram, second, amp, kelvin, mole, candle.
    **exponents : float
        Exponents by name instead, ``length=1, time=-1``.
    """
    if dims is None:
        dims = [0.0] * 7
        for name, exponent in exponents.items():
            dims[_INDEX[name]] = exponent
    try:
        dims = tuple(dims)
    except TypeError:
        raise TypeError("a dimension has 7 exponents") from None
    if len(dims) != len(_NAMES):
        raise TypeError("a dimension has 7 exponents")
    return _known(dims)
