"""Defaults and copies of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.connections.connect_nodes import plain_value
from distsnn.nest.connections.explicit import known_edges
from distsnn.nest.connections.synapse_collection import optimize_by
from distsnn.nest.connections.synapse_limits import check_limits
from distsnn.nest.kernel import kernel
from distsnn.nest.models.device_kinds import WEIGHTS, measured
from distsnn.nest.models.model_table import (
    NEURON,
    RECORDER,
    STIMULATOR,
    SYNAPSE,
    TRANSMITTER,
    Model,
)
from distsnn.nest.nodes.block import Block
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.nodes.device_checks import check_device
from distsnn.nest.nodes.neuron_parameters import check_neurons
from distsnn.nest.nodes.status import as_array, checked_values, to_json
from distsnn.nest.values.parameter import Parameter
from distsnn.nest_models.eprop.eprop_synapses import OPTIMIZER, optimizer_of, with_optimizer
from distsnn.nest_models.synapse_kinds import SUMS

# Parameters of models of synapses that are a node.
NODES = (WEIGHTS, TRANSMITTER)


def SetDefaults(model: str, params: Any, value: Any = None) -> None:
    """Set defaults of a model, for nodes and connections that are made later."""
    given = {params: value} if isinstance(params, str) else dict(params)
    found = kernel.model(model)
    _set(found, model, given)
    if OPTIMIZER in given and OPTIMIZER in found.defaults:
        for connection in kernel.connections:
            if connection.name == model:
                optimize_by(connection, found.defaults)


def _set(found: Model, name: str, given: Mapping[str, Any]) -> None:
    before = dict(found.defaults)
    try:
        _set_each(found, name, given)
        if found.kind == NEURON:
            check_neurons(Block(found, name, 0, 1, found.defaults), np.zeros(1, dtype=np.int64))
        if found.kind in {STIMULATOR, RECORDER}:
            block = Block(found, name, 0, 1, found.defaults)
            check_device(block, 0, set(given))
            for key, column in block.columns.items():
                found.defaults[key] = column[0]
    except Exception:
        found.defaults.clear()
        found.defaults.update(before)
        raise


def _set_each(found: Model, name: str, given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if (key == TRANSMITTER and found.name.startswith("stdp_dopamine")) or (
            key == WEIGHTS and found.kind == SYNAPSE and found.name not in SUMS
        ):
            _set_node(found, name, key, value)
            continue
        if key == OPTIMIZER and key in found.defaults:
            found.defaults |= with_optimizer(name, value, found.defaults)
            continue
        if key not in found.defaults:
            unknown_name(name, key, found.defaults)
        if found.kind == SYNAPSE:
            found.defaults[key] = plain_value(key, value)
            check_limits(found.name, key, found.defaults[key])
            continue
        drawn = isinstance(value, Parameter) and not isinstance(value.law, float)
        if drawn or (np.ndim(value) > 0 and not isinstance(found.defaults[key], tuple)):
            raise ParameterError(
                name, f"{key} has several values, or random ones", "a default is one value",
                "give the values to nest.Create",
            )  # fmt: skip
        block = Block(found, name, 0, 1, found.defaults)
        one = np.zeros(1, dtype=np.int64)
        (found.defaults[key],) = checked_values(block, key, value, one, one, 1)


def _set_node(found: Model, name: str, key: str, value: Any) -> None:
    """Let synapses know a node that they work with."""
    nodes = value if isinstance(value, NodeCollection) else NodeCollection(value)
    named = nodes.tolist()
    if len(named) != 1 or kernel.block_of(named[0]).model.name != key:
        raise ParameterError(
            f"{name}",
            f"{key}={value!r}",
            f"it is one {key}",
            f"create one by nest.Create({key!r})",
        )
    changed = found.nodes.get(key) != named[0]
    if changed and any(connection.name == name for connection in kernel.connections):
        kernel.drop_network(f"{key} of {name} was set")
    found.nodes[key] = named[0]


def GetDefaults(model: str, keys: Any = None, output: str = "") -> Any:
    """Defaults of a model, and what is known of it."""
    if output == "json":
        return to_json(GetDefaults(model, keys))
    found = kernel.model(model)
    values: dict[str, Any] = {
        name: (list(v) if name == "record_from" else as_array(v)) if isinstance(v, tuple) else v
        for name, v in found.defaults.items()
    }
    values["element_type"] = found.kind
    values["type_id"] = found.name
    if found.kind == NEURON:
        values["recordables"] = list(found.neuron.recordables)
        if found.neuron.receptor_types:
            values["receptor_types"] = dict(found.neuron.receptor_types)
    if found.kind in {STIMULATOR, RECORDER}:
        values["recordables"] = list(measured(found.name))
    if found.kind == SYNAPSE:
        values["synapse_model"] = model
        values["synapse_modelid"] = list(kernel.synapse_models).index(model)
    else:
        values["model"] = model
        values["model_id"] = list(kernel.models).index(model)
    if found.kind == SYNAPSE:
        values["num_connections"] = number_of_connections(model)
        carried = SUMS.get(found.name)
        values["has_delay"] = carried is None or carried.delayed or carried.one_step
        values["requires_symmetric"] = found.name == "gap_junction"
        values[WEIGHTS] = NodeCollection([])
        if found.name.startswith("stdp_dopamine"):
            values[TRANSMITTER] = NodeCollection([])
        values |= {key: NodeCollection([gid]) for key, gid in found.nodes.items()}
        if OPTIMIZER in values:
            values[OPTIMIZER] = optimizer_of(found.defaults)
    if keys is None:
        return values
    names = [keys] if isinstance(keys, str) else list(keys)
    for name in names:
        if name not in values:
            unknown_name(f"nest.GetDefaults: {model}", name, values)
    return values[keys] if isinstance(keys, str) else [values[name] for name in names]


def number_of_connections(model: str | None = None) -> int:
    """Number of connections, of one model of synapses or of all."""
    found = 0
    for connection in (*kernel.connections, *kernel.recorded):
        if model not in (None, connection.name):
            continue
        rule = connection.rule.built_in
        same = np.array_equal(connection.source, connection.target)
        sizes = connection.source.size, connection.target.size
        number = None if rule is None else rule.exact_number(*sizes, 0 if same else None)
        if number is None or connection.records or connection.edges is not None:
            edges = known_edges(connection, kernel.settings["rng_seed"])
            number = kernel.network().number(connection) if edges is None else edges.source.size
        found += number if connection.removed is None else int((~connection.removed).sum())
    return found


def CopyModel(existing: str, new: str, params: Any = None) -> None:
    """Copy a model under a new name, with defaults of its own."""
    if new in kernel.models or new in kernel.synapse_models:
        raise ParameterError(
            "nest.CopyModel", f"there is a model {new!r} already", "names are new", "take another"
        )
    made = kernel.model(existing).copied()
    _set(made, new, params or {})
    table = kernel.synapse_models if made.kind == SYNAPSE else kernel.models
    table[new] = made
