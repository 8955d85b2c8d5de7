"""The blocks that tables of synapses and short-term plasticity add to a network's program."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.blocks import BETWEEN_STEPS, Block
from distsnn.codegen.tables import plastic_blocks
from distsnn.codegen.tables.plastic_functions import (
    deliver_functions,
    reader_functions,
    walk_arguments,
)
from distsnn.codegen.tables.plastic_part import CHUNK, PlasticPart, given_to
from distsnn.kernels.control import AT_ADMIT, AT_DELIVER, AT_ONCE_DELIVER, AT_QUEUE


@dataclass(frozen=True)
class TablePart:
    """A table of synapses.

    Attributes
    ----------
    weighted : bool
        Whether each synapse has a weight of its own.
    dense : bool
        Whether targets are stored as runs.
    efficacy : int or None
        Number of the short-term plasticity of its sources.
    plastic: PlasticPart or None
        The rule that changes its weights.
    at_once : bool
        Whether its events act before the threshold of their step.
    in_rows : bool
        Whether its synapses are stored by source alone.
    """

    weighted: bool
    dense: bool = False
    efficacy: int | None = None
    plastic: PlasticPart | None = None
    at_once: bool = False
    in_rows: bool = False


@dataclass(frozen=True)
class EfficacyPart:
    """Short-term plasticity with one set of parameters; `facilitating` if it has ``u``."""

    facilitating: bool


@dataclass(frozen=True)
class HistoryPart:
    """Histories of the spikes of a group's neurons; see `distsnn.kernels.deliver.history`."""

    group: int
    stride: int


@dataclass(frozen=True)
class TableBlocks:
    """Blocks of tables, of short-term plasticity and of plasticity rules.

    Attributes
    ----------
    arguments : list of str
    reserve, admit, deliver : list of Block
        What makes room before a step, takes in new spikes, and lets what is due act.
    update : dict of int to list of Block
        After the threshold of each group, by its number.
    readers, sweeps
        See `distsnn.codegen.program.Program`.
    """

    arguments: list[str]
    reserve: list[Block]
    admit: list[Block]
    deliver: list[Block]
    update: dict[int, list[Block]]
    readers: dict[int, Block]
    flushes: tuple[tuple[Block, ...], ...]


def table_blocks(
    tables: tuple[TablePart, ...],
    efficacies: tuple[EfficacyPart, ...],
    histories: tuple[HistoryPart, ...],
) -> TableBlocks:
    """All that tables add to the program."""
    plastic = [(t, table.plastic) for t, table in enumerate(tables) if table.plastic is not None]
    sources = sorted({part.source for _, part in plastic})
    update: dict[int, list[Block]] = {}
    flushes = []
    for h, history in enumerate(histories):
        append = plastic_blocks.append_block(h, history.group, history.stride)
        update.setdefault(history.group, []).append(append)
        own = [(t, part) for t, part in plastic if part.target == h]
        flushes.append(tuple(plastic_blocks.flush_blocks(h, history.stride, own)))
    return TableBlocks(
        [
            *table_arguments(tables),
            *efficacy_arguments(efficacies),
            *(CHUNK if plastic else ()),
            *(name for x in sources for name in plastic_blocks.source_arguments(x)),
            *(name for h in range(len(histories)) for name in plastic_blocks.history_arguments(h)),
        ],
        [block for blocks in flushes for block in blocks],
        [
            *(_admit_block(t) for t, table in enumerate(tables) if not table.in_rows),
            *(_efficacy_block(r, part) for r, part in enumerate(efficacies)),
            *(plastic_blocks.trace_block(x) for x in sources),
        ],
        [
            *(_file_block(t, table) for t, table in enumerate(tables) if table.in_rows),
            *(_deliver_block(t, table) for t, table in enumerate(tables)),
            *(
                _deliver_block(t, table, at_once=True)
                for t, table in enumerate(tables)
                if table.at_once
            ),
        ],
        update,
        {t: _reader_block(t, part) for t, part in plastic},
        tuple(flushes),
    )


def table_arguments(tables: tuple[TablePart, ...]) -> list[str]:
    """Arguments of the program for its tables."""
    found = []
    for t, table in enumerate(tables):
        if table.in_rows:
            found += [f"t{t}_{name}" for name in (*_IN_ROWS, *_FILING, *_BUCKETS)]
            continue
        found += [f"t{t}_{name}" for name in (*_ROWS, *_FLIGHT)]
        if table.at_once:
            found.append(f"t{t}_no_delays")
        if table.plastic is not None:
            found += plastic_blocks.plastic_arguments(t, table.plastic)
        else:
            targets = _RUNS if table.dense else ("target",)
            found += [f"t{t}_{name}" for name in (*targets, "weight")]
    if any(table.efficacy is None for table in tables):
        found.append("no_efficacy")
    return found


def efficacy_arguments(efficacies: tuple[EfficacyPart, ...]) -> list[str]:
    """Arguments of the program for short-term plasticity."""
    return [
        f"r{r}_{name}"
        for r, part in enumerate(efficacies)
        for name in (_FACILITATE if part.facilitating else _DEPRESS)
    ]


def _admit_block(t: int) -> Block:
    """The block that looks up new spikes in table `t`."""
    line = (
        f"admit_spikes(gids, control[TAIL], control[NEW_TAIL], t{t}_row_of, control[SOURCES], "
        f"t{t}_n_tiles, t{t}_row_segment, t{t}_segment_delay, t{t}_due_delay, "
        f"t{t}_next_segment)"
    )
    return Block(f"admit spikes to table {t}", AT_ADMIT, (line,))


def _efficacy_block(r: int, part: EfficacyPart) -> Block:
    """The block that computes what new spikes release."""
    kernel = "facilitate_spikes" if part.facilitating else "depress_spikes"
    given = ", ".join(f"r{r}_{name}" for name in (_FACILITATE if part.facilitating else _DEPRESS))
    line = f"{kernel}(gids, begin, control[FIRST], step - control[FIRST], {given})"
    return Block(f"short-term plasticity {r}", AT_ADMIT, (line,))


def _reader_block(t: int, part: PlasticPart) -> Block:
    line = f"read_weights(step, out, {given_to(t, part, walk_arguments(part))})"
    return Block(f"weights of table {t}", BETWEEN_STEPS, (line,), reader_functions(part))


def _file_block(t: int, table: TablePart) -> Block:
    """The block that appends what new spikes add to the buckets of table `t`."""
    rows, filing, buckets = (
        ", ".join(f"t{t}_{name}" for name in names) for names in (_IN_ROWS, _FILING, _BUCKETS)
    )
    lines = (
        "since = clock()",
        f"filed = file_spikes(control[FIRST], gids, begin, {rows}, {_efficacy(table)}, "
        f"{filing}, {buckets})",
        "timers[TIME_DELIVER] += clock() - since",
        "if not filed:",
        "    return POOL_FULL",
    )
    return Block(f"fill the buckets of table {t}", AT_QUEUE, lines)


def _deliver_block(t: int, table: TablePart, at_once: bool = False) -> Block:
    """The block that lets the due segments of table `t` act.

    Where some act `at_once`, before the threshold, those of no delay act after it: all that are
    left in the bucket of the step.
    """
    point = AT_ONCE_DELIVER if at_once else AT_DELIVER
    if table.in_rows:
        buckets = ", ".join(f"t{t}_{name}" for name in (*_ADDED, *_BUCKETS))
        line = f"counters[COUNT_EVENTS] += deliver_bucket(step, {buckets}, slots)"
        return Block(f"deliver table {t}", point, (line,))
    delays = "no_delays" if table.at_once and not at_once else "delays"
    lines = (
        f"for tile in range(t{t}_n_tiles):",
        f"    due = collect_segments(step, tile, t{t}_{delays}, begin, gids.size, "
        f"t{t}_segment_delay, t{t}_segment_synapse, t{t}_due_delay, t{t}_next_segment, "
        "work_segment, work_begin, work_at)",
        f"    counters[COUNT_EVENTS] += {_deliver_call(t, table)}",
    )
    functions = () if table.plastic is None else deliver_functions(table.plastic)
    return Block(f"deliver table {t}", point, lines, functions)


def _efficacy(table: TablePart) -> str:
    return "no_efficacy" if table.efficacy is None else f"r{table.efficacy}_release"


def _deliver_call(t: int, table: TablePart) -> str:
    efficacy = _efficacy(table)
    if table.plastic is not None:
        return plastic_blocks.deliver_call(t, table.plastic, efficacy)
    kernel = "deliver_weighted" if table.weighted else "deliver_uniform"
    slots = "slots[tile * TILE:]"
    if table.dense:
        runs = ", ".join(f"t{t}_{name}" for name in _RUNS)
        return (
            f"{kernel}_dense(due, work_segment, work_at, {efficacy}, {runs}, t{t}_weight, {slots})"
        )
    return (
        f"{kernel}(due, work_segment, work_begin, work_at, {efficacy}, t{t}_segment_synapse, "
        f"t{t}_target, t{t}_weight, {slots})"
    )


_ROWS = ("row_of", "n_tiles", "row_segment", "segment_delay", "segment_synapse", "delays")
_RUNS = ("segment_run", "run_target", "run_synapse")
_ADDED = ("weight", "weight_stop")
_IN_ROWS = (
    "row_lookup",
    "row_synapse",
    "first_delay",
    "slot_bits",
    "packed",
    *_ADDED,
)
_FILING = ("least_delay", "filing")
_BUCKETS = (
    "pool_state",
    "bucket_first",
    "bucket_end",
    "next_chunk",
    "pool",
    "pool_single",
    "pool_value",
)
_FLIGHT = ("due_delay", "next_segment")
_DEPRESS = ("first_gid", "number_of", "x", "last_step", "recovery", "U", "x_after", "release")
_FACILITATE = (
    "first_gid",
    "number_of",
    "u",
    "x",
    "last_step",
    "decay",
    "recovery",
    "U",
    "u_after",
    "x_after",
    "release",
)
