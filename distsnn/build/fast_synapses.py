"""Statements that only add a weight to a target variable become projections.

``x_post += w`` costs as little as a ready receptor, whether w is the same for all synapses or not,
and whether it never changes or changes by the pair rule (`distsnn.build.pair_texts`).
What is delivered does not change: only who else looks at the variable in the same step could see
a difference, so it must be nobody.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from distsnn.build.pair_texts import PairText, pair_text
from distsnn.build.synapse_arrays import constant_value
from distsnn.build.synapses import parse_description
from distsnn.build.synaptic_values import increment_of, value_range
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import ProjectionDescription
from distsnn.describe.synapses import (
    EVERY_CONNECT,
    SynapseAssignment,
    SynapseDescription,
    SynapticValue,
    delay_variable,
)
from distsnn.describe.text import TextModel
from distsnn.describe.values import Distribution, value_bounds
from distsnn.equations.evaluate import evaluate
from distsnn.equations.functions import CONSTANTS, FUNCTIONS
from distsnn.equations.neurons import parsed
from distsnn.equations.symbols import CONSTANT, PARAMETER
from distsnn.equations.synapse_text import SPECIALS, SynapseText
from distsnn.equations.syntax import calls_in, names_in
from distsnn.equations.unit_names import UNITS
from distsnn.plan.together import are_together


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
    """

    description: NetworkDescription
    slow: tuple[int, ...]
    pairs: dict[int, PairText]


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
    for s, (synapses, text) in enumerate(zip(description.synapses, texts, strict=True)):
        pair = None if s in kept else pair_text(description, synapses, text)
        if pair is None:
            made = _projections(description, synapses, text, built or {})
        else:
            made = _changing(description, synapses, text, pair)
        if made is None:
            continue
        found[s] = made
        if pair is not None:
            pairs[s] = pair
    while True:
        seen = _seen(description, texts, set(found))
        lost = [
            s for s, made in found.items() if any(_variable(description, p) in seen for p in made)
        ]
        # What is built has had weights within its bounds.
        lost += [
            s
            for s, pair in pairs.items()
            if s not in lost and built is None and not _within(description, found[s], pair)
        ]
        if not lost:
            break
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
) -> list[ProjectionDescription] | None:
    """The projections that do the same, one for each ``connect``; None if there are none."""
    variable = _increased(description, synapses, text)
    receptor = None if variable is None else _receptor(description, synapses, variable)
    if receptor is None:
        return None
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
) -> list[ProjectionDescription] | None:
    """The same of synapses whose weights change by the pair rule."""
    receptor = _receptor(description, synapses, pair.target)
    if receptor is None or not synapses.rules:
        return None
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
    ranges = [value_range(description, p, p.weight, pair.weight) for p in made]  # type: ignore[arg-type]  # made by `_changing`
    return all(pair.holds(low, high) for low, high in ranges)


def _receptor(
    description: NetworkDescription, synapses: SynapseDescription, variable: str
) -> int | None:
    """Number of the receptor of the target that events add to, if the variable is one."""
    group = description.groups[synapses.target.group]
    assert isinstance(group, NeuronDescription)
    if variable not in group.receptor_variables:
        return None
    return group.receptor_variables.index(variable)


def _delay(synapses: SynapseDescription, text: SynapseText, n: int) -> float | SynapticValue:
    """The delays of one ``connect`` from a spike of the source."""
    (pathway,) = (p.name for p in text.pathways if p.after == "pre")
    common = _common_delay(synapses, pathway)
    return SynapticValue(synapses, n, pathway) if common is None else common


def _increased(
    description: NetworkDescription, synapses: SynapseDescription, text: SynapseText
) -> str | None:
    """The target variable to which something fixed is added, if that is all that happens."""
    statements = [(p.after, s) for p in text.pathways for s in p.statements]
    if (
        len(statements) != 1
        or len(text.pathways) != 1
        or text.summed
        or text.event_driven
        or text.clock_driven
        or text.refreshed
    ):
        return None
    after, statement = statements[0]
    target = statement.target.removesuffix("_post")
    if (
        after != "pre"
        or statement.operator not in {"+", "-"}
        or not statement.target.endswith("_post")
        or statement.target in text.equations
        or text.target.symbols[target].type != "float"
    ):
        return None
    tree = increment_of(text)
    fixed = all(_is_fixed(description, synapses, text, name) for name in names_in(tree))
    return target if fixed and all(c in FUNCTIONS for c in calls_in(tree)) else None


def _is_fixed(
    description: NetworkDescription, synapses: SynapseDescription, text: SynapseText, name: str
) -> bool:
    """Whether what a name stands for does not change during a run."""
    if name in text.equations:
        return name not in text.written
    if name in {"i", "j", "N_pre", "N_post"} or name in UNITS or name in CONSTANTS:
        return True
    member = _member(text, name)
    if member is None:
        return text.symbols[name].kind == CONSTANT
    side, stem = member
    part = synapses.source if side == "pre" else synapses.target
    group = description.groups[part.group]
    assert isinstance(group, NeuronDescription)
    written = parsed(group.model, group.name).written if isinstance(group.model, TextModel) else ()
    return (
        text.symbols[name].kind == PARAMETER
        and stem not in written
        and stem not in group.receptor_variables
    )


def _member(text: SynapseText, name: str) -> tuple[str, str] | None:
    """Side and name of the variable of a group that `name` stands for."""
    for side, members in (("pre", text.source), ("post", text.target)):
        stem = name.removesuffix(f"_{side}")
        if name.endswith(f"_{side}") and stem in members.symbols:
            return side, stem
    return None


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
        elif name in {"i", "j"} or _member(text, name) is not None:
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
        member = _member(text, name)
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
