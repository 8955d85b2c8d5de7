"""The probe of variables of neurons at regular times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.monitors.group_reader import GroupReader
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.probe_blocks import Samples, time_lines
from distsnn.codegen.program_arguments import OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.layout.partition import Range


@dataclass(frozen=True)
class StateSamples(Samples):
    """A buffer of rows, one for each time: all elements of the first variable, and so on."""

    variables: tuple[SampledVariable, ...]
    when: int
    of_synapses: bool = False
    ghost_copies: tuple[GhostCopy, ...] = ()
    place: tuple[int, int, str] = (0, 0, "")

    @property
    def n_variables(self) -> int:
        """Number of variables."""
        return len(self.variables)

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        """Lines that read all elements."""
        return time_lines(own, names, [variable.code(names) for variable in self.variables])


@dataclass(frozen=True, eq=False)
class StateProbe(Probe):
    """Reads variables of some neurons at regular times.

    Attributes
    ----------
    group : int
        Index of the group.
    variables : tuple of str
    index : int64 array (n,)
        Neurons within the group, in the order in which they are wanted; they may repeat.
    every : int
        Read in the steps that are multiples of this number.
    when : int
        `AT_START` (values at t_n), `AT_THRESHOLDS` (after update and threshold of step n, before
        events), `AT_RESETS` (after the events) or `AT_END` (after the reset of step n).
    place : (int, int, str)
        What sorts it among operations; see `distsnn.describe.operations.place_in_slots`.
    """

    group: int
    variables: tuple[str, ...]
    index: np.ndarray
    every: int
    when: int
    place: tuple[int, int, str] = (0, 0, "")

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank."""
        reader = GroupReader(rank, self.group, self.when, self.place)
        variables = tuple(map(reader.variable, self.variables))
        ghosts = tuple(reader.ghosts)
        samples = StateSamples(variables, self.when, ghost_copies=ghosts, place=self.place)
        columns, lids = local_neurons(rank.partition.ranges[self.group], self.index)
        arrays = {**reader.needed, own["lids"]: lids}
        return LocalProbe.of(own, samples, arrays, columns, self.every)


def local_neurons(ranges: Sequence[Range], index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the local ones among neurons `index` (int64 (n,)), and their local indices."""
    columns, lids = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in ranges:
        local = np.flatnonzero((index >= part.start) & (index < part.stop))
        columns.append(local)
        lids.append(index[local] - part.start + part.first_lid)
    return np.concatenate(columns), np.concatenate(lids)
