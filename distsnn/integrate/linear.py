"""The exact method: linear equations are solved over a step in closed form."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from distsnn.describe.models.receptors.receptor import Values
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
from distsnn.integrate.symbolic import Algebra
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.symbols import ACTIVE
from distsnn.language.sympy_later import sympy


@dataclass
class _Linear:
    """dx/dt = A x + b, the zero entries left out."""

    algebra: Algebra
    matrix: dict[tuple[str, str], sympy.Expr]
    rest: dict[str, sympy.Expr]

    def reached(self, name: str) -> list[str]:
        """`name` and the variables that it depends on, directly or through others, in order."""
        found, todo = {name}, [name]
        while todo:
            row = todo.pop()
            new = {c for r, c in self.matrix if r == row} - found
            found |= new
            todo += new
        return [n for n in self.rest if n in found]


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
    linear = _split(system)
    for expression in (*linear.matrix.values(), *linear.rest.values()):
        _check_constant(linear.algebra.to_tree(expression), locally_constant)
    if strict:
        _check_as_brian(linear)
    out: list[tuple[str, ast.expr]] = []
    for name in system.drift:
        frozen = [n for n in linear.reached(name) if n in system.clamped and n != name]
        value = _advanced(name, linear, coefficients, "")
        if frozen and name not in system.clamped:
            standing = _Linear(
                linear.algebra,
                {k: e for k, e in linear.matrix.items() if k[0] not in system.clamped},
                {n: sympy.Integer(0) if n in system.clamped else e for n, e in linear.rest.items()},
            )
            clamped = _advanced(name, standing, coefficients, "_held")
            value = tree_of(f"int({ACTIVE})*a + (1 - int({ACTIVE}))*h", a=value, h=clamped)
        out.append((f"_new_{name}", value))
    return Step(out)


def _split(system: System) -> _Linear:
    algebra = Algebra(system.drift)
    matrix, rest = {}, {}
    for name, tree in system.drift.items():
        split = algebra.split(algebra.from_tree(tree))
        if split is None:
            raise CannotIntegrateError(f"d{name}/dt is not linear")
        matrix.update({(name, column): a for column, a in split[0].items()})
        rest[name] = split[1]
    return _Linear(algebra, matrix, rest)


def _advanced(name: str, linear: _Linear, coefficients: Coefficients, suffix: str) -> ast.expr:
    """The value of a variable after the step."""
    block = linear.reached(name)
    trees = {key: linear.algebra.to_tree(e) for key, e in linear.matrix.items() if key[0] in block}
    rest = {n: linear.algebra.to_tree(linear.rest[n]) for n in block if linear.rest[n] != 0}
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
        return _closed_form(name, linear, block)
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


def _closed_form(name: str, linear: _Linear, block: list[str]) -> ast.expr:
    """By sympy, where coefficients of a coupled system change between steps."""
    matrix = sympy.Matrix(
        len(block),
        len(block),
        lambda r, c: linear.matrix.get((block[r], block[c]), sympy.Integer(0)),
    )
    dt, b = linear.algebra.symbol("dt"), sympy.Matrix([linear.rest[n] for n in block])
    x = sympy.Matrix([linear.algebra.symbol(n) for n in block])
    try:
        target = -matrix.LUsolve(b)
        moved = ((matrix * dt).exp() * (x - target) + target)[block.index(name)]
    except (NotImplementedError, ValueError, ZeroDivisionError):
        raise CannotIntegrateError("the system has no closed form") from None
    if moved.has(sympy.I, sympy.re, sympy.im):
        raise CannotIntegrateError("its closed form has complex numbers")
    return linear.algebra.to_tree(moved)


def _check_as_brian(linear: _Linear) -> None:
    names = list(linear.rest)
    matrix = sympy.Matrix(
        len(names),
        len(names),
        lambda r, c: linear.matrix.get((names[r], names[c]), sympy.Integer(0)),
    )
    if sympy.simplify(matrix.det()) == 0:
        raise CannotIntegrateError("the matrix of the linear system is singular")
    coupled = any(
        n in linear.reached(other) and other in linear.reached(n)
        for n in names
        for other in names
        if n != other
    )
    if coupled and not linear.algebra.is_real(matrix):
        raise CannotIntegrateError("its closed form has complex numbers")


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
