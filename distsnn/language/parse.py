"""Equations of a model of equations, in the dialect of Brian 2."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

from distsnn.errors import ExpressionSyntaxError, nearest_first
from distsnn.language.dimensions import Dimension
from distsnn.language.functions import CONSTANTS, FUNCTIONS, RANDOM, YIELDING
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import parse_expression
from distsnn.language.unit_names import UNITS, parse_unit

DIFFERENTIAL, SUBEXPRESSION, PARAMETER = "differential equation", "subexpression", "parameter"
_RESERVED = {"t", "dt", "t_in_timesteps", "i", "j", "N", "xi", "lastspike", "not_refractory"}
_DIFFERENTIAL = re.compile(r"^d\s*([A-Za-z_]\w*)\s*/\s*dt\s*=", re.DOTALL)
_SUBEXPRESSION = re.compile(r"^([A-Za-z_]\w*)\s*=", re.DOTALL)
_NAMES = re.compile(r"^([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*$")
_BEHIND = re.compile(r"^([^()]*(?:\([^()]*\)[^()]*)*?)\s*(?:\(([A-Za-z][\w\s,-]*)\))?\s*$")
LINKED = "linked"


@dataclass(frozen=True)
class Equation:
    """One line of a model.

    Attributes
    ----------
    kind : str
        `DIFFERENTIAL`, `SUBEXPRESSION` or `PARAMETER`.
    name : str
        The variable.
    expression : ast.expr or None
        The checked right side; None for a parameter.
    dimension : Dimension
    type : str
        ``"float"``, ``"integer"`` or ``"boolean"``.
    unit : str
        The unit as written.
    flags : frozenset of str
    location : SourceLocation
    """

    kind: str
    name: str
    expression: ast.expr | None
    dimension: Dimension
    type: str
    unit: str
    flags: frozenset[str]
    location: SourceLocation


def parse_equations(
    text: str, owner: str, flags: dict[str, frozenset[str]] | None, kind: str = "equation"
) -> dict[str, Equation]:
    """The equations of an expression by variable, in order.

    Raises EquationError if something is no equation, or a variable is defined twice.

    Parameters
    ----------
    text : str
        An equation may go on over several lines, until its colon; ``#`` begins a comment.
    owner : str
        Name of the object, for errors.
    flags : dict of str to frozenset of str
        The flags that each kind of equation may have; None for any.
    kind : str
        What messages call an equation.
    """
    found: dict[str, Equation] = {}
    for line, statement in _split(text, owner):
        for equation in _equation(statement, SourceLocation(owner, kind, statement, line), flags):
            if equation.name in found:
                raise equation.location.error(
                    f"{equation.name!r} is defined twice, first in line "
                    f"{found[equation.name].location.line}",
                    "each variable has one equation",
                    "rename one of them",
                    name=equation.name,
                )
            found[equation.name] = equation
    return found


def _split(text: str, owner: str) -> Iterable[tuple[int, str]]:
    pending, first = "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.split("#", 1)[0].strip().removesuffix("\\").strip()
        if not line:
            continue
        if not pending:
            first = number
        pending = f"{pending} {line}" if pending else line
        if ":" in line:
            yield first, pending
            pending = ""
    if pending:
        raise SourceLocation(owner, "equation", pending, first).error(
            "the unit is missing",
            "an equation is written dx/dt = ... : unit, x = ... : unit or x : unit",
            "add a colon and the unit",
        )


def _equation(
    text: str, location: SourceLocation, flags: dict[str, frozenset[str]] | None
) -> list[Equation]:
    left, _, behind = text.partition(":")
    differential, sub = _DIFFERENTIAL.match(left), _SUBEXPRESSION.match(left)
    if differential is None and sub is None and not _NAMES.match(left):
        raise location.error(
            "this is no equation",
            "an equation is written dx/dt = ... : unit, x = ... : unit or x : unit",
            "correct it",
        )
    match = differential or sub
    kind = DIFFERENTIAL if differential else SUBEXPRESSION if sub else PARAMETER
    names = [match.group(1)] if match else [n.strip() for n in left.split(",")]
    parts = _BEHIND.match(behind)
    unit, flag_text = (parts.group(1), parts.group(2)) if parts else (behind, None)
    given = frozenset(" ".join(f.split()) for f in (flag_text or "").split(",") if f.strip())
    for name in names:
        check_name(name, location, summed="summed" in given)
    if flags is not None:
        _check_flags(given, flags[kind], kind, location)
    dimension, kind_of_value = parse_unit(unit, location)
    if kind == DIFFERENTIAL and kind_of_value != "float":
        raise location.error(
            f"a {kind_of_value} variable has a differential equation",
            "such variables are numbers with a unit",
            "correct the unit",
        )
    expression = None
    if match is not None:
        offset = match.end() + len(left[match.end() :]) - len(left[match.end() :].lstrip())
        inner = SourceLocation(location.owner, location.kind, location.text, location.line, offset)
        expression, location = parse_expression(left[match.end() :].strip(), inner), inner
    return [
        Equation(kind, name, expression, dimension, kind_of_value, unit.strip(), given, location)
        for name in names
    ]


def check_name(name: str, location: SourceLocation, summed: bool = False) -> None:
    """Raise if a variable cannot have this name."""
    why = None
    # Synapses alone have a target.
    other = name == "j" and location.kind != "synaptic equation"
    if (name in _RESERVED and not other) or name.startswith("xi_"):
        why = "has a meaning of its own in equations"
    elif name in UNITS:
        why = "is the name of a unit"
    elif name in FUNCTIONS.keys() - YIELDING or name in RANDOM:
        why = "is the name of a function"
    elif name in CONSTANTS:
        why = "is the name of a constant"
    elif keyword.iskeyword(name):
        why = "is a word of Python"
    elif name.startswith("_") or name.endswith("_"):
        why = "begins or ends with an underscore, as internal names do"
    elif name.endswith(("_pre", "_post")) and not summed:
        why = "ends like the variables that synapses reach through _pre and _post"
    if why is not None:
        raise location.error_of(
            ExpressionSyntaxError,
            f"{name!r} {why}",
            "variables have other names",
            "rename it",
            None,
            name=name,
        )


def _check_flags(
    given: frozenset[str], allowed: frozenset[str], kind: str, location: SourceLocation
) -> None:
    if LINKED in given and len(given) > 1:
        raise location.error(
            f"the flag ({LINKED}) stands with another one",
            "what a linked variable is, the other group says",
            "leave the other flag out",
        )
    for flag in sorted(given - allowed):
        near = nearest_first(flag, allowed)
        raise location.error(
            f"unknown flag ({flag})",
            f"flags of a {kind} are {', '.join(near) or 'none'}",
            f"did you mean ({near[0]})?" if near else "leave it out",
            flag=flag,
        )
