"""The memory of one rank by parts, counted without building it.

Tables are counted from the types by which they are stored and the synapses that are expected;
everything else from arrays that are built for a few of the rank's neurons, of which each grows
with the number of neurons or does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from distsnn.assemble.edges.expected_synapses import ExpectedEdges
from distsnn.assemble.groups.group_arrays import add_group_arrays
from distsnn.assemble.groups.input_arrays import build_input
from distsnn.assemble.rank.rank_arrays import plan_rank_slots
from distsnn.assemble.rank.rank_program import neuron_forms, per_neuron_of
from distsnn.assemble.recognition.recognize import recognized
from distsnn.assemble.synapses.local_synapses import SynapseBuild, build_synapses
from distsnn.assemble.tables.kept_sources import OF_SOURCE, finds_rows
from distsnn.assemble.tables.plastic_tables import (
    history_bytes,
    plan_plastic,
    source_bytes,
    table_bytes,
)
from distsnn.assemble.tables.row_layout import choose_layouts
from distsnn.assemble.tables.segment_tables import TYPES, lookup_bytes
from distsnn.assemble.tables.short_term_state import efficacy_bytes, plasticities, readers
from distsnn.codegen.program_arguments import NETWORK, Argument, OfCode
from distsnn.codegen.synapses.ghost_copies import NOW, ghost_copies
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.stored_rule import StoredRule
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.forecast.few_neurons import first_neurons, grown_bytes, n_bytes, within_slice
from distsnn.forecast.table_budget import TableBudget, TableSize
from distsnn.integrate.synapse_form import PRE
from distsnn.kernels.deliver.sources import MARKS
from distsnn.layout.delays import AXONAL, DENDRITIC, NO_DELAYS, exchange_interval, longest_delay
from distsnn.layout.job_shape import JobShape
from distsnn.layout.partition import Partition, partition_network
from distsnn.layout.shared_tables import plan_tables
from distsnn.layout.slots import SlotPlan

# Neurons of a group that are built to see which arrays grow with their number. Where a bit stands
# for a neuron, they fill whole words.
_FEW, _MORE = MARKS, 3 * MARKS
_FEW_TARGETS, _MORE_TARGETS = 4, 12
NEURONS, INPUTS, SYNAPSES, LOOKUP, PLASTICITY = (
    "neurons",
    "Poisson inputs",
    "synapses",
    "lookup of sources",
    "plasticity",
)
_WORD = 8
# Arrays of a pathway that do not grow as its synapses do.
_ROWS = ("row_segment", "segment_delay", "segment_synapse")


@dataclass(frozen=True, eq=False)
class Budget:
    """The memory of one rank.

    Attributes
    ----------
    partition : Partition
    synapses : float
        Expected number of synapses.
    parts : dict of str to float
        Bytes by part, when the network is built.
    building : float
        Bytes that are needed besides while it is built, at most.
    interval, longest : int
        Steps between two exchanges, and the longest delay.
    ghost_copies : bool
        Whether ranks send each other values of neurons besides spikes.
    n_draws : int
        Poisson counts drawn in each step.
    tables : tuple of TableSize
    n_tiles : int
    dt : float, ms
    generated : float
        Bytes of synapses with generated code, among those of synapses.
    """

    partition: Partition
    synapses: float
    parts: dict[str, float]
    building: float
    interval: int
    longest: int
    ghost_copies: bool
    n_draws: int
    tables: tuple[TableSize, ...]
    n_tiles: int
    dt: float
    generated: float = 0.0

    @property
    def built(self) -> float:
        """Bytes of all arrays of the built network."""
        return sum(self.parts.values())

    @property
    def of_trial(self) -> float:
        """Bytes of each trial beside the first, which share the tables of synapses."""
        states = self.parts[NEURONS] + self.parts[INPUTS] + self.parts[PLASTICITY] + self.generated
        changing = (t for t in self.tables if t.plan.timing is not None)
        return states + sum(t.plan.weight_bytes * t.synapses for t in changing)


class NetworkBudget:
    """The memory of any rank of a network, on any number of ranks.

    Attributes
    ----------
    description : NetworkDescription
        With its recognized synapses.
    expected : list of ExpectedEdges
        For each projection.
    trials : int
        Number of trials; 1 for a network without.
    divides_neurons : bool
        Whether ranks divide the neurons of each trial, and not the trials.
    recorded : callable
        Bytes of what the network records, of each of so many ranks; the description has none.
    """

    def __init__(
        self, description: NetworkDescription, trials: int = 1, divides_neurons: bool = False
    ) -> None:
        self.trials, self.divides_neurons = trials, divides_neurons
        self.description = recognized(description)
        self.expected = [ExpectedEdges(self.description, p) for p in self.description.projections]
        self.recorded: Callable[[int], float] = lambda _: 0.0
        self._tables = TableBudget(self.description, self.expected)
        self._needing_code = [self.description.synapses[n] for n in self.description.generated]
        self._generated = [
            [ExpectedEdges(self.description, _as_projection(s, rule)) for rule in s.rules]
            for s in self._needing_code
        ]
        self._forms = neuron_forms(self.description)
        self._per_neuron = per_neuron_of(self.description, self._forms)

    def share_of(self, shape: JobShape) -> tuple[JobShape, int]:
        """The ranks of a job that run the same trials, and the number of these."""
        parts = 1 if self.divides_neurons else min(shape.ranks, self.trials)
        ranks = shape.ranks // parts
        part = JobShape(ranks, shape.threads, min(ranks, shape.nodes)) if parts > 1 else shape
        return part, -(-self.trials // parts)

    @property
    def n_synapses(self) -> float:
        """Expected number of synapses of the network."""
        return sum(e.number for e in self._everything)

    @property
    def synapses_of(self) -> dict[str, float]:
        """Expected number of synapses of each object."""
        found: dict[str, float] = {}
        for e in self._everything:
            found[e.projection.name] = found.get(e.projection.name, 0.0) + e.number
        return found

    @property
    def n_states(self) -> int:
        """Number of values of state variables of all neurons, with spike times and activity."""
        sizes = (self.description.groups[g].size for g in self._forms)
        return sum(
            n * (len(form.states) + 2) for n, form in zip(sizes, self._forms.values(), strict=True)
        )

    @property
    def fan_out(self) -> np.ndarray:
        """Mean number (float64 (groups,)) of synapses of a neuron of each group."""
        numbers = np.zeros(len(self.description.groups))
        for e in self._everything:
            numbers[e.projection.source.group] += e.number
        return numbers / [group.size for group in self.description.groups]

    def synapses_per_rank(self, size: int) -> np.ndarray:
        """Expected synapses (float64 (size,)) of each of `size` ranks."""
        return sum((e.per_rank(size) for e in self._everything), np.zeros(size))

    def of_rank(self, rank: int, size: int) -> Budget:
        """The memory of `rank` of `size` ranks."""
        description = self.description
        partition = partition_network(description, rank, size)
        slots = plan_rank_slots(self._forms, partition)
        tables = tuple(
            self._tables.size(plan, partition, slots)
            for plan in choose_layouts(description, plan_tables(description), size)
        )
        synapses = sum(float(e.per_rank(size)[rank]) for e in self._everything)
        parts = {
            NEURONS: self._neuron_bytes(partition, slots),
            INPUTS: self._input_bytes(partition, slots),
            SYNAPSES: self._generated_bytes(partition, size),
            LOOKUP: 0.0,
            PLASTICITY: self._plastic_bytes(tables, partition, slots),
        }
        generated = parts[SYNAPSES]
        peak, read = sum(parts.values()), self._read_bytes(rank, size)
        for table in tables:
            kept, passing = self._tables.n_bytes(table)
            parts[SYNAPSES] += kept
            parts[LOOKUP] += lookup_bytes(table.plan, slots, description.size)
            peak = max(peak, sum(parts.values()) + passing + read)
        return Budget(
            partition,
            synapses,
            parts,
            peak - sum(parts.values()),
            *self._delays(partition),
            self._n_draws(partition),
            tables,
            slots.n_tiles,
            description.dt,
            generated,
        )

    def _read_bytes(self, rank: int, size: int) -> float:
        """Bytes of synapses that are stored somewhere, which are kept while tables are built."""
        return sum(
            e.projection.rule.bytes_read * float(e.per_rank(size)[rank])
            for e in self.expected
            if isinstance(e.projection.rule, StoredRule)
        )

    @property
    def _everything(self) -> list[ExpectedEdges]:
        return [*self.expected, *(e for of_synapses in self._generated for e in of_synapses)]

    def _delays(self, partition: Partition) -> tuple[int, int, bool]:
        bounds: dict[tuple[str, str], tuple[int, int]] = {}
        for e in self.expected:
            both = (e.delays.first, e.delays.last) if e.number else NO_DELAYS
            bounds |= {(e.projection.name, AXONAL): both, (e.projection.name, DENDRITIC): (0, 0)}
        interval = exchange_interval(self.description, partition.max_count, bounds)
        longest = longest_delay(self.description, bounds)
        few = [self._generated_build(s, partition) for s in range(len(self._generated))]
        for built in few:
            interval, longest = min(interval, built.shortest + 1), max(longest, built.longest(PRE))
        taken = ghost_copies(tuple(built.part for built in few))
        if any(ghost.moment == NOW for ghost in taken):
            interval = 1
        return interval, longest, bool(taken)

    def _n_draws(self, partition: Partition) -> int:
        return sum(
            r.stop - r.start
            for p in self.description.poisson_inputs
            for r in partition.within(p.target.group, p.target.start, p.target.stop)
        )

    def _neuron_bytes(self, partition: Partition, slots: SlotPlan) -> float:
        total = float(_WORD * slots.size)
        for g, n in enumerate(partition.counts):
            total += grown_bytes(partial(self._group_arrays, g), partition, n, (_FEW, _MORE))
        return total

    def _group_arrays(self, g: int, partition: Partition) -> dict[Argument, Any]:
        slots = plan_rank_slots(self._forms, partition)
        arrays: dict[Argument, Any] = {NETWORK["slots"]: np.zeros(slots.size)}
        add_group_arrays(
            arrays, self.description, partition, g, slots, self._forms, self._per_neuron
        )
        # Views of it are no memory of their own.
        return {name: a for name, a in arrays.items() if not _is_part(a, arrays[NETWORK["slots"]])}

    def _input_bytes(self, partition: Partition, slots: SlotPlan) -> float:
        total = 0.0
        for p, given in enumerate(self.description.poisson_inputs):
            local = within_slice(partition, given.target)
            n = local.counts[given.target.group]
            total += grown_bytes(partial(self._input_arrays, p, slots), local, n, (_FEW, _MORE))
        return total

    def _input_arrays(self, p: int, slots: SlotPlan, partition: Partition) -> dict[Argument, Any]:
        return build_input(self.description, p, partition, slots)

    def _generated_bytes(self, partition: Partition, size: int) -> float:
        """Arrays of synapses with statements, from those of a few targets."""
        total = 0.0
        for s, expected in enumerate(self._generated):
            target = self._needing_code[s].target
            local = within_slice(partition, target)
            n_synapses = sum(float(e.per_rank(size)[partition.rank]) for e in expected)
            built = [
                self._generated_build(s, local, most) for most in (_FEW_TARGETS, _MORE_TARGETS)
            ]
            numbers = [each.n_synapses for each in built]
            few, more = (n_bytes(_without_rows(each.arrays)) for each in built)
            slope = (more - few) / max(1, numbers[1] - numbers[0])
            total += more + slope * max(0.0, n_synapses - numbers[1])
            groups, n = self.description.groups, local.counts[target.group]
            total += sum(
                _WORD * groups[ghost.group].size for ghost in ghost_copies((built[1].part,))
            )
            total += self._pathway_bytes(built[1], expected, n, n_synapses)
            # Positions in the order of creation.
            total += 4 * n_synapses
        return total

    def _pathway_bytes(
        self, few: SynapseBuild, expected: Sequence[ExpectedEdges], n_local: int, n_synapses: float
    ) -> float:
        """Rows and segments of the pathways of synapses of which a few are built."""
        missing = float(np.prod([e.missing_any(n_local) for e in expected]))
        n_sources = few.description.source.size
        total = 0.0
        for pathway in few.part.form.pathways:
            rows = n_sources * (1.0 - missing) if pathway.after == PRE else n_local
            first, last = few.bounds[pathway.name]
            segments = min(n_synapses, rows * max(1, last - first + 1)) + rows
            total += TYPES["row_segment"].itemsize * rows
            total += (
                TYPES["segment_delay"].itemsize + TYPES["segment_synapse"].itemsize
            ) * segments
        return total

    def _generated_build(
        self, s: int, partition: Partition, most: int = _MORE_TARGETS
    ) -> SynapseBuild:
        """Synapses with statements onto a few of the rank's targets."""
        local = first_neurons(within_slice(partition, self._needing_code[s].target), most)
        return build_synapses(self.description, s, local, self._forms)

    def _plastic_bytes(
        self, tables: Sequence[TableSize], partition: Partition, slots: SlotPlan
    ) -> float:
        plans = tuple(table.plan for table in tables)
        plastic = plan_plastic(self.description, plans)
        total = float(table_bytes(plastic))
        of_source = [(plastic.readers(k), source_bytes(s)) for k, s in enumerate(plastic.sources)]
        of_source += [(readers(plans, p), efficacy_bytes(p[0])) for p in plasticities(plans)]
        found: dict[tuple[int, ...], float] = {}
        for reading, of_each in of_source:
            key = tuple(reading)
            if key not in found:
                members = [plans[t] for t in reading]
                rows_found = finds_rows(members, slots.n_tiles)
                n, found[key] = self._tables.tabulated_sources(members, partition, slots)
                total += 0 if rows_found else OF_SOURCE.itemsize * n
            total += of_each * found[key]
        kept = [self._tables.n_bytes(table)[0] for table in tables]
        return total + history_bytes(plastic, partition, kept)


def _as_projection(synapses: SynapsesDescription, rule: ConnectionRule) -> ProjectionDescription:
    return ProjectionDescription(
        synapses.name, synapses.source, synapses.target, 0, rule, 0.0, 0.0, synapses=synapses.name
    )


def _without_rows(arrays: Mapping[Argument, Any]) -> dict[Argument, Any]:
    return {
        argument: array
        for argument, array in arrays.items()
        if not (isinstance(argument.owner, OfCode) and argument.name in _ROWS)
    }


def _is_part(array: Any, whole: np.ndarray) -> bool:
    return array is whole or (isinstance(array, np.ndarray) and array.base is whole)
