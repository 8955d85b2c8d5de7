"""The sources that a rank keeps the state of: those with synapses here that need it, and its own.

Of any other source of the network a rank knows only, in four bytes, that it keeps no state; where
the state is that of one table with one tile, these are those that say which row of it a source has.
Its own it keeps even without synapses here, so that each source has one rank that writes its state
to checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.tables.build_tables import AnyTable, TableBuilder
from distsnn.assemble.tables.segment_tables import Table, finds_state
from distsnn.layout.partition import local_gids
from distsnn.layout.shared_tables import TablePlan, source_range

OF_SOURCE = np.dtype(np.int32)


@dataclass(frozen=True, eq=False)
class LocalSources:
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
        """Their number."""
        return int(self.number_of.max(initial=-1)) + 1

    @property
    def index(self) -> np.ndarray:
        """Their indices (int64, ascending), counted from the first of the tables."""
        return np.flatnonzero(self.number_of >= 0)


def finds_rows(reading: Sequence[TablePlan], n_tiles: int) -> bool:
    """Whether the lookup of rows of some tables finds the state of their sources too."""
    return len(reading) == 1 and finds_state(reading[0], n_tiles)


class SourceKeeper:
    """Finds the sources whose state a rank keeps, once for those of the same tables.

    Parameters
    ----------
    plans : sequence of TablePlan
    """

    def __init__(
        self, builder: TableBuilder, plans: Sequence[TablePlan], tables: Sequence[AnyTable]
    ) -> None:
        self._builder = builder
        self._plans = plans
        self._tables = tables
        self._found: dict[tuple[int, ...], LocalSources] = {}

    def of_tables(self, reading: Sequence[int]) -> LocalSources:
        """The sources whose state tables of these numbers need here."""
        key = tuple(reading)
        if key not in self._found:
            self._found[key] = self._find(key)
        return self._found[key]

    def _find(self, reading: tuple[int, ...]) -> LocalSources:
        description = self._builder.description
        plans = [self._plans[t] for t in reading]
        first, stop = source_range(description, plans)
        found = self._tables[reading[0]]
        if isinstance(found, Table) and finds_rows(plans, self._builder.slots.n_tiles):
            return LocalSources(first, found.row_of[first:stop])
        is_local = np.zeros(stop - first, dtype=bool)
        for low, high in local_gids(description, self._builder.partition):
            is_local[max(low - first, 0) : max(high - first, 0)] = True
        for t in reading:
            is_local |= self._tables[t].has_row(description.size)[first:stop]
        number_of = np.cumsum(is_local, dtype=OF_SOURCE)
        number_of -= 1
        number_of[~is_local] = -1
        return LocalSources(first, number_of)
