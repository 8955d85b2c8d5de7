"""The network of a circuit: groups, synapses and spikes of what its files say."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from distsnn.describe.checks.paths import checked_path
from distsnn.describe.recorded_groups import NOT_RECORDED, RecordedAs
from distsnn.exchange import Call, agree, current_world, install_abort, raising_together
from distsnn.front.circuits.circuit_inputs import clamp_objects, report_monitors
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.sonata.cells import CircuitGroup
from distsnn.sonata.circuit import Circuit, CircuitProjection, read_circuit
from distsnn.sonata.circuit_output import CircuitOutput, reports_of
from distsnn.sonata.clamps import clamps_of
from distsnn.sonata.configuration import read_configuration
from distsnn.sonata.spike_inputs import spikes_of

_log = logging.getLogger("distsnn")
_N = TypeVar("_N")


def network_of_circuit(
    kind: type[_N],
    config: str | os.PathLike[str],
    variables: dict[str, Any],
    seed: int | None,
    threads: int | None,
) -> _N:
    """The network of a circuit; see `from_sonata`. Collective."""
    world = current_world()
    install_abort(world)
    path = checked_path("Network.from_sonata", "config", config)
    agree(world, Call("Network.from_sonata", {"config": str(path), "variables": variables}))
    with raising_together(world, "circuit"):
        configuration = read_configuration(path, variables)
        dt, output = configuration.dt, CircuitOutput.of(configuration)
    if configuration.unknown and world.rank == 0:
        _log.warning(
            "%s: nothing is known of %s; the circuit runs without",
            configuration.path,
            ", ".join(configuration.unknown),
        )
    circuit = read_circuit(world, configuration)
    with raising_together(world, "circuit"):
        groups = _groups(circuit)
        synapses = [_synapses(p, groups) for p in circuit.projections]
        clamps = clamp_objects(circuit, clamps_of(circuit), groups)
        reports, joined = report_monitors(circuit, reports_of(configuration, output.folder), groups)
        made: Any = kind
        network = made(
            *groups.values(),
            *synapses,
            *clamps,
            *reports,
            dt=dt,
            seed=seed,
            threads=threads,
        )
    recorded = {part.name: _recorded(part) for part in circuit.parts}
    recorded |= {c.name: NOT_RECORDED for c in clamps if isinstance(c, SpikeGeneratorGroup)}
    network._state.recorded_as = recorded
    network._state.output = replace(output, joined=tuple(joined))
    found: _N = network
    return found


def _groups(circuit: Circuit) -> dict[str, SpikeSource]:
    """The group of each part, by its name."""
    spikes = spikes_of(circuit)
    found: dict[str, SpikeSource] = {}
    for part in circuit.parts:
        if part.cell is None:
            none = np.empty(0, dtype=np.int64)
            index, step = spikes.get(part.name, (none, none))
            found[part.name] = SpikeGeneratorGroup(
                part.size,
                index,
                step * circuit.configuration.dt,
                name=part.name,
                most_per_step=_most_at_once(index, step),
            )
            continue
        group = NeuronGroup(part.size, part.cell.model, name=part.name)
        for variable, value in part.cell.start.items():
            group.assign(variable, 0, part.size, value)
        found[part.name] = group
    return found


def _most_at_once(index: np.ndarray, step: np.ndarray) -> int:
    """Most spikes of a source in one step, at least 1."""
    order = np.lexsort((index, step))
    new = np.flatnonzero((np.diff(index[order]) != 0) | (np.diff(step[order]) != 0)) + 1
    return max(1, int(np.diff([0, *new, index.size]).max(initial=1)))


def _synapses(projection: CircuitProjection, groups: Mapping[str, SpikeSource]) -> ReadySynapses:
    target = groups[projection.target.name]
    assert isinstance(target, NeuronGroup)
    plasticity, delay = projection.plasticity, projection.delay
    # As in NEST all of the delay is dendritic where weights change.
    parts = (0.0, delay) if plasticity.stdp is not None else (delay, 0.0)
    synapses = ReadySynapses(
        groups[projection.source.name],
        target,
        projection.receptor,
        weight=projection.weight,
        delay=parts[0],
        dendritic_delay=parts[1],
        stp=plasticity.stp,
        stdp=plasticity.stdp,
        name=_free_name(projection.name, groups),
    )
    synapses.connect(projection.rule)
    return synapses


def _free_name(name: str, groups: Mapping[str, SpikeSource]) -> str:
    made = re.sub(r"\W", "_", name)
    return f"edges_{made}" if made[:1].isdigit() or made in groups else made


def _recorded(part: CircuitGroup) -> RecordedAs:
    """Population and ids of a part in recordings: virtual nodes are not recorded."""
    population = part.population
    name = "" if part.cell is None else population.name
    return RecordedAs(name, int(population.ids.max()) + 1, part.ids)
