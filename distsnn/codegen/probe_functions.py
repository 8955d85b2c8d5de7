"""Source of what reads variables for monitors within the program of a network.

Every probe has a buffer of rows (float64) and a cursor that counts them. The program stops with
`RECORD_FULL` before a step in which a buffer might overflow; whoever called it empties the
buffers and calls it again. A rank that owns nothing of what a probe reads counts rows too, but
they are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.decorators import INNER
from distsnn.codegen.synapses.ghost_copies import Snapshot
from distsnn.codegen.tables.plastic_functions import walk_arguments, walk_source
from distsnn.codegen.tables.plastic_part import PlasticPart, names_of
from distsnn.describe.probes import AT_END, AT_START, AT_THRESHOLDS

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
    """

    expression: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class StateSamples:
    """A buffer of rows, one for each time: all elements of the first variable, and so on.

    Clock-driven variables of synapses advance after the threshold: `of_synapses` tells apart.
    `snapshots` are what it reads of neurons on all ranks.
    """

    variables: tuple[SampledVariable, ...]
    when: int
    of_synapses: bool = False
    snapshots: tuple[Snapshot, ...] = ()

    own_arguments = ("lids", "buffer", "cursor")


@dataclass(frozen=True)
class SpikeSamples:
    """A buffer of rows, one for each spike of a group: step, index, value of each variable."""

    group: int
    variables: tuple[SampledVariable, ...]

    own_arguments = ("index_of_lid", "buffer", "cursor")
    when = AT_THRESHOLDS
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
    of_synapses = True


SamplePart = StateSamples | SpikeSamples | HistogramSamples


def early_line(parts: tuple[SamplePart, ...]) -> str:
    """Code of whether spikes must be exchanged before what is read next.

    A weight counts spikes that have reached the synapse, also those that are due later.
    """
    found = []
    for m, part in enumerate(parts):
        if isinstance(part, WeightSamples | HistogramSamples):
            step = "(step - 1)" if part.when == AT_END else "step"
            found.append(f" or {step} % m{m}_cursor[{EVERY}] == 0")
    return "".join(found)


def sample_arguments(m: int, part: SamplePart) -> list[str]:
    """Arguments of the program that the probe number `m` needs."""
    return [f"m{m}_{name}" for name in part.own_arguments] + _read(part)


def sample_source(m: int, part: SamplePart) -> str:
    """Source of ``sample_m(step, ...)``, which appends rows."""
    width = len(part.variables)
    if isinstance(part, HistogramSamples):
        return INNER + _histogram_source(m, part)
    if isinstance(part, StateSamples):
        lines = [
            f"def sample_{m}({', '.join(['step', *part.own_arguments, *_read(part)])}):",
            f"    if step % cursor[{EVERY}] != 0:",
            "        return",
            "    n = lids.size",
            f"    at = cursor[{ROWS}] * {width} * n",
            "    for q in range(n):",
            "        lid = lids[q]",
        ]
        lines += [
            f"        buffer[at + {v} * n + q] = {variable.expression}"
            for v, variable in enumerate(part.variables)
        ]
        lines.append(f"    cursor[{ROWS}] += 1")
    else:
        own = ["step", "count", "spike_lid", *part.own_arguments]
        lines = [
            f"def sample_{m}({', '.join([*own, *_read(part)])}):",
            "    for q in range(count):",
            "        lid = spike_lid[q]",
            "        if index_of_lid[lid] < 0:",
            "            continue",
            f"        at = cursor[{ROWS}] * {SPIKE_COLUMNS + width}",
            f"        buffer[at + {SPIKE_STEP}] = step",
            f"        buffer[at + {SPIKE_INDEX}] = index_of_lid[lid]",
        ]
        lines += [
            f"        buffer[at + {SPIKE_COLUMNS + v}] = {variable.expression}"
            for v, variable in enumerate(part.variables)
        ]
        lines.append(f"        cursor[{ROWS}] += 1")
    return INNER + "\n".join(lines) + "\n"


def room_lines(parts: tuple[SamplePart, ...], full: int) -> list[str]:
    """Statements that leave the loop over steps with the status `full` if a buffer is."""
    return [
        line
        for m in range(len(parts))
        for line in (
            f"if m{m}_cursor[{ROWS}] + m{m}_cursor[{MOST}] > m{m}_cursor[{CAPACITY}]:",
            f"    status = {full}",
            "    break",
        )
    ]


def sample_lines(parts: tuple[SamplePart, ...], when: int, of_synapses: bool) -> list[str]:
    """Statements that read what is to be read of neurons or synapses at this place of the step."""
    lines = []
    for m, part in enumerate(parts):
        if part.when != when or part.of_synapses != of_synapses:
            continue
        spikes = (
            [f"g{part.group}__spike_count[0]", f"g{part.group}__spike_lid"]
            if isinstance(part, SpikeSamples)
            else []
        )
        lines.append(f"sample_{m}({', '.join(['step', *spikes, *sample_arguments(m, part)])})")
    return lines


def _histogram_source(m: int, part: HistogramSamples) -> str:
    given = walk_arguments(part.part)
    head = [
        f"def sample_{m}({', '.join(['step', *part.own_arguments, *given])}):",
        f"    if step % cursor[{EVERY}] != 0:",
        "        return",
        "    n = edges.size - 1",
        f"    at = cursor[{ROWS}] * n",
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
    body = walk_source(part.table, part.part, "w", count)
    return "\n".join(head) + "\n" + body + f"    cursor[{ROWS}] += 1\n"


def _read(part: SamplePart) -> list[str]:
    if isinstance(part, HistogramSamples):
        return names_of(part.table, part.part, walk_arguments(part.part))
    return list(dict.fromkeys(name for v in part.variables for name in v.arguments))
