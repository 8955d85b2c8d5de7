"""Saving a network, and the recordings that a saved network goes on with."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.paths import checked_path
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.values.time_steps import steps_until
from distsnn.exchange import World, agree, current_world, install_abort, raising_together
from distsnn.front.names.scope import user_names
from distsnn.front.network.alike import Alike
from distsnn.front.network.builds import NetworkBuilds
from distsnn.front.network.network_checkpoints import (
    SavedNetwork,
    write_checkpoint,
)
from distsnn.front.recording.spike_recording import (
    RecordingProgress,
    SpikeRecording,
    open_recording,
)
from distsnn.front.recording.trace_recording import TraceFiles
from distsnn.record.files.path_lock import claimed
from distsnn.record.output_paths import check_apart
from distsnn.run.state.network_values import NetworkValues


class NetworkSaves(NetworkBuilds):
    """What a network keeps beyond its steps: its state for readers, recordings, checkpoints.

    Parameters are those of `NetworkParts`.

    Attributes
    ----------
    origin : dict
        What made the network, as plain values; kept in checkpoints, for ``distsnn resume``.
    """

    def __init__(self, dt: float | None, seed: int, threads: int) -> None:
        super().__init__(dt, seed, threads)
        self.origin: dict[str, Any] = {}
        self._values: NetworkValues | None = None
        self._moment = 0
        self._recording: SpikeRecording | None = None
        # A recording that goes on after loading, and where this network has been saved.
        self._resumed: RecordingProgress | None = None
        # Times (ms) of last spikes by group, where they lie between the steps that there are now:
        # of spikes before this step.
        self._spiked_before: tuple[int, dict[int, np.ndarray]] = 0, {}
        self._places: set[str] = set()
        # Where the last run was to end, ms; within the last step that it took.
        self._end = 0.0
        self._alike = Alike()

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Save the network as it is now. Every rank must call this.

        The file holds the whole state: variables, spikes on their way, what monitors have
        recorded, how far a recording has come. It does not hold what the description tells, so
        `load` needs the same network, but on any number of ranks.

        Parameters
        ----------
        path : path
            It appears when it is whole.
        overwrite : bool
            Replace a file that is there already. One that this network was loaded from or saved
            to is always replaced.

        Raises
        ------
        FileError
            If the file is there already or cannot be written.

        Examples
        --------
        >>> import os, tempfile
        >>> import distsnn as snn
        >>> def network():
        ...     cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * snn.pA), name="cells")
        ...     return snn.Network(cells)
        >>> path = os.path.join(tempfile.mkdtemp(), "state.h5")
        >>> net = network()
        >>> summary = net.run(30 * snn.ms)
        >>> net.save(path)
        >>> again = network()
        >>> again.load(path)
        >>> again.t
        30.0
        >>> again.run(20 * snn.ms).spikes
        10
        """
        check_switches("Network.save", overwrite=overwrite)
        world = self._begin(
            "Network.save",
            user_names(),
            path=checked_path("Network.save", "path", path),
            overwrite=overwrite,
        )
        self._check_apart(world, self._written | {"the checkpoint": path})
        with self._claimed(world, path, overwrite):
            self._prepare(world, False)
            if self._values is None:
                self._gather(world)
            self._write_checkpoint(world, path)

    def _begin(
        self, call: str, around: Mapping[str, Any] | None = None, **arguments: object
    ) -> World:
        """Begin a call that all ranks make, with the same arguments, on the same network.

        Parameters
        ----------
        call : str
            What users call.
        around : mapping, optional
            Names of the code that calls it, if texts shall see them.
        **arguments : object

        Returns
        -------
        World
            The ranks.

        Raises
        ------
        ParameterError
            If ranks differ.
        """
        world = current_world()
        install_abort(world)
        if around is not None:
            self.see(around)
        if world.size > 1:
            described = self.description, self.threads, self.monitors
            agree(world, self._alike.call(call, arguments, described))
            self._alike.agreed()
        if around is not None:
            self.bring_up_to_date()
        return world

    def bring_up_to_date(self) -> None:
        """Let what ran know what names of texts stand for now. Collective."""
        raise NotImplementedError

    @property
    def files(self) -> dict[str, str]:
        """The files that monitors write, by what each is for."""
        return TraceFiles(current_world(), self.monitors).files

    @property
    def _written(self) -> dict[str, str | os.PathLike[str] | None]:
        """The recording that the next run may go on with."""
        return {"the spikes": None if self._recording is None else self._recording.path}

    def _check_apart(
        self, world: World, files: Mapping[str, str | os.PathLike[str] | None]
    ) -> None:
        """Check that no two files of the network are the same. Collective."""
        with raising_together(world, "recording"):
            if world.rank == 0:
                check_apart("Network", {**files, **self.files})

    @property
    def _exact_time(self) -> float:
        """Sum of the durations of all runs, ms; the time reached, if the last was stopped."""
        return self._end if steps_until(self._end, self._dt) == self.step else self.t

    @contextmanager
    def _claimed(
        self, world: World, path: str | os.PathLike[str] | None, overwrite: bool
    ) -> Iterator[None]:
        """Keep the name of a checkpoint for this job; what was saved there may be replaced."""
        if path is None:
            yield
            return
        place = os.path.realpath(path)
        with claimed(world, path, overwrite or place in self._places):
            self._places.add(place)
            yield

    def _write_checkpoint(
        self,
        world: World,
        path: str | os.PathLike[str],
        recording: SpikeRecording | None = None,
    ) -> None:
        engine = self._engine
        assert engine is not None
        assert self._team is not None
        if recording is None and self._recording is not None:
            # A recording that was left behind has nothing to go on with.
            recording = self._recording if self._recording.next_step == engine.step else None
        with raising_together(world, "recording"):
            progress = None if recording is None else progress_of(recording, engine.step)
        assert self._base is not None
        saved = SavedNetwork(
            self._base,
            tuple(self._by_rule()),
            engine.step,
            self._exact_time,
            self.described_parts,
            self._settings,
            self.monitors,
            progress,
            self.origin,
            self._spiked_before,
        )
        self._team.run(
            lambda world: write_checkpoint(
                world, path, saved, self._shares[world.thread].simulation
            )
        )

    def _spike_times(self, group: int, steps: np.ndarray) -> np.ndarray:
        """Times (float64 (N,), ms) of the last spikes of a group from their steps."""
        times = np.maximum(steps * self._dt, -1e7)
        first, before = self._spiked_before
        return np.where(steps < first, before[group], times) if group in before else times

    def _gather(self, world: World) -> None:
        # Those of the last run are not needed beside the new ones.
        self._values = None
        self._values = NetworkValues(world, self._engines)
        self._moment += 1

    def _open_recording(
        self,
        world: World,
        to: str | os.PathLike[str] | RecordingFile | None,
        overwrite: bool,
        checkpoint: str | os.PathLike[str] | None,
    ) -> SpikeRecording | None:
        record = None if to is None else RecordingFile.of(to).name
        self._check_apart(world, {"the spikes": record, "the checkpoint": checkpoint})
        if to is None:
            return None
        self._recording = open_recording(
            (world, RecordingFile.of(to)),
            self._base or self.description,
            self._engine.step if self._engine else 0,
            overwrite,
            (self._recording, self._resumed),
        )
        return self._recording


def progress_of(recording: SpikeRecording, step: int) -> RecordingProgress:
    """How far a recording has come at a step, after bringing it to the disk."""
    return RecordingProgress(os.path.abspath(recording.path), recording.secure(step), step)
