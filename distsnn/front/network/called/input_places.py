"""Where in a step Poisson inputs act that are statements of the neurons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from distsnn.describe.groups import GroupDescription, NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import Operation, Place, name_in_order, place_in_slots
from distsnn.describe.step_order import acting_places
from distsnn.describe.synapses.projections import SynapseSlice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.front.neurons.poisson_input import PoissonInput

_AMONG = "synapses"


def with_inputs(
    description: NetworkDescription,
    inputs: Iterable[PoissonInput],
    read: Iterable[Place],
    among: bool = False,
) -> NetworkDescription:
    """The same network, in which `inputs`, which are statements, are sorted by their own names.

    Those of the slot of synapses act within that if `among`, or where they would otherwise pass
    something, such as monitors and calls at the places `read`; else before or after all pathways.
    """
    places: dict[tuple[str, str], tuple[str, str]] = {}
    for one in inputs:
        within = one.when == _AMONG and (among or stands_elsewhere(description, one, read))
        group, place = one.target.group.name, (_AMONG if within else "", one.sorted_as)
        places |= {(group, one.statement): place, (group, one.sorted_as): place}

    def operation(group: str, one: Operation) -> Operation:
        slot, name = places.get((group, one.name), ("", one.name))
        return replace(one, when=slot or one.when, name=name)

    def within_group(group: GroupDescription) -> GroupDescription:
        if not isinstance(group, NeuronDescription):
            return group
        model = group.model
        if not isinstance(model, NeuronEquations):
            return group
        made = tuple(operation(group.name, one) for one in model.operations)
        return replace(group, model=replace(model, operations=made))

    if not places:
        return description
    return replace(description, groups=tuple(map(within_group, description.groups)))


def stands_elsewhere(
    description: NetworkDescription, one: PoissonInput, read: Iterable[Place]
) -> bool:
    """Whether an input of the slot of synapses acts beyond something that it must not pass.

    It acts before all pathways or after them, or as no statement before those of order 0. `read`
    are places of monitors and calls; other inputs may be passed.
    """
    inputs = {name_in_order(x.name) for x in description.poisson_inputs}
    place = place_in_slots(_AMONG, one.order, one.sorted_as)
    acts = place_in_slots(_AMONG, 0, "")
    if one.is_statement:
        acts = place_in_slots(one.slot_of_statement, one.order, one.sorted_as)

    def is_passed(at: Place) -> bool:
        return at[2] not in inputs and (at < place) != (at < acts)

    pathways = [
        (synapses.strings.place_of(pathway, synapses.name), synapses, pathway)
        for synapses in description.synapses
        if synapses.statements is not None
        for pathway in synapses.strings.pathways
    ]
    known = {at for at, _, _ in pathways}
    others = [at for at in acting_places(description) if at not in known]
    if one.is_statement and any(map(is_passed, [*others, *read])):
        return True
    return any(
        is_passed(at) and _joins(description, synapses, one) and _names(synapses, pathway, one)
        for at, synapses, pathway in pathways
    )


def _names(synapses: SynapsesDescription, pathway: str, one: PoissonInput) -> bool:
    """Whether a pathway names variables that an input writes or reads."""
    strings = synapses.strings
    texts = dict((*strings.on_pre, *strings.on_post))
    found = re.findall(r"[A-Za-z_]\w*", f"{strings.model}\n{texts[pathway]}")
    return bool(one.touched & {re.sub("_(pre|post)$", "", x) for x in found})


def _joins(
    description: NetworkDescription, synapses: SynapsesDescription, one: PoissonInput
) -> bool:
    """Whether synapses are of the neurons that an input has."""
    ends = (end for end in (synapses.source, synapses.target) if not isinstance(end, SynapseSlice))
    return any(description.groups[end.group].name == one.target.group.name for end in ends)
