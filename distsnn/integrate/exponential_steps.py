"""Steps that solve each equation as a linear one: exponential Euler, and its midpoint rule."""

from __future__ import annotations

import ast

from distsnn.describe.checks.trees import syntax_tree
from distsnn.integrate.algebra.solutions import own_linear_parts
from distsnn.integrate.coefficients import Coefficients
from distsnn.integrate.step import (
    CannotIntegrateError,
    Step,
    System,
    name_tree,
    tree_of,
    without_noise,
)
from distsnn.language.functions import RELAX
from distsnn.language.symbols import ACTIVE
from distsnn.language.syntax import substitute


def exponential_euler(system: System, coefficients: Coefficients) -> Step:
    """(x + B/A) exp(A dt) - B/A for dx/dt = A x + B at the old values of the variables.

    As in Brian 2, A and B may depend on x itself where it does not stand as a factor.
    """
    return Step(_Linear(system, coefficients).solved("_new_", "dt", {}))


def exponential_midpoint(system: System, coefficients: Coefficients) -> Step:
    """The same with A and B at the middle of the step, where exponential Euler has led by then.

    It is of second order, and as stable for stiff equations such as those of gates. Source:
    Hochbruck & Ostermann 2010, Acta Numerica 19:209-286, for linear A and B.
    """
    linear = _Linear(system, coefficients)
    statements = linear.solved("_mid_", "(dt/2)", {})
    points: dict[str, ast.expr] = {"t": syntax_tree("t + dt/2")}
    for name in system.drift:
        points[name] = name_tree(f"_mid_{name}")
        if name in system.clamped:
            clamped = {"x": name_tree(name), "y": points[name]}
            points[name] = name_tree(f"_half_{name}")
            statements.append((f"_half_{name}", tree_of(f"x + int({ACTIVE})*(y - x)", **clamped)))
    return Step(statements + linear.solved("_new_", "dt", points))


class _Linear:
    """The equations of a system as dx/dt = A x + B, each for its own variable."""

    def __init__(self, system: System, coefficients: Coefficients) -> None:
        without_noise(system)
        self.coefficients = coefficients
        parts = own_linear_parts(system.drift)
        if isinstance(parts, str):
            raise CannotIntegrateError(f"d{parts}/dt is not linear in {parts}")
        self._parts = parts

    def solved(
        self, prefix: str, duration: str, points: dict[str, ast.expr]
    ) -> list[tuple[str, ast.expr]]:
        """Statements that advance all variables by `duration`, with A and B at `points`.

        The results have the names of the variables behind `prefix`.
        """
        statements: list[tuple[str, ast.expr]] = []
        for name, part in self._parts.items():
            of: dict[str, ast.expr] = {"x": name_tree(name)}
            of |= {"a": substitute(part.a, points), "b": substitute(part.b, points)}
            if part.a_is_zero:
                formula = f"x + {duration}*b"
            elif part.ratio is None:
                formula = f"x*exp(a*{duration})"
            else:
                target = f"_target{prefix}{name}" if points else f"_target_{name}"
                of["c"] = name_tree(target)
                statements.append((target, substitute(part.ratio, points)))
                # A may become 0 during the run.
                formula = (
                    f"(x + c)*exp(a*{duration}) - c"
                    if self.coefficients.is_fixed(of["a"])
                    else f"{RELAX}(x, a, b, c, {duration})"
                )
            used = {key: tree for key, tree in of.items() if key in formula}
            statements.append((f"{prefix}{name}", tree_of(formula, **used)))
        return statements
