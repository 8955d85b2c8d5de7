"""Values that one worker has of the neurons of a group or of the synapses of an object, now.

They are in the order of the indices of neurons, or of the creation of synapses. Each kind says by
which keys those of all ranks stand in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from distsnn.assemble.edges.connections import LocalEdges
from distsnn.assemble.rank.pair_variables import pair_table, pair_table_index, pair_variables
from distsnn.assemble.rank.saved_state import local_neurons
from distsnn.codegen.program_arguments import OfGroup, OfSynapses, OfTable
from distsnn.describe.synapses.equation_based import RecognizedPairRule
from distsnn.language.objects.synapse_equations import LASTUPDATE
from distsnn.run.engine import Engine

# Not names of variables: what every group keeps besides them.
LAST_SPIKE, ACTIVE = ":last spike", ":active"
# Names of what a plastic table keeps: weights, and which projection of the table they belong to.
WEIGHT, PROJECTION = "weight", ":projection"

# What gives the keys (int64 (k, n)), first one first, and values (float64 (n,)) by name.
Keyed = tuple[Callable[[], np.ndarray], dict[str, np.ndarray]]


class LocalValues(Protocol):
    """Values of one object on one worker."""

    @property
    def name(self) -> str:
        """Name of the object, for errors."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that can be read."""

    @property
    def size(self) -> int:
        """Number of local neurons or synapses."""

    def read(self, variables: Iterable[str]) -> Keyed:
        """Keys and values of some variables."""


@dataclass(frozen=True, eq=False)
class NeuronValues:
    """States of the local neurons of group `group`, with last spikes and refractoriness."""

    engine: Engine
    group: int

    @property
    def name(self) -> str:
        """Name of the group."""
        return self.engine.build.description.groups[self.group].name

    @property
    def variables(self) -> tuple[str, ...]:
        """States, the step of the last spike, and whether a neuron is not refractory."""
        return (*self.engine.build.forms[self.group].states, LAST_SPIKE, ACTIVE)

    @property
    def size(self) -> int:
        """Number of local neurons."""
        return self.engine.build.partition.counts[self.group]

    def read(self, variables: Iterable[str]) -> Keyed:
        """Indices of the neurons, and values of some variables."""
        keys = local_neurons(self.engine.build, self.group)[None]
        return lambda: keys, {name: self._read(name) for name in variables}

    def _read(self, variable: str) -> np.ndarray:
        build, g = self.engine.build, self.group
        if variable == ACTIVE:
            return build.active(g, self.engine.step).astype(np.float64)
        local = OfGroup(g)
        argument = local["last_spike"] if variable == LAST_SPIKE else local.state(variable)
        return np.asarray(build.arrays[argument], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class GeneratedValues:
    """Variables of the local synapses of object `s` of those with generated code."""

    engine: Engine
    s: int

    @property
    def name(self) -> str:
        """Name of the synapses."""
        return self.engine.build.synapses[self.s].description.name

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables of the synapses."""
        return tuple(self.engine.build.synapses[self.s].part.form.variables)

    @property
    def size(self) -> int:
        """Number of local synapses."""
        return self.engine.build.synapses[self.s].n_synapses

    def local(self) -> LocalEdges:
        """The synapses; drawn anew."""
        return self.engine.build.synapses[self.s].local_edges

    def read(self, variables: Iterable[str]) -> Keyed:
        """Keys and values of some variables."""
        arrays, position = self.engine.build.arrays, self.engine.build.synapses[self.s].position
        values = {name: arrays[OfSynapses(self.s).variable(name)][position] for name in variables}
        return lambda: self.local().keys, values

    def write(self, variable: str, values: np.ndarray) -> None:
        """Set a variable of all local synapses."""
        build = self.engine.build
        array = build.arrays[OfSynapses(self.s).variable(variable)]
        array[build.synapses[self.s].position] = values
        build.synapses[self.s].touched.add(variable)


@dataclass(frozen=True, eq=False)
class TableWeights:
    """Weights of the local synapses of a plastic table, projection by projection.

    Attributes
    ----------
    engine : Engine
    name : str
        Name of one of the projections. It finds the table, which may get another index.
    """

    engine: Engine
    name: str

    @property
    def t(self) -> int:
        """Index of the table."""
        return next(t for t in self.engine.build.program.readers if self.name in self._names(t))

    def _names(self, t: int) -> list[str]:
        build = self.engine.build
        described = build.builder.description.projections
        return [described[p].name for p in build.plans[t].projections]

    @property
    def projections(self) -> list[str]:
        """Names of its projections; the index of each is its `PROJECTION`."""
        return self._names(self.t)

    @property
    def variables(self) -> tuple[str, ...]:
        """Weights, and the index of the projection of each."""
        return (WEIGHT, PROJECTION)

    @property
    def size(self) -> int:
        """Number of local synapses."""
        return self.engine.build.tables[self.t].n_synapses

    def local(self) -> list[LocalEdges]:
        """The synapses of each projection; drawn anew."""
        build, t = self.engine.build, self.t
        return build.builder.local_edges(build.plans[t], build.tables[t])

    def read(self, variables: Iterable[str]) -> Keyed:
        """Keys, and weights and projections."""
        local = LocalEdges.joined(self.local())
        known = {
            WEIGHT: self.engine.weights(self.t)[local.position],
            PROJECTION: local.edges.connects,
        }
        return lambda: local.keys, {name: known[name] for name in variables}

    def write(self, position: np.ndarray, values: np.ndarray) -> None:
        """Set the weights (float64 (n,)) at some positions (int64 (n,)) of the table."""
        write_weights(self.engine, self.t, position, values)


@dataclass(frozen=True, eq=False)
class PairValues:
    """Variables of the local synapses of object `index` whose statements are the pair rule."""

    engine: Engine
    index: int

    @property
    def name(self) -> str:
        """Name of the synapses."""
        return self.engine.build.description.synapses[self.index].name

    @property
    def _pair(self) -> RecognizedPairRule:
        pair = self.engine.build.description.synapses[self.index].pair
        assert pair is not None
        return pair

    @property
    def variables(self) -> tuple[str, ...]:
        """The weight, both traces and ``lastupdate``."""
        pair = self._pair
        return (pair.weight, pair.before, pair.after, LASTUPDATE)

    @property
    def size(self) -> int:
        """Number of local synapses."""
        build = self.engine.build
        return build.tables[pair_table_index(build, self.index)].n_synapses

    def read(self, variables: Iterable[str]) -> Keyed:
        """Keys and values of some variables."""
        engine, build = self.engine, self.engine.build
        pair, table = self._pair, pair_table(build, self.index)
        known = pair_variables(build, engine.values, engine.step, table, pair)
        known[pair.weight] = engine.weights(table.table)[table.local.position]
        return lambda: table.local.keys, {name: known[name] for name in variables}

    def write(self, variable: str, values: np.ndarray) -> None:  # noqa: ARG002 - it has no other
        """Set the weights (float64 (n,)) of all local synapses."""
        table = pair_table(self.engine.build, self.index)
        write_weights(self.engine, table.table, table.local.position, values)


def write_weights(engine: Engine, t: int, position: np.ndarray, values: np.ndarray) -> None:
    """Set the weights (float64 (n,)) at some positions (int64 (n,)) of plastic table `t`."""
    # What spikes of targets have changed must not be added to the new weights later.
    engine.flush_histories()
    engine.values[OfTable(t)["weight"]][position] = values
