"""Names in expressions over pairs of neurons: ``i j N_pre N_post x_pre x_post``."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from distsnn.language import dimensions as dim
from distsnn.language.functions import FUNCTIONS
from distsnn.language.objects.group_variables import GroupVariables
from distsnn.language.symbols import PARAMETER, SPECIAL, Symbol, SymbolTable

INDICES = ("i", "j", "N_pre", "N_post")


def pair_symbols(source: GroupVariables, target: GroupVariables, variable: str = "") -> SymbolTable:
    """Names of an expression over pairs; `variable` is the running one of a generator."""
    own: dict[str, Symbol] = {}
    for members, ending in ((source, "_pre"), (target, "_post")):
        for name, symbol in members.symbols.items():
            own[name + ending] = Symbol(name + ending, PARAMETER, symbol.dimension, symbol.type)
    # As in Brian 2, a name without ending is the target's.
    for name, symbol in target.symbols.items():
        own.setdefault(name, Symbol(name, PARAMETER, symbol.dimension, symbol.type))
    for name in (*INDICES, *([variable] if variable else [])):
        own[name] = Symbol(name, SPECIAL, dim.ONE, "integer")
    return SymbolTable(own)


def member_of(name: str, symbols: SymbolTable) -> tuple[str, str] | None:
    """Side (``"pre"``, ``"post"``) and name of the variable that `name` stands for, if any."""
    if name not in symbols.own or symbols.own[name].kind != PARAMETER:
        return None
    for side in ("pre", "post"):
        if name.endswith(f"_{side}"):
            return side, name.removesuffix(f"_{side}")
    return "post", name


def is_whole(node: ast.expr, symbols: SymbolTable, numbers: Mapping[str, float]) -> bool:
    """Whether an expression is a whole number by its form; `numbers` are those from outside."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.Name(id=name):
            known = symbols.own.get(name)
            if known is not None:
                return known.type in {"integer", "boolean"}
            # Of a name that is not known there will be an error of its own.
            return float(numbers.get(name, 0)).is_integer()
        case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare():
            return True
        case ast.UnaryOp(operand=operand):
            return is_whole(operand, symbols, numbers)
        case ast.BinOp(left=left, op=op, right=right):
            return (
                not isinstance(op, ast.Div)
                and is_whole(left, symbols, numbers)
                and is_whole(right, symbols, numbers)
            )
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name in {"int", "floor", "ceil", "timestep", "sign"}:
                return True
            return (
                name in FUNCTIONS
                and FUNCTIONS[name].dimensions == "same"
                and all(is_whole(a, symbols, numbers) for a in arguments)
            )
    return False
