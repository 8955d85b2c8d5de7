"""The probe of variables of neurons that spike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.monitors.group_reader import GroupReader
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.probe_blocks import ROWS, Samples
from distsnn.codegen.program_arguments import OfGroup, OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.describe.operations import AT_THRESHOLDS, SPIKE, place_in_slots

# Columns before the values in a row.
SPIKE_STEP, SPIKE_INDEX = range(2)
SPIKE_COLUMNS = 2


@dataclass(frozen=True)
class SpikeSamples(Samples):
    """A buffer of rows, one for each spike of a group: step, index, value of each variable."""

    group: int
    variables: tuple[SampledVariable, ...]
    ghost_copies: tuple[GhostCopy, ...] = ()
    when: int = AT_THRESHOLDS
    place: tuple[int, int, str] = place_in_slots("after_thresholds", 1, "")

    by_column = False

    def row(self, n_columns: int) -> tuple[int, ...]:  # noqa: ARG002 - of all samples
        """Step, index and values."""
        return (SPIKE_COLUMNS + len(self.variables),)

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """All spikes by step and index."""
        rows = np.concatenate(parts)
        return rows[np.lexsort((rows[:, SPIKE_INDEX], rows[:, SPIKE_STEP]))]

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        """Lines that read values of the neurons that spike in a step."""
        group = OfGroup(self.group)
        cursor, buffer = (names(own[name]) for name in ("cursor", "buffer"))
        index = names(own.column("index_of_lid"))
        return [
            f"for q in range({names(group['spike_count'])}[0]):",
            f"    lid = {names(group['spike_lid'])}[q]",
            f"    if {index}[lid] >= 0:",
            f"        at = {cursor}[{ROWS}] * {SPIKE_COLUMNS + len(self.variables)}",
            f"        {buffer}[at + {SPIKE_STEP}] = step",
            f"        {buffer}[at + {SPIKE_INDEX}] = {index}[lid]",
            *(
                f"        {buffer}[at + {SPIKE_COLUMNS + v}] = {variable.code(names)}"
                for v, variable in enumerate(self.variables)
            ),
            f"        {cursor}[{ROWS}] += 1",
        ]


@dataclass(frozen=True)
class SpikeProbe(Probe):
    """Reads variables of the neurons that spike or have another event.

    Attributes
    ----------
    group : int
        Index of the group.
    variables : tuple of str
    start, stop : int
        The neurons ``start <= index < stop``.
    event : str
        What it reads them at, if not at spikes.
    when, place : int, (int, int, str)
        See `StateProbe`; by default after the threshold and before what spikes do.
    """

    group: int
    variables: tuple[str, ...]
    start: int
    stop: int
    event: str = SPIKE
    when: int = AT_THRESHOLDS
    place: tuple[int, int, str] = place_in_slots("after_thresholds", 1, "")

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank."""
        reader = GroupReader(rank, self.group, self.when, self.place)
        variables = tuple(map(reader.variable, self.variables))
        index = np.full(rank.partition.counts[self.group], -1, dtype=np.int64)
        for part in rank.partition.within(self.group, self.start, self.stop):
            lids = slice(part.first_lid, part.first_lid + part.stop - part.start)
            index[lids] = np.arange(part.start, part.stop) - self.start
        spiking = rank.description.spiking(self.group, self.event)
        samples = SpikeSamples(
            spiking, variables, tuple(reader.ghosts), when=self.when, place=self.place
        )
        arrays = {**reader.needed, own.column("index_of_lid"): index}
        none = np.empty(0, dtype=np.int64)
        return LocalProbe.of(own, samples, arrays, none, most=int((index >= 0).sum()))
