"""The program of one network: a generated function that advances all of a rank's parts.

One compiled call runs the steps of a whole exchange interval, or in one process of a whole
stretch of the run; it is the only place where the parts of a step stand in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from distsnn.codegen import control
from distsnn.codegen.control import (
    ABANDONED,
    COUNT_DRAWS,
    QUEUE_FULL,
    RECORD_FULL,
    SNAPSHOT,
    START,
    UPDATE,
)
from distsnn.codegen.decorators import OUTER
from distsnn.codegen.neurons.group_lines import IMPORTS as GROUP_IMPORTS
from distsnn.codegen.neurons.group_lines import GroupPart, ReadOfGroups, group_lines
from distsnn.codegen.probe_functions import (
    SamplePart,
    StateSamples,
    early_line,
    room_lines,
    sample_arguments,
    sample_lines,
    sample_source,
)
from distsnn.codegen.synapses.ghost_copies import Snapshot, snapshots
from distsnn.codegen.synapses.synapse_functions import IMPORTS as SYNAPSE_IMPORTS
from distsnn.codegen.synapses.synapse_lines import SynapseLines, queued_groups, synapse_lines
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.codegen.tables.table_lines import IMPORTS as TABLE_IMPORTS
from distsnn.codegen.tables.table_lines import HistoryPart, ReleasePart, TablePart, table_lines
from distsnn.describe.probes import AT_END, AT_START, AT_THRESHOLDS
from distsnn.language.emit import IMPORTS as EXPRESSION_IMPORTS


@dataclass(frozen=True)
class Program:
    """Source of the program and the names of its arguments in order.

    Attributes
    ----------
    source : str
    arguments : tuple of str
    first_phase : int
        What control[PHASE] is before the first step.
    snapshots : tuple of Snapshot
        Values that ranks exchange in every step.
    queues : tuple of int
        Groups whose own spikes are kept for synapses that act after them.
    readers : dict of int to tuple of str
        For each plastic table the arguments of its function ``read_<t>(step, out, ...)``, which
        writes the weights at the beginning of a step.
    sweeps : tuple of tuple of str
        For histories the arguments of ``sweep_histories_<h>(step, ...)``, after which weights
        and histories are as if they had just made room.
    """

    source: str
    arguments: tuple[str, ...]
    first_phase: int = control.UPDATE
    snapshots: tuple[Snapshot, ...] = ()
    queues: tuple[int, ...] = ()
    readers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    sweeps: tuple[tuple[str, ...], ...] = ()


COMMON_ARGUMENTS = (
    "control",
    "end",
    "together",
    "meeting",
    "mail",
    "send",
    "receive",
    "width",
    "n_ranks",
    "gids",
    "begin",
    "scratch",
    "bounds",
    "read_at",
    "log_step",
    "log_gid",
    "work_segment",
    "work_begin",
    "work_at",
    "timers",
    "counters",
    "slots",
)

_IMPORTS = """\
import numba
import numpy as np

from distsnn.kernels.arithmetic.intrinsics import clock
from distsnn.kernels.barrier import LEFT, MET, RENEWED, arrive, meet, wait
from distsnn.kernels.draws.poisson import deliver_poisson
from distsnn.kernels.deliver.spikes import (
    clear_message, collect_spikes, count_spikes, join_messages, log_spikes, merge_spikes,
    ring_has_room, send_spikes)

"""


def network_program(
    groups: tuple[GroupPart, ...],
    tables: tuple[TablePart, ...],
    inputs: tuple[bool, ...],
    synapses: tuple[SynapsePart, ...] = (),
    releases: tuple[ReleasePart, ...] = (),
    samples: tuple[SamplePart, ...] = (),
    histories: tuple[HistoryPart, ...] = (),
) -> Program:
    """Source of ``advance(...)`` for these parts (a pure function of its arguments).

    `inputs` says of each Poisson input whether it acts before the threshold of a step.

    ``advance`` runs steps until control[STEP] reaches `end`; it returns `EXCHANGE` when the
    spikes of an interval are in `send` and must be exchanged with other ranks, `SNAPSHOT` when
    values that synapses read must be with other threads or ranks, `RING_FULL`, `QUEUE_FULL`,
    `HISTORY_FULL` or `LOG_FULL` when it must be called again with larger arrays,
    `ARRAYS_RENEWED` when again with those of the first thread, `RECORD_FULL` when again with
    emptied buffers of probes, `LATE` when simply again, `ABANDONED` when another thread or rank
    has failed, else `DONE`.
    """
    further = tuple(
        shot for part in samples if isinstance(part, StateSamples) for shot in part.snapshots
    )
    events = synapse_lines(synapses, further)
    made = table_lines(tables, releases, histories)
    of_groups = group_lines(groups, _read_of_groups(synapses), made.update)
    functions: list[str] = [*events.functions, *made.functions, *of_groups.functions]
    arguments = [*COMMON_ARGUMENTS, *events.arguments, *of_groups.arguments]
    # What synapses read of sources is as it was before any event, as ranks exchange it.
    deliver = [*_share_lines(events.now), *made.deliver]
    arguments += made.arguments
    poisson = [_poisson_line(p) for p, at_once in enumerate(inputs) if not at_once]
    arguments += [f"p{p}_{name}" for p in range(len(inputs)) for name in _INPUT_ARGUMENTS]
    deliver += [*events.advance, *sample_lines(samples, AT_THRESHOLDS, True), *events.before]
    for m, part in enumerate(samples):
        functions.append(sample_source(m, part))
        arguments += (name for name in sample_arguments(m, part) if name not in arguments)
    body = _body(
        events,
        refresh=of_groups.refresh,
        update=[
            *events.refresh,
            *_sample_lines(samples, AT_START),
            *events.update,
            *_at_once_lines(
                made.at_once, [_poisson_line(p) for p, at_once in enumerate(inputs) if at_once]
            ),
            *of_groups.update,
            *sample_lines(samples, AT_THRESHOLDS, False),
        ],
        finish=[*of_groups.finish, *_sample_lines(samples, AT_END)],
        room=[*room_lines(samples, RECORD_FULL), *made.room],
        early=early_line(samples),
        admit=[*events.admit, *made.admit],
        deliver=deliver,
        poisson=poisson,
    )
    head = f"{OUTER}def advance({', '.join(arguments)}):\n"
    imports = EXPRESSION_IMPORTS + SYNAPSE_IMPORTS + TABLE_IMPORTS + GROUP_IMPORTS + _IMPORTS
    return Program(
        imports + "\n\n".join(functions) + "\n\n" + head + body,
        tuple(arguments),
        control.START if events.at_start else control.UPDATE,
        tuple(snapshots(synapses, further)),
        tuple(queued_groups(synapses)),
        made.readers,
        made.sweeps,
    )


def _body(
    events: SynapseLines,
    room: list[str],
    early: str,
    refresh: list[str],
    update: list[str],
    **phases: list[str],
) -> str:
    """The body of ``advance`` from the lines of each phase."""
    return _ADVANCE.format(
        **{name: value for name, value in vars(control).items() if name.isupper()},
        **{name: _block(lines, 12) for name, lines in phases.items()},
        room=_block(room, 8),
        early=early,
        refresh=_block(refresh, 8),
        update=_block(update, 8),
        after=_block(events.after, 12),
        rooms=_block(_room_lines(events.rooms), 12),
        received=_block(_received_lines(events.now), 12),
        start=_block(_start_lines(events.at_start), 8),
        next_phase=control.START if events.at_start else control.UPDATE,
    )


_INPUT_ARGUMENTS = (
    "drawn_block",
    "k0",
    "k1",
    "lowest",
    "thresholds",
    "central",
    "central_base",
    "below",
    "above",
    "words",
    "near",
    "counts",
    "first_index",
    "first_slot",
    "n_of_range",
    "weight",
)
_ADVANCE = """\
    step = control[{STEP}]
    phase = control[{PHASE}]
    place = control[{PLACE}]
    n_places = control[{N_PLACES}]
    n_turns = control[{N_TURNS}]
    room = mail.size // (n_turns * n_places)
    outbox = mail[(control[{TURN}] * n_places + place) * room:]
    status = {DONE}
    while True:
        if phase == {MEET}:
            if n_places > 1:
                control[{AWAITED}] = arrive(meeting, control[{N_COMING}])
            phase = {WAIT}
        if phase == {WAIT}:
            if n_places > 1:
                time_0 = clock()
                met = wait(meeting, control[{AWAITED}])
                timers[{TIME_MEET}] += clock() - time_0
                if met != MET:
                    status = {ABANDONED} if met == LEFT else {LATE}
                    break
            phase = {RECEIVE}
            if together == 0:
                phase = {AWAIT}
                if place == 0:
                    if n_places > 1:
                        join_messages(mail[control[{TURN}] * n_places * room:], room, n_places,
                                      control[{INTERVAL}], scratch, bounds, read_at, send)
                    status = {EXCHANGE}
                    break
        if phase == {AWAIT}:
            if n_places > 1:
                time_0 = clock()
                if not meet(meeting, n_places):
                    status = {ABANDONED}
                    break
                timers[{TIME_MEET}] += clock() - time_0
            phase = {RECEIVE}
            if place > 0 and meeting[RENEWED] != 0:
                status = {ARRAYS_RENEWED}
                break
        if phase == {RECEIVE}:
            time_0 = clock()
            first = control[{FIRST}]
            tail = control[{TAIL}]
            if together != 0:
                receive = mail[control[{TURN}] * n_places * room:]
                width = room
            arriving = count_spikes(receive, width, n_ranks)
            control[{ARRIVING}] = arriving
            if not ring_has_room(begin, step, control[{LONGEST}], tail, arriving, gids.size):
                status = {RING_FULL}
                break
            if control[{LOGGING}] != 0 and control[{LOGGED}] + arriving > log_step.size:
                status = {LOG_FULL}
                break
            new_tail = merge_spikes(receive, width, n_ranks, control[{INTERVAL}], first,
                                    step - first, gids, begin, tail, scratch, bounds, read_at)
            control[{TURN}] = (control[{TURN}] + 1) % n_turns
            outbox = mail[(control[{TURN}] * n_places + place) * room:]
            clear_message(outbox, control[{INTERVAL}])
            begin[first % begin.size] += control[{EARLY}]
{admit}
            if control[{LOGGING}] != 0:
                control[{LOGGED}] = log_spikes(gids, begin, first, step - first, log_step,
                                               log_gid, control[{LOGGED}])
            begin[first % begin.size] -= control[{EARLY}]
            control[{EARLY}] = 0
            control[{TAIL}] = new_tail
            control[{FIRST}] = step
            counters[{COUNT_SPIKES}] += arriving
            timers[{TIME_RECEIVE}] += clock() - time_0
            phase = {DELIVER}
{received}
        if phase == {DELIVER}:
{rooms}
            step -= 1
            time_0 = clock()
{deliver}
            time_1 = clock()
            timers[{TIME_DELIVER}] += time_1 - time_0
{poisson}
            time_2 = clock()
            timers[{TIME_POISSON}] += time_2 - time_1
{after}
{finish}
            timers[{TIME_UPDATE}] += clock() - time_2
            step += 1
            phase = {next_phase}
        if step >= end:
            break
{room}
{refresh}
{start}
        time_0 = clock()
{update}
        timers[{TIME_UPDATE}] += clock() - time_0
        step += 1
        if step - control[{FIRST}] >= control[{INTERVAL}] or step >= end{early}:
            phase = {MEET}
        else:
            phase = {DELIVER}
    control[{STEP}] = step
    control[{PHASE}] = phase
    return status
"""


def _at_once_lines(deliver: list[str], poisson: list[str]) -> list[str]:
    """Lines that let act what acts before the threshold; their time is not that of the update."""
    if not deliver and not poisson:
        return []
    return [
        "time_1 = clock()",
        *deliver,
        "time_2 = clock()",
        *poisson,
        "time_3 = clock()",
        f"timers[{control.TIME_DELIVER}] += time_2 - time_1",
        f"timers[{control.TIME_POISSON}] += time_3 - time_2",
        "time_0 += time_3 - time_1",
    ]


def _read_of_groups(synapses: tuple[SynapsePart, ...]) -> ReadOfGroups:
    """What all synapses read of groups besides variables."""

    def groups(needs: Iterable[tuple[int, str]], ending: str) -> frozenset[int]:
        return frozenset(group for group, argument in needs if argument.endswith(ending))

    return ReadOfGroups(
        groups((pair for part in synapses for pair in part.needs_free), "__free"),
        groups((pair for part in synapses for pair in part.needs_free_at_start), "__free"),
        groups((pair for part in synapses for pair in part.needs_earlier), "__earlier_spike"),
    )


def _sample_lines(samples: tuple[SamplePart, ...], when: int) -> list[str]:
    return [*sample_lines(samples, when, False), *sample_lines(samples, when, True)]


def _room_lines(rooms: list[str]) -> list[str]:
    """Lines that ask for larger queues of own spikes before a step's are put in."""
    lines = []
    for arguments in rooms:
        lines += [f"if not ring_has_room({arguments}):", f"    status = {QUEUE_FULL}", "    break"]
    return lines


def _received_lines(copies: list[str]) -> list[str]:
    """Lines that have the snapshots after the threshold of a step exchanged with other ranks."""
    if not copies:
        return []
    return ["if together == 0:", f"    status = {SNAPSHOT}", "    break"]


def _start_lines(copies: list[str]) -> list[str]:
    """Lines that take the snapshots before the update of a step."""
    if not copies:
        return []
    return [
        f"if phase == {START}:",
        f"    phase = {UPDATE}",
        "    if together == 0:",
        f"        status = {SNAPSHOT}",
        "        break",
        *(f"    {line}" for line in _share_lines(copies)),
    ]


def _share_lines(copies: list[str]) -> list[str]:
    """Lines that write snapshots which the threads of a rank share, once nobody reads them."""
    if not copies:
        return []
    meet = [
        "    if not meet(meeting, n_places):",
        f"        status = {ABANDONED}",
        "        break",
    ]
    return ["if together != 0:", *meet, *(f"    {line}" for line in copies), *meet]


def _poisson_line(p: int) -> str:
    arguments = ", ".join(f"p{p}_{name}" for name in _INPUT_ARGUMENTS)
    return f"counters[{COUNT_DRAWS}] += deliver_poisson(step, {arguments}, slots)"


def _block(lines: list[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in (lines or ["pass"]))
