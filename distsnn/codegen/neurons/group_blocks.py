"""The blocks that groups of neurons and sources add to the program of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from distsnn.codegen.blocks import Block
from distsnn.codegen.decorators import INNER
from distsnn.codegen.neurons.neuron_functions import (
    absorb_arguments,
    absorb_source,
    refresh_arguments,
    refresh_source,
    reset_arguments,
    reset_source,
    restore_arguments,
    restore_source,
    update_arguments,
    update_source,
)
from distsnn.codegen.synapses.ghost_copies import UPDATED, GhostCopy
from distsnn.codegen.synapses.synapse_functions import free_source
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.kernels.control import AT_FINISH, AT_REFRESH, AT_UPDATE, AT_UPDATE_LATE


@dataclass(frozen=True)
class NeuronPart:
    """A group of neurons, as the program needs to know it.

    Attributes
    ----------
    form : NeuronForm
    per_neuron : frozenset of str
        The coefficients that are arrays.
    linked : tuple of (str, str)
        Arguments of its functions that are arrays of other groups, and what the program calls them.
    ghosts : tuple of GhostCopy
        The ghost copies among these.
    place : str
        What sorts the groups if one sets or reads variables of another.
    """

    form: NeuronForm
    per_neuron: frozenset[str]
    linked: tuple[tuple[str, str], ...] = ()
    ghosts: tuple[GhostCopy, ...] = ()
    place: str = ""

    @property
    def is_late(self) -> bool:
        """Whether it is updated after others, whose new values it reads."""
        return any(ghost.moment == UPDATED for ghost in self.ghosts)


@dataclass(frozen=True)
class PoissonPart:
    """A group of Poisson sources."""


@dataclass(frozen=True)
class GeneratorPart:
    """A group of sources with given spikes."""


GroupPart = NeuronPart | PoissonPart | GeneratorPart

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


def group_arguments(groups: tuple[GroupPart, ...], read: ReadOfGroups) -> list[str]:
    """Arguments of the program that groups need."""
    found = [f"g{g}__free" for g in sorted(read.free | read.free_at_start)]
    found += [f"g{g}__earlier_spike" for g in sorted(read.earlier)]
    for g, group in enumerate(groups):
        found += [f"g{g}__gid_of_lid", f"g{g}__spike_lid", f"g{g}__spike_count"]
        if isinstance(group, NeuronPart):
            found.append(f"g{g}__spiked_words")
            found += [_argument(g, group, name) for name in update_arguments(group.form)[1:]]
        else:
            found += [f"g{g}__{name}" for name in _SOURCE_ARGUMENTS[type(group)]]
    return found


def group_blocks(
    groups: tuple[GroupPart, ...], read: ReadOfGroups, further: Mapping[int, Iterable[Block]]
) -> list[Block]:
    """All blocks of some groups; those in `further` come after the update of each."""
    found: list[Block] = []
    # Messages are sorted by gid: where groups are updated in another order they send afterwards.
    apart = any(_place(group) for group in groups)
    for g in sorted(range(len(groups)), key=lambda g: _place(groups[g])):
        group = groups[g]
        if isinstance(group, NeuronPart):
            if group.form.refreshed:
                found.append(_refresh_block(g, group))
            updates = [_update_block(g, group, g in read.earlier, apart), *further.get(g, [])]
            late = [replace(block, point=AT_UPDATE_LATE) for block in updates]
            found += [*(late if group.is_late else updates), _finish_block(g, group)]
        else:
            found += [_source_block(g, group, apart), *further.get(g, [])]
    if apart:
        found += [
            Block(f"send the spikes of group {g}", AT_UPDATE_LATE, (_send_line(g),))
            for g in range(len(groups))
        ]
    for g in sorted(read.free | read.free_at_start):
        group = groups[g]
        assert isinstance(group, NeuronPart)
        if g in read.free_at_start:
            found.append(_free_block(g, group, AT_REFRESH, "step - 1"))
        if g in read.free:
            found.append(_free_block(g, group, AT_UPDATE_LATE, "step"))
    return found


def _place(group: GroupPart) -> str:
    return group.place if isinstance(group, NeuronPart) else ""


def _refresh_block(g: int, group: NeuronPart) -> Block:
    arguments = named_arguments(g, group, refresh_arguments(group.form))
    function = INNER + refresh_source(group.form, "refresh", group.per_neuron)
    return Block(f"refresh group {g}", AT_REFRESH, (f"refresh({arguments})",), (function,))


def _update_block(g: int, group: NeuronPart, keeps_earlier: bool, apart: bool) -> Block:
    """Update, threshold and, unless they are sent `apart`, the messages of the spikes."""
    function = INNER + update_source(group.form, "update", group.per_neuron)
    lines = [
        f"update({named_arguments(g, group, update_arguments(group.form))})",
        f"count = collect_spikes(g{g}__spiked_words, g{g}__spiked, g{g}__spike_lid)",
    ]
    if keeps_earlier:
        lines.append(
            f"keep_last_spikes(count, g{g}__spike_lid, g{g}__last_spike, g{g}__earlier_spike)"
        )
    lines += [
        f"mark_spikes(step, count, g{g}__spike_lid, g{g}__last_spike)",
        f"counters[COUNT_UPDATES] += g{g}__last_spike.size",
        *_send_lines(g, apart),
    ]
    return Block(f"update group {g}", AT_UPDATE, tuple(lines), (function,))


def _source_block(g: int, group: PoissonPart | GeneratorPart, apart: bool) -> Block:
    own = ", ".join(f"g{g}__{name}" for name in _SOURCE_ARGUMENTS[type(group)])
    draw = f"count = {_SOURCE_KERNELS[type(group)]}(step, {own}, g{g}__spike_lid)"
    return Block(f"spikes of group {g}", AT_UPDATE, (draw, *_send_lines(g, apart)))


def _send_lines(g: int, apart: bool) -> list[str]:
    kept = f"g{g}__spike_count[0] = count"
    return [kept] if apart else [kept, _send_line(g, "count")]


def _send_line(g: int, count: str = "") -> str:
    return (
        "send_spikes(buffers[message_offset(control, buffers):], control[INTERVAL], "
        f"step - control[FIRST], g{g}__spike_lid, {count or f'g{g}__spike_count[0]'}, "
        f"g{g}__gid_of_lid)"
    )


def _finish_block(g: int, group: NeuronPart) -> Block:
    """The block after the deliveries of a step: resets, and clamped states set back."""
    form, lines, sources = group.form, [], []
    if form.kept:
        lines.append(f"restore({named_arguments(g, group, restore_arguments(form))})")
        sources.append(restore_source(form, "restore", group.per_neuron))
    if form.arriving:
        lines.append(f"absorb({named_arguments(g, group, absorb_arguments(form))})")
        sources.append(absorb_source(form, "absorb", group.per_neuron))
    arguments = named_arguments(g, group, reset_arguments(form)).replace(
        "count", f"g{g}__spike_count[0]", 1
    )
    lines.append(f"reset({arguments})")
    sources.append(reset_source(form, "reset", group.per_neuron))
    functions = tuple(INNER + source for source in sources)
    return Block(f"reset group {g}", AT_FINISH, tuple(lines), functions)


def _free_block(g: int, group: NeuronPart, point: int, step: str) -> Block:
    steps = group.form.refractory_steps
    function = INNER + free_source(group.form, "note_free", group.per_neuron)
    line = f"note_free({step}, g{g}__free, g{g}__last_spike, g{g}_{steps})"
    return Block(f"who of group {g} is not refractory", point, (line,), (function,))


def named_arguments(g: int, group: NeuronPart, arguments: list[str]) -> str:
    """Arguments of a function of a group as the program calls them."""
    return ", ".join(_argument(g, group, a) if a.endswith("_") else a for a in arguments)


def _argument(g: int, group: NeuronPart, name: str) -> str:
    """The program's name of an argument of a function of a group, which ends in an underscore."""
    return dict(group.linked).get(name) or f"g{g}_{name.rstrip('_')}"
