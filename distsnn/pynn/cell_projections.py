"""Projections of PyNN: lists of connections, or a rule that distsnn draws on all ranks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.parameters import ParameterSpace
from pyNN.space import Space

from distsnn.pynn import simulator
from distsnn.pynn.cell_populations import Population, members
from distsnn.pynn.native_random import distribution
from distsnn.pynn.synapse_types import ElectricalSynapse, Ends, StaticSynapse


class Connection(common.Connection):
    """One connection of a projection, whose attributes can be read and set."""

    _projection: Projection
    _index: int

    def __init__(self, projection: Projection, index: int) -> None:
        object.__setattr__(self, "_projection", projection)
        object.__setattr__(self, "_index", index)

    @property
    def presynaptic_index(self) -> int:
        """Index of the cell before the connection."""
        return int(self._projection.edges()[0][self._index])

    @property
    def postsynaptic_index(self) -> int:
        """Index of the cell after the connection."""
        return int(self._projection.edges()[1][self._index])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._projection.native_names:
            raise AttributeError(name)
        return self._projection.values_now(name)[self._index]

    def __setattr__(self, name: str, value: float) -> None:
        values = np.array(self._projection.values_now(name))
        values[self._index] = value
        self._projection.change(name, values)

    def as_tuple(self, *attribute_names: str) -> tuple[Any, ...]:
        """Values of some attributes."""
        return tuple(getattr(self, name) for name in attribute_names)


class Projection(common.Projection):
    """Connections between cells; see PyNN."""

    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(  # noqa: PLR0913 - PyNN's
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: str | None = None,
        receptor_type: str | None = None,
        space: Space | None = None,
        label: str | None = None,
    ) -> None:
        super().__init__(
            presynaptic_population, postsynaptic_population, connector, synapse_type, source,
            receptor_type, space or Space(), label,
        )  # fmt: skip
        self._electrical = isinstance(self.synapse_type, ElectricalSynapse)
        if source is not None and not self._electrical:
            raise errors.ConnectionError(
                f"distsnn: source={source!r}; cells have one source of spikes, leave it out"
            )
        self._check_receptors()
        self._pre, self._post = np.empty(0, np.int64), np.empty(0, np.int64)
        self._values: dict[str, Any] = {}
        self._rule: Any = None
        self._seeds: list[int] = []
        self._chunks: list[tuple[np.ndarray, int, dict[str, Any]]] = []
        self._initial: dict[str, np.ndarray] = {}
        # Synapses of distsnn with the connections that they hold.
        self._made: list[tuple[Any, Ends, Any]] = []
        connector.connect(self)
        if self._rule is None:
            self._join()
            self._check_delays()
        self.number = len(simulator.state.projections)
        simulator.state.projections.append(self)
        simulator.state.change()
        if self._electrical:
            for (a, source_end), (b, target_end) in self._pairs():
                if any(simulator.state.has_made(end[0]) for end in (source_end, target_end)):
                    raise errors.ConnectionError(
                        "distsnn: gap junctions were made after the first run of their cells. "
                        "Make them earlier, or call reset() before."
                    )
                for number, end in enumerate((target_end[0], source_end[0])):
                    end.gaps.append(self._gap(a, b, number))

    def _check_receptors(self) -> None:
        for population in {p for p, _ in members(self.post)}:
            if self._electrical and population.celltype.injectable:
                continue
            if self._electrical or self.receptor_type not in population.responses:
                raise errors.ConnectionError(
                    f"distsnn: {type(self.synapse_type).__name__} onto {self.receptor_type!r} of "
                    f"{type(population.celltype).__name__}; gap junctions join cells with a "
                    "membrane, and other synapses act on receptors"
                )
        if self._electrical and not all(p.celltype.injectable for p, _ in members(self.pre)):
            raise errors.ConnectionError("distsnn: gap junctions join cells with a membrane")

    # ---- connections

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: int,
        location_selector: Any = None,
        **connection_parameters: Any,
    ) -> None:
        """Take connections to one cell; PyNN's connectors call this."""
        if location_selector is not None:
            raise errors.ConnectionError("distsnn: cells have one compartment; no locations")
        sources = np.atleast_1d(np.asarray(presynaptic_indices, dtype=np.int64))
        self._chunks.append((sources, int(postsynaptic_index), connection_parameters))

    def _join(self) -> None:
        sizes = [len(sources) for sources, _, _ in self._chunks]
        none = np.empty(0, np.int64)
        self._pre = np.concatenate([none, *(sources for sources, _, _ in self._chunks)])
        self._post = np.repeat(np.array([t for _, t, _ in self._chunks], np.int64), sizes)
        for name in self.native_names:
            parts = [
                np.broadcast_to(np.asarray(given[name], dtype=float), size)
                for (_, _, given), size in zip(self._chunks, sizes, strict=True)
            ]
            self._values[name] = np.concatenate([np.empty(0), *parts])
        self._chunks = []

    def connect_by_rule(self, rule: Any) -> bool:
        """Let distsnn draw the connections, if it can; no rank holds a list of them then.

        Returns
        -------
        bool
            Whether it can.
        """
        ends = members(self.pre), members(self.post)
        if self._electrical or any(len(e) != 1 or not _neighbours(e[0][1]) for e in ends):
            return False
        space = self.synapse_type.native_parameters
        values: dict[str, Any] = {}
        for name, value in space.items():
            least = 0.0 if name == "weight" and self.post.conductance_based else -np.inf
            found = distribution(value, least) if value.base_value is not None else None
            if found is None or not (isinstance(found, float) or name in self.synapse_type.drawn):
                return False
            values[name] = found
        if self._connector.safe:
            for name, check in self.synapse_type.parameter_checks.items():
                if isinstance(values[name], float):
                    check(values[name], self)
        self._values, self._rule = values, rule
        generators = [
            getattr(value.base_value, "rng", None) for value in dict(space.items()).values()
        ]
        seeds = [self._connector.native_seed, *(getattr(g, "seed", None) for g in generators)]
        self._seeds = [seed for seed in seeds if seed is not None]
        self._check_delays()
        return True

    def _check_delays(self, values: Mapping[str, Any] | None = None) -> None:
        values = self._values if values is None else values
        if "delay" not in values:
            return
        given, state = values["delay"], simulator.state
        low = state.dt if isinstance(state.min_delay, str) else state.min_delay
        high = np.inf if isinstance(state.max_delay, str) else state.max_delay
        if isinstance(given, float | np.ndarray) and np.size(given):
            worst = [float(np.min(given)), float(np.max(given))]
            if worst[0] < low - 1e-9 or worst[1] > high + 1e-9:
                raise errors.ConnectionError(
                    f"Delays from {worst[0]} to {worst[1]} ms are out of range [{low}, {high}]"
                )

    @property
    def native_names(self) -> list[str]:
        """Names of all parameters."""
        return list(self.synapse_type.get_native_names())

    @property
    def delay_bounds(self) -> tuple[float, ...]:
        """The shortest and the longest delay, ms; nothing if there are none."""
        if "delay" not in self._values:
            return ()
        given = self._values["delay"]
        delays = np.array([given]) if isinstance(given, float) else self.values_now("delay")
        return (float(delays.min()), float(delays.max())) if delays.size else ()

    def __len__(self) -> int:
        return len(self.edges()[0])

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [Connection(self, k) for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        return Connection(self, i % len(self))

    @property
    def connections(self) -> Projection:
        """All connections, one by one."""
        return self

    def __iter__(self) -> Iterator[Connection]:
        return (Connection(self, k) for k in range(len(self)))

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the cells before and after each connection."""
        if self._rule is None:
            return self._pre, self._post
        made = self._drawn()
        return np.asarray(made.i[:]), np.asarray(made.j[:])

    def _drawn(self) -> Any:
        simulator.state.network()
        return self._made[0][0]

    def values_now(self, name: str) -> np.ndarray:
        """Values of a parameter of all connections, as they are now."""
        plastic = name == "weight" and hasattr(self.synapse_type, "timing_dependence")
        if self._rule is not None:
            if isinstance(self._values[name], float) and not (
                plastic and simulator.state.has_made(self)
            ):
                return np.full(len(self), self._values[name])
            made, ends, _ = (self._drawn(), *self._made[0][1:])
            found = made.w[:] / ends.factor if name == "weight" else made.delay
            return np.asarray(found)
        values = np.asarray(self._values[name])
        if plastic and simulator.state.has_made(self):
            values = np.array(values)
            for made, ends, chosen in self._made:
                values[chosen] = made.w[:] / ends.factor
        return values

    def _get_attributes_as_list(self, names: list[str]) -> list[tuple[Any, ...]]:
        pre, post = self.edges()
        known = {"presynaptic_index": pre, "postsynaptic_index": post}
        columns = [known[n] if n in known else self.values_now(n) for n in names]
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def _get_attributes_as_arrays(
        self, names: Any, multiple_synapses: str = "sum"
    ) -> list[np.ndarray]:
        pre, post = self.edges()
        found = []
        for name in names:
            given = self.values_now(name[:-1] if name in {"weights", "delays"} else name)
            values = np.full(self.shape, np.nan)
            order = slice(None, None, -1) if multiple_synapses == "first" else slice(None)
            if multiple_synapses in {"first", "last"}:
                values[pre[order], post[order]] = given[order]
            else:
                start, how = {
                    "sum": (0.0, np.add), "min": (np.inf, np.minimum), "max": (-np.inf, np.maximum)
                }[multiple_synapses]  # fmt: skip
                values[pre, post] = start
                how.at(values, (pre, post), given)
            found.append(values)
        return found

    # ---- setting

    def _set_attributes(self, parameter_space: ParameterSpace) -> None:
        parameter_space.evaluate(simplify=False)
        pre, post = self.edges()
        for name, values in parameter_space.items():
            self.change(name, np.asarray(values, dtype=float)[pre, post])

    def change(self, name: str, values: np.ndarray) -> None:
        """Set a parameter of all connections."""
        if not simulator.state.has_made(self):
            self._list()
            before, self._values[name] = self._values[name], np.asarray(values, dtype=float)
            try:
                self._check_delays()
            except errors.ConnectionError:
                self._values[name] = before
                raise
            simulator.state.change()
            return
        self._check_delays({"delay": values} if name == "delay" else {})
        for made, ends, chosen in self._made:
            now = {
                n: np.asarray(v)[chosen] if isinstance(v, np.ndarray) else v
                for n, v in {**self._values, name: values}.items()
            }
            self.synapse_type.change(made, ends, name, now)
        if self._rule is not None and values.size and np.all(values == values[0]):
            self._values[name] = float(values[0])
        else:
            self._list()
            self._values[name] = np.asarray(values, dtype=float)

    def initialize(self, **initial_values: Any) -> None:
        """Set where variables of synapses start, such as ``u``; see PyNN."""
        self._list()
        pre, post = self.edges()
        for variable, value in initial_values.items():
            if f"syn_{variable}" not in getattr(self.synapse_type, "model", ""):
                raise errors.NonExistentParameterError(
                    variable, type(self.synapse_type).__name__, self.native_names
                )
            space = ParameterSpace({variable: value}, shape=self.shape)
            given = self._handle_distance_expressions(space)[variable]
            values = np.asarray(given.evaluate(simplify=False), dtype=float)
            self._initial[variable] = np.broadcast_to(values, self.shape)[pre, post]
            if not simulator.state.has_made(self):
                simulator.state.change()
            else:
                self._start(variable)

    def _start(self, variable: str) -> None:
        for made, _, chosen in self._made:
            setattr(made, f"syn_{variable}", self._initial[variable][chosen])

    def _list(self) -> None:
        """Hold the connections of a rule as a list, so that values can differ."""
        if self._rule is None:
            return
        pre, post = self.edges()
        self._values = {name: self.values_now(name) for name in self.native_names}
        self._pre, self._post, self._rule = pre, post, None

    # ---- what runs

    def make(self) -> list[Any]:
        """The synapses of distsnn: for each pair of populations, one object or a few."""
        self._made = []
        for (a, (source, of_pre, sources)), (b, (target, of_post, targets)) in self._pairs():
            # Draws are keyed by the name, so that seeds of native generators count.
            name = "_".join(map(str, [f"projection{self.number}", a, b, *self._seeds]))
            if self._electrical:
                gaps = self._gap(a, b, 0), self._gap(a, b, 1)
                ends = Ends(source.group, target.group, None, "gap", "", 1000.0, name, gaps)
            else:
                response = target.responses[self.receptor_type]
                receptor = target.receptors[self.receptor_type]
                group, onto = source.group, target.group
                if self._rule is not None:
                    group = group[int(sources[0]) : int(sources[-1]) + 1]
                    onto = onto[int(targets[0]) : int(targets[-1]) + 1]
                ends = Ends(
                    group, onto, receptor, response.event, response.decay,
                    response.weight_factor, name,
                )  # fmt: skip
            if self._rule is not None:
                made = self.synapse_type.made(ends, self._scaled(ends.factor))
                made.connect(self._rule)
                self.synapse_type.assign(made, ends, self._values)
                self._made.append((made, ends, slice(None)))
                continue
            chosen = np.flatnonzero(of_pre & of_post)
            values = {n: np.asarray(v)[chosen] for n, v in self._values.items()}
            edges = sources[chosen], targets[chosen]
            joined = self.synapse_type.joined(ends, edges, values)
            self._made += [(made, ends, chosen) for made in joined]
        for variable in self._initial:
            self._start(variable)
        return [made for made, _, _ in self._made]

    def _pairs(self) -> Iterator[tuple[tuple[int, Any], tuple[int, Any]]]:
        """Pairs of populations with connections, numbered at both ends."""
        pre, post = self.edges_by_population()
        for a, b in product(enumerate(pre), enumerate(post)):
            if self._rule is not None or np.any(a[1][1] & b[1][1]):
                yield a, b

    def _gap(self, a: int, b: int, end: int) -> str:
        """Variable for the currents of gap junctions between two populations."""
        return f"I_gap_{self.number}_{a}_{b}_{end}"

    def _scaled(self, factor: float) -> dict[str, Any]:
        """Values of a rule, where distributions are of weights in distsnn's unit already."""
        return {
            name: value if isinstance(value, float) else value(factor if name == "weight" else 1.0)
            for name, value in self._values.items()
        }

    def edges_by_population(self) -> tuple[list[Any], list[Any]]:
        """For each population at either end: which connections are its, and the cells' indices.

        For a rule the cells of the whole end.
        """
        found: list[list[tuple[Population, Any, np.ndarray]]] = [[], []]
        for side, (cells, index) in enumerate(((self.pre, self._pre), (self.post, self._post))):
            first = 0
            for population, own in members(cells):
                if self._rule is not None:
                    found[side].append((population, None, own))
                    continue
                inside = (index >= first) & (index < first + len(own))
                of_population = np.zeros(len(index), dtype=np.int64)
                of_population[inside] = own[index[inside] - first]
                found[side].append((population, inside, of_population))
                first += len(own)
        return found[0], found[1]


def _neighbours(indices: np.ndarray) -> bool:
    """Whether indices are neighbours in their order."""
    return bool(np.all(np.diff(indices) == 1))
