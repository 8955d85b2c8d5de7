"""Names in an expression and their meanings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from distsnn.errors import UnknownVariableError, nearest_first
from distsnn.language import dimensions as dim
from distsnn.language.dimensions import Dimension, free_dimension
from distsnn.language.functions import CONSTANTS, FUNCTIONS, RANDOM
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import calls_in, names_in
from distsnn.language.unit_names import UNITS

STATE, PARAMETER, SUBEXPRESSION = "state", "parameter", "subexpression"
SPECIAL, NOISE, UNIT, CONSTANT = "special", "noise", "unit", "constant"
ACTIVE = "not_refractory"
_XI = dim.SECOND ** Fraction(-1, 2)


@dataclass(frozen=True)
class Symbol:
    """One name.

    Attributes
    ----------
    name : str
    kind : str
        `STATE`: may change in every step; `PARAMETER`; `SUBEXPRESSION`; `SPECIAL`: t, dt, i, N,
        lastspike, not_refractory; `NOISE`: xi, xi_...; `UNIT`: units and constants such as pi;
        `CONSTANT`: a name from outside the expression.
    dimension : Dimension
        Free for constants.
    type : str
        ``"float"``, ``"integer"`` or ``"boolean"``.
    """

    name: str
    kind: str
    dimension: Dimension
    type: str = "float"


SPECIALS = {
    "t": Symbol("t", SPECIAL, dim.SECOND),
    "dt": Symbol("dt", SPECIAL, dim.SECOND),
    "i": Symbol("i", SPECIAL, dim.ONE, "integer"),
    "N": Symbol("N", SPECIAL, dim.ONE, "integer"),
    "t_in_timesteps": Symbol("t_in_timesteps", SPECIAL, dim.ONE, "integer"),
    "lastspike": Symbol("lastspike", SPECIAL, dim.SECOND),
    "not_refractory": Symbol("not_refractory", SPECIAL, dim.ONE, "boolean"),
}


class SymbolTable:
    """Meaning of names: those of an object, then units and constants, then names from outside.

    Parameters
    ----------
    own : mapping of str to Symbol
        The variables of the object and the special names it has.
    closed : bool
        Whether names from outside are errors.
    """

    def __init__(self, own: Mapping[str, Symbol], closed: bool = False) -> None:
        self.own = dict(own)
        self.closed = closed

    def __getitem__(self, name: str) -> Symbol:
        known = self.own.get(name)
        if known is not None:
            return known
        if name == "xi" or name.startswith("xi_"):
            return Symbol(name, NOISE, _XI)
        if name in UNITS:
            return Symbol(name, UNIT, UNITS[name].dimension)
        if name in CONSTANTS:
            kind = "boolean" if isinstance(CONSTANTS[name], bool) else "float"
            return Symbol(name, UNIT, dim.ONE, kind)
        return Symbol(name, CONSTANT, free_dimension(name))

    def constants_in(self, trees: Iterable[ast.AST]) -> list[str]:
        """Names of numbers from outside that expressions refer to, in order."""
        found = [
            name
            for tree in trees
            for name in names_in(tree)
            # Temporary variables of statements begin with an underscore.
            if self[name].kind == CONSTANT and not name.startswith("_")
        ]
        return list(dict.fromkeys(found))

    def arrays_in(self, trees: Iterable[ast.AST]) -> list[str]:
        """Names of the TimedArrays that expressions call, in order."""
        found = [
            name
            for tree in trees
            for name in calls_in(tree)
            if name not in FUNCTIONS and name not in RANDOM
        ]
        return list(dict.fromkeys(found))


def unknown(
    location: SourceLocation,
    name: str,
    valid: Iterable[str],
    outside: str,
    node: ast.AST | None = None,
) -> Exception:
    """The error for a name that is neither the object's nor found outside."""
    names = nearest_first(name, {*valid, *FUNCTIONS, *RANDOM})
    units = nearest_first(name, UNITS)[:3]
    return location.error_of(
        UnknownVariableError,
        f"unknown name {name!r}",
        "names here are "
        + ", ".join(names)
        + f", units such as {', '.join(units)}, and names {outside}",
        f"Did you mean {names[0]!r}?" if names else "",
        node or location.node_of(name),
        name=name,
        valid=names,
    )
