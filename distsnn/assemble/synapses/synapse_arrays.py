"""Arguments of the program for equation-based synapses, besides their variables and pathways."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import (
    constant_value,
    linked_values,
    values_of_synapses,
)
from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.codegen.program_arguments import Argument, OfCode, OfSynapses
from distsnn.codegen.synapses.synapse_arguments import REFRESHES, STEPS, operation_kind
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import SynapseSlice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.language.objects.synapse_equations import ParsedSynapses
from distsnn.layout.partition import Partition, Range


def timed_arrays(
    synapses: SynapsesDescription, parsed: ParsedSynapses, local: OfSynapses, dt: float
) -> dict[Argument, Any]:
    """The TimedArrays that the expressions call."""
    return {
        local.timed(n, part): value
        for n, name in enumerate(parsed.outside[1])
        for part, value in timed_array(synapses.names.arrays[name], dt).items()
    }


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
    part: SynapsePart,
    lids: np.ndarray,
    n_local: int,
) -> dict[Argument, Any]:
    """Numbers of synapses: in all, onto each target, from each source."""
    used, local = frozenset().union(*(code.reads for code in part.form.codes)), part.owner
    found: dict[Argument, Any] = {}
    if "N_incoming" in used:
        found[local["n_incoming"]] = np.bincount(lids, minlength=n_local)
    if used & {"N", "N_outgoing"}:
        # Those of all ranks.
        source = ObjectEdges.of(description, synapses).edges().source + synapses.source.start
        size = synapses.source.start + synapses.source.size
        found[local["n_outgoing"]] = np.bincount(source, minlength=size)
        found[local.constant("N")] = int(source.size)
    return found


def identities(edges: Edges, order: np.ndarray, n_connects: int) -> dict[str, np.ndarray]:
    """Keys of the random numbers of each synapse."""
    connect_type = np.uint16 if n_connects <= 1 << 16 else np.uint32
    return {
        "major": edges.major[order].astype(np.uint32),
        "minor": edges.k[order].astype(np.uint64),
        "connect": edges.connects[order].astype(connect_type),
    }


def group_parameters(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    part: SynapsePart,
    partition: Partition,
) -> dict[Argument, np.ndarray]:
    """Parameters of the two groups: of all sources, of the own targets."""
    found = {}
    for end, arrays in (
        (synapses.source, part.pre_arrays),
        (synapses.target, part.post_arrays),
    ):
        for x, argument in arrays:
            if argument.owner != part.owner:
                continue
            if end is synapses.source and x in part.linked:
                link = next(one for one in synapses.links if one.variable == x)
                found[argument] = linked_values(description, link)
                continue
            if isinstance(end, SynapseSlice):
                values = values_of_synapses(description, end, x)
                found[argument] = values if partition.counts[end.group] else values[:0]
                continue
            group = description.groups[end.group]
            assert isinstance(group, NeuronDescription)
            every = (Range(0, group.size, 0),)
            ranges = every if end is synapses.source else partition.ranges[end.group]
            dt = description.group_dt(end.group)
            found[argument] = initial_value(group, x, ranges, description.seed, dt)
    return found


def outside_numbers(
    description: NetworkDescription, synapses: SynapsesDescription, part: SynapsePart
) -> dict[Argument, Any]:
    """Numbers that the code reads."""
    form, local, dt = part.form, part.owner, float(description.dt_of(synapses.name))
    numbers = {
        "dt": dt,
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
                | {"dt": dt}
            )
        )
    return {local.constant(name): value for name, value in (numbers | constants).items()}


def draw_keys(
    description: NetworkDescription, synapses: SynapsesDescription, part: SynapsePart
) -> dict[Argument, Any]:
    """Keys of the random numbers of each pathway, step and sum."""
    form = part.form
    codes = {f"p{p}": pathway.code for p, pathway in enumerate(form.pathways)}
    codes |= {f"m{n}": summed.code for n, summed in enumerate(form.summed)}
    codes |= {
        name: code
        for name, code in ((STEPS, form.continuous), (REFRESHES, form.refreshed))
        if code is not None
    }
    codes |= {operation_kind(n): one.code for n, one in enumerate(form.operations)}
    keys: dict[Argument, Any] = {}
    for where, code in codes.items():
        local = OfCode(part.owner.index, where)
        for n in range(code.draws):
            key = description.key_of_steps(f"{where} draw {n}", synapses.name)
            keys |= {local.key(n, half): np.uint32(k) for half, k in enumerate(key)}
    return keys
