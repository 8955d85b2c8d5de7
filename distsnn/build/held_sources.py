"""Which sources a rank keeps the state of: those with synapses here that need it, and its own.

Of any other source of the network a rank knows only, in four bytes, that it keeps no state. Its own
it keeps even without synapses here, so that each source has one rank that writes its state to
checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.build.tables import Table, TableBuilder
from distsnn.describe.network import NetworkDescription
from distsnn.plan.partition import Partition
from distsnn.plan.tables import TablePlan

OF_SOURCE = np.dtype(np.int32)


@dataclass(frozen=True, eq=False)
class HeldSources:
    """The sources whose state a rank keeps for some tables.

    Attributes
    ----------
    first_gid : int
        Gid of the first source of the tables; the others follow.
    number_of : int32 array (sources,)
        Place of each in arrays of state, ascending, -1 for those whose state is not kept.
    """

    first_gid: int
    number_of: np.ndarray

    @property
    def count(self) -> int:
        """How many they are."""
        return int(self.number_of.max(initial=-1)) + 1

    @property
    def index(self) -> np.ndarray:
        """Which sources they are (int64, ascending), counted from the first of the tables."""
        return np.flatnonzero(self.number_of >= 0)


def source_range(description: NetworkDescription, plans: Sequence[TablePlan]) -> tuple[int, int]:
    """Gid of the first source of some tables, and the one after the last."""
    sources = [description.projections[p].source for plan in plans for p in plan.projections]
    first = min(description.first_gids[s.group] + s.start for s in sources)
    return first, max(description.first_gids[s.group] + s.stop for s in sources)


class SourceKeeper:
    """Finds the sources whose state a rank keeps, once for those of the same tables.

    Parameters
    ----------
    builder : TableBuilder
    plans : sequence of TablePlan
    tables : sequence of Table
        All tables of the rank.
    """

    def __init__(
        self, builder: TableBuilder, plans: Sequence[TablePlan], tables: Sequence[Table]
    ) -> None:
        self._builder = builder
        self._plans = plans
        self._tables = tables
        self._found: dict[tuple[int, ...], HeldSources] = {}

    def of_tables(self, reading: Sequence[int]) -> HeldSources:
        """The sources whose state tables of these numbers need here."""
        key = tuple(reading)
        if key not in self._found:
            self._found[key] = self._find(key)
        return self._found[key]

    def _find(self, reading: tuple[int, ...]) -> HeldSources:
        description = self._builder.description
        first, stop = source_range(description, [self._plans[t] for t in reading])
        held = np.zeros(stop - first, dtype=bool)
        for low, high in own_gids(description, self._builder.partition):
            held[max(low - first, 0) : max(high - first, 0)] = True
        for t in reading:
            for rows in self._tables[t].row_of.reshape(-1, description.size):
                held |= rows[first:stop] >= 0
        number_of = np.cumsum(held, dtype=OF_SOURCE)
        number_of -= 1
        number_of[~held] = -1
        return HeldSources(first, number_of)


def own_gids(description: NetworkDescription, partition: Partition) -> list[tuple[int, int]]:
    """First gid and the one after the last of each run of own neurons, ascending."""
    return [
        (description.first_gids[g] + r.start, description.first_gids[g] + r.stop)
        for g, ranges in enumerate(partition.ranges)
        for r in ranges
    ]
