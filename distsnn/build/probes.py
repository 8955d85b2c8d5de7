"""What a rank reads for monitors: which elements, and the buffers they are read into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.build.synapse_edges import synapse_edges
from distsnn.build.synapses import SynapseBuild
from distsnn.build.variables import sampled_variable
from distsnn.describe.network import NetworkDescription
from distsnn.describe.probes import (
    AT_THRESHOLDS,
    Probe,
    SpikeProbe,
    StateProbe,
    SynapseProbe,
)
from distsnn.equations.form import NeuronForm
from distsnn.equations.probes import (
    CAPACITY,
    CURSOR_SIZE,
    EVERY,
    MOST,
    ROWS,
    SPIKE_COLUMNS,
    SampledVariable,
    SamplePart,
    SpikeSamples,
    StateSamples,
)
from distsnn.errors import ParameterError
from distsnn.plan.partition import Partition

_BUFFER_VALUES = 1 << 17
_MOST_ROWS = 1 << 20


@dataclass(frozen=True, eq=False)
class LocalProbe:
    """One rank's part of a probe.

    Attributes
    ----------
    samples : SpikeSamples or StateSamples
        How the program reads it.
    arrays : dict of str to array
        Arguments of the program.
    columns : int64 array (n_local,)
        For states: which of the wanted neurons this rank owns, as positions in `index`.
    """

    samples: SamplePart
    arrays: dict[str, Any]
    columns: np.ndarray
    buffer: np.ndarray
    cursor: np.ndarray

    def take(self) -> np.ndarray:
        """Empty the buffer.

        Returns
        -------
        float64 array
            States: (times, variables, n_local). Spikes: (spikes, 2 + variables), with step and
            index in front; in the order of (step, index).
        """
        rows = int(self.cursor[ROWS])
        self.cursor[ROWS] = 0
        n_variables = len(self.samples.variables)
        shape = (
            (SPIKE_COLUMNS + n_variables,)
            if isinstance(self.samples, SpikeSamples)
            else (n_variables, self.columns.size)
        )
        return self.buffer[: rows * int(np.prod(shape))].reshape(rows, *shape).copy()


def build_probes(
    description: NetworkDescription,
    partition: Partition,
    forms: Mapping[int, NeuronForm],
    synapses: Mapping[int, tuple[int, SynapseBuild]],
    probes: Sequence[Probe],
) -> tuple[LocalProbe, ...]:
    """What this rank reads for each probe.

    `synapses` are those with statements, with the number they have in the program, by the number
    they have in the description as given.
    """
    return tuple(
        _build_synapse_probe(description, partition, *_recorded(synapses, probe), m, probe)
        if isinstance(probe, SynapseProbe)
        else _build_probe(description, partition, forms, m, probe)
        for m, probe in enumerate(probes)
    )


def _build_probe(
    description: NetworkDescription,
    partition: Partition,
    forms: Mapping[int, NeuronForm],
    m: int,
    probe: StateProbe | SpikeProbe,
) -> LocalProbe:
    variables: list[SampledVariable] = []
    arrays: dict[str, Any] = {}
    for name in probe.variables:
        variable, needed = sampled_variable(
            description, partition, forms[probe.group], probe.group, name, _when(probe)
        )
        variables.append(variable)
        arrays |= needed
    samples: SamplePart
    if isinstance(probe, StateProbe):
        columns, lids = _owned(partition, probe)
        samples = StateSamples(tuple(variables), probe.when)
        arrays[f"m{m}_lids"] = lids
        width, most, every = len(variables) * lids.size, 1, probe.every
    else:
        columns = np.empty(0, dtype=np.int64)
        index = _spiking(partition, probe)
        samples = SpikeSamples(probe.group, tuple(variables))
        arrays[f"m{m}_index_of_lid"] = index
        width, most, every = SPIKE_COLUMNS + len(variables), int((index >= 0).sum()), 1
    return _with_buffer(m, samples, arrays, columns, (width, most, every))


def _recorded(
    synapses: Mapping[int, tuple[int, SynapseBuild]], probe: SynapseProbe
) -> tuple[int, SynapseBuild]:
    if probe.synapses not in synapses:
        raise ParameterError(
            "StateMonitor",
            f"{', '.join(probe.variables)} of synapses that add a constant number",
            "nothing changes their variables during a run",
            "read the variable of the synapses",
        )
    return synapses[probe.synapses]


def _build_synapse_probe(
    description: NetworkDescription,
    partition: Partition,
    s: int,
    built: SynapseBuild,
    m: int,
    probe: SynapseProbe,
) -> LocalProbe:
    target = built.description.target
    bounds = [
        bound
        for r in partition.within(target.group, target.start, target.stop)
        for bound in (r.start, r.stop)
    ]
    reached = synapse_edges(description, built.description).target + target.start
    # Inside a range, an odd number of bounds lies at or below the target.
    own = np.flatnonzero(np.searchsorted(bounds, reached, side="right") & 1)
    at = np.searchsorted(own, probe.index)
    columns = (
        np.flatnonzero((at < own.size) & (own[np.minimum(at, own.size - 1)] == probe.index))
        if own.size
        else np.empty(0, np.int64)
    )
    names = [f"s{s}_{variable}" for variable in probe.variables]
    samples = StateSamples(
        tuple(SampledVariable(f"{name}[lid]", (name,)) for name in names), probe.when, True
    )
    arrays = {f"m{m}_lids": built.place[at[columns]].astype(np.int64)}
    width = len(names) * columns.size
    return _with_buffer(m, samples, arrays, columns, (width, 1, probe.every))


def _with_buffer(
    m: int,
    samples: SamplePart,
    arrays: dict[str, Any],
    columns: np.ndarray,
    shape: tuple[int, int, int],
) -> LocalProbe:
    width, most, every = shape
    capacity = min(max(most, _BUFFER_VALUES // max(width, 1)), max(most, _MOST_ROWS))
    cursor = np.zeros(CURSOR_SIZE, dtype=np.int64)
    cursor[CAPACITY], cursor[MOST], cursor[EVERY] = capacity, most, every
    buffer = np.zeros(capacity * width)
    arrays |= {f"m{m}_buffer": buffer, f"m{m}_cursor": cursor}
    return LocalProbe(samples, arrays, columns, buffer, cursor)


def _when(probe: Probe) -> int:
    return probe.when if isinstance(probe, StateProbe | SynapseProbe) else AT_THRESHOLDS


def _owned(partition: Partition, probe: StateProbe) -> tuple[np.ndarray, np.ndarray]:
    columns, lids = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in partition.ranges[probe.group]:
        own = np.flatnonzero((probe.index >= part.start) & (probe.index < part.stop))
        columns.append(own)
        lids.append(probe.index[own] - part.start + part.first_lid)
    return np.concatenate(columns), np.concatenate(lids)


def _spiking(partition: Partition, probe: SpikeProbe) -> np.ndarray:
    index = np.full(partition.counts[probe.group], -1, dtype=np.int64)
    for part in partition.within(probe.group, probe.start, probe.stop):
        lids = slice(part.first_lid, part.first_lid + part.stop - part.start)
        index[lids] = np.arange(part.start, part.stop) - probe.start
    return index
