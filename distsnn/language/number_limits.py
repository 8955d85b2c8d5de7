"""Numbers in expressions that no computer holds, such as ``10**10**10``.

They are refused as they are read: whoever folds constants later would compute them digit by digit.
"""

from __future__ import annotations

import ast
import math

from distsnn.language.source_location import SourceLocation

# Of whole numbers as networks store them.
_MOST_BITS = 63
_ALLOWED = "whole numbers are below 2**63, others below 1.8e308 or inf"


def check_constants(tree: ast.expr, location: SourceLocation) -> None:
    """Check what an expression's parts without names are.

    Raises EquationError if one is too large to be stored, or so small a fraction of whole numbers.

    Parameters
    ----------
    tree : ast.expr
        With nothing but what `distsnn.language.syntax` allows.
    location : SourceLocation
        For errors.
    """
    _value(tree, location)


def _value(node: ast.expr, location: SourceLocation) -> int | float | None:
    """The number that an expression is; None if it depends on names, or is none."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return _checked(value, node, location)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
            inner = _value(operand, location)
            return inner if inner is None or isinstance(op, ast.UAdd) else -inner
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left, location), _value(right, location)
            if a is None or b is None:
                return None
            return _combined(a, op, b, node, location)
        case _:
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    _value(part, location)
    return None


def _combined(
    a: int | float, op: ast.operator, b: int | float, node: ast.expr, location: SourceLocation
) -> int | float | None:
    if isinstance(op, ast.Pow):
        # Also of fractions, which would be kept as whole numbers over whole numbers.
        bits = abs(b) * abs(math.log2(abs(a))) if a else 0.0
        if isinstance(a, int) and isinstance(b, int) and bits > _MOST_BITS:
            raise _too_large(node, location)
    try:
        match op:
            case ast.Add():
                value = a + b
            case ast.Sub():
                value = a - b
            case ast.Mult():
                value = a * b
            case ast.Div():
                value = a / b
            case ast.FloorDiv():
                value = a // b
            case ast.Mod():
                value = a % b
            case _:
                value = a**b
    except OverflowError:
        raise _too_large(node, location) from None
    except ZeroDivisionError:
        # Infinite or not a number, as everywhere.
        return None
    # The root of a negative number.
    return None if isinstance(value, complex) else _checked(value, node, location)


def _checked(value: int | float, node: ast.expr, location: SourceLocation) -> int | float:
    large = value.bit_length() > _MOST_BITS if isinstance(value, int) else math.isinf(value)
    if large:
        raise _too_large(node, location)
    return value


def _too_large(node: ast.expr, location: SourceLocation) -> Exception:
    return location.error(
        "this number is too large", _ALLOWED, "correct it, or write it with a decimal point", node
    )
