"""What a network consists of: its objects, their names, and their description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, cast

from distsnn.describe.checks.settable import BEFORE_RUN, BETWEEN_RUNS, Settable, refuse_attribute
from distsnn.describe.network_description import NetworkDescription
from distsnn.errors import DistsnnError, ParameterError, unknown_name
from distsnn.front.monitors.monitor_checks import check_recorded
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.front.names.named import Named, called
from distsnn.front.names.scope import (
    checked_dt,
    checked_seed,
    checked_threads,
    defaultclock,
    user_names,
)
from distsnn.front.network.naming import check_names, give_names
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses, check_sums
from distsnn.front.synapses.synapses_base import Synapses

Monitor = SpikeMonitor | PopulationRateMonitor | StateMonitor | WeightMonitor


def _added_late(item: object) -> ParameterError:
    return ParameterError(
        "Network",
        f"{called(item) if isinstance(item, Named) else repr(item)} was added after the first run",
        "a network is fixed once it has been built; monitors may be added",
        "make a new Network",
    )


class NetworkParts(Settable):
    """The objects of a network that has not been built, or has.

    Parameters
    ----------
    dt : float, ms, or None
        Time step; None for that of `defaultclock`.
    seed : int
        Seed of all random draws.
    threads : int
        Number of threads of each rank.
    """

    SETTABLE = {
        "dt": BETWEEN_RUNS,
        "seed": BEFORE_RUN,
        "threads": BEFORE_RUN,
        "origin": BETWEEN_RUNS,
    }

    def __init__(self, dt: float | None, seed: int, threads: int) -> None:
        self._own_dt = dt
        # The time step of what has been built, and how often it has changed since.
        self._dt, self._changes = self.dt, 0
        self._threads = threads
        self._groups: list[SpikeSource] = []
        self._synapses: list[Synapses] = []
        self._inputs: list[PoissonInput] = []
        self._monitors: list[Monitor] = []
        self._resting: list[Monitor] = []
        self._seed = seed
        self._description: NetworkDescription

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute("Network", name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # Python would count upwards.
    __iter__ = None

    def __getitem__(self, name: str) -> Any:
        """The object with this name."""
        found = {part.name: part for part in self.parts}
        if not isinstance(name, str) or name not in found:
            unknown_name("Network", str(name), found)
        return found[name]

    def __contains__(self, name: object) -> bool:
        return any(part.name == name for part in self.parts)

    @property
    def groups(self) -> tuple[SpikeSource, ...]:
        """The groups, in the order in which they were added."""
        return tuple(self._groups)

    @property
    def synapses(self) -> tuple[Synapses, ...]:
        """The synapses, in the order in which they were added."""
        return tuple(self._synapses)

    @property
    def inputs(self) -> tuple[PoissonInput, ...]:
        """The Poisson inputs, in the order in which they were added."""
        return tuple(self._inputs)

    @property
    def monitors(self) -> tuple[Monitor, ...]:
        """The monitors, in the order in which they were added."""
        return tuple(self._monitors)

    @property
    def resting(self) -> tuple[Monitor, ...]:
        """The monitors that record no more."""
        return tuple(self._resting)

    @property
    def built(self) -> bool:
        """Whether the network has been built (by its first run)."""
        raise NotImplementedError

    def see(self, around: Mapping[str, Any]) -> None:
        """Let texts see names of the code that runs them."""
        for part in (*self.groups, *self.synapses):
            if isinstance(part, NeuronGroup | EquationSynapses):
                part.look_up(around)

    def add(self, *objects: Any) -> None:
        """Add objects, as in the constructor, before the first run; monitors also later.

        A monitor that is added later records from then on.
        """
        for item in objects:
            if self.built and not isinstance(item, Monitor):
                raise _added_late(item)
            self._append(item)
        check_names(self.parts)
        give_names(self.parts)
        for part in (*self.groups, *self.synapses, *self.inputs):
            if isinstance(part, SpikeSource | Synapses | PoissonInput):
                # Only whole networks are made, and those answer what parts ask.
                part.belong_to(cast(Any, self))
        self.see(user_names())
        self.describe()
        if self.built:
            self._check_added([item for item in objects if isinstance(item, Monitor)])

    def _append(self, item: Any) -> None:
        """Append an object to its list."""
        if isinstance(item, Subgroup):
            item = item.group  # a slice stands for its group
        if isinstance(item, SpikeSource):
            if not any(item is known for known in self.groups):
                self._groups.append(item)
        elif isinstance(item, Synapses):
            self._synapses.append(item)
        elif isinstance(item, PoissonInput):
            self._inputs.append(item)
        elif isinstance(item, Monitor):
            self._monitors.append(item)
        elif isinstance(item, Iterable) and not isinstance(item, str):
            self.add(*item)
        else:
            raise ParameterError(
                "Network",
                f"{item!r} cannot be part of a network",
                "objects are groups, Synapses, PoissonInput and monitors",
                "leave it out",
            )

    def rest(self, monitors: Iterable[Monitor]) -> None:
        """Let monitors record no more, except to files."""
        self._resting += [
            m for m in monitors if m not in self._resting and getattr(m, "to", None) is None
        ]

    def _check_added(self, monitors: list[Monitor]) -> None:
        """Let go of monitors that were added to what has run if one of them cannot record."""
        try:
            for monitor in monitors:
                monitor.describe_probe(self._number_of(monitor.source))
        except DistsnnError:
            self._monitors = [m for m in self._monitors if not any(m is one for one in monitors)]
            raise

    @property
    def dt(self) -> float:
        """Time step, ms: that of `defaultclock` if the network was made without one.

        It may be set at any time. As in Brian 2 it is that of the next `run`, whose first step is
        at the time that the network has reached: a whole number of new steps, or `run` raises
        ParameterError. What has been recorded stays as it is.
        """
        return float(defaultclock.dt) if self._own_dt is None else self._own_dt

    @dt.setter
    def dt(self, dt: float) -> None:
        self._own_dt = checked_dt("Network", dt)

    @property
    def seed(self) -> int:
        """Seed of all random draws; may be set before the first run."""
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        if self.built:
            raise ParameterError(
                "Network",
                "seed was set after the first run",
                "draws are fixed once the network has been built",
                "make a new Network",
            )
        self._seed = checked_seed("Network", seed)
        self.describe()

    @property
    def threads(self) -> int:
        """Number of threads of each rank; may be set before the first run."""
        return self._threads

    @threads.setter
    def threads(self, threads: int) -> None:
        if self.built:
            raise ParameterError(
                "Network",
                "threads was set after the first run",
                "neurons stay where they are once the network has been built",
                "make a new Network",
            )
        self._threads = checked_threads("Network", threads)

    @property
    def description(self) -> NetworkDescription:
        """Everything that defines the result, as it is now; its digest names it."""
        self.describe()
        return self._description

    @property
    def parts(self) -> list[Any]:
        """All objects of the network."""
        return [*self.groups, *self.synapses, *self.inputs, *self.monitors]

    @property
    def described_parts(self) -> list[SpikeSource | Synapses | PoissonInput]:
        """The objects that define the result: all but monitors."""
        return [*self.groups, *self.synapses, *self.inputs]

    def describe(self) -> None:
        """Describe all parts as they are now; called by the parts."""
        if not self.built:
            self._dt = self.dt
        index = {id(group): n for n, group in enumerate(self.groups)}
        self._check_references(index)
        check_sums(s for s in self.synapses if isinstance(s, EquationSynapses))
        self._description = NetworkDescription(
            tuple(g.describe(self._dt) for g in self.groups),
            tuple(s.describe(index) for s in self.synapses),
            tuple(p.describe(index, self._dt) for p in self.inputs),
            self._dt,
            self._seed,
            self._changes,
        )
        for synapses, described in zip(self.synapses, self._description.synapses, strict=True):
            if isinstance(synapses, ReadySynapses):
                synapses.connect_to_run(self._description, list(described.projections))
        for monitor in self.monitors:
            first = 0
            if isinstance(monitor.source, Synapses):
                check_recorded(monitor.name, monitor.source, self.synapses)
            else:
                first = self._description.first_gids[index[id(monitor.source.group)]]
            monitor.connect_to_run(first, self._dt)

    def _check_references(self, index: Mapping[int, int]) -> None:
        for user in (*self.synapses, *self.inputs, *self.monitors):
            ends = (
                [user.source, user.target]
                if isinstance(user, Synapses)
                else [user.target]
                if isinstance(user, PoissonInput)
                else [user.source.source if isinstance(user.source, Synapses) else user.source]
            )
            for end in ends:
                if id(end.group) not in index:
                    raise ParameterError(
                        "Network",
                        f"{user.name} refers to {end.name}, which is not part of the network",
                        "a network holds all groups its objects refer to",
                        "add the group",
                    )

    def _number_of(self, source: Subgroup | EquationSynapses | ReadySynapses) -> int:
        if isinstance(source, Synapses):
            return self.synapses.index(source)
        return self._index(source.group)

    def _index(self, group: SpikeSource) -> int:
        return next(n for n, known in enumerate(self.groups) if known is group)
