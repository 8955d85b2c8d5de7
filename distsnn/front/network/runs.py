"""Running a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from distsnn.beginning import beginning
from distsnn.describe.checks.arguments import check_namespace, check_switches
from distsnn.describe.checks.paths import check_paths
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.values.time_steps import steps_until
from distsnn.exchange import World, raising_together
from distsnn.front.monitors.spike_monitor import SpikeReading
from distsnn.front.names.scope import set_last_run, user_names
from distsnn.front.network.changed_time_step import NetworkTimeSteps
from distsnn.front.network.run_arguments import (
    checked_report,
    checked_spacing,
    checked_time,
    refuse_others,
)
from distsnn.front.network.saves import progress_of
from distsnn.front.recording.spike_recording import SpikeRecording
from distsnn.front.recording.trace_recording import TraceFiles
from distsnn.run.not_finite import warn_of
from distsnn.run.progress import Report, RunProgress
from distsnn.run.readers import Recorder, SpikeReader
from distsnn.run.samples import gather_samples
from distsnn.run.signals import StopRequest, leave
from distsnn.run.summary import Clock, RankReport, RunSummary, gather_summary


class NetworkRuns(NetworkTimeSteps):
    """What a network does with its parts step by step."""

    def run(  # noqa: PLR0913 - a command's options
        self,
        duration: float,
        report: object = None,
        report_period: float | None = None,
        *,
        progress: bool = False,
        record: str | os.PathLike[str] | RecordingFile | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float | None = None,
        overwrite: bool = False,
        force: bool = False,
        namespace: Mapping[str, Any] | None = None,
        **other: Any,
    ) -> RunSummary:
        """Simulate `duration` more. Every rank must call this, with the same arguments.

        Parameters
        ----------
        duration : float, ms
            The run ends with the step that reaches the sum of all durations: two runs of 0.25 ms
            take three and two steps of 0.1 ms.
        report : str, bool or function, optional
            As in Brian 2: ``"text"`` or ``"stdout"`` shows the bar of biological time on standard
            output, ``"stderr"`` or True on standard error; a function is called on rank 0 with
            the wall time so far (ms), the completed fraction, the time at the start of the run
            (ms) and its duration (ms): at the start, every `report_period`, and at the end.
        report_period : float, ms, optional
            Wall time between two reports, 10 s for functions.
        progress : bool
            Show bars on rank 0: synapses while building, then biological time, real-time
            factor, spikes and remaining time.
        record : path or RecordingFile, optional
            Write the spikes of all groups to this SONATA file. Runs of one network that follow
            one another with the same path continue the file.
        checkpoint : path, optional
            Save the network to this file at the end, when a signal ends the run, and `every`
            so often; see `save`. It does not change results.
        every : float, ms, optional
            Save at the multiples of this time, rounded to a step.
        overwrite : bool
            Replace files that are there already.
        force : bool
            Build the network even if the hosts have less memory than it needs.
        namespace : mapping, optional
            What names in texts stand for; by default the variables of the calling code.

        Returns
        -------
        RunSummary
            Time per phase and memory of all ranks; print it.

        Raises
        ------
        ParameterError
            If `duration` is negative or not finite, `every` is not positive, or an object refers
            to one that is not part of the network.
        FileError
            If a file is there already or cannot be written.
        NotEnoughMemoryError
            If the network needs more memory than there is; nothing large was allocated yet.
        RankError
            If another rank failed.
        SystemExit
            With status 75, on all ranks, after SIGTERM or SIGUSR1 on any: all have finished the
            same interval, saved the network if there is a `checkpoint`, and closed the recording,
            which goes on when the network is loaded. SIGINT does the same and raises
            KeyboardInterrupt; a second one ends the process at once.

        Warns
        -----
        NotFiniteWarning
            On rank 0, of each variable that holds NaN or infinity at the end, once.
        """
        refuse_others(other)
        check_switches("Network.run", progress=progress, overwrite=overwrite, force=force)
        check_namespace("Network.run", namespace)
        told = checked_report(report, report_period, progress)
        duration = checked_time("duration", duration, self.dt)
        spacing = None if every is None else checked_spacing(every, checkpoint, self.dt)
        check_paths("Network.run", checkpoint=checkpoint)
        self._forced = force
        set_last_run(self)
        world = self._begin(
            "Network.run",
            user_names() if namespace is None else namespace,
            duration=duration,
            dt=self.dt,
            record=None if record is None else RecordingFile.of(record),
            checkpoint=checkpoint,
            every=every,
            overwrite=overwrite,
            force=force,
        )
        until = self._take_time_step(world, duration, record)
        with beginning.preparing(not self.built), self._claimed(world, checkpoint, overwrite):
            recording = self._open_recording(world, record, overwrite, checkpoint)
            traces = TraceFiles(world, self.monitors)
            traces.check(overwrite)
            engine = self._prepare(world, told.bar)
            described = self._base or self.description
            traces.open(self._builds, self._probes, described, engine.step, overwrite)
            first, end = engine.step, steps_until(until, self._dt)
            # Building counts as part of the first run, loaded or not.
            ran = bool(engine.counters.any())
            before = [Clock.read(e, **self._seconds) if ran else Clock() for e in self._engines]
            bar = self._bar(world.rank == 0, (first, end), before[0], told)
            engine.forget_stop()
            with StopRequest(world, engine.stop) as request:
                begin, self._end = perf_counter(), until
                try:
                    self._advance(world, end, spacing, (recording, checkpoint), bar.look)
                except BaseException:
                    for file in (recording, traces):
                        if file is not None:
                            file.close()
                    raise
                finally:
                    bar.close()
                wall = perf_counter() - begin
                bar.end(engine.step)
                self._end_run(world, request.agreed(), (recording, traces), checkpoint)
        reports = [
            share.report(Clock.read(share.engine, **self._seconds).since(earlier), wall)
            for share, earlier in zip(self._shares, before, strict=True)
        ]
        return self._summary(world, (end - first) * self._dt, reports)

    def _bar(self, shown: bool, steps: tuple[int, int], before: Clock, told: Report) -> RunProgress:
        """The bar of a run from the first of two steps to the second."""
        engine = self._engines[0]
        return RunProgress(
            shown, *steps, self._dt, lambda: int(engine.counters[1]) - before.spikes, told
        )

    def _summary(self, world: World, duration: float, reports: Sequence[RankReport]) -> RunSummary:
        """The summary; rank 0 warns of variables with NaN or infinity, of each once."""
        summary = gather_summary(world, duration, reports, self._measure_bandwidth, self._ways())
        names = {(one.owner, one.variable) for one in summary.not_finite}
        new = [one for one in summary.not_finite if (one.owner, one.variable) not in self._warned]
        self._warned = (self._warned | names) if names else set()
        if world.rank == 0:
            warn_of(new, 3)
        return summary

    def _advance(
        self,
        world: World,
        end: int,
        spacing: int | None,
        files: tuple[SpikeRecording | None, str | os.PathLike[str] | None],
        look: Callable[[int], None],
    ) -> None:
        """Run all steps before `end`, or until a signal, saving at multiples of `spacing`."""
        engine, (recording, checkpoint) = self._engine, files
        assert engine is not None
        assert self._team is not None
        readers: list[SpikeReader] = [
            m for m in self.monitors if isinstance(m, SpikeReading) and m not in self.resting
        ]
        readers += [recording] if recording else []
        for one in self._engines:
            one.watch.begin(one.step)
        while True:
            first = engine.step
            stretch = end if spacing is None else min(end, (first // spacing + 1) * spacing)
            recorders = TraceFiles(world, self.monitors).recorders
            self._team.run(partial(self._advance_thread, stretch, readers, look, recorders))
            self._complete_monitors(world, first, engine.step)
            if engine.step < stretch or stretch == end:
                return
            if checkpoint is not None:
                self._write_checkpoint(world, checkpoint, recording)

    def _advance_thread(
        self,
        end: int,
        readers: Sequence[SpikeReader],
        look: Callable[[int], None],
        recorders: Sequence[Recorder],
        world: World,
    ) -> None:
        """Run all steps before `end` on the thread of `world`; see `Engine.advance`."""
        engine = self._shares[world.thread].engine
        if world.thread == 0:
            engine.advance(end, readers, look, recorders)
        else:
            engine.advance(end, (), lambda _: None, recorders)

    def _complete_monitors(self, world: World, first: int, end: int) -> None:
        probes = [built.probes for built in self._builds]
        taken = [engine.take_samples() for engine in self._engines]
        samples = iter(gather_samples(world, probes, taken))
        for monitor, probe in zip(self.monitors, self._probes, strict=True):
            taken_of_it = None if probe is None else next(samples)
            if monitor not in self.resting:
                monitor.complete(first, end, taken_of_it)

    def _end_run(
        self,
        world: World,
        stopped_by: int | None,
        files: tuple[SpikeRecording | None, TraceFiles],
        checkpoint: str | os.PathLike[str] | None,
    ) -> None:
        """Save, close the recordings, and leave if a signal has asked for it."""
        engine, (recording, traces) = self._engine, files
        assert engine is not None
        if checkpoint is not None:
            self._write_checkpoint(world, checkpoint, recording)
        if recording is not None:
            with raising_together(world, "recording"):
                if stopped_by is None:
                    recording.finish(engine.step)
                else:
                    self._resumed = progress_of(recording, engine.step)
                    self._recording = None
                    recording.suspend()
        if stopped_by is None:
            traces.finish(engine.step)
        else:
            traces.suspend()
        self._gather(world)
        if stopped_by is not None:
            leave(world, stopped_by, self.t, checkpoint)
