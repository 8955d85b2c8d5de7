"""Running a network, and saving and loading it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from distsnn.build.rank import RankBuild, build_rank
from distsnn.build.tables import no_progress
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network import NetworkDescription
from distsnn.describe.probes import Probe
from distsnn.describe.recording_file import RecordingFile
from distsnn.exchange import Team, World, current_world, install_abort, raising_together
from distsnn.front.checkpoints import (
    RecordingProgress,
    SavedNetwork,
    write_checkpoint,
)
from distsnn.front.equation_synapses import EquationSynapses
from distsnn.front.monitors import SpikeReading
from distsnn.front.neurons import NeuronGroup
from distsnn.front.pair_states import PairStates
from distsnn.front.parts import NetworkParts
from distsnn.front.plastic_weights import PlasticWeights
from distsnn.front.recording import SpikeRecording, open_recording
from distsnn.front.run_arguments import checked_spacing, checked_time, refuse_others
from distsnn.front.scope import user_names
from distsnn.front.shares import Share, say_what_is_not_divided
from distsnn.front.states import gather_states
from distsnn.front.synapse_states import SynapseStates
from distsnn.front.synapses import Synapses
from distsnn.front.traces import TraceFiles
from distsnn.plan.delays import steps_until
from distsnn.record.claim import claimed
from distsnn.run.bandwidth import measure_bandwidth
from distsnn.run.engine import Engine, Recorder, SpikeReader
from distsnn.run.progress import BuildProgress, RunProgress
from distsnn.run.samples import gather_samples
from distsnn.run.signals import StopRequest, leave
from distsnn.run.summary import Clock, RunSummary, gather_summary

_log = logging.getLogger("distsnn")


class NetworkRuns(NetworkParts):
    """What a network does with its parts: it builds, runs, saves and loads them.

    Parameters
    ----------
    dt : float, ms
        Time step.
    seed : int
        Seed of all random draws.
    threads : int
        Number of threads of each rank.

    Attributes
    ----------
    origin : dict
        What made the network, as plain values; kept in checkpoints, for ``distsnn resume``.
    """

    def __init__(self, dt: float, seed: int, threads: int) -> None:
        super().__init__(dt, seed, threads)
        self.origin: dict[str, Any] = {}
        self._probes: list[Probe | None] = []
        self._team: Team | None = None
        # One for each thread, once the network has been built.
        self._shares: list[Share] = []
        # As it was built; what is assigned later is state.
        self._base: NetworkDescription | None = None
        self._states: dict[tuple[int, str], np.ndarray] | None = None
        self._synaptic: SynapseStates | None = None
        self._weights: PlasticWeights | None = None
        self._pairs: PairStates | None = None
        # Synapses that must not become rules, by number.
        self._kept: set[int] = set()
        self._recording: SpikeRecording | None = None
        # A recording that goes on after loading, and where this network has been saved.
        self._resumed: RecordingProgress | None = None
        self._places: set[str] = set()
        self._seconds = {"build": 0.0, "compiling": 0.0}
        # Of each thread; measured once.
        self._bandwidths: list[float] = []
        # Where the last run was to end, ms; within the last step that it took.
        self._end = 0.0

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return (self._engine.step if self._engine else 0) * self.dt

    @property
    def built(self) -> bool:
        """Whether the network has been built (by its first run)."""
        return bool(self._shares)

    @property
    def _engine(self) -> Engine | None:
        """The engine of the first thread."""
        return self._shares[0].engine if self._shares else None

    @property
    def _built(self) -> RankBuild | None:
        """What the first thread has built; what does not depend on threads is asked here."""
        return self._shares[0].built if self._shares else None

    @property
    def _builds(self) -> list[RankBuild]:
        return [share.built for share in self._shares]

    @property
    def _engines(self) -> list[Engine]:
        return [share.engine for share in self._shares]

    def run(  # noqa: PLR0913 - a command's options
        self,
        duration: float,
        report: object = None,
        *,
        progress: bool = False,
        record: str | os.PathLike[str] | RecordingFile | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float | None = None,
        overwrite: bool = False,
        namespace: Mapping[str, Any] | None = None,
        **other: Any,
    ) -> RunSummary:
        """Simulate `duration` more. Every rank must call this, with the same arguments.

        Parameters
        ----------
        duration : float, ms
            The run ends with the step that reaches the sum of all durations: two runs of 0.25 ms
            take three and two steps of 0.1 ms.
        report : object
            As in Brian 2: anything but None and False means ``progress=True``.
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
        RankError
            If another rank failed.
        SystemExit
            With status 75, on all ranks, after SIGTERM or SIGUSR1 on any: all have finished the
            same interval, saved the network if there is a `checkpoint`, and closed the recording,
            which goes on when the network is loaded. SIGINT does the same and raises
            KeyboardInterrupt; a second one ends the process at once.
        """
        refuse_others(other)
        progress = progress or (report is not None and report is not False)
        until = self._exact_time + checked_time("duration", duration, self.dt)
        spacing = None if every is None else checked_spacing(every, checkpoint, self.dt)
        world = current_world()
        install_abort(world)
        self.look_up(user_names() if namespace is None else namespace)
        with self._claimed(world, checkpoint, overwrite):
            recording = self._open_recording(world, record, overwrite)
            traces = TraceFiles(world, self.monitors)
            traces.check(None if recording is None else recording.path, overwrite)
            engine = self._prepare(world, progress)
            described = self._base or self.description
            traces.open(self._builds, self._probes, described, engine.step, overwrite)
            first, end = engine.step, steps_until(until, self.dt)
            # Building counts as part of the first run, loaded or not.
            ran = bool(engine.counters.any())
            before = [Clock.read(e, **self._seconds) if ran else Clock() for e in self._engines]
            bar = RunProgress(
                progress and world.rank == 0,
                first,
                end,
                self.dt,
                lambda: int(engine.counters[1]) - before[0].spikes,
            )
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
                self._end_run(world, request.agreed(), (recording, traces), checkpoint)
        reports = [
            share.report(Clock.read(share.engine, **self._seconds).since(earlier), wall)
            for share, earlier in zip(self._shares, before, strict=True)
        ]
        return gather_summary(world, (end - first) * self.dt, reports, self._measure_bandwidth)

    def _measure_bandwidth(self) -> list[float]:
        assert self._team is not None
        if not self._bandwidths:
            self._bandwidths = self._team.run(measure_bandwidth)
        return self._bandwidths

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
        world = current_world()
        install_abort(world)
        self.look_up(user_names())
        with self._claimed(world, path, overwrite):
            self._prepare(world, False)
            if self._states is None:
                self._gather(world)
            self._write_checkpoint(world, path)

    @property
    def _exact_time(self) -> float:
        """Sum of the durations of all runs, ms; the time reached, if the last was stopped."""
        step = self._engine.step if self._engine else 0
        return self._end if steps_until(self._end, self.dt) == step else step * self.dt

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
        readers: list[SpikeReader] = [m for m in self.monitors if isinstance(m, SpikeReading)]
        readers += [recording] if recording else []
        engine.forget_stop()
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
            monitor.complete(first, end, None if probe is None else next(samples))

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
                    self._resumed = _progress(recording, engine.step)
                    self._recording = None
                    recording.suspend()
        if stopped_by is None:
            traces.finish(engine.step)
        else:
            traces.suspend()
        self._gather(world)
        if stopped_by is not None:
            leave(world, stopped_by, self.t, checkpoint)

    def _gather(self, world: World) -> None:
        self._states = gather_states(world, self._builds, self._engines[0].step)
        self._synaptic = SynapseStates(world, self._builds)
        self._weights = PlasticWeights(world, self._engines)
        self._pairs = PairStates(world, self._engines)

    def _by_rule(self) -> list[str]:
        """Names of the synapses whose texts have become a rule; none before the first run."""
        built = self._built
        return [] if built is None else [built.description.synapses[s].name for s in built.pairs]

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
            progress = None if recording is None else _progress(recording, engine.step)
        assert self._base is not None
        saved = SavedNetwork(
            self._base,
            self.description,
            tuple(self._by_rule()),
            engine.step,
            self._exact_time,
            self.groups,
            self.monitors,
            progress,
            self.origin,
        )
        self._team.run(
            lambda world: write_checkpoint(
                world, path, saved, self._shares[world.thread].simulation
            )
        )

    def _prepare(
        self, world: World, progress: bool, base: NetworkDescription | None = None
    ) -> Engine:
        """Build the network unless it is built, as it is or from another description.

        The engine of the first thread.
        """
        begin = perf_counter()
        if self._team is not None and self._shares:
            self._team.run(lambda own: self._shares[own.thread].engine.set_program())
            self._seconds["compiling"] += perf_counter() - begin
            return self._shares[0].engine
        self._team = team = Team(world, self.threads)
        with raising_together(world, "building"):
            for member in (*self.groups, *self.synapses):
                if isinstance(member, NeuronGroup | EquationSynapses):
                    member.check_names()
                if isinstance(member, Synapses):
                    member.check_connected()
            self._base = description = base or self.description
            self._probes = [
                monitor.describe_probe(self._number_of(monitor.source)) for monitor in self.monitors
            ]
            begin = perf_counter()
            expected = sum(
                p.rule.expected_number(p.source.size, p.target.size, p.shift)
                for p in description.projections
            ) / (world.size * self.threads)
            bar = BuildProgress(progress and world.rank == 0, expected)
            try:
                builds = team.run(
                    lambda own: build_rank(
                        description,
                        own.rank,
                        own.size,
                        bar.add if own.thread == 0 else no_progress,
                        [probe for probe in self._probes if probe is not None],
                        self._kept,
                    )
                )
            finally:
                bar.close()
            self._seconds["build"] = perf_counter() - begin
        begin = perf_counter()
        self._shares = team.run(lambda own: Share.of(own, builds[own.thread]))
        self._seconds["compiling"] = perf_counter() - begin
        if world.rank == 0:
            self._say_methods()
            say_what_is_not_divided(self._builds[0].description, team.worlds[0].size)
        return self._shares[0].engine

    def _open_recording(
        self, world: World, to: str | os.PathLike[str] | RecordingFile | None, overwrite: bool
    ) -> SpikeRecording | None:
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

    def _say_methods(self) -> None:
        assert self._built is not None
        for g, form in self._built.forms.items():
            group = self._built.description.groups[g]
            if isinstance(group, NeuronDescription) and not group.model.method and form.states:
                _log.info(
                    "%s: integrated by the method %r, chosen from the equations",
                    group.name,
                    form.method,
                )


def _progress(recording: SpikeRecording, step: int) -> RecordingProgress:
    """How far a recording has come at a step, after bringing it to the disk."""
    return RecordingProgress(os.path.abspath(recording.path), recording.secure(step), step)
