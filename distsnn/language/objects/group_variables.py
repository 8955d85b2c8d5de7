"""Variables of groups that synapses can use: by name, dimension and kind."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from distsnn.describe.groups import GroupDescription, NeuronDescription
from distsnn.describe.models.lif_models import LIF_PARAMETERS
from distsnn.describe.models.receptors.group_receptors import (
    ARRIVING,
    receptor_parameters,
    receptor_units,
    receptor_variables,
)
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.language.objects.neuron_equations import ParsedNeurons, parse_model
from distsnn.language.objects.shared_variables import SHARED, shared_names
from distsnn.language.parse import LINKED
from distsnn.language.parse import SUBEXPRESSION as SUBEXPRESSION_LINE
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import (
    CONSTANT,
    PARAMETER,
    STATE,
    SUBEXPRESSION,
    Symbol,
    SymbolTable,
)
from distsnn.language.syntax import copied, names_in
from distsnn.language.unit_names import parse_unit

Units = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class GroupVariables:
    """A group as its synapses see it.

    Attributes
    ----------
    name : str
    symbols : dict of str to Symbol
        Its variables.
    settable : frozenset of str
        Variables that statements may set.
    clamped : frozenset of str
        Variables that events cannot change while a neuron is refractory.
    expressions : dict of str to ast.expr
        Subexpressions, written out over variables, without others in them.
    refractory : bool
        Whether its neurons can be refractory.
    start : int
        Which of its neurons is the first that the synapses join.
    whole_size : int or None
        Number of its neurons if the synapses join only some of them, else None.
    shared : frozenset of str
        Variables of which all neurons have one value.
    """

    name: str
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    settable: frozenset[str] = frozenset()
    clamped: frozenset[str] = frozenset()
    expressions: Mapping[str, ast.expr] = field(default_factory=dict)
    refractory: bool = False
    start: int = 0
    whole_size: int | None = None
    shared: frozenset[str] = frozenset()

    def reached(self, name: str, ending: str) -> ast.expr:
        """The variable `name` with the ending ``_pre`` or ``_post``; of a subexpression its parts.

        Constants of the group's own expressions get the ending too, so that they are told apart
        from those of the synapses; its ``i`` and ``N`` count all its neurons.
        """
        if self.symbols[name].kind != SUBEXPRESSION:
            return ast.Name(name + ending, ast.Load())
        tree = copied(self.expressions[name])
        result: ast.expr = _Ending(self, ending).visit(tree)
        return result


class _Ending(ast.NodeTransformer):
    def __init__(self, members: GroupVariables, ending: str) -> None:
        self.members = members
        self.table = SymbolTable(members.symbols)
        self.ending = ending

    def visit_Call(self, node: ast.Call) -> ast.expr:
        # Functions mean the same everywhere; only what they are given belongs to the group.
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.members.symbols:
            return ast.Name(node.id + self.ending, ast.Load())
        if node.id == "i":
            index = ast.Name("i" if self.ending == "_pre" else "j", ast.Load())
            start = self.members.start
            return ast.BinOp(index, ast.Add(), ast.Constant(start)) if start else index
        if node.id == "N":
            whole = self.members.whole_size
            return ast.Constant(whole) if whole else ast.Name("N" + self.ending, ast.Load())
        if self.table[node.id].kind == CONSTANT and node.id not in {"t", "dt"}:
            return ast.Name(node.id + self.ending, ast.Load())
        return node


def members_of_part(group: GroupDescription, start: int, stop: int) -> GroupVariables:
    """The variables for synapses with a group's neurons from `start` to before `stop`."""
    return _part_of(members_of(group), start, None if stop - start == group.size else group.size)


@lru_cache(maxsize=256)
def _part_of(members: GroupVariables, start: int, whole_size: int | None) -> GroupVariables:
    return replace(members, start=start, whole_size=whole_size)


def members_of(group: GroupDescription) -> GroupVariables:
    """The variables for synapses with all neurons of a group."""
    if not isinstance(group, NeuronDescription):
        return _members_of_source(group.name)
    members = _members_of_neurons(group)
    return _with_arriving(members) if ARRIVING in receptor_variables(group.receptors) else members


def _members_of_neurons(group: NeuronDescription) -> GroupVariables:
    if isinstance(group.model, NeuronEquations):
        return _members_with_equations(parse_model(group.model, group.name), group.name)
    parameters = {n: p.unit for n, (p, _) in receptor_parameters(group.receptors).items()}
    return _members_built_in(
        group.name,
        type(group.model).__name__,
        tuple(parameters.items()),
        tuple(receptor_units(group.receptors).items()),
    )


# What is the same for the same group is one object, by which parsed synapses are found again.
@lru_cache(maxsize=256)
def _members_of_source(name: str) -> GroupVariables:
    return GroupVariables(name)


@lru_cache(maxsize=256)
def _with_arriving(members: GroupVariables) -> GroupVariables:
    """With what arrives in a step, which pathways before the groups add to."""
    unit = parse_unit("mV", SourceLocation(members.name, "receptors", "Delta"))[0]
    symbols = {**members.symbols, ARRIVING: Symbol(ARRIVING, STATE, unit)}
    return replace(members, symbols=symbols, settable=members.settable | {ARRIVING})


@lru_cache(maxsize=256)
def _members_built_in(name: str, model: str, parameters: Units, states: Units) -> GroupVariables:
    location = SourceLocation(name, "built-in model", model)
    of_kinds = (
        (PARAMETER, {n: p.unit for n, p in LIF_PARAMETERS.items()}),
        (PARAMETER, dict(parameters)),
        (STATE, {"V_m": "mV", **dict(states)}),
    )
    symbols = {
        n: Symbol(n, kind, parse_unit(unit, location)[0])
        for kind, of_kind in of_kinds
        for n, unit in of_kind.items()
    }
    settable = frozenset(of_kinds[-1][1])
    return GroupVariables(name, symbols, settable, frozenset({"V_m"}), refractory=True)


@lru_cache(maxsize=256)
def _members_with_equations(parsed: ParsedNeurons, name: str) -> GroupVariables:
    hidden = _through_links(parsed)
    own = {n: s for n, s in parsed.symbols.own.items() if n in parsed.equations.keys() - hidden}
    expressions = {
        n: parsed.inlined(e.expression)
        for n, e in parsed.equations.items()
        if e.kind == SUBEXPRESSION_LINE and e.expression is not None and n not in hidden
    }
    settable = frozenset(
        n
        for n, e in parsed.equations.items()
        if e.kind != SUBEXPRESSION_LINE and not e.flags & {"constant", SHARED, LINKED}
    )
    clamped = parsed.clamped if parsed.refractory is not None else frozenset()
    refractory = parsed.refractory is not None
    shared = shared_names(parsed.equations) - hidden
    return GroupVariables(name, own, settable, clamped, expressions, refractory, shared=shared)


def _through_links(parsed: ParsedNeurons) -> set[str]:
    """Linked variables and subexpressions over them: as in Brian 2, synapses do not see these."""
    linked = set(parsed.linked)
    return linked | {
        n
        for n, e in parsed.equations.items()
        if e.expression is not None and linked & set(names_in(parsed.inlined(e.expression)))
        if e.kind == SUBEXPRESSION_LINE
    }
