"""Currents and reports of a circuit, as objects of its network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.synapses.rules import Pairs
from distsnn.describe.values.given import value_bounds
from distsnn.describe.values.time_steps import steps_of
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.sonata.circuit import Circuit
from distsnn.sonata.circuit_output import CircuitReport
from distsnn.sonata.clamps import Clamp
from distsnn.sonata.node_sets import NodeSets


def clamp_objects(
    circuit: Circuit, clamps: Sequence[Clamp], groups: Mapping[str, SpikeSource]
) -> list[Any]:
    """Sources whose spikes change currents that stay as they are between them."""
    dt, found = circuit.configuration.dt, list[Any]()
    shortest = min((steps_of(value_bounds(p.delay)[0], dt) for p in circuit.projections), default=1)
    cells = {part.name: part.cell for part in circuit.parts}
    for clamp in clamps:
        if not clamp.steps.size:
            continue
        target = groups[clamp.part]
        assert isinstance(target, NeuronGroup)
        cell = cells[clamp.part]
        assert cell is not None
        # An event of a step acts from the next update on; delays are long, so that ranks do not
        # exchange spikes more often than others need it.
        acts = clamp.steps - 1
        delay = int(max(1, min(shortest, acts.min())))
        name = re.sub(r"\W", "_", f"clamp_{clamp.name}")
        n, k = clamp.index.size, clamp.steps.size
        source = SpikeGeneratorGroup(k, np.arange(k), (acts - delay) * dt, name=name)
        synapses = ReadySynapses(
            source,
            target,
            cell.clamp,
            weight=np.repeat(clamp.changes, n),
            delay=delay * dt,
            name=f"{name}_current",
        )
        synapses.connect(Pairs(np.repeat(np.arange(k), n), np.tile(clamp.index, k)))
        found += [source, synapses]
    return found


def report_monitors(
    circuit: Circuit, reports: Sequence[CircuitReport], groups: Mapping[str, SpikeSource]
) -> tuple[list[StateMonitor], list[tuple[Path, tuple[Path, ...]]]]:
    """The monitors that write the reports of a configuration, and which files become one."""
    configuration, found = circuit.configuration, list[StateMonitor]()
    joined: list[tuple[Path, tuple[Path, ...]]] = []
    sets = NodeSets(configuration, circuit.populations)
    for report in reports:
        where, members = f"reports.{report.name}", []
        for population, nodes in sets.nodes(report.cells, where).items():
            for part in circuit.parts_of(population):
                index = np.flatnonzero(np.isin(part.nodes, nodes))
                if index.size and part.cell is not None:
                    members.append((part, index))
        paths = list[Path]()
        for part, index in members:
            path = report.path
            if len(members) > 1:
                path = path.with_name(f".{path.stem}.{part.name}{path.suffix}")
            paths.append(path)
            group = groups[part.name]
            for variable in report.variables:
                if variable not in group.recordable():
                    raise configuration.refused(
                        f"{where}.variable_name is {variable!r}",
                        f"variables of {part.name} are {', '.join(group.recordable())}",
                    )
            found.append(
                StateMonitor(
                    group,
                    list(report.variables),
                    index,
                    report.dt,
                    name=re.sub(r"\W", "_", f"report_{report.name}_{part.name}"),
                    to=RecordingFile(str(path)),
                )
            )
        if len(paths) > 1:
            joined.append((report.path, tuple(paths)))
    return found, joined
