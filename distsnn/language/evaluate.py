"""Values of expressions in numpy: coefficients, initial values, values set by expressions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from distsnn.kernels.arithmetic.elementwise import power, whole_power
from distsnn.language.functions import CONSTANTS, FUNCTIONS, LARGEST_PRODUCT
from distsnn.language.unit_names import UNITS

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.true_divide,
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
# Types of values that are numbers already.
_NUMBERS = frozenset({float, int, np.float64, np.int64})
Call = Callable[[ast.Call, list[Any]], Any]
# From values of names, and what is called for functions, to the value of an expression.
Evaluator = Callable[[Mapping[str, Any], Call | None], Any]


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
    return evaluator(node)(values, call)


def evaluator(node: ast.expr) -> Evaluator:
    """A function that computes a checked expression, as `evaluate`, again and again."""
    match node:
        case ast.Constant(value=value):
            constant: Any = value
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
                constant = float(value)
            return lambda _values, _call: constant
        case ast.Name(id=name):
            return _naming(name)
        case ast.UnaryOp(op=op, operand=operand):
            of = evaluator(operand)
            if isinstance(op, ast.Not):
                return lambda values, call: np.logical_not(of(values, call))
            if isinstance(op, ast.USub):
                return lambda values, call: -_number(of(values, call))
            return of
        case ast.BoolOp(op=op, values=parts):
            return _joining(np.logical_and if isinstance(op, ast.And) else np.logical_or, parts)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            compare, first, second = _COMPARE[type(op)], evaluator(left), evaluator(right)
            return lambda values, call: compare(first(values, call), second(values, call))
        case ast.BinOp(left=left, op=op, right=right):
            operate = _powers(right) if isinstance(op, ast.Pow) else _BINARY[type(op)]
            return _operating(operate, evaluator(left), evaluator(right))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _calling(node, name, arguments)
    raise TypeError(ast.dump(node))


def _naming(name: str) -> Evaluator:
    def value(values: Mapping[str, Any], _call: Call | None) -> Any:
        if name in values:
            return values[name]
        return UNITS[name].value if name in UNITS else CONSTANTS[name]

    return value


def _operating(
    operate: Callable[[Any, Any], Any], first: Evaluator, second: Evaluator
) -> Evaluator:
    def operated(values: Mapping[str, Any], call: Call | None) -> Any:
        left, right = _number(first(values, call)), _number(second(values, call))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return operate(left, right)

    return operated


def _powers(exponent: ast.expr) -> Callable[[Any, Any], Any]:
    # As `distsnn.codegen.emit` writes them.
    if isinstance(exponent, ast.Constant):
        constant: Any = exponent.value
        if float(constant).is_integer() and 1 <= constant <= LARGEST_PRODUCT:
            return lambda base, _: whole_power(base, int(constant))
        if constant == 0.5:
            return lambda base, _: np.sqrt(np.asarray(base, dtype=np.float64))
    return power


def _joining(join: Callable[[Any, Any], Any], parts: list[ast.expr]) -> Evaluator:
    first, *others = [evaluator(part) for part in parts]

    def joined(values: Mapping[str, Any], call: Call | None) -> Any:
        value = first(values, call)
        for part in others:
            value = join(value, part(values, call))
        return value

    return joined


def _calling(node: ast.Call, name: str, arguments: list[ast.expr]) -> Evaluator:
    parts = [evaluator(argument) for argument in arguments]
    if name in FUNCTIONS:
        function = FUNCTIONS[name].evaluate
        return lambda values, call: function(*[part(values, call) for part in parts])

    def called(values: Mapping[str, Any], call: Call | None) -> Any:
        assert call is not None
        return call(node, [part(values, call) for part in parts])

    return called


def _number(value: Any) -> Any:
    if type(value) in _NUMBERS:
        return value
    return np.asarray(value).astype(np.int64) if np.asarray(value).dtype.kind == "b" else value
