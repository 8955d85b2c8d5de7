"""The ends of synapses as these see them: neurons of groups, or other synapses."""

from __future__ import annotations

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import Slice, SynapseSlice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.language.objects.group_variables import GroupVariables, members_of_part
from distsnn.language.objects.synapse_equations import (
    ParsedSynapses,
    members_of_synapses,
    parse_synapses,
)


def parse_description(
    description: NetworkDescription, synapses: SynapsesDescription
) -> ParsedSynapses:
    """The checked equations and statements of synapses."""
    source, target = (members_at(description, end) for end in (synapses.source, synapses.target))
    return parse_synapses(synapses.strings, synapses.name, source, target, synapses.operations)


def members_at(description: NetworkDescription, end: Slice) -> GroupVariables:
    """The variables of one end of synapses."""
    if isinstance(end, SynapseSlice):
        inner = description.joined_synapses[end.synapses]
        return members_of_synapses(parse_description(description, inner))
    return members_of_part(description.groups[end.group], end.start, end.stop)
