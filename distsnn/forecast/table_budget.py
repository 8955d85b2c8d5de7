"""Memory of tables of synapses, from the types in which they are stored and expected counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.expected_synapses import ExpectedEdges, rows_and_segments
from distsnn.assemble.tables.row_tables import ROW_TYPES
from distsnn.assemble.tables.rule_values import rule_value_types
from distsnn.assemble.tables.segment_tables import OF_SEGMENTS, TYPES, delay_type, finds_state
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.rules import AllToAll
from distsnn.layout.partition import Partition, local_gids
from distsnn.layout.shared_tables import TablePlan, source_range
from distsnn.layout.slots import TILE, SlotPlan

_WORD = 8


@dataclass(frozen=True, eq=False)
class TableSize:
    """Expected sizes of a table on a rank.

    `mean_delay` is that of its synapses, in steps; `n_sources` how many neurons it may connect.
    """

    plan: TablePlan
    synapses: float
    rows: float
    segments: float
    n_delays: int
    mean_delay: float
    n_sources: int


class TableBudget:
    """The size of the tables of any rank.

    Parameters
    ----------
    description : NetworkDescription
        With projections in place of synapses that only add weights.
    expected : sequence of ExpectedEdges
        For each projection.
    """

    def __init__(self, description: NetworkDescription, expected: Sequence[ExpectedEdges]) -> None:
        self._description, self._expected = description, expected

    def size(self, plan: TablePlan, partition: Partition, slots: SlotPlan) -> TableSize:
        """The expected sizes of a table on the rank of a partition."""
        members = [self._expected[p] for p in plan.projections]
        in_tiles = [self._local_by_tile(e.projection, partition, slots) for e in members]
        if plan.in_rows:
            in_tiles = [[sum(local)] for local in in_tiles]
        rows = segments = 0.0
        for of_tile in zip(*in_tiles, strict=True):
            found = rows_and_segments(members, of_tile)
            rows, segments = rows + found[0], segments + found[1]
        if plan.has_state and finds_state(plan, slots.n_tiles):
            empty = self._local_without_rows([plan], partition, rows)
            rows, segments = rows + empty, segments + empty
        synapses = sum(float(e.per_rank(partition.size)[partition.rank]) for e in members)
        first = min(e.delays.first for e in members)
        n_delays = max(e.delays.last for e in members) - first + 1
        weight = [max(e.number, 1e-9) for e in members]
        mean_delay = np.average([e.delays.mean for e in members], weights=weight)
        low, high = source_range(self._description, [plan])
        return TableSize(plan, synapses, rows, segments, n_delays, float(mean_delay), high - low)

    def _local_by_tile(
        self, projection: ProjectionDescription, partition: Partition, slots: SlotPlan
    ) -> list[int]:
        target = projection.target
        group = self._description.groups[target.group]
        assert isinstance(group, NeuronDescription)
        first = slots.first[target.group, group.receptor_variables[projection.receptor]]
        local = [0] * slots.n_tiles
        for r in partition.within(target.group, target.start, target.stop):
            low = first + r.first_lid
            high = low + r.stop - r.start
            for tile in range(low // TILE, -(-high // TILE)):
                local[tile] += min(high, (tile + 1) * TILE) - max(low, tile * TILE)
        return local

    def n_bytes(self, table: TableSize) -> tuple[float, float]:
        """Bytes that a table keeps, and that are needed besides while it is built."""
        if table.plan.in_rows:
            return self._bytes_of_rows(table)
        size, plan = {name: dtype.itemsize for name, dtype in TYPES.items()}, table.plan
        first = self._description.projections[plan.projections[0]]
        of_segment = size["segment_delay"] + size["segment_synapse"]
        of_synapse = float(plan.weight_bytes)
        weights = 0.0
        if plan.weight_type is None:
            of_segment += OF_SEGMENTS.itemsize
            weights = OF_SEGMENTS.itemsize * table.segments
        of_synapse += sum(np.dtype(dtype).itemsize for dtype in rule_value_types(first).values())
        kept = table.rows * size["row_segment"]
        delays = delay_type(table.n_delays).itemsize * table.synapses
        if plan.dense:
            runs = self._runs(table)
            of_segment += size["segment_run"]
            kept += runs * (size["run_target"] + size["run_synapse"])
            delays += size["target"] * table.synapses
        else:
            of_synapse += size["target"]
        kept += of_segment * table.segments
        # Placing needs two words for each row, sorting one; weights of segments come after that.
        passing = max(2 * _WORD * table.rows - kept, _WORD * table.rows - weights) + delays
        return kept + of_synapse * table.synapses, max(0.0, passing)

    def _bytes_of_rows(self, table: TableSize) -> tuple[float, float]:
        """As `n_bytes`, of a table in rows."""
        kept = ROW_TYPES["row_synapse"].itemsize * table.rows
        kept += ROW_TYPES["packed"].itemsize * table.synapses
        kept += table.plan.weight_bytes * table.synapses
        # Placing needs two words for each row, and the row of each neuron of the network.
        passing = (2 * _WORD - ROW_TYPES["row_synapse"].itemsize) * table.rows
        passing += TYPES["row_of"].itemsize * self._description.size
        return kept, passing

    def _runs(self, table: TableSize) -> float:
        """Runs of consecutive targets of a dense table."""
        runs = 0.0
        for p in table.plan.projections:
            e = self._expected[p]
            full = isinstance(e.projection.rule, AllToAll)
            density = 1.0 if full else min(1.0, e.indegree / e.projection.source.size)
            runs += table.synapses * (1.0 - density) / len(table.plan.projections)
        return runs + table.segments

    def tabulated_sources(
        self, plans: Sequence[TablePlan], partition: Partition, slots: SlotPlan
    ) -> tuple[int, float]:
        """Number of sources of some tables, and of those whose state the rank keeps, expected."""
        members = [self._expected[p] for plan in plans for p in plan.projections]
        local = [sum(self._local_by_tile(e.projection, partition, slots)) for e in members]
        rows, _ = rows_and_segments(members, local)
        first, stop = source_range(self._description, plans)
        return stop - first, rows + self._local_without_rows(plans, partition, rows)

    def _local_without_rows(
        self, plans: Sequence[TablePlan], partition: Partition, rows: float
    ) -> float:
        """Expected number of own sources of some tables without synapses, if so many have some."""
        first, stop = source_range(self._description, plans)
        n_local = sum(
            max(0, min(high, stop) - max(low, first))
            for low, high in local_gids(self._description, partition)
        )
        return n_local * (1.0 - rows / max(1, stop - first))
