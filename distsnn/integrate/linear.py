"""The exact method: linear equations are solved over a step in closed form."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from distsnn.describe.models.receptors.receptor import Values
from distsnn.integrate.algebra.solutions import (
    Linear,
    Trees,
    closed_form,
    linear_parts,
    refusal_of_brian,
)
from distsnn.integrate.coefficients import Coefficients
from distsnn.integrate.propagators import Propagator
from distsnn.integrate.step import (
    CannotIntegrateError,
    Step,
    System,
    name_tree,
    sum_tree,
    tree_of,
)
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.symbols import ACTIVE


def exact_step(
    system: System,
    coefficients: Coefficients,
    locally_constant: Callable[[str], bool],
    strict: bool,
) -> Step:
    """The exact step of a linear system.

    Raises CannotIntegrateError if the system is not linear, or changes within a step.

    Parameters
    ----------
    coefficients : Coefficients
        Gets the entries of the propagators.
    locally_constant : callable
        Whether a TimedArray is constant within a step.
    strict : bool
        Refuse also what Brian 2 cannot solve: singular matrices and oscillations.
    """
    linear = linear_parts(system.drift)
    if isinstance(linear, str):
        raise CannotIntegrateError(f"d{linear}/dt is not linear")
    for tree in (*linear.matrix.values(), *linear.rest.values()):
        _check_constant(tree, locally_constant)
    if strict and (why := refusal_of_brian(system.drift)):
        raise CannotIntegrateError(why)
    out: list[tuple[str, ast.expr]] = []
    for name in system.drift:
        frozen = [n for n in linear.reached(name) if n in system.clamped and n != name]
        value = _advanced(name, system.drift, linear, (), coefficients)
        if frozen and name not in system.clamped:
            still = tuple(sorted(system.clamped))
            clamped = _advanced(name, system.drift, linear.standing(still), still, coefficients)
            value = tree_of(f"int({ACTIVE})*a + (1 - int({ACTIVE}))*h", a=value, h=clamped)
        out.append((f"_new_{name}", value))
    return Step(out)


def _advanced(
    name: str, drift: Trees, linear: Linear, still: tuple[str, ...], coefficients: Coefficients
) -> ast.expr:
    """The value of a variable after the step, where some variables stand still."""
    suffix = "_held" if still else ""
    block = linear.reached(name)
    trees = {key: tree for key, tree in linear.matrix.items() if key[0] in block}
    rest = {n: linear.rest[n] for n in block if n in linear.rest}
    if not trees:
        x = name_tree(name)
        return tree_of("x + dt*b", x=x, b=rest[name]) if rest else x
    if not all(coefficients.is_fixed(tree) for tree in trees.values()):
        if len(block) == 1:
            a = trees[name, name]
            relaxed = tree_of("x*exp(a*dt)", x=name_tree(name), a=a)
            return (
                relaxed
                if not rest
                else tree_of("r + b*dt*exprel(a*dt)", r=relaxed, a=a, b=rest[name])
            )
        closed = closed_form(drift, still, name, tuple(block))
        if isinstance(closed, str):
            raise CannotIntegrateError(closed)
        return closed
    propagator = Propagator(tuple(block), trees)
    sources = list(trees.values())
    terms: list[ast.expr] = []
    for other in block:
        entry = coefficients.add(
            f"_p{suffix}_{name}_{other}", sources, partial(propagator.p, name, other)
        )
        terms.append(tree_of("p*x", p=entry, x=name_tree(other)))
    fixed = {n: b for n, b in rest.items() if coefficients.is_fixed(b)}
    if fixed:
        terms.append(
            coefficients.add(
                f"_r{suffix}_{name}",
                [*sources, *fixed.values()],
                _constant_part(propagator, name, fixed),
            )
        )
    for other, b in rest.items():
        if other not in fixed:
            entry = coefficients.add(
                f"_q{suffix}_{name}_{other}", sources, partial(propagator.q, name, other)
            )
            terms.append(tree_of("q*b", q=entry, b=b))
    return sum_tree(terms)


def _constant_part(
    propagator: Propagator, name: str, fixed: Mapping[str, ast.expr]
) -> Callable[[Values], Any]:
    def value(values: Values) -> Any:
        return sum(
            propagator.q(name, other, values) * evaluate(b, values) for other, b in fixed.items()
        )

    return value


def _check_constant(tree: ast.expr, locally_constant: Callable[[str], bool]) -> None:
    match tree:
        case ast.Name(id="t" | "t_in_timesteps"):
            raise CannotIntegrateError("the equations depend on t")
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name in RANDOM:
                raise CannotIntegrateError(f"the equations call {name}()")
            if name not in FUNCTIONS and isinstance(arguments[0], ast.Name):
                if not locally_constant(name):
                    raise CannotIntegrateError(f"{name}(t) changes within a step")
                arguments = arguments[1:]
            for argument in arguments:
                _check_constant(argument, locally_constant)
        case _:
            for child in ast.iter_child_nodes(tree):
                if isinstance(child, ast.expr):
                    _check_constant(child, locally_constant)
