"""Expressions over the neurons of a slice, in terms of its group."""

from __future__ import annotations

import ast
from typing import Any

from distsnn.front.names.user_functions import with_functions
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import names_in, parse_expression


def of_whole_group(where: str, given: tuple[str, Any], start: int, size: int) -> Any:
    """The value of a variable that is `given`, by name; an expression, over the whole group.

    The slice begins at `start` and has `size` neurons.
    """
    variable, value = given
    if not isinstance(value, str):
        return value
    value = with_functions(value, None)
    tree = parse_expression(value, SourceLocation(where, f"{variable} =", value))
    indexed = {"i", "N"} & set(names_in(tree))
    return ast.unparse(_Shifted(start, size).visit(tree)) if indexed else value


class _Shifted(ast.NodeTransformer):
    """Puts index and size of a slice, in terms of its group, in place of their names."""

    def __init__(self, start: int, size: int) -> None:
        self.own = {
            "i": ast.BinOp(ast.Name("i", ast.Load()), ast.Sub(), ast.Constant(start)),
            "N": ast.Constant(size),
        }

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.own.get(node.id, node)
