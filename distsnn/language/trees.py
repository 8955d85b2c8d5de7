"""Parsing with Python's own parser, one thread at a time."""

from __future__ import annotations

import ast
import threading

# Python 3.11 counts the depth of trees under construction for all threads together, and raises
# a SystemError where two threads parse at once, as ranks that are threads do.
_LOCK = threading.Lock()


def syntax_tree(text: str) -> ast.expr:
    """The syntax tree of an expression; nothing is executed.

    Raises
    ------
    SyntaxError
        If the text is no expression.
    """
    with _LOCK:
        return ast.parse(text, mode="eval").body
