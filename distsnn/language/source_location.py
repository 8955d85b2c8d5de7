"""Positions in the strings of users, for messages."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from distsnn.errors import EquationError


@dataclass(frozen=True)
class SourceLocation:
    """One equation or statement of an expression.

    Attributes
    ----------
    owner : str
        Name of the object the expression belongs to.
    kind : str
        What the expression is: ``equation``, ``threshold``, ``reset``, ...
    text : str
        The equation or statement on one line.
    line : int
        Its line within the expression, from 1.
    offset : int
        Where in `text` the expression begins that nodes count their columns from.
    """

    owner: str
    kind: str
    text: str
    line: int = 1
    offset: int = 0

    @property
    def where(self) -> str:
        """The location as a message names it."""
        return f"{self.owner}, {self.kind} {self.text!r} (line {self.line})"

    def node_of(self, name: str) -> ast.AST | None:
        """The first node of `name` in the expression."""
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text[self.offset :])
        return None if found is None else ast.Name(name, ast.Load(), col_offset=found.start())

    def error(
        self,
        what: str,
        allowed: str = "",
        advice: str = "",
        node: ast.AST | None = None,
        **values: Any,
    ) -> EquationError:
        """An error about this location, and about `node` in it."""
        return self.error_of(EquationError, what, allowed, advice, node, **values)

    def error_of(
        self,
        kind: type[EquationError],
        what: str,
        allowed: str,
        advice: str,
        node: ast.AST | None,
        **values: Any,
    ) -> EquationError:
        """The same of a class that scripts may catch."""
        return kind(
            self.where_of(node), what, allowed, advice, line=self.line, text=self.text, **values
        )

    def where_of(self, node: ast.AST | None) -> str:
        """The location of a node as a message names it."""
        column = getattr(node, "col_offset", None)
        if column is None:
            return self.where
        return (
            f"{self.owner}, {self.kind} {self.text!r} (line {self.line}, column "
            f"{self.offset + column + 1})"
        )
