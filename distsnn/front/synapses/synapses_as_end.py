"""Synapses as an end of other synapses: ``Synapses(modulator, S, on_pre='w += 1')``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distsnn.describe.synapses.projections import Slice, SynapseSlice
from distsnn.errors import ParameterError
from distsnn.front.names.named import called
from distsnn.front.names.scope import defaultclock
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.language.objects.group_variables import GroupVariables, members_of_part
from distsnn.language.objects.joined_synapses import members_of_synapses


class SynapsesEnd(Subgroup):
    """All synapses of an object, in the order of creation, as an end of others.

    Parameters
    ----------
    synapses : EquationSynapses
        The object; it stands where slices have their group.
    """

    group: Any

    def __init__(self, synapses: Any) -> None:
        self.group = synapses
        self.start = 0

    @property
    def stop(self) -> int:  # type: ignore[override]  # they may still be connected
        """Number of synapses."""
        return int(self.group.count())

    @property
    def name(self) -> str:
        """Name in messages."""
        return called(self.group)


def members_of_end(end: Subgroup) -> GroupVariables:
    """The variables that synapses know of one of their ends."""
    if isinstance(end, SynapsesEnd):
        return members_of_synapses(end.group.parsed)
    return members_of_part(end.group.describe(defaultclock.dt), end.start, end.stop)


def slice_of_end(end: Subgroup, group_index: Mapping[int, int]) -> Slice:
    """The description of an end; `group_index` maps id(group) to its index."""
    if isinstance(end, SynapsesEnd):
        group = slice_of_end(end.group.target, group_index).group
        return SynapseSlice(group, 0, end.stop, end.group.name)
    return Slice(group_index[id(end.group)], end.start, end.stop)


def units_of_end(end: Subgroup) -> dict[str, str]:
    """Names and units of what can be read of an end."""
    if isinstance(end, SynapsesEnd):
        return {"i": "1", "j": "1", **end.group.units()}
    return end.group.recordable()


def assigned_before(end: Subgroup, seen: bool) -> int:
    """Order of the next assignment to an end; if `seen`, expressions see those before."""
    if isinstance(end, SynapsesEnd):
        return int(end.group.equation_values.next_order)
    if not isinstance(end.group, NeuronGroup):
        return 0
    assignments = end.group.assignments
    return assignments.see() if seen else assignments.next_order


def all_around(synapses: Any) -> tuple[list[SpikeSource], list[Any]]:
    """The groups that values of synapses can depend on, and the synapses that they join."""
    groups: dict[SpikeSource, None] = {}
    joined: dict[Any, None] = {}
    groups |= dict.fromkeys(synapses.links.groups())
    for end in (synapses.source, synapses.target):
        if isinstance(end, SynapsesEnd):
            further, inner = all_around(end.group)
            joined |= dict.fromkeys([end.group, *inner])
            groups |= dict.fromkeys(further)
        else:
            groups[end.group] = None
    return list(groups), list(joined)


def refuse_spikes(where: str, role: str, end: Subgroup) -> None:
    """Raise ParameterError if spikes of synapses are asked for."""
    if isinstance(end, SynapsesEnd):
        raise ParameterError(
            where,
            f"the {role} {end.name} are synapses, which do not spike",
            "on_pre= acts at spikes of the source, on_post= at those of the target",
            "join their groups instead",
        )
