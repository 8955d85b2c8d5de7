"""Arguments of one rank's program: tables of synapses and what changes them, and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from distsnn.assemble.synapses.local_synapses import SynapseBuild
from distsnn.assemble.tables.build_tables import AnyTable, TableBuilder
from distsnn.assemble.tables.kept_sources import SourceKeeper
from distsnn.assemble.tables.plastic_tables import PlasticPlan, build_plastic, plastic_numbers
from distsnn.assemble.tables.segment_tables import Table
from distsnn.assemble.tables.short_term_state import build_efficacy, plasticities
from distsnn.codegen.program import Program
from distsnn.codegen.program_arguments import Argument, OfGhosts, OfGroup, OfQueue, OfTable
from distsnn.codegen.tables.plastic_part import arguments_of
from distsnn.describe.network_description import NetworkDescription
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.integrate.synapse_form import POST
from distsnn.layout.partition import Partition
from distsnn.layout.shared_tables import TablePlan
from distsnn.layout.slots import SlotPlan, plan_slots


def plan_rank_slots(forms: Mapping[int, NeuronForm], partition: Partition) -> SlotPlan:
    """The slots of the target variables of a rank's neurons; `forms` are those of the groups."""
    return plan_slots(
        [
            (g, variable, partition.counts[g])
            for g, form in forms.items()
            for variable in dict.fromkeys(form.receptor_states)
        ]
    )


def add_tables(
    arrays: dict[Argument, Any],
    builder: TableBuilder,
    plans: tuple[TablePlan, ...],
    changing: PlasticPlan,
) -> list[AnyTable]:
    """Build the tables, and add them and all that changes them to `arrays`."""
    tables = [builder.build(plan) for plan in plans]
    arrays |= table_arrays(builder, plans, changing, tables)
    keeper = SourceKeeper(builder, plans, tables)
    arrays |= build_plastic(builder, plans, changing, tables, keeper)
    for r in range(len(plasticities(plans))):
        arrays |= build_efficacy(keeper, plans, r, builder.description.dt)
    return tables


def table_arrays(
    builder: TableBuilder,
    plans: tuple[TablePlan, ...],
    changing: PlasticPlan,
    tables: Sequence[AnyTable],
) -> dict[Argument, Any]:
    """Arguments of the program for its tables."""
    arrays: dict[Argument, Any] = {}
    for t, (plan, table, part) in enumerate(zip(plans, tables, changing.parts, strict=True)):
        local = dict(table.arrays)
        if isinstance(table, Table):
            local["n_tiles"] = builder.slots.n_tiles
        if plan.at_once and isinstance(table, Table):
            local |= {"delays": table.delays[table.delays > 0]}
            local |= {"no_delays": table.delays[table.delays == 0]}
        if part is not None:
            local |= plastic_numbers(builder.description, plan, part, builder.slots)
            arrays |= zip(arguments_of(t, part, list(local)), local.values(), strict=True)
        else:
            arrays |= OfTable(t).named(local)
    return arrays


def remove_tables(arrays: dict[Argument, Any]) -> None:
    """Remove the arguments of all tables from `arrays`."""
    for argument in [a for a in arrays if isinstance(a.owner, OfTable)]:
        del arrays[argument]


def ghost_arrays(program: Program, description: NetworkDescription) -> dict[Argument, Any]:
    """Arrays for the variables of remote neurons that the program reads."""
    arrays: dict[Argument, Any] = {}
    for copy in program.ghost_copies:
        arrays[copy.argument] = np.zeros(description.groups[copy.group].size)
        arrays[OfGhosts(copy.group)["first_gid"]] = description.first_gids[copy.group]
    return arrays


def event_arrays(
    program: Program,
    description: NetworkDescription,
    partition: Partition,
    synapses: list[SynapseBuild],
) -> dict[Argument, Any]:
    """Ghost copies, queues of local spikes, and flags of refractoriness."""
    arrays = ghost_arrays(program, description)
    for g in program.queues:
        longest = max(built.longest(POST) for built in synapses if g in built.part.spiking)
        arrays |= OfQueue(g).named(
            {
                "longest": longest,
                "tail": np.zeros(1, dtype=np.int64),
                "begin": np.zeros(longest + 2, dtype=np.int64),
            }
        )
    for built in synapses:
        for g in (built.part.source_group, built.part.target_group):
            n, local = partition.counts[g], OfGroup(g)
            arrays[local["free"]] = np.ones(n, dtype=np.uint8)
            arrays[local["earlier_spike"]] = np.zeros(n, dtype=np.int64)
    return arrays
