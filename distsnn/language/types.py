"""Types of expressions, and what a variable of a type makes of a value.

As in Brian 2, and in C, an ``: integer`` variable keeps the whole part of what it is given (-0.7
gives 0), and a ``: boolean`` one whether it is not 0. Both are stored as float64, in which every
whole number up to `MOST_WHOLE` is exact.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from distsnn.errors import ParameterError
from distsnn.language.symbols import SymbolTable

FLOAT, INTEGER, BOOLEAN = "float", "integer", "boolean"
MOST_WHOLE = 2**53
#: Types in which values of variables are read.
DTYPES: dict[str, type] = {FLOAT: np.float64, INTEGER: np.int64, BOOLEAN: np.bool_}
_WHOLE_FUNCTIONS = frozenset({"int", "floor", "ceil", "sign", "timestep", "poisson", "binomial"})
_SAME_TYPE_FUNCTIONS = frozenset({"abs", "clip"})


def type_of(tree: ast.expr, type_of_name: Callable[[str], str]) -> str:
    """Type of an expression: ``"float"``, ``"integer"`` or ``"boolean"``.

    Parameters
    ----------
    tree : ast.expr
        A checked expression.
    type_of_name : callable
        From a name to its type.
    """

    def whole(*parts: ast.expr) -> str:
        return INTEGER if all(type_of(p, type_of_name) != FLOAT for p in parts) else FLOAT

    match tree:
        case ast.Constant(value=bool()) | ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return BOOLEAN
        case ast.Constant(value=int()):
            return INTEGER
        case ast.Name(id=name):
            return type_of_name(name)
        case ast.UnaryOp(operand=operand):
            return whole(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(exponent))):
            return whole(left) if exponent >= 0 else FLOAT
        case ast.BinOp(op=ast.Div() | ast.Pow()):
            return FLOAT
        case ast.BinOp(left=left, right=right):
            return whole(left, right)
        case ast.Call(func=ast.Name(id=name)) if name in _WHOLE_FUNCTIONS:
            return INTEGER
        case ast.Call(func=ast.Name(id=name), args=given) if name in _SAME_TYPE_FUNCTIONS:
            return whole(*given)
    return FLOAT


def as_type(tree: ast.expr, wanted: str, symbols: SymbolTable) -> ast.expr:
    """`tree` as a variable of the type `wanted` gives it."""
    if wanted == FLOAT:
        return tree
    found = type_of(tree, lambda name: symbols[name].type)
    if wanted == INTEGER:
        return tree if found != FLOAT else _whole(tree)
    return tree if found == BOOLEAN else ast.Compare(tree, [ast.NotEq()], [ast.Constant(0)])


def as_stored(tree: ast.expr, wanted: str, symbols: SymbolTable) -> ast.expr:
    """`tree` as a variable of the type `wanted` stores it: booleans are 0 or 1."""
    typed = as_type(tree, wanted, symbols)
    return _whole(typed) if wanted == BOOLEAN else typed


def stored_values(where: str, variable: str, values: np.ndarray, wanted: str) -> np.ndarray:
    """`values` (float64, any shape) as a variable of the type `wanted` stores them.

    Raises ParameterError if an integer variable would be given what is no number or beyond
    `MOST_WHOLE`.
    """
    if wanted == FLOAT:
        return values
    _check_whole(where, variable, values)
    return (values != 0) * 1.0 if wanted == BOOLEAN else np.trunc(values) + 0.0


def read_values(where: str, variable: str, values: np.ndarray, wanted: str) -> np.ndarray:
    """Stored `values` (float64, any shape) in the type in which they are read.

    Raises ParameterError if an integer variable has become what is no number or beyond
    `MOST_WHOLE`.
    """
    if wanted != FLOAT:
        _check_whole(where, variable, values)
    return values.astype(DTYPES[wanted], copy=False)


def _check_whole(where: str, variable: str, values: np.ndarray) -> None:
    good = np.abs(values) <= MOST_WHOLE
    if not np.all(good):
        bad = np.asarray(values)[~good].ravel()[0]
        raise ParameterError(
            where,
            f"a value of {variable} is {bad:g}",
            f"{variable} is declared as integer or boolean; such values are finite, and exact up "
            "to 2**53",
            "look for what makes it so large or not a number, or declare it without type, ': 1'",
            name=variable,
            value=float(bad),
        )


def _whole(tree: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("int", ast.Load()), [tree], [])
