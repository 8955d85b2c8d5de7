"""Everything one rank holds: a pure function of description, rank and number of ranks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.build.edge_values import text_delay_bounds
from distsnn.build.fast_synapses import SynapsePlan, plan_synapses, synaptic_weights
from distsnn.build.group_arrays import add_group_arrays, coefficient_arrays
from distsnn.build.held_sources import SourceKeeper
from distsnn.build.inputs import build_input
from distsnn.build.local_probe import LocalProbe
from distsnn.build.neurons import initial_value, per_neuron_coefficients
from distsnn.build.pair_texts import PairText
from distsnn.build.plastic import PlasticPlan, build_plastic, plan_plastic, plastic_numbers
from distsnn.build.plastic_probes import PlasticTables, weight_probe
from distsnn.build.plasticity import build_release, plasticities, release_parts, table_parts
from distsnn.build.probes import build_probes
from distsnn.build.synapses import SynapseBuild, build_synapses
from distsnn.build.tables import Progress, Table, TableBuilder, no_progress
from distsnn.build.variables import refresh_parameters
from distsnn.describe.groups import NeuronDescription, PoissonDescription
from distsnn.describe.network import NetworkDescription
from distsnn.describe.probes import Probe, SynapseProbe
from distsnn.describe.synapses import SynapticValue
from distsnn.equations.form import NeuronForm
from distsnn.equations.group_program import GeneratorPart, NeuronPart, PoissonPart
from distsnn.equations.neurons import neuron_form
from distsnn.equations.program import Program, network_program
from distsnn.equations.synapse_form import POST, PRE
from distsnn.plan.delays import (
    MAX_DELAY_STEPS,
    TextDelayBounds,
    exchange_interval,
    longest_delay,
)
from distsnn.plan.partition import Partition, partition_network
from distsnn.plan.slots import SlotPlan, plan_slots
from distsnn.plan.tables import TablePlan, plan_tables


@dataclass(eq=False)
class RankBuild:
    """What one rank of a network holds.

    Attributes
    ----------
    description, partition
        What was built, and for which rank.
    program : Program
        The generated function that advances it.
    arrays : dict of str to array or number
        Arguments of the program by name (``g0_V_m``, ``t0_target``, ...), and ``slots``.
    tables : list of Table
    forms : dict of int to NeuronForm
        Form of each group of neurons, by group index.
    per_neuron : dict of int to frozenset of str
        The coefficients of each group of neurons that are arrays.
    interval, longest : int
        Steps between exchanges and longest delay in steps, as far as this rank's synapses demand.
    synapses : list of SynapseBuild
        Those with statements, but not those that became projections.
    slow : tuple of int
        The number of each among all synapses with statements.
    pairs : dict of int to PairText
        Those that became projections whose weights change, by number, and their rules.
    slots : SlotPlan
    plans : tuple of TablePlan
    text_delays : mapping of (str, str) to (int, int)
        See `TableBuilder`.
    weights : mapping of str to SynapticValue
        Weights that synapses with statements gave to projections, by the name of these.
    probed : tuple of Probe
        What monitors read.
    plastic : PlasticPlan
    builder : TableBuilder
        What built the tables, and can draw their edges again.
    probes : tuple of LocalProbe
        What this rank reads for monitors.
    """

    description: NetworkDescription
    partition: Partition
    program: Program
    arrays: dict[str, Any]
    tables: list[Table]
    forms: dict[int, NeuronForm]
    per_neuron: dict[int, frozenset[str]]
    interval: int
    longest: int
    synapses: list[SynapseBuild]
    slow: tuple[int, ...]
    pairs: dict[int, PairText]
    slots: SlotPlan
    plans: tuple[TablePlan, ...]
    text_delays: TextDelayBounds
    weights: Mapping[str, SynapticValue]
    probed: tuple[Probe, ...]
    plastic: PlasticPlan
    builder: TableBuilder
    probes: tuple[LocalProbe, ...] = ()

    @property
    def n_local(self) -> int:
        """Number of neurons and sources of this rank."""
        return sum(self.partition.counts)

    @property
    def n_synapses(self) -> int:
        """Number of synapses of this rank."""
        return sum(table.n_synapses for table in self.tables) + sum(
            synapses.n_synapses for synapses in self.synapses
        )

    def update_group(self, group: int, variable: str, start: int, stop: int) -> None:
        """Bring parameters or a state up to date after an assignment to neurons start..stop.

        The description must hold the assignment already.
        """
        neurons = self.description.groups[group]
        assert isinstance(neurons, NeuronDescription)
        form, ranges = self.forms[group], self.partition.ranges[group]
        if variable in form.states:
            values = initial_value(
                neurons, variable, ranges, self.description.seed, self.description.dt
            )
            for part in self.partition.within(group, start, stop):
                lids = slice(part.first_lid, part.first_lid + part.stop - part.start)
                self.arrays[f"g{group}_{variable}"][lids] = values[lids]
        else:
            self.update_coefficients(group)

    def update_coefficients(self, group: int) -> None:
        """Bring coefficients up to date after parameters or names from outside changed."""
        neurons = self.description.groups[group]
        assert isinstance(neurons, NeuronDescription)
        differing = per_neuron_coefficients(neurons, self.forms[group])
        if not differing <= self.per_neuron[group]:
            self.per_neuron[group] |= differing
            self._write_program()
        self.arrays.update(
            coefficient_arrays(
                self.description,
                group,
                self.forms[group],
                self.partition.ranges[group],
                self.per_neuron[group],
            )
        )
        refresh_parameters(self.description, self.partition, group, self.arrays)

    def update_synapses(self) -> None:
        """Bring what synapses know of groups and of names from outside up to date."""
        plan = plan_synapses(self.description, self.weights, self.slow)
        for s, built in enumerate(self.synapses):
            built.refresh(plan.description, s, self.partition)
            self.arrays.update(built.arrays)
        builder = TableBuilder(plan.description, self.partition, self.slots, self.text_delays)
        plans, weights = plan_tables(plan.description), synaptic_weights(plan.description)
        if plans != self.plans:
            self._replace_tables(builder, plans)
            self._write_program()
        else:
            for table, members in zip(self.tables, plans, strict=True):
                if members.weight_type is None:
                    table.weight[:] = builder.segment_weights(members, table)
                elif _differ(plan.description, members, self.weights):
                    table.weight[:] = builder.build(members).weight
        self.weights = weights
        if any(isinstance(probe, SynapseProbe) for probe in self.probed):
            self._write_program()

    def _replace_tables(self, builder: TableBuilder, plans: tuple[TablePlan, ...]) -> None:
        """Build tables for other plans; those whose weights change while it runs stay."""
        _remove_tables(self.arrays, len(self.tables))
        tables = dict(zip(self.plans, self.tables, strict=True))
        staying = {plan: table for plan, table in tables.items() if plan.timing is not None}
        self.tables = [staying.get(plan) or builder.build(plan) for plan in plans]
        self.plans, self.plastic = plans, plan_plastic(builder.description, plans)
        self.builder = builder
        self.arrays |= _table_arrays(builder, plans, self.plastic, self.tables)

    def _write_program(self) -> None:
        """Write the program anew, for the arrays that there are now."""
        plan = plan_synapses(self.description, self.weights, self.slow)
        self.probes = _probes(
            (self.description, plan),
            self.partition,
            self.forms,
            self.synapses,
            self.probed,
            PlasticTables(self.builder, self.plans, self.plastic, self.tables),
        )
        self.arrays |= {name: array for p in self.probes for name, array in p.arrays.items()}
        program = _program(
            plan.description,
            (self.forms, self.per_neuron),
            self.plans,
            self.synapses,
            self.probes,
            self.plastic,
        )
        if program != self.program:
            self.program = program

    def active(self, group: int, step: int) -> np.ndarray:
        """Whether each local neuron of a group was not refractory after the step before `step`."""
        form = self.forms[group]
        if form.active:
            return np.asarray(self.arrays[f"g{group}__active"] != 0)
        last = self.arrays[f"g{group}__last_spike"]
        if not form.refractory_steps:
            return np.ones(last.size, dtype=bool)
        return np.asarray(step - 1 - last > self.arrays[f"g{group}_{form.refractory_steps}"])


def build_rank(
    description: NetworkDescription,
    rank: int,
    size: int,
    progress: Progress = no_progress,
    probes: Sequence[Probe] = (),
    kept: Collection[int] = (),
) -> RankBuild:
    """Build what `rank` of `size` ranks holds.

    Parameters
    ----------
    description : NetworkDescription
    rank, size : int
    progress : callable, optional
        Called with the number of synapses drawn or placed since the last call; over the whole
        build it is called for every synapse twice.
    probes : sequence of Probe
        What monitors read; the same on all ranks.
    kept : collection of int
        Synapses whose statements stay as they are written, see `plan_synapses`.

    Returns
    -------
    RankBuild
    """
    partition = partition_network(description, rank, size)
    given, plan = description, _plan_synapses(description, probes, kept)
    description = plan.description
    forms = {
        g: neuron_form(group, description.dt)
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
    }
    per_neuron = _per_neuron(description, forms)
    slots = plan_rank_slots(forms, partition)
    arrays: dict[str, Any] = {"slots": np.zeros(slots.size)}
    for g in range(len(description.groups)):
        add_group_arrays(arrays, description, partition, g, slots, forms, per_neuron)
    plans, text_delays = plan_tables(description), text_delay_bounds(description, partition)
    builder = TableBuilder(description, partition, slots, text_delays, progress)
    changing = plan_plastic(description, plans)
    held = PlasticTables(builder, plans, changing, _add_tables(arrays, builder, plans, changing))
    for p in range(len(description.poisson_inputs)):
        arrays |= build_input(description, p, partition, slots)
    synapses = [
        build_synapses(description, s, partition, forms) for s in range(len(description.synapses))
    ]
    for built in synapses:
        arrays |= built.arrays
    local_probes = _probes((given, plan), partition, forms, synapses, probes, held)
    arrays |= {name: array for p in local_probes for name, array in p.arrays.items()}
    program = _program(description, (forms, per_neuron), plans, synapses, local_probes, changing)
    arrays |= _event_arrays(program, description, partition, synapses)
    shortest = min((built.shortest for built in synapses), default=MAX_DELAY_STEPS)
    if any(not shot.at_start for shot in program.snapshots):
        shortest = 0
    return RankBuild(
        given,
        partition,
        program,
        arrays,
        list(held.tables),
        forms,
        per_neuron,
        min(exchange_interval(description, partition.max_count, text_delays), shortest + 1),
        max([longest_delay(description, text_delays), *(built.longest(PRE) for built in synapses)]),
        synapses,
        plan.slow,
        plan.pairs,
        slots,
        plans,
        text_delays,
        synaptic_weights(description),
        tuple(probes),
        changing,
        builder,
        local_probes,
    )


def _plan_synapses(
    description: NetworkDescription, probes: Sequence[Probe], kept: Collection[int]
) -> SynapsePlan:
    """The plan in which all that monitors read can be read."""
    plan = plan_synapses(description, kept=kept)
    read = {
        probe.synapses
        for probe in probes
        if isinstance(probe, SynapseProbe)
        and probe.synapses in plan.pairs
        and probe.variables != (plan.pairs[probe.synapses].weight,)
    }
    return plan_synapses(description, kept={*kept, *read}) if read else plan


def _probes(
    described: tuple[NetworkDescription, SynapsePlan],
    partition: Partition,
    forms: Mapping[int, NeuronForm],
    synapses: Sequence[SynapseBuild],
    probes: Sequence[Probe],
    held: PlasticTables,
) -> tuple[LocalProbe, ...]:
    description, plan = described
    recorded = {number: (s, synapses[s]) for s, number in enumerate(plan.slow)}
    wanted = [weight_probe(description, plan.pairs, probe) for probe in probes]
    return build_probes(description, partition, forms, recorded, wanted, held)


def _program(
    description: NetworkDescription,
    neurons: tuple[Mapping[int, NeuronForm], Mapping[int, frozenset[str]]],
    plans: tuple[TablePlan, ...],
    synapses: Sequence[SynapseBuild],
    probes: tuple[LocalProbe, ...],
    changing: PlasticPlan,
) -> Program:
    """The program; `neurons` are the forms of groups and their coefficients that are arrays."""
    forms, per_neuron = neurons
    return network_program(
        tuple(
            NeuronPart(forms[g], per_neuron[g])
            if g in forms
            else PoissonPart()
            if isinstance(group, PoissonDescription)
            else GeneratorPart()
            for g, group in enumerate(description.groups)
        ),
        table_parts(plans, changing.parts),
        len(description.poisson_inputs),
        tuple(built.part for built in synapses),
        release_parts(plans),
        tuple(probe.samples for probe in probes),
        changing.history_parts,
    )


def _differ(
    description: NetworkDescription, members: TablePlan, before: Mapping[str, SynapticValue]
) -> bool:
    """Whether weights that synapses with statements give are not what they were."""
    now = synaptic_weights(description)
    names = [description.projections[p].name for p in members.projections]
    return any(now[n].depends_on != before[n].depends_on for n in names if n in now)


def _remove_tables(arrays: dict[str, Any], n_tables: int) -> None:
    for t in range(n_tables):
        for name in [name for name in arrays if name.startswith(f"t{t}_")]:
            del arrays[name]


def _per_neuron(
    description: NetworkDescription, forms: Mapping[int, NeuronForm]
) -> dict[int, frozenset[str]]:
    return {
        g: per_neuron_coefficients(group, forms[g])
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
    }


def _add_tables(
    arrays: dict[str, Any],
    builder: TableBuilder,
    plans: tuple[TablePlan, ...],
    changing: PlasticPlan,
) -> list[Table]:
    """Build the tables, and add them and all that changes them to `arrays`."""
    tables = [builder.build(plan) for plan in plans]
    arrays |= _table_arrays(builder, plans, changing, tables)
    keeper = SourceKeeper(builder, plans, tables)
    arrays |= build_plastic(builder, plans, changing, tables, keeper)
    for r in range(len(plasticities(plans))):
        arrays |= build_release(keeper, plans, r, builder.description.dt)
    return tables


def _table_arrays(
    builder: TableBuilder,
    plans: tuple[TablePlan, ...],
    changing: PlasticPlan,
    tables: Sequence[Table],
) -> dict[str, Any]:
    """Arguments ``t<t>_*`` of the program."""
    arrays: dict[str, Any] = {}
    for t, (plan, table, part) in enumerate(zip(plans, tables, changing.parts, strict=True)):
        own = {"n_tiles": builder.slots.n_tiles, **table.arrays}
        if part is not None:
            own |= plastic_numbers(builder.description, plan, part, builder.slots)
        arrays |= {f"t{t}_{name}": value for name, value in own.items()}
    return arrays


def plan_rank_slots(forms: Mapping[int, NeuronForm], partition: Partition) -> SlotPlan:
    """Where the target variables of a rank's neurons lie; `forms` are those of the groups."""
    return plan_slots(
        [
            (g, variable, partition.counts[g])
            for g, form in forms.items()
            for variable in dict.fromkeys(form.receptor_states)
        ]
    )


def _event_arrays(
    program: Program,
    description: NetworkDescription,
    partition: Partition,
    synapses: list[SynapseBuild],
) -> dict[str, Any]:
    """Snapshots, queues of own spikes, and flags of refractoriness."""
    arrays: dict[str, Any] = {}
    for shot in program.snapshots:
        arrays[shot.name] = np.zeros(description.groups[shot.group].size)
        arrays[f"x{shot.group}_first_gid"] = description.first_gids[shot.group]
    for g in program.queues:
        longest = max(built.longest(POST) for built in synapses if built.part.target_group == g)
        arrays |= {
            f"q{g}_longest": longest,
            f"q{g}_tail": np.zeros(1, dtype=np.int64),
            f"q{g}_begin": np.zeros(longest + 2, dtype=np.int64),
        }
    for built in synapses:
        for g in (built.part.source_group, built.part.target_group):
            arrays[f"g{g}__free"] = np.ones(partition.counts[g], dtype=np.uint8)
            arrays[f"g{g}__earlier_spike"] = np.zeros(partition.counts[g], dtype=np.int64)
    return arrays
