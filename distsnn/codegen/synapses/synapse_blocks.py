"""The blocks that equation-based synapses add to the program of a network."""

from __future__ import annotations

from distsnn.codegen.blocks import ArgumentNames, Block
from distsnn.codegen.decorators import INNER
from distsnn.codegen.probe_blocks import POINT_OF_OPERATION, Placed
from distsnn.codegen.program_arguments import (
    NETWORK,
    WORK_SPACE,
    OfCode,
    OfGhosts,
    OfGroup,
    OfQueue,
)
from distsnn.codegen.synapses.ghost_copies import GhostCopy, ghost_copies
from distsnn.codegen.synapses.synapse_arguments import (
    REFRESHES,
    STEPS,
    event_arguments,
    operation_kind,
    step_arguments,
    sum_arguments,
)
from distsnn.codegen.synapses.synapse_functions import event_source, step_source, sum_source
from distsnn.codegen.synapses.synapse_part import SynapsePart, acting
from distsnn.describe.operations import EVENTS, PATHWAY_POINTS, SLOTS, name_in_order
from distsnn.integrate.synapse_form import POST, PRE
from distsnn.kernels.control import (
    AT_ADMIT,
    AT_BEGIN,
    AT_DELIVER,
    AT_FINISH,
    AT_QUEUE,
)

# Slot and order of Poisson inputs.
_INPUTS = (SLOTS.index("synapses"), 0)


def begin_blocks(parts: tuple[SynapsePart, ...]) -> tuple[list[Block], list[Block]]:
    """Blocks at the beginning of a step: what is constant over dt, and sums."""
    ordered = [part for part in _by_name(parts) if part.active]
    refresh = [
        _every_block(part, REFRESHES, "refresh_synapses", AT_BEGIN)
        for part in ordered
        if part.form.refreshed is not None
    ]
    return refresh, [_sum_block(part, n) for part in ordered for n in range(len(part.form.summed))]


def ghost_blocks(parts: tuple[SynapsePart, ...], further: tuple[GhostCopy, ...]) -> list[Block]:
    """Blocks that write the ghost copies which the threads of a rank share."""
    return [_share_block(ghost) for ghost in ghost_copies(parts, further)]


def _share_block(ghost: GhostCopy) -> Block:
    names, group = ArgumentNames(), ghost.group
    given = (
        ghost.local,
        OfGroup(group)["gid_of_lid"],
        OfGhosts(group)["first_gid"],
        ghost.argument,
    )
    line = f"copy_to_ghosts({names.all(given)})"
    name = f"ghost copies of {ghost.local.name} of"
    return Block(name, ghost.point, (line,), names, of=OfGroup(group))


def admit_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks that look up new spikes of sources."""
    return [
        _admit_block(part, p)
        for part in parts
        for p, pathway in acting(part)
        if pathway.after == PRE
    ]


def _admit_block(part: SynapsePart, p: int) -> Block:
    names = ArgumentNames()
    line = _admit_line(part, p, names)
    return Block(f"admit spikes to pathway {p} of {part.name}", AT_ADMIT, (line,), names)


def clock_driven_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks of the step of clock-driven variables."""
    return [
        _every_block(part, STEPS, "advance_synapses", AT_DELIVER)
        for part in _by_name(parts)
        if part.active and part.form.continuous is not None
    ]


def event_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks of queues of own spikes and of events, before Poisson inputs and after them.

    Those of events that act later in a step are `late_event_blocks`.
    """
    return [
        *queue_blocks(parts),
        *(
            event_block(part, p, AT_DELIVER if part.places[p][:2] < _INPUTS else AT_FINISH)
            for part, p in ordered_pathways(parts, EVENTS)
        ),
    ]


def queue_blocks(parts: tuple[SynapsePart, ...]) -> list[Block]:
    """Blocks that keep the spikes of targets."""
    return [
        block for g in queued_groups(parts) for block in (_reserve_block(g), _queue_block(g, parts))
    ]


def late_event_blocks(parts: tuple[SynapsePart, ...], point: str) -> list[Placed]:
    """Blocks of events that act where operations do, with their places in the step."""
    return [
        (part.places[p], event_block(part, p, AT_FINISH))
        for part, p in ordered_pathways(parts, point)
    ]


def _reserve_block(g: int) -> Block:
    names, queue = ArgumentNames(), OfQueue(g)
    lines = (
        f"if not ring_fits({names(queue['begin'])}, step, {names(queue['longest'])}, "
        f"{names(queue['tail'])}[0], {names(OfGroup(g)['spike_count'])}[0], "
        f"{names(queue['lids'])}.size):",
        "    return QUEUE_FULL",
    )
    return Block("reserve the queue of", AT_QUEUE, lines, names, of=OfGroup(g))


def _queue_block(g: int, parts: tuple[SynapsePart, ...]) -> Block:
    names, queue, group = ArgumentNames(), OfQueue(g), OfGroup(g)
    lines = [
        f"own_tail = {names(queue['tail'])}[0]",
        f"{names(queue['tail'])}[0] = queue_spikes(step, {names(group['spike_lid'])}, "
        f"{names(group['spike_count'])}[0], {names(queue['lids'])}, {names(queue['begin'])}, "
        "own_tail)",
    ]
    lines += [
        _admit_line(part, p, names)
        for part in parts
        for p, pathway in acting(part)
        if pathway.after == POST and part.spiking[p] == g
    ]
    return Block("queue the spikes of", AT_DELIVER, tuple(lines), names, of=group)


def _by_name(parts: tuple[SynapsePart, ...]) -> list[SynapsePart]:
    return sorted(parts, key=lambda part: f"{name_in_order(part.name)}_stateupdater")


def ordered_pathways(parts: tuple[SynapsePart, ...], point: str) -> list[tuple[SynapsePart, int]]:
    """All pathways that act at a point of a step, in their order."""
    found = [(part.places[p], s, p) for s, part in enumerate(parts) for p, _ in acting(part)]
    return [(parts[s], p) for place, s, p in sorted(found) if _point(place) == point]


def _point(place: tuple[int, int, str]) -> str:
    return PATHWAY_POINTS[SLOTS[place[0]]]


def _admit_line(part: SynapsePart, p: int, names: ArgumentNames) -> str:
    """The line that looks up new spikes of the sources or of the targets for pathway `p`."""
    local, queue = OfCode(part.owner.index, f"p{p}"), OfQueue(part.spiking[p])
    if part.form.pathways[p].after == PRE:
        control = names["control"]
        ring = f"{names['gids']}, {control}[TAIL], {control}[NEW_TAIL]"
    else:
        ring = f"{names(queue['lids'])}, own_tail, {names(queue['tail'])}[0]"
    rows = names(local["row_of"])
    segments = ("row_segment", "segment_delay", "due_delay", "next_segment")
    return f"admit_spikes({ring}, {rows}, {rows}.size, 1, {names.all(local[n] for n in segments)})"


def event_block(part: SynapsePart, p: int, point: int) -> Block:
    """The block that lets the due events of pathway `p` act."""
    names, local, queue = (
        ArgumentNames(),
        OfCode(part.owner.index, f"p{p}"),
        OfQueue(part.spiking[p]),
    )
    pathway = part.form.pathways[p]
    begin, spikes = (
        (NETWORK["begin"], NETWORK["gids"])
        if pathway.after == PRE
        else (queue["begin"], queue["lids"])
    )
    segments = ("segment_delay", "segment_synapse", "due_delay", "next_segment")
    given = [
        *(local[name] for name in segments),
        *WORK_SPACE,
    ]
    lines = (
        f"due = collect_segments(step, 0, {names(local['delays'])}, {names(begin)}, "
        f"{names(spikes)}.size, {names.all(given)})",
    )
    name = f"events of pathway {pathway.name} of {part.name}"
    if part.places[p][-1] in part.resting:
        # Spikes move on to their next delays.
        return Block(f"no {name}", point, lines, names)
    count = (
        f"{names['counters']}[COUNT_EVENTS] += "
        f"apply_events({names.all(event_arguments(part, p).values())})"
    )
    function = INNER + event_source(part, p, "apply_events")
    return Block(name, point, (*lines, count), names, (function,))


def _every_block(part: SynapsePart, kind: str, function: str, point: int) -> Block:
    """The block that computes something for every synapse."""
    names = ArgumentNames()
    line = f"{function}({names.all(step_arguments(part, kind).values())})"
    source = INNER + step_source(part, kind, function)
    name = f"{function.partition('_')[0]} {part.name}"
    every = 1 if part.clocks is None else part.clocks.own
    return Block(name, point, _every(every, line), names, (source,))


def _every(every: int, line: str) -> tuple[str, ...]:
    return (line,) if every == 1 else (f"if step % {every} == 0:", f"    {line}")


def operation_blocks_of(parts: tuple[SynapsePart, ...], point: str = "") -> list[Placed]:
    """Blocks of statements that run at regular times, with their places in the step.

    Those at one point of a step, if it is given.
    """
    return [
        (operation.place, _operation_block(part, n))
        for part in parts
        for n, operation in enumerate(part.form.operations)
        if point in {"", operation.point}
    ]


def _operation_block(part: SynapsePart, n: int) -> Block:
    names, operation, kind = ArgumentNames(), part.form.operations[n], operation_kind(n)
    call = f"operate_synapses({names.all(step_arguments(part, kind).values())})"
    every = operation.every * (1 if part.clocks is None else part.clocks.own)
    source = INNER + step_source(part, kind, "operate_synapses")
    name, lines = f"run {operation.name} of {part.name}", _every(every, call)
    if operation.steps:
        among = f"is_among(step // {every}, {names(part.owner.operation_steps(n))})"
        lines = (f"if step % {every} == 0 and {among}:", f"    {call}")
    return Block(name, POINT_OF_OPERATION[operation.point], lines, names, (source,))


def _sum_block(part: SynapsePart, n: int) -> Block:
    """The block that computes a summed variable."""
    names = ArgumentNames()
    line = f"sum_synapses({names.all(sum_arguments(part, n).values())})"
    source = INNER + sum_source(part, n, "sum_synapses")
    variable = part.form.summed[n].variable
    every = 1 if part.clocks is None else part.clocks.every(variable)
    name = f"sum {variable} over {part.name}"
    return Block(name, AT_BEGIN, _every(every, line), names, (source,))


def queued_groups(parts: tuple[SynapsePart, ...]) -> list[int]:
    """Groups whose own spikes act through pathways after the target."""
    return sorted(
        {part.spiking[p] for part in parts for p, pathway in acting(part) if pathway.after == POST}
    )
