"""Conditions on pairs that hold only where something of one side equals something of the other."""

from __future__ import annotations

import ast

from distsnn.language.functions import RANDOM
from distsnn.language.objects.connection_expressions import ParsedConnection
from distsnn.language.syntax import calls_in, names_in


def equality_of(parsed: ParsedConnection) -> tuple[ast.expr, ast.expr] | None:
    """Both sides of an equation in the condition: of the major index, and of the other one.

    ``i//10 == j//10 and x_pre > 0`` has one, ``i == j or x_pre > 0`` has none, as pairs may be
    joined where it does not hold. None too if which pairs are looked at matters besides.
    """
    condition = parsed.generator.condition.tree
    if not parsed.never_leaves:
        return None
    parts = [condition]
    if isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.And):
        parts = condition.values
    for part in parts:
        if not (isinstance(part, ast.Compare) and [type(op) for op in part.ops] == [ast.Eq]):
            continue
        sides = part.left, part.comparators[0]
        of = [_indices_in(parsed, side) for side in sides]
        if of == [{parsed.major}, {parsed.minor}]:
            return sides
        if of == [{parsed.minor}, {parsed.major}]:
            return sides[1], sides[0]
    return None


def _indices_in(parsed: ParsedConnection, side: ast.expr) -> set[str]:
    """The indices, ``i`` and ``j``, that an expression depends on; both if it draws."""
    if not set(calls_in(side)).isdisjoint(RANDOM):
        return {"i", "j"}
    found, members = set(), parsed.members
    for name in names_in(side):
        if name in members:
            found.add("i" if members[name][0] == "pre" else "j")
        elif name in {"i", "j"}:
            found.add(name)
        elif name == parsed.generator.variable:
            found.add(parsed.minor)
    return found
