"""The part of one rank of one trial of a network: its states, beside tables that all have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.assemble.groups.group_arrays import add_group_arrays
from distsnn.assemble.groups.input_arrays import build_input
from distsnn.assemble.groups.known_parameters import KnownParameters
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.rank.rank_program import per_neuron_of, rank_probes, rank_program
from distsnn.assemble.synapses.synapse_arrays import draw_keys
from distsnn.assemble.tables.build_tables import AnyTable
from distsnn.assemble.tables.plastic_tables import PlasticTables
from distsnn.codegen.argument_values import ArgumentValues
from distsnn.codegen.program_arguments import NETWORK, Argument, OfTable, Role
from distsnn.describe.network_description import NetworkDescription


def trial_build(first: RankBuild, description: NetworkDescription) -> RankBuild:
    """The part of a rank of one trial.

    Parameters
    ----------
    first : RankBuild
        A build of the same network that has not run. What no step writes is shared with it.
    description : NetworkDescription
        The trial. It has the synapses of the first one, recognized alike; its groups and inputs may
        have other values.
    """
    partition, forms, slots = first.partition, first.forms, first.slots
    arrays, tables = _own_arrays(first)
    arrays[NETWORK["slots"]] = np.zeros(slots.size)
    differing = per_neuron_of(description, forms)
    per_neuron = {g: names | first.per_neuron[g] for g, names in differing.items()}
    for g in range(len(description.groups)):
        add_group_arrays(arrays, description, partition, g, slots, forms, per_neuron)
    for p in range(len(description.poisson_inputs)):
        arrays |= build_input(description, p, partition, slots)
    synapses = []
    for s, built in enumerate(first.synapses):
        mine = {argument: arrays[argument] for argument in built.arrays}
        made = replace(built, arrays=mine, touched=set(built.touched))
        made.refresh(description, s, partition)
        made.arrays |= draw_keys(description, made.description, made.part)
        arrays |= made.arrays
        synapses.append(made)
    read = PlasticTables(first.builder, first.plans, first.plastic, tables)
    probes = rank_probes(description, partition, forms, synapses, first.probed, read)
    arrays |= {name: array for p in probes for name, array in p.arrays.items()}
    program = first.program
    if per_neuron != first.per_neuron:
        neurons = forms, per_neuron
        program = rank_program(description, neurons, first.plans, synapses, probes, first.plastic)
    return replace(
        first,
        description=description,
        program=program,
        arrays=arrays,
        tables=tables,
        per_neuron=per_neuron,
        synapses=synapses,
        probes=probes,
        known=KnownParameters(),
    )


def _own_arrays(first: RankBuild) -> tuple[ArgumentValues, list[AnyTable]]:
    """The arguments of a trial, and its tables: copies of what steps write, and all the rest."""
    # Weights are state only where a rule changes them.
    static = {OfTable(t)["weight"] for t, plan in enumerate(first.plans) if plan.timing is None}
    copies: dict[int, np.ndarray] = {}

    def own(argument: Argument, value: Any) -> Any:
        given = argument.role == Role.GIVEN or argument in static
        if given or not isinstance(value, np.ndarray):
            return value
        return copies.setdefault(id(value), value.copy())

    arrays = ArgumentValues({name: own(name, value) for name, value in first.arrays.items()})
    tables: list[AnyTable] = []
    for table in first.tables:
        mine = {name: copies.get(id(value), value) for name, value in vars(table).items()}
        mine["values"] = {name: copies.get(id(a), a) for name, a in table.values.items()}
        tables.append(type(table)(**mine))
    return arrays, tables
