"""``Connect``: which nodes are joined, and by which synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.describe.values.given import value_bounds
from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.connections.carried_values import check_carried, check_one_step
from distsnn.nest.connections.connection import Connection
from distsnn.nest.connections.explicit import explicit_edges, spatial_pairs
from distsnn.nest.connections.given_values import check_values
from distsnn.nest.connections.pairs import PairRule, check_sizes, pair_rule
from distsnn.nest.connections.ports import check_ports
from distsnn.nest.connections.synapse_collection import GetConnections
from distsnn.nest.connections.synapse_limits import check_limits
from distsnn.nest.kernel import Recording, kernel
from distsnn.nest.models.device_kinds import METERS, WEIGHTS
from distsnn.nest.models.model_table import NEURON, OTHER, RECORDER, STIMULATOR, SYNAPSE
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.values.parameter import Parameter
from distsnn.nest_models.synapse_kinds import SUMS

_ELEMENTS = ("pre_synaptic_element", "post_synaptic_element")


class CollocatedSynapses:
    """Several synapses for each pair that a rule joins.

    Parameters
    ----------
    *args : dict
        A ``syn_spec`` for each.
    """

    def __init__(self, *args: Any) -> None:
        self.syn_specs = args

    def __len__(self) -> int:
        return len(self.syn_specs)


def Connect(
    pre: Any,
    post: Any,
    conn_spec: Any = None,
    syn_spec: Any = None,
    return_synapsecollection: bool = False,
) -> Any:
    """Connect nodes; see NEST's ``Connect``.

    Parameters
    ----------
    pre, post : NodeCollection, or arrays of global ids
        Arrays that are joined one to one may have a node several times.
    conn_spec : str or dict, optional
        Rule with its numbers: ``all_to_all`` (the default), ``one_to_one``, ``fixed_indegree``,
        ``fixed_outdegree``, ``fixed_total_number``, ``pairwise_bernoulli``, ``pairwise_poisson`` or
        ``symmetric_pairwise_bernoulli``.
    syn_spec : str, dict or CollocatedSynapses, optional
        Model of synapses with weight, delay (ms) and parameters: numbers, arrays, or parameters of
        ``nest.random`` and others.
    return_synapsecollection : bool
        Whether to return the connections.

    Returns
    -------
    SynapseCollection or None

    Raises
    ------
    ParameterError
        If something is not known or does not fit.
    ConnectivityError
        If the rule cannot be met.
    """
    arrays = not isinstance(pre, NodeCollection) or not isinstance(post, NodeCollection)
    source, target = (_gids(side) for side in (pre, post))
    if not source.size or not target.size:
        raise ParameterError(
            "nest.Connect", "there are no nodes on one side", "both sides have nodes", "correct it"
        )
    if arrays and conn_spec is None and any(np.unique(x).size < x.size for x in (source, target)):
        raise ValueError("nodes occur several times: conn_spec says 'one_to_one'")
    rule = pair_rule(conn_spec)
    specs = syn_spec.syn_specs if isinstance(syn_spec, CollocatedSynapses) else (syn_spec,)
    symmetric = isinstance(conn_spec, Mapping) and conn_spec.get("make_symmetric")
    kinds = [kernel.kinds(side) for side in (source, target)]
    if RECORDER in kinds[0] | kinds[1]:
        for spec in specs:
            _record(source, target, rule, spec)
        return GetConnections(pre, post) if return_synapsecollection else None
    if STIMULATOR in kinds[1] or OTHER in kinds[0] or kinds[1] > {OTHER}:
        raise ParameterError(
            "nest.Connect",
            "the target is a device that stimulates, or a volume_transmitter the source",
            "targets are neurons, parrots, recorders, and volume transmitters by themselves",
            "exchange source and target",
        )
    kernel.add_to_network()
    first = len(kernel.connections)
    with kernel.timed("construction_connect"):
        for spec in specs:
            _add(source, target, rule, spec, first if len(specs) > 1 else None)
            if rule.name == "symmetric_pairwise_bernoulli":
                pairs_of = first if len(specs) > 1 else len(kernel.connections) - 1
                _add(target, source, replace(rule, back=True), spec, pairs_of)
            elif symmetric:
                _refuse_random(kernel.connections[-1])
                _add(target, source, rule, spec)
    if return_synapsecollection:
        return GetConnections(pre, post)
    return None


def _gids(side: Any) -> np.ndarray:
    """Global ids (int64 (n,)) of a collection or an array.

    Raises
    ------
    TypeError
        If an array has no whole numbers.
    ParameterError
        If there are no such nodes.
    """
    given = np.asarray(side).reshape(-1)
    if given.size and given.dtype.kind not in "iu":
        raise TypeError(f"nodes are whole numbers; these are {given.dtype}")
    gids = given.astype(np.int64)
    unknown = gids[(gids < 1) | (gids > kernel.size)]
    if unknown.size:
        raise ParameterError(
            "nest.Connect", f"there is no node {unknown[0]}", f"nodes are 1 to {kernel.size}",
            "correct it",
        )  # fmt: skip
    return gids


def _refuse_random(connection: Connection) -> None:
    """Raise ParameterError if values of connections that are made both ways are drawn."""
    for name, value in connection.values.items():
        if isinstance(value, Parameter):
            raise ParameterError(
                "nest.Connect", f"make_symmetric with random {name}",
                "both directions have the same values, numbers or arrays",
                "give an array, or connect both directions yourself",
            )  # fmt: skip


def _record(source: np.ndarray, target: np.ndarray, rule: PairRule, spec: Any) -> None:
    """Let recorders record nodes: multimeters are the source, spike recorders the target."""
    meters = kernel.kinds(source) == {RECORDER}
    recorders, nodes = (source, target) if meters else (target, source)
    if kernel.kinds(recorders) != {RECORDER} or RECORDER in kernel.kinds(nodes):
        raise ParameterError(
            "nest.Connect", "recorders and other nodes stand on one side",
            "one side has recorders alone", "connect them apart",
        )  # fmt: skip
    for recorder in np.unique(recorders).tolist():
        name = kernel.block_of(recorder).model.name
        if name == WEIGHTS:
            raise ParameterError(
                "nest.Connect", f"{name} was connected", "models of synapses name it",
                f'write nest.CopyModel(..., {{"{WEIGHTS}": recorder}})',
            )  # fmt: skip
        if (name in METERS) != meters:
            raise ParameterError(
                "nest.Connect",
                f"{name} is the {'source' if meters else 'target'}",
                "multimeters and voltmeters are sources, other recorders targets",
                "exchange source and target",
            )
    made = _connection(source, target, rule, spec, -1 - len(kernel.recorded))
    made.records = True
    check_sizes(rule, source, target)
    if meters:
        _check_recordables(recorders, nodes)
    edges = explicit_edges(made, kernel.settings["rng_seed"])
    of, other = (edges.source, edges.target) if meters else (edges.target, edges.source)
    if meters:
        edges.values["receptor_type"] = _ports_of_meters(of, other)
    kernel.recorded.append(made)
    port = edges.values["receptor_type"].astype(np.int64)
    for recorder in np.unique(of).tolist():
        own = of == recorder
        kernel.record(Recording(recorder, other[own], port[own], edges.values["weight"][own]))


def _ports_of_meters(meters: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """The number of each meter among all that a node has, float64 (n,).

    Raises
    ------
    ParameterError
        If a meter has a node twice.
    """
    known: dict[int, list[int]] = {}
    for one in kernel.recordings:
        if kernel.block_of(one.recorder).model.name in METERS:
            for node in one.nodes.tolist():
                known.setdefault(node, []).append(one.recorder)
    ports = []
    for meter, node in zip(meters.tolist(), nodes.tolist(), strict=True):
        before = known.setdefault(node, [])
        if meter in before:
            raise ParameterError(
                "nest.Connect", f"multimeter {meter} is joined to node {node} twice",
                "it records each node once", "leave one of them out",
            )  # fmt: skip
        before.append(meter)
        ports.append(float(len(before)))
    return np.array(ports)


def _check_recordables(meters: np.ndarray, nodes: np.ndarray) -> None:
    """Raise UnknownNameError if meters record what neurons do not have."""
    for neurons in kernel.blocks_of(nodes):
        if neurons.kind != NEURON:
            continue
        kind = neurons.model.neuron
        for meter in np.unique(meters).tolist():
            block = kernel.block_of(meter)
            for name in block.get("record_from", meter - block.first):
                if kind.recorded(name) is None:
                    known = kind.recordables
                    unknown_name(f"{block.name} on {neurons.name}", name, known)


def _add(
    source: np.ndarray, target: np.ndarray, rule: PairRule, spec: Any, pairs_of: int | None = None
) -> None:
    """Add connections; `pairs_of` is the index of those whose pairs they have."""
    made = _connection(source, target, rule, spec, len(kernel.connections))
    made.shared = pairs_of is not None
    made.drawn_as = made.number if pairs_of is None else pairs_of
    check_ports(made)
    check_sizes(rule, source, target)
    if made.base in SUMS:
        check_carried(made)
    else:
        check_one_step(made)
    if rule.mask is not None and not rule.oversized:
        spatial_pairs(made).mask  # noqa: B018 - it raises
    if made.elements is not None:
        if rule.name not in {"one_to_one", "all_to_all"}:
            raise ParameterError(
                "nest.Connect", f"synaptic elements with {rule.name}",
                "connections that take elements are made one_to_one or all_to_all",
                "leave the elements out, or take another rule",
            )  # fmt: skip
        edges = explicit_edges(made, kernel.settings["rng_seed"])
        for name, gids in zip(made.elements, (edges.source, edges.target), strict=True):
            kernel.structure.connect(kernel.blocks, name, gids, 1)
    kernel.connections.append(made)


def _connection(
    source: np.ndarray, target: np.ndarray, rule: PairRule, spec: Any, number: int
) -> Connection:
    """Connections that a call asks for."""
    name, given = _synapse_spec(spec)
    ends = [given.pop(key, None) for key in _ELEMENTS]
    if (ends[0] is None) != (ends[1] is None):
        raise ParameterError(
            "nest.Connect", "one of pre_synaptic_element and post_synaptic_element",
            "a connection takes an element of both ends", "give both, or none",
        )  # fmt: skip
    model = kernel.model(name)
    if model.kind != SYNAPSE:
        raise ParameterError(
            "nest.Connect", f"synapse_model={name!r} is a model of nodes",
            "models of synapses are in nest.synapse_models", "correct it",
        )  # fmt: skip
    values = dict(model.defaults)
    for key, value in given.items():
        if key not in values:
            unknown_name(f"nest.Connect: {name}", key, values)
        if model.name in SUMS and key in SUMS[model.name].not_set:
            factors = ", ".join(SUMS[model.name].factors.values())
            raise ParameterError(
                f"nest.Connect: {name}", f"{key} was given", f"such connections have no {key}",
                f"leave it out{f', and give {factors}' if factors else ''}",
            )  # fmt: skip
        values[key] = plain_value(key, value)
        check_limits(model.name, key, values[key])
    ports = values.get("receptor_type", 0)
    if not isinstance(ports, Parameter) and np.any(np.asarray(ports) % 1):
        raise ParameterError(
            f"nest.Connect: {name}", f"receptor_type={ports!r}", "ports are whole numbers",
            "correct it",
        )  # fmt: skip
    at_once = model.name in SUMS and not (SUMS[model.name].delayed or SUMS[model.name].one_step)
    made = Connection(
        number,
        number,
        name,
        model.name,
        source,
        target,
        rule,
        values,
        kernel.resolution,
        _bounds_at_once() if at_once else _delay_bounds(values["delay"]),
        elements=None if ends[0] is None else (ends[0], ends[1]),
    )
    check_values(made, given)
    return made


def _bounds_at_once() -> tuple[float, float]:
    """Bounds of the time (ms) between two exchanges of values that have no delay."""
    settings = kernel.settings
    interval = settings["wfr_comm_interval"] if settings["use_wfr"] else kernel.resolution
    return interval, interval


def _synapse_spec(spec: Any) -> tuple[str, dict[str, Any]]:
    if spec is None:
        return "static_synapse", {}
    if isinstance(spec, str):
        return spec, {}
    given = dict(spec)
    return given.pop("synapse_model", "static_synapse"), given


def plain_value(key: str, value: Any) -> Any:
    """A number, `Parameter`, string or array (float64) that was given for synapses."""
    if isinstance(value, Parameter):
        return value.law if isinstance(value.law, float) else value
    if isinstance(value, str | bool):
        return value
    try:
        made = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            "nest.Connect", f"{key}={value!r}", "values are numbers, arrays, or parameters of "
            "nest.random and others", "correct it",
        ) from None  # fmt: skip
    return float(made) if made.ndim == 0 else made


def _delay_bounds(delay: Any) -> tuple[float, float]:
    """The shortest and the longest delay (ms), as far as they are known."""
    if isinstance(delay, Parameter):
        if delay.law is None:
            return kernel.resolution, kernel.resolution
        low, high = value_bounds(delay.law)
        low, high = max(low, kernel.resolution), high if np.isfinite(high) else low
    else:
        low, high = value_bounds(delay)
    if kernel.delay_limits is not None:
        shortest, longest = (kernel.ms(steps) for steps in kernel.delay_limits)
        half = 0.5 * kernel.resolution
        if low < shortest - half or max(low, high) >= longest + half:
            raise ParameterError(
                "nest.Connect", f"a delay of {low:g} to {max(low, high):g} ms",
                f"min_delay={shortest:g} ms and max_delay={longest:g} ms were set",
                "give a delay between them",
            )  # fmt: skip
    if low < kernel.resolution * (1 - 1e-9):
        raise ParameterError(
            "nest.Connect",
            f"delay={low:g} ms",
            f"delays are at least the resolution, {kernel.resolution:g} ms",
            "give a longer delay",
        )
    return low, max(low, high)
