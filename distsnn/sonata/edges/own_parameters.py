"""Parameters of synapses that edges have of their own, in HDF5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

# More different sets of parameters would each be a projection of a few edges.
MOST_SETS = 4096


@dataclass(frozen=True, eq=False)
class OwnParameters:
    """The different sets of parameters of some edges, each with a row among their types.

    Attributes
    ----------
    names : mapping of int to tuple of str
        Names of the parameters, by group of the file.
    sets : mapping of int to float64 array (sets, 1 + names)
        Row of the type in its table, and values, by group; no two are the same.
    first : mapping of int to int
        The row of the first set of each group.
    """

    names: Mapping[int, tuple[str, ...]]
    sets: Mapping[int, np.ndarray]
    first: Mapping[int, int]

    @classmethod
    def of(
        cls,
        names: Mapping[int, tuple[str, ...]],
        found: Iterable[tuple[int, np.ndarray]],
        n_types: int,
    ) -> OwnParameters:
        """From arrays as in `sets` of some edges at a time, with the number of their group."""
        sets = {number: np.empty((0, 1 + len(own))) for number, own in names.items()}
        for number, rows in found:
            sets[number] = np.unique(np.concatenate([sets[number], rows]), axis=0)
            if len(sets[number]) > MOST_SETS:
                break
        first, total = {}, n_types
        for number, rows in sets.items():
            first[number], total = total, total + len(rows)
        return cls(names, sets, first)

    @property
    def further_types(self) -> list[tuple[int, dict[str, float]]]:
        """The type and the parameters of each row behind those of the table."""
        return [
            (int(row[0]), dict(zip(self.names[number], row[1:].tolist(), strict=True)))
            for number, rows in self.sets.items()
            for row in rows
        ]

    def rows_of(self, number: int, rows: np.ndarray) -> np.ndarray:
        """Rows (int64 (n,)) among types of edges of a group, from an array as in `sets`."""
        known = self.sets[number]
        _, place = np.unique(np.concatenate([known, rows]), axis=0, return_inverse=True)
        place = np.asarray(place).reshape(-1)
        row_of = np.empty(len(known) + len(rows), dtype=np.int64)
        row_of[place[: len(known)]] = self.first[number] + np.arange(len(known))
        return row_of[place[len(known) :]]
