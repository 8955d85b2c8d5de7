"""Rewrites a test of Brian 2 so that an error may come earlier than in Brian 2.

Brian 2 checks much of what objects are given only at ``run()``; distsnn does it where the object is
made, where the line of the user's mistake stands. `with_earlier_errors` moves the statements that
make the objects into the block of ``with pytest.raises(...)`` that follows them.
"""

from __future__ import annotations

import ast


def _raises(statement: ast.stmt) -> bool:
    """Whether a statement is ``with pytest.raises(...)``."""
    if not isinstance(statement, ast.With):
        return False
    call = statement.items[0].context_expr
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.raises"


def _makes(statement: ast.stmt) -> bool:
    """Whether a statement makes an object, calls a method of one, or sets an attribute."""
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Attribute):
        return True
    return isinstance(statement, ast.Assign | ast.Expr) and isinstance(statement.value, ast.Call)


class _Mover(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.body = _moved(node.body)
        return node


def _moved(body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.With) and _raises(statement):
            made: list[ast.stmt] = []
            while found and _makes(found[-1]):
                made.insert(0, found.pop())
            statement.body = made + statement.body
        found.append(statement)
    return found


def with_earlier_errors(text: str) -> str:
    """The tests of a file, with the statements that make objects moved."""
    return ast.unparse(_Mover().visit(ast.parse(text)))
