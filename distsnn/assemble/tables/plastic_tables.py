"""State of plasticity rules on one rank: traces of sources, histories of targets.

What a checkpoint holds of it: ``last_step``, ``last_trace`` and ``last_slow`` by source;
``previous_*`` by spike in flight (numbers begin anew); weights (and traces) by edge and
``entries`` by neuron, both after a flush, see `distsnn.run.state.plastic_state`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from distsnn.assemble.tables.build_tables import AnyTable, TableBuilder
from distsnn.assemble.tables.kept_sources import LocalSources, SourceKeeper
from distsnn.assemble.tables.rule_values import (
    DENDRITIC,
    per_synapse,
    powers_of_rule,
    rates,
    trace_names,
)
from distsnn.codegen.program_arguments import NETWORK, Argument, OfHistory, OfTraces
from distsnn.codegen.tables.plastic_part import (
    BY_SEGMENT,
    BY_SYNAPSE,
    CHUNK,
    NUMBER,
    PlasticPart,
)
from distsnn.codegen.tables.table_blocks import HistoryPart
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.short_term import AFTER
from distsnn.describe.synapses.spike_timing import CENTERED, IGNORE, NEAREST
from distsnn.describe.values.time_steps import steps_of
from distsnn.errors import ParameterError
from distsnn.kernels.deliver.history import (
    NEVER_SPIKED,
    NOTED,
    TO_COME,
    fill_decays,
    width,
)
from distsnn.layout.delays import DENDRITIC as DENDRITIC_PART
from distsnn.layout.delays import part_bounds
from distsnn.layout.partition import Partition
from distsnn.layout.shared_tables import TablePlan
from distsnn.layout.slots import SlotPlan

# Decays over more steps than this are computed, over fewer looked up.
_TABLE = 8192
_LEAST, _MOST = 16, 1024
# Histories take at most this part of the memory of the synapses that read them.
_SHARE = 16


@dataclass(frozen=True)
class SourceTraces:
    """Traces of sources that several tables may share: time constants (ms), and how they jump.

    They are of the spikes since a step. Synapses `of` an object whose rule has been set since have
    their own.
    """

    tau: float
    slow: float | None
    nearest: bool
    since: int = 0
    of: str = ""


@dataclass(frozen=True)
class Histories:
    """Histories of the neurons of a group that several tables may share; as `SourceTraces`.

    Where no spike of the neurons is `late` at the synapse, a flush leaves none for later.
    """

    group: int
    tau: float
    slow: float | None
    nearest: bool
    late: bool
    since: int = 0
    of: str = ""


@dataclass(frozen=True)
class PlasticPlan:
    """The traces and histories of a network, and for each table its part of the program or None.

    A pure function of the description, so the same on every rank.
    """

    sources: tuple[SourceTraces, ...]
    histories: tuple[Histories, ...]
    parts: tuple[PlasticPart | None, ...]

    @property
    def history_parts(self) -> tuple[HistoryPart, ...]:
        """Histories as the program needs to know them."""
        return tuple(HistoryPart(h.group, 2 if h.slow is None else 4) for h in self.histories)

    def readers(self, k: int) -> list[int]:
        """Numbers of the tables that read traces number `k`."""
        return [t for t, part in enumerate(self.parts) if part is not None and part.source == k]


def plan_plastic(description: NetworkDescription, plans: tuple[TablePlan, ...]) -> PlasticPlan:
    """Find the traces and histories that the rules of some tables need."""
    sources: dict[SourceTraces, int] = {}
    histories: dict[Histories, int] = {}
    parts: list[PlasticPart | None] = []
    for plan in plans:
        if plan.timing is None:
            parts.append(None)
            continue
        timing, first = plan.timing, description.projections[plan.projections[0]]
        slow = timing.slow or (None, None)
        nearest = timing.pairing == NEAREST
        both = nearest, nearest or timing.pairing == CENTERED
        # Synapses with traces of their own need the steps of spikes alone.
        taus = (math.inf, math.inf) if timing.separate else (timing.tau_plus, timing.tau_minus)
        of = first.synapses if plan.set_at.rule else ""
        source = SourceTraces(taus[0], slow[0], both[0], plan.since, of)
        history = Histories(
            first.target.group,
            taus[1],
            slow[1],
            both[1],
            not isinstance(first.dendritic, float) or steps_of(first.dendritic, description.dt) > 0,
            plan.since,
            of,
        )
        own = tuple(rates(timing))
        parts.append(
            PlasticPart(
                timing.formula,
                (*timing.parameters, *own, *powers_of_rule(timing)),
                frozenset((*per_synapse(timing), *own)),
                sources.setdefault(source, len(sources)),
                histories.setdefault(history, len(histories)),
                NUMBER
                if isinstance(first.dendritic, float)
                else BY_SEGMENT
                if isinstance(first.delay, float)
                else BY_SYNAPSE,
                timing.slow is not None,
                timing.pairing == CENTERED,
                both,
                trace_names(timing),
                timing.coincidence == IGNORE,
                timing.transmits == AFTER,
                plan.in_rows,
                plan.set_at.rule > 0,
            )
        )
    return PlasticPlan(tuple(sources), tuple(histories), tuple(parts))


def build_plastic(
    builder: TableBuilder,
    plans: tuple[TablePlan, ...],
    plastic: PlasticPlan,
    tables: Sequence[AnyTable],
    keeper: SourceKeeper,
) -> dict[Argument, Any]:
    """Arguments of the program for traces and histories."""
    work = CHUNK if plastic.sources else {}
    arrays: dict[Argument, Any] = {NETWORK[name]: made.copy() for name, made in work.items()}
    description, partition = builder.description, builder.partition
    for k, source in enumerate(plastic.sources):
        sources = keeper.of_tables(plastic.readers(k))
        arrays |= _source_arrays(description, k, source, sources)
    for h, history in enumerate(plastic.histories):
        reading = [t for t, part in enumerate(plastic.parts) if part and part.target == h]
        members = [p for t in reading for p in plans[t].projections]
        n_bytes = sum(tables[t].n_bytes for t in reading)
        longest = max(
            part_bounds(
                description.projections[p], DENDRITIC_PART, description.dt, builder.delay_ranges
            )[1]
            for p in members
        )
        stride = plastic.history_parts[h].stride
        arrays |= _history_arrays(description, h, history, partition, (stride, longest, n_bytes))
    return arrays


def grow_histories(arrays: dict[Argument, Any], plastic: PlasticPlan) -> None:
    """Double the room of histories that are full."""
    for h, part in enumerate(plastic.history_parts):
        local = OfHistory(h)
        mask, counts = arrays[local["mask"]], arrays[local["counts"]]
        if int(arrays[local["fullest"]][0]) <= mask:
            continue
        before = shaped(arrays[local["entries"]], mask + 1, part.stride)
        after = _entries(counts.size, 2 * (mask + 1), part.stride)
        numbers = counts[:, None] - np.arange(1, mask + 2)
        lids = np.arange(counts.size)[:, None]
        new = shaped(after, 2 * (mask + 1), part.stride)
        new[lids, numbers & (2 * mask + 1)] = before[lids, numbers & mask]
        arrays |= local.named({"entries": after, "mask": 2 * mask + 1})


def number_spikes(arrays: dict[Argument, Any], plastic: PlasticPlan, gid: np.ndarray) -> None:
    """Number the spikes in flight anew from 0, as sources and spikes after them know them.

    `gid` (int64 (n,)) are their senders, in the order of the ring.
    """
    before = np.full(gid.size, -1, dtype=np.int64)
    order = np.argsort(gid, kind="stable")
    same = np.flatnonzero(gid[order][1:] == gid[order][:-1])
    before[order[same + 1]] = order[same]
    for k in range(len(plastic.sources)):
        local = OfTraces(k)
        arrays[local["previous_number"]][: gid.size] = before
        last = arrays[local["last_number"]]
        last[:] = -1
        number_of = arrays[local["number_of"]]
        source = gid - arrays[local["first_gid"]]
        inside = np.flatnonzero((source >= 0) & (source < number_of.size))
        position = number_of[source[inside]]
        # Later ones are written last.
        last[position[position >= 0]] = inside[position >= 0]


def plastic_numbers(
    description: NetworkDescription, plan: TablePlan, part: PlasticPart, slots: SlotPlan
) -> dict[str, Any]:
    """Numbers of a plastic table: parameters of its rule, and delays."""
    assert plan.timing is not None
    first = description.projections[plan.projections[0]]
    group = description.groups[first.target.group]
    variable = group.receptor_variables[first.receptor]  # type: ignore[union-attr]  # checked by front
    local: dict[str, Any] = {"first_slot": slots.first[first.target.group, variable]}
    local |= {n: v for n, v in plan.timing.parameters.items() if isinstance(v, float)}
    local |= powers_of_rule(plan.timing)
    if part.settled:
        local |= {"settled": plan.set_at.rule, "delayed": plan.set_at.delays}
    divided = {NUMBER: first.dendritic, BY_SEGMENT: first.delay}.get(part.dendritic)
    if isinstance(divided, float):
        local[DENDRITIC] = steps_of(divided, description.dt)
    return local


def source_bytes(source: SourceTraces) -> int:
    """Bytes of the traces of one source."""
    return sum(a.nbytes for a in _source_state(1, source).values())


def table_bytes(plastic: PlasticPlan) -> int:
    """Bytes of decays that are looked up for the traces of sources."""
    return 8 * _TABLE * len(plastic.sources)


def history_bytes(plastic: PlasticPlan, partition: Partition, table_bytes: Sequence[float]) -> int:
    """Bytes of the histories of own targets as they begin; tables have so many."""
    total = 0
    for h, (history, part) in enumerate(zip(plastic.histories, plastic.history_parts, strict=True)):
        n = partition.counts[history.group]
        reading = [t for t, reads in enumerate(plastic.parts) if reads and reads.target == h]
        capacity = _capacity(n, part.stride, int(sum(table_bytes[t] for t in reading)))
        total += n * (8 * width.py_func(capacity - 1, part.stride) + 16 * NOTED + 32) + 8 * _TABLE
    return total


def _source_state(n: int, source: SourceTraces) -> dict[str, np.ndarray]:
    """State of `n` sources before their first spikes."""
    return {
        "last_step": np.full(n, -1, dtype=np.int64),
        "last_number": np.full(n, -1, dtype=np.int64),
        "last_trace": np.zeros(n),
        "last_slow": np.zeros(0 if source.slow is None else n),
    }


def _source_arrays(
    description: NetworkDescription, k: int, source: SourceTraces, sources: LocalSources
) -> dict[Argument, Any]:
    local: dict[str, Any] = {
        "first_gid": sources.first_gid,
        "number_of": sources.number_of,
        **_source_state(sources.count, source),
        "nearest": int(source.nearest),
        "rise_rate": description.dt / source.tau,
        "slow_rate": 0.0 if source.slow is None else description.dt / source.slow,
        "previous_step": np.zeros(0, dtype=np.int64),
        "previous_number": np.zeros(0, dtype=np.int64),
        "previous_trace": np.zeros(0),
        "previous_slow": np.zeros(0),
    }
    local["rise"] = _decays(local["rise_rate"])
    return OfTraces(k).named(local)


def _capacity(n: int, stride: int, n_bytes: int) -> int:
    """Entries of each history, for `n` neurons whose synapses take so many bytes."""
    capacity = n_bytes // (_SHARE * 8 * stride * max(n, 1))
    return 1 << (min(max(capacity, _LEAST), _MOST).bit_length() - 1)


def _history_arrays(
    description: NetworkDescription,
    h: int,
    history: Histories,
    partition: Partition,
    shape: tuple[int, int, int],
) -> dict[Argument, Any]:
    stride, longest, n_bytes = shape
    n = partition.counts[history.group]
    capacity = _capacity(n, stride, n_bytes)
    local: dict[str, Any] = {
        "entries": _entries(n, capacity, stride),
        "counts": np.zeros(n, dtype=np.int64),
        "kept": np.full(n, -1, dtype=np.int64),
        "fullest": np.ones(1, dtype=np.int64),
        "mask": capacity - 1,
        "nearest": int(history.nearest),
        "fall_rate": description.dt / history.tau,
        "slow_rate": 0.0 if history.slow is None else description.dt / history.slow,
        "flushed": np.zeros(1, dtype=np.int64),
        # Nothing has been looked up.
        "noted": np.full(NOTED * n, TO_COME),
        "older": np.zeros(NOTED * n, dtype=np.int64),
        "seen_last": np.zeros(n, dtype=np.int64),
        "seen_trace": np.zeros(n),
        "longest": longest,
    }
    local["fall"] = _decays(local["fall_rate"])
    return OfHistory(h).named(local)


def _entries(n: int, capacity: int, stride: int) -> np.ndarray:
    entries = np.zeros((n, width.py_func(capacity - 1, stride)))
    entries[:, : capacity * stride : stride] = NEVER_SPIKED
    return entries.ravel()


def shaped(entries: np.ndarray, capacity: int, stride: int) -> np.ndarray:
    """Histories (view, float64 (n, capacity, stride)) of `capacity` entries."""
    rows = entries.reshape(-1, width.py_func(capacity - 1, stride))
    return rows[:, : capacity * stride].reshape(-1, capacity, stride)


def _decays(rate: float) -> np.ndarray:
    table = np.empty(_TABLE)
    fill_decays(table, rate)
    return table


def kept_entries(arrays: dict[Argument, Any], h: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """The entries of histories that are still needed.

    Returns
    -------
    int64 array (n,), float64 array (n, stride)
        Local indices, ascending, and entries, by step.
    """
    local = OfHistory(h)
    mask, counts = arrays[local["mask"]], arrays[local["counts"]]
    entries = shaped(arrays[local["entries"]], mask + 1, stride)
    first = np.maximum(arrays[local["kept"]], 0)
    n = counts - first
    lid = np.repeat(np.arange(counts.size), n)
    number = np.arange(lid.size) - np.repeat(np.cumsum(n) - n, n) + first[lid]
    return lid, entries[lid, number & mask]


def put_entries(
    arrays: dict[Argument, Any], h: int, lid: np.ndarray, entries: np.ndarray, flushed: int
) -> None:
    """Make histories of what `kept_entries` gave; `flushed` is the step of the last flush."""
    local = OfHistory(h)
    counts, kept = arrays[local["counts"]], arrays[local["kept"]]
    counts[:] = np.bincount(lid, minlength=counts.size)
    capacity, stride = arrays[local["mask"]] + 1, entries.shape[1]
    while counts.max(initial=0) >= capacity:
        capacity *= 2
    made = _entries(counts.size, capacity, stride)
    number = np.arange(lid.size) - np.repeat(np.cumsum(counts) - counts, counts)
    shaped(made, capacity, stride)[lid, number] = entries
    begins_before = np.zeros(counts.size, dtype=bool)
    begins_before[lid[number == 0]] = entries[number == 0, 0] < flushed
    kept[:] = np.where(begins_before, 0, -1)
    arrays |= local.named({"entries": made, "mask": capacity - 1})
    arrays[local["fullest"]][0] = (counts - kept).max(initial=1)
    arrays[local["flushed"]][0] = flushed
    arrays[local["noted"]][:] = TO_COME


@dataclass(frozen=True, eq=False)
class PlasticTables:
    """The tables of a rank, as far as monitors of weights need them."""

    builder: TableBuilder
    plans: tuple[TablePlan, ...]
    plastic: PlasticPlan
    tables: Sequence[AnyTable]

    @cached_property
    def keeper(self) -> SourceKeeper:
        """Finds the sources whose traces the rank keeps."""
        return SourceKeeper(self.builder, self.plans, self.tables)

    def table_of(self, projections: tuple[str, ...]) -> tuple[int, PlasticPart]:
        """Index and rule of the table that holds these projections.

        Raises ParameterError if no rule changes them, or they lie in several tables.
        """
        named = {p.name: n for n, p in enumerate(self.builder.description.projections)}
        found = {
            t
            for t, plan in enumerate(self.plans)
            for name in projections
            if named[name] in plan.projections and plan.timing is not None
        }
        if len(found) == 1:
            part = self.plastic.parts[t := found.pop()]
            assert part is not None
            return t, part
        raise ParameterError(
            projections[0],
            "weights are recorded of synapses without a rule that changes them"
            if not found
            else "weights are recorded of synapses whose delays are given in several ways",
            "weights that a rule changes are recorded, of synapses whose delays are all numbers, "
            "or all not",
            "give stdp=" if not found else "make Synapses for each",
        )

    def projection(self, name: str) -> ProjectionDescription:
        """The projection of a name."""
        return next(p for p in self.builder.description.projections if p.name == name)
