"""Values of all objects of a network, as every rank reads and sets them between two runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges, local_ranges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import Member, Moment, SynapseVariables
from distsnn.describe.synapses.equation_based import SynapseAssignment, SynapticValue
from distsnn.exchange import World
from distsnn.run.engine import Engine
from distsnn.run.state.gathered_values import GatheredValues
from distsnn.run.state.local_values import (
    PROJECTION,
    WEIGHT,
    GeneratedValues,
    NeuronValues,
    PairValues,
    TableWeights,
)

Weighted = tuple[Edges, np.ndarray]


@dataclass(frozen=True, eq=False)
class AssignedValues:
    """Values of a variable after an assignment: each worker's, and all if they are gathered."""

    variable: str
    local: list[np.ndarray]
    everywhere: np.ndarray | None


class NetworkValues:
    """Values of all neurons and synapses at the beginning of the next step.

    Parameters
    ----------
    engines : sequence of Engine
        Those of this rank's workers.
    later : bool
        Whether the values of an object are gathered when they are read, see `GatheredValues`.

    Attributes
    ----------
    neurons : dict of int to GatheredValues
        By index of the group.
    synapses : dict of int to GatheredValues
        By index of the object: equation-based synapses with generated code or a plastic table.

    Notes
    -----
    Made collectively; afterwards any rank may read alone.
    """

    def __init__(self, world: World, engines: Sequence[Engine], later: bool = False) -> None:
        self._engines = engines
        build = engines[0].build
        self.neurons = {
            g: GatheredValues(world, [NeuronValues(engine, g) for engine in engines], True, later)
            for g in build.forms
        }
        self._parts: dict[int, list[GeneratedValues | PairValues]] = {
            index: [GeneratedValues(engine, s) for engine in engines]
            for s, index in enumerate(build.description.generated)
        }
        for index, synapses in enumerate(build.description.synapses):
            if synapses.pair is not None:
                self._parts[index] = [PairValues(engine, index) for engine in engines]
        self.synapses = {
            n: GatheredValues(world, parts, later=later) for n, parts in self._parts.items()
        }
        # Weights of tables of equation-based synapses are among their variables.
        described = build.builder.description.projections
        first = [described[build.plans[t].projections[0]] for t in build.program.readers]
        self._tables = [
            [TableWeights(engine, projection.name) for engine in engines]
            for projection in first
            if not isinstance(projection.weight, SynapticValue)
        ]
        self._weights = [GatheredValues(world, parts, later=later) for parts in self._tables]

    def weights(self, projection: str) -> np.ndarray:
        """Weights (float64 (n,)) of one ``connect`` that a rule changes, in order of creation."""
        table, p = self._table_of(projection)
        weight, projections = self._weights[table].read(WEIGHT, PROJECTION)
        return weight[projections == p]

    def set_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Set all weights (float64 (n,), in the order of creation) of some ``connect`` by name."""
        for name, values in weights.items():
            table, p = self._table_of(name)
            for part in self._tables[table]:
                description = part.engine.build.builder.description
                (projection,) = (one for one in description.projections if one.name == name)
                local = part.local()[p]
                every = ObjectEdges((ConnectEdges.of(description, projection),))
                part.write(local.position, values[every.indices(local.edges)])
            known = self._weights[table].everywhere
            if known is not None:
                known[WEIGHT][known[PROJECTION] == p] = values

    def local_weights(self, projections: Collection[str]) -> list[dict[str, Weighted]]:
        """Edges and weights, by worker and projection, of those that a rule changes."""
        found: list[dict[str, Weighted]] = [{} for _ in self._engines]
        for parts in self._tables:
            for known, part in zip(found, parts, strict=True):
                if not set(part.projections).isdisjoint(projections):
                    weights = part.engine.weights(part.t)
                    for name, local in zip(part.projections, part.local(), strict=True):
                        known[name] = local.edges, weights[local.position]
        return found

    def local_variables(self, index: int) -> list[dict[str, np.ndarray]]:
        """Variables of the synapses of an object by worker; none if they are those of the start."""
        if index not in self.synapses:
            return [{} for _ in self._engines]
        return self.synapses[index].local(self._parts[index][0].variables)

    def assigned(self, index: int, made: SynapseAssignment, member: Member) -> AssignedValues:
        """Carry out an assignment to synapses; `write` takes over what it gives.

        `member` gives values of variables of the neurons now.
        """
        one, synapses = self._engines[0], self._engines[0].build.description.synapses[index]
        variables = SynapseVariables(one.build.description, synapses, Moment(one.step, member))

        def carried_out(edges: Edges, current: Callable[[str], np.ndarray]) -> np.ndarray:
            now = current(made.variable).copy()
            variables.at(edges, current).assign(made, now)
            return now

        local = []
        for part in self._parts[index]:
            ranges = local_ranges(part.engine.build.partition, synapses.target)

            def current(name: str, part: GeneratedValues | PairValues = part) -> np.ndarray:
                return part.read([name])[1][name]

            local.append(carried_out(variables.connections.edges(ranges), current))
        known = self.synapses[index].everywhere
        everywhere = None
        if known is not None:
            everywhere = carried_out(variables.connections.edges(), known.__getitem__)
        return AssignedValues(made.variable, local, everywhere)

    def write(self, index: int, values: AssignedValues) -> None:
        """Take over what `assigned` gave."""
        for part, local in zip(self._parts[index], values.local, strict=True):
            part.write(values.variable, local)
        known = self.synapses[index].everywhere
        if known is not None and values.everywhere is not None:
            known[values.variable] = values.everywhere

    def _table_of(self, projection: str) -> tuple[int, int]:
        """Index of the table of a projection, and of the projection in it."""
        for table, (part, *_) in enumerate(self._tables):
            if projection in part.projections:
                return table, part.projections.index(projection)
        raise KeyError(projection)
