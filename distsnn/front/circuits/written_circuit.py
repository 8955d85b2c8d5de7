"""A network as a circuit in the files of SONATA."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.paths import checked_path
from distsnn.describe.synapses.short_term import AFTER, BEFORE, STP
from distsnn.describe.synapses.spike_timing import ALL_TO_ALL, IGNORE
from distsnn.describe.synapses.stdp import GUETIG, STDP
from distsnn.describe.values.time_steps import step_containing
from distsnn.errors import FileError
from distsnn.exchange import current_world, raising_together
from distsnn.front.circuits.written_cells import WrittenCell, refused, written_cell
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.sonata.circuit_writer import EdgesToWrite, NodesToWrite, write_circuit


def write_network(
    network: Any, folder: str | os.PathLike[str], tstop: float, overwrite: bool
) -> None:
    """Write the network as a circuit; see `write_sonata`. Collective."""
    check_switches("Network.write_sonata", overwrite=overwrite)
    to = Path(checked_path("Network.write_sonata", "folder", folder))
    world = current_world()
    if network.t > 0:
        raise refused("the network has run", "a circuit is written as it is before its first run")
    with raising_together(world, "circuit"):
        cells = _cells(network)
        nodes = [_nodes(group, cells, network.dt) for group in network.groups]
        edges = [_edges(s, cells[s.target.group.name]) for s in network.synapses]
        if world.rank == 0:
            _make_folder(to, overwrite)
    network.run(0.0)
    for synapses, one in zip(network.synapses, edges, strict=True):
        path = to / "network" / f"{one.name}_edges.h5"
        network.write_weights(path, synapses, overwrite)
    with raising_together(world, "circuit"):
        if world.rank == 0:
            write_circuit(to, nodes, edges, {"dt": network.dt, "tstop": float(tstop)})


def _make_folder(folder: Path, overwrite: bool) -> None:
    config = folder / "config.json"
    if config.exists() and not overwrite:
        raise FileError(
            str(config),
            "the file exists",
            "a circuit replaces nothing unless told to",
            "Take another folder, or say overwrite=True.",
        )
    (folder / "network").mkdir(parents=True, exist_ok=True)


def _cells(network: Any) -> dict[str, WrittenCell]:
    """Each group of neurons as a model of NEST; others are refused."""
    if network.inputs:
        raise refused(
            f"{network.inputs[0].name} is a PoissonInput", "inputs of a circuit are given spikes"
        )
    for synapses in network.synapses:
        if not isinstance(synapses, ReadySynapses):
            raise refused(
                f"{synapses.name} has equations", "synapses of a circuit are onto receptors"
            )
    found = {}
    for group in network.groups:
        if isinstance(group, NeuronGroup):
            onto = [s for s in network.synapses if s.target.group is group]
            found[group.name] = written_cell(group, onto)
        elif not isinstance(group, SpikeGeneratorGroup):
            raise refused(
                f"{group.name} is a {type(group).__name__}",
                "groups are neurons, or SpikeGeneratorGroup",
            )
    return found


def _nodes(group: Any, cells: dict[str, WrittenCell], dt: float) -> NodesToWrite:
    if isinstance(group, SpikeGeneratorGroup):
        times = (step_containing(group.times, dt) + 1) * dt
        return NodesToWrite(group.name, group.N, "", {}, (group.indices, np.round(times, 9)))
    cell = cells[group.name]
    return NodesToWrite(group.name, group.N, cell.template, cell.parameters)


def _edges(synapses: ReadySynapses, cell: WrittenCell) -> EdgesToWrite:
    template, parameters = "static_synapse", dict[str, float]()
    if isinstance(synapses.stp, STP):
        template, parameters = "tsodyks2_synapse", _short_term(synapses.name, synapses.stp)
    elif synapses.stdp is not None:
        template, parameters = "stdp_synapse", _spike_timing(synapses)
    elif synapses.stp is not None:
        raise refused(f"{synapses.name} has {synapses.stp!r}", "SONATA has static_synapse, "
                      "stdp_synapse and tsodyks2_synapse")  # fmt: skip
    for port, receptor in enumerate(cell.ports, 1):
        if synapses.receptor is receptor:
            parameters["receptor_type"] = port
    negative = any(synapses.receptor is receptor for receptor in cell.negative)
    return EdgesToWrite(synapses.name, template, parameters, negative)


def _short_term(name: str, rule: STP) -> dict[str, float]:
    if (rule.u, rule.x, rule.u_0) != (AFTER, BEFORE, 0.0):
        raise refused(
            f"{name} has {rule!r}", 'tsodyks2_synapse is STP(u="after", x="before", u_0=0)'
        )
    return {"U": rule.U, "u": rule.U, "x": 1.0, "tau_rec": rule.tau_d, "tau_fac": rule.tau_f}


def _spike_timing(synapses: ReadySynapses) -> dict[str, float]:
    rule, name = synapses.stdp, synapses.name
    same = (
        isinstance(rule, STDP)
        and (rule.dependence, rule.pairing) == (GUETIG, ALL_TO_ALL)
        and (rule.coincidence, rule.transmits) == (IGNORE, AFTER)
        and all(isinstance(value, float) for value in rule.values.values())
        and 0.0 in (rule.w_min, rule.w_max)
        and not np.any(synapses.delay)
    )
    if not same:
        raise refused(
            f"{name} has {type(rule).__name__}",
            "stdp_synapse is STDP with dependence guetig, coincidence ignore, transmits after, "
            "numbers, one bound at 0, and all of the delay dendritic",
        )
    assert isinstance(rule, STDP)
    return {
        "lambda": rule.A_plus,
        "alpha": rule.A_minus / rule.A_plus,
        "tau_plus": rule.tau_plus,
        "mu_plus": float(rule.mu_plus or 0.0),
        "mu_minus": float(rule.mu_minus or 0.0),
        "Wmax": rule.w_max or rule.w_min,
    }
