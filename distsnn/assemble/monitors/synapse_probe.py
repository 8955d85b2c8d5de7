"""The probe of variables of equation-based synapses."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import SynapseVariables, constant_value, linked_values
from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.assemble.monitors.state_probe import StateSamples
from distsnn.assemble.monitors.weight_probe import WeightProbe
from distsnn.assemble.synapses.synapse_arrays import timed_array
from distsnn.codegen.emit import names_asked
from distsnn.codegen.program_arguments import Argument, OfGroup, OfProbe, OfSynapses
from distsnn.codegen.sampled import (
    Read,
    SampledVariable,
    column,
    element,
    indexed,
    indexed_by,
    number,
    step_number,
    step_time,
)
from distsnn.codegen.synapses.ghost_copies import START, GhostCopy
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.operations import AT_START
from distsnn.describe.synapses.projections import SynapseSlice
from distsnn.describe.values.links import Link
from distsnn.errors import EquationError
from distsnn.language.functions import FUNCTIONS
from distsnn.language.syntax import calls_in
from distsnn.layout.colocated import begins
from distsnn.layout.partition import Range


@dataclass(frozen=True, eq=False)
class SynapseProbe(Probe):
    """Reads variables of some equation-based synapses at regular times.

    Attributes
    ----------
    synapses : int
        Index of their object in the description.
    variables : tuple of str
    index : int64 array (n,)
        Indices of the synapses in the order of creation; they may repeat.
    every, when, place
        See `StateProbe`.
    """

    synapses: int
    variables: tuple[str, ...]
    index: np.ndarray
    every: int
    when: int
    place: tuple[int, int, str] = (0, 0, "")

    @property
    def of_synapses(self) -> tuple[tuple[int, str], ...]:
        """All variables."""
        return tuple((self.synapses, name) for name in self.variables)

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank.

        Raises EquationError if a variable cannot be read, or changes elsewhere meanwhile.
        """
        synapses = rank.description.synapses[self.synapses]
        if synapses.pair is not None:
            # A rule was recognized in the statements; only weights are recorded then.
            names = tuple(p.name for p in synapses.projections)
            return WeightProbe(names, self.index, self.every, self.when).assemble(rank, own)
        target = synapses.target
        bounds = [bound for r in rank.partition.of_slice(target) for bound in (r.start, r.stop)]
        edges = ObjectEdges.of(rank.description, synapses).edges()
        # Inside a range, an odd number of bounds lies at or below the target.
        sides = np.searchsorted(bounds, edges.target + target.start, side="right")
        local = np.flatnonzero(sides & 1)
        at = np.searchsorted(local, self.index)
        columns = np.flatnonzero(np.append(local, -1)[at] == self.index)
        reader = _Reader(rank, own, self, edges.taken(self.index[columns]))
        variables = tuple(map(reader.variable, self.variables))
        lids = np.arange(columns.size)
        if reader.built is not None:
            lids = reader.built[1].position[at[columns]].astype(np.int64)
        arrays = {**reader.needed, own["lids"]: lids}
        return self._local(own, variables, tuple(reader.ghost_copies), arrays, columns)

    def _local(
        self,
        own: OfProbe,
        variables: tuple[SampledVariable, ...],
        ghosts: tuple[GhostCopy, ...],
        arrays: dict[Argument, Any],
        columns: np.ndarray,
    ) -> LocalProbe:
        samples = StateSamples(variables, self.when, True, ghosts, self.place)
        return LocalProbe.of(own, samples, arrays, columns, self.every)


class _Reader:
    """Collects what reading the variables of some synapses takes.

    In its code `lid` is the place of a synapse in the arrays of the program, `q` its place among
    those that are read.
    """

    def __init__(self, rank: ProbedRank, own: OfProbe, probe: SynapseProbe, edges: Edges) -> None:
        self.rank, self.local, self.probe, self.edges = rank, own, probe, edges
        self.built = rank.synapses.get(probe.synapses)
        self.synapses = rank.description.synapses[probe.synapses]
        self.variables = SynapseVariables(rank.description, self.synapses)
        self.parsed = self.variables.parsed
        self.dt = rank.description.dt_of(self.synapses.name)
        self.every = rank.description.every(self.synapses.name)
        self.needed: dict[Argument, Any] = {}
        self.ghost_copies: dict[GhostCopy, None] = {}

    def variable(self, name: str) -> SampledVariable:
        """Code that reads a variable or subexpression of the synapses."""
        tree = self.parsed.inlined(ast.Name(name, ast.Load()))
        arrays = {
            called: self._timed(name, called)
            for called in calls_in(tree)
            if called not in FUNCTIONS
        }
        return SampledVariable(tree, {n: self._read(n) for n in names_asked(tree)}, arrays)

    def _read(self, name: str) -> Read:
        if name in self.parsed.variables:
            if self.built is not None:
                return element(OfSynapses(self.built[0]).variable(name))
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
        link = self.variables.link(variable) if side == "pre" else None
        if link is not None:
            return self._linked(link)
        if isinstance(part, SynapseSlice):
            raise self._error(
                f"{variable}_{side}, which {part.synapses} store",
                "what synapses store is recorded of them",
                f"record {variable} of {part.synapses}",
            )
        index = (self.edges.source if side == "pre" else self.edges.target) + part.start
        if side == "post" and variable in self.rank.forms[part.group].states:
            lids = np.empty(index.size, dtype=np.int64)
            for r in self.rank.partition.ranges[part.group]:
                mine = (index >= r.start) & (index < r.stop)
                lids[mine] = index[mine] - r.start + r.first_lid
            return indexed(OfGroup(part.group).state(variable), self._column("lid_post", lids))
        return self._of_source(f"{variable}_{side}", part.group, variable, index)

    def _linked(self, link: Link) -> Read:
        """The value that a linked variable stands for."""
        name, g = f"{link.variable}_pre", self.rank.description.index_of_group[link.group]
        if isinstance(link.index, np.ndarray):
            index = np.repeat(link.index[:1], self.edges.source.size)
            return self._of_source(name, g, link.stored, index)
        by = self._read(link.index)
        if link.stored in self.rank.forms[g].states:
            return indexed_by(self._ghost(g, link.stored), by)
        argument = self.local.column(name)
        self.needed[argument] = linked_values(self.rank.description, link)
        return indexed_by(argument, by)

    def _of_source(self, name: str, g: int, variable: str, index: np.ndarray) -> Read:
        """A variable of some neurons of group `g`, by index: a parameter, or one of sources."""
        group = self.rank.description.groups[g]
        assert isinstance(group, NeuronDescription)
        if variable not in self.rank.forms[g].states:
            values = initial_value(
                group,
                variable,
                (Range(0, group.size, 0),),
                self.rank.description.seed,
                self.rank.description.group_dt(g),
            )
            return self._column(name, values[index])
        column_name = "index_pre" if name == f"{variable}_pre" else f"index_{name}"
        return indexed(self._ghost(g, variable), self._column(column_name, index))

    def _ghost(self, g: int, variable: str) -> Argument:
        """The values of a state of all neurons of group `g`, at the start of a step."""
        group = self.rank.description.groups[g]
        assert isinstance(group, NeuronDescription)
        if self.probe.when != AT_START:
            raise self._error(
                f"{variable}_pre within a step",
                "what depends on variables of the source, which may live elsewhere, is recorded "
                'at when="start"',
                "leave out when=",
            )
        if begins(self.rank.description, g):
            raise self._error(
                f"{variable}_pre, and statements change {group.name} at the beginning of a step",
                "what depends on variables of the source is as it was before these",
                f"record {variable} of {group.name}, or run them when='end'",
            )
        ghost = GhostCopy(OfGroup(g).state(variable), START)
        self.ghost_copies[ghost] = None
        return ghost.argument

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
