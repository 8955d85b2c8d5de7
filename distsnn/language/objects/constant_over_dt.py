"""Subexpressions that are constant over dt: computed once, at the very beginning of a step.

As in Brian 2 they are parameters otherwise: what is read between two steps is the last value, and
what a statement or user writes holds until the next step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from distsnn.errors import ExpressionSyntaxError
from distsnn.language.functions import RANDOM
from distsnn.language.parse import PARAMETER, SUBEXPRESSION, Equation
from distsnn.language.syntax import calls_in, names_in

CONSTANT_OVER_DT = "constant over dt"


def split_refreshed(
    found: Mapping[str, Equation],
) -> tuple[dict[str, Equation], tuple[Equation, ...]]:
    """The equations with parameters in place of what is constant over dt, and that by itself.

    Raises EquationError if a subexpression depends on itself, or has random numbers and is not
    constant over dt.

    Returns
    -------
    dict of str to Equation
    tuple of Equation
        Subexpressions that are constant over dt, each after those that it depends on.
    """
    order = _in_order(found)
    refreshed = tuple(found[name] for name in order if CONSTANT_OVER_DT in found[name].flags)
    names = {equation.name for equation in refreshed}
    for name in order:
        if name not in names:
            _check_not_random(found[name])
    own = {
        name: equation
        if name not in names
        else replace(
            equation,
            kind=PARAMETER,
            expression=None,
            flags=equation.flags - {CONSTANT_OVER_DT},
        )
        for name, equation in found.items()
    }
    return own, refreshed


def _in_order(found: Mapping[str, Equation]) -> list[str]:
    """Names of the subexpressions, each after those that it depends on."""
    done: dict[str, None] = {}
    open_: list[str] = []

    def visit(name: str) -> None:
        equation = found.get(name)
        if equation is None or equation.kind != SUBEXPRESSION or name in done:
            return
        if name in open_:
            raise equation.location.error(
                f"{name!r} depends on itself",
                "a subexpression is computed from other variables",
                "correct the equations",
                name=name,
            )
        open_.append(name)
        for other in names_in(equation.expression) if equation.expression is not None else []:
            visit(other)
        open_.pop()
        done[name] = None

    for name in found:
        visit(name)
    return list(done)


def _check_not_random(equation: Equation) -> None:
    drawn = [] if equation.expression is None else calls_in(equation.expression)
    for name in drawn:
        if name in RANDOM and "summed" not in equation.flags:
            raise equation.location.error_of(
                ExpressionSyntaxError,
                f"the subexpression {equation.name!r} calls {name}()",
                "it would be another number wherever it is used",
                f"add the flag ({CONSTANT_OVER_DT}), then it is drawn once in each step",
                equation.location.node_of(name),
                name=equation.name,
            )
