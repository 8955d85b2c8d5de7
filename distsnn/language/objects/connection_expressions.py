"""Connections given by expressions, in the dialect of Brian 2: parsed and checked.

A condition on pairs is the generator ``j for j in range(N_post) if condition``, where moreover
each pair may be taken with a probability `p`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.errors import ExpressionTypeError
from distsnn.language import dimensions as dim
from distsnn.language.dimension_check import DimensionCheck
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.objects.group_variables import GroupVariables
from distsnn.language.objects.index_generators import (
    ONE,
    TRUE,
    ZERO,
    Generator,
    PlacedExpression,
    parse_generator,
)
from distsnn.language.objects.pair_symbols import INDICES, is_whole, member_of, pair_symbols
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SymbolTable
from distsnn.language.syntax import calls_in, is_boolean, names_in, parse_expression


@dataclass(frozen=True, eq=False)
class ParsedConnection:
    """A checked connection.

    Attributes
    ----------
    major : str
        The index that is walked: ``"i"``, or ``"j"`` for a generator of sources.
    generator : Generator
    probability : PlacedExpression or None
        Of each pair that fulfils the condition.
    copies : PlacedExpression
        Number of synapses of each pair.
    symbols : SymbolTable
    location : SourceLocation
    """

    major: str
    generator: Generator
    probability: PlacedExpression | None
    copies: PlacedExpression
    symbols: SymbolTable
    location: SourceLocation

    @property
    def minor(self) -> str:
        """The index that the generator gives."""
        return "j" if self.major == "i" else "i"

    @property
    def parts(self) -> tuple[PlacedExpression, ...]:
        """All expressions."""
        g = self.generator
        found = (
            g.element,
            g.low,
            g.high,
            g.step,
            g.condition,
            g.share,
            g.size,
            self.probability,
            self.copies,
        )
        return tuple(p for p in found if p is not None)

    @property
    def is_direct(self) -> bool:
        """Whether indices are found without walking the whole range: `k for k in range(...)`."""
        g = self.generator
        return (
            g.size is None
            and isinstance(g.element.tree, ast.Name)
            and g.element.tree.id == g.variable
            and ast.dump(g.step.tree) == ast.dump(ONE)
        )

    @property
    def never_leaves(self) -> bool:
        """Whether indices cannot lie outside the group, by the form of the expression."""
        g, end = self.generator, "N_post" if self.major == "i" else "N_pre"
        return (
            self.is_direct
            and ast.dump(g.low.tree) == ast.dump(ZERO)
            and isinstance(g.high.tree, ast.Name)
            and g.high.tree.id == end
        )

    @property
    def members(self) -> dict[str, tuple[str, str]]:
        """Side and name of each variable of the groups in the expression, by its name."""
        found = {}
        for part in self.parts:
            for name in names_in(part.tree):
                member = member_of(name, self.symbols)
                if member is not None:
                    found[name] = member
        return found

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers from outside."""
        return tuple(self.symbols.constants_in(p.tree for p in self.parts))

    @property
    def draws(self) -> bool:
        """Whether the expression has random numbers."""
        g = self.generator
        return (g.share or g.size or self.probability) is not None or any(
            name in RANDOM for p in self.parts for name in calls_in(p.tree)
        )

    def uses_minor_members(self, part: PlacedExpression) -> bool:
        """Whether an expression needs values of the neuron that the generator gives."""
        side = "post" if self.minor == "j" else "pre"
        members = self.members
        return any(members[n][0] == side for n in names_in(part.tree) if n in members)


def parse_connection(
    rule: ExpressionRule, owner: str, source: GroupVariables, target: GroupVariables
) -> ParsedConnection:
    """Parse and check the expressions of a rule.

    Raises EquationError if an expression cannot be understood, and UnitError if dimensions do not
    agree.
    """
    kind = "condition" if rule.kind == "condition" else f"connection {rule.kind} ="
    location = SourceLocation(owner, kind, rule.text)
    if rule.kind == "condition":
        condition = PlacedExpression(parse_expression(rule.text, location), location)
        generator = Generator(
            PlacedExpression(ast.Name("j", ast.Load()), location),
            "j",
            PlacedExpression(ZERO, location),
            PlacedExpression(ast.Name("N_post", ast.Load()), location),
            PlacedExpression(ONE, location),
            condition,
        )
    else:
        own = (*pair_symbols(source, target).own, "N", "t", "dt")
        generator = parse_generator(rule.text, location, own)
    parsed = ParsedConnection(
        "j" if rule.kind == "i" else "i",
        generator,
        _part(rule.p, SourceLocation(owner, "connection p =", rule.p)) if rule.p else None,
        _part(rule.n, SourceLocation(owner, "connection n =", rule.n)),
        pair_symbols(source, target, generator.variable),
        location,
    )
    for part in parsed.parts:
        _check_names(parsed, part)
    _check_types(parsed, rule)
    return parsed


def _part(parsed: str, location: SourceLocation) -> PlacedExpression:
    return PlacedExpression(parse_expression(parsed, location), location)


def _check_names(parsed: ParsedConnection, part: PlacedExpression) -> None:
    for node in ast.walk(part.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id not in FUNCTIONS
            and node.func.id not in RANDOM
        ):
            raise part.location.error(
                f"{node.func.id}() is called",
                "connections call " + ", ".join(FUNCTIONS) + ", rand() and randn()",
                "leave it out",
                node,
                name=node.func.id,
            )
        if (
            isinstance(node, ast.Name)
            and node.id in {"N", "N_incoming", "N_outgoing", "t", "dt", "lastupdate", "lastspike"}
            and node.id not in parsed.symbols.own
        ):
            raise part.location.error(
                f"{node.id!r} has no value while synapses are made",
                f"connections know {', '.join(INDICES)} and variables of the groups",
                "use these",
                node,
                name=node.id,
            )


def _check_types(parsed: ParsedConnection, rule: ExpressionRule) -> None:
    g, check = parsed.generator, DimensionCheck(parsed.symbols)
    for part, what in (
        (g.element, f"index {parsed.minor}"),
        (g.low, "a bound"),
        (g.high, "a bound"),
        (g.step, "a step"),
        (g.share, "p"),
        (g.size, "size"),
        (parsed.probability, "p"),
        (parsed.copies, "n"),
        (g.condition, "a condition"),
    ):
        if part is not None:
            check.expression(part.tree, part.location, dim.ONE, what)
    condition = g.condition.tree
    boolean = (
        isinstance(condition, ast.Name)
        and condition.id in parsed.symbols.own
        and parsed.symbols[condition.id].type == "boolean"
    )
    if condition is not TRUE and not is_boolean(condition) and not boolean:
        raise g.condition.location.error_of(
            ExpressionTypeError,
            f"{ast.unparse(condition)!r} is not true or false",
            "a condition compares, or joins conditions with and, or, not",
            "write a comparison",
            condition,
        )
    for part in (g.low, g.high, g.step, g.size):
        if part is None:
            continue
        _check_setup(parsed, part)
        if not is_whole(part.tree, parsed.symbols, rule.names.numbers):
            raise part.location.error_of(
                ExpressionTypeError,
                f"{ast.unparse(part.tree)!r} is not a whole number by its form",
                "bounds, steps and sizes are whole numbers",
                "use // or int()",
                part.tree,
            )
    if g.share is not None:
        _check_setup(parsed, g.share)


def _check_setup(parsed: ParsedConnection, part: PlacedExpression) -> None:
    """Raise if what `range` and `sample` are given depends on what runs."""
    running = (
        {parsed.minor, parsed.generator.variable} if parsed.location.kind != "condition" else set()
    )
    for name in names_in(part.tree):
        if name in running or parsed.uses_minor_members(part):
            raise part.location.error(
                f"{ast.unparse(part.tree)!r} depends on {name!r}",
                f"what range() and sample() are given depends on {parsed.major} alone",
                "move it into the condition",
                part.tree,
                name=name,
            )
