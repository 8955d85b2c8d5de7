"""Coefficients: subexpressions that do not change during a run are computed before it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from distsnn.describe.models.receptors.receptor import Coefficient, Values
from distsnn.language.evaluate import Evaluator, evaluator
from distsnn.language.functions import FUNCTIONS
from distsnn.language.symbols import CONSTANT, PARAMETER, UNIT, SymbolTable
from distsnn.language.syntax import calls_in, names_in

_FIXED = {"dt", "N"}


class Coefficients:
    """The coefficients of one model.

    Parameters
    ----------
    changing : frozenset of str
        Parameters that statements change during a run.
    """

    def __init__(self, symbols: SymbolTable, changing: frozenset[str]) -> None:
        self.symbols = symbols
        self.changing = changing
        self.found: list[Coefficient] = []
        self._names: dict[str, str] = {}

    def is_fixed(self, tree: ast.expr) -> bool:
        """Whether an expression has the same value in every step."""
        return all(name in FUNCTIONS for name in calls_in(tree)) and all(
            self._is_fixed_name(name) for name in names_in(tree)
        )

    def add(self, name: str, trees: list[ast.expr], value: Callable[[Values], Any]) -> ast.expr:
        """A coefficient computed from fixed expressions; returns its name as an expression."""
        names = dict.fromkeys(
            n
            for tree in trees
            for n in names_in(tree)
            if self.symbols[n].kind in {PARAMETER, CONSTANT}
        )
        self.found.append(Coefficient(name, tuple(names), value))
        return ast.Name(name, ast.Load())

    def hoisted(self, tree: ast.expr) -> ast.expr:
        """`tree` with its largest fixed parts replaced by coefficients."""
        if isinstance(tree, ast.Constant):
            return tree
        if self.is_fixed(tree):
            key = ast.dump(tree)
            if key not in self._names:
                self._names[key] = f"_c{len(self._names)}"
                self.add(self._names[key], [tree], _value_of(tree))
            return ast.Name(self._names[key], ast.Load())
        return self._with_children(tree)

    def _with_children(self, tree: ast.expr) -> ast.expr:
        fields: dict[str, Any] = {}
        for name, value in ast.iter_fields(tree):
            if isinstance(value, ast.expr) and name != "func":
                fields[name] = self.hoisted(value)
            elif isinstance(value, list):
                fields[name] = [self.hoisted(v) if isinstance(v, ast.expr) else v for v in value]
            else:
                fields[name] = value
        return type(tree)(**fields)

    def _is_fixed_name(self, name: str) -> bool:
        kind = self.symbols[name].kind
        # Names that begin with an underscore are assigned in the step itself.
        return (
            name in _FIXED
            or kind == UNIT
            or (kind == CONSTANT and not name.startswith("_"))
            or (kind == PARAMETER and name not in self.changing)
        )


def _value_of(tree: ast.expr) -> Callable[[Values], Any]:
    known = list[Evaluator]()

    def value(values: Values) -> Any:
        # Objects that a run calls may set what it depends on in every step.
        if not known:
            known.append(evaluator(tree))
        return known[0](values, None)

    return value
