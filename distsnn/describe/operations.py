"""Statements that run at regular times for all neurons of a group, or all synapses of an object."""

from __future__ import annotations

from dataclasses import dataclass

# The slots of a time step, in their order, as Brian 2 names them.
SLOTS = tuple(
    f"{before}{slot}"
    for slot in ("start", "groups", "thresholds", "synapses", "resets", "end")
    for before in ("before_", "", "after_")
)
# Where states can be read, in their order.
AT_START, AT_THRESHOLDS, AT_END = range(3)
# Where operations can act: the point of a step that each slot is.
BEGIN, THRESHOLDS, RESETS, END = "begin", "thresholds", "resets", "end"
POINTS = {
    **dict.fromkeys(("before_start", "start", "after_start", "before_groups"), BEGIN),
    **dict.fromkeys(("thresholds", "after_thresholds", "before_synapses"), THRESHOLDS),
    **dict.fromkeys(("after_synapses", "before_resets"), RESETS),
    **dict.fromkeys(("after_resets", "before_end", "end", "after_end"), END),
}


@dataclass(frozen=True)
class Operation:
    """Statements that run at regular times.

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
        One of `POINTS`.
    order : int
        Of operations of one slot those with a lower order come first, then by name.
    """

    name: str
    statements: str
    start: int
    stop: int
    every: float
    when: str
    order: int

    def place(self, owner: str) -> tuple[int, int, str]:
        """Key that sorts operations and monitors within a step; `owner` is a group or synapses."""
        return place_in_slots(self.when, self.order, self.name.replace("*", owner))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the operation, for the digest."""
        return tuple(vars(self).values())


def place_in_slots(when: str, order: int, name: str) -> tuple[int, int, str]:
    """Key that sorts objects within a step: slot, order, name."""
    return SLOTS.index(when), order, name
