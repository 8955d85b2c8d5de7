"""Variables of neurons that are set through their synapses: ``S.v_post = ...``."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.checks.settable import cannot_be_set
from distsnn.errors import ParameterError
from distsnn.front.names.named import called
from distsnn.front.names.user_functions import with_functions
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.shared_values import check_shared_value
from distsnn.front.synapses.equation_values import EquationValues
from distsnn.front.synapses.synapses_as_end import units_of_end
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import names_in, parse_expression


def units_of_neurons(synapses: Any) -> dict[str, str]:
    """Names and units of the neurons' variables; see `EquationSynapses.of_neurons`."""
    parsed, source, target = synapses.parsed, synapses.source, synapses.target
    found = {
        name + ending: unit
        for end, ending in ((target, ""), (source, "_pre"), (target, "_post"))
        for name, unit in units_of_end(end).items()
    }
    own = parsed.symbols.own.keys() - parsed.equations.keys() - parsed.linked.keys()
    return {name: unit for name, unit in found.items() if name in own}


def assign_neurons(
    known: EquationValues,
    variable: str,
    value: Any,
    item: Any = slice(None),
) -> None:
    """Set a variable of the sources or targets of some synapses.

    As in Brian 2, a neuron that several of these synapses join gets the value of the last one, in
    the order of creation; neurons without any keep theirs. What is marked ``(unless refractory)``
    is set in refractory neurons too, unless an expression depends on it. Raises ParameterError if
    the variable cannot be set, there are more or fewer values than synapses, or an expression
    depends on the variable that it sets where a neuron has several of the synapses.

    Parameters
    ----------
    known : EquationValues
        Of the synapses.
    variable : str
        ``x_pre``, ``x_post``, or ``x`` for the targets.
    value : number, array (one for each of the synapses), or str
        An expression is evaluated for each synapse.
    item : index, optional
        Which synapses, see `SynapticIndex`.
    """
    synapses, where = known.synapses, known.synapses._called()
    of_source = variable.endswith("_pre")
    end = synapses.source if of_source else synapses.target
    x = variable.removesuffix("_pre" if of_source else "_post")
    group = end.group
    if not isinstance(group, NeuronGroup) or x not in group.variables():
        raise cannot_be_set(synapses, variable)
    if x in group.shared:
        whole = item is Ellipsis or (isinstance(item, slice) and item == slice(None))
        _assign_shared(known, group, variable, value, whole)
        return
    numbers = np.atleast_1d(synapses.positions(item))
    edges = known.edges()
    neurons = (edges.source if of_source else edges.target)[numbers] + end.start
    by_itself = False
    if isinstance(value, str):
        checked = known.expression(variable, value)
        by_itself = _reads(known, group, x, value)
        if by_itself and np.unique(neurons).size < neurons.size:
            raise ParameterError(
                where,
                f"{variable} = {value!r} reads what it sets, and neurons have several synapses",
                "each would see what the ones before it have set",
                f"set {x} of {called(group)}",
                name=variable,
            )
        order = group.assignments.next_order
        values = known.read_expression(checked, f"{variable} set as {order}")[numbers]
    else:
        values = np.asarray(value, dtype=np.float64)
        if values.shape not in {(), (1,), neurons.shape}:
            raise ParameterError(
                where,
                f"{variable} was given {values.size} values",
                f"there are {neurons.size} synapses",
                f"give one for each synapse, or set {x} of {called(group)}",
                shape=values.shape,
            )
        values = np.broadcast_to(values, neurons.shape)
    if neurons.size:
        chosen, last = np.unique(neurons[::-1], return_index=True)
        group.assign_where(x, chosen, values[::-1][last], by_itself)


def _assign_shared(
    known: EquationValues, group: NeuronGroup, variable: str, value: Any, whole: bool
) -> None:
    """Set a variable that all neurons of the group share."""
    x = variable.removesuffix("_pre").removesuffix("_post")
    if isinstance(value, str):
        checked = known.expression(variable, value)
        values = np.unique(known.read_expression(checked, f"{variable} set"))
        if values.size == 0:
            return
        value = float(values[0]) if values.size == 1 else values
    elif np.size(value) == 1:
        value = np.reshape(value, ())[()]
    check_shared_value(known.synapses._called(), variable, value, whole, ())
    group.assign(x, 0, group.N, value)


def settable_of_neurons(synapses: Synapses) -> list[str]:
    """Names under which variables of the sources and targets can be set."""
    found = []
    source, target = synapses.source, synapses.target
    for ending, end in (("_post", target), ("_pre", source), ("", target)):
        if isinstance(end.group, NeuronGroup):
            found += [x + ending for x in end.group.variables()]
    return found


def _reads(known: EquationValues, group: NeuronGroup, x: str, value: str) -> bool:
    """Whether an expression reads the variable `x` of a group."""
    synapses = known.synapses
    text = with_functions(value, None)
    tree = parse_expression(text, SourceLocation(synapses._called(), "value", text))
    ends = {"_pre": synapses.source, "_post": synapses.target}
    own = {x + ending for ending, end in ends.items() if end.group is group}
    return bool(own.intersection(names_in(known.model.parsed.inlined(tree))))
