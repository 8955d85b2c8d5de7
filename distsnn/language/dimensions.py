"""Physical dimensions, with free ones for names whose dimension is to be found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

BASES = ("m", "kg", "s", "A", "K", "mol", "cd")
# By which power of ten numbers of distsnn (um, ms, pA, ...) are larger than those in SI.
DECADES = {"m": 6, "kg": 12, "s": 3, "A": 12, "mol": 18}


@dataclass(frozen=True)
class Dimension:
    """A product of powers of SI base units and of free dimensions (whose names begin with ?).

    Attributes
    ----------
    powers : tuple of (base, Fraction)
        Sorted by base, without zero exponents.
    """

    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Dimension) -> Dimension:
        powers = dict(self.powers)
        for base, exponent in other.powers:
            powers[base] = powers.get(base, Fraction(0)) + exponent
        return dimension(powers)

    def __truediv__(self, other: Dimension) -> Dimension:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: Fraction | int) -> Dimension:
        return dimension({base: power * Fraction(exponent) for base, power in self.powers})

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the free dimensions in it."""
        return tuple(base for base, _ in self.powers if base.startswith("?"))

    def __str__(self) -> str:
        from_name = _NAMED.get(self)
        if from_name is not None:
            return from_name
        # Most dimensions in equations are a named one per time.
        per_second = _NAMED.get(self * _base(s=1))
        if per_second is not None:
            return f"{per_second}/second"
        return _product(self)


def dimension(powers: Mapping[str, Fraction | int]) -> Dimension:
    """The dimension with these exponents of its bases."""
    return Dimension(tuple(sorted((b, Fraction(e)) for b, e in powers.items() if e != 0)))


def free_dimension(name: str) -> Dimension:
    """The free dimension of `name`."""
    return Dimension((("?" + name, Fraction(1)),))


def _base(**powers: int) -> Dimension:
    return dimension(powers)


ONE = Dimension()
METRE, SECOND, AMP = _base(m=1), _base(s=1), _base(A=1)
KELVIN, MOLE, CANDELA, KILOGRAM = _base(K=1), _base(mol=1), _base(cd=1), _base(kg=1)
NEWTON = KILOGRAM * METRE / SECOND**2
JOULE = NEWTON * METRE
WATT = JOULE / SECOND
VOLT = WATT / AMP
SIEMENS = AMP / VOLT
COULOMB = AMP * SECOND
FARAD = COULOMB / VOLT
MOLAR = MOLE / METRE**3

_NAMED = {
    ONE: "1 (no unit)",
    SECOND: "second",
    VOLT: "volt",
    AMP: "amp",
    SIEMENS: "siemens",
    FARAD: "farad",
    METRE: "metre",
    VOLT / AMP: "ohm",
    COULOMB: "coulomb",
    SECOND**-1: "hertz",
    KELVIN: "kelvin",
    MOLE: "mole",
    MOLAR: "molar",
    JOULE: "joule",
    WATT: "watt",
    KILOGRAM: "kilogram",
    NEWTON: "newton",
    SECOND ** Fraction(-1, 2): "second**-0.5",
}


def _product(of: Dimension) -> str:
    parts = []
    for base, exponent in of.powers:
        name = f"unit of {base[1:]}" if base.startswith("?") else base
        parts.append(name if exponent == 1 else f"({name})**{_number(exponent)}")
    return " * ".join(parts)


def _number(exponent: Fraction) -> str:
    return str(exponent.numerator) if exponent.denominator == 1 else str(float(exponent))


class Unification:
    """The free dimensions that are known so far: equations between dimensions are solved for them.

    Dimensions form a vector space over the rational numbers, so that each equation either fixes
    one more free dimension, or holds already, or contradicts those before.
    """

    def __init__(self) -> None:
        self._known: dict[str, Dimension] = {}

    def copy(self) -> Unification:
        """Another one that knows the same."""
        made = Unification()
        made._known = dict(self._known)
        return made

    def resolve(self, of: Dimension) -> Dimension:
        """`of` with all that is known put in."""
        out = ONE
        for base, exponent in of.powers:
            known = self._known.get(base)
            out *= (known if known is not None else Dimension(((base, Fraction(1)),))) ** exponent
        return out

    def unify(self, left: Dimension, right: Dimension) -> bool:
        """Require that both are equal; False if they cannot be."""
        rest = self.resolve(left / right)
        if rest == ONE:
            return True
        free = rest.free
        if not free:
            return False
        solved = free[0]
        exponent = dict(rest.powers)[solved]
        others = rest / Dimension(((solved, exponent),))
        value = others ** (-1 / exponent)
        self._known[solved] = value
        for name, known in self._known.items():
            if solved in known.free:
                power = dict(known.powers)[solved]
                self._known[name] = known / Dimension(((solved, power),)) * value**power
        return True
