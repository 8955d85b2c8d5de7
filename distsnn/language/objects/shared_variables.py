"""Variables that all neurons or synapses of an object share: one value, marked ``(shared)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from distsnn.errors import ExpressionSyntaxError
from distsnn.language.parse import LINKED, Equation
from distsnn.language.syntax import names_in

SHARED = "shared"
# Special names that are the same for all.
COMMON = frozenset({"t", "dt", "t_in_timesteps", "N", "N_pre", "N_post"})


def shared_names(equations: Mapping[str, Equation]) -> frozenset[str]:
    """Names of the variables that are shared."""
    return frozenset(n for n, e in equations.items() if SHARED in e.flags)


def check_shared(lines: Mapping[str, Equation], special: Iterable[str]) -> None:
    """Raise if a shared subexpression depends on what differs.

    Parameters
    ----------
    lines : mapping of str to Equation
    special : iterable of str
        Names beside the lines' own that are no constants.

    Raises
    ------
    EquationError
    """
    shared = shared_names(lines)
    # What linked variables stand for may be one value, which is known when they are linked.
    linked = {name for name, equation in lines.items() if LINKED in equation.flags}
    differing = {*lines, *special} - shared - linked - COMMON
    for name in sorted(shared):
        equation = lines[name]
        for other in names_in(equation.expression) if equation.expression is not None else []:
            if other in differing:
                raise equation.location.error_of(
                    ExpressionSyntaxError,
                    f"the shared subexpression {name!r} depends on {other}, which is not shared",
                    "it has one value, from numbers, t and other shared variables",
                    f"leave out the flag ({SHARED})",
                    equation.location.node_of(other),
                    name=name,
                )
