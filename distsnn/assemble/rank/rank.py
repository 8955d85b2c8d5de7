"""Everything one rank holds: a pure function of description, rank and number of ranks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from distsnn.assemble.edges.edge_delays import expression_delay_ranges
from distsnn.assemble.groups.group_arrays import (
    add_group_arrays,
    coefficient_arrays,
    link_arrays,
    noise_key,
)
from distsnn.assemble.groups.input_arrays import build_input, same_spikes, source_arrays
from distsnn.assemble.groups.known_parameters import KnownParameters
from distsnn.assemble.groups.neuron_arrays import (
    initial_value,
    local_parameters,
    per_neuron_coefficients,
    set_coefficients,
    variable_type,
)
from distsnn.assemble.monitors.group_reader import refresh_parameters
from distsnn.assemble.monitors.probe import LocalProbe, Probe, recorded_variables
from distsnn.assemble.rank.outstanding import Outstanding, outstanding_arrays
from distsnn.assemble.rank.rank_arrays import (
    add_tables,
    event_arrays,
    ghost_arrays,
    plan_rank_slots,
    remove_tables,
    table_arrays,
)
from distsnn.assemble.rank.rank_program import (
    neuron_forms,
    per_neuron_of,
    rank_probes,
    rank_program,
)
from distsnn.assemble.recognition.recognize import recognized
from distsnn.assemble.synapses.local_synapses import SynapseBuild, build_synapses
from distsnn.assemble.synapses.synapse_arrays import draw_keys
from distsnn.assemble.tables.build_tables import (
    AnyTable,
    Progress,
    TableBuilder,
    common_weight,
    no_progress,
)
from distsnn.assemble.tables.plastic_tables import PlasticPlan, PlasticTables, plan_plastic
from distsnn.assemble.tables.row_layout import choose_layouts
from distsnn.codegen.argument_values import ArgumentValues
from distsnn.codegen.probe_blocks import EVERY
from distsnn.codegen.program import Program
from distsnn.codegen.program_arguments import (
    NETWORK,
    OfGroup,
)
from distsnn.codegen.synapses.ghost_copies import NOW
from distsnn.describe.groups import (
    Assignment,
    EventDescription,
    NeuronDescription,
    PoissonDescription,
)
from distsnn.describe.network_description import NetworkDescription, StepDraws
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.given import PerSynapse
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.integrate.synapse_form import PRE
from distsnn.language.types import stored_values
from distsnn.layout.delays import (
    MAX_DELAY_STEPS,
    DelayRanges,
    check_coincidences,
    exchange_interval,
    longest_delay,
)
from distsnn.layout.partition import Partition, partition_network
from distsnn.layout.shared_tables import TablePlan, plan_tables
from distsnn.layout.slots import SlotPlan


@dataclass(eq=False)
class RankBuild:
    """All arrays, tables and probes of one rank of a network, and its program.

    Attributes
    ----------
    description : NetworkDescription
        What was built, with its recognized synapses.
    partition : Partition
        For which rank.
    program : Program
        The blocks that advance it.
    arrays : dict of Argument to array or number
        Those of the program, and `slots`.
    tables : list of Table or RowTable
    forms : dict of int to NeuronForm
        Form of each group of neurons, by group index.
    per_neuron : dict of int to frozenset of str
        The coefficients of each group of neurons that are arrays.
    interval, longest : int
        Steps between exchanges and longest delay in steps, as far as this rank's synapses demand.
    synapses : list of SynapseBuild
        Those with generated code, in the order of `NetworkDescription.generated`.
    slots : SlotPlan
    plans : tuple of TablePlan
    delay_ranges : mapping of (str, str) to (int, int)
        See `TableBuilder`.
    probed : tuple of Probe
        What monitors read.
    plastic : PlasticPlan
    builder : TableBuilder
        What built the tables, and can draw their edges again.
    probes : tuple of LocalProbe
        What this rank reads for monitors.
    weights_set : int
        How often weights of tables have been set since.
    outstanding : Outstanding or None
        What spikes of before still add, of all ranks; None if delays and rules were never set.
    known : KnownParameters
        Parameters that coefficients were computed from.
    """

    description: NetworkDescription
    partition: Partition
    program: Program
    arrays: ArgumentValues
    tables: list[AnyTable]
    forms: dict[int, NeuronForm]
    per_neuron: dict[int, frozenset[str]]
    interval: int
    longest: int
    synapses: list[SynapseBuild]
    slots: SlotPlan
    plans: tuple[TablePlan, ...]
    delay_ranges: DelayRanges
    probed: tuple[Probe, ...]
    plastic: PlasticPlan
    builder: TableBuilder
    probes: tuple[LocalProbe, ...] = ()
    weights_set: int = 0
    outstanding: Outstanding | None = None
    known: KnownParameters = field(default_factory=KnownParameters)

    @property
    def n_local(self) -> int:
        """Number of neurons and sources of this rank."""
        groups = zip(self.description.groups, self.partition.counts, strict=True)
        return sum(n for group, n in groups if not isinstance(group, EventDescription))

    @property
    def n_synapses(self) -> int:
        """Number of synapses of this rank."""
        return sum(table.n_synapses for table in self.tables) + sum(
            synapses.n_synapses for synapses in self.synapses
        )

    @property
    def reads_synapses(self) -> bool:
        """Whether monitors read synapses."""
        return any(probe.of_synapses for probe in self.probed)

    def update_group(self, group: int, made: Assignment) -> None:
        """Bring parameters or a state up to date after an assignment to neurons of a group.

        The description must hold the assignment already.
        """
        variable, neurons, form = made.variable, self.description.groups[group], self.forms[group]
        assert isinstance(neurons, NeuronDescription)
        if variable in form.states:
            stored = [self.arrays[OfGroup(group).state(variable)]]
            if variable in form.kept:
                # Within a step: what events do not change is the value of now.
                stored.append(self.arrays[OfGroup(group).kept(variable)])
            for lids, values in self._values_of(group, made):
                for array in stored:
                    array[lids] = values
        elif isinstance(neurons.model, NeuronEquations):
            self.known.assign(group, made, neurons.size)
            self._renew_parameter(group, variable)
        else:
            self.update_coefficients(group)

    def _renew_parameter(self, group: int, variable: str) -> None:
        """Compute what depends on a parameter of equations, and bring it to all that read it."""
        description, ranges = self.description, self.partition.ranges[group]
        neurons = description.groups[group]
        assert isinstance(neurons, NeuronDescription)
        concerned = self.known.concerned(group, variable, self.forms[group])
        names, changed = concerned.names, concerned.coefficients
        dt, seed = description.group_dt(group), description.seed
        values = self.known.values(
            group, names, lambda names: local_parameters(neurons, ranges, seed, dt, names)
        )
        if any(c.name not in self.per_neuron[group] for c, _ in changed):
            arrays = {name for name in names if isinstance(values.get(name), np.ndarray)}
            differing = {c.name for c, _ in changed if not arrays.isdisjoint(c.depends_on)}
            self._set_per_neuron(group, differing)
        n, per_neuron = self.partition.counts[group], self.per_neuron[group]
        set_coefficients(self.arrays, changed, values, per_neuron, n)
        if concerned.argument in self.arrays:
            self.arrays[concerned.argument][:] = values[variable]
        self._refresh_links()

    def _values_of(self, group: int, made: Assignment) -> Iterator[tuple[slice, Any]]:
        """Places of local neurons, and the values that an assignment gives to a state of them."""
        neurons, value = self.description.groups[group], made.value
        assert isinstance(neurons, NeuronDescription)
        given = whole = None
        if isinstance(value, float | np.ndarray):
            kind = variable_type(neurons, made.variable)
            given = stored_values(neurons.name, made.variable, np.asarray(value), kind)
        else:
            ranges, dt = self.partition.ranges[group], self.description.group_dt(group)
            whole = initial_value(neurons, made.variable, ranges, self.description.seed, dt)
        for part in self.partition.within(group, made.start, made.stop):
            lids = slice(part.first_lid, part.first_lid + part.stop - part.start)
            if whole is not None:
                yield lids, whole[lids]
            elif given is not None and given.ndim:
                yield lids, given[part.start - made.start : part.stop - made.start]
            else:
                yield lids, given

    def set_interval(self, n: int, every: int) -> None:
        """Let probe `n` be read every so many steps from now on."""
        probed: Any = self.probed[n]
        self.probed = (*self.probed[:n], replace(probed, every=every), *self.probed[n + 1 :])
        self.probes[n].cursor[EVERY] = every

    def add_probes(self, probes: Sequence[Probe]) -> None:
        """Let further monitors read; the program is written anew."""
        self.probed += tuple(probes)
        self._write_program()
        for name, array in ghost_arrays(self.program, self.description).items():
            self.arrays.setdefault(name, array)

    def update(self, description: NetworkDescription) -> None:
        """Bring everything but states up to date with a description that has the same objects.

        The same synapses are recognized in it, see `recognized_as`.
        """
        before, self.description = self.description, description
        for index, group in enumerate(description.groups):
            if isinstance(group, NeuronDescription):
                self.update_coefficients(index)
            elif not isinstance(group, EventDescription) and not same_spikes(
                before.groups[index], group
            ):
                self.arrays |= source_arrays(description, index, self.partition.ranges[index])
        for p in range(len(description.poisson_inputs)):
            self.arrays |= build_input(description, p, self.partition, self.slots)
        self.update_synapses()

    def update_source(self, index: int, description: NetworkDescription) -> None:
        """Take over the spikes of a source; nothing else of the description is another."""
        self.description = description
        self.arrays |= source_arrays(description, index, self.partition.ranges[index])

    def set_inactive(self, inactive: frozenset[str]) -> None:
        """Let objects of these names do nothing from now on, and all others act."""
        self.description = replace(self.description, inactive=inactive)
        self.update_synapses()
        self._write_program()

    def renew_draws(self, draws: StepDraws | None) -> None:
        """Let the next steps draw other random numbers."""
        self.description = description = replace(self.description, draws=draws)
        for g, group in enumerate(description.groups):
            if isinstance(group, PoissonDescription):
                self.arrays |= source_arrays(description, g, self.partition.ranges[g])
            elif OfGroup(g)["k0"] in self.arrays:
                self.arrays |= noise_key(description, g)
        for p in range(len(description.poisson_inputs)):
            self.arrays |= build_input(description, p, self.partition, self.slots)
        for s, built in enumerate(self.synapses):
            synapses = description.synapses[description.generated[s]]
            keys = draw_keys(description, synapses, built.part)
            built.arrays |= keys
            self.arrays |= keys

    def update_coefficients(self, group: int) -> None:
        """Bring coefficients up to date after parameters or names from outside changed."""
        neurons = self.description.groups[group]
        assert isinstance(neurons, NeuronDescription)
        self.known.forget(group)
        coefficients = self.forms[group].coefficients
        self._set_per_neuron(group, per_neuron_coefficients(neurons, coefficients))
        self.arrays.update(
            coefficient_arrays(
                self.description,
                group,
                self.forms[group],
                self.partition.ranges[group],
                self.per_neuron[group],
            )
        )
        names = [*neurons.model.parameters, *neurons.model.constants]
        refresh_parameters(self.description, self.partition, group, self.arrays, names)
        self._refresh_links()

    def set_outstanding(self, given: Outstanding | None) -> None:
        """Let spikes of before add this, and nothing else."""
        if given is None and self.outstanding is None:
            return
        first = self.outstanding is None
        self.outstanding = given or Outstanding.none()
        self.arrays |= outstanding_arrays(
            self.description, self.partition, self.slots, self.outstanding
        )
        if first:
            self._write_program()

    def _set_per_neuron(self, group: int, differing: Collection[str]) -> None:
        """Let coefficients of these names be arrays that differ between neurons now."""
        if not self.per_neuron[group].issuperset(differing):
            self.per_neuron[group] |= frozenset(differing)
            self._set_program()

    def _refresh_links(self) -> None:
        """Bring what groups read of parameters of others up to date."""
        for g in self.description.linked_groups:
            self.arrays |= link_arrays(self.description, g, self.partition.ranges[g])

    def update_synapses(self) -> None:
        """Bring what synapses know of groups and of names from outside up to date."""
        description, before = self.description, self.builder.description
        for s, built in enumerate(self.synapses):
            built.refresh(description, s, self.partition)
            self.arrays.update(built.arrays)
        builder = TableBuilder(description, self.partition, self.slots, self.delay_ranges)
        plans = plan_tables(description)
        if plans != tuple(replace(plan, in_rows=False) for plan in self.plans):
            plans = choose_layouts(description, plans, self.partition.size)
            self._replace_tables(builder, plans)
            self._write_program()
        else:
            for table, members in zip(self.tables, self.plans, strict=True):
                if any(
                    _differ(description.projections[p], before.projections[p], members)
                    for p in members.projections
                ):
                    common = members.weight_type is None
                    table.weight[:] = (
                        builder.common_weights(members, table)
                        if common
                        else builder.build(members).weight
                    )
                    self.weights_set += 1
            self.builder = builder
        if self.reads_synapses:
            self._write_program()

    def _replace_tables(self, builder: TableBuilder, plans: tuple[TablePlan, ...]) -> None:
        """Build tables for other plans; those whose weights change while it runs stay."""
        remove_tables(self.arrays)
        tables = dict(zip(self.plans, self.tables, strict=True))
        staying = {plan: table for plan, table in tables.items() if plan.timing is not None}
        self.tables = [staying.get(plan) or builder.build(plan) for plan in plans]
        self.plans, self.plastic = plans, plan_plastic(builder.description, plans)
        self.builder = builder
        self.arrays |= table_arrays(builder, plans, self.plastic, self.tables)
        self.weights_set += 1

    def _write_program(self) -> None:
        """Write the program anew, and what monitors record into."""
        self.probes = rank_probes(
            self.description,
            self.partition,
            self.forms,
            self.synapses,
            self.probed,
            PlasticTables(self.builder, self.plans, self.plastic, self.tables),
        )
        self.arrays |= {name: array for p in self.probes for name, array in p.arrays.items()}
        self._set_program()

    def _set_program(self) -> None:
        """Write the program for the arrays, and the monitors, that there are now."""
        program = rank_program(
            self.description,
            (self.forms, self.per_neuron),
            self.plans,
            self.synapses,
            self.probes,
            self.plastic,
            self.outstanding is not None,
        )
        if program != self.program:
            self.program = program

    def active(self, group: int, step: int) -> np.ndarray:
        """Whether each local neuron of a group was not refractory after the step before `step`."""
        form, local = self.forms[group], OfGroup(group)
        if form.has_flags:
            return np.asarray(self.arrays[local["active"]] != 0)
        last, step = (
            self.arrays[local["last_spike"]],
            (step - 1) // self.description.group_every(group),
        )
        if not form.refractory_steps:
            return np.ones(last.size, dtype=bool)
        return np.asarray(step - last > self.arrays[local.coefficient(form.refractory_steps)])


def build_rank(
    description: NetworkDescription,
    rank: int,
    size: int,
    progress: Progress = no_progress,
    probes: Sequence[Probe] = (),
) -> RankBuild:
    """Build what `rank` of `size` ranks holds.

    Parameters
    ----------
    description : NetworkDescription
        Patterns are recognized in it here, unless they have been before.
    progress : callable, optional
        Called with the number of synapses drawn or placed since the last call; over the whole
        build it is called for every synapse twice.
    probes : sequence of Probe
        What monitors read; the same on all ranks.

    Returns
    -------
    RankBuild
    """
    description = recognized(description, recorded=recorded_variables(probes))
    partition = partition_network(description, rank, size)
    forms = neuron_forms(description)
    per_neuron = per_neuron_of(description, forms)
    slots = plan_rank_slots(forms, partition)
    arrays = ArgumentValues({NETWORK["slots"]: np.zeros(slots.size)})
    for g in range(len(description.groups)):
        add_group_arrays(arrays, description, partition, g, slots, forms, per_neuron)
    plans = choose_layouts(description, plan_tables(description), size)
    delay_ranges = expression_delay_ranges(description, partition)
    check_coincidences(description, delay_ranges)
    builder = TableBuilder(description, partition, slots, delay_ranges, progress)
    changing = plan_plastic(description, plans)
    tables = PlasticTables(builder, plans, changing, add_tables(arrays, builder, plans, changing))
    for p in range(len(description.poisson_inputs)):
        arrays |= build_input(description, p, partition, slots)
    synapses = [
        build_synapses(description, s, partition, forms) for s in range(len(description.generated))
    ]
    for built in synapses:
        arrays |= built.arrays
        for other in synapses:
            other.touched |= built.written_elsewhere.get(other.description.name, set())
    local = rank_probes(description, partition, forms, synapses, probes, tables)
    arrays |= {name: array for p in local for name, array in p.arrays.items()}
    program = rank_program(description, (forms, per_neuron), plans, synapses, local, changing)
    arrays |= event_arrays(program, description, partition, synapses)
    shortest = min((built.shortest for built in synapses), default=MAX_DELAY_STEPS)
    if any(ghost.moment == NOW for ghost in program.ghost_copies):
        shortest = 0
    return RankBuild(
        description,
        partition,
        program,
        arrays,
        list(tables.tables),
        forms,
        per_neuron,
        min(exchange_interval(description, partition.max_count, delay_ranges), shortest + 1),
        max(
            [longest_delay(description, delay_ranges), *(built.longest(PRE) for built in synapses)]
        ),
        synapses,
        slots,
        plans,
        delay_ranges,
        tuple(probes),
        changing,
        builder,
        local,
    )


def _differ(now: ProjectionDescription, before: ProjectionDescription, members: TablePlan) -> bool:
    """Whether weights of a table are others, on any rank; those that a rule changes are state."""
    if members.weight_type is None:
        # As bytes: 0.0 and -0.0 differ.
        return common_weight(now).hex() != common_weight(before).hex()
    if isinstance(now.weight, SynapticValue):
        earlier = before.weight
        return not isinstance(earlier, SynapticValue) or now.weight.depends_on != earlier.depends_on
    set_anew = isinstance(now.weight, PerSynapse) and now.weight is not before.weight
    return members.timing is None and set_anew
