"""Statements that run at regular times or at events, and what is an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from distsnn.describe.values.time_steps import whole_ratio
from distsnn.errors import ParameterError

# The schedule of a time step, and the slots of it, in their order, as Brian 2 names them.
DEFAULT = ("start", "groups", "thresholds", "synapses", "resets", "end")


def all_slots(schedule: Sequence[str]) -> tuple[str, ...]:
    """The slots of a schedule with those before and after each."""
    return tuple(x for slot in schedule for x in (f"before_{slot}", slot, f"after_{slot}"))


SLOTS = all_slots(DEFAULT)
# Where states can be read, in their order.
AT_START, AT_THRESHOLDS, AT_END, AT_RESETS = range(4)
SPIKE = "spike"
# Where operations can act: the point of a step that each slot is.
BEGIN, THRESHOLDS, RESETS, END = "begin", "thresholds", "resets", "end"
AMONG_RESETS = "among resets"
# Between or among what is compiled as one; see `distsnn.describe.step_order`.
WITHIN = "within"
POINTS = {
    **dict.fromkeys(SLOTS, WITHIN),
    **dict.fromkeys(("before_start", "start", "after_start", "before_groups"), BEGIN),
    **dict.fromkeys(("thresholds", "after_thresholds", "before_synapses"), THRESHOLDS),
    **dict.fromkeys(("after_synapses", "before_resets"), RESETS),
    **dict.fromkeys(("after_resets", "before_end", "end", "after_end"), END),
}
# Where statements of events can act, and where events can be looked for.
STATEMENT_POINTS = {**POINTS, "resets": AMONG_RESETS}
# Where pathways can act: with the other events, or where operations act.
EVENTS = "events"
PATHWAY_POINTS = {
    **dict.fromkeys(SLOTS, WITHIN),
    **dict.fromkeys(("after_thresholds", "before_synapses", "synapses"), EVENTS),
    **{slot: point for slot, point in POINTS.items() if point in {RESETS, END}},
}
CHECK_POINTS = {slot: WITHIN if point == RESETS else point for slot, point in POINTS.items()}
# What sorts an object within a step: its slot, by its index, its order and its name.
Place = tuple[int, int, str]


@dataclass(frozen=True)
class Event:
    """An event of neurons that is no spike.

    Attributes
    ----------
    name : str
    condition : str
        The neurons for which it holds have the event.
    when : str
        One of `SLOTS`.
    order : int
        See `Operation`.
    """

    name: str
    condition: str
    when: str = "after_thresholds"
    order: int = 0

    def place(self, owner: str) -> Place:
        """Key that sorts its check within a step; `owner` is the group."""
        return place_in_slots(
            self.when, self.order, f"{name_in_order(owner)}_{self.name}_thresholder"
        )

    def content(self) -> tuple[object, ...]:
        """Everything that defines the event, for the digest."""
        return tuple(vars(self).values())


@dataclass(frozen=True)
class Operation:
    """Statements that run at regular times, or for the neurons that have an event.

    Attributes
    ----------
    name : str
        A ``*`` in it stands for the name of the group or synapses.
    statements : str
    start, stop : int
        The neurons ``start <= index < stop`` of the group.
    every : float, ms
        Time between two runs; 0 for every step.
    when : str
        One of `SLOTS`.
    order : int
        Of operations of one slot those with a lower order come first, then by name.
    event : str
        The event; empty for regular times.
    times : tuple of float, ms
        The times at which they run, if not regularly.
    """

    name: str
    statements: str
    start: int
    stop: int
    every: float
    when: str
    order: int
    event: str = ""
    times: tuple[float, ...] = ()

    @property
    def point(self) -> str:
        """The point of a step at which they run."""
        return STATEMENT_POINTS[self.when] if self.event else POINTS[self.when]

    def place(self, owner: str) -> Place:
        """Key that sorts operations and monitors within a step; `owner` is a group or synapses."""
        name = self.name.replace("*", name_in_order(owner))
        return place_in_slots(self.when, self.order, name)

    def steps(self, owner: str, dt: float) -> int:
        """Steps of `dt` ms between two runs; `owner` is the name of a group or synapses.

        Raises
        ------
        ParameterError
            If they are no whole number.
        """
        steps = whole_ratio(self.every, dt) if self.every else 1
        if steps is None:
            raise ParameterError(
                owner,
                f"run_regularly(dt={self.every:g} ms) with a time step of {dt:g} ms",
                "dt is a multiple of the time step",
                "correct one of them",
            )
        return steps

    def content(self) -> tuple[object, ...]:
        """Everything that defines the operation, for the digest."""
        *regular, event, times = vars(self).values()
        return (*regular, *((event,) if event else ()), *((times,) if times else ()))

    def steps_at(self, owner: str, dt: float) -> tuple[int, ...]:
        """The steps of `dt` ms in which they run, if not regularly; ascending.

        Raises
        ------
        ParameterError
            If a time is not that of a step.
        """
        return steps_at(owner, self.times, dt)


def steps_at(owner: str, times: Iterable[float], dt: float) -> tuple[int, ...]:
    """The steps of `dt` ms at some times (ms), ascending.

    Raises ParameterError if a time is not that of a step.
    """
    found = {whole_ratio(time, dt) if time else 0 for time in times}
    if None in found:
        raise ParameterError(
            owner,
            f"something is to happen at times that are no multiples of the time step, {dt:g} ms",
            "times are those of steps",
            "correct the times",
        )
    return tuple(sorted(step for step in found if step is not None))


def name_in_order(name: str) -> str:
    """The name by which an object is sorted within a step: as in Brian 2, the first has no number.

    So ``synapses_1_pre`` comes before ``synapses_pre``.
    """
    kind = name.removesuffix("_0")
    return kind if kind.isalpha() else name


def place_in_slots(when: str, order: int, name: str) -> Place:
    """Key that sorts objects within a step: slot, order, name."""
    return SLOTS.index(when), order, name
