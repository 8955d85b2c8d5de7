"""Receptors of `LIF` in a step: closed forms of their own, or their linear equations solved."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.models.receptors.group_receptors import receptor_names
from distsnn.describe.models.receptors.outputs import Output
from distsnn.describe.models.receptors.receptor import (
    Coefficient,
    Receptor,
    ReceptorNames,
    ReceptorStep,
    Values,
)
from distsnn.errors import ParameterError
from distsnn.integrate.propagators import Propagator
from distsnn.language.functions import FUNCTIONS
from distsnn.language.syntax import calls_in, names_in

_MEMBRANE = "V_m"


@dataclass(frozen=True)
class Response:
    """One receptor in a step.

    Attributes
    ----------
    name : str
        The variable that acts on the membrane.
    states : tuple of str
        All variables.
    output : Output
    step : ReceptorStep
    gains, means : tuple of Coefficient
        Those of the step, for each variable.
    """

    name: str
    states: tuple[str, ...]
    output: Output
    step: ReceptorStep
    gains: tuple[Coefficient, ...]
    means: tuple[Coefficient, ...]


def responses(receptors: tuple[Receptor, ...]) -> list[Response]:
    """The responses of the receptors of a group that have variables of their own."""
    return [_response(receptor, names) for receptor, names in receptor_names(receptors)]


def _response(receptor: Receptor, names: ReceptorNames) -> Response:
    step = receptor.step(names) or _solved(receptor, names)
    states, parameters = tuple(names.variables.values()), tuple(names.parameters.values())
    gains = (
        Coefficient(f"gain_{state}", ("tau_m", "C_m", *parameters), gain)
        for state, gain in zip(states, step.gains, strict=True)
    )
    means = (
        Coefficient(f"mean_{state}", ("C_m", *parameters), mean)
        for state, mean in zip(states, step.means, strict=True)
    )
    return Response(names.acting, states, receptor.output, step, tuple(gains), tuple(means))


def _solved(receptor: Receptor, names: ReceptorNames) -> ReceptorStep:
    """A step of linear equations, by the exponential of their matrix and the membrane's."""
    matrix = _matrix(receptor, names)
    states, parameters = tuple(names.variables.values()), tuple(names.parameters.values())
    alone = Propagator(states, matrix)
    membrane = {
        (_MEMBRANE, _MEMBRANE): syntax_tree("-1/tau_m"),
        (_MEMBRANE, names.acting): syntax_tree("1/C_m"),
    }
    together = Propagator((_MEMBRANE, *states), {**membrane, **matrix})
    coefficients, statements = [], []
    for row in states:
        terms = []
        for column in sorted(_reached(row, matrix), key=states.index):
            name = f"step_{row}_{column}"
            coefficients.append(Coefficient(name, parameters, partial(alone.p, row, column)))
            terms.append(f"{column}*{name}")
        statements.append((f"_new_{row}", " + ".join(terms)))
    return ReceptorStep(
        tuple(coefficients),
        tuple(statements),
        tuple(partial(together.p, _MEMBRANE, state) for state in states),
        tuple(_mean(alone, names.acting, state) for state in states),
    )


def _mean(alone: Propagator, acting: str, state: str) -> Callable[[Values], float | np.ndarray]:
    return lambda p: alone.q(acting, state, p) / p["dt"] / p["C_m"]


def _reached(row: str, matrix: Mapping[tuple[str, str], ast.expr]) -> set[str]:
    """`row` and the variables that it depends on, directly or through others."""
    found, todo = {row}, [row]
    while todo:
        of = todo.pop()
        new = {column for r, column in matrix if r == of} - found
        found |= new
        todo += new
    return found


def _matrix(receptor: Receptor, names: ReceptorNames) -> dict[tuple[str, str], ast.expr]:
    """The matrix of the equations; ParameterError if they are not linear."""
    found: dict[tuple[str, str], ast.expr] = {}
    variables = frozenset(names.variables.values())
    for x, formula in receptor.derivatives.items():
        row = names.variables[x]
        tree = syntax_tree(names.in_group(formula))
        _check_names(receptor, formula, tree, variables | {*names.parameters.values()})
        factors = _linear(tree, variables)
        if factors is None or None in factors:
            raise ParameterError(
                type(receptor).__name__,
                f"d{x}/dt = {formula} is not linear in {', '.join(receptor.derivatives)}",
                "LIF takes receptors with linear equations, which it solves exactly",
                "use it with a NeuronModel, or write it as equations of the group",
            )
        found |= {(row, str(column)): factor for column, factor in factors.items()}
    return found


def _check_names(receptor: Receptor, formula: str, tree: ast.expr, known: frozenset[str]) -> None:
    unknown = [n for n in names_in(tree) if n not in known]
    unknown += [n for n in calls_in(tree) if n not in FUNCTIONS]
    if unknown:
        raise ParameterError(
            type(receptor).__name__,
            f"{unknown[0]} in {formula!r}",
            "equations of a receptor have its variables, its parameters and functions such as exp",
            "declare a Parameter",
        )


_Factors = dict[str | None, ast.expr]


def _linear(tree: ast.expr, variables: frozenset[str]) -> _Factors | None:
    """The factor of each variable, and under None what has none; None if it is not linear."""
    if not variables & set(names_in(tree)):
        return {None: tree}
    match tree:
        case ast.Name(id=name):
            return {name: ast.Constant(1.0)}
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            return _each(_linear(operand, variables), lambda f: ast.UnaryOp(sign, f))
        case ast.BinOp(left=left, op=ast.Mult() as op, right=right):
            if not variables & set(names_in(left)):
                return _each(_linear(right, variables), lambda f: ast.BinOp(left, op, f))
            if not variables & set(names_in(right)):
                return _each(_linear(left, variables), lambda f: ast.BinOp(f, op, right))
        case ast.BinOp(left=left, op=ast.Div() as op, right=right):
            if not variables & set(names_in(right)):
                return _each(_linear(left, variables), lambda f: ast.BinOp(f, op, right))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            first, second = _linear(left, variables), _linear(right, variables)
            if first is not None and second is not None:
                sign = ast.USub() if isinstance(op, ast.Sub) else ast.UAdd()
                return first | {
                    x: ast.BinOp(first[x], op, f) if x in first else ast.UnaryOp(sign, f)
                    for x, f in second.items()
                }
    return None


def _each(factors: _Factors | None, change: Callable[[ast.expr], ast.expr]) -> _Factors | None:
    return None if factors is None else {x: change(f) for x, f in factors.items()}
