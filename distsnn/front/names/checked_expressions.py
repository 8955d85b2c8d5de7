"""Expressions that users give: parsed, units checked, and names from outside looked up."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from distsnn.describe.values.given_expressions import Expression, Names
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.notices import warn_of_conflicts
from distsnn.front.names.scope import quantities_expected, user_names
from distsnn.front.names.user_functions import with_functions
from distsnn.language.dimension_check import DimensionCheck
from distsnn.language.dimensions import Dimension
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SymbolTable
from distsnn.language.syntax import calls_in, names_in, parse_expression

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class CheckedExpression:
    """The tree of an expression, its string, and what names from outside stand for."""

    tree: ast.expr
    text: str
    names: Names

    @property
    def value(self) -> Expression:
        """The expression as descriptions have it."""
        return Expression(self.text, self.names)


def checked_expression(
    location: SourceLocation,
    symbols: SymbolTable,
    wanted: tuple[str, Dimension] | None = None,
    given: Mapping[str, Any] = _NONE,
    refuse: Callable[[ast.expr, SourceLocation], None] | None = None,
) -> CheckedExpression:
    """Check an expression.

    Raises EquationError or UnitError if it cannot be understood.

    Parameters
    ----------
    location : Place
        The expression, and where it stands.
    symbols : SymbolTable
        What names can stand for; all others are looked up in the code of the user.
    wanted : (str, Dimension), optional
        What the expression gives, and the dimension that it must have.
    given : mapping of str to object
        Values of names that go before those in the code.
    refuse : callable, optional
        Raises if the expression has what is not allowed here.
    """
    text = " ".join(location.text.split())
    text = with_functions(text, {**user_names(), **given} if given else None)
    location = SourceLocation(location.owner, location.kind, text)
    tree = parse_expression(text, location)
    if refuse is not None:
        refuse(tree, location)
    check = DimensionCheck(symbols)
    if wanted is None:
        check.of(tree, location)
    else:
        check.expression(tree, location, wanted[1], wanted[0])
    names = OutsideNames(symbols.constants_in([tree]), symbols.arrays_in([tree]), None)
    names.look_up({**user_names(), **given})
    names.check(dict.fromkeys([*names_in(tree), *calls_in(tree)], location), symbols)
    names.check_dimensions(check)
    if quantities_expected():
        own = symbols.own.keys() & set(names_in(tree))
        warn_of_conflicts(location.owner, own, user_names())
    return CheckedExpression(tree, text, names.names)
