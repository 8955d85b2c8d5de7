"""Arguments of the program for equation-based synapses, besides their variables and pathways."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import constant_value
from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.integrate.synapse_form import SynapseForm
from distsnn.language.objects.synapse_equations import ParsedSynapses
from distsnn.layout.partition import Partition, Range


def timed_arrays(
    synapses: SynapsesDescription, parsed: ParsedSynapses, dt: float
) -> dict[str, Any]:
    """The TimedArrays that the expressions call."""
    found: dict[str, Any] = {}
    for n, name in enumerate(parsed.outside[1]):
        for part, value in timed_array(synapses.names.arrays[name], dt).items():
            found[f"{'' if part == 'values' else '_c_'}_array{n}_{part}"] = value
    return found


def timed_array(array: TimedArray, dt: float) -> dict[str, Any]:
    """Arguments of generated code that reads a TimedArray, in their order."""
    epsilon, factor = array.grid(dt)
    found: dict[str, Any] = {
        "values": np.ascontiguousarray(array.values, dtype=np.float64).ravel(),
        "epsilon": epsilon,
        "factor": factor,
    }
    return found | ({"columns": array.values.shape[1]} if array.values.ndim == 2 else {})


def synapse_counts(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    form: SynapseForm,
    lids: np.ndarray,
    n_local: int,
) -> dict[str, Any]:
    """How many synapses there are: in all, onto each target, from each source."""
    used = frozenset().union(*(code.reads for code in form.codes))
    found: dict[str, Any] = {}
    if "N_incoming" in used:
        found["_n_incoming"] = np.bincount(lids, minlength=n_local)
    if used & {"N", "N_outgoing"}:
        # Those of all ranks.
        source = ObjectEdges.of(description, synapses).edges().source + synapses.source.start
        size = description.groups[synapses.source.group].size
        found["_n_outgoing"] = np.bincount(source, minlength=size)
        found["_c_N"] = int(source.size)
    return found


def identities(edges: Edges, order: np.ndarray, n_connects: int) -> dict[str, np.ndarray]:
    """Keys of the random numbers of each synapse."""
    connect_type = np.uint16 if n_connects <= 1 << 16 else np.uint32
    return {
        "_major": edges.major[order].astype(np.uint32),
        "_minor": edges.k[order].astype(np.uint64),
        "_connect": edges.connects[order].astype(connect_type),
    }


def group_parameters(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    part: SynapsePart,
    partition: Partition,
) -> dict[str, np.ndarray]:
    """Parameters of the two groups: of all sources, of the own targets."""
    found = {}
    for x, argument in part.pre_arrays:
        if argument.startswith("s"):
            group = description.groups[synapses.source.group]
            assert isinstance(group, NeuronDescription)
            found[f"{x}_pre"] = initial_value(
                group, x, (Range(0, group.size, 0),), description.seed, description.dt
            )
    for x, argument in part.post_arrays:
        if argument.startswith("s"):
            group = description.groups[synapses.target.group]
            assert isinstance(group, NeuronDescription)
            found[f"{x}_post"] = initial_value(
                group, x, partition.ranges[synapses.target.group], description.seed, description.dt
            )
    return found


def outside_numbers(
    description: NetworkDescription, synapses: SynapsesDescription, form: SynapseForm
) -> dict[str, Any]:
    """Numbers that the code reads."""
    numbers = {
        "dt": float(description.dt),
        "_source_start": synapses.source.start,
        "_target_start": synapses.target.start,
        "N_pre": synapses.source.size,
        "N_post": synapses.target.size,
    }
    constants = {name: constant_value(description, synapses, name) for name in form.constants}
    for c in form.coefficients:
        constants[c.name] = float(
            c.evaluate(
                {name: constant_value(description, synapses, name) for name in c.depends_on}
                | {"dt": description.dt}
            )
        )
    return {f"_c_{name}": value for name, value in (numbers | constants).items()}


def draw_keys(
    description: NetworkDescription, synapses: SynapsesDescription, form: SynapseForm
) -> dict[str, Any]:
    """Keys of the random numbers of each pathway, step and sum."""
    codes = {f"p{p}": pathway.code for p, pathway in enumerate(form.pathways)}
    codes |= {f"m{n}": summed.code for n, summed in enumerate(form.summed)}
    codes |= {
        name: code
        for name, code in (("c", form.continuous), ("f", form.refreshed))
        if code is not None
    }
    keys: dict[str, Any] = {}
    for where, code in codes.items():
        for n in range(code.draws):
            k0, k1 = description.key_of_steps(f"{where} draw {n}", synapses.name)
            keys |= {f"{where}_key{n}_0": np.uint32(k0), f"{where}_key{n}_1": np.uint32(k1)}
    return keys
