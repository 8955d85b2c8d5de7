"""Runs of a network: its steps, its files, and the summary."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

from distsnn.beginning import beginning
from distsnn.describe.recorded_groups import RecordedGroups
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.values.time_steps import steps_until
from distsnn.errors import DistsnnError, ParameterError
from distsnn.exchange import World, agree, current_world, install_abort, raising_together
from distsnn.forecast.bandwidth import measure_bandwidth
from distsnn.front.network.building import BuildOptions, build_network, synapse_ways
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.called.calls import Calls, check_calls, take_inputs
from distsnn.front.network.called.run_steps import RunSteps
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.rebuilt.added_objects import admit_added, take_changes
from distsnn.front.network.rebuilt.time_step_change import take_time_step
from distsnn.front.network.recordings import Recordings, check_paths_apart
from distsnn.front.network.saved.checkpoints import Checkpoints
from distsnn.front.recording.spike_recording import SpikeRecording
from distsnn.front.recording.trace_recording import TraceFiles
from distsnn.run.compile_notice import told_of_compiling
from distsnn.run.engine import Engine
from distsnn.run.loop_ahead import begin_compiling
from distsnn.run.not_finite import warn_of
from distsnn.run.progress import RunProgress, RunReport
from distsnn.run.ranks_status import RanksStatus
from distsnn.run.readers import SpikeReader
from distsnn.run.run_errors import RunErrors
from distsnn.run.signals import StopRequest, leave
from distsnn.run.summary import (
    PhaseTimes,
    RankReport,
    RunSummary,
    gather_summary,
    phases_so_far,
)
from distsnn.run.timeline import Timeline, check_new_timeline


@dataclass(frozen=True)
class RunOptions:
    """The checked arguments of `Network.run`.

    Attributes
    ----------
    report : RunReport
    record : RecordingFile or None
    checkpoint : path or None
    spacing : int or None
        Steps between two checkpoints.
    overwrite, force : bool
    timeline : path or None
        Where the timeline of all ranks is written.
    """

    report: RunReport
    record: RecordingFile | None
    checkpoint: str | os.PathLike[str] | None
    spacing: int | None
    overwrite: bool
    force: bool
    timeline: str | os.PathLike[str] | None = None


@dataclass(frozen=True)
class _OpenFiles:
    """The files that a run writes."""

    spikes: SpikeRecording | None
    traces: TraceFiles

    def close(self) -> None:
        """Let go of them after an error."""
        if self.spikes is not None:
            self.spikes.close()
        self.traces.close()


class Runs:
    """The runs of a network.

    Attributes
    ----------
    recordings : Recordings
    checkpoints : Checkpoints
    """

    def __init__(self, state: NetworkState) -> None:
        self._state, self.recordings = state, Recordings()
        self.checkpoints = Checkpoints(state, self.recordings)
        # Of each thread; measured once.
        self._bandwidths: list[float] = []
        # Variables with NaN or infinity that a warning has named.
        self._warned: set[tuple[str, str]] = set()

    def built(self, world: World, progress: bool | None, force: bool) -> BuiltNetwork:
        """The network, built if it is not, and ready to run. Collective."""
        state = self._state
        with told_of_compiling(world.rank == 0):
            if state.built is None:
                begin_compiling(world)
                options = BuildOptions(state.threads, progress, force, first=state.first)
                state.built = build_network(world, state.members, state.description, options)
            else:
                state.built.prepare(world, state.members)
        return state.built

    def run(self, world: World, duration: float, options: RunOptions) -> RunSummary:
        """Simulate `duration` (ms) more. Collective."""
        state = self._state
        state.check_run()
        check_calls(state)
        start = 0.0 if state.built is None else state.built.exact_time
        until = start + duration
        check_new_timeline(world, options.timeline, options.overwrite)
        self._take_changes(world, duration, options)
        checkpoint, overwrite = options.checkpoint, options.overwrite
        with (
            beginning.preparing(state.built is None),
            self.checkpoints.locked(world, checkpoint, overwrite),
        ):
            files = self._open_spikes(world, options)
            output = state.output
            overwrite = overwrite or (output is not None and output.overwrite)
            files.traces.check(overwrite)
            built = self.built(world, options.report.bar, options.force)
            built.take_draws(state.draws)
            recorded = RecordedGroups(built.base, state.recorded_as)
            header = partial(state.header, world, built.base, built.step)
            files.traces.open(built.builds, built.probes, recorded, header, overwrite)
            first, end = built.step, steps_until(until, built.dt)
            # Building counts as part of the first run, loaded or not.
            ran = bool(built.engine.counters.any())
            before = [
                PhaseTimes.read(engine, **built.seconds) if ran else PhaseTimes()
                for engine in built.engines
            ]
            errors = RunErrors(built.engine.stop, partial(setattr, state, "reporting"))
            built.engine.forget_stop()
            timeline = Timeline(partial(phases_so_far, built.engine))
            report = replace(options.report, call=errors.report(options.report.call))
            bar = _progress_of(world, built, end, report)
            reach = bar.reach if options.timeline is None else timeline.marking(bar.reach)
            with StopRequest(world, built.engine.stop) as request:
                begin, built.begin, built.end = perf_counter(), start, until
                try:
                    calls = self._advance(world, built, (end, errors), options, files, reach)
                except BaseException as error:
                    state.stopped_by, state.broken = type(error).__name__, True
                    files.close()
                    raise
                finally:
                    bar.close()
                wall = perf_counter() - begin
                bar.end(built.step)
                self._end_run(world, built, request.agreed(), errors, files, checkpoint)
        if options.timeline is not None:
            timeline.write(world, options.timeline)
        calls.end()
        reports = [
            worker.report(PhaseTimes.read(worker.engine, **built.seconds).since(earlier), wall)
            for worker, earlier in zip(built.workers, before, strict=True)
        ]
        return self._summary(world, built, (end - first) * built.dt, reports)

    def _take_changes(self, world: World, duration: float, options: RunOptions) -> None:
        """Take over another time step, and let files end that do not fit what there is now."""
        state = self._state
        going_on = self.recordings.in_progress(state.members.monitors, options.record)
        if state.extended and going_on:
            raise ParameterError(
                "Network.run",
                f"{going_on} is being recorded, and objects have been added since",
                "a file has the groups that there were when it was begun",
                "record to another file",
            )
        changed = take_time_step(world, state, duration, going_on, options.force)
        if changed or state.extended:
            self.recordings.forget()
            state.extended = False

    def _open_spikes(self, world: World, options: RunOptions) -> _OpenFiles:
        """Open the recording of spikes before anything takes time. Collective."""
        state, record = self._state, options.record
        named = {"the spikes": None if record is None else record.name}
        named["the checkpoint"] = options.checkpoint  # type: ignore[assignment]  # a path too
        named["the profile"] = options.timeline  # type: ignore[assignment]  # so is this
        check_paths_apart(world, state.members.monitors, named)
        # Files that the configuration of a circuit names have the times of NEST.
        output = state.output
        ours = None if output is None or output.recording is None else output.recording.name
        late = int(record is not None and record.name == ours)
        if output is not None and (late or state.members.monitors) and world.rank == 0:
            output.folder.mkdir(parents=True, exist_ok=True)
        recorded = RecordedGroups(state.base, state.recorded_as, late)
        spikes = self.recordings.open(world, record, recorded, state, options.overwrite)
        return _OpenFiles(spikes, TraceFiles(world, state.members.monitors))

    def _advance(
        self,
        world: World,
        built: BuiltNetwork,
        until_end: tuple[int, RunErrors],
        options: RunOptions,
        files: _OpenFiles,
        callback: Callable[[int], None],
    ) -> Calls:
        """Run all steps before an end, or until a signal, saving at multiples of the spacing."""
        engine, spacing, state = built.engine, options.spacing, self._state
        end, errors = until_end
        steps = RunSteps(
            world,
            built,
            state.members,
            self._readers(files, errors),
            [errors.recorder(one) for one in files.traces.recorders],
            callback,
        )
        calls = Calls(world, state, built)
        with steps.running(later=bool(calls.called)):
            while True:
                step = engine.step
                until = end if spacing is None else min(end, (step // spacing + 1) * spacing)
                try:
                    reached = calls.advance(until, end, steps)
                except BaseException as error:
                    # Another rank may not have raised it.
                    if not calls.failed or world.size > 1:
                        raise
                    errors.note(error)
                    break
                if not reached or until == end:
                    break
                if options.checkpoint is not None:
                    failure = errors.agreed(world)
                    if failure is not None and failure.of_file:
                        # A checkpoint would be ahead of what is in the file.
                        break
                    try:
                        self.checkpoints.write(world, options.checkpoint, built, files.spikes)
                    except DistsnnError as error:
                        errors.note_file(error)
                        break
        return calls

    def _readers(self, files: _OpenFiles, errors: RunErrors) -> list[SpikeReader]:
        """All that gets the spikes of a run."""
        recording = self._state.members.recording
        found: list[SpikeReader] = [one for one in recording if isinstance(one, SpikeReader)]
        return [*found, errors.reader(files.spikes)] if files.spikes else found

    def _end_run(
        self,
        world: World,
        built: BuiltNetwork,
        stopped_by: int | None,
        errors: RunErrors,
        files: _OpenFiles,
        checkpoint: str | os.PathLike[str] | None,
    ) -> None:
        """Save, close the recordings, and raise an error, or leave after a signal. Collective."""
        failure = errors.agreed(world)
        if failure is None or not failure.of_file:
            unfinished = built.step < steps_until(built.end, built.dt)
            suspends = stopped_by is not None or (failure is not None and unfinished)
            try:
                self._end_files(world, built, suspends, files, checkpoint)
            except DistsnnError as error:
                errors.note_file(error)
            failure = errors.agreed(world)
        built.gather(world)
        if failure is not None:
            if failure.of_file:
                self._state.stopped_by = failure.said
                self.recordings.forget()
                files.close()
            errors.raise_again(failure)
        if stopped_by is not None:
            leave(world, stopped_by, built.t, checkpoint)

    def _end_files(
        self,
        world: World,
        built: BuiltNetwork,
        suspends: bool,
        files: _OpenFiles,
        checkpoint: str | os.PathLike[str] | None,
    ) -> None:
        """Save, and finish the recordings, or let later runs go on with them. Collective."""
        if checkpoint is not None:
            self.checkpoints.write(world, checkpoint, built, files.spikes)
        if files.spikes is not None:
            with raising_together(world, "recording"):
                if suspends:
                    self.recordings.suspend(files.spikes, built.step)
                else:
                    files.spikes.finish(built.step)
                    self._write_table(world, files.spikes)
        if not suspends:
            files.traces.finish(built.step)
            if self._state.output is not None:
                with raising_together(world, "recording"):
                    if world.rank == 0:
                        self._state.output.join_reports()
        else:
            files.traces.suspend()

    def _write_table(self, world: World, spikes: SpikeRecording) -> None:
        """Write spikes as text too, if that is what a configuration asks for."""
        output = self._state.output
        if output is None or output.recording is None or world.rank != 0:
            return
        if spikes.path == output.recording.name:
            output.write_table()

    def _summary(
        self, world: World, built: BuiltNetwork, duration: float, reports: Sequence[RankReport]
    ) -> RunSummary:
        """The summary; rank 0 warns of variables with NaN or infinity, of each once."""

        def bandwidths() -> list[float]:
            self._bandwidths = self._bandwidths or built.team.run(measure_bandwidth)
            return self._bandwidths

        ways = synapse_ways(built)
        summary = gather_summary(world, duration, reports, bandwidths, ways)
        names = {(one.owner, one.variable) for one in summary.not_finite}
        new = [one for one in summary.not_finite if (one.owner, one.variable) not in self._warned]
        self._warned = (self._warned | names) if names else set()
        if world.rank == 0:
            warn_of(new, 4)
        return summary


def _seconds_waiting(engine: Engine) -> float:
    return phases_so_far(engine)["exchange waiting"]


def _progress_of(world: World, built: BuiltNetwork, end: int, report: RunReport) -> RunProgress:
    """The progress of a run from now to `end`."""
    engine = built.engine
    spikes = int(engine.counters[1])
    for one in built.engines:
        one.status = RanksStatus(one.world, partial(_seconds_waiting, one))
    return RunProgress(
        world.rank == 0,
        built.step,
        end,
        built.dt,
        lambda: int(engine.counters[1]) - spikes,
        report,
        engine.status,
    )


def begin_call(
    state: NetworkState, call: str, around: Mapping[str, Any] | None = None, **arguments: object
) -> World:
    """Begin a call that all ranks make, with the same arguments, on the same network.

    Raises ParameterError if ranks differ.

    Parameters
    ----------
    call : str
        The call as users write it.
    around : mapping, optional
        Names of the code that calls it, if expressions shall see them.

    Returns
    -------
    World
        The ranks.
    """
    state.run_postponed()
    state.check_values(call, loads=call == "Network.load")
    members, world = state.members, current_world()
    if state.call_time is not None:
        raise ParameterError(
            call,
            "it was called by an object that the network calls",
            "network operations read and set variables while the network runs",
            "call it before or after the run",
        )
    install_abort(world)
    state.take_seed()
    members.check_removed()
    state.object_values.take_over()
    # Trials take over what has changed in their turns.
    alone = state.n_trials is None
    if alone:
        admit_added(state)
    if around is not None:
        members.look_up(around)
    take_inputs(state)
    description = state.description
    members.connect_monitors(description)
    if world.size > 1:
        described = description, state.threads, members.monitors
        agree(world, state.calls.call(call, arguments, described))
        state.calls.agreed()
    if alone:
        take_changes(world, state, description)
        if around is not None and state.built is not None:
            state.built.take_names(description)
    return world
