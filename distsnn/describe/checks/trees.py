"""Parsing with Python's own parser, one thread at a time."""

from __future__ import annotations

import ast
import inspect
import textwrap
import threading
from functools import cache

# Python 3.11 counts the depth of trees under construction for all threads together, and raises
# a SystemError where two threads parse at once, as ranks that are threads do.
_LOCK = threading.Lock()


def syntax_tree(text: str) -> ast.expr:
    """The syntax tree of an expression; nothing is executed.

    Raises SyntaxError if the expression is no expression.
    """
    with _LOCK:
        return ast.parse(text, mode="eval").body


@cache
def code_of_class(kind: type) -> str:
    """The code of a class without comments and docstrings; its name where it has no source."""
    try:
        # To find a class, inspect parses its whole file.
        with _LOCK:
            tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return kind.__qualname__
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)
