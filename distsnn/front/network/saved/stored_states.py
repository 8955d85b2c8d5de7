"""States of a network that are kept in memory, to go back to: `Network.store` and `restore`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from distsnn.describe.checks.paths import checked_path
from distsnn.describe.network_description import NetworkDescription, StepDraws
from distsnn.describe.set_between_runs import set_otherwise
from distsnn.errors import ParameterError, unknown_name
from distsnn.exchange import World
from distsnn.front.network.building import BuildOptions, build_network
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.recordings import Recordings
from distsnn.front.network.saved.checkpoint_contents import check_same_objects
from distsnn.front.network.saved.settings_between_runs import Settings, settings_of
from distsnn.run.state.state_in_memory import StateInMemory


@dataclass(frozen=True, eq=False)
class BuiltState:
    """The part of a state that there is once a network has been built.

    Attributes
    ----------
    base : NetworkDescription
        The network as it was built.
    settings : mapping of str to mapping
        What users had set then, by object.
    tabulated : tuple of str
        Names of the equation-based synapses in plastic tables.
    parts : list of StateInMemory
        One for each thread.
    end : float, ms
        Sum of the durations of all runs.
    last_spikes : (int, mapping of int to float64 array)
        See `BuiltNetwork.spiked_before`.
    """

    base: NetworkDescription
    settings: Mapping[str, Settings]
    tabulated: tuple[str, ...]
    parts: list[StateInMemory]
    end: float
    last_spikes: tuple[int, Mapping[int, np.ndarray]]


@dataclass(frozen=True, eq=False)
class StoredState:
    """A state of a network.

    Attributes
    ----------
    dt : float, ms
    draws : StepDraws or None
    settings : mapping of str to mapping
        What users have set, by object.
    monitors : mapping of str to mapping of str to array
        What monitors have recorded.
    built : BuiltState or None
        None before the first run.
    """

    dt: float
    draws: StepDraws | None
    settings: Mapping[str, Settings]
    monitors: Mapping[str, Mapping[str, np.ndarray]]
    built: BuiltState | None


class StoredStates:
    """The states of a network that are kept in memory."""

    def __init__(self, state: NetworkState, recordings: Recordings) -> None:
        self._state, self._recordings = state, recordings
        self._kept: dict[str, StoredState] = {}

    def keep(self, world: World, name: str) -> None:
        """Keep the state as it is now. Collective."""
        state, members = self._state, self._state.members
        built = state.built
        self._kept[name] = StoredState(
            built.dt if built is not None and state.has_other_clocks else state.next_dt,
            state.draws,
            {
                # As in Brian 2, names from outside mean what they do when the network runs on.
                name: {key: value for key, value in settings.items() if key != "names"}
                for name, settings in settings_of(members.described).items()
            },
            {
                m.name: {key: np.array(values) for key, values in m.progress().items()}
                for m in members.monitors
            },
            None if built is None else _state_of(world, built),
        )

    def restore(self, world: World, name: str) -> None:
        """Go back to a state. Collective.

        Raises UnknownNameError if there is no state of this name, and NotThereError if there are
        other objects than there were.
        """
        if name not in self._kept:
            unknown_name("Network.restore", name, self._kept, "call store() before")
        state, members, kept = self._state, self._state.members, self._kept[name]
        check_same_objects(members.described, kept.settings)
        check_same_objects(members.monitors, kept.monitors)
        if kept.built is None:
            # The next run builds it anew, as if it were the first.
            state.built = None
        state.set_dt(kept.dt)
        self._recordings.forget()
        for part in members.described:
            part.restore(kept.settings[part.name])
        built = None if kept.built is None else self._built_for(world, kept.built)
        state.draws = kept.draws
        if built is not None and kept.built is not None:
            built.update(state.description)
            copies = [part.copied() for part in kept.built.parts]
            built.team.run(lambda of: built.workers[of.thread].simulation.read(copies[of.thread]))
            built.spiked_before, built.end = kept.built.last_spikes, kept.built.end
            for engine in built.engines:
                engine.samples.take()
            built.gather(world)
        members.connect_monitors(state.description)
        for monitor in members.monitors:
            monitor.go_on(kept.monitors[monitor.name])

    def _built_for(self, world: World, kept: BuiltState) -> BuiltNetwork:
        """The network, built so that it can take over a state. Collective."""
        state, built = self._state, self._state.built
        if (
            built is not None
            and built.base is kept.base
            and set(built.tabulated) == set(kept.tabulated)
            and not set_otherwise(built.described, state.description)
            # Only the description knows of what has been assigned since then.
            and all(
                worker.simulation.is_complete_with(part)
                for worker, part in zip(built.workers, kept.parts, strict=True)
            )
        ):
            built.prepare(world, state.members)
            return built
        # The earlier one is let go before another is built.
        state.built = built = None
        state.members.connect_monitors(kept.base)
        options = BuildOptions(
            state.threads,
            tabulated=set(kept.tabulated),
            settings=kept.settings,
            first=state.first,
        )
        state.built = built = build_network(world, state.members, kept.base, options)
        return built


def _state_of(world: World, built: BuiltNetwork) -> BuiltState:
    """The state of a built network. Collective."""
    parts = [StateInMemory(worker.engine.step) for worker in built.workers]
    built.gathered_now(world)
    built.team.run(lambda of: built.workers[of.thread].simulation.write(parts[of.thread]))
    return BuiltState(
        built.base,
        built.settings,
        tuple(built.tabulated),
        parts,
        built.exact_time,
        built.spiked_before,
    )


def checked_stored(where: str, name: object) -> str:
    """The name of a state.

    Raises ParameterError if it is no string, or cannot be part of the name of a file.
    """
    if not isinstance(name, str) or not name or os.sep in name:
        raise ParameterError(
            where, f"name={name!r}", "name is a string without slashes", "correct name"
        )
    return name


def file_of(filename: str | os.PathLike[str], name: str) -> str:
    """The file of a state: the one that was named, for other states with their name at its end."""
    path = str(checked_path("Network.store", "filename", filename))
    return path if name == "default" else f"{path}.{name}"
