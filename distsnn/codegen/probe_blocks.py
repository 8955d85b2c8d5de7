"""Blocks that read variables for monitors within the program of a network.

Every probe has a buffer of rows (float64) and a cursor that counts them. The program stops with
`RECORD_FULL` before a step in which a buffer might overflow; whoever called it empties the
buffers and calls it again. A rank that owns nothing of what a probe reads counts rows too, but
they are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.blocks import Block, Names
from distsnn.codegen.decorators import INNER
from distsnn.codegen.program_arguments import OfGroup, OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.codegen.tables.plastic_blocks import weight_call
from distsnn.codegen.tables.plastic_functions import (
    walk_arguments,
    walk_source,
    weight_functions,
)
from distsnn.codegen.tables.plastic_part import PlasticPart, arguments_of
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


@dataclass(frozen=True)
class SpikeSamples:
    """A buffer of rows, one for each spike of a group: step, index, value of each variable."""

    group: int
    variables: tuple[SampledVariable, ...]
    ghost_copies: tuple[GhostCopy, ...] = ()
    when: int = AT_THRESHOLDS
    place: tuple[int, int, str] = place_in_slots("after_thresholds", 1, "")

    of_synapses = False


@dataclass(frozen=True)
class WeightSamples:
    """A buffer of rows, one for each time: weights of some synapses of a plastic table.

    `delivered` says whether deliveries of the step have acted before they are read.
    """

    table: int
    part: PlasticPart
    when: int
    delivered: bool

    place = (0, 0, "")
    of_synapses = False


@dataclass(frozen=True)
class HistogramSamples:
    """A buffer of rows, one for each time: how many weights of a plastic table are in each bin."""

    table: int
    part: PlasticPart

    when = AT_START
    place = place_in_slots("start", 0, "")
    of_synapses = True


# A block, and what sorts it among others of a step.
Placed = tuple[tuple[int, int, str], Block]
SamplePart = StateSamples | SpikeSamples | WeightSamples | HistogramSamples


def n_variables(part: SamplePart) -> int:
    """Number of variables that are read; weights and counts of bins are one."""
    return len(part.variables) if isinstance(part, StateSamples | SpikeSamples) else 1


def reserve_blocks(parts: tuple[SamplePart, ...]) -> list[Block]:
    """Blocks that leave the loop over steps if the buffer of a probe is full."""
    return [_reserve_block(m) for m in range(len(parts))]


def _reserve_block(m: int) -> Block:
    names = Names()
    cursor = names(OfProbe(m)["cursor"])
    lines = (
        f"if {cursor}[{ROWS}] + {cursor}[{MOST}] > {cursor}[{CAPACITY}]:",
        "    return RECORD_FULL",
    )
    return Block(f"reserve the buffer of probe {m}", AT_RESERVE, lines, names)


def early_blocks(parts: tuple[SamplePart, ...]) -> list[Block]:
    """Blocks that ask for an exchange of spikes before what is read next.

    A weight counts spikes that have reached the synapse, also those that are due later.
    """
    return [
        _early_block(m, "(step - 1)" if part.when == AT_END else "step")
        for m, part in enumerate(parts)
        if isinstance(part, WeightSamples | HistogramSamples)
    ]


def _early_block(m: int, step: str) -> Block:
    names = Names()
    cursor = names(OfProbe(m)["cursor"])
    lines = (f"if {step} % {cursor}[{EVERY}] == 0:", "    return EXCHANGE")
    return Block(f"early exchange for probe {m}", AT_EARLY, lines, names)


def sample_blocks(parts: tuple[SamplePart, ...], when: int, of_synapses: bool) -> list[Placed]:
    """Blocks that read neurons or synapses at one time of a step, with their places in it."""
    return [
        (part.place, _sample_block(m, part))
        for m, part in enumerate(parts)
        if part.when == when and part.of_synapses == of_synapses
    ]


def _sample_block(m: int, part: SamplePart) -> Block:
    """The block of probe `m`, which appends rows to its buffer."""
    names, functions = Names(), tuple[str, ...]()
    match part:
        case StateSamples():
            lines = _time_lines(m, names, [v.code(names) for v in part.variables])
        case SpikeSamples():
            lines = _spike_lines(m, part, names)
        case WeightSamples():
            lines = _time_lines(m, names, [_weight(m, part, names)])
            functions = weight_functions(part.part)
        case HistogramSamples():
            lines = _histogram_lines(m, part, names)
            functions = (*weight_functions(part.part), INNER + _histogram_source(part))
    return Block(f"sample probe {m}", _point_of(part), tuple(lines), names, functions)


def _time_lines(m: int, names: Names, values: list[str]) -> list[str]:
    """Lines that read values of some elements, given as code, every so many steps."""
    own = OfProbe(m)
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


def _spike_lines(m: int, part: SpikeSamples, names: Names) -> list[str]:
    """Lines that read values of the neurons of a group that spike in a step."""
    own, group = OfProbe(m), OfGroup(part.group)
    cursor, index, buffer = (names(own[name]) for name in ("cursor", "index_of_lid", "buffer"))
    return [
        f"for q in range({names(group['spike_count'])}[0]):",
        f"    lid = {names(group['spike_lid'])}[q]",
        f"    if {index}[lid] >= 0:",
        f"        at = {cursor}[{ROWS}] * {SPIKE_COLUMNS + len(part.variables)}",
        f"        {buffer}[at + {SPIKE_STEP}] = step",
        f"        {buffer}[at + {SPIKE_INDEX}] = {index}[lid]",
        *(
            f"        {buffer}[at + {SPIKE_COLUMNS + v}] = {variable.code(names)}"
            for v, variable in enumerate(part.variables)
        ),
        f"        {cursor}[{ROWS}] += 1",
    ]


def _weight(m: int, part: WeightSamples, names: Names) -> str:
    """Code of the weight of one synapse."""
    own = OfProbe(m)
    columns = [f"{names(own[name])}[q]" for name in ("source", "delay", "dendritic", "target")]
    now = "step + 1" if part.when == AT_END else "step"
    steps = now, "step + 1" if part.delivered else now
    return weight_call(part.table, part.part, steps, ", ".join(["lid", *columns]), names)


def _point_of(part: SamplePart) -> int:
    if part.when == AT_THRESHOLDS:
        return AT_DELIVER if part.of_synapses else AT_UPDATE_LATE
    return {AT_START: AT_BEGIN, AT_END: AT_FINISH}[part.when]


def _histogram_lines(m: int, part: HistogramSamples, names: Names) -> list[str]:
    """Lines that count weights; `walk_source` is over the function's own names of arguments."""
    own = OfProbe(m)
    cursor, edges, buffer = (names(own[name]) for name in ("cursor", "edges", "buffer"))
    given = names.all(arguments_of(part.table, part.part, walk_arguments(part.part)))
    return [
        f"if step % {cursor}[{EVERY}] == 0:",
        f"    count_weights(step, {cursor}[{ROWS}], {edges}, {buffer}, {given})",
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
