"""The probes of equation-based synapses on one rank."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import SynapseVariables, constant_value
from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.monitors.local_probe import LocalProbe, with_buffer
from distsnn.assemble.synapses.local_synapses import SynapseBuild
from distsnn.assemble.synapses.synapse_arrays import timed_array
from distsnn.codegen.emit import names_asked
from distsnn.codegen.probe_blocks import StateSamples
from distsnn.codegen.program_arguments import Argument, OfGroup, OfProbe, OfSynapses
from distsnn.codegen.sampled import (
    Read,
    SampledVariable,
    column,
    element,
    indexed,
    number,
    step_number,
    step_time,
)
from distsnn.codegen.synapses.ghost_copies import START, GhostCopy
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.probes import AT_START, SynapseProbe
from distsnn.errors import EquationError
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.language.functions import FUNCTIONS
from distsnn.language.syntax import calls_in
from distsnn.layout.partition import Partition, Range


@dataclass(frozen=True, eq=False)
class SynapsesOfRank:
    """The groups and synapses of one rank, for probes of synapses.

    Attributes
    ----------
    description : NetworkDescription
        As the user gave it.
    partition : Partition
    forms : mapping of int to NeuronForm
    built : (int, SynapseBuild) or None
        The synapses and their number in the program, unless they have become projections.
    """

    description: NetworkDescription
    partition: Partition
    forms: Mapping[int, NeuronForm]
    built: tuple[int, SynapseBuild] | None


def build_synapse_probe(rank: SynapsesOfRank, m: int, probe: SynapseProbe) -> LocalProbe:
    """Build the local part of probe `m`.

    Raises
    ------
    EquationError
        If a variable cannot be read, or changes elsewhere meanwhile.
    """
    synapses = rank.description.synapses[probe.synapses]
    target = synapses.target
    bounds = [
        bound
        for r in rank.partition.within(target.group, target.start, target.stop)
        for bound in (r.start, r.stop)
    ]
    edges = ObjectEdges.of(rank.description, synapses).edges()
    # Inside a range, an odd number of bounds lies at or below the target.
    local = np.flatnonzero(np.searchsorted(bounds, edges.target + target.start, side="right") & 1)
    at = np.searchsorted(local, probe.index)
    columns = (
        np.flatnonzero((at < local.size) & (local[np.minimum(at, local.size - 1)] == probe.index))
        if local.size
        else np.empty(0, np.int64)
    )
    reader = _Reader(rank, m, probe, edges.taken(probe.index[columns]))
    variables = tuple(reader.variable(name) for name in probe.variables)
    lids = np.arange(columns.size) if rank.built is None else rank.built[1].position[at[columns]]
    arrays = reader.needed | {OfProbe(m)["lids"]: lids.astype(np.int64)}
    samples = StateSamples(variables, probe.when, True, tuple(reader.ghost_copies), probe.place)
    width = len(variables) * columns.size
    return with_buffer(m, samples, arrays, columns, (width, 1, probe.every))


class _Reader:
    """Collects what reading the variables of some synapses takes.

    In its code `lid` is the place of a synapse in the arrays of the program, `q` its place among
    those that are read.
    """

    def __init__(self, rank: SynapsesOfRank, m: int, probe: SynapseProbe, edges: Edges) -> None:
        self.rank, self.local, self.probe, self.edges = rank, OfProbe(m), probe, edges
        self.synapses = rank.description.synapses[probe.synapses]
        self.variables = SynapseVariables(rank.description, self.synapses)
        self.parsed = self.variables.parsed
        self.dt = rank.description.dt_of(self.synapses.name)
        self.every = rank.description.every(self.synapses.name)
        self.needed: dict[Argument, Any] = {}
        self.ghost_copies: dict[GhostCopy, None] = {}

    def variable(self, name: str) -> SampledVariable:
        """How the program reads a variable or subexpression of the synapses."""
        tree = self.parsed.inlined(ast.Name(name, ast.Load()))
        arrays = {
            called: self._timed(name, called)
            for called in calls_in(tree)
            if called not in FUNCTIONS
        }
        return SampledVariable(tree, {n: self._read(n) for n in names_asked(tree)}, arrays)

    def _read(self, name: str) -> Read:
        if name in self.parsed.variables:
            if self.rank.built is not None:
                return element(OfSynapses(self.rank.built[0]).variable(name))
            return self._column(name, self.variables.at(self.edges).of(name))
        ends = {"i": self.edges.source, "j": self.edges.target}
        sizes = {"N_pre": self.synapses.source.size, "N_post": self.synapses.target.size}
        match name:
            case "t":
                return step_time(self.dt, self.every)
            case "dt":
                return number(self.dt)
            case "t_in_timesteps":
                return step_number(self.every)
            case "i" | "j":
                return self._column(name, ends[name])
            case "N_pre" | "N_post":
                return number(sizes[name])
            case (
                "N"
                | "N_incoming"
                | "N_outgoing"
                | "lastspike_pre"
                | "lastspike_post"
                | "not_refractory_pre"
                | "not_refractory_post"
            ):
                raise self._error(
                    f"{name} in a subexpression",
                    "subexpressions that are recorded depend on variables, i, j, t and constants",
                    "record a variable that keeps the value",
                )
        for side, members in (("pre", self.parsed.source), ("post", self.parsed.target)):
            stem = name.removesuffix(f"_{side}")
            if name.endswith(f"_{side}") and stem in members.symbols:
                return self._of_neuron(side, stem)
        argument = self.local.constant(name)
        self.needed[argument] = constant_value(self.rank.description, self.synapses, name)
        return number(argument)

    def _of_neuron(self, side: str, variable: str) -> Read:
        """A variable of the source or target of each synapse."""
        part = self.synapses.source if side == "pre" else self.synapses.target
        group = self.rank.description.groups[part.group]
        assert isinstance(group, NeuronDescription)
        index = (self.edges.source if side == "pre" else self.edges.target) + part.start
        if variable not in self.rank.forms[part.group].states:
            values = initial_value(
                group,
                variable,
                (Range(0, group.size, 0),),
                self.rank.description.seed,
                self.rank.description.group_dt(part.group),
            )
            return self._column(f"{variable}_{side}", values[index])
        if side == "post":
            lids = np.empty(index.size, dtype=np.int64)
            for r in self.rank.partition.ranges[part.group]:
                mine = (index >= r.start) & (index < r.stop)
                lids[mine] = index[mine] - r.start + r.first_lid
            return indexed(OfGroup(part.group).state(variable), self._column("lid_post", lids))
        if self.probe.when != AT_START:
            raise self._error(
                f"{variable}_pre within a step",
                "what depends on variables of the source, which may live elsewhere, is recorded "
                'at when="start"',
                "leave out when=",
            )
        ghost = GhostCopy(OfGroup(part.group).state(variable), START)
        self.ghost_copies[ghost] = None
        return indexed(ghost.argument, self._column("index_pre", index))

    def _timed(self, variable: str, name: str) -> tuple[Argument, ...]:
        """The parts of a TimedArray that a variable calls."""
        if name in self.parsed.outside[1]:
            index = self.parsed.outside[1].index(name)
            parts = timed_array(self.synapses.names.arrays[name], self.dt)
            found = {self.local.timed(index, part): value for part, value in parts.items()}
            self.needed |= found
            return tuple(found)
        raise self._error(
            f"{variable}, which calls {name}() of the neurons",
            "subexpressions call the TimedArrays that the equations of the synapses name",
            f"call {name}() in the equations of the synapses",
        )

    def _error(self, what: str, allowed: str, advice: str) -> EquationError:
        return EquationError(self.synapses.name, f"a monitor reads {what}", allowed, advice)

    def _column(self, name: str, values: np.ndarray) -> Read:
        """Values that do not change during a run, one for each synapse that is read."""
        argument = self.local.column(name)
        self.needed[argument] = np.ascontiguousarray(values)
        return column(argument)
