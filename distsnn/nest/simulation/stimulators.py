"""Devices that stimulate a network: its inputs, trains of spikes, and currents."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from distsnn.assemble.edges.rule_draws import Draws
from distsnn.describe.keys import stream_key
from distsnn.describe.synapses.projections import PoissonInputDescription
from distsnn.describe.synapses.rules import Pairs
from distsnn.errors import ParameterError
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.device_kinds import CURRENTS
from distsnn.nest.models.model_table import PARROT, STIMULATOR
from distsnn.nest.network_parts.late_connections import LateConnections
from distsnn.nest.network_parts.network_parrots import BY_CHANCE, PARROTS
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.cell_groups import Places
from distsnn.nest.simulation.currents import CurrentInput, DeviceCurrent
from distsnn.nest.simulation.earlier_values import EarlierValues
from distsnn.nest.simulation.part_synapses import receptor_of
from distsnn.nest.simulation.random_sources import DRAWN, Asked, Together, pulses
from distsnn.nest.simulation.trains import (
    Chance,
    GivenSpikes,
    ParrotInput,
    ParrotSpikes,
    SomeParrots,
    Train,
    window,
)
from distsnn.nest_models.synapse_kinds import SYNAPSES

# The most inputs that one device has before its spikes are drawn one by one.
_MOST_INPUTS = 64
# The most kinds of connections that they have before that.
_MOST_KINDS = 256
_MOST_PER_STEP = 1000
STATIC_SYNAPSES = {name for name in SYNAPSES if name.startswith("static")}
GIVEN = {"spike_generator", "spike_train_injector", "pulsepacket_generator"}


class DeviceInput(PoissonInput):
    """Poisson input of a device to some neurons of a target.

    Parameters
    ----------
    members : int64 array (n, 2)
        Slices of the group.
    *args
        Those of `PoissonInput`.
    """

    INTERNAL = frozenset({"make_known", "put_rate"})

    def __init__(self, members: np.ndarray, *args: Any) -> None:
        super().__init__(*args)
        self._members = members

    def put_rate(self, rate: float) -> bool:
        """Set the rate, which `make_known` lets the network know; whether it is another one."""
        before, self._rate = self._rate, rate
        return rate != before

    def make_known(self) -> None:
        """Let the network know of the rates of all its inputs."""
        self._make_known()

    def describe(self, group_index: dict[int, int], dt: float) -> PoissonInputDescription:
        """See `PoissonInput`."""
        described = super().describe(group_index, dt)
        if len(self._members) == 1:
            return described
        return replace(described, parts=tuple((a, b) for a, b in self._members.tolist()))


def _inputs_of(runs: np.ndarray, columns: np.ndarray, index: np.ndarray) -> list[np.ndarray] | None:
    """The runs (from and to) of each input that does what a device does; None if they are many.

    `columns` are what connections of one input share. Neighbors are an input of their own; if they
    are too many, all that share it are one, unless a neuron is among them twice.
    """
    if len(runs) <= _MOST_INPUTS:
        return list(runs[:, None])
    kind = np.unique(columns, axis=1, return_inverse=True)[1].reshape(-1)
    if kind.max() >= _MOST_KINDS or np.unique(np.stack([kind, index]), axis=1).shape[1] < kind.size:
        return None
    return [runs[kind[runs[:, 0]] == k] for k in range(int(kind.max()) + 1)]


@dataclass(eq=False)
class RateInput:
    """Poisson input of one device to neighbors in one group.

    Attributes
    ----------
    input : DeviceInput
    block : Block
    member : int
    delay, since : int
        Steps: of the connection, and at which it was made.
    steps : callable
        From ms to steps.
    earlier : EarlierValues
    """

    input: DeviceInput
    block: Block
    member: int
    delay: int
    since: int
    steps: Callable[[float], float]
    earlier: EarlierValues

    def _window(self, block: Block) -> tuple[float, float]:
        first, last = window(block, self.member, self.steps)
        return max(first, self.since - 1), last

    def put_rate(self, step: int) -> bool:
        """Give the input the rate of a step; whether it is another one."""
        block = self.earlier.at(self.block, step - self.delay)
        first, last = self._window(block)
        active = first < step - self.delay <= last
        rate = float(block.get("rate", self.member)) / 1000.0 if active else 0.0
        return self.input.put_rate(rate)

    def next_change(self, step: int) -> float:
        """The first step after a given one from which the rate can be another one."""
        block = self.earlier.at(self.block, step - self.delay)
        changes = [w + 1 + self.delay for w in self._window(block)]
        changes += [end + self.delay for end, _ in self.earlier.of(self.block)]
        return min((c for c in changes if c > step), default=math.inf)


@dataclass(eq=False)
class Devices:
    """All that stimulates, of one network.

    Parameters
    ----------
    kernel : Kernel
    places : Places
    cells : dict of int to Cells
        Groups of neurons by their index.
    late : LateConnections
    """

    kernel: Kernel
    places: Places
    cells: dict[int, Cells]
    late: LateConnections
    rates: list[RateInput] = field(default_factory=list)
    currents: list[CurrentInput] = field(default_factory=list)
    trains: list[Train] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)
    earlier: EarlierValues = field(default_factory=EarlierValues)
    parrots: ParrotSpikes = field(default_factory=ParrotSpikes)
    # Trains that all connections of a node share, by its global id: the train and its sources.
    shared: dict[int, tuple[Train, np.ndarray, np.ndarray]] = field(default_factory=dict)

    def steps(self, time: float) -> float:
        """A time in ms as steps, infinite if it is."""
        return time if time > 1e15 else float(round(time / self.kernel.resolution))

    def delays(self, edges: Edges) -> np.ndarray:
        """The delay of each connection, steps, int64 (n,)."""
        return np.floor(edges.values["delay"] / self.kernel.resolution + 0.5 + 1e-9).astype(
            np.int64
        )

    @property
    def spiking(self) -> set[str]:
        """Models of devices that send spikes."""
        return GIVEN | DRAWN.keys()

    # ---- sources that are the same for all their connections

    def add_given(self, block: Block) -> None:
        """Spikes that devices of a block have been given: one source for each weight of a node."""
        gids, factors, given = self._sources(block)
        train = self._train(gids, given, f"{block.name}_{block.first}")
        for gid in range(block.first, block.first + block.n):
            own = np.flatnonzero(gids == gid)
            self.shared[gid] = train, own, factors[own]

    def renew_given(self, block: Block) -> None:
        """Take over spikes that devices of a block have been given anew.

        Raises
        ------
        ParameterError
            If they have weights that there were none of.
        """
        gids, factors, given = self._sources(block)
        train = self.shared[block.first][0]
        before = np.concatenate([self.shared[int(gid)][2] for gid in np.unique(train.gids)])
        if not np.array_equal(gids, train.gids) or not np.array_equal(factors, before):
            raise ParameterError(
                block.name,
                "other spike_weights were set after the first Simulate",
                "later spikes have the weights that there are",
                "give all weights before the first Simulate",
            )
        train.draw = given

    def _sources(self, block: Block) -> tuple[np.ndarray, np.ndarray, GivenSpikes]:
        """The node and the weight of each source of a block, and the spikes of all."""
        gids, factors = list[int](), list[float]()
        index, steps = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for member in range(block.n):
            stamps, weights = self._given(block, member)
            for weight in np.unique(weights) if weights.size else np.ones(1):
                own = stamps[weights == weight].astype(np.int64) - 1
                index.append(np.full(own.size, len(gids)))
                steps.append(own)
                gids.append(block.first + member)
                factors.append(float(weight))
        given = GivenSpikes(np.concatenate(index), np.concatenate(steps))
        return np.array(gids), np.array(factors), given

    def _given(self, block: Block, member: int) -> tuple[np.ndarray, np.ndarray]:
        """Stamps (steps) and weights of the spikes of one device."""
        if block.model.name == "pulsepacket_generator":
            steps, weights = pulses(self._asked(block, member, 1, str(block.first + member)))
            return steps + 1, weights
        where = f"{block.name} (node {block.first + member})"
        if block.get("precise_times", member):
            raise ParameterError(
                where, "precise_times=True", "spikes lie on the grid of time steps",
                "leave it out; there are no spikes between steps",
            )  # fmt: skip
        times = np.array(block.get("spike_times", member), dtype=np.float64)
        exact = times / self.kernel.resolution
        stamps = np.round(exact)
        # Within half a microsecond of it a time counts as a step, as in NEST.
        off = np.abs(stamps - exact) * self.kernel.tics_per_step >= 0.5
        if off.any():
            if not block.get("allow_offgrid_times", member):
                raise ParameterError(
                    where,
                    f"a spike at {times[off][0]:g} ms",
                    f"spikes lie at multiples of the resolution, {self.kernel.resolution:g} ms",
                    "say allow_offgrid_times=True to have them at the end of their steps",
                )
            stamps = np.where(off, np.ceil(exact), stamps)
        shift = bool(block.get("shift_now_spikes", member))
        origin = self.steps(float(block.get("origin", member)))
        if stamps.size and stamps.min() < int(not shift):
            raise ParameterError(
                where, f"a spike at {times.min():g} ms", "spikes lie behind the time 0",
                "leave it out, or say shift_now_spikes=True",
            )  # fmt: skip
        if shift:
            stamps = stamps + (stamps + origin == self.kernel.step)
        weights = np.ones(stamps.size)
        if block.knows("spike_weights") and len(block.get("spike_weights", member)):
            weights = np.array(block.get("spike_weights", member), dtype=np.float64)
        number = np.ones(stamps.size, dtype=np.int64)
        if len(block.get("spike_multiplicities", member)):
            number = np.array(block.get("spike_multiplicities", member), dtype=np.int64)
        for name, values in (("spike_weights", weights), ("spike_multiplicities", number)):
            if values.size != stamps.size:
                raise ParameterError(
                    where, f"{name} has {values.size} values, spike_times {stamps.size}",
                    "there is one for each spike", "correct it",
                )  # fmt: skip
        first, last = window(block, member, self.steps)
        stamps = stamps + origin
        active = (stamps > first) & (stamps <= last)
        return np.repeat(stamps[active], number[active]), np.repeat(weights[active], number[active])

    def add_parrots(self, gids: np.ndarray) -> Train:
        """One train of further parrots."""
        first, self.parrots.n = self.parrots.n, self.parrots.n + gids.size
        draw = SomeParrots(self.parrots, first, gids.size)
        train = self._train(gids, draw, f"parrots_{first}" if first else "parrots")
        for k, gid in enumerate(gids.tolist()):
            self.shared[gid] = train, np.array([k]), np.ones(1)
        return train

    def _train(self, gids: np.ndarray, draw: Any, name: str) -> Train:
        group = SpikeGeneratorGroup(gids.size, [], [], name=name, most_per_step=_MOST_PER_STEP)
        train = Train(group, gids, draw)
        self.trains.append(train)
        return train

    def measure(self, block: Block, gid: int, steps: np.ndarray) -> np.ndarray:
        """Value of a device (its rate, Hz, or its current, pA) at the end of each of some steps."""
        asked = self._asked(block, gid - block.first, 1, "")
        if block.model.name not in CURRENTS:
            return asked.sine(steps)
        seed = self.kernel.settings["rng_seed"]
        port = np.zeros(1, dtype=np.int64)
        of = DeviceCurrent(block, asked.member, self.earlier, port, seed, self.steps, asked.dt)
        return of.values(steps).reshape(steps.size, -1).max(axis=1)

    # ---- connections of devices

    def connect(self, connection: Connection, edges: Edges, as_carrier: bool = False) -> None:
        """Let devices act on the targets of one call of ``Connect``.

        Spikes that parrots repeat come `as_carrier` of synapses of any model.
        """
        if connection.base not in STATIC_SYNAPSES and not as_carrier:
            raise ParameterError(
                f"nest.Connect: {connection.name}",
                f"devices are connected by {connection.base}",
                "devices have static synapses",
                "put a parrot_neuron between them",
            )
        every = np.unique(edges.source)
        for block in self.kernel.blocks_of(every):
            gids = every[block.holds(every)]
            drawn = []
            for gid in gids.tolist():
                own = np.flatnonzero(edges.source == gid)
                if block.kind == STIMULATOR and block.model.name in CURRENTS:
                    self._current(block, gid - block.first, edges, own)
                elif gid in self.shared:
                    train, sources, factors = self.shared[gid]
                    for source, factor in zip(sources.tolist(), factors.tolist(), strict=True):
                        to = np.full(own.size, source)
                        self._onto(connection, train, to, edges, own, factor)
                elif gids.size > _MOST_INPUTS or not self._inputs(
                    connection, block, gid - block.first, edges, own
                ):
                    drawn.append((gid - block.first, own))
            if drawn:
                sizes = [(member, own.size) for member, own in drawn]
                name = f"{block.name}_{block.first}_{connection.number}"
                train = self.random_train(block, sizes, name)
                own = np.concatenate([own for _, own in drawn])
                self._onto(connection, train, np.arange(own.size), edges, own, 1.0)

    def _current(self, block: Block, member: int, edges: Edges, own: np.ndarray) -> None:
        groups = self.places.as_target.group[edges.target[own]]
        delays = self.delays(edges)[own]
        for group, delay in sorted(set(zip(groups.tolist(), delays.tolist(), strict=True))):
            if group not in self.cells or self.cells[group].name == PARROTS:
                raise ParameterError(
                    block.name, "a current into nodes that are no neurons",
                    "neurons have currents", "connect neurons",
                )  # fmt: skip
            at = np.flatnonzero((groups == group) & (delays == delay))
            before = sum(int(c.of.port.size) for c in self.currents
                         if c.of.block is block and c.of.member == member)  # fmt: skip
            port, seed = before + np.arange(at.size), self.kernel.settings["rng_seed"]
            of = DeviceCurrent(
                block, member, self.earlier, port, seed, self.steps, self.kernel.resolution
            )
            index, weight = (
                self.places.index[edges.target[own][at]],
                edges.values["weight"][own][at],
            )
            self.currents.append(CurrentInput(of, group, index, weight, delay, self.kernel.step))

    def random_train(self, block: Block, members: list[tuple[int, int]], name: str) -> Train:
        """Trains of devices of a block: of each device a number of them."""
        draw = DRAWN[block.model.name]
        parts = [
            draw(self._asked(block, member, n, f"{name} {block.first + member}"))
            for member, n in members
        ]
        sizes = np.array([n for _, n in members])
        gids = np.repeat([block.first + member for member, _ in members], sizes)
        return self._train(gids, Together(parts, np.cumsum(sizes) - sizes), name)

    def _asked(self, block: Block, member: int, n: int, name: str) -> Asked:
        seed, dt = self.kernel.settings["rng_seed"], self.kernel.resolution
        return Asked(block, member, n, seed, name, self.steps, dt)

    def _inputs(
        self, connection: Connection, block: Block, member: int, edges: Edges, own: np.ndarray
    ) -> bool:
        """Whether some inputs to neighbors do what a device does; then they are made."""
        if block.model.name != "poisson_generator":
            return False
        target = edges.target[own]
        places = self.places.as_target
        groups, index = places.group[target], places.index[target]
        delays, weight = self.delays(edges)[own], edges.values["weight"][own]
        ports = edges.values["receptor_type"][own]
        neurons = [number for number, cells in self.cells.items() if cells.name != PARROTS]
        if not np.isin(groups, neurons).all():
            return False
        columns = np.stack([groups, delays, weight, ports])
        jumps = (np.diff(index) != 1) | (np.diff(columns, axis=1) != 0).any(axis=0)
        begins = np.concatenate([[0], np.flatnonzero(jumps) + 1])
        runs = np.stack([begins, np.append(begins[1:], own.size)], axis=1)
        inputs = _inputs_of(runs, columns, index)
        if inputs is None:
            return False
        for number, some in enumerate(inputs):
            a, members = int(some[0, 0]), index[some - [0, 1]] + [0, 1]
            cells = self.cells[int(groups[a])]
            receptor, flip = receptor_of(cells, int(ports[a]), weight[a] < 0, connection.name)
            if weight[a] == 0:
                continue
            made = DeviceInput(
                members,
                cells.group[int(members.min()) : int(members.max())],
                cells.cell.receptors[receptor],
                1,
                0.0,
                float(-weight[a] if flip else weight[a]),
                f"poisson_{block.first + member}_{connection.number}_{number}",
            )
            self.objects.append(made)
            since, delay = self.kernel.step, int(delays[a]) - cells.cell.early
            self.rates.append(
                RateInput(made, block, member, delay, since, self.steps, self.earlier)
            )
        return True

    def _chance(self, connection: Connection, edges: Edges, own: np.ndarray) -> Chance | None:
        """Chances of spikes to pass some connections; None if all pass."""
        if connection.base != BY_CHANCE:
            return None
        given = edges.values.get("p_transmit")
        p = np.asarray(connection.values["p_transmit"] if given is None else given)
        seed = self.kernel.settings["rng_seed"]
        draws = Draws(stream_key(seed, "passing spikes", f"connect_{connection.number}"))
        return Chance(draws, own, np.broadcast_to(p, edges.source.size)[own])

    def _onto(
        self,
        connection: Connection,
        train: Train,
        sources: np.ndarray,
        edges: Edges,
        own: np.ndarray,
        factor: float,
    ) -> None:
        """Join sources of a train, one for each of some connections, to their targets."""
        target, delays = edges.target[own], self.delays(edges)[own]
        weight, ports = edges.values["weight"][own] * factor, edges.values["receptor_type"][own]
        for gid in np.unique(
            target[np.isin(self.places.group[target], list(self.cells), invert=True)]
        ):
            at = np.flatnonzero(target == gid)
            block = self.kernel.block_of(int(gid))
            if block.kind != PARROT:
                raise ParameterError(
                    block.name, "a device stimulates it", "devices stimulate neurons and parrots",
                    "connect neurons",
                )  # fmt: skip
            # They ignore what arrives at port 1.
            at = at[ports[at] != 1]
            of, index, _ = self.shared[int(gid)]
            assert isinstance(of.draw, SomeParrots)
            parrot = np.full(at.size, index[0] + of.draw.first)
            chance = self._chance(connection, edges, own[at])
            if isinstance(train.draw, SomeParrots):
                of_parrots = sources[at] + train.draw.first
                for some, since in self.late.apart(connection.name, train.gids[sources[at]]):
                    own_chance = None if chance is None else chance.some(some)
                    inputs = of_parrots[some], parrot[some], delays[at][some], own_chance
                    self.parrots.join_late(ParrotInput(None, *inputs), since)
            else:
                inputs = sources[at], parrot, delays[at], chance
                self.parrots.inputs.append(ParrotInput(train, *inputs))
        places = self.places.as_target
        groups = places.group[target]
        reached = self.late.reached(connection.name, train.gids[sources])
        columns = np.stack([groups, ports, weight < 0, reached])
        for key in np.unique(columns, axis=1).T:
            if int(key[0]) not in self.cells:
                continue
            at = np.flatnonzero((columns == key[:, None]).all(axis=0))
            cells = self.cells[int(key[0])]
            if cells.name == PARROTS:
                if key[1] == 1:
                    continue
                receptor, w = 0, np.ones(at.size)
            else:
                receptor, flip = receptor_of(cells, int(key[1]), bool(key[2]), connection.name)
                w = -weight[at] if flip else weight[at]
            made = ReadySynapses(
                train.group,
                cells.group,
                cells.cell.receptors[receptor],
                weight=float(w[0]) if (w == w[0]).all() else w,
                delay=(delays[at] - cells.cell.early) * self.kernel.resolution,
                name=f"device_{len(self.objects)}",
            )
            made.connect(Pairs(sources[at], places.index[target[at]]))
            self.late.let_reach(made, reached[at])
            self.objects.append(made)
