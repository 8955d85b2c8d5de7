"""Order in which the synapses of a table are stored: by source and delay, or by source alone.

A spike of a source with many synapses of each delay on a rank acts fastest from segments (see
`distsnn.kernels.deliver.deliver`), of one with few from rows (`distsnn.kernels.connect.rows`).
Results are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from distsnn.assemble.edges.expected_synapses import ExpectedEdges
from distsnn.assemble.tables.row_tables import bits_of
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription, Slice
from distsnn.describe.values.given_expressions import Expression
from distsnn.kernels.arithmetic.elementwise import expm1
from distsnn.layout.delays import AXONAL, DENDRITIC, MAX_DELAY_STEPS
from distsnn.layout.partition import owned_counts
from distsnn.layout.shared_tables import TablePlan
from distsnn.layout.slots import ALIGN, TILE

# Below so many synapses of a segment rows are faster, measured by `benchmarks/layouts.py`: where
# slots need several tiles, and where all fit one. There it depends on how many spikes are in
# flight, since caches hold the segments of few, so that rows are taken only where they gain most.
CROSSING, CROSSING_OF_ONE_TILE = 10.0, 4.0
# Where weights change, rows are as fast as segments of four synapses, and caches hold the segments
# and histories of fewer slots than these.
FEWEST_SLOTS_THAT_CHANGE = TILE // 4
_WORD_BITS = 32
# Tests set it, to have all tables in rows that can be, or none.
FORCED: bool | None = None


def choose_layouts(
    description: NetworkDescription, plans: Sequence[TablePlan], size: int
) -> tuple[TablePlan, ...]:
    """Say of each table whether it is stored in rows, the same for all of `size` ranks."""
    return tuple(
        replace(plan, in_rows=_is_in_rows(description, plan, size)) if not plan.dense else plan
        for plan in plans
    )


def _is_in_rows(description: NetworkDescription, plan: TablePlan, size: int) -> bool:
    members = [ExpectedEdges(description, description.projections[p]) for p in plan.projections]
    n_slots = _most_slots(description, size)
    if bits_of(n_slots) + bits_of(_n_delays(members)) > _WORD_BITS:
        return False
    # Where weights change, buckets hold the numbers of synapses.
    if plan.timing is not None and 2 * sum(m.number for m in members) / size > 1 << _WORD_BITS:
        return False
    if FORCED is not None:
        return FORCED
    if plan.timing is not None and n_slots / 2 < FEWEST_SLOTS_THAT_CHANGE:
        return False
    return _pays(members, n_slots, size, plan.timing is not None)


def _n_delays(members: Sequence[ExpectedEdges]) -> int:
    """Not less than the delays from the shortest to the longest of some projections."""
    if any(_is_expression(m.projection) for m in members):
        return MAX_DELAY_STEPS
    return max(m.delays.last for m in members) - min(m.delays.first for m in members) + 1


def _pays(members: Sequence[ExpectedEdges], n_slots: int, size: int, changing: bool) -> bool:
    """Whether segments have so few synapses that rows are faster."""
    n_tiles = max(1, round(n_slots / 2 / TILE))
    synapses = segments = 0.0
    for expected in members:
        n_sources = expected.projection.source.size
        of_source = expected.number / size / n_tiles / n_sources
        synapses += n_sources * of_source
        segments += n_sources * _segments(expected, of_source)
    far = n_tiles > 1 and not changing
    return synapses < (CROSSING if far else CROSSING_OF_ONE_TILE) * segments


def _segments(expected: ExpectedEdges, of_source: float) -> float:
    """Expected segments of a source that has so many synapses in a tile, in the mean."""
    if expected.delays.by_source:
        return -float(expm1(-of_source))
    return float(-expm1(-of_source * expected.delays.share).sum())


def _is_expression(projection: ProjectionDescription) -> bool:
    parts = [getattr(projection, part) for part in (AXONAL, DENDRITIC)]
    return any(isinstance(part, Expression | SynapticValue) for part in parts)


def _most_slots(description: NetworkDescription, size: int) -> int:
    """Not less than the slots of any rank (see `distsnn.layout.slots`)."""
    slots = 0
    for g, group in enumerate(description.groups):
        if isinstance(group, NeuronDescription):
            owned = int(owned_counts(description, Slice(g, 0, group.size), size).max())
            slots += len(set(group.receptor_variables)) * (owned + ALIGN)
    # Variables that fit a tile do not cross the end of one.
    return 2 * slots
