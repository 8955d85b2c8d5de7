"""One look at all edges of a population, which ranks share: kinds, numbers, bounds, errors."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.errors import FileError
from distsnn.exchange import World, raising_together
from distsnn.sonata.edges.edge_columns import SLAB, EdgeColumns, EdgeRows
from distsnn.sonata.nodes import NodePopulation

# More kinds than this in a slab are found by sorting it.
_FEW = 24


@dataclass(frozen=True, eq=False)
class Placement:
    """The places of the nodes of a population among groups.

    Attributes
    ----------
    population : NodePopulation
    part : int64 array (N,)
        Which of its parts each node is in, by position.
    index : int64 array (N,)
        Its place there.
    members : tuple of int64 arrays (n,)
        Positions of the nodes of each part.
    """

    population: NodePopulation
    part: np.ndarray
    index: np.ndarray
    members: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, population: NodePopulation, parts: Sequence[np.ndarray]) -> Placement:
        """From the positions (int64 (n,)) of the nodes of each part."""
        part, index = np.full((2, population.size), -1, dtype=np.int64)
        for number, nodes in enumerate(parts):
            part[nodes], index[nodes] = number, np.arange(nodes.size)
        return cls(population, part, index, tuple(parts))

    def positions(self, ids: np.ndarray) -> np.ndarray:
        """Position (int64) of the node with each id; -1 where there is none."""
        known = self.population.position_of_id
        inside = (ids >= 0) & (ids < known.size)
        return np.where(inside, known[np.where(inside, ids, 0)], -1) if known.size else ids * 0 - 1


@dataclass(frozen=True, eq=False)
class EdgeKinds:
    """The kinds of edges: part of the source, part of the target, type, and sign.

    Attributes
    ----------
    columns : EdgeColumns
    source, target : Placement
    """

    columns: EdgeColumns
    source: Placement
    target: Placement

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Parts of sources, parts of targets, types, and signs."""
        parts = [int(end.part.max(initial=-1)) + 1 for end in (self.source, self.target)]
        return parts[0], parts[1], self.columns.types.size, 2

    def of(self, rows: EdgeRows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Kind of some edges, and the places of source and target in their parts (int64 (n,)).

        Raises FileError if an edge has a node or a type that is not there, or no weight.
        """
        source, target = self._nodes(rows)
        no_type = np.flatnonzero(rows.type_row < 0)
        if no_type.size:
            raise self.columns.refused(
                int(rows.row[no_type[0]]),
                "has an edge_type_id without a row",
                f"{self.columns.types.table.path or 'a file of types'} has a row for each type",
                "add the row, or correct the edge",
            )
        for name, values in (("syn_weight", rows.weight), ("delay", rows.delay)):
            bad = np.flatnonzero(~(np.isfinite(values) & ((values >= 0) | (name == "syn_weight"))))
            if bad.size:
                lacks = np.isnan(values[bad[0]])
                raise self.columns.refused(
                    int(rows.row[bad[0]]),
                    f"has no {name}" if lacks else f"has {name} {values[bad[0]]:g}",
                    "weights are finite, in the file of edges or of types"
                    if name == "syn_weight"
                    else "delays are >= 0 ms",
                )
        kind = np.ravel_multi_index(
            (
                self.source.part[source],
                self.target.part[target],
                rows.type_row,
                (rows.weight < 0).astype(np.int64),
            ),
            self.shape,
        )
        return kind, self.source.index[source], self.target.index[target]

    def _nodes(self, rows: EdgeRows) -> tuple[np.ndarray, np.ndarray]:
        found = []
        ends = (("source", rows.source, self.source), ("target", rows.target, self.target))
        for name, ids, end in ends:
            positions = end.positions(ids)
            bad = np.flatnonzero(positions < 0)
            if bad.size:
                raise self.columns.refused(
                    int(rows.row[bad[0]]),
                    f"has {name}_node_id {ids[bad[0]]}",
                    f"population {end.population.name} has {end.population.size:,} nodes",
                )
            found.append(positions)
        return found[0], found[1]


@dataclass(frozen=True, eq=False)
class Survey:
    """Numbers and bounds of each kind of edges; arrays by kind.

    Attributes
    ----------
    count : int64 array
    least, most : float64 array (2, kinds)
        Smallest and largest weight, and delay (ms).
    single : bool array
        Whether single precision holds all weights exactly.
    digest : str
        SHA-256 of all edges with their values.
    """

    count: np.ndarray
    least: np.ndarray
    most: np.ndarray
    single: np.ndarray
    digest: str

    @classmethod
    def of(cls, world: World, kinds: EdgeKinds) -> Survey:
        """Look at all edges. Collective.

        Raises FileError if the file is not as it should be; on all ranks, of the first edge that is
        wrong.
        """
        n_slabs = -(-kinds.columns.size // SLAB)
        first, last = (n_slabs * r // world.size for r in (world.rank, world.rank + 1))
        error, own = None, _Counts(int(np.prod(kinds.shape)))
        with raising_together(world, "circuit"):
            try:
                with kinds.columns.reading() as reader:
                    for slab in range(first, last):
                        end = min((slab + 1) * SLAB, kinds.columns.size)
                        own.add(kinds, reader.rows(slab * SLAB, end))
            except FileError as raised:
                error = raised
        for said in world.allgather_object(None if error is None else _parts(error)):
            if said is not None:
                raise FileError(*said[:4], path=said[4])
        return own.gathered(world)


class _Counts:
    """Numbers and bounds of the edges that a rank has seen."""

    def __init__(self, n_kinds: int) -> None:
        self.count = np.zeros(n_kinds, dtype=np.int64)
        self.least, self.most = np.full((2, n_kinds), np.inf), np.full((2, n_kinds), -np.inf)
        self.single = np.ones(n_kinds, dtype=bool)
        self.sums: list[int] = []

    def add(self, kinds: EdgeKinds, rows: EdgeRows) -> None:
        """Take in some edges."""
        kind, *_ = kinds.of(rows)
        count = np.bincount(kind, minlength=self.count.size)
        self.count += count
        present = np.flatnonzero(count)
        exact = rows.weight.astype(np.float32) == rows.weight
        if present.size <= _FEW:
            groups = [(k, kind == k if present.size > 1 else slice(None)) for k in present]
        else:
            order = np.argsort(kind, kind="stable")
            ends = np.cumsum(count[present])
            groups = [
                (k, order[end - count[k] : end]) for k, end in zip(present, ends, strict=True)
            ]
        for k, members in groups:
            for n, values in enumerate((rows.weight[members], rows.delay[members])):
                self.least[n, k] = min(self.least[n, k], values.min())
                self.most[n, k] = max(self.most[n, k], values.max())
            self.single[k] &= exact[members].all()
        digest = 0
        for column in (rows.source, rows.target, rows.weight, rows.delay):
            digest = zlib.crc32(np.ascontiguousarray(column).data, digest)
        self.sums.append(digest)

    def gathered(self, world: World) -> Survey:
        """Those of all ranks. Collective."""
        every = world.allgather_object((self.count, self.least, self.most, self.single, self.sums))
        digest = hashlib.sha256(repr([s for one in every for s in one[4]]).encode())
        return Survey(
            np.sum([one[0] for one in every], axis=0),
            np.min([one[1] for one in every], axis=0),
            np.max([one[2] for one in every], axis=0),
            np.all([one[3] for one in every], axis=0),
            digest.hexdigest(),
        )


def _parts(error: FileError) -> tuple[str, str, str, str, str]:
    return error.where, error.what, error.allowed, error.advice, error.where
