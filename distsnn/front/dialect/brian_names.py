"""Names of Brian 2's star that mean something of distsnn which is called otherwise here."""

from __future__ import annotations

from typing import Final

from distsnn.errors import DistsnnError, MagicError, UnitError
from distsnn.language.functions import exprel, timestep

DimensionMismatchError = UnitError
"""The error for units that do not agree, by Brian's name."""

BrianObjectException = DistsnnError
"""Brian's name of errors that come from an object of a network."""

# Methods are objects there, and ``method=`` takes them or their names.
exact: Final = "exact"
linear: Final = "linear"
independent: Final = "exact"
exponential_euler: Final = "exponential_euler"
euler: Final = "euler"
rk2: Final = "rk2"
rk4: Final = "rk4"
heun: Final = "heun"
milstein: Final = "milstein"

__all__ = [
    "BrianObjectException",
    "DimensionMismatchError",
    "MagicError",
    "euler",
    "exact",
    "exponential_euler",
    "exprel",
    "heun",
    "independent",
    "linear",
    "milstein",
    "rk2",
    "rk4",
    "timestep",
]
