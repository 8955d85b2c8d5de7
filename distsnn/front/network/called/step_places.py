"""Where in a step the objects of users are called, and the order of the step that this asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from distsnn.codegen.ordered_program import FIRST_CALL, PAUSE_BEFORE_EVENTS
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import (
    DEFAULT,
    SLOTS,
    Place,
    all_slots,
    name_in_order,
    place_in_slots,
)
from distsnn.describe.step_order import StepOrder, acting_places, early_pathway, thresholds
from distsnn.describe.synapses.equation_based import Statements
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import NotThereError, ParameterError
from distsnn.front.callbacks.brian_object import BrianObject
from distsnn.front.callbacks.schedule import call_places
from distsnn.front.monitors.spike_monitor import EventMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.network.members import Members

# Locations of calls within a step besides those at which compiled code pauses: before it, after it,
# and at times between two steps.
AT_BEGIN, AT_THRESHOLDS = 0, PAUSE_BEFORE_EVENTS
AFTER, BETWEEN = 1 << 20, (1 << 20) + 1


@dataclass(frozen=True)
class _Step:
    """Places in a schedule at which compiled code acts.

    Attributes
    ----------
    acting : tuple of Place
        All that acts.
    last : Place
        The last threshold.
    synapses : int or None
        The slot of synapses, if compiled code pauses between thresholds and these.
    early : Place or None
        The first pathway between them.
    """

    acting: tuple[Place, ...]
    last: Place
    synapses: int | None
    early: Place | None

    @classmethod
    def of(
        cls, description: NetworkDescription, schedule: tuple[str, ...], read: Iterable[Place]
    ) -> _Step:
        """Those of a network whose monitors read at some places of the default schedule."""
        order = StepOrder(schedule)
        spiking = [order.place(x) for x in thresholds(description)]
        plain = replace(description, order=replace(description.order, calls=()))
        early = early_pathway(description)
        return cls(
            tuple(order.place(x) for x in (*acting_places(description), *read)),
            max(spiking, default=(order.slots.index("thresholds"), 0, "")),
            None if plain.is_ordered else order.slots.index("synapses"),
            None if early is None else order.place(early),
        )

    def location(self, place: Place) -> int | None:
        """The location of a call beside compiled code; None if it stands within that."""
        following = [one for one in self.acting if one > place]
        if not following:
            return AFTER
        if len(following) == len(self.acting):
            return AT_BEGIN
        if self.synapses is None or place < self.last or min(following)[0] < self.synapses:
            return None
        after_events = self.early is not None and place > self.early
        return AT_THRESHOLDS if place[0] < self.synapses and not after_events else None


# Slots in which something else acts than monitors.
AMONG = ("groups", "synapses", "resets")


def with_order(
    description: NetworkDescription,
    schedule: tuple[str, ...],
    members: Members,
    before: StepOrder,
) -> NetworkDescription:
    """The same network, with the order of a step that its schedule and what it calls ask for.

    `before` is the one it was built with, whose places stay when calls end.

    Raises ParameterError if the schedule is not the default one, and some are built-in synapses, or
    what acts at an event comes before it.
    """
    slots, called, orders = StepOrder(schedule).compiled, members.all_called, members.orders
    if orders:
        description = replace(description, order=StepOrder(orders=orders))
    among = tuple(sorted(_slots_among(description, read_places(members))))
    asked = called or among or orders or before != StepOrder()
    if slots == DEFAULT and not asked:
        return description
    if slots != DEFAULT:
        _check_synapses(description)
        _check_events(description, StepOrder(schedule))
    among = tuple(sorted({*among, *before.read}))
    description = replace(description, order=StepOrder(slots, (), among, orders))
    step = _Step.of(description, schedule, read_places(members))
    places = [_in_order(place) for place, _ in call_places(called, schedule)]
    kept = before.calls if before.schedule == schedule else ()
    within = tuple(sorted({place for place in places if step.location(place) is None}.union(kept)))
    if not within:
        return description
    return replace(description, order=StepOrder(schedule, within, among, orders))


def _slots_among(description: NetworkDescription, read: Iterable[Place]) -> set[str]:
    """The slots of monitors among what else acts, or after events of pathways."""
    early, among = early_pathway(description), SLOTS.index("synapses")
    late = {place for place in read if early is not None and early < place and place[0] < among}
    return {SLOTS[place[0]] for place in late} | ({SLOTS[place[0]] for place in read} & {*AMONG})


def call_locations(
    description: NetworkDescription, schedule: tuple[str, ...], members: Members
) -> list[tuple[int, BrianObject]]:
    """Objects in the order in which they are called in a step, with their locations in it."""
    calls = {call: FIRST_CALL + n for n, call in enumerate(description.order.calls)}
    found, step = [], _Step.of(description, schedule, read_places(members))
    for place, one in call_places(members.all_called, schedule):
        location = step.location(_in_order(place))
        found.append((calls[_in_order(place)] if location is None else location, one))
    return found


def read_places(members: Members) -> list[Place]:
    """The places at which monitors read variables."""
    states = [x for x in members.monitors if isinstance(x, StateMonitor)]
    events = [x for x in members.monitors if isinstance(x, EventMonitor) and x.record_variables]
    found = [(x.when, x.order, x.name) for x in states] + [(*x.slot, x.name) for x in events]
    return [place_in_slots(when, order, name_in_order(name)) for when, order, name in found]


def seeing_places(members: Members) -> list[Place]:
    """The places of monitors that read variables, and of calls in slots of the default schedule."""
    calls = [one for one in members.all_called if one.when in SLOTS]
    called = [place_in_slots(x.when, x.order, name_in_order(x.name)) for x in calls]
    return [*read_places(members), *called]


def _in_order(place: Place) -> Place:
    slot, order, name = place
    return slot, order, name_in_order(name)


def check_slots(
    description: NetworkDescription, schedule: tuple[str, ...], members: Members
) -> None:
    """Raise NotThereError, as Brian 2 a KeyError, if something acts in a slot that is lacking."""
    for slot, _, name in [*read_places(members), *acting_places(description)]:
        missing = next(one for one in DEFAULT if SLOTS[slot] in all_slots((one,)))
        if missing not in schedule:
            raise NotThereError(
                "Network.schedule",
                f"the schedule is {', '.join(schedule)}, and {name} acts in {SLOTS[slot]!r}",
                "a schedule has all slots in which something acts",
                f"add {missing}",
                name=name,
            )


def _check_events(description: NetworkDescription, order: StepOrder) -> None:
    for group in description.groups:
        model = group.model if isinstance(group, NeuronDescription) else None
        if not isinstance(model, NeuronEquations):
            continue
        checks = {event.name: order.place(event.place(group.name)) for event in model.events}
        for one in model.operations:
            if one.event in checks and order.place(one.place(group.name)) < checks[one.event]:
                raise ParameterError(
                    group.name,
                    f"statements at the event {one.event} (when={one.when!r}) come before that is "
                    f"looked for in the schedule {', '.join(order.schedule)}",
                    "what acts at an event other than spikes comes after its check within a step",
                    "choose another slot for the statements",
                )


def _check_synapses(description: NetworkDescription) -> None:
    for synapses in description.synapses:
        if not isinstance(synapses.effect, Statements):
            raise ParameterError(
                synapses.name,
                "built-in synapses, and a schedule of another order than the default one",
                "what reaches a receptor is added before resets",
                "write the synapses as on_pre='v_post += w'",
            )
