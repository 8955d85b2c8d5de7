"""The blocks that equation-based synapses add to the program of a network."""

from __future__ import annotations

from distsnn.codegen.blocks import Block
from distsnn.codegen.decorators import INNER
from distsnn.codegen.synapses.ghost_copies import NOW, START, GhostCopy, ghost_copies
from distsnn.codegen.synapses.synapse_functions import (
    event_arguments,
    event_source,
    step_arguments,
    step_source,
    sum_arguments,
    sum_source,
)
from distsnn.codegen.synapses.synapse_part import SynapsePart, acting
from distsnn.describe.synapses.equation_based import place_of_pathway
from distsnn.integrate.synapse_form import POST, PRE
from distsnn.kernels.control import (
    AT_ADMIT,
    AT_BEGIN,
    AT_DELIVER,
    AT_FINISH,
    AT_QUEUE,
)

# Arguments of one pathway and of one queue of own spikes, as the program names them.
PATHWAY_ARGUMENTS = (
    "row_of",
    "row_segment",
    "segment_delay",
    "segment_synapse",
    "delays",
    "due_delay",
    "next_segment",
)
QUEUE_ARGUMENTS = ("lids", "begin", "tail", "longest")


# What is computed for every synapse in every step, and the functions that do it.
CONTINUOUS, REFRESHED = "continuous", "refreshed"
_EVERY = {CONTINUOUS: "advance_synapses", REFRESHED: "refresh_synapses"}


def all_synapse_arguments(
    parts: tuple[SynapsePart, ...], further: tuple[GhostCopy, ...] = ()
) -> list[str]:
    """Arguments of the program that equation-based synapses and `further` ghost copies need."""
    found = [name for s, part in enumerate(parts) for name in synapse_arguments(s, part)]
    taken = ghost_copies(parts, further)
    found += [name for ghost in taken for name in (ghost.name, f"x{ghost.group}_first_gid")]
    found += [f"q{g}_{name}" for g in queued_groups(parts) for name in QUEUE_ARGUMENTS]
    return list(dict.fromkeys(found))


def begin_blocks(parts: tuple[SynapsePart, ...]) -> tuple[list[Block], list[Block]]:
    """Blocks at the beginning of a step: what is constant over dt, and sums."""
    ordered = _by_name(parts)
    refresh = [block for s in ordered for block in every_blocks(s, parts[s], REFRESHED)]
    return refresh, [block for s in ordered for block in sum_blocks(s, parts[s])]


def ghost_blocks(parts: tuple[SynapsePart, ...], further: tuple[GhostCopy, ...]) -> list[Block]:
    """Blocks that write the ghost copies which the threads of a rank share."""
    return [
        Block(
            f"ghost copy: {ghost.variable} of group {ghost.group}",
            ghost.point,
            (
                f"copy_to_ghosts({ghost.local}, g{ghost.group}__gid_of_lid, "
                f"x{ghost.group}_first_gid, "
                f"{ghost.name})",
            ),
        )
        for ghost in ghost_copies(parts, further)
    ]


def admit_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks that look up new spikes of sources."""
    return [
        Block(f"admit spikes to pathway {p} of {part.name}", AT_ADMIT, (_admit_line(s, part, p),))
        for s, part in enumerate(parts)
        for p, pathway in acting(part)
        if pathway.after == PRE
    ]


def clock_driven_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks of the step of clock-driven variables."""
    return [block for s in _by_name(parts) for block in every_blocks(s, parts[s], CONTINUOUS)]


def event_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks of queues of own spikes and of events, after the sources and after the targets."""
    found = []
    for g in queued_groups(parts):
        given = f"q{g}_begin, step, q{g}_longest, q{g}_tail[0], g{g}__spike_count[0], q{g}_lids"
        found.append(
            Block(
                f"reserve the queue of group {g}",
                AT_QUEUE,
                (f"if not ring_fits({given}.size):", "    return QUEUE_FULL"),
            )
        )
        admit = [
            _admit_line(s, part, p)
            for s, part in enumerate(parts)
            if part.target_group == g
            for p, pathway in acting(part)
            if pathway.after == POST
        ]
        lines = (*queue_lines(g), *admit)
        found.append(Block(f"queue the spikes of group {g}", AT_DELIVER, lines))
    found += [event_block(s, parts[s], p, AT_DELIVER) for s, p in ordered_pathways(parts, PRE)]
    found += [event_block(s, parts[s], p, AT_FINISH) for s, p in ordered_pathways(parts, POST)]
    return found


def _by_name(parts: tuple[SynapsePart, ...]) -> list[int]:
    return sorted(range(len(parts)), key=lambda s: parts[s].name)


def synapse_arguments(s: int, part: SynapsePart) -> list[str]:
    """Arguments of the program that one part needs."""
    used: list[str] = []
    for p, _ in acting(part):
        used += [f"s{s}p{p}_{name}" for name in PATHWAY_ARGUMENTS]
        used += _event_given(s, part, p)
    for kind in _EVERY:
        if getattr(part.form, kind) is not None:
            used += _every_given(s, part, kind)
    for n in range(len(part.form.summed)):
        used += _sum_given(s, part, n)
    return [a for a in dict.fromkeys(used) if a.startswith(f"s{s}")]


def ordered_pathways(parts: tuple[SynapsePart, ...], after: str) -> list[tuple[int, int]]:
    """All pathways after the source (`PRE`) or target (`POST`), as (part, pathway), in order.

    As in Brian 2, they act in the order of their names ``<object>_<pathway>``.
    """
    found = [
        (place_of_pathway(part.name, pathway.name, after), s, p)
        for s, part in enumerate(parts)
        for p, pathway in acting(part)
        if pathway.after == after
    ]
    return [(s, p) for _, s, p in sorted(found)]


def _admit_line(s: int, part: SynapsePart, p: int) -> str:
    """The line that looks up new spikes of the sources or of the targets for pathway `p`."""
    local = ", ".join(
        f"s{s}p{p}_{name}" for name in ("row_segment", "segment_delay", "due_delay", "next_segment")
    )
    q = f"q{part.target_group}"
    ring = (
        "gids, control[TAIL], control[NEW_TAIL]"
        if part.form.pathways[p].after == PRE
        else f"{q}_lids, own_tail, {q}_tail[0]"
    )
    return f"admit_spikes({ring}, s{s}p{p}_row_of, s{s}p{p}_row_of.size, 1, {local})"


def event_block(s: int, part: SynapsePart, p: int, point: int) -> Block:
    """The block that lets the due events of pathway `p` act."""
    pathway = part.form.pathways[p]
    ring = (
        "begin, gids.size"
        if pathway.after == PRE
        else f"q{part.target_group}_begin, q{part.target_group}_lids.size"
    )
    mine = f"s{s}p{p}_"
    lines = (
        f"due = collect_segments(step, 0, {mine}delays, {ring}, {mine}segment_delay, "
        f"{mine}segment_synapse, {mine}due_delay, {mine}next_segment, work_segment, work_begin, "
        "work_at)",
        f"counters[COUNT_EVENTS] += apply_events({', '.join(_event_given(s, part, p))})",
    )
    function = INNER + event_source(part.form, pathway, p == part.sorting, "apply_events")
    return Block(f"events of pathway {pathway.name} of {part.name}", point, lines, (function,))


def _event_given(s: int, part: SynapsePart, p: int) -> list[str]:
    mine = f"s{s}p{p}_"
    known = {
        "_step": "step",
        "_due": "due",
        "_work_segment": "work_segment",
        "_work_begin": "work_begin",
        "a__segment_synapse": f"{mine}segment_synapse",
        "a__synapse": f"{mine}synapse",
    }
    arguments = event_arguments(part.form, part.form.pathways[p], p == part.sorting)
    return [known.get(a) or _argument(s, part, a, False, f"p{p}") for a in arguments]


def every_blocks(s: int, part: SynapsePart, kind: str) -> list[Block]:
    """Blocks that compute for every synapse what is `CONTINUOUS` or `REFRESHED`."""
    code, name = getattr(part.form, kind), _EVERY[kind]
    if code is None:
        return []
    point = AT_BEGIN if kind == REFRESHED else AT_DELIVER
    line = f"{name}({', '.join(_every_given(s, part, kind))})"
    function = INNER + step_source(part.form, code, name)
    return [Block(f"{name.partition('_')[0]} {part.name}", point, (line,), (function,))]


def _every_given(s: int, part: SynapsePart, kind: str) -> list[str]:
    at_start, draws = kind == REFRESHED, "c" if kind == CONTINUOUS else "f"
    return [
        "step" if a == "_step" else _argument(s, part, a, at_start, draws)
        for a in step_arguments(part.form, getattr(part.form, kind))
    ]


def sum_blocks(s: int, part: SynapsePart) -> list[Block]:
    """Blocks that compute the summed variables."""
    return [
        Block(
            f"sum {summed.variable} over {part.name}",
            AT_BEGIN,
            (f"sum_synapses({', '.join(_sum_given(s, part, n))})",),
            (INNER + sum_source(part.form, summed, "sum_synapses"),),
        )
        for n, summed in enumerate(part.form.summed)
    ]


def _sum_given(s: int, part: SynapsePart, n: int) -> list[str]:
    summed = part.form.summed[n]
    return [
        "step"
        if a == "_step"
        else _argument(s, part, f"a_{summed.variable}", True, "")
        if a == "_total"
        else _argument(s, part, a, True, f"m{n}")
        for a in sum_arguments(part.form, summed)
    ]


def queue_lines(group: int) -> list[str]:
    """Lines that put the own spikes of this step into the queue of a group."""
    return [
        f"own_tail = q{group}_tail[0]",
        f"q{group}_tail[0] = queue_spikes(step, g{group}__spike_lid, g{group}__spike_count[0], "
        f"q{group}_lids, q{group}_begin, own_tail)",
    ]


def queued_groups(parts: tuple[SynapsePart, ...]) -> list[int]:
    """Groups whose own spikes act through pathways after the target."""
    return sorted(
        {
            part.target_group
            for part in parts
            for _, pathway in acting(part)
            if pathway.after == POST
        }
    )


def _argument(s: int, part: SynapsePart, name: str, at_start: bool, draws: str) -> str:
    """The program's name of an argument of a part's function."""
    if name.removesuffix("_pre") in {"a__free", "a__last_spike", "a__earlier_spike"}:
        return _special_argument(part, name, at_start)
    if name.startswith("v__key"):
        return f"s{s}{draws}_{name[3:]}"
    plain = name[2:]
    if name.startswith("a_") and plain.endswith("_pre") and plain[:-4] in dict(part.pre_arrays):
        argument = dict(part.pre_arrays)[plain[:-4]]
        return f"{argument}_{START if at_start else NOW}" if argument.startswith("x") else argument
    if name.startswith("a_") and plain.endswith("_post") and plain[:-5] in dict(part.post_arrays):
        return dict(part.post_arrays)[plain[:-5]]
    return f"s{s}_{plain}" if name.startswith("a_") else f"s{s}__c_{plain}"


def _special_argument(part: SynapsePart, name: str, at_start: bool) -> str:
    """The program's name of what is known of the spikes and refractoriness of a group."""
    stem, of_source = name.removesuffix("_pre")[2:], name.endswith("_pre")
    group = part.source_group if of_source else part.target_group
    free = part.free_pre if of_source else part.free
    variable = free.split("_", 1)[1] if stem == "_free" else stem
    ghost = GhostCopy(group, variable, START if at_start else NOW)
    return ghost.name if of_source and not part.colocated else ghost.local
