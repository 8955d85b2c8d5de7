"""Types of nodes and of edges: attributes that many share, in a table of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from distsnn.errors import FileError
from distsnn.sonata.circuit_files import read_table, refused

_NO_VALUE = {"NULL", ""}


@dataclass(frozen=True, eq=False)
class TypesTable:
    """The types of one population.

    Attributes
    ----------
    path : Path or None
        None where there is no such file: then there are no attributes.
    ids : int64 array (types,)
        Ascending.
    rows : tuple of mappings of str to str
        For each type its attributes that have a value.
    """

    path: Path | None
    ids: np.ndarray
    rows: tuple[Mapping[str, str], ...]

    @classmethod
    def read(cls, path: Path | None, key: str, population: str, named_in: str) -> TypesTable:
        """Read the types of a population from a file; `key` is the column with their ids.

        Raises FileError if the file is not as it should be.
        """
        if path is None:
            return cls(None, np.empty(0, dtype=np.int64), ())
        columns, lines = read_table(path, named_in)
        if key not in columns:
            raise refused(
                path, f"there is no column {key}", f"columns are {', '.join(columns)}", "add it"
            )
        found: dict[int, Mapping[str, str]] = {}
        for n, line in enumerate(lines, 1):
            row = {
                name: value
                for name, value in zip(columns, line, strict=True)
                if value not in _NO_VALUE
            }
            if row.get("population", population) != population:
                continue
            try:
                number = int(row.get(key, ""))
            except ValueError:
                raise refused(
                    path, f"row {n}: {key} is {row.get(key)!r}", "it is a whole number"
                ) from None
            if number in found:
                raise refused(
                    path,
                    f"row {n}: there are two rows with {key} {number}",
                    "each type has one row",
                    "leave one out, or add a column population",
                )
            found[number] = row
        ids = np.array(sorted(found), dtype=np.int64)
        return cls(path, ids, tuple(found[number] for number in ids.tolist()))

    def rows_of(self, type_ids: np.ndarray) -> np.ndarray:
        """The row (int64 (n,)) of each of some type ids; -1 where there is none."""
        if not self.ids.size:
            return np.full(type_ids.size, -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.ids, type_ids), self.ids.size - 1)
        return np.where(self.ids[at] == type_ids, at, -1)

    def number(self, row: int, column: str) -> float | None:
        """A number of a type; None where it has none.

        Raises FileError if it is no finite number.
        """
        text = self.rows[row].get(column)
        if text is None:
            return None
        try:
            found = float(text)
        except ValueError:
            found = np.nan
        if not np.isfinite(found):
            raise self.refused(row, column, "it is a finite number")
        return found

    def refused(self, row: int, column: str, allowed: str, advice: str = "") -> FileError:
        """The error for an attribute of a type."""
        assert self.path is not None
        value = self.rows[row].get(column, "NULL")
        what = f"{column} of type {self.ids[row]} is {value!r}"
        return refused(self.path, what, allowed, advice or f"correct the column {column}")

    def text(self, column: str, rows: Iterable[int]) -> list[str | None]:
        """An attribute of some types as text."""
        return [self.rows[row].get(column) for row in rows]
