"""Units: quantities of value one, or a power of ten, with a name."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from distsnn.quantities.physical import DIMENSIONLESS, Dimension
from distsnn.quantities.quantity import Quantity
from distsnn.quantities.shown import SHOWN_UNITS


class Unit(Quantity):
    """A unit. A number times a unit is a `Quantity`; products and powers of units are units.

    Parameters
    ----------
    arr : float
        Its value in SI units, which is ``10**scale``.
    dim : Dimension
    scale : int
        Power of ten.
    name, dispname : str
        In Python and for people: ``"mvolt"``, ``"mV"``.
    latexname : str
        Taken for scripts of Brian 2.
    iscompound : bool
        Whether it is a product or ratio, which has parentheses in others.
    """

    def __new__(
        cls,
        arr: Any,
        dim: Dimension = DIMENSIONLESS,
        scale: int = 0,
        name: str = "",
        dispname: str = "",
        latexname: str = "",  # noqa: ARG004 - of Brian 2
        iscompound: bool = False,
    ) -> Unit:
        """Make one; see the class."""
        made = np.array(float(arr)).view(cls)
        made.dim, made.scale, made.iscompound = dim, scale, iscompound
        of_base = repr(dim) if dim is not DIMENSIONLESS else "Unit(1)"
        known = name or (of_base if scale == 0 else f"(10.0**{scale} * {of_base})")
        made.name, made.dispname = known, dispname or name or str(dim)
        made.flags.writeable = False
        return made

    scale: int
    name: str
    dispname: str
    iscompound: bool

    @classmethod
    def create(
        cls, dim: Dimension, name: str, dispname: str, latexname: str = "", scale: int = 0
    ) -> Unit:
        """A named unit."""
        return cls(_power_of_ten(scale), dim, scale, name, dispname, latexname)

    @property
    def dimname(self) -> str:
        """Its name for people, as Brian 2 calls it."""
        return self.dispname

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Unit):
            return _as_quantity(self, np.multiply, other)
        return _compound(
            self.dim * other.dim, self.scale + other.scale,
            f"{_inner(self.name, self)} * {_inner(other.name, other)}",
            f"{_inner(self.dispname, self)} {_inner(other.dispname, other)}",
        )  # fmt: skip

    def __rmul__(self, other: Any) -> Any:
        return np.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        if not isinstance(other, Unit):
            return _as_quantity(self, np.divide, other)
        return _compound(
            self.dim / other.dim, self.scale - other.scale,
            f"{_inner(self.name, self)} / {_inner(other.name, other)}",
            f"{_inner(self.dispname, self)}/{_inner(other.dispname, other)}",
        )  # fmt: skip

    def __rtruediv__(self, other: Any) -> Any:
        one = isinstance(other, int | float) and other == 1
        return self**-1 if one else np.divide(other, self)

    def __pow__(self, other: Any, modulus: None = None) -> Any:
        scale = self.scale * float(other)
        if not scale.is_integer():
            return Quantity(float(self) ** float(other), dim=self.dim ** float(other))
        return _compound(
            self.dim ** float(other), int(scale), f"{_inner(self.name, self)} ** {other}",
            f"{_inner(self.dispname, self)}^{other}",
        )  # fmt: skip

    def _refuse(self, other: object) -> NoReturn:
        raise TypeError(f"{self.name}: units cannot be changed in place ({other!r})")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ifloordiv__ = __imod__ = __ipow__ = _refuse

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Unit):
            return self.dim is other.dim and self.scale == other.scale
        return super().__eq__(other)

    def __ne__(self, other: object) -> Any:
        if isinstance(other, Unit):
            return not self == other
        return super().__ne__(other)

    def __hash__(self) -> int:  # type: ignore[override]  # units never change
        return hash((self.dim, self.scale))

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.dispname

    def _latex(self, *_: Any) -> str:
        return f"\\mathrm{{{self.dispname}}}"

    def __copy__(self) -> Unit:
        return self

    def __deepcopy__(self, memo: Any) -> Unit:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Unit, (
            float(self), self.dim, self.scale, self.name, self.dispname, "", self.iscompound,
        )  # fmt: skip


def _power_of_ten(scale: int) -> float:
    return float(f"1e{scale}")


def _inner(name: str, of: Unit) -> str:
    return f"({name})" if of.iscompound else name


def _compound(dim: Dimension, scale: int, name: str, dispname: str) -> Any:
    if dim is DIMENSIONLESS:
        return _power_of_ten(scale)
    return Unit(_power_of_ten(scale), dim, scale, name, dispname, iscompound=True)


def _as_quantity(unit: Unit, ufunc: Any, other: Any) -> Any:
    return ufunc(unit, other)


def register_new_unit(unit: Unit) -> None:
    """Let quantities of this dimension be shown in a unit, too, as in Brian 2.

    Parameters
    ----------
    unit : Unit
        Such as ``pfarad / mmetre**2``.
    """
    units = SHOWN_UNITS.setdefault(unit.dim, [])
    if unit not in units:
        units.append(unit)


def get_unit(dim: Any) -> Unit:
    """The SI unit of a dimension, as Brian's function of this name."""
    dim = dim.dim
    found = [u for u in SHOWN_UNITS.get(dim, []) if u.scale == 0]
    return found[0] if found else Unit(1.0, dim)
