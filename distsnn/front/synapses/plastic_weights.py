"""Weights that a rule changes, as they are after a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.projection_edges import creation_keys
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.run.engine import Engine

_MOST_VALUES = 4_000_000
# Keys of synapses in the order of creation, and their weights.
_Keyed = tuple[tuple[np.ndarray, ...], np.ndarray]
_Weighted = tuple[Edges, np.ndarray]


class PlasticWeights:
    """The weights of all synapses with a rule at the beginning of the next step.

    Parameters
    ----------
    world : World
    engines : sequence of Engine
        Those of this rank's threads.

    Notes
    -----
    Made collectively; afterwards any rank may ask alone. In a world of several ranks nothing is
    held if there are more than 4 million weights of one table in all.
    """

    def __init__(self, world: World, engines: Sequence[Engine]) -> None:
        self._engines = engines
        self._gathered: dict[str, np.ndarray | None] = {}
        if world.size == 1:
            return
        build = engines[0].build
        for t in build.program.readers:
            first = build.builder.description.projections[build.plans[t].projections[0]]
            if isinstance(first.weight, SynapticValue):
                # Those of texts `PairStates` holds.
                continue
            n_own = sum(engine.build.tables[t].n_synapses for engine in engines)
            few = sum(world.allgather_object(n_own)) <= _MOST_VALUES
            mine = [_own(engine, t) for engine in engines] if few else []
            names = [
                build.builder.description.projections[p].name for p in build.plans[t].projections
            ]
            of_ranks = world.allgather_object(mine)
            for name in names:
                parts = [part[name] for of_rank in of_ranks for part in of_rank]
                self._gathered[name] = _in_order(parts) if parts else None

    def of(self, projection: str) -> np.ndarray:
        """Weights (float64 (n,)) of the synapses of one ``connect``, in the order of creation."""
        if projection in self._gathered:
            found = self._gathered[projection]
            if found is None:
                raise ParameterError(
                    projection,
                    "weights of all synapses are not held by every rank",
                    "in large networks on several ranks values stay where they are",
                    "record what you need",
                )
            return found.copy()
        build = self._engines[0].build
        t = next(
            t
            for t in build.program.readers
            for p in build.plans[t].projections
            if build.builder.description.projections[p].name == projection
        )
        return _in_order([_own(engine, t)[projection] for engine in self._engines])

    def set(self, weights: Mapping[str, np.ndarray]) -> None:
        """Set all weights (float64 (n,), in the order of creation) of some ``connect`` by name."""
        self._gathered |= {n: np.array(w) for n, w in weights.items() if n in self._gathered}
        build = self._engines[0].build
        for t in build.program.readers:
            names = [
                build.builder.description.projections[p].name for p in build.plans[t].projections
            ]
            if not weights.keys().isdisjoint(names):
                for engine in self._engines:
                    # What spikes of targets have changed must not be added to the new weights.
                    engine.sweep_histories()
                    _set(engine, t, weights)

    def own_edges(self, projections: Collection[str]) -> list[dict[str, _Weighted]]:
        """Own synapses and their weights, of those of the projections that have a rule.

        For each thread of this rank.
        """
        build = self._engines[0].build
        found: list[dict[str, _Weighted]] = [{} for _ in self._engines]
        for t in build.program.readers:
            members = [build.builder.description.projections[p] for p in build.plans[t].projections]
            if any(member.name in projections for member in members):
                for own, engine in zip(found, self._engines, strict=True):
                    own.update(_edges(engine, t))
        return found


def _own(engine: Engine, t: int) -> dict[str, _Keyed]:
    """Keys and weights of a thread's synapses, by the name of their projection."""
    rules = {p.name: p.rule for p in engine.build.builder.description.projections}
    return {
        name: (creation_keys(rules[name], edges), weight)
        for name, (edges, weight) in _edges(engine, t).items()
    }


def _edges(engine: Engine, t: int) -> dict[str, _Weighted]:
    build, builder = engine.build, engine.build.builder
    number, drawn = builder.numbers(build.plans[t], build.tables[t])
    weight = np.empty(number.size)
    weight[number] = engine.weights(t)
    found: dict[str, _Weighted] = {}
    at = 0
    for p, edges in zip(build.plans[t].projections, drawn, strict=True):
        projection = builder.description.projections[p]
        own = weight[at : at + edges.source.size]
        found[projection.name] = edges, own
        at += own.size
    return found


def _set(engine: Engine, t: int, weights: Mapping[str, np.ndarray]) -> None:
    build, builder = engine.build, engine.build.builder
    number, drawn = builder.numbers(build.plans[t], build.tables[t])
    new = np.full(number.size, np.nan)
    at = 0
    for p, edges in zip(build.plans[t].projections, drawn, strict=True):
        projection = builder.description.projections[p]
        if projection.name in weights:
            creation = ObjectEdges((ConnectEdges.of(builder.description, projection),)).indices(
                edges
            )
            new[at : at + edges.source.size] = weights[projection.name][creation]
        at += edges.source.size
    placed = new[number]
    is_set = ~np.isnan(placed)
    engine.values[f"t{t}_weight"][is_set] = placed[is_set]


def _in_order(parts: list[_Keyed]) -> np.ndarray:
    keys = [np.concatenate(columns) for columns in zip(*(k for k, _ in parts), strict=True)]
    return np.asarray(np.concatenate([w for _, w in parts])[np.lexsort(keys[::-1])])
