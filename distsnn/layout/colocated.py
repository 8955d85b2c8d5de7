"""Groups that are not cut into pieces, because what acts on them acts in one order.

Synapses live with their targets. Where a statement sets a variable of the source (``x_pre``),
what several synapses do to one source, one after the other, is defined only in one order, and
each must see what the others did. Synapses that join other synapses reach what these store. The
same holds where a statement reads an ``x_pre`` that events
have changed before it in the same step. So all neurons that such synapses join live on one rank.

What changes in a step between the threshold and the reading is what counts. As in Brian 2, events
act by pathways: those after the source in the order of their names, then Poisson inputs, then those
after the target in the order of their names; resets follow. What only equations and resets change,
or later pathways, is as it was after the threshold, and that ranks exchange; pathways in later
slots may see anything changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import (
    BEGIN,
    EVENTS,
    PATHWAY_POINTS,
    SLOTS,
)
from distsnn.describe.synapses.equation_based import PathwayAccess
from distsnn.describe.synapses.projections import Slice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.describe.values.links import Link

_Changed = dict[tuple[int, str], list[Slice]]


@dataclass(frozen=True)
class Join:
    """Groups that live on one rank as a whole, why, and what would have to change."""

    groups: frozenset[int]
    why: str
    instead: str


def joins(description: NetworkDescription) -> list[Join]:
    """The reasons that keep groups together, in the order of the objects."""
    found: list[Join] = []
    reading = _reading_changes(description)
    for s, synapses in enumerate(description.synapses):
        ends = frozenset((synapses.source.group, synapses.target.group))
        if synapses.writes_source:
            why = f"{synapses.name} sets variables of its sources (x_pre)"
            found.append(Join(ends, why, "statements set variables of synapses and targets"))
        elif s in reading:
            why = f"{synapses.name} reads an x_pre that events before it in the step change"
            instead = "its pathway has a lower order (S.pre.order) than what changes it"
            found.append(Join(ends, why, instead))
        elif _operates_on_source(description, synapses):
            why = f"statements of {synapses.name} at regular times, or sums, see an x_pre"
            found.append(Join(ends, why, "these see variables of synapses and targets"))
        elif description.is_ordered and _sees_source(description, synapses):
            why = f"{synapses.name} reads an x_pre, and something acts within steps"
            found.append(
                Join(ends, why, "nothing acts between updates and thresholds, and the like")
            )
    return [
        *found,
        *_live_links(description),
        *_live_links_of_synapses(description),
        *_around_synapses(description),
    ]


def colocated_groups(description: NetworkDescription) -> tuple[tuple[int, ...], ...]:
    """Sets of groups, each of which lives on one rank as a whole (ascending, disjoint)."""
    found: list[frozenset[int]] = []
    for join in joins(description):
        apart = [one for one in found if not one & join.groups]
        found = [*apart, join.groups.union(*(one for one in found if one & join.groups))]
    return tuple(sorted(tuple(sorted(one)) for one in found))


def _live_links(description: NetworkDescription) -> list[Join]:
    """Pairs of groups of which one reads linked variables as they are at that moment."""
    return [
        Join(
            frozenset((g, description.index_of_group[link.group])),
            f"resets of {group.name}, or what is (constant over dt), read or set the linked "
            f"{link.variable}",
            "only its equations and threshold read it",
        )
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
        for link in group.links
        if (link.is_live or description.is_ordered) and changes(description, link)
    ]


def _live_links_of_synapses(description: NetworkDescription) -> list[Join]:
    """Groups of synapses that read what others' events change, with the groups that store it."""
    linking = [synapses for synapses in description.synapses if synapses.links]
    changed: _Changed = {}
    for synapses in description.synapses if linking else ():
        for access in synapses.accesses:
            ends = (synapses.source, access.writes_pre), (synapses.target, access.writes_post)
            for end, written in ends:
                for x in written:
                    changed.setdefault((end.group, x), []).append(end)
    if linking:
        _add_inputs(changed, description)
    return [
        Join(
            frozenset((synapses.source.group, synapses.target.group, stored)),
            f"{synapses.name} reads the linked {link.variable}, which events of the step change",
            "equations or a reset change what it is linked to",
        )
        for synapses in linking
        for link in synapses.links
        for stored in [description.index_of_group[link.group]]
        if (stored, link.stored) in changed or _is_late(synapses) or description.is_ordered
    ]


def _is_late(synapses: SynapsesDescription) -> bool:
    """Whether pathways act in slots in which what is linked may have changed."""
    slots = [slot for _, slot in synapses.strings.slots]
    return any(PATHWAY_POINTS[slot] != EVENTS for slot in slots)


def _operates_on_source(description: NetworkDescription, synapses: SynapsesDescription) -> bool:
    """Whether statements at regular times see variables of the source that change."""
    statements, group = synapses.statements, description.groups[synapses.source.group]
    if statements is None or not isinstance(group, NeuronDescription):
        return False
    # Sums follow the operations that begin a step, and copies of variables come before these.
    names = statements.operated_pre | (
        statements.summed_pre if begins(description, synapses.source.group) else set()
    )
    return any(x not in group.parameters for x in names)


def _sees_source(description: NetworkDescription, synapses: SynapsesDescription) -> bool:
    """Whether anything of synapses sees variables of the source that change."""
    statements, group = synapses.statements, description.groups[synapses.source.group]
    if statements is None or not synapses.needs_code or not isinstance(group, NeuronDescription):
        return False
    return not statements.read_pre <= {"i", "N", *group.parameters}


def begins(description: NetworkDescription, g: int) -> bool:
    """Whether statements, of a group or of its synapses, change it at the beginning of a step."""
    group = description.groups[g]
    model = group.model if isinstance(group, NeuronDescription) else None
    own = model.operations if isinstance(model, NeuronEquations) else ()
    return any(one.point == BEGIN for one in own) or any(
        (synapses.target.group == g and synapses.statements.operated_post)
        or (synapses.source.group == g and synapses.statements.operated_pre)
        for synapses in description.synapses
        if synapses.statements is not None
        if any(one.point == BEGIN for one in synapses.statements.operations)
    )


def _around_synapses(description: NetworkDescription) -> list[Join]:
    """Groups that synapses join which are joined themselves, with those that these join."""
    found = []
    for synapses in description.synapses:
        inner = [description.joined_synapses[name] for name in synapses.joined_synapses]
        if inner:
            ends = [end for one in (synapses, *inner) for end in (one.source, one.target)]
            why = f"{synapses.name} joins synapses"
            groups = frozenset(end.group for end in ends)
            found.append(Join(groups, why, "synapses join neurons"))
    return found


def linked_group(description: NetworkDescription, link: Link) -> NeuronDescription:
    """The group that stores the values of a linked variable."""
    group = description.groups[description.index_of_group[link.group]]
    assert isinstance(group, NeuronDescription)
    return group


def changes(description: NetworkDescription, link: Link) -> bool:
    """Whether the values that a link stands for change during a run."""
    return link.stored not in linked_group(description, link).parameters


def are_colocated(description: NetworkDescription, source: int, target: int) -> bool:
    """Whether two groups live on one rank as a whole."""
    return any(source in one and target in one for one in colocated_groups(description))


def _reading_changes(description: NetworkDescription) -> set[int]:
    """Numbers of the synapses that read of their sources what events change before in the step."""
    pathways = [
        (synapses.strings.place_of(access.name, synapses.name), s, access)
        for s, synapses in enumerate(description.synapses)
        for access in synapses.accesses
    ]
    found: set[int] = set()
    if not any(access.reads_pre for _, _, access in pathways):
        return found
    changed: _Changed = {}
    before_inputs = True
    for (slot, order, _), s, access in sorted(pathways, key=lambda one: one[0]):
        source, target = description.synapses[s].source, description.synapses[s].target
        if PATHWAY_POINTS[SLOTS[slot]] != EVENTS and _changing(description, source, access):
            found.add(s)
        if before_inputs and order >= 0:
            before_inputs = False
            _add_inputs(changed, description)
        # Of one pathway, events that come first change what later ones read.
        for end, written in ((source, access.writes_pre), (target, access.writes_post)):
            for x in written:
                changed.setdefault((end.group, x), []).append(end)
        if any(
            source.start < part.stop and part.start < source.stop
            for x in access.reads_pre
            for part in changed.get((source.group, x), ())
        ):
            found.add(s)
    return found


def _changing(description: NetworkDescription, source: Slice, access: PathwayAccess) -> bool:
    """Whether a pathway reads variables of its source that change."""
    group = description.groups[source.group]
    return isinstance(group, NeuronDescription) and not access.reads_pre <= {*group.parameters}


def _add_inputs(changed: _Changed, description: NetworkDescription) -> None:
    """Add to `changed` what Poisson inputs change."""
    for given in description.poisson_inputs:
        group = description.groups[given.target.group]
        assert isinstance(group, NeuronDescription)
        x = group.receptor_variables[given.receptor]
        changed.setdefault((given.target.group, x), []).append(given.target)
