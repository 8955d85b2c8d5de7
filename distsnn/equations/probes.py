"""Source of what reads variables for monitors within the program of a network.

Every probe has a buffer of rows (float64) and a cursor that counts them. The program stops with
`RECORD_FULL` before a step in which a buffer might overflow; whoever called it empties the
buffers and calls it again. A rank that owns nothing of what a probe reads counts rows too, but
they are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.describe.probes import AT_THRESHOLDS
from distsnn.equations.synapse_program import Snapshot

# Entries of the array `cursor` of a probe: rows in the buffer, rows it has room for, most rows
# of one step, and steps between rows.
ROWS, CAPACITY, MOST, EVERY = range(4)
CURSOR_SIZE = 4
# Columns before the values in a row of a spike.
SPIKE_STEP, SPIKE_INDEX = range(2)
SPIKE_COLUMNS = 2

DECORATOR = "@numba.njit(nogil=True, error_model='numpy')\n"


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


SamplePart = StateSamples | SpikeSamples


def sample_arguments(m: int, part: SamplePart) -> list[str]:
    """Arguments of the program that the probe number `m` needs."""
    return [f"m{m}_{name}" for name in part.own_arguments] + _read(part)


def sample_source(m: int, part: SamplePart) -> str:
    """Source of ``sample_m(step, ...)``, which appends rows."""
    width = len(part.variables)
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
    return DECORATOR + "\n".join(lines) + "\n"


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
            [f"g{part.group}_spike_count[0]", f"g{part.group}_spike_lid"]
            if isinstance(part, SpikeSamples)
            else []
        )
        lines.append(f"sample_{m}({', '.join(['step', *spikes, *sample_arguments(m, part)])})")
    return lines


def _read(part: SamplePart) -> list[str]:
    return list(dict.fromkeys(name for v in part.variables for name in v.arguments))
