"""Blocks that read variables for monitors within the program of a network.

Every probe has a buffer of rows (float64) and a cursor that counts them. The program stops with
`RECORD_FULL` before a step in which a buffer might overflow; whoever called it empties the
buffers and calls it again. A rank that owns nothing of what a probe reads counts rows too, but
they are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.blocks import Block
from distsnn.codegen.decorators import INNER
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.codegen.tables.plastic_functions import (
    walk_arguments,
    walk_source,
    weight_functions,
)
from distsnn.codegen.tables.plastic_part import PlasticPart, given_to, names_of
from distsnn.describe.operations import place_in_slots
from distsnn.describe.probes import AT_END, AT_START, AT_THRESHOLDS
from distsnn.kernels.control import (
    AT_BEGIN,
    AT_DELIVER,
    AT_EARLY,
    AT_FINISH,
    AT_RESERVE,
    AT_UPDATE_LATE,
)

# Entries of the array `cursor` of a probe: rows in the buffer, rows it has room for, most rows
# of one step, and steps between rows.
ROWS, CAPACITY, MOST, EVERY = range(4)
CURSOR_SIZE = 4
# Columns before the values in a row of a spike.
SPIKE_STEP, SPIKE_INDEX = range(2)
SPIKE_COLUMNS = 2


@dataclass(frozen=True)
class SampledVariable:
    """A variable as the program can read it.

    Attributes
    ----------
    expression : str
        Value for the element `lid` at the step `step`, over `arguments`.
    arguments : tuple of str
        Arguments of the program (arrays or numbers) that the expression needs.
    functions : tuple of str
        Sources of the functions that it calls.
    """

    expression: str
    arguments: tuple[str, ...]
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateSamples:
    """A buffer of rows, one for each time: all elements of the first variable, and so on.

    Clock-driven variables of synapses advance after the threshold: `of_synapses` tells apart.
    `ghost_copies` are what it reads of neurons on all ranks.
    """

    variables: tuple[SampledVariable, ...]
    when: int
    of_synapses: bool = False
    ghost_copies: tuple[GhostCopy, ...] = ()
    place: tuple[int, int, str] = (0, 0, "")

    own_arguments = ("lids", "buffer", "cursor")


@dataclass(frozen=True)
class SpikeSamples:
    """A buffer of rows, one for each spike of a group: step, index, value of each variable."""

    group: int
    variables: tuple[SampledVariable, ...]
    ghost_copies: tuple[GhostCopy, ...] = ()

    own_arguments = ("index_of_lid", "buffer", "cursor")
    when = AT_THRESHOLDS
    place = place_in_slots("after_thresholds", 1, "")
    of_synapses = False


@dataclass(frozen=True)
class WeightSamples(StateSamples):
    """Rows of weights that a rule changes; elements are synapses."""


@dataclass(frozen=True)
class HistogramSamples:
    """A buffer of rows, one for each time: how many weights of a plastic table are in each bin."""

    table: int
    part: PlasticPart

    own_arguments = ("edges", "buffer", "cursor")
    variables: tuple[SampledVariable, ...] = ()
    when = AT_START
    place = place_in_slots("start", 0, "")
    of_synapses = True


# A block, and what sorts it among others of a step.
Placed = tuple[tuple[int, int, str], Block]
SamplePart = StateSamples | SpikeSamples | HistogramSamples


def sample_arguments(m: int, part: SamplePart) -> list[str]:
    """Arguments of the program that the probe `m` needs."""
    return [f"m{m}_{name}" for name in part.own_arguments] + _read(part)


def reserve_blocks(parts: tuple[SamplePart, ...]) -> list[Block]:
    """Blocks that leave the loop over steps if the buffer of a probe is full."""
    return [
        Block(
            f"reserve the buffer of probe {m}",
            AT_RESERVE,
            (
                f"if m{m}_cursor[{ROWS}] + m{m}_cursor[{MOST}] > m{m}_cursor[{CAPACITY}]:",
                "    return RECORD_FULL",
            ),
        )
        for m in range(len(parts))
    ]


def early_blocks(parts: tuple[SamplePart, ...]) -> list[Block]:
    """Blocks that ask for an exchange of spikes before what is read next.

    A weight counts spikes that have reached the synapse, also those that are due later.
    """
    found = []
    for m, part in enumerate(parts):
        if isinstance(part, WeightSamples | HistogramSamples):
            step = "(step - 1)" if part.when == AT_END else "step"
            lines = (f"if {step} % m{m}_cursor[{EVERY}] == 0:", "    return EXCHANGE")
            found.append(Block(f"early exchange for probe {m}", AT_EARLY, lines))
    return found


def sample_blocks(parts: tuple[SamplePart, ...], when: int, of_synapses: bool) -> list[Placed]:
    """Blocks that read neurons or synapses at one time of a step, with their places in it."""
    return [
        (part.place, _sample_block(m, part))
        for m, part in enumerate(parts)
        if part.when == when and part.of_synapses == of_synapses
    ]


def _sample_block(m: int, part: SamplePart) -> Block:
    """The block of probe `m`, which appends rows to its buffer."""
    width, cursor = len(part.variables), f"m{m}_cursor"
    functions = tuple(f for v in part.variables for f in v.functions)
    if isinstance(part, HistogramSamples):
        lines = _histogram_lines(m, part)
        functions = (*weight_functions(part.part), INNER + _histogram_source(part))
    elif isinstance(part, StateSamples):
        lines = [
            f"if step % {cursor}[{EVERY}] == 0:",
            f"    n = m{m}_lids.size",
            f"    at = {cursor}[{ROWS}] * {width} * n",
            "    for q in range(n):",
            f"        lid = m{m}_lids[q]",
            *(
                f"        m{m}_buffer[at + {v} * n + q] = {variable.expression}"
                for v, variable in enumerate(part.variables)
            ),
            f"    {cursor}[{ROWS}] += 1",
        ]
    else:
        lines = [
            f"for q in range(g{part.group}__spike_count[0]):",
            f"    lid = g{part.group}__spike_lid[q]",
            f"    if m{m}_index_of_lid[lid] >= 0:",
            f"        at = {cursor}[{ROWS}] * {SPIKE_COLUMNS + width}",
            f"        m{m}_buffer[at + {SPIKE_STEP}] = step",
            f"        m{m}_buffer[at + {SPIKE_INDEX}] = m{m}_index_of_lid[lid]",
            *(
                f"        m{m}_buffer[at + {SPIKE_COLUMNS + v}] = {variable.expression}"
                for v, variable in enumerate(part.variables)
            ),
            f"        {cursor}[{ROWS}] += 1",
        ]
    return Block(f"sample probe {m}", _point_of(part), tuple(lines), functions)


def _point_of(part: SamplePart) -> int:
    if part.when == AT_THRESHOLDS:
        return AT_DELIVER if part.of_synapses else AT_UPDATE_LATE
    return {AT_START: AT_BEGIN, AT_END: AT_FINISH}[part.when]


def _histogram_lines(m: int, part: HistogramSamples) -> list[str]:
    """Lines that count weights; `walk_source` is over the function's own names of arguments."""
    buffer, cursor, edges = f"m{m}_buffer", f"m{m}_cursor", f"m{m}_edges"
    return [
        f"if step % {cursor}[{EVERY}] == 0:",
        f"    count_weights(step, {cursor}[{ROWS}], {edges}, {buffer}, "
        f"{given_to(part.table, part.part, walk_arguments(part.part))})",
        f"    {cursor}[{ROWS}] += 1",
    ]


def _histogram_source(part: HistogramSamples) -> str:
    """Source of ``count_weights(step, row, edges, buffer, ...)``, which writes one row."""
    head = [
        f"def count_weights(step, row, edges, buffer, {', '.join(walk_arguments(part.part))}):",
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
    return "\n".join(head) + "\n" + walk_source(part.part, "w", count)


def _read(part: SamplePart) -> list[str]:
    if isinstance(part, HistogramSamples):
        return names_of(part.table, part.part, walk_arguments(part.part))
    return list(dict.fromkeys(name for v in part.variables for name in v.arguments))
