"""The program of one rank, and what it reads for monitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from distsnn.assemble.groups.group_links import check_order, link_source, place_in_step
from distsnn.assemble.groups.neuron_arrays import per_neuron_coefficients
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.assemble.synapses.local_synapses import SynapseBuild
from distsnn.assemble.tables.plastic_tables import PlasticPlan, PlasticTables
from distsnn.assemble.tables.short_term_state import efficacy_parts, table_parts
from distsnn.codegen.neurons.group_blocks import EventPart, GeneratorPart, NeuronPart, PoissonPart
from distsnn.codegen.program import InputPart, Program, network_program
from distsnn.codegen.program_arguments import OfProbe
from distsnn.codegen.tables.table_blocks import outstanding_blocks
from distsnn.describe.groups import EventDescription, NeuronDescription, PoissonDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.integrate.neuron_forms import neuron_form
from distsnn.layout.delays import acts_at_once
from distsnn.layout.partition import Partition
from distsnn.layout.shared_tables import TablePlan


def neuron_forms(description: NetworkDescription) -> dict[int, NeuronForm]:
    """The form of each group of neurons, by group index."""
    return {
        g: neuron_form(group, description.group_dt(g))
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
    }


def per_neuron_of(
    description: NetworkDescription, forms: Mapping[int, NeuronForm]
) -> dict[int, frozenset[str]]:
    """The coefficients of each group of neurons that differ between them, by group index."""
    return {
        g: per_neuron_coefficients(group, forms[g].coefficients)
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
    }


def rank_probes(
    description: NetworkDescription,
    partition: Partition,
    forms: Mapping[int, NeuronForm],
    synapses: Sequence[SynapseBuild],
    probes: Sequence[Probe],
    tables: PlasticTables,
) -> tuple[LocalProbe, ...]:
    """Build the probes of this rank."""
    generated = {n: (s, synapses[s]) for s, n in enumerate(description.generated)}
    rank = ProbedRank(description, partition, forms, generated, tables)
    return tuple(probe.assemble(rank, OfProbe(m)) for m, probe in enumerate(probes))


def _neuron_part(
    description: NetworkDescription, g: int, form: NeuronForm, per_neuron: frozenset[str]
) -> NeuronPart:
    sources = {
        read.name: link_source(description, g, read.variable, read.moment) for read in form.links
    }
    ghosts = dict.fromkeys(one.ghost for one in sources.values() if one.ghost is not None)
    linked = {name: source.argument for name, source in sources.items()}
    linking = (g for g in description.groups if isinstance(g, NeuronDescription) and g.links)
    position = place_in_step(description.groups[g].name) if any(linking) else ""
    events = {
        one.event: index
        for index, one in enumerate(description.groups)
        if isinstance(one, EventDescription) and description.home(index) == g
    }
    every, inactive = description.group_every(g), description.inactive
    active = description.groups[g].name not in inactive
    return NeuronPart(
        form,
        per_neuron,
        linked,
        tuple(ghosts),
        description.groups[g].name,
        position,
        events,
        every,
        active,
        inactive,
        description.order.order_of(description.groups[g].name),
    )


def _source_part(description: NetworkDescription, g: int) -> PoissonPart | GeneratorPart:
    group = description.groups[g]
    kind = PoissonPart if isinstance(group, PoissonDescription) else GeneratorPart
    active, order = group.name not in description.inactive, description.order.order_of(group.name)
    return kind(description.group_every(g), active, group.name, order)


def rank_program(
    description: NetworkDescription,
    neurons: tuple[Mapping[int, NeuronForm], Mapping[int, frozenset[str]]],
    plans: tuple[TablePlan, ...],
    synapses: Sequence[SynapseBuild],
    probes: tuple[LocalProbe, ...],
    changing: PlasticPlan,
    outstanding: bool = False,
) -> Program:
    """The program; `neurons` are the forms of groups and their coefficients that are arrays."""
    forms, per_neuron = neurons
    inactive = description.inactive
    check_order(description, forms)
    program = network_program(
        tuple(
            _neuron_part(description, g, forms[g], per_neuron[g])
            if g in forms
            else EventPart(group.sends)
            if isinstance(group, EventDescription)
            else _source_part(description, g)
            for g, group in enumerate(description.groups)
        ),
        table_parts(plans, changing.parts),
        tuple(
            InputPart(
                acts_at_once(description, given.target.group, given.receptor),
                description.group_every(given.target.group),
                given.name not in inactive,
                given.name,
            )
            for given in description.poisson_inputs
        ),
        tuple(
            replace(one.part, active=one.part.name not in inactive, resting=inactive)
            for one in synapses
        ),
        efficacy_parts(plans),
        tuple(probe.samples for probe in probes),
        changing.history_parts,
        description.order if description.is_ordered else None,
    )
    if not outstanding:
        return program
    return replace(program, blocks=(*program.blocks, *outstanding_blocks()))
