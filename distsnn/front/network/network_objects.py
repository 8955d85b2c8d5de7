"""The objects of a network as users hold them: added, removed, found by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from distsnn.describe.checks.settable import BETWEEN_RUNS, Settable, refuse_attribute
from distsnn.errors import ParameterError, unknown_name
from distsnn.front.callbacks.schedule import checked_schedule
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names.scope import user_names
from distsnn.front.names.si_numbers import from_si, in_si, is_in_si
from distsnn.front.network.called.scheduling import SchedulingSummary, scheduling_of
from distsnn.front.network.members import Members, flattened
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.object_values import ObjectValues
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.synapses.synapses_base import Synapses


class NetworkObjects(Settable):
    """The objects of a network; the base of `Network`."""

    SETTABLE = {"schedule": BETWEEN_RUNS}

    _state: NetworkState
    _members: Members
    _values: ObjectValues

    def add(self, *objects: Any) -> None:
        """Add objects; after a run they take part from the next one on.

        Synapses that are added after a run do not see the spikes of before.
        """
        members, state, further = self._members, self._state, list(flattened(objects))
        if further:
            state.run_postponed()
        with members.unchanged_on_error():
            for item in further:
                if state.built is None or not members.wait(item):
                    members.append(item)
            for one in members.all_called:
                one.belong_to(state)
            members.name_all()
            for item in members.described:
                if isinstance(item, SpikeSource | Synapses | PoissonInput):
                    item.belong_to(self._values)
            members.look_up(user_names())
            members.connect_monitors(state.description)
            if state.built is not None:
                state.built.check_probes(
                    members.probes(
                        item
                        for item in further
                        if isinstance(item, Monitor) and item in members.monitors
                    )
                )

    def scheduling_summary(self) -> SchedulingSummary:
        """The parts of all objects in the order in which they act in a time step; print it."""
        return scheduling_of(self._members, self._state.next_dt, self._state.schedule)

    def __getitem__(self, name: str) -> Any:
        """The object with this name."""
        return self._named(name)

    def __delitem__(self, name: str) -> None:
        self.remove(self._named(name))

    def _named(self, name: object) -> Any:
        if not isinstance(name, str):
            raise ParameterError(
                "Network", f"[{name!r}]", "an index of a network is the name of an object",
                "give its name",
            )  # fmt: skip
        found = {item.name: item for item in self._members}
        if name not in found:
            unknown_name("Network", name, found)
        return found[name]

    def __contains__(self, name: object) -> bool:
        return any(item.name == name for item in self._members)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(list(self._members))

    def __bool__(self) -> bool:
        return True

    def unit_of(self, name: str) -> str:
        """Unit of an attribute: times."""
        return "second" if name in {"t", "dt"} else "1"

    def _from_si(self, name: str, value: Any) -> Any:
        return from_si(self.unit_of(name), value)

    def __getattr__(self, name: str) -> Any:
        if is_in_si(name):
            return in_si(self, name)
        refuse_attribute("Network", name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def remove(self, *objects: Any) -> None:
        """Remove objects before the first run; those of users (`BrianObject`) at any time.

        Parameters
        ----------
        *objects : objects of the network, or lists of them

        Raises
        ------
        ParameterError
            If one is not part of it, others refer to it, or the network has run.
        """
        for item in flattened(objects):
            self._members.remove(item, self._state.built is not None)

    @property
    def objects(self) -> list[Any]:
        """The objects that were added, without those that they contain."""
        return [*self._members.described, *self._members.monitors, *self._members.called]

    @property
    def groups(self) -> tuple[SpikeSource, ...]:
        """The groups, in the order in which they were added."""
        return tuple(self._members.groups)

    @property
    def synapses(self) -> tuple[Synapses, ...]:
        """The synapses, in the order in which they were added."""
        return tuple(self._members.synapses)

    @property
    def inputs(self) -> tuple[PoissonInput, ...]:
        """The Poisson inputs, in the order in which they were added."""
        return tuple(self._members.inputs)

    @property
    def monitors(self) -> tuple[Monitor, ...]:
        """The monitors, in the order in which they were added."""
        return tuple(self._members.monitors)

    @property
    def resting(self) -> tuple[Monitor, ...]:
        """The monitors that record no more."""
        return tuple(self._members.resting)

    @property
    def parts(self) -> list[Any]:
        """All objects of the network."""
        return list(self._members)

    def rest(self, monitors: Iterable[Monitor]) -> None:
        """Let monitors record no more, except to files."""
        self._members.rest(monitors)

    @property
    def profiling_info(self) -> list[tuple[str, float]]:
        """Phases of the last run and their wall times, ms; it must have had ``profile=True``."""
        if self._state.profile is None:
            raise ParameterError(
                "Network.profiling_info", "the last run made no profile",
                "run(..., profile=True) makes one", "run the network so",
            )  # fmt: skip
        return self._state.profile

    # ---- their states

    def get_states(self, units: bool = True, **given: Any) -> dict[str, Any]:
        """Values of all variables by object; for ``units`` and others see that of a group."""
        objects = [x for x in self._members if hasattr(x, "get_states")]
        return {x.name: x.get_states(units=units, **given) for x in objects}

    def set_states(self, values: Mapping[str, Any], units: bool = True, **given: Any) -> None:
        """Set variables of objects by name; for ``units`` and others see that of a group."""
        for name, states in values.items():
            self[name].set_states(states, units=units, **given)

    # ---- their order in a step

    @property
    def schedule(self) -> list[str]:
        """Slots of a time step, in their order.

        Slots of one's own may be added, for network operations; None means that of Brian 2.
        """
        return list(self._state.schedule)

    @schedule.setter
    def schedule(self, schedule: Sequence[str] | None) -> None:
        given = None if schedule is None else checked_schedule("Network.schedule", schedule)
        self._state.given_schedule = given

    def stop(self) -> None:
        """End the run with the present step; for network operations, which all ranks call."""
        self._state.stopping = True
