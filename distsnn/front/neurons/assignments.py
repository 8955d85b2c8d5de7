"""Values given to the variables of a group of neurons, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from distsnn.describe.groups import Assignment
from distsnn.describe.values.given import Value
from distsnn.describe.values.given_expressions import Expression
from distsnn.errors import ParameterError
from distsnn.front.names.scope import next_draw


class Assignments:
    """All assignments to a group that something may still depend on.

    What a later assignment overwrites is forgotten, or loops that assign would pile up; but what
    expressions refer to stays as it was when they were given.

    Parameters
    ----------
    size : int
        Number of neurons of the group.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._made: dict[int, Assignment] = {}
        self._latest: dict[str, dict[tuple[int, int], int]] = {}
        self._next = 0
        # The order of the last assignment to each variable; and how often some were taken back.
        self._last: dict[str, int] = {}
        self._era = 0
        # Assignments of a lower order are seen by expressions.
        self._seen = 0
        self._replaced: list[Assignment] = []
        self._all: tuple[Assignment, ...] | None = None

    @property
    def all(self) -> tuple[Assignment, ...]:
        """The assignments in order."""
        if self._all is None:
            self._all = tuple(self._made[order] for order in sorted(self._made))
        return self._all

    def see(self) -> int:
        """Order of the next assignment; those before it are kept, as an expression sees them."""
        self._seen = self._next
        return self._next

    @property
    def next_order(self) -> int:
        """The order of the next assignment."""
        return self._next

    def version(self, variable: str) -> tuple[int, int]:
        """A pair that changes whenever a variable is assigned, or assignments are taken back."""
        return self._era, self._last.get(variable, -1)

    def add(self, variable: str, start: int, stop: int, value: Value) -> Assignment:
        """Add an assignment to the neurons ``start <= index < stop``."""
        made = Assignment(variable, start, stop, value, self._next, next_draw(value))
        if isinstance(value, Expression):
            self.see()
        latest = self._latest.setdefault(variable, {})
        whole = start == 0 and stop == self._size
        ranges = list(latest) if whole else [(start, stop)] if (start, stop) in latest else []
        self._replaced = [
            self._made.pop(order) for r in ranges if (order := latest.pop(r)) >= self._seen
        ]
        self._made[self._next] = made
        latest[start, stop] = self._last[variable] = self._next
        self._next += 1
        self._all = None
        return made

    def undo(self, made: Assignment) -> None:
        """Take back the last assignment."""
        del self._made[made.order]
        latest = self._latest[made.variable]
        del latest[made.start, made.stop]
        for again in self._replaced:
            self._made[again.order] = again
            latest[again.start, again.stop] = again.order
        self._next = made.order
        self._era += 1
        self._all = None

    def restart(self, made: Iterable[Assignment], next_order: int) -> None:
        """Go back to earlier assignments, in order; the next one has the order `next_order`."""
        self._made = {one.order: one for one in made}
        self._latest = {}
        for one in self._made.values():
            self._latest.setdefault(one.variable, {})[one.start, one.stop] = one.order
        self._next = next_order
        self._era += 1
        # An expression among them may see all of them.
        self._seen = self._next
        self._replaced, self._all = [], None


def with_items(where: str, variable: str, now: np.ndarray, item: Any, given: Any) -> np.ndarray:
    """Values `now` (float64 (N,)), in which some are those given.

    Raises
    ------
    ParameterError
        If there are not as many as are meant.
    """
    values = np.array(now)
    try:
        values[item] = given
    except (TypeError, ValueError) as error:
        raise ParameterError(
            where,
            f"{variable} was set to {given!r} ({error})",
            "values are numbers, one or as many as neurons are meant",
            "correct the value",
        ) from None
    return values
