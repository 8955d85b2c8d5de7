"""Checkpoints of a network: it is saved, and goes on from what was saved."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.set_between_runs import set_otherwise
from distsnn.errors import ParameterError
from distsnn.exchange import World, raising_together
from distsnn.front.network.building import BuildOptions, build_network
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.recordings import Recordings
from distsnn.front.network.saved.checkpoint_contents import (
    SavedNetwork,
    check_same_network,
    check_same_objects,
    check_same_trial,
    in_steps_of,
    read_added,
    read_draws,
    read_last_spikes,
    read_monitors,
    recording_progress,
    write_checkpoint,
)
from distsnn.front.network.saved.settings_between_runs import (
    Settings,
    read_settings,
    settings_of,
)
from distsnn.front.recording.spike_recording import SpikeRecording
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.files.path_lock import claimed

Path = str | os.PathLike[str]


class Checkpoints:
    """Saves a network to files, and loads it from them."""

    def __init__(self, state: NetworkState, recordings: Recordings) -> None:
        self._state, self._recordings = state, recordings
        # Files that this network was saved to or loaded from; they may be replaced.
        self._paths: set[str] = set()

    @contextmanager
    def locked(self, world: World, path: Path | None, overwrite: bool) -> Iterator[None]:
        """Lock the name of a checkpoint for this job. Collective."""
        if path is None:
            yield
            return
        real = os.path.realpath(path)
        with claimed(world, path, overwrite or real in self._paths):
            self._paths.add(real)
            yield

    def write(
        self, world: World, path: Path, built: BuiltNetwork, recording: SpikeRecording | None = None
    ) -> None:
        """Save a built network, and how far its recording has come. Collective."""
        members = self._state.members
        saved = SavedNetwork(
            built.base,
            tuple(built.tabulated),
            built.step,
            built.exact_time,
            members.described,
            built.settings,
            members.monitors,
            self._recordings.progress(world, recording, built.step),
            self._state.origin,
            self._state.draws,
            built.spiked_before,
            self._state.provenance(world),
        )
        built.team.run(
            lambda of: write_checkpoint(of, path, saved, built.workers[of.thread].simulation)
        )

    def load(self, world: World, path: Path, force: bool, same_monitors: bool = False) -> None:
        """Go on from a checkpoint. Collective.

        Parameters
        ----------
        force : bool
            Build the network even if the hosts have less memory than it needs.
        same_monitors : bool
            Whether the network must have the monitors of the checkpoint, and no others.

        Raises
        ------
        FileError, ParameterError
            See `Network.load`.
        """
        state = self._state
        with raising_together(world, "checkpoint"):
            file = CheckpointFile(path)
            if state.built is None:
                read_added(file, state.members.synapses)
            check_same_network(file, in_steps_of(file, state.base))
            check_same_trial(file, state.trial if state.by_trial else None)
            if same_monitors:
                monitors = {name.partition("/")[0] for name in file.names("monitors")}
                check_same_objects(state.members.monitors, monitors)
        tabulated = set(file.read_text("by_rule") if "by_rule" in file else ())
        base, described = in_steps_of(file, state.base), state.members.described
        known = settings_of(described) if state.built is None else state.built.settings
        with raising_together(world, "checkpoint"):
            read_settings(file, described, known)
        built = self._built_for(world, file, tabulated, force, base, known)
        state.draws = read_draws(file)
        built.update(state.description)
        built.team.run(lambda of: built.workers[of.thread].simulation.read(file))
        with raising_together(world, "checkpoint"):
            read_monitors(file, state.members.monitors)
            self._recordings.spikes, self._recordings.resumed = None, recording_progress(file)
        built.spiked_before = read_last_spikes(file, built.base)
        state.history.go_on_from(file.provenance)
        built.end = float(file.metadata["end_ms"])
        self._paths.add(os.path.realpath(path))
        for engine in built.engines:
            engine.samples.take()
        built.gather(world)

    def _built_for(
        self,
        world: World,
        file: CheckpointFile,
        tabulated: Collection[str],
        force: bool,
        base: NetworkDescription,
        settings: Mapping[str, Settings],
    ) -> BuiltNetwork:
        """The network, built so that it can take over the state of a checkpoint. Collective."""
        state, built = self._state, self._state.built
        in_other_steps = (base.dt, base.changes) != (state.dt, state.changes)
        if (
            built is not None
            and not state.stopped_by
            and not in_other_steps
            # Only the description knows of what has been assigned since then.
            and built.workers[0].simulation.is_complete_with(file)
            and set(tabulated) == set(built.tabulated)
            and not set_otherwise(built.described, state.description)
        ):
            built.prepare(world, state.members)
            return built
        state.stopped_by, state.broken = "", False
        # The earlier one is let go before another is built.
        state.built = built = None
        if in_other_steps:
            state.set_dt(base.dt)
        state.members.connect_monitors(base)
        options = BuildOptions(
            state.threads,
            force=force,
            tabulated=tabulated,
            settings=settings,
            first=state.first,
        )
        built = build_network(world, state.members, base, options)
        if missing := sorted(set(tabulated) - set(built.tabulated)):
            raise ParameterError(
                str(file.path),
                f"{missing[0]} was saved in a plastic table, which has no traces, and a trace of "
                "it is recorded now",
                "synapses go on as they were saved",
                "leave out the monitor, or run the network with it from the beginning",
            )
        state.built = built
        return built
