"""Probes of what spikes carry through synapses: the weight of each event."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.assemble.monitors.synapse_probe import SynapseProbe
from distsnn.assemble.monitors.weight_probe import COLUMNS, local_weights
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.probe_blocks import ROWS, Samples
from distsnn.codegen.program_arguments import Argument, OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.codegen.tables.plastic_part import PlasticPart, arguments_of
from distsnn.describe.operations import AT_END, place_in_slots

# Columns of a row.
SENT_STEP, SENT_INDEX, SENT_WEIGHT = range(3)
SENT_COLUMNS = 3


@dataclass(frozen=True)
class SentSamples(Samples):
    """A buffer of rows, one for each event: step of arrival, index of the synapse, weight."""

    when: int = AT_END
    place: tuple[int, int, str] = place_in_slots("end", 0, "")

    by_column = False

    def row(self, n_columns: int) -> tuple[int, ...]:  # noqa: ARG002 - of all samples
        """Step, index and weight."""
        return (SENT_COLUMNS,)

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """All events by step and index."""
        rows = np.concatenate(parts)
        return rows[np.lexsort((rows[:, SENT_INDEX], rows[:, SENT_STEP]))]

    @abstractmethod
    def event(self, own: OfProbe, names: ArgumentNames) -> tuple[list[str], str, str]:
        """Lines for synapse `lid`, number `q`; whether it has an event in this step; its weight."""

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        """Lines that append a row for each event of the step."""
        cursor, buffer = (names(own[name]) for name in ("cursor", "buffer"))
        lines, condition, weight = self.event(own, names)
        return [
            f"for q in range({names(own['lids'])}.size):",
            f"    lid = {names(own['lids'])}[q]",
            *(f"    {line}" for line in lines),
            f"    if {condition}:",
            f"        at = {cursor}[{ROWS}] * {SENT_COLUMNS}",
            f"        {buffer}[at + {SENT_STEP}] = step",
            f"        {buffer}[at + {SENT_INDEX}] = {names(own.column('index'))}[q]",
            f"        {buffer}[at + {SENT_WEIGHT}] = {weight}",
            f"        {cursor}[{ROWS}] += 1",
        ]


@dataclass(frozen=True)
class SentOfTable(SentSamples):
    """Weights that spikes carry through a plastic table which transmits new ones."""

    table: int = 0
    part: PlasticPart | None = None

    def event(self, own: OfProbe, names: ArgumentNames) -> tuple[list[str], str, str]:
        """A source of the spike whose delay ends now has an event."""
        assert self.part is not None
        wanted = ["gids", "weight", "last_step", "last_number", "previous_step", "previous_number"]
        gids, weight, last_step, last_number, *previous = (
            names(one) for one in arguments_of(self.table, self.part, wanted)
        )
        source, delay = (f"{names(own.column(name))}[q]" for name in COLUMNS[:2])
        lines = [
            f"before, number = {last_step}[{source}], {last_number}[{source}]",
            f"while before >= 0 and before > step - {delay}:",
            f"    at = number & ({gids}.size - 1)",
            f"    before, number = {previous[0]}[at], {previous[1]}[at]",
        ]
        return lines, f"before >= 0 and before == step - {delay}", f"{weight}[lid]"


@dataclass(frozen=True)
class SentOfStatements(SentSamples):
    """Notes of statements of synapses: the time of the last event, and what it carried."""

    variables: tuple[SampledVariable, ...] = ()
    ghost_copies: tuple[GhostCopy, ...] = ()
    dt: float = 0.0
    of_synapses: bool = True

    def event(self, own: OfProbe, names: ArgumentNames) -> tuple[list[str], str, str]:  # noqa: ARG002 - of all samples
        """Those whose last event is one of this step."""
        time, weight = (variable.code(names) for variable in self.variables)
        return [], f"{time} > (step - 0.5) * {self.dt!r}", weight


@dataclass(frozen=True, eq=False)
class SentProbe(Probe):
    """Reads the weights that spikes carry through synapses with a rule.

    Attributes
    ----------
    projections : tuple of str
        Names of the projections of one object.
    """

    projections: tuple[str, ...]

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank."""
        t, part = rank.tables.table_of(self.projections)
        index, position, *given = local_weights(rank.tables, self.projections, None)
        arrays = {own.column(n): v for n, v in zip(COLUMNS[:2], given[:2], strict=True)}
        arrays |= {own["lids"]: position, own.column("index"): index}
        none = np.empty(0, dtype=np.int64)
        return LocalProbe.of(own, SentOfTable(table=t, part=part), arrays, none, most=index.size)


@dataclass(frozen=True, eq=False)
class NotedProbe(SynapseProbe):
    """Reads what statements note of each event: two variables, its time and what it carries."""

    dt: float = 0.0

    def _local(
        self,
        own: OfProbe,
        variables: tuple[SampledVariable, ...],
        ghosts: tuple[GhostCopy, ...],
        arrays: dict[Argument, Any],
        columns: np.ndarray,
    ) -> LocalProbe:
        samples = SentOfStatements(variables=variables, ghost_copies=ghosts, dt=self.dt)
        arrays = {**arrays, own.column("index"): self.index[columns]}
        none = np.empty(0, dtype=np.int64)
        return LocalProbe.of(own, samples, arrays, none, most=columns.size)
