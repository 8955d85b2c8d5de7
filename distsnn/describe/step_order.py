"""The order of a time step: a schedule, what is called within a step, and what stands between.

Usually the update of a group and its threshold are compiled as one, and so are all synapses. A
network is *ordered* if its schedule is not the default one, or something acts where that hides the
moment: between updates and thresholds, among them, or among synapses or resets. Its blocks are as
many as there are moments, and act in the order of their places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distsnn.describe.groups import EventDescription, GeneratorDescription, NeuronDescription
from distsnn.describe.operations import (
    CHECK_POINTS,
    DEFAULT,
    EVENTS,
    PATHWAY_POINTS,
    SLOTS,
    SPIKE,
    THRESHOLDS,
    WITHIN,
    Place,
    all_slots,
    name_in_order,
    place_in_slots,
)
from distsnn.describe.values.given_expressions import NeuronEquations

if TYPE_CHECKING:
    # It has an order.
    from distsnn.describe.network_description import NetworkDescription


@dataclass(frozen=True)
class StepOrder:
    """The order of a time step.

    Attributes
    ----------
    schedule : tuple of str
        Its slots, without those before and after each.
    calls : tuple of Place
        Where Python is called within a step, ascending; slots count as in this schedule.
    read : tuple of str
        Slots in which monitors read among what else acts.
    orders : tuple of (str, int)
        The order within slots of groups and synapses, by name, where it is not 0.
    """

    schedule: tuple[str, ...] = DEFAULT
    calls: tuple[Place, ...] = ()
    read: tuple[str, ...] = ()
    orders: tuple[tuple[str, int], ...] = ()

    def order_of(self, name: str) -> int:
        """The order of a group or synapses among what acts in the same slot."""
        return dict(self.orders).get(name, 0)

    @property
    def compiled(self) -> tuple[str, ...]:
        """The slots in which compiled code acts."""
        return tuple(slot for slot in self.schedule if slot in DEFAULT)

    @property
    def slots(self) -> tuple[str, ...]:
        """All slots in their order."""
        return all_slots(self.schedule)

    def place(self, place: Place) -> Place:
        """The place in this schedule of what has a place in the default one."""
        slot, order, name = place
        return self.slots.index(SLOTS[slot]), order, name


def refresh_place(name: str, order: int) -> Place:
    """The place at which a group or synapses compute what is constant over dt."""
    return place_in_slots("before_start", order, name_in_order(name))


def update_place(name: str, order: int) -> Place:
    """The place of the update of a group or synapses."""
    return place_in_slots("groups", order, f"{name_in_order(name)}_stateupdater")


def threshold_place(name: str, order: int, given: bool = False) -> Place:
    """The place of the threshold of a group; sources of `given` spikes have none of their own."""
    of = name_in_order(name)
    return place_in_slots("thresholds", order, of if given else f"{of}_{SPIKE}_thresholder")


def reset_place(name: str, order: int) -> Place:
    """The place of the reset of a group."""
    return place_in_slots("resets", order, f"{name_in_order(name)}_{SPIKE}_resetter")


def spiking_place(description: NetworkDescription, group: int, event: str) -> Place:
    """The place at which it is known which neurons of a group have an event."""
    described = description.groups[group]
    if event == SPIKE:
        order = description.order.order_of(described.name)
        return threshold_place(described.name, order, isinstance(described, GeneratorDescription))
    assert isinstance(described, NeuronDescription)
    assert isinstance(described.model, NeuronEquations)
    return next(x.place(described.name) for x in described.model.events if x.name == event)


def thresholds(description: NetworkDescription) -> list[Place]:
    """The places of all thresholds, and of other sources of spikes."""
    groups = enumerate(description.groups)
    return [
        spiking_place(description, g, SPIKE)
        for g, one in groups
        if not isinstance(one, EventDescription)
    ]


def acting_places(description: NetworkDescription) -> list[Place]:
    """The places of all that acts in a step."""
    order_of = description.order.order_of
    silent = {threshold_place(x, order_of(x)) for x in _without(description, "threshold")}
    unreset = _without(description, "reset")
    neurons = [one.name for one in description.groups if isinstance(one, NeuronDescription)]
    every = [*neurons, *(s.name for s in description.synapses)]
    constant = [name for name, model in _models(description) if "constant over dt" in model]
    return [
        *(refresh_place(name, order_of(name)) for name in constant),
        *(update_place(name, order_of(name)) for name in every),
        *(place for place in thresholds(description) if place not in silent),
        *(place for place, _ in _placed(description)),
        *(place_in_slots("synapses", 0, name_in_order(x.name)) for x in description.poisson_inputs),
        *(reset_place(name, order_of(name)) for name in neurons if name not in unreset),
    ]


def _without(description: NetworkDescription, statement: str) -> set[str]:
    """Names of the groups whose equations have no threshold, or no reset."""
    return {
        group.name
        for group in description.groups
        if isinstance(group, NeuronDescription) and isinstance(group.model, NeuronEquations)
        if not getattr(group.model, statement)
    }


def _models(description: NetworkDescription) -> Iterator[tuple[str, str]]:
    """Names and equations of what has equations."""
    for group in description.groups:
        if isinstance(group, NeuronDescription) and isinstance(group.model, NeuronEquations):
            yield group.name, group.model.equations
    for synapses in description.synapses:
        if synapses.statements is not None:
            yield synapses.name, synapses.strings.model


def is_ordered(description: NetworkDescription) -> bool:
    """Whether the blocks of a network act in the order of their places."""
    order = description.order
    if order.calls or order.read or order.orders or order.compiled != DEFAULT:
        return True
    last = max(thresholds(description), default=(0, 0, ""))
    early = early_pathway(description)
    return any(
        point == WITHIN
        or (place[0] == last[0] and place < last)
        or (early is not None and point == THRESHOLDS and place > early)
        for place, point in _placed(description)
    )


def early_pathway(description: NetworkDescription) -> Place | None:
    """The first pathway after the thresholds that acts before the slot of synapses.

    What follows it there sees what its events changed.
    """
    among = SLOTS.index("synapses")
    found = (
        one.strings.place_of(pathway, one.name)
        for one in description.synapses
        if one.statements is not None and one.strings.slots
        for pathway in one.strings.pathways
        if PATHWAY_POINTS[one.strings.slot_of(pathway)] == EVENTS
    )
    return min((place for place in found if place[0] < among), default=None)


def divides_synapses(description: NetworkDescription) -> bool:
    """Whether something may act among synapses, so that each pathway has a block of its own.

    What is called within a step may set any variable of theirs.
    """
    order, among = description.order, SLOTS.index("synapses")
    if order.compiled != DEFAULT or order.calls or "synapses" in order.read:
        return True
    return any(place[0] == among for place, point in _placed(description) if point == WITHIN)


def _placed(description: NetworkDescription) -> Iterator[tuple[Place, str]]:
    """The places of statements, checks and pathways, with their points in a step."""
    for group in description.groups:
        if isinstance(group, NeuronDescription) and isinstance(group.model, NeuronEquations):
            for one in group.model.operations:
                yield one.place(group.name), one.point
            for event in group.model.events:
                yield event.place(group.name), CHECK_POINTS[event.when]
    for synapses in description.synapses:
        for one in synapses.operations:
            # Those of synapses see neurons, which operations after thresholds may have changed.
            point = WITHIN if one.point == THRESHOLDS else one.point
            yield one.place(synapses.name), point
        if synapses.statements is not None:
            for pathway in synapses.strings.pathways:
                point = PATHWAY_POINTS[synapses.strings.slot_of(pathway)]
                yield synapses.strings.place_of(pathway, synapses.name), point
