"""The lines that synapses with statements add to the program of a network."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.control import COUNT_EVENTS
from distsnn.codegen.decorators import INNER
from distsnn.codegen.synapses.ghost_copies import Snapshot, snapshots
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
_EVERY = {CONTINUOUS: "continue", REFRESHED: "refresh_synapses"}


@dataclass(frozen=True)
class SynapseLines:
    """What synapses with statements add to the program: functions, arguments, and lines.

    Attributes
    ----------
    functions, arguments : list of str
    at_start : list of str
        Snapshots before the update of a step.
    refresh : list of str
        At the beginning of a step: what is constant over dt.
    update : list of str
        Before the update of neurons: sums.
    rooms : list of str
        Arguments of `ring_has_room` for each queue of own spikes.
    admit : list of str
        After an exchange.
    now : list of str
        Snapshots after the threshold.
    advance : list of str
        The step of clock-driven variables.
    before, after : list of str
        Events after spikes of the sources, and after those of the targets.
    """

    functions: list[str]
    arguments: list[str]
    at_start: list[str]
    refresh: list[str]
    update: list[str]
    rooms: list[str]
    admit: list[str]
    now: list[str]
    advance: list[str]
    before: list[str]
    after: list[str]


def synapse_lines(
    parts: tuple[SynapsePart, ...], further: tuple[Snapshot, ...] = ()
) -> SynapseLines:
    """All lines for some parts, in the order in which they act, and for `further` snapshots."""
    functions, arguments = [], []
    for s, part in enumerate(parts):
        functions += synapse_functions(s, part)
        arguments += synapse_arguments(s, part)
    taken = snapshots(parts, further)
    queues = queued_groups(parts)
    arguments += [name for shot in taken for name in (shot.name, f"x{shot.group}_first_gid")]
    arguments += [f"q{g}_{name}" for g in queues for name in QUEUE_ARGUMENTS]
    copies = {
        at_start: [
            f"share_values({shot.own}, g{shot.group}__gid_of_lid, x{shot.group}_first_gid, "
            f"{shot.name})"
            for shot in taken
            if shot.at_start == at_start
        ]
        for at_start in (True, False)
    }
    by_name = sorted(range(len(parts)), key=lambda s: parts[s].name)
    admit_own = [
        line
        for g in queues
        for line in (
            *queue_lines(g),
            *(
                line
                for s, part in enumerate(parts)
                if part.target_group == g
                for line in admit_lines(s, part, POST)
            ),
        )
    ]
    return SynapseLines(
        functions,
        list(dict.fromkeys(arguments)),
        copies[True],
        [line for s in by_name for line in every_lines(s, parts[s], REFRESHED)],
        [line for s in by_name for line in sum_lines(s, parts[s])],
        [
            f"q{g}_begin, step, q{g}_longest, q{g}_tail[0], g{g}__spike_count[0], q{g}_lids.size"
            for g in queues
        ],
        [line for s, part in enumerate(parts) for line in admit_lines(s, part, PRE)],
        copies[False],
        [line for s in by_name for line in every_lines(s, parts[s], CONTINUOUS)],
        [
            *admit_own,
            *(
                line
                for s, p in ordered_pathways(parts, PRE)
                for line in event_lines(s, parts[s], p)
            ),
        ],
        [line for s, p in ordered_pathways(parts, POST) for line in event_lines(s, parts[s], p)],
    )


def synapse_functions(s: int, part: SynapsePart) -> list[str]:
    """Sources of the functions of one part."""
    form = part.form
    sources = [
        event_source(form, pathway, p == part.sorting, f"event_{s}_{p}")
        for p, pathway in enumerate(form.pathways)
        if pathway.code.assignments
    ]
    for kind, name in _EVERY.items():
        if (code := getattr(form, kind)) is not None:
            sources.append(step_source(form, code, f"{name}_{s}"))
    sources += [sum_source(form, summed, f"sum_{s}_{n}") for n, summed in enumerate(form.summed)]
    return [INNER + source for source in sources]


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


def admit_lines(s: int, part: SynapsePart, after: str) -> list[str]:
    """Lines that look up new spikes of the sources (`PRE`) or of the targets (`POST`)."""
    lines = []
    for p, pathway in acting(part):
        if pathway.after == after:
            own = ", ".join(
                f"s{s}p{p}_{name}"
                for name in ("row_segment", "segment_delay", "due_delay", "next_segment")
            )
            q = f"q{part.target_group}"
            ring = "gids, tail, new_tail" if after == PRE else f"{q}_lids, own_tail, {q}_tail[0]"
            size = f"s{s}p{p}_row_of.size"
            lines.append(f"admit_spikes({ring}, s{s}p{p}_row_of, {size}, 1, {own})")
    return lines


def event_lines(s: int, part: SynapsePart, p: int) -> list[str]:
    """Lines that let the due events of pathway `p` act."""
    pathway = part.form.pathways[p]
    ring = (
        "begin, gids.size"
        if pathway.after == PRE
        else f"q{part.target_group}_begin, q{part.target_group}_lids.size"
    )
    mine = f"s{s}p{p}_"
    given = ", ".join(_event_given(s, part, p))
    return [
        f"due = collect_segments(step, 0, {mine}delays, {ring}, {mine}segment_delay, "
        f"{mine}segment_synapse, {mine}due_delay, {mine}next_segment, work_segment, work_begin, "
        "work_at)",
        f"counters[{COUNT_EVENTS}] += event_{s}_{p}({given})",
    ]


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


def every_lines(s: int, part: SynapsePart, kind: str) -> list[str]:
    """Lines that compute for every synapse what is `CONTINUOUS` or `REFRESHED`."""
    if getattr(part.form, kind) is None:
        return []
    return [f"{_EVERY[kind]}_{s}({', '.join(_every_given(s, part, kind))})"]


def _every_given(s: int, part: SynapsePart, kind: str) -> list[str]:
    at_start, draws = kind == REFRESHED, "c" if kind == CONTINUOUS else "f"
    return [
        "step" if a == "_step" else _argument(s, part, a, at_start, draws)
        for a in step_arguments(part.form, getattr(part.form, kind))
    ]


def sum_lines(s: int, part: SynapsePart) -> list[str]:
    """Lines that compute the summed variables."""
    return [
        f"sum_{s}_{n}({', '.join(_sum_given(s, part, n))})" for n in range(len(part.form.summed))
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
        return (
            f"{argument}_{'start' if at_start else 'now'}" if argument.startswith("x") else argument
        )
    if name.startswith("a_") and plain.endswith("_post") and plain[:-5] in dict(part.post_arrays):
        return dict(part.post_arrays)[plain[:-5]]
    return f"s{s}_{plain}" if name.startswith("a_") else f"s{s}__c_{plain}"


def _special_argument(part: SynapsePart, name: str, at_start: bool) -> str:
    """The program's name of what is known of the spikes and refractoriness of a group."""
    stem, of_source = name.removesuffix("_pre")[2:], name.endswith("_pre")
    group = part.source_group if of_source else part.target_group
    free = part.free_pre if of_source else part.free
    variable = free.split("_", 1)[1] if stem == "_free" else stem
    snapshot = Snapshot(group, variable, at_start)
    return snapshot.name if of_source and not part.together else snapshot.own
