"""The probes of monitors of groups on one rank: local elements and buffers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from distsnn.assemble.monitors.local_probe import LocalProbe, with_buffer
from distsnn.assemble.monitors.synapse_probes import SynapsesOfRank, build_synapse_probe
from distsnn.assemble.monitors.variable_arrays import sampled_variable
from distsnn.assemble.monitors.weight_probes import PlasticTables, build_weight_probe
from distsnn.assemble.synapses.local_synapses import SynapseBuild
from distsnn.codegen.probe_blocks import (
    SPIKE_COLUMNS,
    SamplePart,
    SpikeSamples,
    StateSamples,
)
from distsnn.codegen.program_arguments import Argument, OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.codegen.synapses.ghost_copies import GhostCopy
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.probes import (
    HistogramProbe,
    Probe,
    SpikeProbe,
    StateProbe,
    SynapseProbe,
    WeightProbe,
)
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.layout.partition import Partition


def build_probes(
    description: NetworkDescription,
    partition: Partition,
    forms: Mapping[int, NeuronForm],
    synapses: Mapping[int, tuple[int, SynapseBuild]],
    probes: Sequence[Probe],
    tables: PlasticTables,
) -> tuple[LocalProbe, ...]:
    """Build the local part of each probe of a network.

    `synapses` are those with statements that are no projections, with the number they have in
    the program, by the number they have in the description.
    """
    made = []
    for m, probe in enumerate(probes):
        if isinstance(probe, SynapseProbe):
            of_rank = SynapsesOfRank(description, partition, forms, synapses.get(probe.synapses))
            made.append(build_synapse_probe(of_rank, m, probe))
        elif isinstance(probe, WeightProbe | HistogramProbe):
            made.append(build_weight_probe(tables, m, probe))
        else:
            made.append(_build_probe(description, partition, forms, m, probe))
    return tuple(made)


def _build_probe(
    description: NetworkDescription,
    partition: Partition,
    forms: Mapping[int, NeuronForm],
    m: int,
    probe: StateProbe | SpikeProbe,
) -> LocalProbe:
    variables: list[SampledVariable] = []
    arrays: dict[Argument, Any] = {}
    ghosts: dict[GhostCopy, None] = {}
    for name in probe.variables:
        variable, needed, copies = sampled_variable(
            description, partition, forms[probe.group], probe.group, name, probe.when
        )
        variables.append(variable)
        arrays |= needed
        ghosts |= dict.fromkeys(copies)
    samples: SamplePart
    if isinstance(probe, StateProbe):
        columns, lids = _owned(partition, probe)
        samples = StateSamples(
            tuple(variables), probe.when, ghost_copies=tuple(ghosts), place=probe.place
        )
        arrays[OfProbe(m)["lids"]] = lids
        width, most, every = len(variables) * lids.size, 1, probe.every
    else:
        columns = np.empty(0, dtype=np.int64)
        index = _spiking(partition, probe)
        spiking = description.spiking(probe.group, probe.event)
        samples = SpikeSamples(
            spiking, tuple(variables), tuple(ghosts), when=probe.when, place=probe.place
        )
        arrays[OfProbe(m)["index_of_lid"]] = index
        width, most, every = SPIKE_COLUMNS + len(variables), int((index >= 0).sum()), 1
    return with_buffer(m, samples, arrays, columns, (width, most, every))


def _owned(partition: Partition, probe: StateProbe) -> tuple[np.ndarray, np.ndarray]:
    columns, lids = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in partition.ranges[probe.group]:
        local = np.flatnonzero((probe.index >= part.start) & (probe.index < part.stop))
        columns.append(local)
        lids.append(probe.index[local] - part.start + part.first_lid)
    return np.concatenate(columns), np.concatenate(lids)


def _spiking(partition: Partition, probe: SpikeProbe) -> np.ndarray:
    index = np.full(partition.counts[probe.group], -1, dtype=np.int64)
    for part in partition.within(probe.group, probe.start, probe.stop):
        lids = slice(part.first_lid, part.first_lid + part.stop - part.start)
        index[lids] = np.arange(part.start, part.stop) - probe.start
    return index
