"""The network of all nodes and connections, its runs, and what it records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from distsnn.describe.synapses.rules import Pairs
from distsnn.exchange import current_world
from distsnn.exchange.worlds.threads import cores_of_each_rank
from distsnn.front.network.network import Network
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.connections.explicit import explicit_edges
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.device_kinds import WEIGHTS
from distsnn.nest.models.model_table import NEURON, OTHER, PARROT, RECORDER, STIMULATOR, TRIPLET
from distsnn.nest.network_parts.connection_part import ConnectionPart
from distsnn.nest.network_parts.connection_values import ConnectionValues
from distsnn.nest.network_parts.late_connections import LateConnections
from distsnn.nest.network_parts.modulators import Modulators
from distsnn.nest.network_parts.network_parrots import (
    BY_CHANCE,
    PARROTS,
    Repeated,
    in_network,
    parrot_cells,
    refuse_chance,
)
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.network_parts.sent_weights import SentWeights
from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.cell_groups import Places, Source, make_cells
from distsnn.nest.simulation.current_tables import DeviceCurrents
from distsnn.nest.simulation.later_periods import PERIODS, LaterPeriods
from distsnn.nest.simulation.part_synapses import JoinedGroups, edges_of, make_parts
from distsnn.nest.simulation.rate_tables import RateTable
from distsnn.nest.simulation.recorders import Recorders
from distsnn.nest.simulation.stimulators import GIVEN, STATIC_SYNAPSES, Devices
from distsnn.nest.simulation.summed_connections import refuse_late
from distsnn.nest.simulation.trains import number_sent
from distsnn.nest.structure.rewiring import Rewiring
from distsnn.nest_models.eprop.eprop_neurons import STEP_RATE_GENERATOR
from distsnn.nest_models.leaky.forced_neurons import OFFSET
from distsnn.nest_models.synapse_kinds import SUMS

# Steps for which the spikes of devices are drawn at once.
_WINDOW = 10_000


class Simulation:
    """The network of all nodes and connections of a kernel.

    Parameters
    ----------
    kernel : Kernel
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.seed = kernel.settings["rng_seed"]
        self.places = Places()
        self.cells: dict[int, Cells] = {}
        self.sources: list[Source] = []
        self.late = LateConnections(kernel)
        self.devices = Devices(kernel, self.places, self.cells, self.late)
        self.modulators = Modulators(kernel)
        self._repeated: list[Repeated] = []
        ends = self.places, self.sources, self.cells, self.modulators, self.late
        self.ends = JoinedGroups(*ends, lambda: kernel.common)
        self.sent = SentWeights(kernel)
        self.recorders = Recorders(kernel, self)
        self.rewiring = Rewiring(kernel)
        # Synapses that carry what parrots in the network repeat.
        self._carriers: list[ReadySynapses] = []
        self._parts: dict[int, list[ConnectionPart]] = {}
        self._edges: dict[int, Edges] = {}
        self._currents = DeviceCurrents(kernel, self.cells)
        self.connected = ConnectionValues(kernel, self._parts, self.edges)
        self._periods = LaterPeriods(kernel.resolution)
        self._undrawn = False
        # How many blocks, connections and recordings of the kernel are in the network.
        self._taken = (0, 0, 0)
        # Monitors of neurons with synaptic elements.
        self._following: list[Any] = []
        # Objects of the network.
        self._objects: list[Any] = []
        self._take_new()
        self.network = Network(
            *self._objects,
            dt=kernel.resolution,
            seed=self.seed,
            # More threads than cores would wait for each other; results are the same.
            threads=min(
                int(kernel.settings["local_num_threads"]), cores_of_each_rank(current_world())
            ),
        )

    def has(self, block: Block) -> bool:
        """Whether the nodes of a block are in the network."""
        return block.first <= self.places.size

    def extend(self) -> None:
        """Add nodes, connections and recordings that the kernel has and the network has not."""
        before = len(self._objects)
        self._take_new()
        if len(self._objects) > before:
            self.network.add(*self._objects[before:])
            self._undrawn = True

    def _take_new(self) -> None:
        kernel = self.kernel
        now = len(kernel.blocks), len(kernel.connections), len(kernel.recordings)
        if now == self._taken:
            return
        blocks, connections, recordings = self._taken
        self._taken = now
        new = kernel.connections[connections:]
        self.late.look(kernel.connections[:connections])
        if self._objects:
            refuse_late(new)
        for connection in new:
            connection.nodes = kernel.model(connection.name).nodes
        self._make_nodes(kernel.blocks[blocks:], new)
        for connection in new:
            if connection.base not in SUMS:
                self._connect(connection)
                parts = self._parts.get(connection.number, [])
                self.sent.record(connection, parts, self.edges)
        self.modulators.join(self.sources, self.places.group, self.places.index)
        self._currents.take(self.devices.currents)
        for recording in kernel.recordings[recordings:]:
            self.recorders.record(recording)
        self._following += [
            monitor
            for block in kernel.blocks[blocks:]
            for monitor in self.rewiring.follow(block, self.cells, self.places)
        ]
        objects = [
            *(c.group for c in self.cells.values()),
            *(t.group for t in self.devices.trains),
            *(part.synapses for parts in self._parts.values() for part in parts),
            *self.devices.objects,
            *self._currents.objects,
            *self.modulators.objects,
            *self.recorders.monitors,
            *self.sent.monitors,
            *self._following,
            *(one.monitor for one in self._repeated),
            *self._carriers,
        ]
        known = set(map(id, self._objects))
        new_objects = {id(one): one for one in objects if id(one) not in known}
        self._objects += new_objects.values()

    def _make_nodes(self, blocks: Sequence[Block], connections: Sequence[Connection]) -> None:
        self.places.grow(self.kernel.size)
        made, summed = make_cells(blocks, len(self.sources), self.kernel, connections)
        for cells in made:
            self.cells[len(self.sources)] = cells
            self._put(Source(cells.group, cells.gids))
            if cells.name == STEP_RATE_GENERATOR:
                self._currents.rates.append(RateTable(cells, self.kernel, self.devices.steps))
        self._parts |= summed.parts(self.cells)
        for block in blocks:
            if block.model.name in GIVEN:
                self.devices.add_given(block)
        self._make_parrots(blocks, connections)

    def _make_parrots(self, blocks: Sequence[Block], connections: Sequence[Connection]) -> None:
        """Parrots as trains, or as neurons of the network where they have to be these."""
        every = [np.arange(b.first, b.first + b.n) for b in blocks if b.kind == PARROT]
        following, targets = in_network(self.kernel, blocks, connections, STATIC_SYNAPSES)
        if not every:
            return
        trains = np.setdiff1d(np.concatenate(every), following)
        if trains.size:
            train = self.devices.add_parrots(trains)
            self._put(Source(train.group, train.gids))
        for block in blocks if targets.size else ():
            if block.kind == PARROT:
                self._make_cells_of(block, following, targets)

    def _make_cells_of(self, block: Block, following: np.ndarray, targets: np.ndarray) -> None:
        """Parrots of one block as neurons, apart by their traces and by what they send."""
        gids = np.arange(block.first, block.first + block.n)
        names = ("tau_minus", *TRIPLET)
        taus = np.stack([block.values(name, np.arange(block.n)) for name in names], axis=1)
        for members in (following, np.setdiff1d(targets, following)):
            inside = np.isin(gids, members)
            for first, second in np.unique(taus[inside], axis=0).tolist():
                own = gids[inside & (taus == (first, second)).all(axis=1)]
                number = len(self.sources)
                cells = parrot_cells(own, (first, second), number)
                self.cells[number] = cells
                self.sources.append(Source(cells.group, own))
                places = self.places if members is following else self.places.as_target
                places.put(number, own)
                self._repeated.append(Repeated(cells))

    def _put(self, source: Source) -> None:
        self.places.put(len(self.sources), source.gids)
        self.sources.append(source)

    def _connect(self, connection: Connection) -> None:
        kinds = self.kernel.kinds(connection.source)
        if OTHER in self.kernel.kinds(connection.target):
            edges = explicit_edges(connection, self.seed)
            self._edges[connection.number] = edges
            self.modulators.add(edges)
            return
        onto = self.places.as_target.group[connection.target]
        inside = [number for number, cells in self.cells.items() if cells.name == PARROTS]
        if inside and np.isin(onto, inside).any():
            self._connect_parrots(connection, inside)
            return
        if kinds == {NEURON}:
            self._parts[connection.number] = make_parts(connection, self.ends, self.seed)
            return
        edges = explicit_edges(connection, self.seed)
        self._edges[connection.number] = edges
        if kinds <= {NEURON, PARROT} and self.kernel.kinds(connection.target) == {NEURON}:
            self._parts[connection.number] = make_parts(connection, self.ends, self.seed)
        elif NEURON in kinds:
            neurons = np.isin(self.places.group[edges.source], list(self.cells))
            self.devices.connect(connection, edges.some(~neurons))
            connection.edges = edges.some(neurons)
            self._parts[connection.number] = make_parts(connection, self.ends, self.seed)
            connection.edges = edges
        else:
            self.devices.connect(connection, edges)

    def _connect_parrots(self, connection: Connection, inside: Sequence[int]) -> None:
        """Connections of which some lead to parrots in the network."""
        edges = explicit_edges(connection, self.seed)
        self._edges[connection.number] = edges
        places = self.places
        spiking = np.isin(places.group[edges.source], list(self.cells))
        repeated = np.isin(places.as_target.group[edges.target], inside)
        carried = repeated & (edges.values["receptor_type"] != 1)
        drawn_here = connection.base == BY_CHANCE and WEIGHTS not in connection.nodes
        refuse_chance(connection, carried if not drawn_here else carried & spiking)
        outside = ~spiking & (carried | ~repeated)
        learning = connection.base not in STATIC_SYNAPSES
        if outside.any():
            # Synapses of other models than static ones need no carrier onto neurons.
            own = outside & (repeated | (not learning))
            of_parrots = STIMULATOR not in self.kernel.kinds(connection.source)
            self.devices.connect(connection, edges.some(own), learning and of_parrots)
        for number in np.unique(places.group[edges.source[carried & spiking]]).tolist():
            for to in np.unique(places.as_target.group[edges.target[carried & spiking]]).tolist():
                at = carried & (places.group[edges.source] == number)
                at &= places.as_target.group[edges.target] == to
                made = ReadySynapses(
                    self.sources[number].group,
                    self.cells[to].group,
                    self.cells[to].cell.receptors[0],
                    weight=1.0,
                    delay=edges.values["delay"][at],
                    name=f"carrier_{len(self._carriers)}",
                )
                pairs = places.index[edges.source[at]], places.as_target.index[edges.target[at]]
                made.connect(Pairs(*pairs))
                self._carriers.append(made)
        rest = ~repeated & spiking
        if learning or WEIGHTS in connection.nodes:
            rest = np.isin(places.group[edges.source], range(len(self.sources)))
        if rest.any():
            connection.edges = edges.some(rest)
            parts = make_parts(connection, self.ends, self.seed)
            connection.edges = edges
            # Their places are those among all.
            for part in parts:
                assert part.at is not None
                part.at = np.flatnonzero(rest)[part.at]
            self._parts[connection.number] = parts

    # ---- connections

    def edges(self, connection: Connection) -> Edges:
        """All connections of one call, one by one."""
        if connection.number not in self._edges:
            self._draw()
            parts = self._parts[connection.number]
            self._edges[connection.number] = edges_of(connection, parts, self.seed)
        return self._edges[connection.number]

    def number(self, connection: Connection) -> int:
        """Number of connections of one call."""
        parts = self._parts.get(connection.number, [])
        if len(parts) == 1 and parts[0].at is None:
            self._draw()
            return len(parts[0].synapses)
        return int(self.edges(connection).source.size)

    def _draw(self) -> None:
        """Draw what has been added since the last run."""
        if self._undrawn:
            self.network.run(0.0)
            self._undrawn = False

    # ---- values of nodes

    def _of(self, block: Block, members: np.ndarray) -> list[tuple[Cells, np.ndarray, np.ndarray]]:
        """Groups that have nodes of a block, indices in them, and places among `members`."""
        gids = block.first + members
        groups = self.places.group[gids]
        return [
            (self.cells[int(g)], self.places.index[gids[groups == g]], np.flatnonzero(groups == g))
            for g in np.unique(groups)
        ]

    def values_of(self, block: Block, name: str, members: np.ndarray) -> np.ndarray | None:
        """Values (float64) of a variable of neurons now; None if they have none of the name."""
        found = np.zeros(members.size)
        for cells, index, here in self._of(block, members):
            if name == "I_e" == cells.current:
                found[here] = cells.I_e[index]
                continue
            variable = cells.variable(name)
            if variable is None:
                return None
            sign = -1.0 if cells.kind.recordables.get(name, "")[:1] == "-" else 1.0
            whole = np.array(getattr(cells.group, variable)[:])
            self._periods.put_values(cells, variable, whole)
            found[here] = sign * whole[index]
        return found

    def keep(self, block: Block) -> None:
        """Keep the parameters of devices that will be set: what they sent is on its way."""
        longest = self.kernel.max_delay_steps()
        self.devices.earlier.keep(block, self.kernel.step, longest)

    def take(self, block: Block, name: str, members: np.ndarray) -> None:
        """Take over a parameter of neurons that was set. Collective."""
        if self.kernel.is_fresh:
            self.kernel.running = None
            return
        if block.kind != NEURON:
            if block.model.name in GIVEN:
                self.devices.renew_given(block)
            if block.kind == RECORDER and name in {"senders", "targets"}:
                self.kernel.drop_network(f"{name} of {block.name} was set")
            if block.kind == RECORDER and name in {"start", "stop", "origin"}:
                for member in members.tolist():
                    self.recorders.change_window(block.first + member)
            return
        self.recorders.keep(self.kernel.step)
        for cells, index, _ in self._of(block, members):
            values = block.values(name, cells.gids[index] - block.first)
            if name == "I_e":
                cells.I_e[index] = values
                self._currents.forget()
                continue
            variable = cells.variable(name)
            if variable is None:
                self.kernel.drop_network(f"{name} of {block.name} was set")
            assert variable is not None
            if variable in PERIODS:
                self._periods.take(cells, variable, index, values, self.kernel.step)
                continue
            whole = np.array(getattr(cells.group, variable)[:])
            whole[index] = values
            cells.group.assign(variable, 0, cells.group.N, whole)
            if name == OFFSET:
                # It counts anew, also where it is what it was.
                taken = np.array(cells.group.offset_taken[:])
                taken[index] = 0.0
                cells.group.assign("offset_taken", 0, cells.group.N, taken)

    # ---- running

    def advance(self, steps: int) -> None:
        """Simulate so many steps. Collective."""
        step, end = self.kernel.step, self.kernel.step + steps
        given = step
        while step < end:
            if self._updates(step):
                self.rewiring.update(step)
                self.extend()
            if given == step:
                given = min(end, step + _WINDOW)
                for train in self.devices.trains:
                    train.give(step, given, self.kernel.resolution)
            until = min(given, self._next_change(step), self._currents.next_change(step))
            self.connected.put_due(step)
            self._periods.put_due(step)
            self.recorders.sample(step, until)
            self._set_rates(step)
            names = self._currents.give(step, until)
            if self._objects:
                ran = self.network.run(
                    (until - step) * self.kernel.resolution, namespace=names or None
                )
                self.kernel.spikes += ran.spikes - number_sent(self.devices.trains, step, until)
            for one in self._repeated:
                one.check()
            step = until
            self.kernel.step = step
        self.connected.forget_read()
        self.rewiring.grow(step)

    def _updates(self, step: int) -> bool:
        """Whether connections come and go at a step."""
        return self.kernel.structure.enabled and step % self._interval == 0

    @property
    def _interval(self) -> int:
        name = "structural_plasticity_update_interval"
        return self.kernel.steps(f"nest.{name}", float(self.kernel.settings[name]))

    def _next_change(self, step: int) -> int:
        changes = [one.next_change(step) for one in self.devices.rates]
        changes += [one.next_change(step) for one in (self.connected, self._periods)]
        if self.kernel.structure.enabled:
            changes.append((step // self._interval + 1) * self._interval)
        change = min(changes, default=math.inf)
        return step + 10**9 if math.isinf(change) else max(step + 1, int(change))

    def _set_rates(self, step: int) -> None:
        # One by one the network would take over all of them each time.
        if changed := [one for one in self.devices.rates if one.put_rate(step)]:
            changed[0].input.make_known()

    def recorded(self, recorder: int) -> dict[str, Any]:
        """Everything that a recorder has recorded."""
        return self.recorders.recorded(recorder)
