"""The order of a time step: slots of a schedule, and the objects that are called in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from distsnn.describe.operations import AT_END, AT_START, AT_THRESHOLDS
from distsnn.errors import NotThereError, ParameterError

DEFAULT: Final = ("start", "groups", "thresholds", "synapses", "resets", "end")
# The other order of synapses and resets that networks can have.
RESETS_FIRST: Final = ("start", "groups", "thresholds", "resets", "synapses", "end")
# The schedule of networks without one of their own; preferences of Brian 2 set it.
default_schedule: list[tuple[str, ...]] = [DEFAULT]
# Places of a step between which compiled code does not stop.
_PLACES = {
    **dict.fromkeys(("before_start", "start", "after_start", "before_groups", "groups"), AT_START),
    **dict.fromkeys(("thresholds", "after_thresholds", "before_synapses"), AT_THRESHOLDS),
    **dict.fromkeys(("after_resets", "before_end", "end", "after_end"), AT_END),
}

_PLACES_RESETS_FIRST = {
    **{slot: place for slot, place in _PLACES.items() if place == AT_START},
    **dict.fromkeys(("thresholds", "after_thresholds", "before_resets"), AT_THRESHOLDS),
    **dict.fromkeys(("after_synapses", "before_end", "end", "after_end"), AT_END),
}


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


def compiled_slots(schedule: Sequence[str]) -> tuple[str, ...]:
    """The slots of a schedule in which compiled code acts."""
    return tuple(slot for slot in schedule if slot in DEFAULT)


def check_compiled(where: str, schedule: Sequence[str]) -> None:
    """Check that a schedule has an order that compiled code can have.

    Raises ParameterError if it has another.
    """
    if compiled_slots(schedule) not in {DEFAULT, RESETS_FIRST}:
        raise ParameterError(
            where,
            f"the schedule is {', '.join(schedule)}",
            f"groups and synapses act in the order {', '.join(DEFAULT)}, or with resets before "
            "synapses; further slots may stand between these",
            "leave the schedule as it is",
        )


def all_slots(schedule: Sequence[str]) -> list[str]:
    """The slots of a schedule with those before and after each."""
    return [x for slot in schedule for x in (f"before_{slot}", slot, f"after_{slot}")]


def in_order(called: Iterable[Any], schedule: Sequence[str]) -> list[Any]:
    """Objects in the order in which they are called in a step.

    Raises ParameterError if the slot of one is not in the schedule.
    """
    slots = {slot: n for n, slot in enumerate(all_slots(schedule))}
    for one in called:
        if one.when not in slots:
            raise NotThereError(
                one.name,
                f"when={one.when!r}",
                f"slots are {', '.join(schedule)}, and before_ and after_ each",
                "correct when, or set Network.schedule",
            )
    return sorted(called, key=lambda one: (slots[one.when], one.order, one.name))


def place_of(one: Any, schedule: Sequence[str]) -> int:
    """The place of a step at which an object is called beside compiled code.

    Raises ParameterError if its slot lies where compiled code does not stop.
    """
    places = _PLACES if compiled_slots(schedule) == DEFAULT else _PLACES_RESETS_FIRST
    if one.when in places:
        return places[one.when]
    slots = all_slots(schedule)
    at = slots.index(one.when)
    before = [places.get(slot) for slot in slots[:at] if slot in all_slots(DEFAULT)]
    after = [places.get(slot) for slot in slots[at:] if slot in all_slots(DEFAULT)]
    if one.when not in all_slots(DEFAULT):
        # A slot of the user's between two that are at one place.
        if before and before[-1] is not None:
            return before[-1]
        if after and after[0] is not None:
            return after[0]
    raise ParameterError(
        one.name,
        f"when={one.when!r}",
        f"groups and synapses are compiled as one; Python is called in {', '.join(places)}",
        "choose one of these",
    )
