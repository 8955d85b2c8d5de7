"""Blocks that read variables for monitors within the program of a network.

Every probe has a buffer of rows (float64) and a cursor that counts them. The program stops with
`RECORD_FULL` before a step in which a buffer might overflow; whoever called it empties the
buffers and calls it again. A rank that owns nothing of what a probe reads counts rows too, but
they are empty.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from distsnn.codegen.blocks import ArgumentNames, Block
from distsnn.codegen.program_arguments import OfProbe
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.describe.operations import (
    AMONG_RESETS,
    AT_END,
    AT_RESETS,
    AT_START,
    AT_THRESHOLDS,
    BEGIN,
    END,
    RESETS,
    THRESHOLDS,
    WITHIN,
    Place,
)
from distsnn.kernels.control import (
    AT_BEGIN,
    AT_DELIVER,
    AT_EARLY,
    AT_FINISH,
    AT_FIRST_PART,
    AT_RESERVE,
    AT_UPDATE_LATE,
)

# Entries of the array `cursor` of a probe: rows in the buffer, rows it has room for, most rows
# of one step, and steps between rows.
ROWS, CAPACITY, MOST, EVERY = range(4)
CURSOR_SIZE = 4

# The point of the compiled step at which operations act.
POINT_OF_OPERATION = {
    BEGIN: AT_BEGIN,
    THRESHOLDS: AT_UPDATE_LATE,
    RESETS: AT_FINISH,
    WITHIN: AT_FIRST_PART,
    AMONG_RESETS: AT_FINISH,
    END: AT_FINISH,
}
# A block, and what sorts it among others of a step.
Placed = tuple[Place, Block]


class Samples(ABC):
    """The base of all kinds of samples: code that reads a probe, and the joining of ranks' rows.

    Attributes
    ----------
    when : int
        `AT_START`, `AT_THRESHOLDS`, `AT_RESETS` or `AT_END`.
    place : (int, int, str)
        What sorts it among operations; see `distsnn.describe.operations.place_in_slots`.
    of_synapses : bool
        Whether it is read after clock-driven variables of synapses have advanced, which they do
        after the threshold.
    early : bool
        Whether ranks exchange spikes before, so that what is read counts all that have reached it.
    by_column : bool
        Whether each element that is read has a column, which one rank fills. Otherwise `join`
        makes the rows of all ranks of those of each.
    ghost_copies : tuple of GhostCopy
        What it reads of neurons on all ranks.
    """

    when: int
    place: tuple[int, int, str] = (0, 0, "")
    of_synapses: bool = False
    early: bool = False
    by_column: bool = True
    ghost_copies: tuple[GhostCopy, ...] = ()

    @property
    def n_variables(self) -> int:
        """Number of values of each element."""
        return 1

    @property
    def functions(self) -> tuple[str, ...]:
        """Sources of functions that the lines call."""
        return ()

    @abstractmethod
    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        """Lines that append rows to the buffer of a probe in a step; `own` has its arguments."""

    def row(self, n_columns: int) -> tuple[int, ...]:
        """Shape of a row of so many local elements."""
        return self.n_variables, n_columns

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """The rows (float64) of several threads or ranks as if they were one."""
        return np.concatenate(parts, axis=2)


def reserve_blocks(parts: tuple[Samples, ...]) -> list[Block]:
    """Blocks that leave the loop over steps if the buffer of a probe is full."""
    return [_reserve_block(m) for m in range(len(parts))]


def _reserve_block(m: int) -> Block:
    names, own = ArgumentNames(), OfProbe(m)
    cursor = names(own["cursor"])
    lines = (
        f"if {cursor}[{ROWS}] + {cursor}[{MOST}] > {cursor}[{CAPACITY}]:",
        "    return RECORD_FULL",
    )
    return Block("reserve the buffer of", AT_RESERVE, lines, names, of=own)


def early_blocks(parts: tuple[Samples, ...]) -> list[Block]:
    """Blocks that ask for an exchange of spikes before what is read next.

    A weight counts spikes that have reached the synapse, also those that are due later.
    """
    return [
        _early_block(m, "(step - 1)" if part.when in {AT_END, AT_RESETS} else "step")
        for m, part in enumerate(parts)
        if part.early
    ]


def _early_block(m: int, step: str) -> Block:
    names, own = ArgumentNames(), OfProbe(m)
    cursor = names(own["cursor"])
    lines = (f"if {step} % {cursor}[{EVERY}] == 0:", "    return EXCHANGE")
    return Block("early exchange for", AT_EARLY, lines, names, of=own)


def sample_blocks(parts: tuple[Samples, ...], when: int, of_synapses: bool) -> list[Placed]:
    """Blocks that read neurons or synapses at one time of a step, with their places in it."""
    return [
        (part.place, _sample_block(m, part))
        for m, part in enumerate(parts)
        if part.when == when and part.of_synapses == of_synapses
    ]


def _sample_block(m: int, part: Samples) -> Block:
    """The block of probe `m`, which appends rows to its buffer."""
    names, own = ArgumentNames(), OfProbe(m)
    lines = tuple(part.lines(own, names))
    return Block("sample", _point_of(part), lines, names, part.functions, own)


def time_lines(own: OfProbe, names: ArgumentNames, values: Sequence[str]) -> list[str]:
    """Lines that read values of some elements, given as code, every so many steps."""
    cursor, lids, buffer = (names(own[name]) for name in ("cursor", "lids", "buffer"))
    return [
        f"if step % {cursor}[{EVERY}] == 0:",
        f"    n = {lids}.size",
        f"    at = {cursor}[{ROWS}] * {len(values)} * n",
        "    for q in range(n):",
        f"        lid = {lids}[q]",
        *(f"        {buffer}[at + {v} * n + q] = {value}" for v, value in enumerate(values)),
        f"    {cursor}[{ROWS}] += 1",
    ]


def _point_of(part: Samples) -> int:
    if part.when == AT_THRESHOLDS:
        return AT_DELIVER if part.of_synapses else AT_UPDATE_LATE
    return AT_BEGIN if part.when == AT_START else AT_FINISH
