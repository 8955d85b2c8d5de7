"""The description of a whole network, and its digest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from distsnn.describe.checks.digest import digest_of
from distsnn.describe.clocks import Clocks
from distsnn.describe.groups import (
    EventDescription,
    GroupDescription,
    NeuronDescription,
    most_spikes_of_step,
)
from distsnn.describe.keys import in_trial, stream_key
from distsnn.describe.operations import DEFAULT, SPIKE
from distsnn.describe.step_order import StepOrder, divides_synapses, is_ordered
from distsnn.describe.synapses.projections import (
    PoissonInputDescription,
    ProjectionDescription,
    SynapseSlice,
)
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.errors import ParameterError


@dataclass(frozen=True)
class StepDraws:
    """The random numbers that the next steps draw: those of a seed, and of a trial with it."""

    seed: int
    trial: int = 0


@dataclass(frozen=True, eq=False)
class NetworkDescription:
    """Everything that defines the result of a simulation; `dt` in ms.

    Objects with another time step, a multiple of `dt`, stand in `clocks`; see `dt_of`.
    `changes` counts how often `dt` has changed since the first step: what is drawn for a step after
    that is not drawn again for a later one of the same number. `draws` says which random numbers
    the steps draw, where a seed was set after the network was made, or a stored state was restored;
    it is state, and no part of the digest. `inactive` has the names of objects and of their
    parts that do nothing. `order` is that of a time step.
    Global ids (gid) number the neurons of all groups in their order. The index of an object among
    `synapses` never changes, whether statements have been recognized or not.
    """

    groups: tuple[GroupDescription, ...]
    synapses: tuple[SynapsesDescription, ...] = ()
    poisson_inputs: tuple[PoissonInputDescription, ...] = ()
    dt: float = 0.1
    seed: int = 0
    changes: int = 0
    draws: StepDraws | None = None
    clocks: Clocks = ()
    inactive: frozenset[str] = frozenset()
    order: StepOrder = field(default_factory=StepOrder)
    first_gids: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        first_gids, total = [], 0
        for group in self.groups:
            first_gids.append(total)
            total += group.size
        if total >= 2**32:
            raise ParameterError(
                "Network",
                f"{total} neurons in all",
                "gids have 32 bits, so at most 4,294,967,295 neurons are possible",
                "make it smaller",
            )
        object.__setattr__(self, "first_gids", tuple(first_gids))
        _check_names(
            [
                *(x.name for x in (*self.groups, *self.poisson_inputs)),
                *(p.name for s in self.built_in for p in s.projections),
                *(s.name for s in self.with_statements),
            ]
        )

    @property
    def built_in(self) -> tuple[SynapsesDescription, ...]:
        """The synapses that have no statements."""
        return tuple(s for s in self.synapses if s.statements is None)

    @property
    def with_statements(self) -> tuple[SynapsesDescription, ...]:
        """The synapses that have statements, recognized or not."""
        return tuple(s for s in self.synapses if s.statements is not None)

    @cached_property
    def projections(self) -> tuple[ProjectionDescription, ...]:
        """The projections that tables hold: built-in synapses, then recognized ones."""
        found = (p for s in (*self.built_in, *self.with_statements) for p in s.projections)
        if not self.inactive:
            return tuple(found)
        return tuple(self._as_active(p) for p in found)

    def _as_active(self, projection: ProjectionDescription) -> ProjectionDescription:
        """A projection; what is not active adds nothing."""
        names = {projection.synapses, f"{projection.synapses}_pre"}
        return projection if names.isdisjoint(self.inactive) else replace(projection, weight=0.0)

    @cached_property
    def generated(self) -> tuple[int, ...]:
        """Indices of the synapses for whose statements code is generated, ascending."""
        return tuple(n for n, s in enumerate(self.synapses) if s.needs_code)

    @cached_property
    def joined_synapses(self) -> dict[str, SynapsesDescription]:
        """The synapses that others have as their source or target, by name."""
        names = {name for s in self.synapses for name in s.joined_synapses}
        return {s.name: s for s in self.synapses if s.name in names}

    @cached_property
    def is_ordered(self) -> bool:
        """Whether its blocks act in the order of their places in a step."""
        return is_ordered(self)

    @cached_property
    def divides_synapses(self) -> bool:
        """Whether something acts among synapses, so that no table can hold them."""
        return divides_synapses(self)

    @cached_property
    def index_of_group(self) -> dict[str, int]:
        """Index of each group by its name."""
        return {group.name: g for g, group in enumerate(self.groups)}

    @cached_property
    def linked_groups(self) -> tuple[int, ...]:
        """Indices of the groups with linked variables, which stay the same once it is built."""
        return tuple(
            g
            for g, one in enumerate(self.groups)
            if isinstance(one, NeuronDescription) and one.links
        )

    def dt_of(self, name: str) -> float:
        """Time step (ms) of the clock of an object, or of those without one (`DEFAULT`)."""
        return self._own_dt.get(name, self.dt)

    @cached_property
    def _own_dt(self) -> dict[str, float]:
        return dict(self.clocks)

    def every(self, name: str) -> int:
        """Number of steps of the network in one of an object."""
        return round(self.dt_of(name) / self.dt)

    def group_dt(self, group: int) -> float:
        """Time step (ms) of the clock of a group."""
        return self.dt_of(self.groups[self.home(group)].name)

    def group_every(self, group: int) -> int:
        """Number of steps of the network in one of a group."""
        return self.every(self.groups[self.home(group)].name)

    def home(self, group: int) -> int:
        """Index of the group whose neurons a group has: of events, not its own."""
        described = self.groups[group]
        if isinstance(described, EventDescription):
            return self.index_of_group[described.group]
        return group

    def spiking(self, group: int, event: str) -> int:
        """Index of the group whose spikes are an event of the neurons of `group`."""
        if event == SPIKE:
            return group
        return self.index_of_group[f"{self.groups[group].name}.{event}"]

    @property
    def size(self) -> int:
        """Number of gids: of neurons and sources in all groups, and of their events."""
        return sum(group.size for group in self.groups)

    @property
    def n_neurons(self) -> int:
        """Number of neurons and sources in all groups."""
        return sum(x.size for x in self.groups if not isinstance(x, EventDescription))

    @property
    def most_spikes_of_step(self) -> int:
        """Most spikes that all groups can have in one step."""
        return sum(most_spikes_of_step(group, group.size) for group in self.groups)

    def key_of_steps(self, purpose: str, name: str) -> tuple[int, int]:
        """Key of what is drawn in every step; see `stream_key`."""
        after = f" after change {self.changes} of dt" if self.changes else ""
        draws = self.draws or StepDraws(self.seed)
        return stream_key(draws.seed, in_trial(f"{purpose}{after}", draws.trial), name)

    def cuts(self, group: int) -> tuple[int, ...]:
        """Ascending indices at which slices of `group` begin or end, 0 and its size included."""
        group = self.home(group)
        bounds = {0, self.groups[group].size}
        ends = [
            (s.source, s.target) for s in self.synapses if s.connects or s.statements is not None
        ]
        for pair in ends:
            for part in pair:
                if part.group == group and not isinstance(part, SynapseSlice):
                    bounds |= {part.start, part.stop}
        for poisson_input in self.poisson_inputs:
            if poisson_input.target.group == group:
                bounds |= {poisson_input.target.start, poisson_input.target.stop}
        description = self.groups[group]
        if isinstance(description, NeuronDescription):
            for assignment in description.assignments:
                bounds |= {assignment.start, assignment.stop}
        return tuple(sorted(bounds))

    def with_group(self, index: int, group: GroupDescription) -> NetworkDescription:
        """The same network with other values of a group, whose name and size stay."""
        made = object.__new__(type(self))
        groups = (*self.groups[:index], group, *self.groups[index + 1 :])
        # As a copy, which objects that a run calls make in every step.
        vars(made).update(vars(self), groups=groups)
        vars(made).pop("digest", None)
        return made

    @cached_property
    def digest(self) -> str:
        """SHA-256 (64 hexadecimal digits) of everything that defines the result."""
        compiled = self.order.compiled
        return digest_of(
            (
                "distsnn network 2",
                self.dt,
                self.seed,
                tuple(g.content() for g in self.groups),
                tuple(part for s in self.built_in for part in s.content()),
                tuple(p.content() for p in self.poisson_inputs),
                tuple(s.content() for s in self.with_statements),
                *(("changes", self.changes) if self.changes else ()),
                *(("clocks", self.clocks) if self.clocks else ()),
                *(("inactive", *sorted(self.inactive)) if self.inactive else ()),
                *(("schedule", *compiled) if compiled != DEFAULT else ()),
                *(("orders", *self.order.orders) if self.order.orders else ()),
            )
        )


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ParameterError(
                "Network",
                f"two objects are named {name!r}",
                "names are unique within a network, because random draws and "
                "recordings are keyed by them",
                "rename one of them",
                name=name,
            )
        seen.add(name)
