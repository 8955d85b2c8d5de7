"""The objects of a network: their names, their order, and their description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from distsnn.assemble.monitors.probe import Probe
from distsnn.describe.clocks import Clocks
from distsnn.describe.groups import EventDescription, GroupDescription
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.network_description import NetworkDescription, StepDraws
from distsnn.describe.operations import SPIKE
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.errors import NotThereError, ParameterError
from distsnn.front.callbacks.brian_object import BrianObject
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.monitor_checks import check_recorded
from distsnn.front.names.named import Named, called, known_as
from distsnn.front.names.network_clocks import network_clocks
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.group_events import check_before_synapses
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.neurons.regular_operations import RegularOperation
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapse_checks import check_sums
from distsnn.front.synapses.synapses_base import Synapses


class Members:
    """The objects of a network, each kind in the order in which it was added.

    Attributes
    ----------
    groups, synapses, inputs, monitors : list
    called : list of BrianObject
        Objects of users that are called while the network runs.
    resting : list of monitors
        Those that record no more.
    waiting : list
        Those that were added after a run, until the next one begins.
    receptors : list of (NeuronGroup, Receptor)
        Receptors that groups get then.
    removed : list
        Those that were removed after a run: they keep their values, and are not active.
    """

    def __init__(self) -> None:
        self.groups: list[SpikeSource] = []
        self.synapses: list[Synapses] = []
        self.inputs: list[PoissonInput] = []
        self.monitors: list[Monitor] = []
        self.called: list[BrianObject] = []
        self.resting: list[Monitor] = []
        self.waiting: list[Any] = []
        self.receptors: list[tuple[NeuronGroup, Receptor]] = []
        self.removed: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        yield from self.described
        yield from self.monitors
        yield from self.all_called
        yield from self.waiting

    @property
    def all_called(self) -> list[BrianObject]:
        """The objects of users, with those that they contain."""
        return [x for one in self.called for x in one.all_contained()]

    @property
    def described(self) -> list[SpikeSource | Synapses | PoissonInput]:
        """The objects that define the result: all but monitors."""
        return [*self.groups, *self.synapses, *self.inputs]

    @property
    def orders(self) -> tuple[tuple[str, int], ...]:
        """The orders of groups and synapses that are not 0, by their names."""
        found = [(one.name, one.own_order) for one in self.groups]
        found += [(one.name, one.own_order) for one in self.synapses]
        return tuple(sorted(pair for pair in found if pair[1]))

    @property
    def recording(self) -> list[Monitor]:
        """The monitors that do not rest, and are active."""
        return [m for m in self.monitors if m not in self.resting and m.active]

    @property
    def inactive(self) -> frozenset[str]:
        """Names of the objects, and of their parts, that do nothing."""
        resting = [one for one in self.inputs if one.is_statement and not one.active]
        names = {one.sorted_as for one in resting}
        return frozenset(names).union(*(one.resting for one in self.described))

    @contextmanager
    def unchanged_on_error(self) -> Iterator[None]:
        """Let go of all that was added meanwhile if an error is raised."""
        lists: tuple[list[Any], ...] = (
            self.groups, self.synapses, self.inputs, self.monitors, self.called, self.waiting,
        )  # fmt: skip
        sizes = [len(one) for one in lists]
        try:
            yield
        except BaseException:
            for one, size in zip(lists, sizes, strict=True):
                del one[size:]
            raise

    def append(self, item: object) -> None:
        """Append an object to its list; a slice stands for its group."""
        if isinstance(item, Subgroup):
            item = item.group
        if isinstance(item, SpikeSource):
            if not any(item is known for known in self.groups):
                self.groups.append(item)
        elif isinstance(item, Synapses):
            self.synapses.append(item)
        elif isinstance(item, PoissonInput):
            self.inputs.append(item)
        elif isinstance(item, Monitor):
            self.monitors.append(item)
        elif isinstance(item, BrianObject):
            if not any(item is known for known in self.called):
                self.called.append(item)
        else:
            raise ParameterError(
                "Network",
                f"{item!r} cannot be part of a network",
                "objects are groups, Synapses, PoissonInput, monitors and network operations",
                "leave it out",
            )

    def wait(self, item: Any) -> bool:
        """Whether an object that is added to a network that has run waits for the next run."""
        item = item.group if isinstance(item, Subgroup) else item
        if any(item is known for known in self.removed):
            self._bring_back(item)
            return True
        of_waiting = isinstance(item, Monitor) and any(
            getattr(item.source, "group", item.source) is known for known in self.waiting
        )
        if isinstance(item, Monitor | BrianObject) and not of_waiting:
            return False
        if not any(item is known for known in (*self.groups, *self.waiting)):
            self.waiting.append(item)
        return True

    def _bring_back(self, item: Any) -> None:
        """Let an object that was removed take part again."""
        self.removed = [known for known in self.removed if known is not item]
        if isinstance(item, Monitor):
            self.resting = [known for known in self.resting if known is not item]
        else:
            item.switch_all(True)

    def wait_with(self, group: NeuronGroup, receptor: Receptor) -> int:
        """Index of a receptor among those that a group gets with the next run."""
        own = [waiting for of, waiting in self.receptors if of is group]
        for index, known in enumerate(own):
            if known is receptor:
                return index
        self.receptors.append((group, receptor))
        return len(own)

    def admit(self, owner: Any, step: int) -> None:
        """Let the objects that wait be part of the network from a step on."""
        for group, receptor in self.receptors:
            group.attach(receptor, now=True)
        self.receptors = []
        for item in self.waiting:
            self.append(item)
            if isinstance(item, SpikeSource | Synapses | PoissonInput):
                item.belong_to(owner)
            if isinstance(item, Synapses):
                # A user of the engine may want spikes of so many steps before to reach them.
                item.since[:] = [max(0, step + since) for since in item.since]
        self.waiting = []

    def remove(self, item: Any, built: bool) -> None:
        """Remove an object; one of a network that is `built` rests from then on."""
        item = item.group if isinstance(item, Subgroup) else item
        lists: tuple[list[Any], ...] = (
            self.groups, self.synapses, self.inputs, self.monitors, self.called, self.waiting,
        )  # fmt: skip
        found = next((one for one in lists if any(item is known for known in one)), None)
        if found is None:
            raise NotThereError(
                "Network.remove", f"{item!r} is not part of the network",
                f"its objects are {', '.join(x.name for x in self)}", "name one of these",
            )  # fmt: skip
        if built and found is self.monitors:
            self.rest([item])
            self.removed.append(item)
            return
        if built and found not in (self.called, self.waiting):
            item.switch_all(False)
            self.removed.append(item)
            return
        del found[next(n for n, known in enumerate(found) if known is item)]
        if not isinstance(item, Monitor | BrianObject):
            item.belong_to(None)

    def name_all(self) -> None:
        """Name the objects that have no name; two objects must not have been given the same."""
        check_names(self)
        give_names(self)

    def rest(self, monitors: Iterable[Monitor]) -> None:
        """Let monitors record no more, except to files."""
        self.resting += [
            m for m in monitors if m not in self.resting and getattr(m, "to", None) is None
        ]

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Let expressions see names of the code that runs them."""
        for item in (*self.groups, *self.synapses):
            if isinstance(item, NeuronGroup | EquationSynapses):
                item.look_up(around)

    def check_complete(self) -> None:
        """Raise if a name in an expression is not known, or synapses have no ``connect``."""
        check_sums(s for s in self.synapses if isinstance(s, EquationSynapses))
        for item in (*self.groups, *self.synapses):
            if isinstance(item, NeuronGroup | EquationSynapses):
                item.check_names()
                _check_arrays(item)
            if isinstance(item, Synapses):
                item.check_connected()

    @property
    def group_index(self) -> dict[int, int]:
        """Index of each group by its id()."""
        return {id(group): index for index, group in enumerate(self.groups)}

    def index_of(self, source: SpikeSource | Subgroup | Synapses) -> int:
        """Index of a group, or of synapses, in the description."""
        if isinstance(source, Synapses):
            return next(n for n, known in enumerate(self.synapses) if known is source)
        return self.group_index[id(source.group if isinstance(source, Subgroup) else source)]

    def clocks(self, default: float) -> tuple[float, Clocks]:
        """See `network_clocks`."""
        timed = (x for x in self.synapses if isinstance(x, EquationSynapses))
        return network_clocks((*self.groups, *timed), default)

    def check_removed(self) -> None:
        """Raise ParameterError if an object that runs refers to one that was removed."""
        gone = [id(one) for one in (*self.removed, *self.resting)]
        left = {id(x): n for n, x in enumerate((*self.groups, *self.synapses)) if id(x) not in gone}
        users: list[Synapses | PoissonInput | Monitor]
        users = [*self.synapses, *self.inputs, *self.monitors] if self.removed else []
        for user in users:
            if id(user) not in gone:
                _check_ends(user, left)

    def describe(
        self,
        clocks: tuple[float, Clocks],
        seed: int,
        changes: int = 0,
        draws: StepDraws | None = None,
    ) -> NetworkDescription:
        """Describe all objects as they are now. It changes nothing.

        Raises ParameterError if an object refers to one that is not among these.

        Parameters
        ----------
        clocks : (float, Clocks)
            See `clocks`.
        changes : int
            Number of changes of the time step so far.
        draws : StepDraws or None
            What the next steps draw.
        """
        index = self.group_index
        self._check_references(index)
        synapses = tuple(synapses.describe(index) for synapses in self.synapses)
        dt, own = clocks[0], dict(clocks[1])
        return NetworkDescription(
            self.describe_groups(clocks, synapses),
            synapses,
            tuple(
                given.describe(index, own.get(known_as(given.target.group), dt))
                for given in self.inputs
            ),
            dt,
            seed,
            changes,
            draws,
            clocks[1],
            self.inactive,
        )

    def describe_groups(
        self, clocks: tuple[float, Clocks], synapses: Iterable[SynapsesDescription]
    ) -> tuple[GroupDescription, ...]:
        """Describe all groups as they are now, and their events; `synapses` act at some of these.

        Raises ParameterError if synapses act at an event that is looked for after them in a step.
        """
        sent: set[tuple[str, str]] = set()
        for one in synapses:
            before = {name for name, _ in ([] if one.statements is None else one.strings.on_pre)}
            for pathway, event in () if one.statements is None else one.strings.events:
                end = one.source if pathway in before else one.target
                group = self.groups[end.group]
                check_before_synapses(one.name, group.described_events[event])
                if pathway in before:
                    sent.add((group.name, event))
        events = (
            EventDescription(group.name, event, group.N, (group.name, event) in sent)
            for group in self.groups
            for event in group.described_events
            if event != SPIKE
        )
        dt, own = clocks[0], dict(clocks[1])
        described = (group.describe(own.get(known_as(group), dt)) for group in self.groups)
        return (*described, *events)

    def connect_monitors(self, description: NetworkDescription) -> None:
        """Let monitors know the time step, and the gids of their groups."""
        for monitor in self.monitors:
            first = 0
            if isinstance(monitor.source, Synapses):
                check_recorded(monitor.name, monitor.source, self.synapses)
            else:
                first = description.first_gids[self.index_of(monitor.source)]
            monitor.follow_clock(self._clock_of(description, monitor.source))
            monitor.connect_to_run(first, description.dt)

    def _clock_of(
        self, description: NetworkDescription, source: Subgroup | Synapses
    ) -> float | None:
        """Time step (ms) of what a monitor records, if it is not the network's."""
        name = known_as(source.group if isinstance(source, Subgroup) else source)
        return None if description.every(name) == 1 else description.dt_of(name)

    def probes(self, monitors: Iterable[Monitor]) -> list[Probe | None]:
        """The probes of these monitors."""
        return [monitor.describe_probe(self.index_of(monitor.source)) for monitor in monitors]

    def _check_references(self, index: Mapping[int, int]) -> None:
        for group in self.groups:
            for link in group.links.values() if isinstance(group, NeuronGroup) else ():
                _check_known(group.name, link.group, index)
        known = {**index, **{id(one): n for n, one in enumerate(self.synapses)}}
        users: list[Synapses | PoissonInput | Monitor]
        users = [*self.synapses, *self.inputs, *self.monitors]
        for user in users:
            _check_ends(user, known)


def _check_ends(user: Synapses | PoissonInput | Monitor, index: Mapping[int, int]) -> None:
    ends = (
        [user.source, user.target]
        if isinstance(user, Synapses)
        else [user.target]
        if isinstance(user, PoissonInput)
        else [user.source.source if isinstance(user.source, Synapses) else user.source]
    )
    linked = user.links.groups() if isinstance(user, EquationSynapses) else []
    for group in (*(end.group for end in ends), *linked):
        _check_known(user.name, group, index)


def _check_known(user: str | None, group: Named, index: Mapping[int, int]) -> None:
    """Raise ParameterError if a group that an object refers to is not part of the network."""
    if id(group) not in index:
        raise ParameterError(
            "Network",
            f"{user} refers to {called(group)}, which is not part of the network",
            "a network holds all groups and synapses its objects refer to",
            "add it",
        )


def _check_arrays(item: NeuronGroup | EquationSynapses) -> None:
    """Raise ParameterError if an object calls a TimedArray by trial that it cannot have."""
    of_neurons, owner = isinstance(item, NeuronGroup), item._owner
    names = item._model.names if isinstance(item, NeuronGroup) else item._model.outside.names
    for name, array in names.arrays.items():
        if array.by_trial and not (of_neurons and owner is not None and owner.by_trial):
            raise ParameterError(
                called(item),
                f"{name} is a TimedArray with values by trial",
                "equations of neurons call them in networks with trials= or trial=",
                "let a variable of the neurons be the array, or give the network trials",
            )


def flattened(objects: Iterable[Any]) -> Iterator[Any]:
    """The objects in lists, also in lists of lists, one after the other.

    Statements that run at regular times are part of what they run for.
    """
    for item in objects:
        if isinstance(item, RegularOperation):
            continue
        single = isinstance(item, str | SpikeSource | Subgroup | Synapses | PoissonInput | Monitor)
        if isinstance(item, Mapping):
            yield from flattened(item.values())
        elif isinstance(item, Iterable) and not single:
            yield from flattened(item)
        else:
            yield item


def give_names(objects: Iterable[Any], besides: Collection[str] = ()) -> None:
    """Name what has no name by class and number, so that a script run again draws the same.

    Of two objects that got the same name before they met, the later one gets another.

    Parameters
    ----------
    objects : iterable of objects
        In the order of their numbers.
    besides : collection of str
        Names that others have.
    """
    objects = list(objects)
    taken = {item.name for item in objects if item.is_named_by_user} | set(besides)
    unnamed = []
    for item in objects:
        if item.is_named_by_user:
            continue
        if not item.is_named or item.name in taken:
            unnamed.append(item)
        else:
            taken.add(item.name)
    counts: dict[str, int] = {}
    for item in unnamed:
        kind = "synapses" if isinstance(item, Synapses) else type(item).__name__.lower()
        kind = getattr(type(item), "name_pattern", "") or kind
        if isinstance(item, BrianObject):
            kind = item.name_pattern or kind
        while True:
            index = counts.get(kind, 0)
            counts[kind] = index + 1
            # As Brian 2 names them.
            name = kind if index == 0 and isinstance(item, BrianObject) else f"{kind}_{index}"
            if name not in taken:
                break
        item.be_named(name)


def check_names(objects: Iterable[Any]) -> None:
    """Raise ParameterError if two objects have been given the same name."""
    numbers = Counter(item.name for item in objects if item.is_named_by_user)
    for name, number in numbers.items():
        if number > 1:
            raise ParameterError(
                "Network",
                f"two objects are named {name!r}",
                "names are unique within a network, because random draws and recordings are keyed "
                "by them",
                "rename one of them",
                name=name,
            )
