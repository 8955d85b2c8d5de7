"""Synapses settle before their delays or rules are others: what is under way keeps what it had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import LocalEdges
from distsnn.assemble.edges.local_edges import WEIGHT, projection_values
from distsnn.assemble.monitors.weight_probe import synapse_columns
from distsnn.assemble.rank.outstanding import Outstanding
from distsnn.assemble.rank.pair_variables import last_arrived
from distsnn.assemble.tables.plastic_tables import PlasticTables, shaped
from distsnn.assemble.tables.short_term_state import plasticities
from distsnn.codegen.compiled_program import call_block
from distsnn.codegen.program_arguments import NETWORK, Argument, OfEfficacy, OfHistory, OfTable
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.layout.partition import index_of
from distsnn.layout.shared_tables import TablePlan
from distsnn.run.engine import Engine
from distsnn.run.spikes.spikes_in_flight import shortest_delays

_NOTES = {
    **dict.fromkeys(("due", "sent", "at", "synapse", "lid"), np.int64),
    "amount": np.float64,
}


def settle(
    engine: Engine, whole: Mapping[str, bool], separate: Collection[str] = ()
) -> Callable[[], None]:
    """Settle some projections, and note what their spikes under way still add. Collective.

    Where delays will be others, spikes keep those that they had: what they add is noted. Weights
    that a rule changes take in all that has reached their synapses; with other delays also what is
    still on its way to them.

    Parameters
    ----------
    whole : mapping of str to bool
        Whether delays will be others, by the name of the projection.
    separate : collection of str
        Projections whose synapses will have time constants of their own.

    Returns
    -------
    callable
        Undoes it.
    """
    build, kept = engine.build, engine.build.outstanding
    undo: list[tuple[np.ndarray, np.ndarray]] = []
    added: dict[Argument, np.ndarray] = {}
    separate_traces = set(separate)
    engine.flush_histories()
    parts = [Outstanding.none() if kept is None else kept]
    local = [Outstanding.none()]
    for t, plan in enumerate(build.plans):
        members = [build.builder.description.projections[p] for p in plan.projections]
        if not any(p.name in whole for p in members):
            continue
        edges = build.builder.local_edges(plan, build.tables[t])
        if plan.timing is not None:
            undo += _weights_of(engine, t)
            if not separate_traces.isdisjoint(p.name for p in members):
                added |= _traces_of_synapses(engine, t, edges, whole)
            local.append(_settled(engine, t, [p.name in whole for p in members], edges, whole))
            continue
        local += [
            _under_way(engine, plan, projection, of_projection)
            for projection, of_projection in zip(members, edges, strict=True)
            if whole.get(projection.name, False)
        ]
    parts += engine.world.allgather_object(Outstanding.joined(local))
    build.outstanding = Outstanding.joined(parts)

    engine.values.update(added)

    def restored() -> None:
        build.outstanding = kept
        for argument in added:
            del engine.values[argument]
        for array, values in undo:
            array[:] = values

    return restored


def _weights_of(engine: Engine, t: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The arrays of a plastic table that settling changes, with copies of their values."""
    part = engine.build.plastic.parts[t]
    assert part is not None
    arrays = [engine.values[OfTable(t)[name]] for name in ("weight", *part.traces)]
    return [(array, array.copy()) for array in arrays]


def _settled(
    engine: Engine,
    t: int,
    chosen: list[bool],
    edges: list[LocalEdges],
    whole: Mapping[str, bool],
) -> Outstanding:
    """Settle the chosen projections of plastic table `t`."""
    build = engine.build
    plan = build.plans[t]
    members = [build.builder.description.projections[p] for p in plan.projections]
    # All of one table are of one rule; delays are set of all synapses of an object.
    delayed, before = any(whole.get(p.name, False) for p in members), _weights_of(engine, t)
    count = np.zeros(1, dtype=np.int64)
    _call_settler(engine, t, delayed, count, None)
    notes = {name: np.empty(count[0], dtype=kind) for name, kind in _NOTES.items()}
    _call_settler(engine, t, delayed, count, notes)
    others = [part.position for part, mine in zip(edges, chosen, strict=True) if not mine]
    here = np.ones(notes["due"].size, dtype=bool)
    for position in others:
        for array, values in before:
            array[position] = values[position]
        here &= ~np.isin(notes["synapse"], position)
    first = members[0]
    factor = np.ones(here.size)
    if plan.efficacy is not None:
        r = plasticities(build.plans).index(plan.efficacy)
        factor = engine.values[OfEfficacy(r)["release"]][notes["at"]]
    source = engine.values[NETWORK["gids"]][notes["at"]] if here.size else notes["at"]
    order = np.lexsort((source, notes["sent"], notes["due"]))
    index = index_of(build.partition.ranges[first.target.group])
    found = Outstanding(
        notes["due"],
        build.description.first_gids[first.target.group] + index[notes["lid"]],
        np.full(here.size, first.receptor, dtype=np.int64),
        notes["amount"] * factor,
    )
    return found.taken(order[here[order]])


def _traces_of_synapses(
    engine: Engine, t: int, edges: list[LocalEdges], whole: Mapping[str, bool]
) -> dict[Argument, np.ndarray]:
    """The traces that each synapse of plastic table `t` has, which had those of its ends so far."""
    build, values = engine.build, engine.values
    part = build.plastic.parts[t]
    assert part is not None
    tables = PlasticTables(build.builder, build.plans, build.plastic, build.tables)
    n = build.tables[t].n_synapses
    trace, target_trace, target_step = np.zeros(n), np.zeros(n), np.full(n, -1, dtype=np.int64)
    history = OfHistory(part.target)
    mask, kept, counts = (values[history[name]] for name in ("mask", "kept", "counts"))
    entries = shaped(values[history["entries"]], mask + 1, part.stride)
    for p, of_projection in zip(build.plans[t].projections, edges, strict=True):
        projection = build.builder.description.projections[p]
        source, delay, dendritic, lid = synapse_columns(tables, t, projection, of_projection.edges)
        at = of_projection.position
        until = engine.step + (delay if whole.get(projection.name, False) else 0)
        arrived, found = last_arrived(values, part.source, source, delay - dendritic, until)
        trace[at] = np.where(arrived >= 0, found, 0.0)
        # With other delays as far as the flush before has taken them in.
        number = kept[lid] if whole.get(projection.name, False) else counts[lid] - 1
        bound = engine.step - dendritic
        while (late := (number >= 0) & (entries[lid, number & mask, 0] >= bound)).any():
            number = number - late
        last = entries[lid, number & mask]
        target_step[at] = np.where(number >= 0, last[:, 0], -1)
        target_trace[at] = np.where(number >= 0, last[:, 1], 0.0)
    made = {"target_trace": target_trace, "target_step": target_step}
    if not part.traces:
        made["trace"] = trace
    return OfTable(t).named(made)


def _call_settler(
    engine: Engine, t: int, delayed: bool, count: np.ndarray, notes: dict[str, np.ndarray] | None
) -> None:
    """Count what spikes under way still add, or settle plastic table `t` and note it."""
    arrays = notes or {name: np.empty(0, dtype=kind) for name, kind in _NOTES.items()}
    given: dict[str, Any] = {f"settle_{name}": values for name, values in arrays.items()}
    given |= {"settle_whole": int(delayed), "settle_dry": int(notes is None)}
    values = engine.values | NETWORK.named({**given, "settle_count": count})
    call_block(engine.build.program.settlers[t], engine.step, values)


def _under_way(
    engine: Engine, plan: TablePlan, projection: ProjectionDescription, local: LocalEdges
) -> Outstanding:
    """Additions by spikes under way through the local synapses of a projection."""
    build, edges, ring = engine.build, local.edges, engine.rings[0]
    description = build.builder.description
    flight = engine.spikes_in_flight(ring)
    first_gid = description.first_gids[projection.source.group] + projection.source.start
    source = flight.neuron.astype(np.int64) - first_gid
    spikes = np.flatnonzero((source >= 0) & (source < projection.source.size))
    by_source = np.argsort(edges.source, kind="stable")
    start, stop = (
        np.searchsorted(edges.source[by_source], source[spikes], side=side)
        for side in ("left", "right")
    )
    n = stop - start
    spike = np.repeat(spikes, n)
    at = by_source[np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(start, n)]
    steps = build.builder.delays(projection).steps(edges)
    delay = np.broadcast_to(np.asarray(steps, dtype=np.int64), (len(edges),))[at]
    weight = projection_values(description, projection, edges)[WEIGHT][at]
    least = shortest_delays(flight, engine.step, plan.begins)
    chosen = delay >= least[spike]
    factor = np.ones(flight.step.size)
    if plan.efficacy is not None:
        r = plasticities(build.plans).index(plan.efficacy)
        factor = flight.values[OfEfficacy(r)["release"]]
    target = projection.target
    gid = description.first_gids[target.group] + target.start + edges.target[at]
    return Outstanding(
        flight.step[spike] + delay,
        gid,
        np.full(at.size, projection.receptor, dtype=np.int64),
        weight * factor[spike],
    ).taken(chosen)
