"""The lines that groups of neurons and sources add to the program of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from distsnn.codegen.control import COUNT_UPDATES, FIRST, INTERVAL
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
from distsnn.codegen.synapses.synapse_functions import free_source
from distsnn.integrate.neuron_form import NeuronForm

IMPORTS = """\
from distsnn.kernels.neurons import keep_last_spikes, mark_spikes
from distsnn.kernels.deliver.sources import draw_poisson_spikes, take_given_spikes
"""


@dataclass(frozen=True)
class NeuronPart:
    """A group of neurons: its form, and which coefficients are arrays."""

    form: NeuronForm
    per_neuron: frozenset[str]


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
    GeneratorPart: ("spike_step", "spike_source", "cursor"),
}
_SOURCE_KERNELS = {PoissonPart: "draw_poisson_spikes", GeneratorPart: "take_given_spikes"}


@dataclass(frozen=True)
class ReadOfGroups:
    """What synapses read of groups besides variables.

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


@dataclass(frozen=True)
class GroupLines:
    """What groups add to the program.

    Attributes
    ----------
    functions, arguments : list of str
    refresh : list of str
        At the very beginning of a step, once or several times.
    update : list of str
        Update and threshold.
    finish : list of str
        Resets.
    """

    functions: list[str]
    arguments: list[str]
    refresh: list[str]
    update: list[str]
    finish: list[str]


def group_lines(
    groups: tuple[GroupPart, ...], read: ReadOfGroups, further: Mapping[int, Iterable[str]]
) -> GroupLines:
    """All lines of some groups; those in `further` come after the update of each."""
    made = GroupLines([], [], [], [], [])
    made.arguments.extend(f"g{g}__free" for g in sorted(read.free | read.free_at_start))
    made.arguments.extend(f"g{g}__earlier_spike" for g in sorted(read.earlier))
    for g, group in enumerate(groups):
        if isinstance(group, NeuronPart):
            made.functions.extend(_neuron_functions(g, group))
            if group.form.refreshed:
                arguments = _named(g, refresh_arguments(group.form))
                made.refresh.append(f"refresh_{g}({arguments})")
        made.update.extend([*_update_lines(g, group, g in read.earlier), *further.get(g, [])])
        made.finish.extend(_finish_lines(g, group))
        made.arguments.extend(_group_arguments(g, group))
    for g in sorted(read.free | read.free_at_start):
        group = groups[g]
        assert isinstance(group, NeuronPart)
        made.functions.append(INNER + free_source(group.form, f"free_{g}", group.per_neuron))
        if g in read.free_at_start:
            made.refresh.append(_free_line(g, group, "step - 1"))
        if g in read.free:
            made.update.append(_free_line(g, group, "step"))
    return made


def _neuron_functions(g: int, group: NeuronPart) -> list[str]:
    sources = [
        update_source(group.form, f"update_{g}", group.per_neuron),
        reset_source(group.form, f"reset_{g}", group.per_neuron),
    ]
    if group.form.refreshed:
        sources.append(refresh_source(group.form, f"refresh_{g}", group.per_neuron))
    if group.form.kept:
        sources.append(restore_source(group.form, f"restore_{g}", group.per_neuron))
    if group.form.arriving:
        sources.append(absorb_source(group.form, f"absorb_{g}", group.per_neuron))
    return [INNER + source for source in sources]


def _group_arguments(g: int, group: GroupPart) -> list[str]:
    common = [f"g{g}__gid_of_lid", f"g{g}__spike_lid", f"g{g}__spike_count"]
    if isinstance(group, NeuronPart):
        own = ["_spiked_words", *(name.rstrip("_") for name in update_arguments(group.form)[1:])]
        return common + [f"g{g}_{name}" for name in own]
    return common + [f"g{g}__{name}" for name in _SOURCE_ARGUMENTS[type(group)]]


def _named(g: int, arguments: list[str]) -> str:
    return ", ".join(f"g{g}_{a.rstrip('_')}" if a.endswith("_") else a for a in arguments)


def _update_lines(g: int, group: GroupPart, keeps_earlier: bool) -> list[str]:
    if isinstance(group, NeuronPart):
        lines = [
            f"update_{g}({_named(g, update_arguments(group.form))})",
            f"count = collect_spikes(g{g}__spiked_words, g{g}__spiked, g{g}__spike_lid)",
        ]
        if keeps_earlier:
            lines.append(
                f"keep_last_spikes(count, g{g}__spike_lid, g{g}__last_spike, g{g}__earlier_spike)"
            )
        lines += [
            f"mark_spikes(step, count, g{g}__spike_lid, g{g}__last_spike)",
            f"counters[{COUNT_UPDATES}] += g{g}__last_spike.size",
        ]
    else:
        own = ", ".join(f"g{g}__{name}" for name in _SOURCE_ARGUMENTS[type(group)])
        lines = [f"count = {_SOURCE_KERNELS[type(group)]}(step, {own}, g{g}__spike_lid)"]
    return [
        *lines,
        f"g{g}__spike_count[0] = count",
        f"send_spikes(outbox, control[{INTERVAL}], step - control[{FIRST}], g{g}__spike_lid, "
        f"count, g{g}__gid_of_lid)",
    ]


def _finish_lines(g: int, group: GroupPart) -> list[str]:
    if not isinstance(group, NeuronPart):
        return []
    lines = []
    if group.form.kept:
        lines.append(f"restore_{g}({_named(g, restore_arguments(group.form))})")
    if group.form.arriving:
        lines.append(f"absorb_{g}({_named(g, absorb_arguments(group.form))})")
    arguments = _named(g, reset_arguments(group.form)).replace("count", f"g{g}__spike_count[0]", 1)
    return [*lines, f"reset_{g}({arguments})"]


def _free_line(g: int, group: NeuronPart, step: str) -> str:
    steps = group.form.refractory_steps
    return f"free_{g}({step}, g{g}__free, g{g}__last_spike, g{g}_{steps})"
