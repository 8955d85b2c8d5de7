"""Algebra on systems of equations, whose results are syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from distsnn.integrate.algebra.kept import kept
from distsnn.integrate.algebra.symbolic import Algebra
from distsnn.language.sympy_later import sympy

Trees = dict[str, ast.expr]
_COMPLEX = "its closed form has complex numbers"


@dataclass
class Linear:
    """dx/dt = A x + b as trees, the zero entries left out.

    Attributes
    ----------
    names : tuple of str
    matrix : dict of (str, str) to ast.expr
    rest : dict of str to ast.expr
    """

    names: tuple[str, ...]
    matrix: dict[tuple[str, str], ast.expr]
    rest: Trees

    def reached(self, name: str) -> list[str]:
        """`name` and the variables that it depends on, directly or through others, in order."""
        found, todo = {name}, [name]
        while todo:
            row = todo.pop()
            new = {c for r, c in self.matrix if r == row} - found
            found |= new
            todo += new
        return [n for n in self.names if n in found]

    def standing(self, still: Collection[str]) -> Linear:
        """The same where some variables keep their values."""
        return Linear(
            self.names,
            {key: tree for key, tree in self.matrix.items() if key[0] not in still},
            {name: tree for name, tree in self.rest.items() if name not in still},
        )


@dataclass
class OwnLinear:
    """dx/dt = A x + B of one variable: A, B, and B/A unless one of them is 0."""

    a: ast.expr
    b: ast.expr
    ratio: ast.expr | None
    a_is_zero: bool


@kept
def noise_split(tree: ast.expr, noises: tuple[str, ...]) -> tuple[Trees, ast.expr] | None:
    """Factors of noises and what is left of an expression; None if it is not linear in them."""
    algebra = Algebra(noises)
    split = algebra.split(algebra.from_tree(tree))
    if split is None:
        return None
    rest = algebra.to_tree(split[1])
    return {name: algebra.to_tree(factor) for name, factor in split[0].items()}, rest


@kept
def linear_parts(drift: Trees) -> Linear | str:
    """The parts of a linear system; else the variable whose equation is not linear."""
    found = _split(drift)
    if isinstance(found, str):
        return found
    algebra, matrix, rest = found
    return Linear(
        tuple(drift),
        {key: algebra.to_tree(e) for key, e in matrix.items()},
        {name: algebra.to_tree(e) for name, e in rest.items() if e != 0},
    )


@kept
def refusal_of_brian(drift: Trees) -> str:
    """Why Brian 2 cannot solve a linear system; empty if it can."""
    algebra, entries, rest = _linear(drift)
    matrix = _matrix(list(rest), entries)
    if sympy.simplify(matrix.det()) == 0:
        return "the matrix of the linear system is singular"
    system = Linear(tuple(drift), entries, {})
    coupled = any(
        n in system.reached(other) and other in system.reached(n)
        for n in rest
        for other in rest
        if n != other
    )
    return _COMPLEX if coupled and not algebra.is_real(matrix) else ""


@kept
def closed_form(
    drift: Trees, still: tuple[str, ...], name: str, block: tuple[str, ...]
) -> ast.expr | str:
    """The value of a variable after `dt`, where some stand still; else why there is none."""
    algebra, entries, rest = _linear(drift)
    entries = {key: e for key, e in entries.items() if key[0] not in still}
    matrix = _matrix(block, entries)
    dt = algebra.symbol("dt")
    b = sympy.Matrix([sympy.Integer(0) if n in still else rest[n] for n in block])
    x = sympy.Matrix([algebra.symbol(n) for n in block])
    try:
        target = -matrix.LUsolve(b)
        moved = ((matrix * dt).exp() * (x - target) + target)[block.index(name)]
    except (NotImplementedError, ValueError, ZeroDivisionError):
        return "the system has no closed form"
    return _COMPLEX if moved.has(sympy.I, sympy.re, sympy.im) else algebra.to_tree(moved)


@kept
def own_linear_parts(drift: Trees) -> dict[str, OwnLinear] | str:
    """Each equation as linear in its own variable; else the variable whose equation is not."""
    algebra = Algebra(drift)
    parts = {}
    for name, tree in drift.items():
        expression = algebra.from_tree(tree)
        split = algebra.split_by(expression, name) or algebra.collected_by(expression, name)
        if split is None:
            return name
        parts[name] = split
    found = {}
    for name, (a, b) in parts.items():
        ratio = algebra.to_tree(b / a) if a != 0 and b != 0 else None
        found[name] = OwnLinear(algebra.to_tree(a), algebra.to_tree(b), ratio, bool(a == 0))
    return found


_Entries = dict[tuple[str, str], "sympy.Expr"]


def _split(drift: Trees) -> tuple[Algebra, _Entries, dict[str, sympy.Expr]] | str:
    algebra = Algebra(drift)
    matrix, rest = {}, {}
    for name, tree in drift.items():
        split = algebra.split(algebra.from_tree(tree))
        if split is None:
            return name
        matrix.update({(name, column): a for column, a in split[0].items()})
        rest[name] = split[1]
    return algebra, matrix, rest


def _linear(drift: Trees) -> tuple[Algebra, _Entries, dict[str, sympy.Expr]]:
    """The parts of a system that is known to be linear."""
    found = _split(drift)
    assert not isinstance(found, str)
    return found


def _matrix(names: Collection[str], entries: _Entries) -> sympy.Matrix:
    order = list(names)
    return sympy.Matrix(
        len(order),
        len(order),
        lambda r, c: entries.get((order[r], order[c]), sympy.Integer(0)),
    )
