"""The rings of the spikes in flight of one rank: which there are, and the room in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.short_term_state import plasticities
from distsnn.codegen.program_arguments import (
    NETWORK,
    WORK_SPACE,
    Argument,
    OfCode,
    OfEfficacy,
    OfHistory,
    OfQueue,
    OfTable,
    Role,
)
from distsnn.codegen.synapses.synapse_part import acting
from distsnn.integrate.synapse_form import POST, PRE
from distsnn.run.spikes.bucket_pools import BucketTable, empty_buckets
from distsnn.run.spikes.spikes_in_flight import Ring, n_tiles_of

# For each spike in the ring that acts by segments, whichever table has them.
WORK_TYPES = dict.fromkeys(WORK_SPACE, np.int64)
# What a history is replaced by when it grows.
_OF_HISTORY = ("entries", "mask")


def growing(rings: Iterable[Ring], n_histories: int) -> set[Argument]:
    """The arguments that are replaced while a program runs because they are full."""
    found = {name for ring in rings for name in ring.values}
    return found | {OfHistory(h)[name] for h in range(n_histories) for name in _OF_HISTORY}


def rings_of(build: RankBuild) -> list[Ring]:
    """The ring of all ranks' spikes, and one for each queue of own spikes."""
    pathways = {
        after: [
            (built.part.spiking[p], OfCode(s, f"p{p}"))
            for s, built in enumerate(build.synapses)
            for p, pathway in acting(built.part)
            if pathway.after == after
        ]
        for after in (PRE, POST)
    }
    tables: list[OfTable | OfCode] = [
        OfTable(t) for t, plan in enumerate(build.plans) if not plan.in_rows
    ]
    values = tuple(a for a in build.program.arguments if a.role == Role.FLIGHT)
    tables += [pathway for _, pathway in pathways[PRE]]
    since: dict[OfTable | OfCode, int] = {
        OfTable(t): plan.begins for t, plan in enumerate(build.plans) if plan.begins
    }
    since |= {
        OfCode(s, f"p{p}"): built.description.since
        for s, built in enumerate(build.synapses)
        for p, _ in acting(built.part)
        if built.description.since
    }
    epochs: dict[OfTable | OfCode, tuple[int, ...]] = {
        OfCode(s, f"p{p}"): steps
        for s, built in enumerate(build.synapses)
        for p, steps in built.epochs.items()
    }
    rings = [
        Ring(
            NETWORK["gids"],
            NETWORK["begin"],
            None,
            tuple(tables),
            values,
            in_rows=_tables_in_rows(build),
            since=since,
            epochs=epochs,
        )
    ]
    rings += [
        Ring(
            OfQueue(g)["lids"],
            OfQueue(g)["begin"],
            OfQueue(g)["tail"],
            tuple(pathway for group, pathway in pathways[POST] if group == g),
            group=g,
            since=since,
            epochs=epochs,
        )
        for g in build.program.queues
    ]
    return rings


def _tables_in_rows(build: RankBuild) -> tuple[BucketTable, ...]:
    numbered = plasticities(build.plans)
    return tuple(
        BucketTable(
            OfTable(t),
            None
            if plan.efficacy is None or plan.timing is not None
            else OfEfficacy(numbered.index(plan.efficacy))["release"],
            plan.begins,
            plan.timing is not None,
        )
        for t, plan in enumerate(build.plans)
        if plan.in_rows
    )


def resize_ring(ring: Ring, values: dict[Argument, Any], capacity: int, tail: int) -> None:
    """Move the spikes in flight, and where their segments are, to a ring of another size.

    Parameters
    ----------
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
            before = values.get(table[name], np.zeros(0, dtype=dtype))
            values[table[name]] = moved(before, n_tiles_of(table, values))
    for table_in_rows in ring.in_rows:
        if table_in_rows.owner["pool_state"] not in values:
            empty_buckets(table_in_rows, values)
    for argument in (ring.spikes, *ring.values):
        values[argument] = moved(values[argument], 1)
    # One work space for all rings, each of which lists its due segments in it.
    if values[NETWORK["work_segment"]].size < capacity and ring.tables:
        values |= {name: np.zeros(capacity, dtype) for name, dtype in WORK_TYPES.items()}
    if values[NETWORK["no_efficacy"]].size < capacity:
        values[NETWORK["no_efficacy"]] = np.ones(capacity)
