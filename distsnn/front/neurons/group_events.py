"""Events of neurons other than spikes, as users give them: ``events=``, `run_on_event`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from distsnn.describe.operations import SLOTS, SPIKE, Event, Operation
from distsnn.errors import NotThereError, ParameterError


def checked_events(
    where: str, threshold: object, given: object
) -> tuple[object, tuple[Event, ...]]:
    """The threshold and the other events of a group.

    Raises ParameterError if a name or a condition cannot be one, or there are two conditions of
    spikes.
    """
    if given is None:
        return threshold, ()
    if not isinstance(given, Mapping):
        raise ParameterError(
            where, f"events={given!r}", "events is a dict of names and conditions", "correct it"
        )
    for name, condition in given.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ParameterError(
                where, f"an event has the name {name!r}", "names are identifiers", "rename it"
            )
        if not isinstance(condition, str) or not condition.strip():
            raise ParameterError(
                where,
                f"the condition of the event {name} is {condition!r}",
                "a condition is a string, for instance 'v > 1'",
                "write one",
            )
    if SPIKE in given and threshold is not None:
        raise ParameterError(
            where, "a threshold and an event 'spike' are given", "they are the same", "give one"
        )
    others = tuple(Event(name, given[name]) for name in given if name != SPIKE)
    return given.get(SPIKE, threshold), others


def checked_order(where: str, order: object) -> int:
    """An order within a slot, 0 by default."""
    if order is None:
        return 0
    if isinstance(order, bool) or not isinstance(order, int | np.integer):
        raise ParameterError(where, f"order={order!r}", "order is a whole number", "correct it")
    return int(order)


def checked_slot(where: str, when: object) -> str:
    """A slot of a step; raises ParameterError if it is none."""
    if not isinstance(when, str) or when not in SLOTS:
        raise NotThereError(
            where, f"when={when!r}", f"when is one of {', '.join(SLOTS)}", "choose one"
        )
    return when


def rescheduled(
    where: str, events: Mapping[str, Event], event: str, when: object, order: object
) -> Event:
    """An event that is looked for in another slot."""
    if event not in events:
        unknown_event(where, event, events)
    slot = checked_slot(where, when)
    return replace(events[event], when=slot, order=checked_order(where, order))


def in_order(events: Mapping[str, Event], order: int) -> dict[str, Event]:
    """The events of a group whose objects have an order: spikes are looked for in that."""
    return {x.name: replace(x, order=order) if x.name == SPIKE else x for x in events.values()}


def at_event(
    where: str, size: int, event: str, code: object, when: object, order: object
) -> Operation:
    """The statements that run for the neurons that have an event."""
    if not isinstance(code, str):
        raise ParameterError(
            where, f"run_on_event({event!r}, {code!r})", "statements are a string", "write 'v = 0'"
        )
    slot = checked_slot(where, when)
    order = checked_order(where, order)
    return Operation(f"*_{event}_resetter", code, 0, size, 0.0, slot, order, event)


def check_after(where: str, event: Event, place: tuple[int, int, str], group: str) -> None:
    """Raise ParameterError if something at an event comes before the event is looked for."""
    if place < event.place(group):
        raise ParameterError(
            where,
            f"it acts at the event {event.name} before that is looked for (when={event.when!r})",
            "what acts at an event comes after its check within a step",
            "choose a later slot, or a higher order",
        )


def check_before_synapses(where: str, event: Event) -> None:
    """Raise ParameterError if synapses act at an event that is looked for after them in a step."""
    if SLOTS.index(event.when) > SLOTS.index("before_synapses"):
        raise ParameterError(
            where,
            f"synapses act at the event {event.name}, and it is looked for in {event.when!r}",
            "synapses act at events that are looked for before them in a step",
            "choose an earlier slot with set_event_schedule()",
        )


def check_statements(
    where: str, events: Mapping[str, Event], operations: tuple[Operation, ...]
) -> None:
    """Raise ParameterError if statements of an event come before the event is looked for."""
    for one in operations:
        if one.event:
            check_after(f"{where}.run_on_event", events[one.event], one.place(where), where)


def spikes_of(condition: str) -> Event:
    """The event of spikes, which thresholds look for."""
    return Event(SPIKE, condition, "thresholds")


def unknown_event(where: str, event: object, events: Mapping[str, object]) -> None:
    """Raise ParameterError for an event that a group does not have."""
    hint = " Give it a threshold, such as threshold='v > 1'" if event == SPIKE else ""
    raise ParameterError(
        where,
        f"the group has no event {event!r}",
        f"its events are {', '.join(events) or 'none'}",
        hint.strip() or "define it with events={...}",
    )
