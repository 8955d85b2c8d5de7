"""What random models know of their groups, and how units enter their texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.random_expressions import Expressions

# A variable x in unit u takes part in expressions without unit as x/(u).
UNITS = ("1", "1", "volt", "amp")
SCALE = {"1": "1", "volt": "(7*mV)", "amp": "(3*pA)"}
WHENS = ("start", "before_groups", "thresholds", "after_thresholds", "end", "after_resets")


@dataclass
class Group:
    """A group as it was drawn; variables map to their units."""

    name: str
    size: int
    states: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    subexpressions: dict[str, str] = field(default_factory=dict)
    free_sums: list[str] = field(default_factory=list)
    # What events may write.
    written: set[str] = field(default_factory=set)
    # Subexpressions with TimedArrays, which synapses cannot read.
    timed: set[str] = field(default_factory=set)
    refractory: bool = False
    # States that are (unless refractory) where the group is refractory at times.
    held: set[str] = field(default_factory=set)

    @property
    def numbers(self) -> dict[str, str]:
        return self.states | self.parameters | self.subexpressions


def scaled(name: str, unit: str) -> str:
    """A variable as a number without unit."""
    return name if unit == "1" else f"({name}/{SCALE[unit]})"


def quantity(text: str, unit: str) -> str:
    """A number without unit as one in `unit`."""
    return f"({text})" if unit == "1" else f"({text})*{SCALE[unit]}"


class Draft:
    """A script while it is drawn.

    Attributes
    ----------
    rng, draw
        Where choices and expressions come from.
    lines, later, results : list of str
        What stands before the first run, between the two runs, and after them.
    groups : list of Group
    objects : list of str
        What the network holds.
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.draw = Expressions(rng)
        self.lines: list[str] = []
        self.later: list[str] = []
        self.results: list[str] = []
        self.groups: list[Group] = []
        self.objects: list[str] = []
