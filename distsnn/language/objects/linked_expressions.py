"""Linked variables that stand for a subexpression of another group: over what it depends on."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from distsnn.language.functions import FUNCTIONS
from distsnn.language.objects.neuron_equations import ParsedNeurons
from distsnn.language.objects.shared_variables import COMMON
from distsnn.language.parse import DIFFERENTIAL, LINKED, SUBEXPRESSION, Equation, parse_equations
from distsnn.language.symbols import CONSTANT, UNIT
from distsnn.language.syntax import calls_in, names_in, substitute


@dataclass(frozen=True)
class LinkedExpression:
    """Equations in which a subexpression has taken the place of a linked variable.

    Attributes
    ----------
    equations : str
    links : mapping of str to str
        For each linked variable that it has brought, the variable of the other group.
    constants : mapping of str to str
        The same for names from outside.
    """

    equations: str
    links: Mapping[str, str]
    constants: Mapping[str, str]


def with_linked_expression(
    equations: str,
    flags: dict[str, frozenset[str]],
    owner: str,
    variable: str,
    theirs: tuple[ParsedNeurons, str],
) -> LinkedExpression:
    """Equations in which the linked `variable` is a subexpression of other ones, `theirs`.

    `flags` are those that equations of their kind can have.

    Raises EquationError if the subexpression has what another group cannot know.
    """
    lines, (parsed, name) = parse_equations(equations, owner, flags), theirs
    tree = parsed.inlined(ast.Name(name, ast.Load()))
    location = parsed.equations[name].location
    links: dict[str, str] = {}
    constants: dict[str, str] = {}
    for used in names_in(tree):
        kind = parsed.symbols[used].kind
        if used in parsed.equations:
            links[f"{variable}_{used}"] = used
        elif kind == CONSTANT:
            constants[f"{variable}_{used}"] = used
        elif kind != UNIT and used not in COMMON - {"N"}:
            raise location.error(
                f"{owner} links {variable} to {name}, which depends on {used}",
                "what is linked depends on variables, numbers and t",
                f"keep {used} in a variable",
                name=used,
            )
    if unknown := [call for call in calls_in(tree) if call not in FUNCTIONS]:
        raise location.error(
            f"{owner} links {variable} to {name}, which calls {unknown[0]}()",
            "what is linked has no random numbers and no TimedArrays",
            "add the flag (constant over dt)",
            name=unknown[0],
        )
    names = {old: ast.Name(new) for new, old in (*links.items(), *constants.items())}
    expression = ast.unparse(substitute(tree, names))
    found = [_line(e) for e in lines.values() if e.name != variable]
    found.append(f"{variable} = {expression} : {lines[variable].unit}")
    found += [f"{new} : {parsed.equations[old].unit} ({LINKED})" for new, old in links.items()]
    return LinkedExpression("\n".join(found), links, constants)


def _line(equation: Equation) -> str:
    """An equation as a string."""
    left = {DIFFERENTIAL: f"d{equation.name}/dt = ", SUBEXPRESSION: f"{equation.name} = "}
    right = "" if equation.expression is None else ast.unparse(equation.expression)
    flags = f" ({', '.join(sorted(equation.flags))})" if equation.flags else ""
    return f"{left.get(equation.kind, equation.name)}{right} : {equation.unit}{flags}"
