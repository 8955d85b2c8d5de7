"""Values of expressions in numpy: coefficients, initial values, values set by expressions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from distsnn.language.functions import CONSTANTS, FUNCTIONS
from distsnn.language.unit_names import UNITS

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.true_divide,
    ast.Pow: np.power,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
}
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
Call = Callable[[ast.Call, list[Any]], Any]


def evaluate(node: ast.expr, values: Mapping[str, Any], call: Call | None = None) -> Any:
    """The value of a checked expression.

    Parameters
    ----------
    values : mapping of str to number or array
        Values of names; units and constants such as pi need none.
    call : callable, optional
        Called with the node and the values of its arguments for functions that are not in
        `FUNCTIONS`: random numbers and TimedArrays.
    """
    match node:
        case ast.Constant(value=value):
            return (
                float(value)
                if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53
                else value
            )
        case ast.Name(id=name):
            if name in values:
                return values[name]
            return UNITS[name].value if name in UNITS else CONSTANTS[name]
        case ast.UnaryOp(op=op, operand=operand):
            value = evaluate(operand, values, call)
            if isinstance(op, ast.Not):
                return np.logical_not(value)
            return -_number(value) if isinstance(op, ast.USub) else value
        case ast.BoolOp(op=op, values=parts):
            joined = np.logical_and if isinstance(op, ast.And) else np.logical_or
            value = evaluate(parts[0], values, call)
            for part in parts[1:]:
                value = joined(value, evaluate(part, values, call))
            return value
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _COMPARE[type(op)](evaluate(left, values, call), evaluate(right, values, call))
        case ast.BinOp(left=left, op=op, right=right):
            return _operation(op, evaluate(left, values, call), evaluate(right, values, call))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            given = [evaluate(a, values, call) for a in arguments]
            if name in FUNCTIONS:
                return FUNCTIONS[name].evaluate(*given)
            assert call is not None
            return call(node, given)
    raise TypeError(ast.dump(node))


def _operation(op: ast.operator, left: Any, right: Any) -> Any:
    left, right = _number(left), _number(right)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if isinstance(op, ast.Pow):
            # numpy refuses negative powers of whole numbers.
            return np.power(np.asarray(left, dtype=np.float64), right)
        return _BINARY[type(op)](left, right)


def _number(value: Any) -> Any:
    return np.asarray(value).astype(np.int64) if np.asarray(value).dtype.kind == "b" else value
