"""Steps of adaptive size within a time step: the method of Runge, Kutta and Fehlberg.

Source: Hairer, Norsett & Wanner 1993, Solving Ordinary Differential Equations I, section II.4.
"""

from __future__ import annotations

import ast
from fractions import Fraction

from distsnn.describe.checks.trees import syntax_tree
from distsnn.integrate.step import (
    Step,
    SubSteps,
    System,
    if_active,
    name_tree,
    sum_tree,
    tree_of,
    without_noise,
)
from distsnn.language.syntax import substitute

# The largest error of a sub-step: of each variable, in its unit (mV, pA, nS, 1).
TOLERANCE = 1e-6
# What is left of the step, and the size of a sub-step: as parts of it, which are exact.
LEFT, PART = "_left", "_part"
_NODES = ("0", "1/4", "3/8", "12/13", "1", "1/2")
_STAGES = (
    (),
    ("1/4",),
    ("3/32", "9/32"),
    ("1932/2197", "-7200/2197", "7296/2197"),
    ("439/216", "-8", "3680/513", "-845/4104"),
    ("-8/27", "2", "-3544/2565", "1859/4104", "-11/40"),
)
_FIFTH_ORDER = ("16/135", "0", "6656/12825", "28561/56430", "-9/50", "2/55")
# What the fourth order differs by.
_ERROR = ("1/360", "0", "-128/4275", "-2197/75240", "1/50", "2/55")


def rkf45(system: System) -> Step:
    """Sub-steps whose error, the difference of fourth and fifth order, is below `TOLERANCE`."""
    return _substeps(system, resets=False)


def rkf45_reset(system: System) -> Step:
    """The same; a neuron that spikes in a sub-step is reset at its end, and goes on from there."""
    return _substeps(system, resets=True)


def _substeps(system: System, resets: bool) -> Step:
    without_noise(system)
    statements: list[tuple[str, ast.expr]] = [("_h", syntax_tree(f"{PART}*dt"))]
    for stage, (node, row) in enumerate(zip(_NODES, _STAGES, strict=True)):
        points: dict[str, ast.expr] = {"t": syntax_tree(f"t + (1 - {LEFT} + {PART}*({node}))*dt")}
        for name in system.drift if row else ():
            point = f"_at{stage}_{name}"
            statements.append((point, _moved(name, row)))
            points[name] = name_tree(point)
        for name, drift in system.drift.items():
            slope = if_active(system, name, substitute(drift, points))
            statements.append((f"_k{stage}_{name}", slope))
    statements += [(f"_new_{name}", _moved(name, _FIFTH_ORDER)) for name in system.drift]
    errors = [
        tree_of("abs(_h*e)/tolerance", e=_sum(name, _ERROR), tolerance=ast.Constant(TOLERANCE))
        for name in system.drift
    ]
    return Step(statements, substeps=SubSteps(tuple(errors), tuple(system.drift), resets))


def _moved(name: str, row: tuple[str, ...]) -> ast.expr:
    return tree_of("x + _h*s", x=name_tree(name), s=_sum(name, row))


def _sum(name: str, row: tuple[str, ...]) -> ast.expr:
    terms = [
        tree_of("a*k", a=syntax_tree(repr(float(Fraction(a)))), k=name_tree(f"_k{stage}_{name}"))
        for stage, a in enumerate(row)
        if a != "0"
    ]
    return sum_tree(terms)
