"""Checked syntax trees of expressions and statements. Text is never executed as Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import Any, TypeVar

from distsnn.describe.checks.trees import syntax_tree
from distsnn.errors import ExpressionSyntaxError
from distsnn.language.functions import DRAWING, FUNCTIONS, RANDOM
from distsnn.language.number_limits import check_constants
from distsnn.language.source_location import SourceLocation

T = TypeVar("T", bound=ast.AST)

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ALLOWED = (
    "an expression has numbers, names, + - * / // % **, comparisons, and or not, and "
    "calls of functions"
)
_SUGGESTIONS: dict[type, tuple[str, str]] = {
    ast.IfExp: ("a choice with if and else", "multiply with int(condition) instead"),
    ast.Subscript: ("an index in brackets", "neurons are reached one at a time; leave it out"),
    ast.Attribute: ("an attribute", "give the value a name of its own outside the expression"),
    ast.Lambda: ("a function definition", "leave it out"),
}
_ASSIGNMENT = re.compile(r"^\s*([A-Za-z_]\w*)\s*(\+|-|\*\*|\*|//|/|%)?=(?!=)\s*(.*)$", re.DOTALL)
# Python's compiler takes 200 nested parentheses, and some come around every expression.
_MOST_LEVELS = 160
_INDEXED = re.compile(r"^\s*[A-Za-z_]\w*\s*\[")


@dataclass(frozen=True)
class Statement:
    """An assignment ``target = expression`` or ``target <operator>= expression``.

    Attributes
    ----------
    target : str
    operator : str
        ``""``, ``"+"``, ``"-"``, ``"*"``, ``"/"``, ...
    expression : ast.expr
        The checked right side.
    location : SourceLocation
    """

    target: str
    operator: str
    expression: ast.expr
    location: SourceLocation

    @property
    def value(self) -> ast.expr:
        """The expression assigned in the end: of ``x += a`` it is ``x + a``."""
        if not self.operator:
            return self.expression
        operator = syntax_tree(f"a {self.operator} b")
        assert isinstance(operator, ast.BinOp)
        return ast.BinOp(ast.Name(self.target, ast.Load()), operator.op, self.expression)


def parse_expression(text: str, location: SourceLocation) -> ast.expr:
    """The checked syntax tree of an expression.

    Raises EquationError if it is no expression, or has something that is not allowed.

    Parameters
    ----------
    text : str
        On one line; columns of its nodes count from its first character.
    location : SourceLocation
        For errors; its offset says where `text` begins in it.
    """
    if not text.strip():
        raise location.error("an expression is missing", _ALLOWED, "complete it")
    indent = len(text) - len(text.lstrip())
    try:
        tree = syntax_tree(text.strip())
    except SyntaxError as error:
        at = replaced(location, offset=location.offset + indent + max(0, (error.offset or 1) - 1))
        # What the expression has behind the place says more than Python's own message.
        marker = ast.Name("", ast.Load(), col_offset=0)
        what = f"syntax error: {error.msg}"
        raise at.error_of(ExpressionSyntaxError, what, _ALLOWED, "correct it", marker) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise location.error(f"this cannot be read ({error})", _ALLOWED, "correct it") from None
    for node in ast.walk(tree):
        if hasattr(node, "col_offset"):
            node.col_offset += indent
    _check_depth(tree, location)
    _check(tree, location)
    check_constants(tree, location)
    _let_draw(tree)
    return tree


def parse_statements(text: str, owner: str, kind: str) -> tuple[Statement, ...]:
    """The checked statements of an expression, separated by new lines or semicolons.

    Raises EquationError if one is no assignment, or its expression is not allowed.
    """
    found = []
    for number, line in _logical_lines(text):
        for part in line.split(";"):
            if not part.strip():
                continue
            location = SourceLocation(owner, kind, part.strip(), number)
            match = _ASSIGNMENT.match(part.strip())
            if match is None:
                what = (
                    "values at an index cannot be assigned"
                    if _INDEXED.match(part)
                    else "this is no assignment"
                )
                raise location.error(
                    what, "a statement is name = expression, or with += -= *= /=", "correct it"
                )
            target, operator, expression = match.groups()
            inner = replaced(location, offset=match.start(3))
            found.append(
                Statement(target, operator or "", parse_expression(expression, inner), inner)
            )
    return tuple(found)


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Lines without comments; a line goes on after a backslash or within parentheses."""
    pending, first = "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.split("#", 1)[0].rstrip()
        first = first if pending else number
        goes_on = line.endswith("\\")
        pending += (" " if pending else "") + (line[:-1] if goes_on else line).strip()
        if not goes_on and pending.count("(") <= pending.count(")"):
            if pending:
                yield first, pending
            pending = ""
    if pending:
        yield first, pending


def names_in(tree: ast.AST) -> list[str]:
    """Names an expression refers to (not those it calls), level by level."""
    found, nodes = dict[str, None](), [tree]
    # Networks of many synapses look through trees ten thousand times, in half of `ast.walk`'s time.
    for node in nodes:
        if isinstance(node, ast.Name):
            found[node.id] = None
            continue
        for name, value in vars(node).items():
            if isinstance(value, list):
                nodes += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST) and not (
                name == "func" and isinstance(value, ast.Name)
            ):
                nodes.append(value)
    return list(found)


def copied(tree: T) -> T:
    """A copy of a tree, in a tenth of the time of ``copy.deepcopy``."""
    made = type(tree)()
    for name, value in vars(tree).items():
        part: Any = value
        if isinstance(value, ast.AST):
            part = copied(value)
        elif isinstance(value, list):
            part = [copied(one) if isinstance(one, ast.AST) else one for one in value]
        setattr(made, name, part)
    return made


def substitute(tree: ast.expr, by: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of `tree` with names replaced by expressions; functions keep their names."""
    result: ast.expr = _Substitution(by).visit(copied(tree))
    return result


class _Substitution(ast.NodeTransformer):
    def __init__(self, by: Mapping[str, ast.expr]) -> None:
        self.by = by

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.by.get(node.id, node)
        if isinstance(found, ast.Name):
            return ast.copy_location(ast.Name(found.id, ast.Load()), node)
        return found


def is_boolean(node: ast.expr) -> bool:
    """Whether an expression gives true or false by its form."""
    return (
        isinstance(node, ast.Compare | ast.BoolOp)
        or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
        or (isinstance(node, ast.Constant) and isinstance(node.value, bool))
        or (isinstance(node, ast.Name) and node.id in {"True", "False", "not_refractory"})
    )


def calls_in(tree: ast.AST) -> list[str]:
    """Names of the functions an expression calls, in order of appearance."""
    found = [
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    return list(dict.fromkeys(found))


def _check_depth(tree: ast.expr, location: SourceLocation) -> None:
    """Raise if the expression has more levels than compilers take."""
    level: list[ast.AST] = [tree]
    for _ in range(_MOST_LEVELS):
        level = [part for node in level for part in ast.iter_child_nodes(node)]
        if not level:
            return
    raise location.error(
        f"there are more than {_MOST_LEVELS} operations within one another",
        "a sum has one for each term",
        "shorten it",
    )


def _check(node: ast.expr, location: SourceLocation) -> None:
    match node:
        case ast.Constant(value=value):
            if not isinstance(value, bool | int | float):
                raise location.error(f"{value!r} is not a number", _ALLOWED, "correct it", node)
        case ast.Name(id=name):
            _check_first_letter(name, node, location)
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
            _check(left, location)
            _check(right, location)
        case ast.UnaryOp(op=op, operand=operand) if not isinstance(op, ast.Invert):
            _check(operand, location)
        case ast.BoolOp(values=values):
            for part in values:
                _check(part, location)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _COMPARISONS):
            _check(left, location)
            _check(right, location)
        case ast.Compare(ops=[_, _, *_]):
            raise location.error(
                "a chain of comparisons",
                "two sides are compared at a time",
                "write a < b and b < c",
                node,
            )
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            _check_call(name, arguments, node, location)
        case _:
            what, advice = _SUGGESTIONS.get(
                type(node), (f"{ast.unparse(node)!r} is not allowed here", "leave it out")
            )
            raise location.error(what, _ALLOWED, advice, node)


def _let_draw(tree: ast.expr) -> None:
    """Give functions that draw the uniform number that they are made of."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=arguments) if (
                name in DRAWING and len(arguments) < FUNCTIONS[name].n_arguments
            ):
                rand = ast.Call(ast.Name("rand", ast.Load()), [], [])
                arguments.append(ast.fix_missing_locations(ast.copy_location(rand, node)))


def _check_first_letter(name: str, node: ast.expr, location: SourceLocation) -> None:
    if name.startswith("_"):
        raise location.error(
            f"{name!r} begins with an underscore", "such names are internal", "rename it", node
        )


def _check_call(
    name: str, arguments: list[ast.expr], node: ast.expr, location: SourceLocation
) -> None:
    _check_first_letter(name, node, location)
    function = FUNCTIONS.get(name)
    # Of other names it is known later whether they are TimedArrays, which take 1 or 2.
    takes = (0,) if name in RANDOM else (function.n_arguments,) if function else (1, 2)
    if name in DRAWING:
        takes = (takes[0] - 1, *takes)
    if len(arguments) not in takes:
        raise location.error(
            f"{name}() is called with {len(arguments)} arguments",
            f"it takes {takes[0] if name in DRAWING else ' or '.join(map(str, takes))}",
            "correct it",
            node,
        )
    for argument in arguments:
        if isinstance(argument, ast.Starred):
            raise location.error("a starred argument", _ALLOWED, "leave it out", argument)
        _check(argument, location)
