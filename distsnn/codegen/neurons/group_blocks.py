"""The blocks that groups of neurons and sources add to the program of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from distsnn.codegen.blocks import ArgumentNames, Block, at_clock
from distsnn.codegen.decorators import INNER
from distsnn.codegen.neurons.neuron_code import NeuronCode, neuron_code
from distsnn.codegen.neurons.neuron_functions import (
    absorb_arguments,
    absorb_source,
    free_source,
    refresh_arguments,
    refresh_source,
    reset_arguments,
    reset_source,
    restore_arguments,
    restore_source,
    threshold_arguments,
    threshold_source,
    update_arguments,
    update_source,
)
from distsnn.codegen.neurons.operation_blocks import in_order, operation_blocks
from distsnn.codegen.probe_blocks import Placed
from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.codegen.synapses.ghost_copies import UPDATED, GhostCopy
from distsnn.describe.operations import AMONG_RESETS, BEGIN, SPIKE, place_in_slots
from distsnn.describe.step_order import (
    StepOrder,
    refresh_place,
    reset_place,
    threshold_place,
    update_place,
)
from distsnn.integrate.neuron_form import NeuronForm, OperationForm
from distsnn.kernels.control import AT_FINISH, AT_REFRESH, AT_UPDATE, AT_UPDATE_LATE


@dataclass(frozen=True)
class NeuronPart:
    """A group of neurons, as the program needs to know it.

    Attributes
    ----------
    form : NeuronForm
    per_neuron : frozenset of str
        The coefficients that are arrays.
    linked : mapping of str to Argument
        The arrays of other groups that its `links` read, by their names.
    ghosts : tuple of GhostCopy
        The ghost copies among these.
    name : str
        That of the group.
    place : str
        What sorts the groups if one sets or reads variables of another.
    events : mapping of str to int
        Index of the group that each of its events is.
    every : int
        Number of steps of the network in one of the group.
    active : bool
    resting : frozenset of str
        Names of its operations that are not active.
    order : int
        What sorts it among groups in a slot, before its name.
    """

    form: NeuronForm
    per_neuron: frozenset[str]
    linked: Mapping[str, Argument] = field(default_factory=dict)
    ghosts: tuple[GhostCopy, ...] = ()
    name: str = ""
    place: str = ""
    events: Mapping[str, int] = field(default_factory=dict)
    every: int = 1
    active: bool = True
    resting: frozenset[str] = frozenset()
    order: int = 0

    @property
    def is_late(self) -> bool:
        """Whether it is updated after others, whose new values it reads."""
        return any(ghost.moment == UPDATED for ghost in self.ghosts)


@dataclass(frozen=True)
class PoissonPart:
    """A group of Poisson sources, with a step every so many of the network."""

    every: int = 1
    active: bool = True
    name: str = ""
    order: int = 0


@dataclass(frozen=True)
class GeneratorPart:
    """A group of sources with given spikes, with a step every so many of the network."""

    every: int = 1
    active: bool = True
    name: str = ""
    order: int = 0


@dataclass(frozen=True)
class EventPart:
    """The neurons of a group as sources of an event; `sends` says whether ranks exchange it."""

    sends: bool


GroupPart = NeuronPart | PoissonPart | GeneratorPart | EventPart

_SOURCE_ARGUMENTS = {
    PoissonPart: (
        "drawn_block",
        "k0",
        "k1",
        "index_of_lid",
        "tags",
        "inverse",
        "most_silent",
        "words",
        "marks",
    ),
    GeneratorPart: ("spike_step", "spike_source", "period", "cursor"),
}
_SOURCE_KERNELS = {PoissonPart: "draw_poisson_spikes", GeneratorPart: "take_given_spikes"}


@dataclass(frozen=True)
class ReadOfGroups:
    """Attributes of neurons that synapses read, besides variables.

    Attributes
    ----------
    free : frozenset of int
        Groups of which they ask who is not refractory, where that is no array of the group.
    free_at_start : frozenset of int
        Those of which they ask it before the update of a step.
    earlier : frozenset of int
        Groups of which they ask for the last spike before the threshold of the step.
    """

    free: frozenset[int] = frozenset()
    free_at_start: frozenset[int] = frozenset()
    earlier: frozenset[int] = frozenset()


def codes_of(groups: tuple[GroupPart, ...], order: StepOrder | None) -> dict[int, NeuronCode]:
    """The code of groups of neurons, by their indices; `order` is that of a step, if it matters."""
    return {
        g: neuron_code(
            group.form,
            OfGroup(g),
            group.per_neuron,
            group.linked,
            {name: OfGroup(index) for name, index in group.events.items()},
            group.every,
            partial(_begins, order, group.name),
        )
        for g, group in enumerate(groups)
        if isinstance(group, NeuronPart)
    }


def _begins(order: StepOrder | None, group: str, operation: OperationForm) -> bool:
    """Whether an operation comes before the update of its group."""
    if order is None:
        return operation.point == BEGIN
    return order.place(operation.place) < order.place(update_place(group, order.order_of(group)))


def group_blocks(
    groups: tuple[GroupPart, ...],
    codes: Mapping[int, NeuronCode],
    read: ReadOfGroups,
    further: Mapping[int, Iterable[Block]],
    settles: bool = True,
) -> list[Block]:
    """All blocks of some groups; those in `further` come after the update of each.

    Unless `settles`, other blocks have taken in before what has arrived in a step.
    """
    found: list[Block] = []
    # Messages are sorted by gid: where groups are updated in another order they send afterwards.
    apart = any(_place(group) or _every(group) > 1 for group in groups)
    for g in sorted(range(len(groups)), key=lambda g: _place(groups[g])):
        group = groups[g]
        if isinstance(group, NeuronPart):
            if group.form.refreshed and group.active:
                found.append(_refresh_block(codes[g]))
            update = (
                _update_block(codes[g], g in read.earlier, apart)
                if group.active
                else _silent_block(codes[g], apart)
            )
            updates = [update, *further.get(g, [])]
            late = [replace(block, point=AT_UPDATE_LATE) for block in updates]
            found += late if group.is_late else updates
            if group.active:
                found += _finish_blocks(codes[g], group, settles)
            elif settles:
                found += settle_blocks({g: codes[g]})
        elif not isinstance(group, EventPart):
            found += [_source_block(g, group, apart), *further.get(g, [])]
    if apart:
        found += [_send_block(g) for g, x in enumerate(groups) if not isinstance(x, EventPart)]
    for g in sorted(read.free | read.free_at_start):
        if g in read.free_at_start:
            found.append(_free_block(codes[g], AT_REFRESH, _own("step - 1", codes[g].every)))
        if g in read.free:
            found.append(_free_block(codes[g], AT_UPDATE_LATE, _own("step", codes[g].every)))
    return found


def _own(step: str, every: int) -> str:
    """The last step of a group at or before one of the network, as code."""
    return step if every == 1 else f"({step}) // {every}"


def event_send_blocks(groups: tuple[GroupPart, ...]) -> list[Block]:
    """Blocks that send events to other ranks, once all have been looked for."""
    return [_send_block(g) for g, x in enumerate(groups) if isinstance(x, EventPart) and x.sends]


def _every(group: GroupPart) -> int:
    return 1 if isinstance(group, EventPart) else group.every


def _place(group: GroupPart) -> str:
    return group.place if isinstance(group, NeuronPart) else ""


def _refresh_block(code: NeuronCode) -> Block:
    names = ArgumentNames()
    line = f"refresh({names.all(refresh_arguments(code).values())})"
    function = INNER + refresh_source(code)
    lines = at_clock(code.every, [line])
    return Block("refresh", AT_REFRESH, lines, names, (function,), code.owner)


def placed_group_blocks(
    groups: tuple[GroupPart, ...],
    codes: Mapping[int, NeuronCode],
    read: ReadOfGroups,
    further: Mapping[int, Iterable[Block]],
    updates_first: bool,
) -> list[Placed]:
    """The blocks of some groups, all with their places in a step.

    Those in `further` come after the threshold of each; `updates_first` says whether thresholds
    come after updates.
    """
    found: list[Placed] = []
    since = "step" if updates_first else "step - 1"
    for g, group in enumerate(groups):
        if isinstance(group, EventPart):
            continue
        threshold = threshold_place(group.name, group.order, isinstance(group, GeneratorPart))
        if not isinstance(group, NeuronPart):
            found.append((threshold, _source_block(g, group, apart=True)))
        elif group.active:
            found += _placed_neuron_blocks(codes[g], group, g in read.earlier, since)
        else:
            found.append((threshold, _silent_block(codes[g], apart=True)))
        found += [(threshold, block) for block in further.get(g, [])]
        if g in read.free | read.free_at_start:
            update = update_place(group.name, group.order)
            for place, step in ((update, "step"), (threshold, since)):
                found.append((place, _free_block(codes[g], AT_UPDATE, _own(step, codes[g].every))))
    return found


def begin_of_step(codes: Mapping[int, NeuronCode], read: ReadOfGroups) -> list[Block]:
    """Blocks that flag who was not refractory at the end of the last step."""
    return [
        _free_block(codes[g], AT_REFRESH, _own("step - 1", codes[g].every))
        for g in sorted(read.free | read.free_at_start)
    ]


def last_spikes_blocks(codes: Mapping[int, NeuronCode]) -> list[Block]:
    """Blocks that list who spiked in the last step of each group."""
    return [_last_spikes_block(code) for code in codes.values()]


def _last_spikes_block(code: NeuronCode) -> Block:
    names, own = ArgumentNames(), code.owner
    given = names.all((own["last_spike"], own["spike_lid"]))
    count = names(own["spike_count"])
    lines = at_clock(code.every, [f"{count}[0] = list_spikes(step - 1, {given})"])
    return Block("list the last spikes of", AT_REFRESH, lines, names, of=own)


def _placed_neuron_blocks(
    code: NeuronCode, group: NeuronPart, keeps_earlier: bool, since: str
) -> list[Placed]:
    name, order = group.name, group.order
    names = ArgumentNames()
    line = f"update({names.all(update_arguments(code, apart=True).values())})"
    function = INNER + update_source(code, apart=True)
    lines = at_clock(code.every, [line])
    found = [
        (
            update_place(name, order),
            Block("update", AT_UPDATE, lines, names, (function,), code.owner),
        ),
        (threshold_place(name, order), _threshold_block(code, keeps_earlier, since)),
        (reset_place(name, order), _finish_block(code, settles=False)),
    ]
    if group.form.refreshed:
        found.append((refresh_place(name, order), _refresh_block(code)))
    return found


def _threshold_block(code: NeuronCode, keeps_earlier: bool, since: str) -> Block:
    """The threshold of a group whose update stands apart."""
    names = ArgumentNames()
    line = f"threshold({names.all(threshold_arguments(code, since).values())})"
    lines = [line, *_spike_lines(code, names, keeps_earlier, apart=True)]
    function = INNER + threshold_source(code, since)
    at = at_clock(code.every, lines, f"{names(code.owner['spike_count'])}[0] = 0")
    return Block("threshold", AT_UPDATE, at, names, (function,), code.owner)


def send_blocks(groups: tuple[GroupPart, ...]) -> list[Block]:
    """Blocks that send the spikes and events of all groups."""
    return [_send_block(g) for g, x in enumerate(groups) if not isinstance(x, EventPart) or x.sends]


def _update_block(code: NeuronCode, keeps_earlier: bool, apart: bool) -> Block:
    """Update, threshold and, unless they are sent `apart`, the messages of the spikes."""
    names = ArgumentNames()
    line = f"update({names.all(update_arguments(code).values())})"
    lines = [line, *_spike_lines(code, names, keeps_earlier, apart)]
    function = INNER + update_source(code)
    at = at_clock(code.every, lines, f"{names(code.owner['spike_count'])}[0] = 0")
    return Block("update", AT_UPDATE, at, names, (function,), code.owner)


def _spike_lines(
    code: NeuronCode, names: ArgumentNames, keeps_earlier: bool, apart: bool
) -> list[str]:
    """Lines that list who has spiked, and what follows from it."""
    own = code.owner
    spiked = [own[name] for name in ("spiked_words", "spiked", "spike_lid")]
    lines = [f"count = collect_spikes({names.all(spiked)})"]
    lid, last = names(own["spike_lid"]), names(own["last_spike"])
    if keeps_earlier:
        lines.append(f"keep_last_spikes(count, {lid}, {last}, {names(own['earlier_spike'])})")
    return [
        *lines,
        f"mark_spikes(step, count, {lid}, {last})",
        f"{names['counters']}[COUNT_UPDATES] += {last}.size",
        *_send_lines(own, names, apart),
    ]


def _silent_block(code: NeuronCode, apart: bool) -> Block:
    """No spikes and no events, of a group that is not active."""
    names, own = ArgumentNames(), code.owner
    lines = ["count = 0", *_send_lines(own, names, apart)]
    lines += [f"{names(events['spike_count'])}[0] = 0" for events in code.events.values()]
    return Block("no spikes of", AT_UPDATE, tuple(lines), names, of=own)


def _source_block(g: int, group: PoissonPart | GeneratorPart, apart: bool) -> Block:
    names, own = ArgumentNames(), OfGroup(g)
    given = names.all(own[name] for name in (*_SOURCE_ARGUMENTS[type(group)], "spike_lid"))
    draw = f"count = {_SOURCE_KERNELS[type(group)]}(step, {given})" if group.active else "count = 0"
    lines = (draw, *_send_lines(own, names, apart))
    at = at_clock(group.every, lines, f"{names(own['spike_count'])}[0] = 0")
    return Block("spikes of", AT_UPDATE, at, names, of=OfGroup(g))


def _send_block(g: int) -> Block:
    names, own = ArgumentNames(), OfGroup(g)
    line = _send_line(own, names, f"{names(own['spike_count'])}[0]")
    return Block("send the spikes of", AT_UPDATE_LATE, (line,), names, of=OfGroup(g))


def _send_lines(own: OfGroup, names: ArgumentNames, apart: bool) -> list[str]:
    kept = f"{names(own['spike_count'])}[0] = count"
    return [kept] if apart else [kept, _send_line(own, names, "count")]


def _send_line(own: OfGroup, names: ArgumentNames, count: str) -> str:
    control, buffers = names["control"], names["buffers"]
    return (
        f"send_spikes({buffers}[message_offset({control}, {buffers}):], {control}[INTERVAL], "
        f"step - {control}[FIRST], {names(own['spike_lid'])}, {count}, {names(own['gid_of_lid'])})"
    )


def _finish_blocks(code: NeuronCode, group: NeuronPart, settles: bool) -> list[Block]:
    """The blocks after the deliveries of a step: clamped states set back, resets, statements."""
    among = operation_blocks([code], AMONG_RESETS)
    among = [(place, block) for place, block in among if place[2] not in group.resting]
    if not among:
        return [_finish_block(code, settles)]
    reset = place_in_slots("resets", 0, SPIKE), _finish_block(code, settles=False)
    settled = settle_blocks({0: code}) if settles else []
    return [*settled, *in_order([reset], among)]


def settle_blocks(codes: Mapping[int, NeuronCode]) -> list[Block]:
    """The blocks that take in what has arrived in a step."""
    settling = (code for code in codes.values() if code.form.kept or code.form.arriving)
    return [_finish_block(code, resets=False) for code in settling]


def _finish_block(code: NeuronCode, settles: bool = True, resets: bool = True) -> Block:
    """The block that sets clamped states back, resets neurons, or does both."""
    names, own, lines, sources = ArgumentNames(), code.owner, [], []
    if settles and code.form.kept:
        lines.append(f"restore({names.all(restore_arguments(code).values())})")
        sources.append(restore_source(code))
    if settles and code.form.arriving:
        lines.append(f"absorb({names.all(absorb_arguments(code).values())})")
        sources.append(absorb_source(code))
    if resets:
        count = f"{names(own['spike_count'])}[0]"
        lines.append(f"reset({count}, {names.all(reset_arguments(code).values())})")
        sources.append(reset_source(code))
    functions = tuple(INNER + source for source in sources)
    at = at_clock(code.every, lines)
    return Block("reset", AT_FINISH, at, names, functions, own)


def _free_block(code: NeuronCode, point: int, step: str) -> Block:
    names, own = ArgumentNames(), code.owner
    steps = own.coefficient(code.form.refractory_steps)
    line = f"note_free({step}, {names.all((own['free'], own['last_spike'], steps))})"
    functions = (INNER + free_source(code),)
    return Block("flag who is not refractory of", point, (line,), names, functions, own)
