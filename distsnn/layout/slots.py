"""The target variables of a rank's neurons in its one array of slots."""

from __future__ import annotations

from dataclasses import dataclass

TILE = 65_536
ALIGN = 8


@dataclass(frozen=True)
class SlotPlan:
    """First slot of each target variable (group index, name), and the number of slots."""

    first: dict[tuple[int, str], int]
    size: int

    @property
    def n_tiles(self) -> int:
        """Number of tiles of 65,536 slots."""
        return max(1, -(-self.size // TILE))


def plan_slots(variables: list[tuple[int, str, int]]) -> SlotPlan:
    """Lay out the variables (group, name, number of local neurons) one after the other.

    A variable that fits a tile does not cross the end of one, so that a source has its
    synapses in as few tiles as possible.
    """
    first: dict[tuple[int, str], int] = {}
    at = 0
    for group, name, n in variables:
        left = TILE - at % TILE
        if left < n <= TILE:
            at += left
        first[group, name] = at
        at += -(-n // ALIGN) * ALIGN
    return SlotPlan(first, at)
