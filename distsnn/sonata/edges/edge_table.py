"""The edges of one population as the rules of several projections, read for a rank's targets."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.synapses.stored_rule import StoredRule
from distsnn.sonata.edges.edge_columns import SLAB, EdgeReader
from distsnn.sonata.edges.edge_survey import EdgeKinds, Survey

WEIGHT, DELAY = "weight", "delay"
# Rows that are read for nothing where an index names runs so near to each other.
_GAP = 1 << 13
_Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class EdgeShare:
    """The edges onto some targets of one part; arrays (n,), in the order of the file."""

    row: np.ndarray
    source: np.ndarray
    target: np.ndarray
    projection: np.ndarray
    values: dict[str, np.ndarray]

    def found(self, rows: np.ndarray) -> np.ndarray | None:
        """Positions (int64 (n,)) of some edges; None if one is not here."""
        if not self.row.size:
            return None
        at = np.searchsorted(self.row, rows)
        at[at == self.row.size] = 0
        return at if (self.row[at] == rows).all() else None


class EdgeTable:
    """All edges of a population, divided into projections.

    Parameters
    ----------
    projection_of : int64 array (kinds,)
        The projection of each kind, -1 of those without edges.
    """

    def __init__(self, kinds: EdgeKinds, survey: Survey, projection_of: np.ndarray) -> None:
        self.kinds, self.survey, self.projection_of = kinds, survey, projection_of
        present = survey.count > 0
        varied = [(survey.least[n] < survey.most[n])[present].any() for n in range(2)]
        several = [np.unique(survey.least[n][present]).size > 1 for n in range(2)]
        self._types: dict[str, Any] = {}
        if varied[0] or several[0]:
            self._types[WEIGHT] = np.float32 if survey.single[present].all() else np.float64
        if varied[1] or several[1]:
            self._types[DELAY] = np.float64
        self._shares: dict[tuple[int, _Ranges], EdgeShare] = {}
        self._last = threading.local()

    def __getstate__(self) -> tuple[EdgeKinds, Survey, np.ndarray]:
        return self.kinds, self.survey, self.projection_of

    def __setstate__(self, state: tuple[EdgeKinds, Survey, np.ndarray]) -> None:
        EdgeTable.__init__(self, *state)

    @property
    def bytes_per_edge(self) -> int:
        """Bytes that an edge takes while synapses are built."""
        values = sum(np.dtype(kind).itemsize for kind in self._types.values())
        return self._row_type.itemsize + 4 + 4 + 2 + values

    @property
    def _row_type(self) -> np.dtype[Any]:
        return np.dtype(np.uint32 if self.kinds.columns.size < 2**32 else np.int64)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the edges, for the digest."""
        return ("edges", self.kinds.columns.population, self.survey.digest)

    def share(self, part: int, ranges: Sequence[tuple[int, int]]) -> EdgeShare:
        """The edges onto some targets of a part, which are kept until `release`."""
        key = part, tuple(ranges)
        if key not in self._shares:
            self._shares[key] = self._read(part, ranges)
        self._last.share, self._last.rows = self._shares[key], None
        return self._shares[key]

    def remember(self, rows: np.ndarray, at: np.ndarray) -> None:
        """Note where in the share that this thread has asked for last some edges are."""
        self._last.rows, self._last.at = rows, at

    def release(self) -> None:
        """Let go of what has been read."""
        self._shares = {}
        self._last = threading.local()

    def values(self, column: str, rows: np.ndarray) -> np.ndarray:
        """Weights or delays (array (n,)) of edges by their places in the file."""
        last = getattr(self._last, "share", None)
        if last is not None and rows is getattr(self._last, "rows", None):
            # Those that have just been read need not be looked for.
            known: np.ndarray = last.values[column][self._last.at]
            return known
        for share in ([] if last is None else [last]) + list(self._shares.values()):
            at = share.found(rows)
            if at is not None:
                found: np.ndarray = share.values[column][at]
                return found
        return self._read_values(column, rows)

    def _read_values(self, column: str, rows: np.ndarray) -> np.ndarray:
        found = np.empty(rows.size, dtype=self._types[column])
        with self.kinds.columns.reading() as reader:
            for slab in np.unique(rows // SLAB).tolist():
                own = np.flatnonzero(rows // SLAB == slab)
                first = slab * SLAB
                last = min(first + SLAB, self.kinds.columns.size)
                read = reader.rows(first, last, rows[own] - first)
                found[own] = read.weight if column == WEIGHT else read.delay
        return found

    def _read(self, part: int, ranges: Sequence[tuple[int, int]]) -> EdgeShare:
        target = self.kinds.target
        nodes = target.members[part]
        wanted = np.zeros(target.part.size, dtype=bool)
        for low, high in ranges:
            wanted[nodes[low:high]] = True
        kept: list[EdgeShare] = []
        with self.kinds.columns.reading() as reader:
            ids = np.sort(target.population.ids[wanted])
            runs = reader.index_runs(_ranges_of(ids))
            for first, last, chosen in _slabs(reader, runs, self.kinds, wanted):
                kept.append(self._compact(reader, first, last, chosen))
        return self._joined(kept)

    def _compact(self, reader: EdgeReader, first: int, last: int, chosen: np.ndarray) -> EdgeShare:
        rows = reader.rows(first, last, chosen)
        kind, source, target = self.kinds.of(rows)
        given = {WEIGHT: rows.weight, DELAY: rows.delay}
        return EdgeShare(
            rows.row.astype(self._row_type),
            source.astype(np.uint32),
            target.astype(np.uint32),
            self.projection_of[kind].astype(np.int16),
            {name: given[name].astype(dtype) for name, dtype in self._types.items()},
        )

    def _joined(self, parts: list[EdgeShare]) -> EdgeShare:
        """Several parts as one; their arrays are let go of one after the other."""
        types: dict[str, Any] = {"row": self._row_type, "source": np.uint32, "target": np.uint32}
        columns: dict[str, list[np.ndarray]] = {
            name: [getattr(part, name) for part in parts] for name in (*types, "projection")
        }
        columns |= {name: [part.values[name] for part in parts] for name in self._types}
        parts.clear()
        kinds = types | {"projection": np.int16} | self._types
        made = {
            name: np.concatenate([np.empty(0, kinds[name]), *columns.pop(name)])
            for name in list(columns)
        }
        values = {name: made.pop(name) for name in self._types}
        return EdgeShare(**made, values=values)


@dataclass(frozen=True)
class CircuitEdges(StoredRule):
    """The synapses of one projection.

    Attributes
    ----------
    number : int
    table : EdgeTable
    part : int
        Which part of the population the targets are.
    projection : int
        Which projection of the table this is.
    sign : float
        What weights are multiplied by.
    """

    table: EdgeTable
    part: int
    projection: int
    sign: float = 1.0

    def chunks(
        self, ranges: Sequence[tuple[int, int]], chunk: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """The synapses onto some targets; see `StoredRule`."""
        if not ranges:
            return
        share = self.table.share(self.part, ranges)
        for start in range(0, share.row.size, chunk):
            of = slice(start, start + chunk)
            own = np.flatnonzero(share.projection[of] == self.projection)
            if own.size:
                source, target, row = (
                    array[of][own].astype(np.int64)
                    for array in (share.source, share.target, share.row)
                )
                self.table.remember(row, start + own)
                yield source, target, row

    def values(self, column: str, place: np.ndarray) -> np.ndarray:
        """Weights or delays (array (n,)) of synapses by their places."""
        found = self.table.values(column, place)
        return found * self.sign if column == WEIGHT and self.sign != 1.0 else found

    @property
    def bytes_read(self) -> int:
        """Bytes that a synapse takes between reading and building."""
        return self.table.bytes_per_edge

    def release(self) -> None:
        """Let go of what was read while synapses were built."""
        self.table.release()

    def content(self) -> tuple[object, ...]:
        """Everything that defines the rule, for the digest."""
        return (self.number, *self.table.content(), self.projection, self.sign)


def _ranges_of(ids: np.ndarray) -> list[tuple[int, int]]:
    """Runs of consecutive ids (ascending) as ranges."""
    if not ids.size:
        return []
    cuts = np.flatnonzero(np.diff(ids) != 1) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(ids, cuts)]


def _slabs(
    reader: EdgeReader,
    runs: list[tuple[int, int]] | None,
    kinds: EdgeKinds,
    wanted: np.ndarray,
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Slabs of rows (first, last) with the places in them of the edges onto wanted nodes."""
    for begin, end, expected in _spans(runs, kinds.columns.size):
        found = 0
        for first in range(begin, end, SLAB):
            last = min(first + SLAB, end)
            positions = kinds.target.positions(reader.targets(first, last))
            own = np.flatnonzero((positions >= 0) & wanted[positions])
            found += own.size
            if own.size:
                low, high = int(own[0]), int(own[-1]) + 1
                yield first + low, first + high, own - low
        if expected not in (None, found):
            raise kinds.columns.refused(
                begin,
                f"and those up to {end - 1} join {found:,} wanted nodes",
                f"indices/target_to_source says {expected:,}, and an index fits the edges",
                "remove the group indices, or make it anew",
            )


def _spans(runs: list[tuple[int, int]] | None, size: int) -> Iterator[tuple[int, int, int | None]]:
    """Rows to look at (first, last) and how many of them are wanted, if an index says it."""
    if runs is None:
        yield 0, size, None
        return
    at = 0
    while at < len(runs):
        begin, end = runs[at]
        wanted, at = end - begin, at + 1
        # Reading a few rows more is faster than reading once more.
        while at < len(runs) and runs[at][0] - end < _GAP and runs[at][1] - begin < SLAB:
            end, wanted, at = runs[at][1], wanted + runs[at][1] - runs[at][0], at + 1
        yield begin, end, wanted
