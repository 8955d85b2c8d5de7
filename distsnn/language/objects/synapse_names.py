"""Checks of the names and flags of variables of synapses, and of linked ones."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping

from distsnn.errors import ExpressionSyntaxError
from distsnn.language.objects.group_variables import GroupVariables
from distsnn.language.parse import Equation
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import names_in


def check_own(
    own: Mapping[str, Equation], owner: str, source: GroupVariables, target: GroupVariables
) -> None:
    """Raise EquationError if a variable of synapses has a name that means something else."""
    for name, equation in own.items():
        if name == "delay":
            raise equation.location.error_of(
                ExpressionSyntaxError,
                "'delay' is the delay of a pathway",
                "a synapse's variables have names of their own",
                "rename it",
                None,
                name=name,
            )
        if name in target.symbols or name in source.symbols:
            raise equation.location.error(
                f"{name!r} is a variable of {owner}'s source or target as well",
                "a synapse's variables have names of their own",
                "rename it",
                name=name,
            )


def check_linked(
    linked: Mapping[str, Equation],
    lines: Iterable[tuple[ast.expr | None, SourceLocation]],
    inlined: Callable[[ast.expr], ast.expr],
) -> None:
    """Raise EquationError where a linked variable would be read at another moment than in Brian 2.

    Parameters
    ----------
    lines : iterable of (expression, location)
        Those that run before the update of a step, or at regular times.
    inlined : callable
        Puts subexpressions in the place of their names.
    """
    for tree, location in lines if linked else ():
        names = set() if tree is None else set(names_in(inlined(tree)))
        for name in linked:
            if f"{name}_pre" in names:
                raise location.error(
                    f"the linked variable {name} stands in a sum, in what is constant over dt, or "
                    "in statements at regular times",
                    "statements of pathways and differential equations read it",
                    f"link a variable of the target group, and write {name}_post",
                    name=name,
                )


def check_flags(lines: Mapping[str, Equation], exclusive: Iterable[Collection[str]]) -> None:
    """Raise where an equation has two flags that exclude each other, as in Brian 2."""
    for equation in lines.values():
        for one in exclusive:
            both = sorted(equation.flags.intersection(one))
            if len(both) > 1:
                raise equation.location.error(
                    f"the flags ({both[0]}) and ({both[1]}) stand together",
                    "an equation of synapses has one of " + ", ".join(sorted(one)),
                    "leave one out",
                )
