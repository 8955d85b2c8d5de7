"""Everything one rank holds: a pure function of description, rank and number of ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.build.fast_synapses import plan_synapses
from distsnn.build.inputs import build_generator, build_input, build_poisson_group
from distsnn.build.neurons import (
    initial_value,
    local_coefficients,
    local_parameters,
    per_neuron_coefficients,
)
from distsnn.build.pair_values import text_delay_bounds
from distsnn.build.plastic import PlasticPlan, build_plastic, plan_plastic
from distsnn.build.plastic_probes import PlasticTables
from distsnn.build.plasticity import build_release, plasticities, release_parts, table_parts
from distsnn.build.probes import LocalProbe, build_probes
from distsnn.build.synapses import SynapseBuild, build_synapses
from distsnn.build.tables import Progress, Table, TableBuilder, no_progress
from distsnn.build.variables import refresh_parameters
from distsnn.describe.groups import GeneratorDescription, NeuronDescription, PoissonDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.probes import Probe
from distsnn.describe.text import TextModel
from distsnn.equations.form import NeuronForm
from distsnn.equations.neurons import array_arguments, neuron_form
from distsnn.equations.program import (
    GeneratorPart,
    GroupPart,
    NeuronPart,
    PoissonPart,
    Program,
    network_program,
)
from distsnn.equations.synapse_form import POST, PRE
from distsnn.errors import ParameterError
from distsnn.plan.delays import MAX_DELAY_STEPS, exchange_interval, longest_delay
from distsnn.plan.partition import Partition, Range, partition_network
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
    slots : SlotPlan
    plans : tuple of TablePlan
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
    slots: SlotPlan
    plans: tuple[TablePlan, ...]
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

    def same_program(self, description: NetworkDescription) -> bool:
        """Whether what differs between neurons in another description is an array here."""
        return all(
            per_neuron_coefficients(group, self.forms[g]) <= self.per_neuron[g]
            for g, group in enumerate(description.groups)
            if isinstance(group, NeuronDescription)
        )

    def update_group(self, group: int, variable: str, start: int, stop: int) -> None:
        """Bring parameters or a state up to date after an assignment to neurons start..stop.

        The description must hold the assignment already; a coefficient that was one number
        must not become an array (`same_program` says so).
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
            self.arrays.update(
                _coefficients(self.description, group, form, ranges, self.per_neuron[group])
            )
            refresh_parameters(self.description, self.partition, group, self.arrays)

    def update_constants(self, group: int) -> None:
        """Bring coefficients up to date after names from outside got other values."""
        self.arrays.update(
            _coefficients(
                self.description,
                group,
                self.forms[group],
                self.partition.ranges[group],
                self.per_neuron[group],
            )
        )
        refresh_parameters(self.description, self.partition, group, self.arrays)

    def update_synapses(self) -> None:
        """Bring what synapses know of groups and of names from outside up to date.

        Raises
        ------
        ParameterError
            If another number would have needed other tables of synapses.
        """
        plan = plan_synapses(self.description)
        for s, built in enumerate(self.synapses):
            built.refresh(plan.description, s, self.partition)
            self.arrays.update(built.arrays)
        if plan.slow != self.slow or plan_tables(plan.description) != self.plans:
            raise ParameterError(
                "Network",
                "a number that synapses add was changed between runs such that sources that had "
                "one weight now have several",
                "synapses are arranged when the network is built",
                "make the number a variable of the synapses",
            )
        builder = TableBuilder(plan.description, self.partition, self.slots, {})
        for t, (table, members) in enumerate(zip(self.tables, self.plans, strict=True)):
            if members.weight_type is None:
                table.weight[:] = builder.segment_weights(members, table)
                self.arrays[f"t{t}_weight"] = table.weight

    def active(self, group: int, step: int) -> np.ndarray:
        """Whether each local neuron of a group was not refractory after the step before `step`."""
        form = self.forms[group]
        if form.active:
            return np.asarray(self.arrays[f"g{group}_active"] != 0)
        last = self.arrays[f"g{group}_last_spike"]
        if not form.refractory_steps:
            return np.ones(last.size, dtype=bool)
        return np.asarray(step - 1 - last > self.arrays[f"g{group}_{form.refractory_steps}"])


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
    rank, size : int
    progress : callable, optional
        Called with the number of synapses drawn or placed since the last call; over the whole
        build it is called for every synapse twice.
    probes : sequence of Probe
        What monitors read; the same on all ranks.

    Returns
    -------
    RankBuild
    """
    partition = partition_network(description, rank, size)
    given, plan = description, plan_synapses(description)
    description = plan.description
    forms = {
        g: neuron_form(group, description.dt)
        for g, group in enumerate(description.groups)
        if isinstance(group, NeuronDescription)
    }
    per_neuron = _per_neuron(description, forms)
    slots = _plan_slots(forms, partition)
    arrays: dict[str, Any] = {"slots": np.zeros(slots.size)}
    parts = [
        _add_group(arrays, description, partition, g, slots, forms, per_neuron)
        for g in range(len(description.groups))
    ]
    plans, text_delays = plan_tables(description), text_delay_bounds(description)
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
    recorded = {number: (s, synapses[s]) for s, number in enumerate(plan.slow)}
    local_probes = build_probes(description, partition, forms, recorded, probes, held)
    arrays |= {name: array for p in local_probes for name, array in p.arrays.items()}
    program = network_program(
        tuple(parts),
        table_parts(plans, changing.parts),
        len(description.poisson_inputs),
        tuple(built.part for built in synapses),
        release_parts(plans),
        tuple(probe.samples for probe in local_probes),
        changing.history_parts,
    )
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
        slots,
        plans,
        changing,
        builder,
        local_probes,
    )


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
    for t, table in enumerate(tables):
        arrays[f"t{t}_n_tiles"] = builder.slots.n_tiles
        arrays |= {f"t{t}_{name}": value for name, value in table.arrays.items()}
    arrays |= build_plastic(builder, plans, changing, tables)
    for r, plasticity in enumerate(plasticities(plans)):
        arrays |= build_release(builder.description, r, plasticity)
    return tables


def _plan_slots(forms: dict[int, NeuronForm], partition: Partition) -> SlotPlan:
    return plan_slots(
        [
            (g, variable, partition.counts[g])
            for g, form in forms.items()
            for variable in dict.fromkeys(form.receptor_states)
        ]
    )


def _add_group(
    arrays: dict[str, Any],
    description: NetworkDescription,
    partition: Partition,
    g: int,
    slots: SlotPlan,
    forms: dict[int, NeuronForm],
    per_neuron: dict[int, frozenset[str]],
) -> GroupPart:
    """Add the arrays of group `g` to `arrays`; what the program needs to know of it."""
    arrays |= _common_arrays(description, partition, g)
    ranges, n = partition.ranges[g], partition.counts[g]
    match description.groups[g]:
        case PoissonDescription():
            arrays |= build_poisson_group(description, g, ranges)
            return PoissonPart()
        case GeneratorDescription():
            arrays |= build_generator(description, g, ranges)
            return GeneratorPart()
    arrays |= _neuron_arrays(description, g, forms[g], ranges, n, slots, arrays)
    arrays |= _coefficients(description, g, forms[g], ranges, per_neuron[g])
    return NeuronPart(forms[g], per_neuron[g])


def _event_arrays(
    program: Program,
    description: NetworkDescription,
    partition: Partition,
    synapses: list[SynapseBuild],
) -> dict[str, Any]:
    """Snapshots, queues of own spikes, and flags of refractoriness."""
    arrays: dict[str, Any] = {
        shot.name: np.zeros(description.groups[shot.group].size) for shot in program.snapshots
    }
    for g in program.queues:
        longest = max(built.longest(POST) for built in synapses if built.part.target_group == g)
        arrays |= {
            f"q{g}_longest": longest,
            f"q{g}_tail": np.zeros(1, dtype=np.int64),
            f"q{g}_begin": np.zeros(longest + 2, dtype=np.int64),
        }
    for g in {built.part.target_group for built in synapses}:
        arrays[f"g{g}_free"] = np.ones(partition.counts[g], dtype=np.uint8)
    return arrays


def _common_arrays(description: NetworkDescription, partition: Partition, g: int) -> dict[str, Any]:
    n = partition.counts[g]
    gids = [np.arange(r.start, r.stop, dtype=np.uint32) for r in partition.ranges[g]]
    return {
        f"g{g}_gid_of_lid": np.concatenate([*gids, np.empty(0, np.uint32)])
        + np.uint32(description.first_gids[g]),
        f"g{g}_spike_lid": np.zeros(n, dtype=np.int32),
        f"g{g}_spike_count": np.zeros(1, dtype=np.int64),
    }


def _neuron_arrays(
    description: NetworkDescription,
    g: int,
    form: NeuronForm,
    ranges: tuple[Range, ...],
    n: int,
    slots: SlotPlan,
    arrays: dict[str, Any],
) -> dict[str, Any]:
    group = description.groups[g]
    assert isinstance(group, NeuronDescription)
    words = np.zeros(-(-n // 8), dtype=np.uint64)
    # A step long enough ago that no neuron is refractory at the start.
    own: dict[str, Any] = {
        "spiked_words": words,
        "spiked": words.view(np.uint8),
        "last_spike": np.full(n, -(1 << 60), dtype=np.int64),
    }
    for state in form.states:
        if (g, state) in slots.first:
            first = slots.first[g, state]
            values = arrays["slots"][first : first + n]
        else:
            values = np.empty(n)
        values[:] = initial_value(group, state, ranges, description.seed, description.dt)
        own[state] = values
    for state in form.kept:
        own[f"kept_{state}"] = np.zeros(n)
    if form.active:
        own["active"] = np.ones(n, dtype=np.uint8)
    if "index_" in form.shared:
        own["index"] = np.concatenate(
            [np.arange(r.start, r.stop) for r in ranges] + [np.empty(0, np.int64)]
        )
    if "k0_" in form.shared:
        k0, k1 = stream_key(description.seed, "noise", group.name)
        own |= {"k0": np.uint32(k0), "k1": np.uint32(k1)}
    return {f"g{g}_{name}": value for name, value in own.items()}


def _coefficients(
    description: NetworkDescription,
    g: int,
    form: NeuronForm,
    ranges: tuple[Range, ...],
    per_neuron: frozenset[str],
) -> dict[str, Any]:
    group = description.groups[g]
    assert isinstance(group, NeuronDescription)
    n = sum(r.stop - r.start for r in ranges)
    coefficients = local_coefficients(
        form, local_parameters(group, ranges, description.seed, description.dt), per_neuron, n
    )
    if isinstance(group.model, TextModel):
        coefficients |= array_arguments(group.model, group.name, description.dt)
    return {f"g{g}_{name}": value for name, value in coefficients.items()}
