"""Synapses whose statements only add a weight to a target variable, as synapses onto a receptor.

``x_post += w`` costs as little as a built-in receptor, whether w is the same for all synapses or
not, and whether it never changes or changes by the pair rule
(`distsnn.assemble.recognition.pair_rules`).
"""

from __future__ import annotations

import ast
import math
from dataclasses import replace

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.synapse_variables import (
    SynapseVariables,
    constant_value,
    increment_of,
)
from distsnn.assemble.recognition.increments import NeedsCodeError, increased_variable, member_of
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import (
    EVERY_CONNECT,
    RecognizedPairRule,
    SynapseAssignment,
    SynapticValue,
    delay_variable,
)
from distsnn.describe.synapses.projections import ProjectionDescription, SetAt
from distsnn.describe.synapses.synapses import (
    DELAY,
    WEIGHT,
    AddToReceptor,
    SynapsesDescription,
)
from distsnn.describe.values.given import Distribution, value_bounds
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import CONSTANTS
from distsnn.language.objects.synapse_equations import SPECIALS, ParsedSynapses
from distsnn.language.syntax import names_in
from distsnn.language.unit_names import UNITS


def with_added_weights(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    parsed: ParsedSynapses,
    before: SynapsesDescription | None = None,
) -> SynapsesDescription:
    """The same as weights that are added to a receptor and never change.

    Raises NeedsCodeError if the statements do something else.

    Parameters
    ----------
    synapses : SynapsesDescription
        With statements.
    before : SynapsesDescription, optional
        What an earlier call gave: where synapses had weights of their own, they keep them.
    """
    receptor = _receptor(description, synapses, increased_variable(description, synapses, parsed))
    number, single = _number(description, synapses, parsed), _is_single(synapses, parsed)
    depends_on = _dependencies(description, synapses, parsed)
    connects = []
    for n, connect in enumerate(synapses.connects):
        earlier = None if before is None else before.connects[n].values[WEIGHT]
        weight: float | SynapticValue
        if number is None or isinstance(earlier, SynapticValue):
            kept = earlier.single if isinstance(earlier, SynapticValue) else True
            weight = SynapticValue(synapses, n, "", single and kept, depends_on)
        else:
            weight = number
        values = {WEIGHT: weight, DELAY: _delay(synapses, parsed, n)}
        connects.append(replace(connect, values=values))
    since = [m.since for m in synapses.assignments if m.variable.startswith("delay of ")]
    set_at = SetAt(max(since, default=0))
    effect = AddToReceptor(receptor, statements=synapses.statements, set_at=set_at)
    return replace(synapses, connects=tuple(connects), effect=effect)


def with_pair_rule(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    parsed: ParsedSynapses,
    pair: RecognizedPairRule,
) -> SynapsesDescription:
    """The same as weights that are added to a receptor and change by the pair rule.

    Raises NeedsCodeError if there is no such receptor, or there are no synapses.
    """
    receptor = _receptor(description, synapses, pair.target)
    if not synapses.connects:
        raise NeedsCodeError("they have no connect()")
    connects = tuple(
        replace(
            connect,
            values={WEIGHT: SynapticValue(synapses, n), DELAY: _delay(synapses, parsed, n)},
        )
        for n, connect in enumerate(synapses.connects)
    )
    effect = AddToReceptor(receptor, stdp=pair.rule, statements=synapses.statements, pair=pair)
    return replace(synapses, connects=connects, effect=effect)


def begins_within(description: NetworkDescription, made: SynapsesDescription) -> bool:
    """Whether all weights lie within the bounds of their rule at the start.

    Statements let them lie outside until the next event.
    """
    pair = made.pair
    assert pair is not None
    given = [one.value for one in _last_whole(made, pair.weight)] or [0.0]
    if pair.holds(-math.inf, math.inf) or all(
        isinstance(value, float | np.ndarray | Distribution) and pair.holds(*value_bounds(value))
        for value in given
    ):
        return True
    return all(pair.holds(*_value_range(description, p, pair.weight)) for p in made.projections)


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


def _receptor(description: NetworkDescription, synapses: SynapsesDescription, variable: str) -> int:
    """Index of the receptor of the target that events add to; NeedsCodeError if it is none."""
    group = description.groups[synapses.target.group]
    assert isinstance(group, NeuronDescription)
    if variable not in group.receptor_variables:
        raise NeedsCodeError(f"{variable} is no variable of a receptor")
    return group.receptor_variables.index(variable)


def _delay(synapses: SynapsesDescription, parsed: ParsedSynapses, n: int) -> float | SynapticValue:
    """The delays of one ``connect`` from a spike of the source."""
    (pathway,) = (p.name for p in parsed.pathways if p.after == "pre")
    common = _common_delay(synapses, pathway)
    return SynapticValue(synapses, n, pathway) if common is None else common


def _number(
    description: NetworkDescription, synapses: SynapsesDescription, parsed: ParsedSynapses
) -> float | None:
    """The number that every event adds, if expressions show that it is the same everywhere."""
    tree, values = increment_of(parsed), {}
    for name in names_in(tree):
        if name in parsed.equations:
            last = _last_whole(synapses, name)
            if last and (len(last) > 1 or not isinstance(last[0].value, float)):
                return None
            values[name] = last[0].value if last else 0.0
        elif name in {"i", "j"} or member_of(parsed, name) is not None:
            return None
        elif name in {"N_pre", "N_post"}:
            values[name] = (synapses.source if name == "N_pre" else synapses.target).size
        elif name not in UNITS and name not in CONSTANTS:
            values[name] = constant_value(description, synapses, name)
    return float(evaluate(tree, values))


def _is_single(synapses: SynapsesDescription, parsed: ParsedSynapses) -> bool:
    """Whether single precision holds all that events add exactly, as far as is known."""
    tree = increment_of(parsed)
    name = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    if not isinstance(name, ast.Name) or name.id not in parsed.equations:
        return False
    given = [made.value for made in _last_whole(synapses, name.id)]
    return all(
        isinstance(value, float | np.ndarray)
        and np.array_equal(np.float64(np.float32(value)), value)
        for value in given
    )


def _last_whole(synapses: SynapsesDescription, variable: str) -> list[SynapseAssignment]:
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
    description: NetworkDescription, synapses: SynapsesDescription, parsed: ParsedSynapses
) -> tuple[object, ...]:
    """The variables that users may set between runs and that change what events add."""
    found: list[object] = []
    for name in names_in(increment_of(parsed)):
        member = member_of(parsed, name)
        if name in parsed.equations:
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


def _common_delay(synapses: SynapsesDescription, pathway: str) -> float | None:
    """The delay of a pathway of all synapses, ms; None if it may differ."""
    last = _last_whole(synapses, delay_variable(pathway))
    if not last:
        return 0.0
    value = last[0].value
    return value if len(last) == 1 and isinstance(value, float) else None
