"""Synapses that take a table instead of their statements: one pass over a description.

What is delivered does not change: only who else looks at the variable in the same step could see
a difference, so it must be nobody. The pass is a pure function; a network is built of its result.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache

from distsnn.assemble.edges.parsed_ends import parse_description
from distsnn.assemble.recognition.added_weights import (
    begins_within,
    with_added_weights,
    with_pair_rule,
)
from distsnn.assemble.recognition.increments import NeedsCodeError
from distsnn.assemble.recognition.pair_rules import pair_rule
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import Statements
from distsnn.describe.synapses.synapses import AddToReceptor, SynapsesDescription
from distsnn.language.objects.synapse_equations import ParsedSynapses
from distsnn.language.syntax import names_in
from distsnn.layout.colocated import are_colocated

_TRACES = "a trace of theirs is recorded, or was when the checkpoint was saved"
_SEEN = "statements of other synapses read or write {variable} in the same step"
_OUTSIDE = "{weight} begins outside of the bounds of its rule"
_OPERATED = "statements run for them at regular times"
_LINKED = "they have linked variables"
_JOINED = "they join other synapses, or others join them"
_ASKED = "they were made with recognize=False"
_CLOCKS = "their neurons have a time step of their own"
_EVENTS = "they act at events that are no spikes"
_SLOTS = "they act in a slot of a step of their own"


def recognized(
    description: NetworkDescription,
    traced: Collection[int] = (),
    recorded: Iterable[tuple[int, str]] = (),
) -> NetworkDescription:
    """The same network, in which synapses that only add a weight do so without their statements.

    All others know why they need generated code. What has been recognized stays as it is, so that
    a second call changes nothing. Objects keep their indices.

    Parameters
    ----------
    traced : collection of int
        Synapses whose traces must be there, so that weights do not change by a table.
    recorded : iterable of (int, str)
        Variables that monitors read, by the index of their synapses; perhaps such traces.
    """
    if not any(_is_open(s) for s in description.synapses):
        return description
    found = _recognized_in(description, traced)
    # Of recognized synapses only the weight can be read.
    read = {
        n
        for n, variable in recorded
        if (pair := found.synapses[n].pair) is not None and variable != pair.weight
    }
    return _recognized_in(description, {*traced, *read}) if read else found


def _recognized_in(description: NetworkDescription, traced: Collection[int]) -> NetworkDescription:
    by_index = {
        n: parse_description(description, s)
        for n, s in enumerate(description.synapses)
        if s.statements is not None
    }
    made: dict[int, SynapsesDescription] = {}
    reasons: dict[int, str] = {}
    for n, parsed in by_index.items():
        if _is_open(description.synapses[n]):
            if _is_joined(description, description.synapses[n]):
                reasons[n] = _JOINED
                continue
            try:
                made[n] = _without_statements(
                    description, description.synapses[n], parsed, n in traced
                )
            except NeedsCodeError as why:
                reasons[n] = _TRACES if n in traced else str(why)
    while True:
        seen = _seen(description, {n: parsed for n, parsed in by_index.items() if n not in made})
        lost = {
            n: _SEEN.format(variable=variable)
            for n, synapses in made.items()
            for group, variable in [_variable(description, synapses)]
            if synapses.connects and (group, variable) in seen
        }
        lost |= {
            n: _OUTSIDE.format(weight=synapses.pair.weight)
            for n, synapses in made.items()
            if n not in lost
            and synapses.pair is not None
            and not begins_within(description, synapses)
        }
        if not lost:
            break
        reasons |= lost
        for n in lost:
            del made[n]
    synapses = list(description.synapses)
    for n, reason in reasons.items():
        synapses[n] = _with_reason(synapses[n], reason)
    for n, one in made.items():
        synapses[n] = one
    return replace(description, synapses=tuple(synapses))


def _is_joined(description: NetworkDescription, synapses: SynapsesDescription) -> bool:
    """Whether synapses have synapses as an end, or are one."""
    return bool(synapses.joined_synapses) or synapses.name in description.joined_synapses


def recognized_as(
    description: NetworkDescription, before: NetworkDescription
) -> NetworkDescription:
    """A description with other values, in which the same synapses are recognized as before."""
    synapses = []
    for now, then in zip(map(_as_written, description.synapses), before.synapses, strict=True):
        one = now
        if isinstance(then.effect, Statements):
            one = _with_reason(now, then.effect.reason)
        elif then.statements is not None:
            parsed = parse_description(description, now)
            one = (
                with_added_weights(description, now, parsed, then)
                if then.pair is None
                else with_pair_rule(description, now, parsed, then.pair)
            )
        synapses.append(one)
    return replace(description, synapses=tuple(synapses))


def is_read_by_synapses(description: NetworkDescription, group: int, variable: str) -> bool:
    """Whether expressions of synapses read a variable of a group."""
    return any(
        variable in _read_of_ends(parse_description(description, s))
        for s in description.synapses
        if s.statements is not None and group in (s.source.group, s.target.group)
    )


@lru_cache(maxsize=256)
def _read_of_ends(parsed: ParsedSynapses) -> frozenset[str]:
    """Names of the variables of source or target that any expression reads."""
    names = {name for tree in parsed.trees for name in names_in(parsed.inlined(tree))}
    return frozenset(
        name.removesuffix(ending)
        for name in names
        for ending in ("_pre", "_post")
        if name.endswith(ending)
    )


def changed_rules(description: NetworkDescription, before: NetworkDescription) -> set[int]:
    """Recognized synapses whose rules have other numbers than before."""
    return {
        n
        for n, (now, then) in enumerate(zip(description.synapses, before.synapses, strict=True))
        if then.pair is not None
        and pair_rule(description, now, parse_description(description, now)) != then.pair
    }


def _is_open(synapses: SynapsesDescription) -> bool:
    """Whether it is not known yet how the synapses act."""
    return isinstance(synapses.effect, Statements) and not synapses.effect.reason


def _as_written(synapses: SynapsesDescription) -> SynapsesDescription:
    """The same synapses with their statements, if they have any."""
    if synapses.needs_code or synapses.statements is None:
        return synapses
    connects = tuple(replace(connect, values={}) for connect in synapses.connects)
    return replace(synapses, connects=connects, effect=synapses.statements)


def _without_statements(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    parsed: ParsedSynapses,
    traced: bool,
) -> SynapsesDescription:
    """The same synapses without statements; NeedsCodeError if these do more."""
    assert isinstance(synapses.effect, Statements)
    if not synapses.effect.recognize:
        raise NeedsCodeError(_ASKED)
    if synapses.links:
        raise NeedsCodeError(_LINKED)
    if synapses.operations:
        raise NeedsCodeError(_OPERATED)
    if synapses.effect.strings.events:
        raise NeedsCodeError(_EVENTS)
    if synapses.effect.strings.slots or description.divides_synapses:
        raise NeedsCodeError(_SLOTS)
    if any(description.group_every(x.group) > 1 for x in (synapses.source, synapses.target)):
        raise NeedsCodeError(_CLOCKS)
    coded = traced or synapses.effect.switched or synapses.effect.strings.orders
    pair = None if coded else pair_rule(description, synapses, parsed)
    if pair is None:
        return with_added_weights(description, synapses, parsed)
    return with_pair_rule(description, synapses, parsed, pair)


def _with_reason(synapses: SynapsesDescription, reason: str) -> SynapsesDescription:
    assert isinstance(synapses.effect, Statements)
    return replace(synapses, effect=replace(synapses.effect, reason=reason))


def _seen(
    description: NetworkDescription, by_index: dict[int, ParsedSynapses]
) -> set[tuple[int, str]]:
    """Variables (group, name) that the events of synapses with these expressions read or write."""
    found = set()
    for n, parsed in by_index.items():
        trees = [parsed.inlined(st.expression) for st in parsed.statements]
        names = {name for tree in trees for name in names_in(tree)}
        names |= {st.target for st in parsed.statements}
        names |= {
            name
            for e in parsed.clock_driven
            for name in names_in(parsed.inlined(parsed.equations[e].expression or ast.Constant(0)))
        }
        source, target = description.synapses[n].source.group, description.synapses[n].target.group
        found |= {(target, name.removesuffix("_post")) for name in names if name.endswith("_post")}
        if are_colocated(description, source, target):
            found |= {(source, x.removesuffix("_pre")) for x in names if x.endswith("_pre")}
        links = description.synapses[n].links
        found |= {(description.index_of_group[link.group], link.stored) for link in links}
    return found


def _variable(description: NetworkDescription, synapses: SynapsesDescription) -> tuple[int, str]:
    """Group and name of the variable that recognized synapses add to."""
    group = description.groups[synapses.target.group]
    assert isinstance(group, NeuronDescription)
    assert isinstance(synapses.effect, AddToReceptor)
    return synapses.target.group, group.receptor_variables[synapses.effect.receptor]
