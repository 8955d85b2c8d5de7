"""The equation-based synapses that one rank holds: those onto its own neurons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import LocalEdges, ObjectEdges
from distsnn.assemble.edges.synapse_variables import EdgeVariables, SynapseVariables
from distsnn.assemble.synapses.pathway_order import pathway_order, pathway_table
from distsnn.assemble.synapses.synapse_arrays import (
    draw_keys,
    group_parameters,
    identities,
    outside_numbers,
    synapse_counts,
    timed_arrays,
)
from distsnn.codegen.program_arguments import Argument, OfCode, OfGroup, OfSynapses
from distsnn.codegen.synapses.special_names import SynapseClocks
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import SPIKE
from distsnn.describe.step_order import spiking_place
from distsnn.describe.synapses.equation_based import delay_variable
from distsnn.describe.synapses.projections import Slice, SynapseSlice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.links import Link
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.integrate.synapse_form import PRE, Pathway, SynapseForm
from distsnn.integrate.synapse_forms import synapse_form
from distsnn.language.objects.synapse_equations import ParsedSynapses
from distsnn.layout.colocated import are_colocated
from distsnn.layout.delays import MAX_DELAY_STEPS
from distsnn.layout.partition import Partition, Range, index_of


@dataclass(eq=False)
class SynapseBuild:
    """The synapses of one object on one rank.

    Attributes
    ----------
    network : NetworkDescription
    description : SynapsesDescription
    parsed : ParsedSynapses
    part : SynapsePart
        What the program needs to know of them.
    ranges : tuple of (int, int)
        The own targets, as indices within the target slice.
    position : uint32 array
        Where each synapse, in the order of creation, lies in the arrays of the program.
    bounds : dict of str to (int, int)
        Shortest and longest delay of each pathway, in steps.
    arrays : dict of Argument to array or number
        Arguments of the program.
    touched : set of str
        Variables that were assigned after the network was built, or that other synapses write.
    epochs : dict of int to tuple of int
        The steps at which delays of a pathway were set, by its number. Spikes before each have the
        earlier ones: they find them as those of further neurons behind all others.
    """

    network: NetworkDescription
    description: SynapsesDescription
    parsed: ParsedSynapses
    part: SynapsePart
    ranges: tuple[tuple[int, int], ...]
    position: np.ndarray
    bounds: dict[str, tuple[int, int]]
    arrays: dict[Argument, Any]
    touched: set[str] = field(default_factory=set)
    epochs: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def changing(self) -> set[str]:
        """Variables that the description does not tell any more: written by events or users."""
        written = {name for code in self.part.form.codes for name in code.writes}
        return self.touched | written.intersection(self.part.form.variables)

    @property
    def written_elsewhere(self) -> dict[str, set[str]]:
        """Variables of other synapses that these write, by the names of those."""
        written = {name for code in self.part.form.codes for name in code.writes}
        written |= {summed.variable for summed in self.part.form.summed}
        ends = ((self.description.source, "_pre"), (self.description.target, "_post"))
        return {
            end.synapses: {x.removesuffix(suffix) for x in written if x.endswith(suffix)}
            for end, suffix in ends
            if isinstance(end, SynapseSlice)
        }

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return int(self.position.size)

    @property
    def local_edges(self) -> LocalEdges:
        """The synapses; drawn anew, because that costs no memory."""
        every = ObjectEdges.of(self.network, self.description)
        edges = every.edges(self.ranges)
        return LocalEdges(edges, every.creation_keys(edges), self.position)

    def refresh(self, description: NetworkDescription, s: int, partition: Partition) -> None:
        """Take over what the object `generated[s]` knows of groups and of names from outside."""
        self.network = description
        self.description = description.synapses[description.generated[s]]
        self.arrays |= outside_numbers(description, self.description, self.part)
        self.arrays |= group_parameters(description, self.description, self.part, partition)
        dt = description.dt_of(self.description.name)
        self.arrays |= timed_arrays(self.description, self.parsed, self.part.owner, dt)

    @property
    def shortest(self) -> int:
        """Steps that a rank needs no spikes of others for, as far as this rank knows.

        It is the shortest delay, less one step where events act before thresholds.
        """
        pathways = zip(self.part.form.pathways, self.part.before_threshold, strict=True)
        return min(
            (self.bounds[p.name][0] - before for p, before in pathways if p.after == PRE),
            default=MAX_DELAY_STEPS,
        )

    def longest(self, after: str) -> int:
        """Longest delay in steps of the pathways after the source (`PRE`) or target (`POST`)."""
        return max(
            (self.bounds[p.name][1] for p in self.part.form.pathways if p.after == after),
            default=0,
        )


def build_synapses(
    description: NetworkDescription, s: int, partition: Partition, forms: Mapping[int, NeuronForm]
) -> SynapseBuild:
    """Build the synapses of the object `generated[s]` onto the rank's own neurons.

    `forms` are those of the groups of neurons.
    """
    synapses = description.synapses[description.generated[s]]
    variables = SynapseVariables(description, synapses)
    parsed = variables.parsed
    dt = description.dt_of(synapses.name)
    form = synapse_form(parsed, synapses.strings.method, synapses.operations, dt)
    local = partition.of_slice(synapses.target)
    start = synapses.target.start
    ranges = tuple((r.start - start, r.stop - start) for r in local)
    edges = variables.connections.edges(ranges)
    values = variables.at(edges)
    lids = _lids(edges.target + start, local)
    source = edges.source + synapses.source.start
    part = _part(description, s, form, parsed, forms)
    epochs = {p: steps for p, x in enumerate(form.pathways) if (steps := _epochs(synapses, x.name))}
    delays = [
        _delays(values, pathway.name, _later(description, part, p), epochs.get(p, ()))
        for p, pathway in enumerate(form.pathways)
    ]
    part = replace(part, in_order=part.in_order or bool(epochs))
    unsorted = np.zeros(len(edges), dtype=np.int64)
    sorting = delays[part.sorting][0] if part.sorting >= 0 else unsorted
    # Other synapses count them in the order of creation.
    order = np.arange(len(edges)) if part.in_order else pathway_order(source, sorting)
    position = np.empty(order.size, dtype=np.uint32)
    position[order] = np.arange(order.size, dtype=np.uint32)
    index = index_of(_ranges_around(partition, synapses.target))
    arrays: dict[Argument, Any] = part.owner.named(
        {
            "source": source[order].astype(np.uint32),
            "target": lids[order].astype(np.uint32),
            "source_lids": _lids_of(partition.of_slice(synapses.source)),
            "target_lids": _lids_of(local),
            "index_of_lid": index,
        }
    )
    arrays |= {part.owner.variable(name): values.of(name)[order] for name in form.variables}
    _check_links(description, synapses, values)
    if any(code.draws for code in form.codes):
        arrays |= part.owner.named(identities(edges, order, len(synapses.rules)))
    arrays |= outside_numbers(description, synapses, part)
    arrays |= timed_arrays(synapses, parsed, part.owner, dt)
    arrays |= synapse_counts(description, synapses, part, lids, index.size)
    arrays |= group_parameters(description, synapses, part, partition)
    arrays |= draw_keys(description, synapses, part)
    arrays |= _operation_steps(part)
    bounds: dict[str, tuple[int, int]] = {}
    for p, pathway in enumerate(form.pathways):
        spiking, n_spiking = lids, partition.counts[synapses.target.group]
        if pathway.after == PRE:
            first_gid = description.first_gids[part.spiking[p]]
            spiking, n_spiking = source + first_gid, description.size
        where = (order, None) if p == part.sorting else (None, position)
        arrays |= OfCode(s, f"p{p}").named(_table_of(spiking, n_spiking, delays[p], where))
        every = np.concatenate(delays[p])
        bounds[pathway.name] = int(every.min(initial=MAX_DELAY_STEPS)), int(every.max(initial=0))
    return SynapseBuild(
        description, synapses, parsed, part, ranges, position, bounds, arrays, epochs=epochs
    )


def _delays(
    values: EdgeVariables, name: str, later: int, epochs: tuple[int, ...]
) -> list[np.ndarray]:
    """Delays of a pathway, `later` steps more: those of now, and those of each epoch before."""
    found = [values.delay_steps(name), *(values.delay_steps(name, until) for until in epochs)]
    return [steps + later for steps in found] if later else found


def _later(description: NetworkDescription, part: SynapsePart, p: int) -> int:
    """Steps by which a pathway acts later than its delay: one of the neurons that spike, or 0."""
    after_source = part.form.pathways[p].after == PRE
    group = part.source_group if after_source else part.target_group
    return description.group_every(group) if part.before_threshold[p] else 0


def _table_of(
    spiking: np.ndarray,
    n_spiking: int,
    delay: list[np.ndarray],
    where: tuple[np.ndarray | None, np.ndarray | None],
) -> dict[str, Any]:
    """The table of a pathway, with the delays of now and those of each epoch before.

    `where` has the order of the synapses in it, or else where each of them lies.
    """
    order, position = where
    all_spiking = np.concatenate([spiking + n * n_spiking for n in range(len(delay))])
    every = np.concatenate(delay)
    acting = pathway_order(all_spiking, every) if order is None else order
    table = pathway_table(all_spiking[acting], every[acting], len(delay) * n_spiking)
    if position is not None:
        table["synapse"] = position[acting % max(1, spiking.size)]
    return table


def _epochs(synapses: SynapsesDescription, pathway: str) -> tuple[int, ...]:
    """The steps at which delays of a pathway were set between runs, ascending."""
    variable = delay_variable(pathway)
    found = {made.since for made in synapses.assignments if made.variable == variable}
    return tuple(sorted(found - {0}))


def _check_links(
    description: NetworkDescription, synapses: SynapsesDescription, values: EdgeVariables
) -> None:
    """Raise ParameterError if the index of a linked variable lies outside of the other group."""
    for link in synapses.links:
        if isinstance(link.index, str):
            size = description.groups[description.index_of_group[link.group]].size
            link.check_index(synapses.name, size, values.of(link.index))


def _operation_steps(part: SynapsePart) -> dict[Argument, Any]:
    """The steps of statements that run at given times."""
    return {
        part.owner.operation_steps(n): np.array(operation.steps, dtype=np.int64)
        for n, operation in enumerate(part.form.operations)
        if operation.steps
    }


def _ranges_around(partition: Partition, end: Slice) -> tuple[Range, ...]:
    """The owned ranges of the whole group, or of all synapses, that an end is part of."""
    return partition.of_slice(end) if isinstance(end, SynapseSlice) else partition.ranges[end.group]


def _part(
    description: NetworkDescription,
    s: int,
    form: SynapseForm,
    parsed: ParsedSynapses,
    forms: Mapping[int, NeuronForm],
) -> SynapsePart:
    synapses = description.synapses[description.generated[s]]
    source, target = synapses.source.group, synapses.target.group
    index_of_name = {description.synapses[n].name: k for k, n in enumerate(description.generated)}
    states = {g: of_group.states for g, of_group in forms.items()}
    onto = synapses.target
    target_name = (
        onto.synapses if isinstance(onto, SynapseSlice) else description.groups[target].name
    )
    colocated = are_colocated(description, source, target)
    local, events = OfSynapses(s), dict(synapses.strings.events)
    links = {link.variable: link for link in synapses.links}

    def stored(end: Slice, x: str, side: str) -> Argument:
        if side == "pre" and x in links:
            g = description.index_of_group[links[x].group]
            if links[x].stored in states.get(g, ()):
                return OfGroup(g).state(links[x].stored)
        elif isinstance(end, SynapseSlice):
            if x not in {"i", "j"}:
                return OfSynapses(index_of_name[end.synapses]).variable(x)
        elif x in states.get(end.group, ()):
            return OfGroup(end.group).state(x)
        return local.of_neuron(f"{x}_{side}")

    def of_end(end: Slice, names: frozenset[str], side: str) -> tuple[tuple[str, Argument], ...]:
        return tuple((x, stored(end, x, side)) for x in sorted(names))

    free, free_pre = (
        OfGroup(g)["active" if g in forms and forms[g].has_flags else "free"]
        for g in (target, source)
    )
    return SynapsePart(
        local,
        parsed.owner,
        form,
        source,
        target,
        tuple(
            description.spiking(source if p.after == PRE else target, events.get(p.name, SPIKE))
            for p in form.pathways
        ),
        colocated,
        free,
        free_pre,
        of_end(synapses.source, form.pre_states, "pre"),
        of_end(synapses.target, form.post_states, "post"),
        synapses.name in description.joined_synapses,
        _clocks(description, synapses),
        tuple(synapses.strings.place_of(p.name, synapses.name) for p in form.pathways),
        {x: _place_of_link(description, link, source, states) for x, link in links.items()},
        before_threshold=tuple(_comes_before(description, synapses, p) for p in form.pathways),
        order=description.order.order_of(synapses.name),
        order_of_target=description.order.order_of(target_name),
    )


def _comes_before(
    description: NetworkDescription, synapses: SynapsesDescription, pathway: Pathway
) -> bool:
    """Whether a pathway comes before the threshold, or other event, at which it acts."""
    strings, order = synapses.strings, description.order
    end = synapses.source if pathway.after == PRE else synapses.target
    event = dict(strings.events).get(pathway.name, SPIKE)
    place = strings.place_of(pathway.name, synapses.name)
    return order.place(place) < order.place(spiking_place(description, end.group, event))


def _place_of_link(
    description: NetworkDescription,
    link: Link,
    source: int,
    states: Mapping[int, Collection[str]],
) -> tuple[int | str, bool]:
    """Which element of its array a linked variable is, and whether that is on this rank."""
    g = description.index_of_group[link.group]
    is_state = link.stored in states.get(g, ())
    is_here = not is_state or (g != source and are_colocated(description, source, g))
    if isinstance(link.index, str):
        return link.index, is_here
    # What never changes is an array of one value.
    return int(link.index[0]) if is_state else 0, is_here


def _clocks(description: NetworkDescription, synapses: SynapsesDescription) -> SynapseClocks | None:
    pre, post = (
        (description.every(end.synapses), description.dt_of(end.synapses))
        if isinstance(end, SynapseSlice)
        else (description.group_every(end.group), description.group_dt(end.group))
        for end in (synapses.source, synapses.target)
    )
    found = SynapseClocks(description.every(synapses.name), pre, post)
    return None if (found.own, pre[0], post[0]) == (1, 1, 1) else found


def _lids(index: np.ndarray, ranges: tuple[Range, ...]) -> np.ndarray:
    """Local index (int64) of members `index` of a group, all of which lie in owned ranges."""
    starts = np.array([r.start for r in ranges] or [0], dtype=np.int64)
    first = np.array([r.first_lid for r in ranges] or [0], dtype=np.int64)
    which = np.searchsorted(starts, index, side="right") - 1
    return first[which] + index - starts[which]


def _lids_of(ranges: tuple[Range, ...]) -> np.ndarray:
    parts = [
        np.arange(r.first_lid, r.first_lid + r.stop - r.start, dtype=np.uint32) for r in ranges
    ]
    return np.concatenate([*parts, np.empty(0, dtype=np.uint32)])
