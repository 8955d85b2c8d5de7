"""Random expressions of the dialect: bounded, so that models stay tame, and free of exact ties."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

# Of {0}, any number without unit, to a number between -2 and 2.
BOUNDED = (
    "tanh({0})",
    "sin({0})",
    "cos(0.7*({0}))",
    "clip({0}, -0.913, 1.217)",
    "exp(-abs({0}))",
    "1/(1 + ({0})**2)",
    "1.3/(1.1 + exp(-({0})))",
    "sqrt(abs({0}))/(1 + abs({0}))",
    "log(2 + ({0})**2)/(1.3 + abs({0}))",
    "exprel(-abs({0}) - 0.01)",
    "arctan({0})",
    "log10(1.7 + abs(tanh({0})))",
    "({0}) % 0.731",
    "2*({0})/(2 + ({0})**2)",
    "-abs(cos({0}))",
    "0.6*sign(({0}) - 0.3141)",
    "0.4*floor(sin({0})*2.17)",
    "0.3*ceil(cos({0})*1.91)",
    "0.5*int(({0}) > 0.2718)",
    "(1.1 + ({0})**2)**-0.7",
    "(0.2 + abs(tanh({0})))**1.3",
    "tanh({0})**3",
    "expm1(-abs({0}))",
    "log1p(abs({0}))/(1.7 + abs({0}))",
    "sinh(tanh({0}))*cosh(sin({0}))/1.3",
)
SHORT = tuple(text for text in BOUNDED if text.count("{0}") == 1)
# Of whole numbers {0}; no quotient is a whole number but for rounding.
WHOLE = (
    "{0}",
    "({0} % 3)",
    "({0}//2)",
    "({0} + 1)/3",
    "int({0} % 2 == 0)",
    "int({0} != 1)",
    "abs({0} - 2)",
    "floor({0}/3.1)",
    "sign({0} - 1.5)",
    "-{0}/2",
    "({0}*{0} - 3)",
    "0.31**abs({0})",
    "1/(2.0 + {0}**2)",
    "clip({0}, 1, 2)",
)


class Expressions:
    """Draws expressions over some atoms, which are texts of numbers without unit."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def number(self, low: float, high: float, digits: int = 4) -> str:
        """A number with odd digits; no two are likely to meet."""
        return repr(round(self.rng.uniform(low, high), digits) or 0.0137)

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def whole(self, atoms: Sequence[str]) -> str:
        return self.rng.choice(WHOLE).format(self.rng.choice(list(atoms)))

    def linear(self, atoms: Sequence[str]) -> str:
        """A sum of some atoms with factors."""
        some = self.rng.sample(list(atoms), k=min(len(atoms), self.rng.choice([1, 1, 2, 2, 3])))
        text = f"{self.number(-1, 1)}*{some[0]}"
        for atom in some[1:]:
            text += self.rng.choice([" + ", " - "]) + f"{self.number(0.1, 1)}*{atom}"
        return text

    def bounded(self, atoms: Sequence[str], whole: Sequence[str] = (), depth: int = 2) -> str:
        """An expression of absolute value up to about 3."""
        if whole and self.chance(0.15):
            return f"{self.number(0.05, 0.3)}*{self.whole(whole)}"
        inner = self.linear(atoms)
        # Algebra on long expressions takes the peer minutes.
        nested = depth > 1 and self.chance(0.3)
        if nested:
            inner += self.rng.choice([" + ", " - ", " * "]) + self.bounded(atoms, whole, 1)
        text = self.rng.choice(SHORT if nested or len(inner) > 40 else BOUNDED).format(inner)
        if depth > 1 and not nested and self.chance(0.3):
            text = f"{self.number(0.3, 1.1)}*{text} + {self.bounded(atoms, whole, depth - 1)}"
        return text
