"""The blocks that tables of synapses and short-term plasticity add to a network's program."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.blocks import BETWEEN_STEPS, ArgumentNames, Block
from distsnn.codegen.program_arguments import (
    NETWORK,
    WORK_SPACE,
    Argument,
    OfEfficacy,
    OfOutstanding,
    OfTable,
)
from distsnn.codegen.tables import plastic_blocks
from distsnn.codegen.tables.plastic_functions import (
    deliver_functions,
    reader_functions,
    walk_arguments,
)
from distsnn.codegen.tables.plastic_part import PlasticPart, arguments_of
from distsnn.codegen.tables.plastic_settling import SETTLING, settle_functions
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
    in_words : bool
        Whether the target and weight of a synapse are one word.
    """

    weighted: bool
    dense: bool = False
    efficacy: int | None = None
    plastic: PlasticPart | None = None
    at_once: bool = False
    in_rows: bool = False
    in_words: bool = False


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
    reserve, admit, deliver : list of Block
        What makes room before a step, takes in new spikes, and lets what is due act.
    update : dict of int to list of Block
        After the threshold of each group, by its number.
    readers, settlers, flushes
        See `distsnn.codegen.program.Program`.
    """

    reserve: list[Block]
    admit: list[Block]
    deliver: list[Block]
    update: dict[int, list[Block]]
    readers: dict[int, Block]
    settlers: dict[int, Block]
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
        {t: _settler_block(t, part) for t, part in plastic},
        tuple(flushes),
    )


def _admit_block(t: int) -> Block:
    """The block that looks up new spikes in table `t`."""
    names, own = ArgumentNames(), OfTable(t)
    control = names["control"]
    rest = names.all(own[name] for name in ("n_tiles", "row_segment", "segment_delay", *_FLIGHT))
    line = (
        f"admit_spikes({names['gids']}, {control}[TAIL], {control}[NEW_TAIL], "
        f"{names(own['row_of'])}, {control}[SOURCES], {rest})"
    )
    return Block("admit spikes to", AT_ADMIT, (line,), names, of=own)


def _efficacy_block(r: int, part: EfficacyPart) -> Block:
    """The block that computes what new spikes release."""
    names, own = ArgumentNames(), OfEfficacy(r)
    kernel = "facilitate_spikes" if part.facilitating else "depress_spikes"
    gids, begin, first = names["gids"], names["begin"], f"{names['control']}[FIRST]"
    given = names.all(own[name] for name in (_FACILITATE if part.facilitating else _DEPRESS))
    line = f"{kernel}({gids}, {begin}, {first}, step - {first}, {given})"
    return Block("short-term plasticity of", AT_ADMIT, (line,), names, of=own)


def _reader_block(t: int, part: PlasticPart) -> Block:
    names = ArgumentNames()
    given = names.all((NETWORK["out"], *arguments_of(t, part, walk_arguments(part))))
    line = f"read_weights(step, {given})"
    functions = reader_functions(part)
    return Block("weights of", BETWEEN_STEPS, (line,), names, functions, OfTable(t))


def _settler_block(t: int, part: PlasticPart) -> Block:
    names = ArgumentNames()
    settling = [NETWORK[name] for name in SETTLING]
    given = names.all((*settling, *arguments_of(t, part, walk_arguments(part))))
    line, functions = f"settle_weights(step, {given})", settle_functions(part)
    return Block("settle weights of", BETWEEN_STEPS, (line,), names, functions, OfTable(t))


def outstanding_blocks() -> list[Block]:
    """The blocks that add what was under way when delays or rules were set."""
    found = []
    for index, point in enumerate((AT_DELIVER, AT_ONCE_DELIVER)):
        names, own = ArgumentNames(), OfOutstanding(index)
        given = (*(own[name] for name in ("step", "slot", "amount", "cursor")), NETWORK["slots"])
        line = f"{names['counters']}[COUNT_EVENTS] += add_outstanding(step, {names.all(given)})"
        found.append(Block("add what was under way", point, (line,), names))
    return found


def _file_block(t: int, table: TablePart) -> Block:
    """The block that appends what new spikes add to the buckets of table `t`."""
    names, own = ArgumentNames(), OfTable(t)
    # Weights that change are looked at when they act.
    added = _ADDED if table.plastic is None else ("weight_stop", "weight_stop")
    lines = (
        "since = clock()",
        f"filed = file_spikes({names['control']}[FIRST], {names['gids']}, {names['begin']}, "
        f"{names.all(own[name] for name in (*_IN_ROWS, *added))}, "
        f"{names(_efficacy(table))}, {names.all(own[name] for name in (*_FILING, *_BUCKETS))})",
        f"{names['timers']}[TIME_DELIVER] += clock() - since",
        "if not filed:",
        "    return POOL_FULL",
    )
    return Block("fill the buckets of", AT_QUEUE, lines, names, of=own)


def _deliver_block(t: int, table: TablePart, at_once: bool = False) -> Block:
    """The block that lets the due segments of table `t` act.

    Where some act `at_once`, before the threshold, those of no delay act after it: all that are
    left in the bucket of the step.
    """
    names, own = ArgumentNames(), OfTable(t)
    point = AT_ONCE_DELIVER if at_once else AT_DELIVER
    if table.in_rows:
        events, buckets = (
            f"{names['counters']}[COUNT_EVENTS]",
            [own[name] for name in (*_ADDED, *_BUCKETS)],
        )
        functions: tuple[str, ...] = ()
        call = f"deliver_bucket(step, {names.all((*buckets, NETWORK['slots']))})"
        if table.plastic is not None:
            names, functions = ArgumentNames(), deliver_functions(table.plastic)
            call = plastic_blocks.deliver_call(t, table.plastic, _efficacy(table), names)
            events = f"{names['counters']}[COUNT_EVENTS]"
        return Block("deliver", point, (f"{events} += {call}",), names, functions, own)
    delays = "no_delays" if table.at_once and not at_once else "delays"
    segments = [own[name] for name in ("segment_delay", "segment_synapse", *_FLIGHT)]
    lines = (
        f"for tile in range({names(own['n_tiles'])}):",
        f"    due = collect_segments(step, tile, {names(own[delays])}, {names['begin']}, "
        f"{names['gids']}.size, {names.all((*segments, *WORK_SPACE))})",
        f"    {names['counters']}[COUNT_EVENTS] += {_deliver_call(t, table, names)}",
    )
    functions = () if table.plastic is None else deliver_functions(table.plastic)
    return Block("deliver", point, lines, names, functions, own)


def _efficacy(table: TablePart) -> Argument:
    return (
        NETWORK["no_efficacy"] if table.efficacy is None else OfEfficacy(table.efficacy)["release"]
    )


def _deliver_call(t: int, table: TablePart, names: ArgumentNames) -> str:
    own, efficacy = OfTable(t), _efficacy(table)
    if table.plastic is not None:
        return plastic_blocks.deliver_call(t, table.plastic, efficacy, names)
    kernel = "deliver_weighted" if table.weighted else "deliver_uniform"
    if table.in_words:
        kernel = "deliver_words"
    segment, begin, at = WORK_SPACE
    if table.dense:
        kernel += "_dense"
        given = [segment, at, efficacy, *(own[name] for name in (*_RUNS, "weight"))]
    else:
        names_of_table = ("segment_synapse", "target", "weight")
        given = [segment, begin, at, efficacy, *(own[name] for name in names_of_table)]
    return f"{kernel}(due, {names.all(given)}, {names['slots']}[tile * TILE:])"


_RUNS = ("segment_run", "run_target", "run_synapse")
_ADDED = ("weight", "weight_stop")
_IN_ROWS = (
    "row_lookup",
    "row_synapse",
    "first_delay",
    "slot_bits",
    "packed",
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
