"""Algebra on expressions with sympy: what is linear, derivatives, closed forms."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from distsnn.describe.checks.trees import syntax_tree
from distsnn.language.sympy_later import sympy
from distsnn.language.syntax import names_in

# Functions that sympy calls by the same names.
_KNOWN = frozenset({"exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"})


class Algebra:
    """Expressions of one model as sympy knows them, and back.

    What sympy has no use for (comparisons, random numbers, ``int()``, TimedArrays, ...) becomes a
    function of the variables it depends on, under a name of its own.

    Parameters
    ----------
    variables : iterable of str
        The variables with differential equations.
    """

    def __init__(self, variables: Iterable[str]) -> None:
        self.variables = tuple(variables)
        self._opaque: dict[str, ast.expr] = {}

    def symbol(self, name: str) -> sympy.Symbol:
        """The symbol of a name."""
        return sympy.Symbol(name, real=True, positive=True if name == "dt" else None)

    def from_tree(self, node: ast.expr) -> sympy.Expr:
        """A checked expression as sympy's."""
        match node:
            case ast.Constant(value=bool()):
                return self._hidden(node)
            case ast.Constant(value=int() as value):
                return sympy.Integer(value)
            case ast.Constant(value=float() as value):
                return (
                    sympy.Integer(int(value))
                    if value.is_integer() and abs(value) < 1e15
                    else sympy.Float(value)
                )
            case ast.Name(id=name):
                return self.symbol(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.from_tree(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.from_tree(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](self.from_tree(left), self.from_tree(right))
            case ast.Call(func=ast.Name(id=name), args=[argument]) if name in _KNOWN:
                return getattr(sympy, name)(self.from_tree(argument))
        return self._hidden(node)

    def to_tree(self, expression: sympy.Expr) -> ast.expr:
        """An expression of sympy as a syntax tree; hidden parts come back as they were."""
        tree = syntax_tree(_printer()().doprint(expression))
        result: ast.expr = _Restore(self._opaque).visit(tree)
        return result

    def split(self, expression: sympy.Expr) -> tuple[dict[str, sympy.Expr], sympy.Expr] | None:
        """Coefficients and rest of an expression that is linear in the variables, else None."""
        coefficients: dict[str, sympy.Expr] = {}
        symbols = {name: self.symbol(name) for name in self.variables}
        for name, symbol in symbols.items():
            derivative = sympy.diff(expression, symbol)
            if derivative.has(*symbols.values()):
                derivative = sympy.simplify(derivative)
                if derivative.has(*symbols.values()):
                    return None
            if derivative != 0:
                coefficients[name] = derivative
        rest = expression.subs(dict.fromkeys(symbols.values(), 0))
        if rest.has(sympy.nan, sympy.zoo):
            return None
        return coefficients, rest

    def split_by(self, expression: sympy.Expr, name: str) -> tuple[sympy.Expr, sympy.Expr] | None:
        """A and B of an expression ``A*name + B`` in which neither depends on `name`."""
        symbol = self.symbol(name)
        derivative = sympy.diff(expression, symbol)
        if derivative.has(symbol):
            derivative = sympy.simplify(derivative)
            if derivative.has(symbol):
                return None
        rest = expression.subs(symbol, 0)
        return None if rest.has(sympy.nan, sympy.zoo) else (derivative, rest)

    def collected_by(
        self, expression: sympy.Expr, name: str
    ) -> tuple[sympy.Expr, sympy.Expr] | None:
        """A and B of an expression that multiplied out is ``A*name + B``; None if it is not.

        Both may depend on `name` within functions and denominators, such as ``exp(-name)``.
        """
        symbol = self.symbol(name)
        terms = sympy.collect(expression.expand(), symbol, evaluate=False)
        if not terms.keys() <= {symbol, sympy.S.One}:
            return None
        zero = sympy.S.Zero
        return terms.get(symbol, zero), terms.get(sympy.S.One, zero)

    def is_real(self, matrix: sympy.Matrix) -> bool:
        """Whether the exponential of a matrix has a closed form that is real."""
        try:
            exponential = (matrix * self.symbol("dt")).exp()
        except (NotImplementedError, ValueError):
            return False
        return not exponential.has(sympy.I, sympy.re, sympy.im)

    def _hidden(self, node: ast.expr) -> sympy.Expr:
        key = ast.dump(node)
        name = next((n for n, known in self._opaque.items() if ast.dump(known) == key), None)
        if name is None or _is_random(node):
            name = f"_hidden{len(self._opaque)}"
            self._opaque[name] = node
        inner = [self.symbol(n) for n in names_in(node) if n in self.variables or n == "t"]
        return sympy.Function(name, real=True)(*inner) if inner else self.symbol(name)


_OPERATORS: Mapping[type, Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def _is_random(node: ast.expr) -> bool:
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in {"rand", "randn"}
        for n in ast.walk(node)
    )


@cache
def _printer() -> type[Any]:
    """The class that prints in the dialect of the expressions, with all digits."""
    from sympy.printing.str import StrPrinter  # noqa: PLC0415  # see `algebra_later`

    class Printer(StrPrinter):  # type: ignore[misc]  # sympy has no types
        def _print_Float(self, expr: sympy.Float) -> str:
            return repr(float(expr))

        def _print_Exp1(self, expr: sympy.Expr) -> str:  # noqa: ARG002 - sympy's interface
            return "exp(1)"

        def _print_Abs(self, expr: sympy.Abs) -> str:
            # sympy makes it of sqrt(x**2).
            return f"abs({self._print(expr.args[0])})"

        def _print_Rational(self, expr: sympy.Rational) -> str:
            return f"({expr.p}/{expr.q})"

    return Printer


class _Restore(ast.NodeTransformer):
    def __init__(self, opaque: Mapping[str, ast.expr]) -> None:
        self.opaque = opaque

    def visit_Call(self, node: ast.Call) -> ast.expr:
        # A hidden function of sympy's comes back with what it was hidden for.
        if isinstance(node.func, ast.Name) and node.func.id in self.opaque:
            return self.opaque[node.func.id]
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.opaque.get(node.id, node)
