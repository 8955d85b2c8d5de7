"""Equations in LaTeX, in the order in which the user wrote their terms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from distsnn.language.parse import DIFFERENTIAL, PARAMETER

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|"
    "upsilon|phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
_FUNCTIONS = frozenset({"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh"})
_SIGNS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: r"\leq",
    ast.Gt: ">",
    ast.GtE: r"\geq",
    ast.Eq: "=",
    ast.NotEq: r"\neq",
    ast.And: r"\land",
    ast.Or: r"\lor",
    ast.Mod: r"\operatorname{mod}",
}
# How strongly an expression holds together.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(9)


def formulas(equations: Mapping[str, Any]) -> tuple[str, ...]:
    """LaTeX of differential equations and of what has an expression, with ``&`` at the ``=``.

    Parameters
    ----------
    equations : mapping of str to `distsnn.language.parse.Equation`
    """
    return tuple(
        f"{_left(name, equation.kind)} &= {latex(equation.expression)}"
        for name, equation in equations.items()
        if equation.kind != PARAMETER and equation.expression is not None
    )


def latex(tree: ast.expr) -> str:
    """LaTeX of an expression (syntax tree)."""
    return _written(tree)[0]


def symbol(name: str) -> str:
    """LaTeX of a name: ``tau_m`` as a Greek letter with an index."""
    first, *rest = [part for part in name.split("_") if part] or [r"\_"]
    index = ", ".join(_word(part) for part in rest)
    return _word(first) + (f"_{{{index}}}" if rest else "")


def _left(name: str, kind: str) -> str:
    return rf"\frac{{d {symbol(name)}}}{{dt}}" if kind == DIFFERENTIAL else symbol(name)


def _word(part: str) -> str:
    letters = part.rstrip("0123456789")
    digits = part[len(letters) :]
    if not letters:
        return part
    if _GREEK.fullmatch(letters):
        return f"\\{letters}" + (f"_{{{digits}}}" if digits else "")
    if len(part) == 1 or (len(letters) == 1 and digits):
        return letters + (f"_{{{digits}}}" if digits else "")
    return rf"\mathrm{{{part}}}"


def _inside(tree: ast.expr, least: int) -> str:
    """LaTeX of a part, in parentheses if it holds together less strongly than `least`."""
    text, strength = _written(tree)
    return rf"\left({text}\right)" if strength < least else text


def _written(tree: ast.expr) -> tuple[str, int]:
    match tree:
        case ast.Constant(value=bool() as value):
            return rf"\mathrm{{{value}}}", _ATOM
        case ast.Constant(value=int() | float() as value):
            return _number(value)
        case ast.Name(id=name):
            return symbol(name), _ATOM
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(left, op, right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return rf"\lnot {_inside(operand, _NOT)}", _NOT
        case ast.UnaryOp(op=op, operand=operand):
            minus = "-" if isinstance(op, ast.USub) else "+"
            return minus + _inside(operand, _PRODUCT), _SIGN
        case ast.BoolOp(op=op, values=values):
            strength = _AND if isinstance(op, ast.And) else _OR
            return f" {_SIGNS[type(op)]} ".join(_inside(v, strength + 1) for v in values), strength
        case ast.Compare(left=left, ops=ops, comparators=others):
            parts = [_inside(left, _SUM)]
            for sign, other in zip(ops, others, strict=True):
                parts += [_SIGNS[type(sign)], _inside(other, _SUM)]
            return " ".join(parts), _COMPARE
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments), _ATOM
    return rf"\mathtt{{{ast.unparse(tree)}}}", _ATOM


def _binary(left: ast.expr, op: ast.operator, right: ast.expr) -> tuple[str, int]:
    match op:
        case ast.Add():
            return f"{_inside(left, _SUM)} + {_inside(right, _SUM)}", _SUM
        case ast.Sub():
            return f"{_inside(left, _SUM)} - {_inside(right, _PRODUCT)}", _SUM
        case ast.Mult():
            return rf"{_inside(left, _PRODUCT)} \, {_inside(right, _SIGN)}", _PRODUCT
        case ast.Div():
            return rf"\frac{{{latex(left)}}}{{{latex(right)}}}", _PRODUCT
        case ast.Pow():
            return f"{{{_inside(left, _ATOM)}}}^{{{latex(right)}}}", _POWER
        case ast.FloorDiv():
            return rf"\left\lfloor \frac{{{latex(left)}}}{{{latex(right)}}} \right\rfloor", _ATOM
    sign = _SIGNS[type(op)]
    return f"{_inside(left, _PRODUCT)} {sign} {_inside(right, _SIGN)}", _PRODUCT


def _call(name: str, arguments: Iterable[ast.expr]) -> str:
    given = [latex(argument) for argument in arguments]
    if name == "sqrt":
        return rf"\sqrt{{{given[0]}}}"
    if name == "abs":
        return rf"\left|{given[0]}\right|"
    called = f"\\{name}" if name in _FUNCTIONS else symbol(name)
    return rf"{called}\left({', '.join(given)}\right)"


def _number(value: float) -> tuple[str, int]:
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    if "e" not in text:
        return text, _ATOM
    digits, power = text.split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}", _PRODUCT
