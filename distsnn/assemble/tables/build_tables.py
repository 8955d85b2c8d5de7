"""The tables of synapses of one rank, drawn twice: once to count, once to place.

Nothing but the tables themselves is kept, so the peak of memory while building is the final
size plus one byte per synapse for its delay (two with delays of more than 256 steps).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, LocalEdges
from distsnn.assemble.edges.edge_delays import EdgeDelays, edge_delays
from distsnn.assemble.edges.edge_values import edge_weights
from distsnn.assemble.edges.edges import Edges, joined, no_edges
from distsnn.assemble.tables.row_tables import (
    ROW_TYPES,
    RowTable,
    bits_of,
    find_rows,
    ranges_of_weights,
    row_starts,
)
from distsnn.assemble.tables.rule_values import RuleValues, rule_value_types, rule_values
from distsnn.assemble.tables.segment_tables import (
    OF_SEGMENTS,
    TYPES,
    Table,
    delay_type,
    finds_state,
    present_delays,
    runs_of,
)
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.rounded import Grid
from distsnn.kernels.connect import rows as row_kernels
from distsnn.kernels.connect import table as kernels
from distsnn.kernels.deliver.deliver import NEVER
from distsnn.layout.delays import DelayRanges
from distsnn.layout.partition import Partition, local_gids
from distsnn.layout.shared_tables import TablePlan, source_range
from distsnn.layout.slots import SlotPlan

Progress = Callable[[int], None]
# Slots of a tile of segments, and of all slots in the place of tiles.
_TILE_BITS, _ALL_BITS = 16, 32


def no_progress(n: int) -> None:
    """Show nothing."""


AnyTable = Table | RowTable


@dataclass(frozen=True)
class _Located:
    """A chunk of edges with the slots of their targets."""

    edges: Edges
    slot: np.ndarray


@dataclass(frozen=True, eq=False)
class _Placed:
    """Synapses in rows, not yet sorted; `delay` counts from `first_delay`, in steps.

    Where `tile_bits` are all, `target` holds the delays too, above `slot_bits` bits; with a `grid`
    it holds the weights, above those of a tile.
    """

    row_of: np.ndarray
    row_next: np.ndarray
    first_delay: int
    tile_bits: int
    slot_bits: int
    delay: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    grid: Grid | None
    values: dict[str, np.ndarray]


class TableBuilder:
    """Builds tables for the targets that one rank owns.

    Parameters
    ----------
    delay_ranges : mapping of (str, str) to (int, int)
        Shortest and longest delay in steps of delays that are expressions, by name and part.
    progress : callable, optional
        Called with the number of synapses drawn or placed since the last call.
    """

    def __init__(
        self,
        description: NetworkDescription,
        partition: Partition,
        slots: SlotPlan,
        delay_ranges: DelayRanges,
        progress: Progress = no_progress,
    ) -> None:
        self.description = description
        self.partition = partition
        self.slots = slots
        self.delay_ranges = delay_ranges
        self.progress = progress

    def build(self, plan: TablePlan) -> AnyTable:
        """Draw, place and sort the synapses of one table."""
        members = [self.description.projections[p] for p in plan.projections]
        row_of, row_synapse = self._count(plan, members)
        delays = [self.delays(p) for p in members]
        first, n_delays = _span(delays)
        n = int(row_synapse[-1])
        values = [rule_values(self.description, p, d) for p, d in zip(members, delays, strict=True)]
        placed = _Placed(
            row_of,
            row_synapse[:-1].copy(),
            first,
            _tile_bits(plan),
            bits_of(self.slots.size),
            delay=np.empty(0 if plan.in_rows else n, dtype=delay_type(n_delays)),
            target=np.empty(
                n, dtype=ROW_TYPES["packed"] if plan.in_rows or plan.in_words else TYPES["target"]
            ),
            weight=np.empty(
                n if plan.weight_type and not plan.in_words else 0, dtype=plan.weight_type or "f4"
            ),
            grid=plan.grid if plan.in_words else None,
            values={
                name: np.empty(n, dtype) for name, dtype in rule_value_types(members[0]).items()
            },
        )
        assert not plan.in_rows or placed.slot_bits + bits_of(n_delays) <= _ALL_BITS
        for projection, d, v in zip(members, delays, values, strict=True):
            self._place(projection, d, v, placed)
        if plan.in_rows:
            return self._table_of_rows(plan, members, placed, row_synapse, n_delays)
        # What is not needed any more makes room for what comes.
        placed = replace(placed, row_next=row_synapse[:0].copy())
        row_segment, segment_delay, segment_synapse = _sort(row_synapse, n_delays, placed)
        del row_synapse
        placed = replace(placed, delay=placed.delay[:0].copy())
        weight = (
            placed.weight if plan.weight_type else self._of_segments(members, row_of, row_segment)
        )
        if placed.grid is not None:
            weight = np.array([placed.grid.unit, placed.grid.first])
        return Table(
            row_of,
            row_segment,
            segment_delay,
            segment_synapse,
            present_delays(segment_delay),
            placed.target[:0].copy() if plan.dense else placed.target,
            weight,
            *runs_of(segment_synapse, placed.target, plan.dense),
            placed.values,
        )

    def _table_of_rows(
        self,
        plan: TablePlan,
        members: list[ProjectionDescription],
        placed: _Placed,
        row_synapse: np.ndarray,
        n_delays: int,
    ) -> RowTable:
        present = np.zeros(n_delays, dtype=np.uint8)
        row_kernels.mark_packed_delays(placed.target, placed.slot_bits, present)
        delays = placed.first_delay + np.flatnonzero(present)[::-1]
        weight, weight_stop = placed.weight, np.empty(0, dtype=np.int64)
        if plan.weight_type is None:
            weight, weight_stop = self._of_ranges(members)
        return RowTable(
            find_rows(placed.row_of),
            row_starts(row_synapse),
            placed.first_delay,
            placed.slot_bits,
            placed.target,
            weight,
            weight_stop,
            delays.astype(TYPES["delays"]),
            placed.values,
        )

    def local_edges(self, plan: TablePlan, table: AnyTable) -> list[LocalEdges]:
        """The edges of a table by projection; drawn anew, because that costs no memory."""
        members = [self.description.projections[p] for p in plan.projections]
        delays = [self.delays(p) for p in members]
        first, n_delays = _span(delays)
        row_of, row_synapse = _rows_of(table, self.description.size)
        row_next, n = row_synapse[:-1].copy(), table.n_synapses
        delay, drawn_at = np.empty(n, np.uint16), np.empty(n, np.int64)
        target = np.empty(n, ROW_TYPES["packed"] if plan.in_rows else TYPES["target"])
        drawn, count = [], 0
        for projection, its_delays in zip(members, delays, strict=True):
            chunks = []
            for part in self._located(projection):
                destination = np.empty(part.slot.size, dtype=np.int64)
                kernels.place_targets(
                    part.edges.source,
                    part.slot,
                    self._first_source(projection),
                    self.description.size,
                    _tile_bits(plan),
                    row_of,
                    row_next,
                    destination,
                    target,
                )
                _put(destination, its_delays.steps(part.edges) - first, delay)
                _put(destination, np.arange(count, count + destination.size), drawn_at)
                count += destination.size
                chunks.append(part.edges.copied())
            drawn.append(joined([no_edges(), *chunks]))
        if not plan.in_rows:
            work, longest = np.empty(n_delays + 1, np.int64), np.diff(row_synapse).max(initial=0)
            moved = np.empty(int(longest), np.int64)
            kernels.sort_values(row_synapse, delay, n_delays, drawn_at, work, moved)
        position = np.empty(n, dtype=np.int64)
        position[drawn_at] = np.arange(n)
        cuts = np.cumsum([len(edges) for edges in drawn])[:-1]
        return [
            LocalEdges.of(ConnectEdges.of(self.description, projection), edges, at)
            for projection, edges, at in zip(members, drawn, np.split(position, cuts), strict=True)
        ]

    def common_weights(self, plan: TablePlan, table: AnyTable) -> np.ndarray:
        """Weights (float64) of a table built before whose synapses have none of their own."""
        members = [self.description.projections[p] for p in plan.projections]
        if isinstance(table, Table):
            return self._of_segments(members, table.row_of, table.row_segment)
        return self._of_ranges(members)[0]

    def _count(
        self, plan: TablePlan, members: list[ProjectionDescription]
    ) -> tuple[np.ndarray, np.ndarray]:
        n_sources = self.description.size
        n_tiles = 1 if plan.in_rows else self.slots.n_tiles
        row_of = np.zeros(n_tiles * n_sources, dtype=TYPES["row_of"])
        for projection in members:
            first_gid = self._first_source(projection)
            for part in self._located(projection):
                source, bits = part.edges.source, _tile_bits(plan)
                kernels.count_rows(source, part.slot, first_gid, n_sources, bits, row_of)
                self.progress(part.slot.size)
        if plan.has_state and finds_state(plan, self.slots.n_tiles):
            # Rows are also where the state of sources is found, the own ones among them.
            first, stop = source_range(self.description, [plan])
            for low, high in local_gids(self.description, self.partition):
                local = row_of[max(low, first) : max(min(high, stop), first)]
                local[local == 0] = -1
        row_synapse = np.empty(np.count_nonzero(row_of) + 1, dtype=np.int64)
        kernels.number_rows(row_of, row_synapse)
        return row_of, row_synapse

    def _place(
        self,
        projection: ProjectionDescription,
        delays: EdgeDelays,
        values: RuleValues,
        placed: _Placed,
    ) -> None:
        n_sources, first_gid = self.description.size, self._first_source(projection)
        weights = edge_weights(self.description, projection)
        for part in self._located(projection):
            edges, n = part.edges, part.slot.size
            destination = np.empty(n, dtype=np.int64)
            kernels.place_targets(
                edges.source,
                part.slot,
                first_gid,
                n_sources,
                placed.tile_bits,
                placed.row_of,
                placed.row_next,
                destination,
                placed.target,
            )
            steps = delays.steps(edges) - placed.first_delay
            if placed.tile_bits == _ALL_BITS:
                steps = np.atleast_1d(np.asarray(steps, dtype=np.int64))
                row_kernels.pack_values(destination, steps, placed.slot_bits, placed.target)
            else:
                _put(destination, steps, placed.delay)
            if placed.grid is not None:
                codes = np.asarray(weights(edges)) / placed.grid.unit - placed.grid.first
                row_kernels.pack_values(
                    destination, codes.astype(np.int64), placed.tile_bits, placed.target
                )
            if placed.weight.size:
                weight = weights(edges)
                values.check_weights(weight, edges)
                _put(destination, weight, placed.weight)
            for name, array in placed.values.items():
                _put(destination, values.values[name](edges), array)
            self.progress(n)

    def _located(self, projection: ProjectionDescription) -> Iterator[_Located]:
        target = projection.target
        ranges = self.partition.within(target.group, target.start, target.stop)
        if not ranges:
            return
        group = self.description.groups[target.group]
        variable = group.receptor_variables[projection.receptor]  # type: ignore[union-attr]  # checked by front
        first_slot = self.slots.first[target.group, variable]
        start = np.array([r.start - target.start for r in ranges], dtype=np.int64)
        stop = np.array([r.stop - target.start for r in ranges], dtype=np.int64)
        slot_of_range = np.array([first_slot + r.first_lid for r in ranges], dtype=np.int64)
        connection = ConnectEdges.of(self.description, projection)
        for edges in connection.draw(connection.local_ranges(self.partition)):
            slot = np.empty(edges.target.size, dtype=np.int64)
            kernels.locate_targets(edges.target, start, stop, slot_of_range, slot)
            yield _Located(edges, slot)

    def _first_source(self, projection: ProjectionDescription) -> int:
        return self.description.first_gids[projection.source.group] + projection.source.start

    def delays(self, projection: ProjectionDescription) -> EdgeDelays:
        """The delays of a projection."""
        return edge_delays(self.description, projection, self.delay_ranges)

    def _of_ranges(self, members: list[ProjectionDescription]) -> tuple[np.ndarray, np.ndarray]:
        first = [self._first_source(projection) for projection in members]
        stop = [f + p.source.size for f, p in zip(first, members, strict=True)]
        return ranges_of_weights(first, stop, [common_weight(p) for p in members])

    def _of_segments(
        self, members: list[ProjectionDescription], row_of: np.ndarray, row_segment: np.ndarray
    ) -> np.ndarray:
        weight = np.empty(len(members))
        first, stop = np.empty((2, len(members)), dtype=np.int64)
        for m, projection in enumerate(members):
            weight[m], first[m] = common_weight(projection), self._first_source(projection)
            stop[m] = first[m] + projection.source.size
        found = np.empty(row_segment[-1], dtype=OF_SEGMENTS)
        kernels.fill_weights(row_of, self.description.size, row_segment, first, stop, weight, found)
        return found


def common_weight(projection: ProjectionDescription) -> float:
    """The weight of all synapses of a projection that have none of their own."""
    assert isinstance(projection.weight, float)
    return projection.weight


def _tile_bits(plan: TablePlan) -> int:
    return _ALL_BITS if plan.in_rows else _TILE_BITS


def _rows_of(table: AnyTable, n_sources: int) -> tuple[np.ndarray, np.ndarray]:
    """The row of each source in each tile (int32), and the first synapse of each row (int64)."""
    if isinstance(table, Table):
        return table.row_of, table.segment_synapse[table.row_segment]
    has_row = table.has_row(n_sources)
    row_of = np.where(has_row, np.cumsum(has_row) - 1, -1).astype(TYPES["row_of"])
    return row_of, table.row_synapse.astype(np.int64)


def _span(delays: Sequence[EdgeDelays]) -> tuple[int, int]:
    """The shortest delay of several projections, and how many there are up to the longest.

    Those of projections without synapses may be `NO_DELAYS`.
    """
    first = min(d.first for d in delays)
    return first, max(1, max(d.last for d in delays) - first + 1)


def _sort(
    row_synapse: np.ndarray, n_delays: int, placed: _Placed
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    target, weight = placed.target, placed.weight
    work = np.empty(n_delays + 1, dtype=np.int64)
    n_segments = kernels.count_segments(row_synapse, placed.delay, work, n_delays)
    longest = int(np.diff(row_synapse).max(initial=0))
    row_segment = np.empty(row_synapse.size, dtype=TYPES["row_segment"])
    segment_delay = np.empty(n_segments, dtype=TYPES["segment_delay"])
    segment_synapse = np.empty(n_segments + 1, dtype=TYPES["segment_synapse"])
    kernels.sort_rows(
        row_synapse,
        placed.delay,
        placed.first_delay,
        n_delays,
        NEVER,
        target,
        weight,
        work,
        np.empty(longest, dtype=target.dtype),
        np.empty(longest, weight.dtype),
        row_segment,
        segment_delay,
        segment_synapse,
    )
    for values in placed.values.values():
        kernels.sort_values(
            row_synapse, placed.delay, n_delays, values, work, np.empty(longest, values.dtype)
        )
    return row_segment, segment_delay, segment_synapse


def _put(destination: np.ndarray, value: np.ndarray | float, placed: np.ndarray) -> None:
    if isinstance(value, np.ndarray):
        kernels.place_values(destination, value, placed)
    else:
        kernels.fill_values(destination, value, placed)
