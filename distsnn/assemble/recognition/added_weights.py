"""Statements that only add a weight to a target variable become projections.

``x_post += w`` costs as little as a ready receptor, whether w is the same for all synapses or not,
and whether it never changes or changes by the pair rule
(`distsnn.assemble.recognition.pair_rules`). What is delivered does not change: only who else looks
at the variable in the same step could see a difference, so it must be nobody.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.synapse_variables import (
    SynapseVariables,
    constant_value,
    increment_of,
    parse_description,
)
from distsnn.assemble.recognition.increments import NeedsCodeError, increased_variable, member_of
from distsnn.assemble.recognition.pair_rules import PairText, pair_text
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.equation_based import (
    EVERY_CONNECT,
    SynapseAssignment,
    SynapseDescription,
    SynapticValue,
    delay_variable,
)
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.given import Distribution, value_bounds
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import CONSTANTS
from distsnn.language.objects.synapse_equations import SPECIALS, SynapseText
from distsnn.language.syntax import names_in
from distsnn.language.unit_names import UNITS
from distsnn.layout.colocated import are_together


@dataclass(frozen=True)
class SynapsePlan:
    """How the synapses with statements of a network are built.

    Attributes
    ----------
    description : NetworkDescription
        With projections in place of the synapses that only add weights.
    slow : tuple of int
        Which of the synapses of the original description are left, by number.
    pairs : dict of int to PairText
        The rules of those that are not and whose weights change, by number.
    reasons : dict of int to str
        Why those that are left need generated code, by number.
    """

    description: NetworkDescription
    slow: tuple[int, ...]
    pairs: dict[int, PairText]
    reasons: dict[int, str]


_KEPT = "a trace of theirs is recorded or was set, which the table of their rule does not have"
_SEEN = "statements of other synapses read or write {variable} in the same step"


def plan_synapses(
    description: NetworkDescription,
    built: Mapping[str, SynapticValue] | None = None,
    kept: Collection[int] = (),
) -> SynapsePlan:
    """Find the synapses that only add a weight.

    It is a pure function of its arguments.

    Parameters
    ----------
    description : NetworkDescription
    built : mapping of str to SynapticValue, optional
        The weights by which the tables of a network were built, by the name of the projection:
        what had weights of its own keeps them.
    kept : collection of int
        Synapses whose statements stay as they are written although weights change by a rule.
    """
    texts = [parse_description(description, s) for s in description.synapses]
    found: dict[int, list[ProjectionDescription]] = {}
    pairs: dict[int, PairText] = {}
    reasons: dict[int, str] = {}
    for s, (synapses, text) in enumerate(zip(description.synapses, texts, strict=True)):
        pair = None if s in kept else pair_text(description, synapses, text)
        try:
            if pair is None:
                found[s] = _projections(description, synapses, text, built or {})
            else:
                found[s] = _changing(description, synapses, text, pair)
                pairs[s] = pair
        except NeedsCodeError as why:
            reasons[s] = _KEPT if s in kept else str(why)
    while True:
        seen = _seen(description, texts, set(found))
        lost = {
            s: _SEEN.format(variable=variable)
            for s, made in found.items()
            for group, variable in {_variable(description, p) for p in made}
            if (group, variable) in seen
        }
        # What is built has had weights within its bounds.
        lost |= {
            s: f"{pair.weight} begins outside of the bounds of its rule"
            for s, pair in pairs.items()
            if s not in lost and built is None and not _within(description, found[s], pair)
        }
        if not lost:
            break
        reasons |= lost
        for s in lost:
            del found[s]
            pairs.pop(s, None)
    slow = tuple(s for s in range(len(texts)) if s not in found)
    return SynapsePlan(
        replace(
            description,
            projections=(*description.projections, *(p for made in found.values() for p in made)),
            synapses=tuple(description.synapses[s] for s in slow),
        ),
        slow,
        pairs,
        reasons,
    )


def synaptic_weights(description: NetworkDescription) -> dict[str, SynapticValue]:
    """The weights of a plan's projections that synapses with statements give, by name."""
    return {
        p.name: p.weight for p in description.projections if isinstance(p.weight, SynapticValue)
    }


def _projections(
    description: NetworkDescription,
    synapses: SynapseDescription,
    text: SynapseText,
    built: Mapping[str, SynapticValue],
) -> list[ProjectionDescription]:
    """The projections that do the same, one for each ``connect``; NeedsCodeError if none do."""
    receptor = _receptor(description, synapses, increased_variable(description, synapses, text))
    number, single = _number(description, synapses, text), _is_single(synapses, text)
    depends_on = _dependencies(description, synapses, text)
    made = []
    for n, rule in enumerate(synapses.rules):
        name = synapses.of_connect(n)
        weight: float | SynapticValue
        if number is None or name in built:
            kept = built[name].single if name in built else True
            weight = SynapticValue(synapses, n, "", single and kept, depends_on)
        else:
            weight = number
        delay = _delay(synapses, text, n)
        made.append(
            ProjectionDescription(
                name, synapses.source, synapses.target, receptor, rule, weight, delay
            )
        )
    return made


def _changing(
    description: NetworkDescription,
    synapses: SynapseDescription,
    text: SynapseText,
    pair: PairText,
) -> list[ProjectionDescription]:
    """The same of synapses whose weights change by the pair rule."""
    receptor = _receptor(description, synapses, pair.target)
    if not synapses.rules:
        raise NeedsCodeError("they have no connect()")
    return [
        ProjectionDescription(
            synapses.of_connect(n),
            synapses.source,
            synapses.target,
            receptor,
            rule,
            SynapticValue(synapses, n),
            _delay(synapses, text, n),
            timing=pair.rule,
            synapses=synapses.name,
        )
        for n, rule in enumerate(synapses.rules)
    ]


def _within(
    description: NetworkDescription, made: list[ProjectionDescription], pair: PairText
) -> bool:
    """Whether all weights lie within the bounds of their rule at the start.

    Texts let them lie outside until the next event.
    """
    assert isinstance(made[0].weight, SynapticValue)
    given = [one.value for one in _last_whole(made[0].weight.synapses, pair.weight)] or [0.0]
    if pair.holds(-math.inf, math.inf) or all(
        isinstance(value, float | np.ndarray | Distribution) and pair.holds(*value_bounds(value))
        for value in given
    ):
        return True
    return all(pair.holds(*_value_range(description, p, pair.weight)) for p in made)


def _value_range(
    description: NetworkDescription, projection: ProjectionDescription, variable: str
) -> tuple[float, float]:
    """Smallest and largest value that a variable of all synapses of a ``connect`` starts with.

    Every rank draws all of them, a chunk at a time; none is kept.
    """
    value = projection.weight
    assert isinstance(value, SynapticValue)
    variables = SynapseVariables(description, value.synapses)
    low, high = np.inf, -np.inf
    for edges in ConnectEdges.of(description, projection).draw():
        if len(edges):
            some = variables.at(replace(edges, connect=value.connect)).of(variable)
            # Not a number lies outside all bounds.
            low, high = np.minimum(low, some.min()), np.maximum(high, some.max())
    return float(low), float(high)


def _receptor(description: NetworkDescription, synapses: SynapseDescription, variable: str) -> int:
    """Index of the receptor of the target that events add to; NeedsCodeError if it is none."""
    group = description.groups[synapses.target.group]
    assert isinstance(group, NeuronDescription)
    if variable not in group.receptor_variables:
        raise NeedsCodeError(f"{variable} is no variable of a receptor")
    return group.receptor_variables.index(variable)


def _delay(synapses: SynapseDescription, text: SynapseText, n: int) -> float | SynapticValue:
    """The delays of one ``connect`` from a spike of the source."""
    (pathway,) = (p.name for p in text.pathways if p.after == "pre")
    common = _common_delay(synapses, pathway)
    return SynapticValue(synapses, n, pathway) if common is None else common


def _number(
    description: NetworkDescription, synapses: SynapseDescription, text: SynapseText
) -> float | None:
    """What every event adds, if that is the same for all synapses as far as the texts say."""
    tree, values = increment_of(text), {}
    for name in names_in(tree):
        if name in text.equations:
            last = _last_whole(synapses, name)
            if last and (len(last) > 1 or not isinstance(last[0].value, float)):
                return None
            values[name] = last[0].value if last else 0.0
        elif name in {"i", "j"} or member_of(text, name) is not None:
            return None
        elif name in {"N_pre", "N_post"}:
            values[name] = (synapses.source if name == "N_pre" else synapses.target).size
        elif name not in UNITS and name not in CONSTANTS:
            values[name] = constant_value(description, synapses, name)
    return float(evaluate(tree, values))


def _is_single(synapses: SynapseDescription, text: SynapseText) -> bool:
    """Whether single precision holds all that events add exactly, as far as is known."""
    tree = increment_of(text)
    name = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    if not isinstance(name, ast.Name) or name.id not in text.equations:
        return False
    given = [made.value for made in _last_whole(synapses, name.id)]
    return all(
        isinstance(value, float | np.ndarray)
        and np.array_equal(np.float64(np.float32(value)), value)
        for value in given
    )


def _last_whole(synapses: SynapseDescription, variable: str) -> list[SynapseAssignment]:
    """The assignments to a variable from the last one to all synapses on."""
    found: list[SynapseAssignment] = []
    for made in synapses.assignments:
        if made.variable == variable:
            if made.where is None and made.connected >= len(synapses.rules):
                found = []
            found.append(made)
    if found and (found[0].where is not None or found[0].connected < len(synapses.rules)):
        # The others have the value that variables have without any assignment.
        found.insert(0, SynapseAssignment(variable, 0.0, -1, EVERY_CONNECT))
    return found


def _dependencies(
    description: NetworkDescription, synapses: SynapseDescription, text: SynapseText
) -> tuple[object, ...]:
    """What changes when users set, between runs, something that events add."""
    found: list[object] = []
    for name in names_in(increment_of(text)):
        member = member_of(text, name)
        if name in text.equations:
            orders = [m.order for m in synapses.assignments if m.variable == name]
            found.append(max(orders, default=-1))
        elif member is not None:
            part = synapses.source if member[0] == "pre" else synapses.target
            group = description.groups[part.group]
            assert isinstance(group, NeuronDescription)
            orders = [m.order for m in group.assignments if m.variable == member[1]]
            found.append(max(orders, default=-1))
        elif name not in SPECIALS and name not in UNITS and name not in CONSTANTS:
            found.append(constant_value(description, synapses, name))
    return tuple(found)


def _common_delay(synapses: SynapseDescription, pathway: str) -> float | None:
    """The delay of a pathway of all synapses, ms; None if it may differ."""
    last = _last_whole(synapses, delay_variable(pathway))
    if not last:
        return 0.0
    value = last[0].value
    return value if len(last) == 1 and isinstance(value, float) else None


def _seen(
    description: NetworkDescription, texts: list[SynapseText], fast: set[int]
) -> set[tuple[int, str]]:
    """Variables (group, name) that the other synapses' events read or write."""
    found = set()
    for s, text in enumerate(texts):
        if s in fast:
            continue
        trees = [text.inlined(st.expression) for p in text.pathways for st in p.statements]
        names = {name for tree in trees for name in names_in(tree)}
        names |= {st.target for p in text.pathways for st in p.statements}
        names |= {
            n
            for e in text.clock_driven
            for n in names_in(text.inlined(text.equations[e].expression or ast.Constant(0)))
        }
        source, target = description.synapses[s].source.group, description.synapses[s].target.group
        found |= {(target, n.removesuffix("_post")) for n in names if n.endswith("_post")}
        if are_together(description, source, target):
            found |= {(source, n.removesuffix("_pre")) for n in names if n.endswith("_pre")}
    return found


def _variable(
    description: NetworkDescription, projection: ProjectionDescription
) -> tuple[int, str]:
    group = description.groups[projection.target.group]
    assert isinstance(group, NeuronDescription)
    return projection.target.group, group.receptor_variables[projection.receptor]
