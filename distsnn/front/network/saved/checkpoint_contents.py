"""Checkpoints of whole networks: state, monitors, and how far the recording has come."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from distsnn.describe.network_description import NetworkDescription, StepDraws
from distsnn.describe.outline import differences, named, outline
from distsnn.errors import FileError, NotThereError
from distsnn.exchange import World
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.network.saved.settings_between_runs import (
    SetBetweenRuns,
    Settings,
    write_settings,
)
from distsnn.front.recording.spike_recording import RecordingProgress
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.checkpoint_writer import CheckpointWriter
from distsnn.record.files.provenance import Provenance
from distsnn.run.state.checkpoint_state import SimulationState

# The step since which synapses are there, by object and `connect`.
_ADDED = "added"


@dataclass(frozen=True)
class SavedNetwork:
    """The content of a checkpoint besides the state of neurons and synapses.

    Attributes
    ----------
    base : NetworkDescription
        The network as it was built.
    tabulated : tuple of str
        Names of the equation-based synapses in plastic tables.
    step : int
        The next step.
    end : float, ms
        Sum of the durations of all runs, which ends within the step before.
    parts : sequence
        All objects but monitors.
    settings : mapping of str to mapping
        The values that users had set in each of them when the network was built.
    monitors : sequence
    recording : RecordingProgress or None
    origin : mapping
        The command that made the network, as plain values.
    draws : StepDraws or None
        What the next steps draw, if not what the seed says.
    last_spikes : (int, mapping of int to float64 array)
        Times (ms) of last spikes before a step, by group, where they lie between steps.
    provenance : Provenance
    """

    base: NetworkDescription
    tabulated: tuple[str, ...]
    step: int
    end: float
    parts: Sequence[SetBetweenRuns]
    settings: Mapping[str, Settings]
    monitors: Sequence[Monitor]
    recording: RecordingProgress | None
    origin: Mapping[str, Any]
    draws: StepDraws | None
    last_spikes: tuple[int, Mapping[int, np.ndarray]]
    provenance: Provenance


def write_checkpoint(
    world: World, path: str | os.PathLike[str], network: SavedNetwork, state: SimulationState
) -> None:
    """Write a checkpoint in the place of the one before. Collective among all threads.

    Raises
    ------
    FileError
        It cannot be written; the one before is as it was.
    """
    description = network.base
    metadata: dict[str, float | str] = {
        "digest": description.digest,
        "seed": str(description.seed),
        "dt_ms": description.dt,
        "step": network.step,
        "end_ms": network.end,
        "changes": description.changes,
        "last_spikes_before": network.last_spikes[0],
    }
    if network.draws is not None:
        metadata |= {"draws_seed": str(network.draws.seed), "trial": network.draws.trial}
    with CheckpointWriter(world, path, metadata, network.provenance) as file:
        file.write_text("outline", outline(description))
        file.write_text("origin", dict(network.origin))
        file.write_text("by_rule", list(network.tabulated))
        added = {s.name: [c.since for c in s.connects] for s in description.synapses}
        if any(map(any, added.values())):
            file.write_text(_ADDED, added)
        recording = network.recording
        file.write_text("recording", None if recording is None else asdict(recording))
        write_settings(file, network.parts, network.settings)
        for group, times in network.last_spikes[1].items():
            file.write(f"last_spikes/{description.groups[group].name}", times)
        state.write(file)
        for monitor in network.monitors:
            file.write_text(f"monitors/{monitor.name}/settings", monitor.settings)
            for name, values in monitor.progress().items():
                file.write(f"monitors/{monitor.name}/{name}", values)
        file.publish()


def read_added(file: CheckpointFile, synapses: Iterable[Synapses]) -> None:
    """Let synapses know when they were added to the network that was saved."""
    added = file.read_text(_ADDED) if _ADDED in file else {}
    for one in synapses:
        since = added.get(one.name, one.since)
        if len(since) == len(one.since):
            one.since[:] = since


def in_steps_of(file: CheckpointFile, description: NetworkDescription) -> NetworkDescription:
    """The description with the time step of a checkpoint, if that had changed."""
    changes = int(file.metadata.get("changes", 0))
    if not changes and not description.changes:
        return description
    return replace(description, dt=float(file.metadata["dt_ms"]), changes=changes)


def read_draws(file: CheckpointFile) -> StepDraws | None:
    """Read `SavedNetwork.draws`."""
    if "draws_seed" not in file.metadata:
        return None
    return StepDraws(int(file.metadata["draws_seed"]), int(file.metadata["trial"]))


def read_last_spikes(
    file: CheckpointFile, description: NetworkDescription
) -> tuple[int, dict[int, np.ndarray]]:
    """Read `SavedNetwork.last_spikes`."""
    names = file.names("last_spikes")
    return int(file.metadata.get("last_spikes_before", 0)), {
        index: file.read(f"last_spikes/{group.name}")
        for index, group in enumerate(description.groups)
        if group.name in names
    }


def check_same_network(file: CheckpointFile, description: NetworkDescription) -> None:
    """Check that a checkpoint is of this network.

    Raises NotThereError if it is not; the message names the difference.
    """
    if file.metadata["digest"] == description.digest:
        return
    found = differences(file.read_text("outline"), outline(description))
    raise NotThereError(
        str(file.path),
        f"the network is not the one that was saved: {named(found) or 'it has another digest'}",
        "a checkpoint continues the network that it was made of, as it was before its first run",
        "describe the network as it was, or run it from the beginning",
        differences=found,
    )


def check_same_trial(file: CheckpointFile, trial: int | None) -> None:
    """Check that a checkpoint is of a trial; None goes on with any.

    Raises NotThereError if it is of another one.
    """
    draws = read_draws(file)
    saved = 0 if draws is None else draws.trial
    if trial is not None and saved != trial:
        raise NotThereError(
            str(file.path),
            f"it was saved of trial {saved}, and the network is trial {trial}",
            "a trial goes on with the random numbers that it has drawn",
            "load the file of this trial",
            trial=saved,
        )


def check_same_objects(members: Iterable[Any], kept: Collection[str]) -> None:
    """Check that the objects of a network are those whose state was stored.

    Raises NotThereError if there are others.
    """
    names = [x.name for x in members]
    new = [name for name in names if name not in kept]
    gone = sorted(set(kept).difference(names))
    if new or gone:
        raise NotThereError(
            "Network.restore",
            f"{new[0]} has been added since the state was stored"
            if new
            else f"the state is also that of {gone[0]}, which is not part of the network",
            "a state is that of all objects, which it knows by their names",
            "store() after all objects have been made",
        )


def read_monitors(file: CheckpointFile, monitors: Sequence[Monitor]) -> None:
    """Let monitors go on from a checkpoint; those it does not know begin now.

    Raises FileError if a monitor of the same name recorded something else.
    """
    for monitor in monitors:
        under = f"monitors/{monitor.name}"
        if f"{under}/settings" not in file:
            continue
        saved = file.read_text(f"{under}/settings")
        if saved != monitor.settings:
            raise FileError(
                str(file.path),
                f"{monitor.name} records {monitor.settings} and recorded {saved}",
                "a monitor goes on with what it recorded",
                "record the same, or give the monitor another name",
            )
        names = [name for name in file.names(under) if name != "settings"]
        monitor.go_on({name: file.read(f"{under}/{name}") for name in names})


def recording_progress(file: CheckpointFile) -> RecordingProgress | None:
    """State of the recording when the checkpoint was written."""
    saved = file.read_text("recording")
    return None if saved is None else RecordingProgress(**saved)
