"""Groups that are not cut into pieces, because what acts on them acts in one order.

Synapses live with their targets. Where a statement sets a variable of the source (``x_pre``),
what several synapses do to one source, one after the other, is defined only in one order, and
each must see what the others did. Synapses that join other synapses reach what these store. The
same holds where a statement reads an ``x_pre`` that events
have changed before it in the same step. So all neurons that such synapses join live on one rank.

What changes in a step between the threshold and the reading is what counts. As in Brian 2, events
act by pathways: those after the source in the order of their names, then Poisson inputs, then those
after the target in the order of their names; resets follow. What only equations and resets change,
or later pathways, is as it was after the threshold, and that ranks exchange.
"""

from __future__ import annotations

from distsnn.describe.groups import Link, NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import BEGIN, STATEMENT_POINTS
from distsnn.describe.synapses.projections import Slice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given_expressions import NeuronEquations

_Changed = dict[tuple[int, str], list[Slice]]


def colocated_groups(description: NetworkDescription) -> tuple[tuple[int, ...], ...]:
    """Sets of groups, each of which lives on one rank as a whole (ascending, disjoint)."""
    found: list[set[int]] = []
    reading = _reading_changes(description)
    for s, synapses in enumerate(description.synapses):
        if synapses.writes_source or s in reading or _operates_on_source(description, synapses):
            joined = {synapses.source.group, synapses.target.group}
            apart = [one for one in found if not one & joined]
            found = [*apart, joined.union(*(one for one in found if one & joined))]
    live = (*_live_links(description), *_live_links_of_synapses(description))
    for joined in (*live, *_around_synapses(description)):
        apart = [one for one in found if not one & joined]
        found = [*apart, joined.union(*(one for one in found if one & joined))]
    return tuple(sorted(tuple(sorted(one)) for one in found))


def _live_links(description: NetworkDescription) -> list[set[int]]:
    """Pairs of groups of which one reads linked variables as they are at that moment."""
    return [
        {g, description.index_of_group[link.group]}
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
        for link in group.links
        if link.is_live and changes(description, link)
    ]


def _live_links_of_synapses(description: NetworkDescription) -> list[set[int]]:
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
    stored = {id(x): description.index_of_group[x.group] for s in linking for x in s.links}
    return [
        {synapses.source.group, synapses.target.group, stored[id(link)]}
        for synapses in linking
        for link in synapses.links
        if (stored[id(link)], link.stored) in changed
    ]


def _operates_on_source(description: NetworkDescription, synapses: SynapsesDescription) -> bool:
    """Whether statements at regular times see variables of the source that change."""
    statements, group = synapses.statements, description.groups[synapses.source.group]
    if statements is None or not isinstance(group, NeuronDescription):
        return False
    # Sums follow the operations that begin a step, and copies of variables come before these.
    names = statements.operated_pre | (statements.summed_pre if begins(group) else set())
    return any(x not in group.parameters for x in names)


def begins(group: NeuronDescription) -> bool:
    """Whether statements of a group run at the beginning of a step."""
    operations = group.model.operations if isinstance(group.model, NeuronEquations) else ()
    return any(STATEMENT_POINTS[one.when] == BEGIN for one in operations)


def _around_synapses(description: NetworkDescription) -> list[set[int]]:
    """Groups that synapses join which are joined themselves, with those that these join."""
    found = []
    for synapses in description.synapses:
        inner = [description.joined_synapses[name] for name in synapses.joined_synapses]
        if inner:
            ends = [end for one in (synapses, *inner) for end in (one.source, one.target)]
            found.append({end.group for end in ends})
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
    for (order, _), s, access in sorted(pathways, key=lambda one: one[0]):
        source, target = description.synapses[s].source, description.synapses[s].target
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


def _add_inputs(changed: _Changed, description: NetworkDescription) -> None:
    """Add to `changed` what Poisson inputs change."""
    for given in description.poisson_inputs:
        group = description.groups[given.target.group]
        assert isinstance(group, NeuronDescription)
        x = group.receptor_variables[given.receptor]
        changed.setdefault((given.target.group, x), []).append(given.target)
