"""Generators of indices as a string, such as ``k for k in range(i-3, i+4) if i != k``."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

from distsnn.describe.checks.trees import syntax_tree
from distsnn.errors import ExpressionSyntaxError
from distsnn.language.functions import CONSTANTS, FUNCTIONS, RANDOM, YIELDING
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import parse_expression
from distsnn.language.unit_names import UNITS

_ALLOWED = (
    "a generator is an expression such as i+1, or expression for name in range(...) or "
    "sample(...), each with or without if condition"
)
_FOR = re.compile(r"\bfor\b")
_IF = re.compile(r"\bif\b")
ZERO, ONE, TRUE = ast.Constant(0), ast.Constant(1), ast.Constant(True)


@dataclass(frozen=True)
class PlacedExpression:
    """One expression of a generator, and where it stands."""

    tree: ast.expr
    location: SourceLocation


@dataclass(frozen=True)
class Generator:
    """The parts of a generator.

    Attributes
    ----------
    element, low, high, step, condition : PlacedExpression
    variable : str
        Name of the running variable; empty without one.
    share, size : PlacedExpression or None
        What ``sample`` is given as ``p=`` or ``size=``.
    """

    element: PlacedExpression
    variable: str
    low: PlacedExpression
    high: PlacedExpression
    step: PlacedExpression
    condition: PlacedExpression
    share: PlacedExpression | None = None
    size: PlacedExpression | None = None


def parse_generator(text: str, location: SourceLocation, own: tuple[str, ...]) -> Generator:
    """Parse a generator.

    Raises EquationError if it is none.

    Parameters
    ----------
    text : str
        On one line.
    location : SourceLocation
        For errors.
    own : tuple of str
        Names that the running variable cannot have.
    """
    if not _FOR.search(text):
        return _single(text, location)
    try:
        tree = syntax_tree(f"[{text}]")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # Columns count from the bracket in front.
        marker = ast.Name("", ast.Load(), col_offset=max(0, (getattr(error, "offset", 2) or 2) - 2))
        what = f"syntax error: {getattr(error, 'msg', error)}"
        raise location.error_of(
            ExpressionSyntaxError, what, _ALLOWED, "correct it", marker
        ) from None
    if not isinstance(tree, ast.ListComp):
        raise location.error("this is no generator", _ALLOWED, "correct it")
    if len(tree.generators) != 1:
        raise location.error("a generator with more than one for", _ALLOWED, "leave one")
    loop = tree.generators[0]
    if not isinstance(loop.target, ast.Name):
        raise location.error("a generator that does not run over one name", _ALLOWED, "correct it")
    if len(loop.ifs) > 1:
        raise location.error("a generator with more than one if", _ALLOWED, "join them with and")
    variable = loop.target.id
    if (
        variable in own
        or variable in UNITS
        or variable in CONSTANTS
        or variable in FUNCTIONS.keys() - YIELDING
        or variable in RANDOM
    ):
        raise location.error(
            f"{variable!r} runs, but has a meaning of its own",
            "the running variable has another name",
            "rename it",
            name=variable,
        )

    def part(node: ast.expr) -> PlacedExpression:
        assert node.end_col_offset is not None
        inner = replace(location, offset=location.offset + node.col_offset - 1)
        return PlacedExpression(
            parse_expression(text[node.col_offset - 1 : node.end_col_offset - 1], inner), inner
        )

    low, high, step, share, size = _iterator(loop.iter, location, part)
    condition = part(loop.ifs[0]) if loop.ifs else PlacedExpression(TRUE, location)
    return Generator(part(tree.elt), variable, low, high, step, condition, share, size)


def _single(text: str, location: SourceLocation) -> Generator:
    pieces = _IF.split(text)
    if len(pieces) > 2:
        raise location.error("more than one if", _ALLOWED, "join them with and")
    condition = PlacedExpression(TRUE, location)
    if len(pieces) == 2:
        inner = replace(location, offset=location.offset + len(pieces[0]) + 2)
        condition = PlacedExpression(parse_expression(pieces[1], inner), inner)
    return Generator(
        PlacedExpression(parse_expression(pieces[0], location), location),
        "",
        PlacedExpression(ZERO, location),
        PlacedExpression(ONE, location),
        PlacedExpression(ONE, location),
        condition,
    )


def _iterator(node: ast.expr, location: SourceLocation, part):  # type: ignore[no-untyped-def]  # a closure
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Name)
        or node.func.id not in {"range", "sample"}
    ):
        raise location.error(
            f"a generator runs over {ast.unparse(node)!r}",
            "it runs over range(...) or sample(...)",
            "correct it",
        )
    name, given = node.func.id, {k.arg: k.value for k in node.keywords}
    if not 1 <= len(node.args) <= 3 or any(isinstance(a, ast.Starred) for a in node.args):
        raise location.error(
            f"{name}() is called with {len(node.args)} indices",
            "it takes high, or low and high, or low, high and step",
            "correct it",
        )
    if set(given) not in ([set()] if name == "range" else [{"p"}, {"size"}]):
        raise location.error(
            f"{name}() is called with {', '.join(f'{k}=' for k in given) or 'no keyword'}",
            "range() takes no keyword" if name == "range" else "sample() takes p= or size=",
            "correct it",
        )
    bounds = [part(a) for a in node.args]
    low, high = (PlacedExpression(ZERO, location), bounds[0]) if len(bounds) == 1 else bounds[:2]
    step = bounds[2] if len(bounds) == 3 else PlacedExpression(ONE, location)
    return (
        low,
        high,
        step,
        part(given["p"]) if "p" in given else None,
        part(given["size"]) if "size" in given else None,
    )
