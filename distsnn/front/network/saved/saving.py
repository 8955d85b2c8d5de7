"""Saving of a network: its methods `save`, `load`, `store`, `restore` and `write_weights`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.paths import checked_path
from distsnn.describe.recording_file import RecordingFile
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.names.scope import user_names
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.recordings import check_paths_apart, chosen_synapses
from distsnn.front.network.running import Runs, begin_call
from distsnn.front.network.saved.stored_states import StoredStates, checked_stored, file_of
from distsnn.front.synapses.synapses_base import Synapses

Path = str | os.PathLike[str]


class Saving:
    """Keeps the state of a network, in files and in memory, and goes back to it.

    Its methods are collective; `Network` says what their arguments mean.
    """

    def __init__(self, state: NetworkState, runs: Runs) -> None:
        self._state, self._runs = state, runs
        self._recordings, self._checkpoints = runs.recordings, runs.checkpoints
        self._stored = StoredStates(state, runs.recordings)

    def save(self, path: Path, overwrite: bool) -> None:
        """Save the network as it is now."""
        check_switches("Network.save", overwrite=overwrite)
        world = begin_call(
            self._state,
            "Network.save",
            user_names(),
            path=checked_path("Network.save", "path", path),
            overwrite=overwrite,
        )
        self._save(world, path, overwrite)

    def _save(self, world: World, path: Path, overwrite: bool) -> None:
        """Save the network. Collective."""
        paths = {**self._recordings.paths, "the checkpoint": path}
        check_paths_apart(world, self._state.members.monitors, paths)
        with self._checkpoints.locked(world, path, overwrite):
            built = self._runs.built(world, progress=False, force=False)
            built.gathered_now(world)
            self._checkpoints.write(world, path, built)

    def load(self, path: Path, force: bool) -> None:
        """Go on from a checkpoint."""
        check_switches("Network.load", force=force)
        world = begin_call(
            self._state,
            "Network.load",
            user_names(),
            path=checked_path("Network.load", "path", path),
            force=force,
        )
        self._load(world, path, force)

    def _load(self, world: World, path: Path, force: bool, same_monitors: bool = False) -> None:
        """Load the network. Collective."""
        self._checkpoints.load(world, path, force, same_monitors)

    def store(self, name: str, filename: Path | None) -> None:
        """Keep the state as it is now."""
        stored = checked_stored("Network.store", name)
        if filename is not None:
            self.save(file_of(filename, stored), overwrite=True)
        else:
            world = begin_call(self._state, "Network.store", user_names(), name=stored)
            self._keep(world, stored)

    def _keep(self, world: World, name: str) -> None:
        """Keep the state in memory. Collective."""
        self._stored.keep(world, name)

    def restore(self, name: str, filename: Path | None, restore_random_state: bool) -> None:
        """Go back to a state that was kept."""
        stored = checked_stored("Network.restore", name)
        check_switches("Network.restore", restore_random_state=restore_random_state)
        if not restore_random_state and (self._state.by_trial or self._state.n_trials):
            raise ParameterError(
                "Network.restore",
                "restore_random_state=False in a network with trials, or that is one",
                "without it each call begins another trial of a network that has none",
                "say restore_random_state=True, or give the network more trials",
            )
        path = None if filename is None else file_of(filename, stored)
        given = {"name": stored, "path": path, "restore_random_state": restore_random_state}
        world = begin_call(self._state, "Network.restore", user_names(), **given)
        draws = self._state.draws
        if path is None:
            self._go_back(world, stored)
        else:
            self._load(world, path, force=False, same_monitors=True)
        if not restore_random_state:
            self._state.begin_trial(draws)

    def _go_back(self, world: World, name: str) -> None:
        """Go back to a state in memory. Collective."""
        self._stored.restore(world, name)

    def write_weights(
        self,
        to: Path | RecordingFile,
        synapses: Synapses | Iterable[Synapses] | None,
        overwrite: bool,
    ) -> None:
        """Write synapses with their weights and delays as they are now."""
        self._state.built_for("Network.write_weights", "synapses are built")
        chosen = chosen_synapses(self._state.members.synapses, synapses)
        check_switches("Network.write_weights", overwrite=overwrite)
        file = RecordingFile.of(to)
        world = begin_call(
            self._state,
            "Network.write_weights",
            to=file,
            synapses=[part.name for part in chosen],
            overwrite=overwrite,
        )
        self._write(world, chosen, file, overwrite)

    def _write(
        self, world: World, synapses: Sequence[Synapses], file: RecordingFile, overwrite: bool
    ) -> None:
        """Write synapses to a file. Collective."""
        self._recordings.write_weights(world, self._state, synapses, file, overwrite)
