"""The files that runs of a network write spikes and traces to, and later runs go on with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from distsnn.describe.recorded_groups import RecordedGroups
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.errors import ParameterError
from distsnn.exchange import World, raising_together
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.monitor_checks import check_recorded
from distsnn.front.network.network_state import NetworkState
from distsnn.front.recording.spike_recording import (
    RecordingProgress,
    SpikeRecording,
    open_recording,
)
from distsnn.front.recording.trace_recording import TraceFiles
from distsnn.front.recording.weight_files import WeightWriter
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.record.output_paths import check_apart

Path = str | os.PathLike[str]


class Recordings:
    """The recording of spikes that the next run may go on with.

    Attributes
    ----------
    spikes : SpikeRecording or None
        That of the last run which had one.
    resumed : RecordingProgress or None
        How far a recording has come that goes on after loading.
    """

    def __init__(self) -> None:
        self.spikes: SpikeRecording | None = None
        self.resumed: RecordingProgress | None = None

    @property
    def paths(self) -> dict[str, Path | None]:
        """The path of the recording, by what the file is for."""
        return {"the spikes": None if self.spikes is None else self.spikes.path}

    def open(
        self,
        world: World,
        to: RecordingFile | None,
        recorded: RecordedGroups,
        state: NetworkState,
        overwrite: bool,
    ) -> SpikeRecording | None:
        """Open the file of the next run, or go on with it. Collective.

        `recorded` has the description of the network when it was built.
        """
        if to is None:
            return None
        before = self.spikes, self.resumed
        header = state.header(world, recorded.description, state.step)
        self.spikes = open_recording((world, to), recorded, header, overwrite, before)
        return self.spikes

    def in_progress(self, monitors: Iterable[Monitor], record: RecordingFile | None) -> str:
        """Name of a file that a run with `record` would go on with; empty if there is none."""
        for monitor in monitors:
            if getattr(monitor, "recording", None) or getattr(monitor, "rows_before", None):
                return monitor.name or "a file"
        name = "" if record is None else record.name
        begun = self.spikes is not None and self.spikes.path == name
        begun = begun or (self.resumed is not None and self.resumed.continues(name or "."))
        return name if begun else ""

    def progress(
        self, world: World, recording: SpikeRecording | None, step: int
    ) -> RecordingProgress | None:
        """State of a recording at `step`, brought to the disk. Collective.

        Without one it is the last one; None if the network has gone on without that.
        """
        if recording is None and self.spikes is not None and self.spikes.next_step == step:
            recording = self.spikes
        with raising_together(world, "recording"):
            return None if recording is None else progress_of(recording, step)

    def forget(self) -> None:
        """Go on with no recording."""
        self.spikes = self.resumed = None

    def write_weights(
        self,
        world: World,
        state: NetworkState,
        synapses: Sequence[Synapses],
        file: RecordingFile,
        overwrite: bool,
    ) -> None:
        """Write synapses of a built network to a file. Collective."""
        members, built = state.members, state.built
        assert built is not None
        check_paths_apart(world, members.monitors, {**self.paths, "the weights": file.name})
        values = built.gathered_now(world)
        header = state.header(world, state.description, built.step)
        writer = WeightWriter(world, built.builds, state.description, header, values)
        described: list[tuple[Synapses, list[ProjectionDescription] | int]] = [
            (s, s.described if isinstance(s, ReadySynapses) else members.index_of(s))
            for s in synapses
        ]
        writer.write(file, described, overwrite)

    def suspend(self, recording: SpikeRecording, step: int) -> None:
        """Close a recording so that it goes on when the network is loaded."""
        self.resumed = progress_of(recording, step)
        self.spikes = None
        recording.suspend()


def progress_of(recording: SpikeRecording, step: int) -> RecordingProgress:
    """State of a recording at a step, after bringing it to the disk."""
    return RecordingProgress(os.path.abspath(recording.path), recording.secure(step), step)


def check_paths_apart(
    world: World, monitors: Iterable[Monitor], files: Mapping[str, Path | None]
) -> None:
    """Check that no two files of a network are the same. Collective."""
    with raising_together(world, "recording"):
        if world.rank == 0:
            check_apart("Network", {**files, **TraceFiles(world, monitors).files})


def chosen_synapses(known: Sequence[Synapses], given: Any) -> list[Synapses]:
    """The synapses to write: all known ones, or those that are given.

    Raises ParameterError if others are given.
    """
    where = "Network.write_weights"
    chosen = known if given is None else [given] if isinstance(given, Synapses) else given
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        raise ParameterError(
            where,
            f"synapses={given!r}",
            "synapses are Synapses of the network, in a list",
            "correct synapses",
        )
    chosen = list(chosen)
    for synapses in chosen:
        check_recorded(where, synapses, known)
    return chosen
