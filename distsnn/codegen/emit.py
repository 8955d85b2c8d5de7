"""Code for numba from checked expressions: the only place where they become text."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from distsnn.language.functions import CONSTANTS, FUNCTIONS, LARGEST_PRODUCT, RELAX
from distsnn.language.syntax import is_boolean, names_in
from distsnn.language.unit_names import UNITS

# What generated code imports for `FUNCTIONS`.
IMPORTS = """\
import math

from distsnn.kernels.arithmetic.exponential import exp, expm1, exprel, tanh
from distsnn.kernels.expression_functions import (
    ceil, clip, draw_normal, draw_uniform, floor, relax, sign, timed_value, timed_value_2d,
    timestep, whole)
from distsnn.kernels.arithmetic.logarithm import log, log1p
"""

# And for those that draw numbers, where it has them.
DRAWN_NUMBERS = """\
from distsnn.kernels.draws.quantiles import (
    binomial_number, exponential_number, gamma_number, poisson_number)
"""

Resolve = Callable[[str], str]
EmitCall = Callable[[ast.Call, list[str]], str]


def emit(node: ast.expr, resolve: Resolve, call: EmitCall | None = None) -> str:
    """Code of an expression.

    Parameters
    ----------
    node : ast.expr
        A checked expression.
    resolve : callable
        From a name to its code, for instance ``v`` to ``v_[lid]``; not asked for units and
        constants such as pi, which become numbers.
    call : callable, optional
        Code of a call of what is not in `FUNCTIONS` (random numbers, TimedArrays), from the node
        and the code of its arguments.
    """

    def of(inner: ast.expr) -> str:
        return emit(inner, resolve, call)

    match node:
        case ast.Constant(value=value):
            return repr(value)
        case ast.Name(id=name):
            return _name(name, resolve)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"(not {_truth(operand, of)})"
        case ast.UnaryOp(op=op, operand=operand):
            return f"({'-' if isinstance(op, ast.USub) else '+'}{of(operand)})"
        case ast.BoolOp(op=op, values=values):
            # Without branches, so that the loop can be vectorized.
            sign = " & " if isinstance(op, ast.And) else " | "
            return "(" + sign.join(_truth(value, of) for value in values) + ")"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"({of(left)} {_COMPARE[type(op)]} {of(right)})"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(left, right, of)
        case ast.BinOp(left=left, op=op, right=right):
            return f"({of(left)} {_BINARY[type(op)]} {of(right)})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            given = [of(a) for a in arguments]
            if name in FUNCTIONS or name == RELAX:
                code = "relax" if name == RELAX else FUNCTIONS[name].code
                return f"{code}({', '.join(given)})"
            assert call is not None
            return call(node, given)
    raise TypeError(ast.dump(node))


def emit_condition(node: ast.expr, resolve: Resolve, call: EmitCall | None = None) -> str:
    """Code of whether an expression is true, or not 0."""
    return _truth(node, lambda inner: emit(inner, resolve, call))


def names_asked(node: ast.expr) -> list[str]:
    """The names of an expression whose code `emit` asks for, in order of appearance."""
    return [name for name in names_in(node) if name not in UNITS and name not in CONSTANTS]


_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}


def _truth(node: ast.expr, of: Callable[[ast.expr], str]) -> str:
    return of(node) if is_boolean(node) else f"({of(node)} != 0)"


def _name(name: str, resolve: Resolve) -> str:
    if name in UNITS:
        return repr(UNITS[name].value)
    if name in CONSTANTS:
        value = CONSTANTS[name]
        return "np.inf" if value == float("inf") else repr(value)
    return resolve(name)


def _power(base: ast.expr, exponent: ast.expr, of: Callable[[ast.expr], str]) -> str:
    if isinstance(exponent, ast.Constant):
        value: Any = exponent.value
        if float(value).is_integer() and 1 <= value <= LARGEST_PRODUCT:
            return f"({of(base)} ** {int(value)})"
        if value == 0.5:
            return f"math.sqrt({of(base)})"
    # Floats, because a whole number to a negative power is none.
    return f"(np.float64({of(base)}) ** np.float64({of(exponent)}))"
