"""Groups that are not cut into pieces, because statements of synapses write to both of their ends.

Synapses live with their targets. Where a statement sets a variable of the source (``x_pre``),
what several synapses do to one source, one after the other, is defined only in one order, and
each must see what the others did. So all neurons that such synapses join live on one rank.
"""

from __future__ import annotations

from distsnn.describe.network import NetworkDescription


def groups_together(description: NetworkDescription) -> tuple[tuple[int, ...], ...]:
    """Sets of groups, each of which lives on one rank as a whole (ascending, disjoint)."""
    found: list[set[int]] = []
    for synapses in description.synapses:
        if synapses.writes_source:
            joined = {synapses.source.group, synapses.target.group}
            apart = [one for one in found if not one & joined]
            found = [*apart, joined.union(*(one for one in found if one & joined))]
    return tuple(sorted(tuple(sorted(one)) for one in found))


def are_together(description: NetworkDescription, source: int, target: int) -> bool:
    """Whether two groups live on one rank as a whole."""
    return any(source in one and target in one for one in groups_together(description))
