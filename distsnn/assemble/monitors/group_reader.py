"""The arrays of the variables of a group of neurons, for monitors that read them in the program."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

import numpy as np

from distsnn.assemble.groups.group_links import LinkSource, link_of, link_source
from distsnn.assemble.groups.neuron_arrays import local_parameters, per_neuron_coefficients
from distsnn.assemble.monitors.probe import ProbedRank
from distsnn.codegen.emit import names_asked
from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.codegen.sampled import (
    Read,
    SampledVariable,
    element,
    flag,
    indexed,
    last_spike_time,
    not_refractory,
    number,
    step_number,
    step_time,
    whole,
)
from distsnn.codegen.synapses.ghost_copies import START, GhostCopy
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import AT_END, AT_RESETS, AT_START, Place
from distsnn.describe.step_order import update_place
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import EquationError
from distsnn.integrate.neuron_form import IN_THRESHOLD, IN_UPDATE
from distsnn.language.objects.neuron_equations import parse_model
from distsnn.language.symbols import ACTIVE, NOISE
from distsnn.layout.colocated import changes
from distsnn.layout.partition import Partition


def refresh_parameters(
    description: NetworkDescription,
    partition: Partition,
    group: int,
    arrays: dict[Argument, Any],
    names: Iterable[str],
) -> None:
    """Bring those parameters of `names` that are read for monitors up to date, where they are."""
    local = OfGroup(group)
    for name in names:
        if (argument := local.parameter(name)) in arrays:
            arrays[argument][:] = _parameter(description, partition, group, name)


class GroupReader:
    """Collects what reading variables of a group at one time of a step takes.

    Parameters
    ----------
    when : int
        One of `AT_START` and the like.
    place : Place, optional
        Where in a step that is, as a place of the default schedule.

    Attributes
    ----------
    needed : dict of Argument to array
        Arguments that the program has only for this purpose.
    ghosts : dict of GhostCopy to None
        Ghost copies of other groups, in their order.
    """

    def __init__(self, rank: ProbedRank, group: int, when: int, place: Place | None = None) -> None:
        neurons = rank.description.groups[group]
        assert isinstance(neurons, NeuronDescription)
        self.description, self.partition, self.neurons = rank.description, rank.partition, neurons
        self.form, self.group, self.when = rank.forms[group], group, when
        self.owner, order = OfGroup(group), rank.description.order
        self._before_update = when == AT_START
        if place is not None:
            # In other schedules the slot start may come after the update, and others before it.
            update = update_place(neurons.name, order.order_of(neurons.name))
            self._before_update = order.place(place) < order.place(update)
        self.dt, self.every = rank.description.group_dt(group), rank.description.group_every(group)
        self.needed: dict[Argument, Any] = {}
        self.ghosts: dict[GhostCopy, None] = {}
        self.linked = {link.variable for link in neurons.links}

    def variable(self, name: str) -> SampledVariable:
        """Code that reads a state, parameter, subexpression or linked variable.

        Raises EquationError if the variable is drawn anew whenever it is read, or not known at that
        time.
        """
        model = self.neurons.model
        if (
            name in {*self.form.states, *self.linked}
            or not isinstance(model, NeuronEquations)
            or name in model.parameters
        ):
            return SampledVariable.of(self._read(name))
        parsed = parse_model(model, self.neurons.name)
        if name not in parsed.equations:
            return SampledVariable.of(self._read(name))
        tree = parsed.inlined(ast.Name(name, ast.Load()))
        names = names_asked(tree)
        if any(parsed.symbols[n].kind == NOISE for n in names):
            raise EquationError(
                self.neurons.name,
                f"a monitor reads {name}, which depends on noise",
                "what is drawn anew whenever it is read cannot be recorded",
                "record a variable that keeps the value",
            )
        arrays = {
            called: timed_parts(model, index, called, self.owner)
            for index, called in enumerate(parsed.outside[1])
        }
        return SampledVariable(tree, {n: self._read(n) for n in names}, arrays)

    def _read(self, name: str) -> Read:
        if name in self.form.states:
            return element(self.owner.state(name))
        if name in self.linked:
            return self._linked(name)
        match name:
            case "t":
                return step_time(self.dt, self.every)
            case "t_in_timesteps":
                return step_number(self.every)
            case "lastspike":
                return last_spike_time(self.owner["last_spike"], self.dt)
            case _ if name == ACTIVE:
                return self._active()
        argument = self.owner.parameter(name)
        values = _parameter(self.description, self.partition, self.group, name)
        self.needed[argument] = np.array(
            np.broadcast_to(values, (self.partition.counts[self.group],)), np.float64
        )
        return element(argument)

    def _linked(self, name: str) -> Read:
        """The element of another group that a linked variable stands for."""
        link = link_of(self.neurons, name)
        if self.when in {AT_END, AT_RESETS} and changes(self.description, link):
            raise EquationError(
                self.neurons.name,
                f"a monitor reads the linked variable {name} after the events of a step",
                'linked variables are recorded at "start" or "thresholds"',
                "record the variable of the other group",
            )
        if self.when == AT_START and changes(self.description, link):
            # The copy that the update of a later group would read.
            other = OfGroup(self.description.index_of_group[link.group])
            ghost = GhostCopy(other.state(link.stored), START)
            source = LinkSource(ghost.argument, ghost)
        else:
            moment = IN_UPDATE if self.when == AT_START else IN_THRESHOLD
            source = link_source(self.description, self.group, name, moment)
        if source.ghost is not None:
            self.ghosts[source.ghost] = None
        if isinstance(link.index, str):
            return indexed(source.argument, whole(self._read(link.index)))
        return indexed(source.argument, element(self.owner.linked_index(name)))

    def _active(self) -> Read:
        if self.form.has_flags:
            return flag(self.owner["active"])
        if not self.form.refractory_steps:
            return number(True)
        steps = self.owner.coefficient(self.form.refractory_steps)
        differ = self.form.refractory_steps in per_neuron_coefficients(
            self.neurons, self.form.coefficients
        )
        return not_refractory(
            self.owner["last_spike"],
            element(steps) if differ else number(steps),
            self._before_update,
            self.every,
        )


def timed_parts(
    model: NeuronEquations, index: int, name: str, local: OfGroup
) -> tuple[Argument, ...]:
    """The parts of a TimedArray of a model."""
    two = model.names.arrays[name].values.ndim == 2
    parts = ["values", "epsilon", "factor"] + ["columns"] * two
    return tuple(local.timed(index, part) for part in parts)


def _parameter(
    description: NetworkDescription,
    partition: Partition,
    group: int,
    variable: str,
) -> float | np.ndarray:
    """The value of a parameter, or of ``i``, one number or float64 (local neurons,)."""
    neurons = description.groups[group]
    assert isinstance(neurons, NeuronDescription)
    ranges = partition.ranges[group]
    if variable == "i":
        parts = [np.arange(r.start, r.stop, dtype=np.float64) for r in ranges]
        return np.concatenate([np.empty(0), *parts])
    of = {variable} if isinstance(neurons.model, NeuronEquations) else None
    dt, seed = description.group_dt(group), description.seed
    return local_parameters(neurons, ranges, seed, dt, of)[variable]
