"""Connections given as text: checked where the user wrote them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from distsnn.assemble.edges.expression_edges import BoundRule, check_indices
from distsnn.describe.synapses.rule_expressions import TextRule
from distsnn.describe.values.given_expressions import Names
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.scope import defaultclock, user_names
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.language.objects.connection_expressions import ConnectionText, parse_connection
from distsnn.language.objects.group_variables import members_of
from distsnn.language.symbols import unknown

_NAME = re.compile(r"[A-Za-z_]\w*")


def text_rule(
    where: str,
    source: Subgroup,
    target: Subgroup,
    texts: tuple[str, str, str, str],
    skip: bool,
    namespace: Mapping[str, Any] | None,
) -> TextRule:
    """The rule that a text means.

    Parameters
    ----------
    where : str
        Name of the synapses, for errors.
    source, target : Subgroup
    texts : tuple of str
        Fields `kind`, `text`, `p` and `n` of `TextRule`.
    skip : bool
        Whether indices outside the groups are passed over.
    namespace : mapping or None
        Where names are looked for; None for the code that called distsnn.

    Raises
    ------
    EquationError, UnitError
        If a text cannot be understood.
    ConnectivityError
        If it gives an index outside the groups, as far as is known already.
    """
    kind, text, p, n = (" ".join(t.split()) for t in texts)
    outside = OutsideNames(dict.fromkeys(_NAME.findall(f"{text} {p} {n}")), (), namespace)
    outside.look_up(user_names())
    rule = TextRule(kind, text, p, n, skip, outside.names)
    parsed = parse_connection(
        rule, where, *(members_of(end.group.describe(defaultclock.dt)) for end in (source, target))
    )
    numbers = {name: outside.numbers[name] for name in parsed.numbers if name in outside.numbers}
    _check_known(parsed, numbers, namespace)
    sides = {side for side, _ in parsed.members.values()}
    before = [
        end.group.assignments.see() if side in sides and isinstance(end.group, NeuronGroup) else 0
        for side, end in (("pre", source), ("post", target))
    ]
    rule = replace(rule, names=Names(numbers), before=(before[0], before[1]))
    if kind != "condition" and not parsed.draws and not parsed.members:
        check_indices(BoundRule(rule, parsed, len(source), len(target)), (0, 0))
    return rule


def _check_known(
    text: ConnectionText, numbers: Mapping[str, float], namespace: Mapping[str, Any] | None
) -> None:
    for part in text.parts:
        for node in ast.walk(part.tree):
            if isinstance(node, ast.Name) and node.id in text.numbers and node.id not in numbers:
                around = (
                    "of numbers where connect() was called"
                    if namespace is None
                    else f"in namespace= ({', '.join(namespace) or 'empty'})"
                )
                raise unknown(part.place, node.id, [*text.symbols.own, *numbers], around, node)
