"""Sources of linked variables: constant copies, ghost copies, or the other group itself.

As in Brian 2 a linked variable is the other group's as it is at that moment. Groups are updated in
the order of their names, so that the update of a group reads the new values of an earlier group
and the old ones of a later group; thresholds follow all updates. Statements that may see more than
that, those of resets and of what is constant over dt, have the other group on the same rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.codegen.synapses.ghost_copies import START, UPDATED, GhostCopy
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import name_in_order
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.describe.values.links import Link
from distsnn.errors import ParameterError
from distsnn.integrate.neuron_form import IN_UPDATE, LIVE, NeuronForm
from distsnn.language.objects.neuron_equations import parse_model
from distsnn.layout.colocated import changes, linked_group


@dataclass(frozen=True)
class LinkSource:
    """The argument of the program that a linked variable is read from, and its ghost copy."""

    argument: Argument
    ghost: GhostCopy | None = None


def link_of(group: NeuronDescription, variable: str) -> Link:
    """The link of a linked variable of a group."""
    return next(link for link in group.links if link.variable == variable)


def link_source(description: NetworkDescription, g: int, variable: str, moment: str) -> LinkSource:
    """The array from which group `g` reads a linked variable at a moment.

    Raises ParameterError if no order of updates gives the value that the moment asks for.
    """
    group = description.groups[g]
    assert isinstance(group, NeuronDescription)
    link = link_of(group, variable)
    if not changes(description, link):
        return LinkSource(OfGroup(g).linked(variable))
    source = description.index_of_group[link.group]
    stored = OfGroup(source).state(link.stored)
    if moment == LIVE or (description.is_ordered and source != g):
        return LinkSource(stored)
    taken = UPDATED
    if moment == IN_UPDATE and link.stored in _integrated(description, link):
        later = source == g or place_in_step(link.group) > place_in_step(group.name)
        taken = START if later else UPDATED
    if taken == UPDATED and source == g:
        raise _unordered(group.name, variable, "the group itself")
    ghost = GhostCopy(stored, taken)
    return LinkSource(ghost.argument, ghost)


def check_order(description: NetworkDescription, forms: Mapping[int, NeuronForm]) -> None:
    """Raise ParameterError if a group needs the new values of one that needs those of another."""
    reads = {
        g: [(read, link_source(description, g, read.variable, read.moment)) for read in form.links]
        for g, form in forms.items()
    }
    late = {g for g, of_group in reads.items() if any(_is_updated(s) for _, s in of_group)}
    for g in sorted(late):
        for read, source in reads[g]:
            if _is_updated(source) and source.ghost is not None and source.ghost.group in late:
                other = description.groups[source.ghost.group].name
                raise _unordered(description.groups[g].name, read.variable, other)


def place_in_step(name: str) -> str:
    """Key that sorts updates, thresholds and resets of groups in a step, as Brian 2's names do."""
    return f"{name_in_order(name)}_stateupdater"


def _integrated(description: NetworkDescription, link: Link) -> tuple[str, ...]:
    """Variables that the update of the other group changes."""
    group = linked_group(description, link)
    if not isinstance(group.model, NeuronEquations):
        return ("V_m", *group.receptor_variables)
    return parse_model(group.model, group.name).differential


def _is_updated(source: LinkSource) -> bool:
    return source.ghost is not None and source.ghost.moment == UPDATED


def _unordered(where: str, variable: str, other: str) -> ParameterError:
    return ParameterError(
        where,
        f"the linked variable {variable} needs the new values of {other}, which is updated at the "
        "same time",
        "groups are updated in the order of their names, and a group reads new values of groups "
        "that read none themselves",
        "give the groups other names, or put the equations into one group",
        name=variable,
    )
