"""The rings of the spikes in flight of one rank: which there are, and the room in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.rank.array_roles import FLIGHT, declared_arrays
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.short_term_state import plasticities
from distsnn.codegen.synapses.synapse_part import acting
from distsnn.integrate.synapse_form import POST, PRE
from distsnn.run.spikes.bucket_pools import BucketTable, empty_buckets
from distsnn.run.spikes.spikes_in_flight import Ring

# For each spike in the ring that acts by segments, whichever table has them.
WORK_TYPES = {
    "work_segment": np.int64,
    "work_begin": np.int64,
    "work_at": np.int64,
}


def rings_of(build: RankBuild) -> list[Ring]:
    """The ring of all ranks' spikes, and one for each queue of own spikes."""
    pathways = {
        after: [
            (built.part.target_group, f"s{s}p{p}")
            for s, built in enumerate(build.synapses)
            for p, pathway in acting(built.part)
            if pathway.after == after
        ]
        for after in (PRE, POST)
    }
    tables = [f"t{t}" for t, plan in enumerate(build.plans) if not plan.in_rows]
    values = tuple(d.argument for d in declared_arrays(build) if d.role == FLIGHT)
    acting_on = (*tables, *(name for _, name in pathways[PRE]))
    rings = [Ring("gids", "begin", None, acting_on, values, in_rows=_tables_in_rows(build))]
    rings += [
        Ring(
            f"q{g}_lids",
            f"q{g}_begin",
            f"q{g}_tail",
            tuple(name for group, name in pathways[POST] if group == g),
            group=g,
        )
        for g in build.program.queues
    ]
    return rings


def _tables_in_rows(build: RankBuild) -> tuple[BucketTable, ...]:
    numbered = plasticities(build.plans)
    return tuple(
        BucketTable(
            f"t{t}",
            None if plan.plasticity is None else f"r{numbered.index(plan.plasticity)}_release",
        )
        for t, plan in enumerate(build.plans)
        if plan.in_rows
    )


def resize_ring(ring: Ring, values: dict[str, Any], capacity: int, tail: int) -> None:
    """Move the spikes in flight, and where their segments are, to a ring of another size.

    Parameters
    ----------
    ring : Ring
    values : dict
        Arguments of the program, in/out.
    capacity : int
        Its size, a power of two.
    tail : int
        Number that the next spike gets.
    """
    old = values[ring.spikes].size
    number = np.arange(max(0, tail - old), tail)

    def moved(before: np.ndarray, n_tiles: int) -> np.ndarray:
        tiles = np.arange(n_tiles)[:, None]
        after = np.zeros(n_tiles * capacity, dtype=before.dtype)
        if old:
            where = (tiles * capacity + number % capacity).ravel()
            after[where] = before[(tiles * old + number % old).ravel()]
        return after

    for table in ring.tables:
        for name, dtype in (("due_delay", np.int32), ("next_segment", np.int64)):
            before = values.get(f"{table}_{name}", np.zeros(0, dtype=dtype))
            values[f"{table}_{name}"] = moved(before, values.get(f"{table}_n_tiles", 1))
    for table_in_rows in ring.in_rows:
        if f"{table_in_rows.name}_pool_state" not in values:
            empty_buckets(table_in_rows, values)
    for name in (ring.spikes, *ring.values):
        values[name] = moved(values[name], 1)
    # One work space for all rings, each of which lists its due segments in it.
    if values["work_segment"].size < capacity and ring.tables:
        values |= {name: np.zeros(capacity, dtype) for name, dtype in WORK_TYPES.items()}
    if values["no_efficacy"].size < capacity:
        values["no_efficacy"] = np.ones(capacity)
