"""The probe that counts weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.decorators import INNER
from distsnn.codegen.probe_blocks import EVERY, ROWS, Samples
from distsnn.codegen.program_arguments import OfProbe
from distsnn.codegen.tables.plastic_functions import walk_arguments, walk_source, weight_functions
from distsnn.codegen.tables.plastic_part import PlasticPart, arguments_of
from distsnn.describe.operations import AT_START, place_in_slots


@dataclass(frozen=True)
class HistogramSamples(Samples):
    """A buffer of rows, one for each time: how many weights of a plastic table are in each bin."""

    table: int
    part: PlasticPart

    when = AT_START
    place = place_in_slots("start", 0, "")
    of_synapses = True
    early = True
    by_column = False

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Counts of all; a sum of whole numbers has no rounding."""
        return np.asarray(np.sum(parts, axis=0))

    @property
    def functions(self) -> tuple[str, ...]:
        """Sources of what gives the weights, and of ``count_weights``."""
        return (*weight_functions(self.part), INNER + self._count_weights())

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        """Lines that count weights; `walk_source` is over the function's own names of arguments."""
        cursor, buffer = (names(own[name]) for name in ("cursor", "buffer"))
        edges = names(own.column("edges"))
        given = names.all(arguments_of(self.table, self.part, walk_arguments(self.part)))
        return [
            f"if step % {cursor}[{EVERY}] == 0:",
            f"    count_weights(step, {cursor}[{ROWS}], {edges}, {buffer}, {given})",
            f"    {cursor}[{ROWS}] += 1",
        ]

    def _count_weights(self) -> str:
        """Source of ``count_weights(step, row, edges, buffer, ...)``, which writes one row."""
        head = [
            f"def count_weights(step, row, edges, buffer, {', '.join(walk_arguments(self.part))}):",
            "    n = edges.size - 1",
            "    at = row * n",
            "    for b in range(n):",
            "        buffer[at + b] = 0.0",
        ]
        count = [
            "if edges[0] <= w and w <= edges[n]:",
            "    low, high = 0, n - 1",
            "    while low < high:",
            "        middle = (low + high + 1) // 2",
            "        if edges[middle] <= w:",
            "            low = middle",
            "        else:",
            "            high = middle - 1",
            "    buffer[at + low] += 1.0",
        ]
        return "\n".join(head) + "\n" + walk_source(self.part, "w", count)


@dataclass(frozen=True, eq=False)
class HistogramProbe(Probe):
    """Counts weights that a rule changes, at the beginning of steps.

    Attributes
    ----------
    projections : tuple of str
        Names of the projections of one object.
    edges : float64 array (bins + 1,)
        Ascending; a weight on an edge counts above it, one on the last edge below it.
    every : int
        See `StateProbe`.
    """

    projections: tuple[str, ...]
    edges: np.ndarray
    every: int

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank, which has all bins."""
        samples = HistogramSamples(*rank.tables.table_of(self.projections))
        bins = np.arange(self.edges.size - 1)
        return LocalProbe.of(own, samples, {own.column("edges"): self.edges}, bins, self.every)
