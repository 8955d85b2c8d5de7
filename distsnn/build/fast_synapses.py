"""Statements that only add a number to a target variable become ordinary projections.

``x_post += w`` with a w that is the same for all synapses costs as little as a ready receptor.
What is delivered does not change: only who else looks at the variable in the same step could see
a difference, so it must be nobody.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from distsnn.build.synapses import constant_value, parse_description
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import ProjectionDescription
from distsnn.describe.synapses import SynapseDescription, delay_variable
from distsnn.equations.evaluate import evaluate
from distsnn.equations.functions import CONSTANTS, FUNCTIONS
from distsnn.equations.symbols import CONSTANT
from distsnn.equations.synapse_text import SynapseText
from distsnn.equations.syntax import calls_in, names_in
from distsnn.equations.unit_names import UNITS


@dataclass(frozen=True)
class SynapsePlan:
    """How the synapses with statements of a network are built.

    Attributes
    ----------
    description : NetworkDescription
        With projections in place of the synapses that only add numbers.
    slow : tuple of int
        Which of the synapses of the original description are left, by number.
    """

    description: NetworkDescription
    slow: tuple[int, ...]


def plan_synapses(description: NetworkDescription) -> SynapsePlan:
    """Find the synapses that only add numbers (a pure function of the description)."""
    texts = [parse_description(description, s) for s in description.synapses]
    found = {
        s: projections
        for s, (synapses, text) in enumerate(zip(description.synapses, texts, strict=True))
        if (projections := _projections(description, synapses, text)) is not None
    }
    while True:
        seen = _seen(description, texts, set(found))
        lost = [
            s for s, made in found.items() if any(_variable(description, p) in seen for p in made)
        ]
        if not lost:
            break
        for s in lost:
            del found[s]
    slow = tuple(s for s in range(len(texts)) if s not in found)
    return SynapsePlan(
        replace(
            description,
            projections=(*description.projections, *(p for made in found.values() for p in made)),
            synapses=tuple(description.synapses[s] for s in slow),
        ),
        slow,
    )


def _projections(
    description: NetworkDescription, synapses: SynapseDescription, text: SynapseText
) -> list[ProjectionDescription] | None:
    """The projections that do the same, one for each ``connect``; None if there are none."""
    increment = _increment(text)
    delay = _common_delay(synapses)
    if increment is None or delay is None:
        return None
    variable, tree = increment
    group = description.groups[synapses.target.group]
    assert isinstance(group, NeuronDescription)
    if variable not in group.receptor_variables:
        return None
    values = {
        name: constant_value(description, synapses, name)
        for name in names_in(tree)
        if name not in UNITS and name not in CONSTANTS
    }
    weight = float(evaluate(tree, values))
    receptor = group.receptor_variables.index(variable)
    return [
        ProjectionDescription(
            synapses.of_connect(n), synapses.source, synapses.target, receptor, rule, weight, delay
        )
        for n, rule in enumerate(synapses.rules)
    ]


def _increment(text: SynapseText) -> tuple[str, ast.expr] | None:
    """Target variable and constant that is added to it, if that is all that happens."""
    statements = [(p.after, s) for p in text.pathways for s in p.statements]
    if (
        len(statements) != 1
        or len(text.pathways) != 1
        or text.summed
        or text.event_driven
        or text.clock_driven
    ):
        return None
    after, statement = statements[0]
    tree = text.inlined(statement.expression)
    if (
        after != "pre"
        or statement.operator not in {"+", "-"}
        or not statement.target.endswith("_post")
        or statement.target in text.equations
    ):
        return None
    fixed = all(
        name in UNITS or name in CONSTANTS or text.symbols[name].kind == CONSTANT
        for name in names_in(tree)
    ) and all(c in FUNCTIONS for c in calls_in(tree))
    if not fixed or text.target.symbols[statement.target[:-5]].type != "float":
        return None
    if statement.operator == "-":
        tree = ast.UnaryOp(ast.USub(), tree)
    return statement.target.removesuffix("_post"), tree


def _common_delay(synapses: SynapseDescription) -> float | None:
    """The delay of all synapses, ms; None if they may differ."""
    pathways = synapses.texts.pathways
    made = (
        [a for a in synapses.assignments if a.variable == delay_variable(pathways[0])]
        if pathways
        else []
    )
    if not made:
        return 0.0
    last = made[-1]
    if (
        not isinstance(last.value, float)
        or last.where is not None
        or last.connected < len(synapses.rules)
    ):
        return None
    return last.value


def _seen(
    description: NetworkDescription, texts: list[SynapseText], fast: set[int]
) -> set[tuple[int, str]]:
    """Target variables (group, name) that the other synapses' events read or write."""
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
        target = description.synapses[s].target.group
        found |= {(target, n.removesuffix("_post")) for n in names if n.endswith("_post")}
    return found


def _variable(
    description: NetworkDescription, projection: ProjectionDescription
) -> tuple[int, str]:
    group = description.groups[projection.target.group]
    assert isinstance(group, NeuronDescription)
    return projection.target.group, group.receptor_variables[projection.receptor]
