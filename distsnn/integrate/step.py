"""Equations, assignments of a step and small trees, which all methods of integration share."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from distsnn.describe.checks.trees import syntax_tree
from distsnn.integrate.algebra.solutions import noise_split
from distsnn.language.functions import FUNCTIONS
from distsnn.language.objects.neuron_equations import ParsedNeurons
from distsnn.language.symbols import ACTIVE, NOISE
from distsnn.language.syntax import copied, names_in, substitute


@dataclass(frozen=True)
class SubSteps:
    """Statements of a step as those of a sub-step, whose size its error decides.

    They are run with ``_part``, the size, and ``_left``, what is left, as parts of the step.

    Attributes
    ----------
    errors : tuple of ast.expr
        The sub-step is taken if all are 1 at most; else a smaller one is tried.
    variables : tuple of str
        What is advanced.
    resets : bool
        Whether a neuron that spikes is reset at the end of the sub-step.
    """

    errors: tuple[ast.expr, ...]
    variables: tuple[str, ...]
    resets: bool


@dataclass
class Step:
    """Assignments that advance the variables.

    The expressions are in the dialect itself, over the old states, parameters, constants, ``t``
    and ``dt``, and over names assigned before, which begin with an underscore.

    Attributes
    ----------
    statements : list of (name, expression)
        ``_new_<variable>`` is the value at the end of the step.
    noise : tuple of str
        Names of the normal numbers that are drawn, each times sqrt(dt).
    substeps : SubSteps or None
    """

    statements: list[tuple[str, ast.expr]]
    noise: tuple[str, ...] = ()
    substeps: SubSteps | None = None


class CannotIntegrateError(Exception):
    """Why a method does not fit the equations."""


@dataclass
class System:
    """Right sides of the differential equations, split into drift and noise.

    Attributes
    ----------
    parsed : ParsedNeurons
    drift : dict of str to ast.expr
    noise : dict of str to dict of str to ast.expr
        For each variable the factor of each noise.
    clamped : frozenset of str
        Variables that stand still in refractory neurons.
    is_steady : callable
        Whether a TimedArray, by its name, is constant within a step.
    """

    parsed: ParsedNeurons
    drift: dict[str, ast.expr]
    noise: dict[str, dict[str, ast.expr]]
    clamped: frozenset[str]
    is_steady: Callable[[str], bool]

    @property
    def noises(self) -> tuple[str, ...]:
        """Names of the noises."""
        return tuple(sorted({name for factors in self.noise.values() for name in factors}))

    @property
    def multiplicative(self) -> bool:
        """Whether a factor of a noise changes within a step."""
        changing = {*self.drift, "t"}
        return any(
            changing & set(names_in(_Steady(self.is_steady).visit(copied(factor))))
            for factors in self.noise.values()
            for factor in factors.values()
        )


class _Steady(ast.NodeTransformer):
    """Puts a number in place of values of TimedArrays that do not change within a step."""

    def __init__(self, is_steady: Callable[[str], bool]) -> None:
        self.is_steady = is_steady

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(argument) for argument in node.args]
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id="t"), *index]) if (
                name not in FUNCTIONS and self.is_steady(name)
            ):
                return ast.BinOp(index[0], ast.Add(), ast.Constant(0)) if index else ast.Constant(0)
        return node


def system_of(parsed: ParsedNeurons, is_steady: Callable[[str], bool]) -> System:
    """Split a model's equations; raises EquationError if noise does not enter linearly."""
    drift: dict[str, ast.expr] = {}
    noise: dict[str, dict[str, ast.expr]] = {}
    for name in parsed.differential:
        equation = parsed.equations[name]
        assert equation.expression is not None
        tree = parsed.inlined(equation.expression)
        found = [n for n in names_in(tree) if parsed.symbols[n].kind == NOISE]
        drift[name], noise[name] = tree, {}
        if found:
            split = noise_split(tree, tuple(found))
            if split is None:
                raise equation.location.error(
                    f"{' and '.join(found)} cannot be separated from the rest of the equation",
                    "noise enters as a sum of terms factor*xi",
                    "rewrite the equation",
                )
            noise[name], drift[name] = split
    clamped = parsed.clamped if parsed.refractory is not None else frozenset()
    return System(parsed, drift, noise, clamped, is_steady)


def if_active(system: System, name: str, tree: ast.expr) -> ast.expr:
    """`tree`, or 0 while the neuron of a clamped variable is refractory."""
    if name not in system.clamped:
        return tree
    return tree_of(f"int({ACTIVE})*f", f=tree)


def without_noise(system: System) -> None:
    """Raise CannotIntegrateError if there is noise in the equations."""
    if system.noises:
        raise CannotIntegrateError("the equations have noise")


def tree_of(formula: str, **by: ast.expr) -> ast.expr:
    """A formula with names replaced by expressions."""
    return substitute(syntax_tree(formula), by)


def name_tree(name: str) -> ast.Name:
    """A name as an expression."""
    return ast.Name(name, ast.Load())


def sum_tree(terms: list[ast.expr]) -> ast.expr:
    """The sum of expressions, from left to right."""
    total = terms[0]
    for term in terms[1:]:
        total = ast.BinOp(total, ast.Add(), term)
    return total
