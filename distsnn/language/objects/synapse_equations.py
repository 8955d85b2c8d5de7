"""Synapses with equations, parsed and checked."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from distsnn.describe.operations import Operation
from distsnn.describe.synapses.equation_based import PathwayAccess, SynapseStrings
from distsnn.errors import UnitError, nearest_first
from distsnn.language import dimensions as dim
from distsnn.language.dimension_check import DimensionCheck
from distsnn.language.objects.constant_over_dt import CONSTANT_OVER_DT, split_refreshed
from distsnn.language.objects.group_variables import GroupVariables
from distsnn.language.objects.shared_variables import SHARED, check_shared, shared_names
from distsnn.language.objects.synapse_names import check_flags, check_linked, check_own
from distsnn.language.objects.temporaries import is_temporary, with_temporaries
from distsnn.language.parse import (
    DIFFERENTIAL,
    LINKED,
    PARAMETER,
    SUBEXPRESSION,
    Equation,
    parse_equations,
)
from distsnn.language.symbols import NOISE, SPECIAL, STATE, Symbol, SymbolTable
from distsnn.language.symbols import PARAMETER as PARAMETER_SYMBOL
from distsnn.language.symbols import SUBEXPRESSION as SUBEXPRESSION_SYMBOL
from distsnn.language.syntax import Statement, copied, names_in, parse_statements
from distsnn.language.types import as_type

FLAGS = {
    DIFFERENTIAL: frozenset({"event-driven", "clock-driven"}),
    SUBEXPRESSION: frozenset({"summed", "shared", CONSTANT_OVER_DT}),
    PARAMETER: frozenset({"constant", "shared", "linked"}),
}
LASTUPDATE = "lastupdate"
SPECIALS = {
    "t": Symbol("t", SPECIAL, dim.SECOND),
    "dt": Symbol("dt", SPECIAL, dim.SECOND),
    "t_in_timesteps": Symbol("t_in_timesteps", SPECIAL, dim.ONE, "integer"),
    **{
        name: Symbol(name, SPECIAL, dim.ONE, "integer")
        for name in ("i", "j", "N_pre", "N_post", "N", "N_incoming", "N_outgoing")
    },
}
# What synapses know of sources and targets that can be refractory.
REFRACTORINESS = {
    "lastspike": Symbol("lastspike", SPECIAL, dim.SECOND),
    "not_refractory": Symbol("not_refractory", SPECIAL, dim.ONE, "boolean"),
}


@dataclass(frozen=True, eq=False)
class ParsedPathway:
    """The statements of one pathway; `after` is ``"pre"`` or ``"post"``."""

    name: str
    after: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, eq=False)
class ParsedSynapses:
    """A checked model of synapses.

    Attributes
    ----------
    owner : str
    equations : dict of str to Equation
        By variable, in order; summed ones are not among them.
    summed : tuple of Equation
        Sums over synapses; the names end in ``_pre`` or ``_post``.
    pathways : tuple of ParsedPathway
        In the order in which they act.
    source, target : GroupVariables
        What is known of the two groups.
    symbols : SymbolTable
    check : DimensionCheck
    refreshed : tuple of Equation
        Subexpressions that are constant over dt, in order; in `equations` they are parameters.
    operations : tuple of tuple of Statement
        Statements that run at regular times, of each operation.
    linked : mapping of str to Equation
        Variables ``x`` that stand for one value of another group, written ``x_pre`` once
        subexpressions are `inlined`: as if each source had it.
    notes : tuple of str
        What users should be warned of.
    """

    owner: str
    equations: dict[str, Equation]
    summed: tuple[Equation, ...]
    pathways: tuple[ParsedPathway, ...]
    source: GroupVariables
    target: GroupVariables
    symbols: SymbolTable
    check: DimensionCheck
    refreshed: tuple[Equation, ...] = ()
    operations: tuple[tuple[Statement, ...], ...] = ()
    linked: Mapping[str, Equation] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of all pathways and operations."""
        blocks = (*(p.statements for p in self.pathways), *self.operations)
        return tuple(s for statements in blocks for s in statements)

    @cached_property
    def operated_pre(self) -> frozenset[str]:
        """Names x of ``x_pre`` that operations read or write."""
        names = {s.target for statements in self.operations for s in statements}
        for statements in self.operations:
            names.update(n for s in statements for n in names_in(self.inlined(s.value)))
        return self._of_end(names, "_pre")

    @cached_property
    def operated_post(self) -> frozenset[str]:
        """Names x of ``x_post`` that operations write."""
        return self._of_end((s.target for own in self.operations for s in own), "_post")

    @cached_property
    def summed_pre(self) -> frozenset[str]:
        """Names x of ``x_pre`` that sums read."""
        trees = [self.inlined(e.expression) for e in self.summed if e.expression is not None]
        return self._of_end((n for tree in trees for n in names_in(tree)), "_pre")

    @cached_property
    def read_pre(self) -> frozenset[str]:
        """Names x of ``x_pre`` that anything reads."""
        trees = map(self.inlined, self.trees)
        return self._of_end((n for tree in trees for n in names_in(tree)), "_pre")

    @property
    def shared(self) -> frozenset[str]:
        """Variables that all synapses share."""
        return shared_names(self.equations)

    @property
    def event_driven(self) -> tuple[str, ...]:
        """Variables that decay between events."""
        return tuple(n for n, e in self.equations.items() if "event-driven" in e.flags)

    @property
    def clock_driven(self) -> tuple[str, ...]:
        """Variables that are integrated in every step."""
        return tuple(
            n
            for n, e in self.equations.items()
            if e.kind == DIFFERENTIAL and "event-driven" not in e.flags
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that every synapse stores."""
        stored = tuple(n for n, e in self.equations.items() if e.kind != SUBEXPRESSION)
        return (*stored, LASTUPDATE) if self.event_driven and LASTUPDATE not in stored else stored

    @cached_property
    def written(self) -> frozenset[str]:
        """Variables of synapses, sources and targets that change while the network runs."""
        of_events = {s.target for s in self.statements}
        computed = (e.name for e in (*self.summed, *self.refreshed))
        equations = {*self.event_driven, *self.clock_driven, *computed}
        own = frozenset(of_events | equations)
        return own | {LASTUPDATE} if self.event_driven else own

    @property
    def written_post(self) -> frozenset[str]:
        """Names x of the target variables ``x_post`` that change by these synapses."""
        return self._of_end(self.written, "_post")

    @property
    def written_pre(self) -> frozenset[str]:
        """Names x of the source variables ``x_pre`` that change by these synapses."""
        return self._of_end(self.written, "_pre")

    def _of_end(self, names: Iterable[str], ending: str) -> frozenset[str]:
        """Variables of the source or target among `names`, without their `ending`."""
        return frozenset(n.removesuffix(ending) for n in names if n.endswith(ending))

    @cached_property
    def accesses(self) -> tuple[PathwayAccess, ...]:
        """Variables of source and target that each pathway reads and writes."""
        decaying = [self.equations[name].expression for name in self.event_driven]
        found = []
        for pathway in self.pathways:
            trees = [*decaying, *(s.value for s in pathway.statements)]
            reads = {n for t in trees if t is not None for n in names_in(self.inlined(t))}
            writes = {s.target for s in pathway.statements}
            found.append(
                PathwayAccess(
                    pathway.name,
                    pathway.after,
                    self._of_end(reads, "_pre"),
                    self._of_end(writes, "_pre"),
                    self._of_end(writes, "_post"),
                )
            )
        return tuple(found)

    @cached_property
    def trees(self) -> list[ast.expr]:
        """All expressions."""
        lines = (*self.equations.values(), *self.summed, *self.refreshed)
        found = [e.expression for e in lines]
        found += [s.expression for s in self.statements]
        return [tree for tree in found if tree is not None]

    @cached_property
    def outside(self) -> tuple[list[str], list[str]]:
        """Names from outside: of numbers, and of TimedArrays."""
        return self.symbols.constants_in(self.trees), self.symbols.arrays_in(self.trees)

    def inlined(self, tree: ast.expr) -> ast.expr:
        """`tree` with subexpressions, own and of the two groups, put in place of their names."""
        result: ast.expr = _Inliner(self).visit(copied(tree))
        return result


@lru_cache(maxsize=256)
def parse_synapses(
    strings: SynapseStrings,
    owner: str,
    source: GroupVariables,
    target: GroupVariables,
    operations: tuple[Operation, ...] = (),
) -> ParsedSynapses:
    """Parse and check synapses.

    Raises EquationError if an expression cannot be understood, and UnitError if dimensions do not
    agree.
    """
    lines = parse_equations(strings.model, owner, FLAGS, "synaptic equation")
    check_flags(lines, (FLAGS[DIFFERENTIAL], FLAGS[SUBEXPRESSION]))
    found, refreshed = split_refreshed(lines)
    summed = tuple(e for e in found.values() if "summed" in e.flags)
    linked = {n: e for n, e in found.items() if LINKED in e.flags}
    own = {n: e for n, e in found.items() if "summed" not in e.flags and n not in linked}
    check_own({**own, **linked}, owner, source, target)
    values = {n: Symbol(n, STATE, e.dimension, e.type) for n, e in linked.items()}
    source = replace(source, symbols={**source.symbols, **values})
    symbols = SymbolTable({**_symbols(own, source, target), **values})
    settable = _settable(own, symbols, source, target)
    notes: list[str] = []

    def statements(text: str, kind: str, name: str) -> tuple[Statement, ...]:
        found = (_suffixed(s, own, target) for s in parse_statements(text, owner, kind))
        return with_temporaries(found, symbols.own, settable, name, notes)

    pathways = tuple(
        ParsedPathway(name, after, statements(text, f"on_{after} statement", name))
        for after, given in (("pre", strings.on_pre), ("post", strings.on_post))
        for name, text in sorted(given)
    )
    of_groups = {f"{x}_pre" for x in source.shared} | {f"{x}_post" for x in target.shared}
    check_shared(lines, symbols.own.keys() - own.keys() - of_groups - target.shared)
    parsed = ParsedSynapses(
        owner,
        own,
        summed,
        pathways,
        source,
        target,
        symbols,
        DimensionCheck(symbols),
        refreshed,
        tuple(
            statements(one.statements, "run_regularly statement", f"operation{n}")
            for n, one in enumerate(operations)
        ),
        linked,
        tuple(notes),
    )
    _check(parsed)
    return parsed


def _symbols(
    own: Mapping[str, Equation], source: GroupVariables, target: GroupVariables
) -> dict[str, Symbol]:
    symbols = dict(SPECIALS)
    for members, suffix in ((source, "_pre"), (target, "_post")):
        for name, symbol in members.symbols.items():
            symbols[name + suffix] = Symbol(
                name + suffix, symbol.kind, symbol.dimension, symbol.type
            )
        if members.refractory:
            symbols |= {n + suffix: replace(s, name=n + suffix) for n, s in REFRACTORINESS.items()}
    if target.refractory:
        symbols |= REFRACTORINESS
    # As in Brian 2, a name without ending that is no variable of the synapse is the target's.
    for name, symbol in target.symbols.items():
        symbols.setdefault(name, symbol)
    kinds = {DIFFERENTIAL: STATE, PARAMETER: PARAMETER_SYMBOL, SUBEXPRESSION: SUBEXPRESSION_SYMBOL}
    for name, equation in own.items():
        symbols[name] = Symbol(name, kinds[equation.kind], equation.dimension, equation.type)
    if any("event-driven" in e.flags for e in own.values()):
        symbols.setdefault(LASTUPDATE, Symbol(LASTUPDATE, STATE, dim.SECOND))
    return symbols


def _suffixed(
    statement: Statement, own: Mapping[str, Equation], target: GroupVariables
) -> Statement:
    """The statement with the ending ``_post`` where the target is meant without it."""
    name = statement.target
    if name not in own and name in target.symbols and name not in SPECIALS:
        return Statement(
            name + "_post", statement.operator, statement.expression, statement.location
        )
    return statement


def _check(parsed: ParsedSynapses) -> None:
    lines = [(e.expression, e.location) for e in (*parsed.summed, *parsed.refreshed)]
    lines += [(s.expression, s.location) for one in parsed.operations for s in one]
    check_linked(parsed.linked, lines, parsed.inlined)
    for name, equation in parsed.equations.items():
        parsed.check.equation(equation)
        if name not in parsed.clock_driven:
            _check_names(parsed, equation.expression, equation)
        if "event-driven" in equation.flags:
            _check_event_driven(parsed, equation)
        elif name in parsed.clock_driven:
            _check_between_events(parsed, equation)
    for equation in parsed.refreshed:
        parsed.check.equation(equation)
        _check_names(parsed, equation.expression, equation)
    for equation in parsed.summed:
        _check_summed(parsed, equation)
    stems = [e.name.removesuffix("_pre").removesuffix("_post") for e in parsed.summed]
    twice = [e for e, stem in zip(parsed.summed, stems, strict=True) if stems.count(stem) > 1]
    if twice and parsed.source.name == parsed.target.name:
        raise twice[-1].location.error(
            f"two sums set one variable of {parsed.source.name}",
            "one equation sets a variable",
            "give the group a variable for each",
        )
    settable = _settable(parsed.equations, parsed.symbols, parsed.source, parsed.target)
    for statement in parsed.statements:
        if not is_temporary(statement.target):
            _check_target(statement, settable)
        _check_names(parsed, statement.expression, statement)
        parsed.check.statement(statement)


def _check_names(parsed: ParsedSynapses, tree: ast.expr | None, of: Equation | Statement) -> None:
    for name in names_in(tree) if tree is not None else []:
        if parsed.symbols[name].kind == NOISE:
            raise of.location.error(
                f"{name} stands outside a clock-driven equation",
                "xi is noise of differential equations that are (clock-driven)",
                "use randn() in a statement",
                name=name,
            )


def _check_event_driven(parsed: ParsedSynapses, equation: Equation) -> None:
    assert equation.expression is not None
    for name in names_in(parsed.inlined(equation.expression)):
        if name == "t" or name in parsed.clock_driven:
            raise equation.location.error(
                f"{equation.name!r} depends on {name!r}{_through(parsed, equation, name)}, which "
                "changes between events",
                "an (event-driven) equation depends on (event-driven) variables, and on others as "
                "they are at the event",
                "make it (clock-driven)",
                name=name,
            )


def _check_between_events(parsed: ParsedSynapses, equation: Equation) -> None:
    """Raise if what is computed in every step depends on what is known at events alone."""
    for name in names_in(parsed.inlined(equation.expression or ast.Constant(0))):
        if name in parsed.event_driven:
            raise equation.location.error(
                f"{equation.name!r} depends on {name!r}{_through(parsed, equation, name)}, which "
                "is known at events only",
                "equations of every step and sums depend on (clock-driven) variables",
                f"make {name} (clock-driven)",
                name=name,
            )


def _through(parsed: ParsedSynapses, equation: Equation, name: str) -> str:
    """The subexpressions by which an equation depends on a variable, for a message."""
    found, open_ = [], list(names_in(equation.expression or ast.Constant(0)))
    while open_:
        one = parsed.equations.get(open_.pop(0))
        if one is None or one.kind != SUBEXPRESSION or one.expression is None:
            continue
        if name in names_in(parsed.inlined(one.expression)):
            found.append(repr(one.name))
            open_ += names_in(one.expression)
    return f" through {', '.join(found)}" if found else ""


def _check_summed(parsed: ParsedSynapses, equation: Equation) -> None:
    name = equation.name
    parameters = {
        n + ending: s
        for members, ending in ((parsed.target, "_post"), (parsed.source, "_pre"))
        for n, s in members.symbols.items()
        if s.kind == PARAMETER_SYMBOL and n in members.settable
    }
    known = parameters.get(name)
    if known is None:
        raise equation.location.error(
            f"{name!r} cannot be summed",
            "a summed variable is a parameter of the target or source: "
            + (", ".join(nearest_first(name, parameters)) or "they have none"),
            "correct the name",
            name=name,
        )
    if known.dimension != equation.dimension:
        raise UnitError(
            equation.location.where,
            f"{name} is in {known.dimension}, but here in {equation.dimension}",
            "both must have the same unit",
            "correct the unit",
            name=name,
        )
    _check_between_events(parsed, equation)
    parsed.check.equation(equation)
    _check_names(parsed, equation.expression, equation)


def _settable(
    own: Mapping[str, Equation],
    symbols: SymbolTable,
    source: GroupVariables,
    target: GroupVariables,
) -> set[str]:
    """The names that statements may set."""
    settable = own_settable(own)
    settable |= {n + "_post" for n in target.settable}
    settable |= {n + "_pre" for n in source.settable}
    return settable | ({LASTUPDATE} & symbols.own.keys())


def own_settable(own: Mapping[str, Equation]) -> set[str]:
    """The variables of the synapses that statements may set."""
    return {
        n for n, e in own.items() if e.kind != SUBEXPRESSION and not e.flags & {"constant", SHARED}
    }


def _check_target(statement: Statement, settable: Collection[str]) -> None:
    name = statement.target
    if name not in settable:
        near = nearest_first(name, settable)
        raise statement.location.error(
            f"{name!r} cannot be set",
            "statements can set " + (", ".join(near) or "nothing"),
            f"Did you mean {near[0]!r}?" if near else "",
            name=name,
            valid=near,
        )


class _Inliner(ast.NodeTransformer):
    """Puts subexpressions in place of their names, and endings on names of the target."""

    def __init__(self, parsed: ParsedSynapses) -> None:
        self.parsed = parsed

    def visit_Name(self, node: ast.Name) -> ast.expr:
        parsed, name = self.parsed, node.id
        equation = parsed.equations.get(name)
        if equation is not None:
            if equation.kind != SUBEXPRESSION or equation.expression is None:
                return node
            own: ast.expr = self.visit(copied(equation.expression))
            return as_type(own, equation.type, parsed.symbols)
        if name in SPECIALS:
            return node
        if name in parsed.linked:
            return ast.Name(f"{name}_pre", ast.Load())
        if name in REFRACTORINESS and parsed.target.refractory:
            return ast.Name(f"{name}_post", ast.Load())
        for members, ending in (
            (parsed.source, "_pre"),
            (parsed.target, "_post"),
            (parsed.target, ""),
        ):
            stem = name.removesuffix(ending) if ending else name
            if name.endswith(ending) and stem in members.symbols:
                return members.reached(stem, ending or "_post")
        return node
