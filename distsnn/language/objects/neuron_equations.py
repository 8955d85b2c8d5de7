"""A neuron model as strings, parsed and checked."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache

from distsnn.describe.operations import Event, Operation
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import DimensionError, ExpressionTypeError, UnitError
from distsnn.language import dimensions as dim
from distsnn.language.dimension_check import DimensionCheck
from distsnn.language.objects.constant_over_dt import CONSTANT_OVER_DT, split_refreshed
from distsnn.language.objects.shared_variables import SHARED, check_shared, shared_names
from distsnn.language.objects.temporaries import is_temporary, with_temporaries
from distsnn.language.parse import (
    DIFFERENTIAL,
    LINKED,
    PARAMETER,
    SUBEXPRESSION,
    Equation,
    parse_equations,
)
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import (
    NOISE,
    SPECIALS,
    STATE,
    Symbol,
    SymbolTable,
)
from distsnn.language.symbols import PARAMETER as PARAMETER_SYMBOL
from distsnn.language.symbols import SUBEXPRESSION as SUBEXPRESSION_SYMBOL
from distsnn.language.syntax import (
    Statement,
    copied,
    is_boolean,
    names_in,
    parse_expression,
    parse_statements,
)
from distsnn.language.types import as_type

FLAGS = {
    DIFFERENTIAL: frozenset({"unless refractory"}),
    SUBEXPRESSION: frozenset({SHARED, CONSTANT_OVER_DT}),
    PARAMETER: frozenset({"constant", SHARED, LINKED}),
}


@dataclass(frozen=True, eq=False)
class ParsedNeurons:
    """A checked model.

    Attributes
    ----------
    owner : str
    equations : dict of str to Equation
        By variable, in order.
    refreshed : tuple of Equation
        Subexpressions that are constant over dt, in order; in `equations` they are parameters.
    threshold, refractory : ast.expr or None
    refractory_is_time : bool
        Whether `refractory` is a duration, else it is a condition.
    reset : tuple of Statement
    symbols : SymbolTable
    check : DimensionCheck
        What was found of the dimensions of constants.
    operations : tuple of tuple of Statement
        Statements that run at regular times or at events, of each operation.
    events : tuple of ast.expr
        The condition of each event.
    notes : tuple of str
        What users should be warned of.
    """

    owner: str
    equations: dict[str, Equation]
    threshold: ast.expr | None
    refractory: ast.expr | None
    refractory_is_time: bool
    reset: tuple[Statement, ...]
    symbols: SymbolTable
    check: DimensionCheck
    refreshed: tuple[Equation, ...] = ()
    operations: tuple[tuple[Statement, ...], ...] = ()
    events: tuple[ast.expr, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def differential(self) -> tuple[str, ...]:
        """Variables with a differential equation."""
        return tuple(n for n, e in self.equations.items() if e.kind == DIFFERENTIAL)

    @property
    def written(self) -> frozenset[str]:
        """Variables without equation that change while the network runs by themselves."""
        return frozenset(s.target for s in self.statements) | {e.name for e in self.refreshed}

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of the reset and of all operations."""
        return (*self.reset, *(s for statements in self.operations for s in statements))

    @cached_property
    def shared(self) -> frozenset[str]:
        """Variables that all neurons share."""
        return shared_names(self.equations)

    @cached_property
    def clamped(self) -> frozenset[str]:
        """Variables that keep their value in refractory neurons."""
        return frozenset(n for n, e in self.equations.items() if "unless refractory" in e.flags)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """All variables without equation that the group stores."""
        return tuple(
            n for n, e in self.equations.items() if e.kind == PARAMETER and LINKED not in e.flags
        )

    @cached_property
    def linked(self) -> tuple[str, ...]:
        """Variables that stand for those of other groups."""
        return tuple(n for n, e in self.equations.items() if LINKED in e.flags)

    @cached_property
    def units(self) -> dict[str, str]:
        """Units of all variables that the group stores, by name."""
        return {n: self.equations[n].unit for n in (*self.differential, *self.parameters)}

    @cached_property
    def subexpression_units(self) -> dict[str, str]:
        """Units of subexpressions, by name."""
        return {n: e.unit for n, e in self.equations.items() if e.kind == SUBEXPRESSION}

    @cached_property
    def linked_units(self) -> dict[str, str]:
        """Units of linked variables, by name."""
        return {n: self.equations[n].unit for n in self.linked}

    @property
    def trees(self) -> list[ast.expr]:
        """All expressions."""
        found = [e.expression for e in (*self.equations.values(), *self.refreshed)]
        found += [self.threshold, self.refractory, *(s.expression for s in self.statements)]
        found += self.events
        return [tree for tree in found if tree is not None]

    @cached_property
    def outside(self) -> tuple[list[str], list[str]]:
        """Names from outside: of numbers, and of TimedArrays."""
        return self.symbols.constants_in(self.trees), self.symbols.arrays_in(self.trees)

    def inlined(self, tree: ast.expr) -> ast.expr:
        """`tree` with the expressions of subexpressions put in place of their names."""
        result: ast.expr = _Inliner(self).visit(copied(tree))
        return result


@lru_cache(maxsize=256)
def parse_neurons(
    equations: str,
    threshold: str,
    reset: str,
    refractory: str,
    owner: str,
    operations: tuple[Operation, ...] = (),
    events: tuple[Event, ...] = (),
) -> ParsedNeurons:
    """Parse and check a model.

    Raises EquationError if an expression cannot be understood, and UnitError if dimensions do not
    agree.
    """
    lines = parse_equations(equations, owner, FLAGS)
    found, refreshed = split_refreshed(lines)
    check_shared(lines, ("i", "lastspike", "not_refractory"))
    symbols = SymbolTable({n: _symbol(e) for n, e in found.items()} | SPECIALS)
    locations = {
        kind: SourceLocation(owner, kind, " ".join(parsed.split()))
        for kind, parsed in (
            ("threshold", threshold),
            ("refractory", refractory),
            *((f"event {one.name}", one.condition) for one in events),
        )
    }
    conditions = {kind: parse_expression(at.text, at) for kind, at in locations.items() if at.text}
    notes: list[str] = []
    parsed = ParsedNeurons(
        owner,
        found,
        conditions.pop("threshold", None),
        conditions.pop("refractory", None),
        False,
        with_temporaries(
            parse_statements(reset, owner, "reset"),
            symbols.own,
            [n for n, e in found.items() if e.kind != SUBEXPRESSION],
            "reset",
            notes,
        ),
        symbols,
        DimensionCheck(symbols),
        refreshed,
        tuple(_operation(one, owner, symbols, found, notes) for one in operations),
        tuple(conditions.values()),
    )
    _check_noise(parsed, locations)
    is_time = _check_dimensions(parsed, locations)
    for statement in parsed.reset:
        if not is_temporary(statement.target):
            _check_target(statement, found)
    for statements in parsed.operations:
        _check_operation(parsed, statements)
    object.__setattr__(parsed, "refractory_is_time", is_time)
    object.__setattr__(parsed, "notes", tuple(notes))
    return parsed


def _operation(
    operation: Operation,
    owner: str,
    symbols: SymbolTable,
    found: dict[str, Equation],
    notes: list[str],
) -> tuple[Statement, ...]:
    """The statements of an operation, whose temporary variables have names of their own."""
    return with_temporaries(
        parse_statements(operation.statements, owner, "run_regularly statement"),
        symbols.own,
        [n for n, e in found.items() if e.kind != SUBEXPRESSION],
        "".join(c if c.isalnum() else "_" for c in operation.name),
        notes,
    )


def _check_operation(parsed: ParsedNeurons, statements: tuple[Statement, ...]) -> None:
    """Check the statements of an operation; what all neurons share is set from what they share."""
    differing = {*parsed.equations, "i", "lastspike", "not_refractory"} - parsed.shared
    for statement in statements:
        parsed.check.statement(statement)
        if is_temporary(statement.target):
            continue
        _check_target(statement, parsed.equations, fixed=("constant",))
        used = differing.intersection(names_in(parsed.inlined(statement.value)))
        if statement.target in parsed.shared and used:
            raise statement.location.error(
                f"{statement.target} is shared and is set from {min(used)}, which is not",
                "a shared variable has one value, from numbers, t and other shared variables",
                "set another variable, or leave out the flag (shared)",
                name=statement.target,
            )


def _symbol(equation: Equation) -> Symbol:
    kind = {DIFFERENTIAL: STATE, PARAMETER: PARAMETER_SYMBOL, SUBEXPRESSION: SUBEXPRESSION_SYMBOL}[
        equation.kind
    ]
    return Symbol(equation.name, kind, equation.dimension, equation.type)


def _check_noise(parsed: ParsedNeurons, locations: dict[str, SourceLocation]) -> None:
    outside = [
        *((e.expression, e.location) for e in parsed.refreshed),
        (parsed.threshold, locations["threshold"]),
        (parsed.refractory, locations["refractory"]),
        *zip(parsed.events, list(locations.values())[2:], strict=True),
        *((s.expression, s.location) for s in parsed.statements),
    ]
    for tree, location in outside:
        for name in names_in(tree) if tree is not None else []:
            if parsed.symbols[name].kind == NOISE:
                raise location.error(
                    f"{name} stands outside a differential equation",
                    "xi is noise of a differential equation",
                    "use randn() here",
                    name=name,
                )


def _check_dimensions(parsed: ParsedNeurons, locations: dict[str, SourceLocation]) -> bool:
    """Check all expressions; whether the refractoriness is a duration."""
    check = parsed.check
    for equation in (*parsed.equations.values(), *parsed.refreshed):
        check.equation(equation)
    for statement in parsed.reset:
        if statement.target in parsed.equations or is_temporary(statement.target):
            check.statement(statement)
    conditions = dict(zip(list(locations.values())[2:], parsed.events, strict=True))
    if parsed.threshold is not None:
        conditions[locations["threshold"]] = parsed.threshold
    for location, tree in conditions.items():
        _require_condition(parsed, tree, location)
        check.expression(tree, location, dim.ONE, "a condition")
    if parsed.refractory is None:
        return False
    location = locations["refractory"]
    if _is_condition(parsed, parsed.refractory):
        check.expression(parsed.refractory, location, dim.ONE, "a condition")
        return False
    try:
        check.expression(parsed.refractory, location, dim.SECOND, "the refractory period")
    except UnitError as error:
        raise DimensionError(error.where, error.what, error.allowed, error.advice) from None
    return True


def _is_condition(parsed: ParsedNeurons, tree: ast.expr) -> bool:
    return is_boolean(tree) or (
        isinstance(tree, ast.Name) and parsed.symbols[tree.id].type == "boolean"
    )


def _require_condition(parsed: ParsedNeurons, tree: ast.expr, location: SourceLocation) -> None:
    if not _is_condition(parsed, tree):
        raise location.error_of(
            ExpressionTypeError,
            f"{ast.unparse(tree)!r} is no condition",
            f"the {location.kind} compares, for instance v > 1",
            "write a comparison",
            tree,
        )


def _check_target(
    statement: Statement,
    equations: dict[str, Equation],
    fixed: tuple[str, ...] = ("constant", SHARED),
) -> None:
    settable = [n for n, e in equations.items() if e.kind != SUBEXPRESSION]
    equation = equations.get(statement.target)
    if equation is None:
        near = ", ".join(sorted(settable)) or "none"
        raise statement.location.error(
            f"unknown name {statement.target!r} on the left side",
            f"variables of the group are {near}",
            "correct the name",
            name=statement.target,
        )
    flags = [flag for flag in fixed if flag in equation.flags]
    if equation.kind == SUBEXPRESSION or flags:
        what = "a subexpression" if equation.kind == SUBEXPRESSION else flags[0]
        raise statement.location.error(
            f"{statement.target} is {what} and cannot be set",
            f"statements can set {', '.join(settable)}",
            "set another variable",
            name=statement.target,
        )


class _Inliner(ast.NodeTransformer):
    def __init__(self, parsed: ParsedNeurons) -> None:
        self.parsed = parsed

    def visit_Name(self, node: ast.Name) -> ast.expr:
        equation = self.parsed.equations.get(node.id)
        if equation is None or equation.kind != SUBEXPRESSION or equation.expression is None:
            return node
        inner: ast.expr = self.visit(copied(equation.expression))
        return as_type(inner, equation.type, self.parsed.symbols)


def parse_model(model: NeuronEquations, owner: str) -> ParsedNeurons:
    """The parsed expressions of a model."""
    return parse_neurons(
        model.equations,
        model.threshold,
        model.reset,
        model.refractory,
        owner or "NeuronGroup",
        model.operations,
        model.events,
    )
