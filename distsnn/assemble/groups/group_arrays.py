"""The arrays of one group on one rank: states, coefficients, spikes of a step."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from distsnn.assemble.groups.input_arrays import source_arrays
from distsnn.assemble.groups.neuron_arrays import (
    initial_value,
    local_coefficients,
    local_parameters,
)
from distsnn.codegen.program_arguments import NETWORK, Argument, OfGroup
from distsnn.describe.groups import EventDescription, NeuronDescription, most_spikes_of_step
from distsnn.describe.models.receptors.receptor import Coefficient
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.integrate.neuron_forms import timed_arrays
from distsnn.layout.colocated import changes
from distsnn.layout.partition import Partition, Range, index_of
from distsnn.layout.slots import SlotPlan


def add_group_arrays(
    arrays: dict[Argument, Any],
    description: NetworkDescription,
    partition: Partition,
    g: int,
    slots: SlotPlan,
    forms: dict[int, NeuronForm],
    per_neuron: dict[int, frozenset[str]],
) -> None:
    """Add the arguments of the program for group `g` to `arrays`."""
    arrays |= _common_arrays(description, partition, g)
    ranges, n = partition.ranges[g], partition.counts[g]
    if isinstance(description.groups[g], EventDescription):
        return
    if g not in forms:
        arrays |= source_arrays(description, g, ranges)
        return
    arrays |= _neuron_arrays(description, g, forms[g], ranges, n, slots, arrays)
    arrays |= coefficient_arrays(description, g, forms[g], ranges, per_neuron[g])
    arrays |= link_arrays(description, g, ranges)


def _common_arrays(
    description: NetworkDescription, partition: Partition, g: int
) -> dict[Argument, Any]:
    n, group = partition.counts[g], description.groups[g]
    gids = [np.arange(r.start, r.stop, dtype=np.uint32) for r in partition.ranges[g]]
    return OfGroup(g).named(
        {
            "gid_of_lid": np.concatenate([*gids, np.empty(0, np.uint32)])
            + np.uint32(description.first_gids[g]),
            "spike_lid": np.zeros(most_spikes_of_step(group, n), dtype=np.int32),
            "spike_count": np.zeros(1, dtype=np.int64),
        }
    )


def _neuron_arrays(
    description: NetworkDescription,
    g: int,
    form: NeuronForm,
    ranges: tuple[Range, ...],
    n: int,
    slots: SlotPlan,
    arrays: dict[Argument, Any],
) -> dict[Argument, Any]:
    group, local = description.groups[g], OfGroup(g)
    assert isinstance(group, NeuronDescription)
    words = np.zeros(-(-n // 8), dtype=np.uint64)
    # A step long enough ago that no neuron is refractory at the start.
    last_spike = np.full(n, -(1 << 60), dtype=np.int64)
    found = local.named(
        {"spiked_words": words, "spiked": words.view(np.uint8), "last_spike": last_spike}
    )
    for state in form.states:
        if (g, state) in slots.first:
            first = slots.first[g, state]
            values = arrays[NETWORK["slots"]][first : first + n]
        else:
            values = np.empty(n)
        values[:] = initial_value(group, state, ranges, description.seed, description.group_dt(g))
        found[local.state(state)] = values
    for state in form.kept:
        found[local.kept(state)] = np.zeros(n)
    if form.has_flags:
        found[local["active"]] = np.ones(n, dtype=np.uint8)
    if form.uses_index:
        found[local["index"]] = index_of(ranges)
    return found | (noise_key(description, g) if form.draws else {})


def link_arrays(
    description: NetworkDescription, g: int, ranges: tuple[Range, ...]
) -> dict[Argument, Any]:
    """The neuron of another group that each neuron reads, and values there that do not change.

    Raises ParameterError if a variable that says it lies outside of the other group.
    """
    group = description.groups[g]
    found: dict[Argument, Any] = {}
    for link in group.links if isinstance(group, NeuronDescription) else ():
        assert isinstance(group, NeuronDescription)
        other = description.groups[description.index_of_group[link.group]]
        assert isinstance(other, NeuronDescription)
        if isinstance(link.index, str):
            dt = description.dt_of(group.name)
            index = initial_value(group, link.index, ranges, description.seed, dt)
            link.check_index(group.name, other.size, index)
        else:
            found[OfGroup(g).linked_index(link.variable)] = link.index[index_of(ranges)]
        if not changes(description, link):
            found[OfGroup(g).linked(link.variable)] = initial_value(
                other,
                link.stored,
                (Range(0, other.size, 0),),
                description.seed,
                description.dt_of(other.name),
            )
    return found


def noise_key(description: NetworkDescription, g: int) -> dict[Argument, Any]:
    """The key of the noise of a group."""
    k0, k1 = description.key_of_steps("noise", description.groups[g].name)
    return OfGroup(g).named({"k0": np.uint32(k0), "k1": np.uint32(k1)})


def coefficients_from(
    description: NetworkDescription,
    g: int,
    coefficients: Collection[Coefficient],
    ranges: tuple[Range, ...],
    per_neuron: frozenset[str],
) -> dict[Argument, Any]:
    """Some coefficients of a group; those in `per_neuron` as arrays."""
    group = description.groups[g]
    assert isinstance(group, NeuronDescription)
    names = None
    if isinstance(group.model, NeuronEquations):
        names = {name for c in coefficients for name in c.depends_on}
    parameters = local_parameters(group, ranges, description.seed, description.group_dt(g), names)
    n = sum(r.stop - r.start for r in ranges)
    values = local_coefficients(coefficients, parameters, per_neuron, n)
    return {OfGroup(g).coefficient(name): value for name, value in values.items()}


def coefficient_arrays(
    description: NetworkDescription,
    g: int,
    form: NeuronForm,
    ranges: tuple[Range, ...],
    per_neuron: frozenset[str],
) -> dict[Argument, Any]:
    """The coefficients of a group, those in `per_neuron` as arrays, and what else it reads."""
    group = description.groups[g]
    assert isinstance(group, NeuronDescription)
    local, dt = OfGroup(g), description.group_dt(g)
    found = coefficients_from(description, g, form.coefficients, ranges, per_neuron)
    for k, operation in enumerate(form.operations):
        if operation.steps:
            found[local.operation_steps(k)] = np.array(operation.steps, dtype=np.int64)
    if isinstance(group.model, NeuronEquations):
        arrays = timed_arrays(group.model, group.name, group.size, dt)
        for number, parts in enumerate(arrays):
            found |= {local.timed(number, part): value for part, value in parts.items()}
    return found
