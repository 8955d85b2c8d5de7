"""The order of a time step: slots of a schedule, and the objects that are called in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from distsnn.describe.operations import DEFAULT, Place, all_slots
from distsnn.errors import NotThereError, ParameterError

# The schedule of networks without one of their own; preferences of Brian 2 set it.
default_schedule: list[tuple[str, ...]] = [DEFAULT]


def check_slot(where: str, when: object) -> None:
    """Check that `when` can be a slot.

    Raises ParameterError if it is no string.
    """
    if not isinstance(when, str) or not when:
        raise ParameterError(
            where, f"when={when!r}", f"when is a slot: {', '.join(DEFAULT)}", "correct it"
        )


def checked_schedule(where: str, slots: object) -> tuple[str, ...]:
    """A schedule that was given, checked.

    Raises ParameterError if it is no list of names, or a slot is one that every schedule has around
    each of its own.
    """
    if isinstance(slots, str | set | frozenset) or not isinstance(slots, Sequence):
        slots = [slots]
    for slot in slots:
        if not isinstance(slot, str):
            raise ParameterError(
                where,
                f"the schedule has {slot!r}",
                "a schedule is a list of names of slots",
                "correct it",
            )
        if slot.startswith(("before_", "after_")):
            raise ParameterError(
                where,
                f"the schedule has {slot!r}",
                "before_ and after_ of each slot are there by themselves",
                "leave it out",
            )
    return tuple(slots)


def completed(schedule: Sequence[str]) -> tuple[str, ...]:
    """A schedule with those slots at its end in which groups and synapses may act and nothing does.

    `distsnn.front.network.called.step_places.check_slots` checks that.
    """
    return (*schedule, *(slot for slot in DEFAULT if slot not in schedule))


def check_calls_in(called: Iterable[Any], schedule: Sequence[str]) -> None:
    """Raise ParameterError if the slot of an object is not in a schedule."""
    slots = all_slots(schedule)
    for one in called:
        if one.when not in slots:
            raise NotThereError(
                one.name,
                f"when={one.when!r}",
                f"slots are {', '.join(schedule)}, and before_ and after_ each",
                "correct when, or set Network.schedule",
            )


def call_places(called: Iterable[Any], schedule: Sequence[str]) -> list[tuple[Place, Any]]:
    """Objects in the order in which they are called in a step, with their places in it."""
    slots = {slot: n for n, slot in enumerate(all_slots(schedule))}
    placed = [((slots[x.when], x.order, x.name), x) for x in called if x.when in slots]
    return sorted(placed, key=lambda of: of[0])
