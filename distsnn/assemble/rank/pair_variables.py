"""Variables of synapses whose expressions have become the pair rule, as the expressions mean them.

A trace of event-driven synapses is what it was at the last event, ``lastupdate`` is when that
was. With K the trace of the source after its last spike to arrive, at s, and Q that of the target
after its last spike, at n, both with jumps of 1, the last event is that of the later of the two:

    p = P K exp(-(t - s) / tau_p),   q = Q L exp(-(t - n) / tau_q),   t = max(s, n)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import LocalEdges
from distsnn.assemble.monitors.weight_probe import synapse_columns
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.plastic_tables import PlasticTables, shaped
from distsnn.codegen.program_arguments import NETWORK, Argument, OfHistory, OfTraces
from distsnn.describe.synapses.equation_based import RecognizedPairRule
from distsnn.describe.values.exact_functions import exact_exp
from distsnn.language.objects.synapse_equations import LASTUPDATE


@dataclass(frozen=True, eq=False)
class PairTable:
    """The local synapses of one object in its plastic table.

    Attributes
    ----------
    table : int
        Index of the table.
    local : LocalEdges
    sources : int64 array (4, n)
        See `distsnn.assemble.monitors.weight_probe.synapse_columns`.
    """

    table: int
    local: LocalEdges
    sources: np.ndarray


def pair_table_index(build: RankBuild, index: int) -> int:
    """Index of the table that holds the synapses of object `index`, and no others."""
    return _plastic_tables(build).table_of(_names(build, index))[0]


def pair_table(build: RankBuild, index: int) -> PairTable:
    """Find the local synapses of object `index` in its table; they are drawn anew."""
    builder, tables, names = build.builder, _plastic_tables(build), _names(build, index)
    t, _ = tables.table_of(names)
    members = [builder.description.projections[p] for p in build.plans[t].projections]
    parts = dict(zip(members, builder.local_edges(build.plans[t], build.tables[t]), strict=True))
    members.sort(key=lambda projection: names.index(projection.name))
    columns = [np.stack(synapse_columns(tables, t, p, parts[p].edges)) for p in members]
    local = LocalEdges.joined([parts[p] for p in members])
    return PairTable(t, local, np.concatenate(columns, axis=1))


def _plastic_tables(build: RankBuild) -> PlasticTables:
    return PlasticTables(build.builder, build.plans, build.plastic, build.tables)


def _names(build: RankBuild, index: int) -> tuple[str, ...]:
    """Names of the projections, one for each ``connect``."""
    return tuple(p.name for p in build.description.synapses[index].projections)


def pair_variables(
    build: RankBuild,
    values: Mapping[Argument, Any],
    step: int,
    table: PairTable,
    pair: RecognizedPairRule,
) -> dict[str, np.ndarray]:
    """The traces and ``lastupdate`` (float64 (n,)) of local synapses before `step`.

    `values` are the arguments of the program.
    """
    part = build.plastic.parts[table.table]
    assert part is not None
    source, delay, _, lid = table.sources
    arrived, sent_trace = last_arrived(values, part.source, source, delay, step)
    target_step, target_trace = _last_spike(values, part.target, part.stride, lid)
    last = np.maximum(arrived, target_step)
    dt = build.description.dt
    found = {}
    for name, at, trace, jump, tau in (
        (pair.before, arrived, sent_trace, pair.jump_before, pair.rule.tau_plus),
        (pair.after, target_step, target_trace, pair.jump_after, pair.rule.tau_minus),
    ):
        passed = np.where(at >= 0, last - at, 0)
        found[name] = np.where(at >= 0, jump * trace * exact_exp(-passed * (dt / tau)), 0.0)
    return found | {LASTUPDATE: np.where(last >= 0, last * dt, 0.0)}


def last_arrived(
    values: Mapping[Argument, Any],
    k: int,
    source: np.ndarray,
    delay: np.ndarray,
    step: int | np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Step at which the last spike of each source arrived before `step` (or -1); trace after it.

    `step` is a number or an array of numbers.
    """
    local, step = OfTraces(k), np.broadcast_to(step, source.shape)
    at, number, trace = (
        values[local[name]][source] for name in ("last_step", "last_number", "last_trace")
    )
    ring = values[NETWORK["gids"]].size - 1
    while (flying := np.flatnonzero((at >= 0) & (at + delay >= step))).size:
        before = number[flying] & ring
        at[flying] = values[local["previous_step"]][before]
        trace[flying] = values[local["previous_trace"]][before]
        number[flying] = values[local["previous_number"]][before]
    return np.where(at >= 0, at + delay, -1), trace


def _last_spike(
    values: Mapping[Argument, Any], h: int, stride: int, lid: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Step of the last spike of each target (or -1), and its trace after it."""
    local = OfHistory(h)
    mask, counts = values[local["mask"]], values[local["counts"]][lid]
    entries = shaped(values[local["entries"]], mask + 1, stride)
    last = entries[lid, (counts - 1) & mask]
    return np.where(counts > 0, last[:, 0], -1).astype(np.int64), last[:, 1]
