"""Where the variables of a group of neurons live, for monitors that read them in the program."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from distsnn.assemble.groups.group_links import LinkSource, link_of, link_source
from distsnn.assemble.groups.neuron_arrays import local_parameters, per_neuron_coefficients
from distsnn.codegen.probe_blocks import SampledVariable
from distsnn.codegen.synapses.ghost_copies import START, GhostCopy
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.probes import AT_END, AT_START
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import EquationError
from distsnn.integrate.neuron_form import IN_THRESHOLD, IN_UPDATE, LinkRead, NeuronForm
from distsnn.language.emit import emit
from distsnn.language.objects.neuron_equations import parse_model
from distsnn.language.symbols import ACTIVE, NOISE
from distsnn.language.syntax import names_in
from distsnn.layout.colocated import changes
from distsnn.layout.partition import Partition


def sampled_variable(
    description: NetworkDescription,
    partition: Partition,
    form: NeuronForm,
    group: int,
    variable: str,
    when: int,
) -> tuple[SampledVariable, dict[str, Any], tuple[GhostCopy, ...]]:
    """How the program reads a state, parameter, subexpression or linked variable of a group.

    Returns
    -------
    SampledVariable
    dict of str to array
        Arguments of the program that it has only for this purpose.
    tuple of GhostCopy
        Ghost copies of other groups that it reads.

    Raises
    ------
    EquationError
        If the variable is drawn anew whenever it is read.
    """
    reader = _Reader(description, partition, form, group, when)
    expression = reader.expression(variable)
    return SampledVariable(expression, tuple(reader.arguments)), reader.needed, tuple(reader.ghosts)


def refresh_parameters(
    description: NetworkDescription, partition: Partition, group: int, arrays: dict[str, Any]
) -> None:
    """Bring parameters that are read for monitors up to date after an assignment."""
    begin = _parameter_name(group, "")
    for name in [name for name in arrays if name.startswith(begin)]:
        arrays[name] = _parameter(description, partition, group, name[len(begin) :])


class _Reader:
    """Collects what reading one variable takes."""

    def __init__(
        self,
        description: NetworkDescription,
        partition: Partition,
        form: NeuronForm,
        group: int,
        when: int,
    ) -> None:
        neurons = description.groups[group]
        assert isinstance(neurons, NeuronDescription)
        self.description, self.partition, self.neurons = description, partition, neurons
        self.form, self.group, self.when = form, group, when
        self.arguments: dict[str, None] = {}
        self.needed: dict[str, Any] = {}
        self.ghosts: dict[GhostCopy, None] = {}

    def expression(self, name: str) -> str:
        """Code of a variable for the neuron `lid` at the step `step`."""
        dt = repr(self.description.dt)
        if name in self.form.states:
            return self._element(name)
        if name in {link.variable for link in self.neurons.links}:
            return self._linked(name)
        model = self.neurons.model
        if isinstance(model, NeuronEquations) and name not in model.parameters:
            parsed = parse_model(model, self.neurons.name)
            if name in parsed.equations:
                tree = parsed.inlined(ast.Name(name, ast.Load()))
                if any(parsed.symbols[n].kind == NOISE for n in names_in(tree)):
                    raise EquationError(
                        self.neurons.name,
                        f"a monitor reads {name}, which depends on noise",
                        "what is drawn anew whenever it is read cannot be recorded",
                        "record a variable that keeps the value",
                    )
                return emit(tree, self.expression, lambda n, given: self._call(model, n, given))
        match name:
            case "t":
                return f"(step * {dt})"
            case "t_in_timesteps":
                return "step"
            case "lastspike":
                return f"max({self._element('_last_spike')} * {dt}, -1e7)"
            case _ if name == ACTIVE:
                return self._active()
        array = _parameter_name(self.group, name)
        self.needed[array] = _parameter(self.description, self.partition, self.group, name)
        return self._use(array) + "[lid]"

    def _linked(self, name: str) -> str:
        """Code of the element of another group that a linked variable stands for."""
        if self.when == AT_END and changes(self.description, link_of(self.neurons, name)):
            raise EquationError(
                self.neurons.name,
                f'a monitor reads the linked variable {name} at when="end"',
                'linked variables are recorded at "start" or "thresholds"',
                "record the variable of the other group",
            )
        # Before the update of a step a copy is there that the update of a later group would read.
        moment = IN_UPDATE if self.when == AT_START else IN_THRESHOLD
        link, read = link_of(self.neurons, name), LinkRead(name, moment)
        if self.when == AT_START and changes(self.description, link):
            ghost = GhostCopy(self.description.index_of_group[link.group], link.stored, START)
            source = LinkSource(ghost.name, ghost)
        else:
            source = link_source(self.description, self.group, read)
        if source.ghost is not None:
            self.ghosts[source.ghost] = None
        index = link.index
        if isinstance(index, str):
            return f"{self._use(source.argument)}[np.int64({self.expression(index)})]"
        return f"{self._use(source.argument)}[{self._element(f'_link_{name}_index')}]"

    def _active(self) -> str:
        if self.form.active:
            return f"({self._element('_active')} != 0)"
        if not self.form.refractory_steps:
            return "True"
        # Before the update it is what the last one found.
        step = "(step - 1)" if self.when == AT_START else "step"
        coefficient = self.form.refractory_steps
        argument = self._use(f"g{self.group}_{coefficient}")
        if coefficient in per_neuron_coefficients(self.neurons, self.form):
            argument += "[lid]"
        return f"({step} - {self._element('_last_spike')} > {argument})"

    def _call(self, model: NeuronEquations, node: ast.Call, given: list[str]) -> str:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        index = parse_model(model, self.neurons.name).outside[1].index(name)
        two = model.names.arrays[name].values.ndim == 2
        parts = ["values", "epsilon", "factor"] + ["columns"] * two
        used = [self._use(f"g{self.group}__array{index}_{part}") for part in parts]
        return f"{'timed_value_2d' if two else 'timed_value'}({', '.join([*given, *used])})"

    def _element(self, name: str) -> str:
        return self._use(f"g{self.group}_{name}") + "[lid]"

    def _use(self, argument: str) -> str:
        self.arguments[argument] = None
        return argument


def _parameter_name(group: int, variable: str) -> str:
    # Coefficients may have the name of a parameter.
    return f"g{group}__parameter_{variable}"


def _parameter(
    description: NetworkDescription, partition: Partition, group: int, variable: str
) -> np.ndarray:
    neurons = description.groups[group]
    assert isinstance(neurons, NeuronDescription)
    ranges = partition.ranges[group]
    if variable == "i":
        parts = [np.arange(r.start, r.stop, dtype=np.float64) for r in ranges]
        return np.concatenate([np.empty(0), *parts])
    values = local_parameters(neurons, ranges, description.seed, description.dt)
    return np.array(np.broadcast_to(values[variable], (partition.counts[group],)), np.float64)
