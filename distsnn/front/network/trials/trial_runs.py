"""Runs of a network with trials: each trial runs as if it were alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from distsnn.beginning import STATUS_OF_STOP, Stopped, beginning
from distsnn.errors import NotEnoughMemoryError, ParameterError
from distsnn.exchange import SerialWorld, World, raising_together
from distsnn.forecast.enough_memory import TrialShare, check_memory
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.rebuilt.added_objects import take_changes
from distsnn.front.network.running import RunOptions, Runs
from distsnn.front.network.trials.remote_trial import RemoteTrial, TrialReport, take_report
from distsnn.front.network.trials.trial_paths import in_trial
from distsnn.front.network.trials.trial_values import TrialValues
from distsnn.front.recording.trace_recording import TraceFiles
from distsnn.record.files.partial_file import refuse_existing
from distsnn.run.summary import PhaseTimes, RankReport, RunSummary


class TrialRuns(Runs):
    """The runs of a network with trials."""

    def __init__(self, state: NetworkState, values: TrialValues) -> None:
        super().__init__(state)
        self._values = values
        self.runs = [Runs(one) for one in values.states]

    def divide(self, world: World, force: bool) -> None:
        """Decide which ranks run which trials, once and for all. Collective.

        Ranks divide trials if each has memory for all synapses, as there is nothing to exchange
        then; else they divide the neurons of each trial.

        Raises NotEnoughMemoryError if there is none for what was asked for.
        """
        values, whole = self._values, self._state
        if values.world is not None:
            return
        n, parts = len(self.runs), min(world.size, len(self.runs))
        if whole.divide == "neurons":
            parts = 1
        if not force:
            try:
                self._check_memory(world, parts)
            except NotEnoughMemoryError:
                if parts == 1 or whole.divide:
                    raise
                parts = 1
                self._check_memory(world, parts)
        values.parts, values.local = parts, list(range(world.rank % parts, n, parts))
        values.world = world if parts == 1 else world.split(world.rank % parts)

    def _check_memory(self, world: World, parts: int) -> None:
        mine = range(world.rank % parts, world.size, parts)
        most = -(-len(self.runs) // parts)
        share = TrialShare(most, mine.index(world.rank), len(mine), changing=most > 1)
        check_memory(world, self._state.description, self._state.threads, share)

    def built(self, world: World, progress: bool | None, force: bool) -> BuiltNetwork:
        """The first trial of these ranks, with all others built and ready to run. Collective."""
        values = self._values
        self.divide(world, force)
        part = values.world or world
        for trial in values.local:
            with values.turn(trial) as state:
                self._take_over(part, state)
                self.runs[trial].built(part, progress, force)
        self._state.built = values.states[values.local[0]].built
        assert self._state.built is not None
        return self._state.built

    @staticmethod
    def _take_over(world: World, state: NetworkState) -> None:
        """Take over what users have set since the last run. Collective."""
        description = state.description
        state.members.connect_monitors(description)
        take_changes(world, state, description)
        if state.built is not None:
            state.built.take_names(description)

    def run(self, world: World, duration: float, options: RunOptions) -> RunSummary:
        """Simulate `duration` (ms) more. Collective."""
        if options.timeline is not None:
            raise ParameterError(
                "Network.run",
                "profile= with a path, in a network with trials",
                "a timeline is that of one run",
                "run one trial alone, with trial=",
            )
        values = self._values
        self.built(world, options.report.bar, options.force)
        part = values.world or world
        self._check_files(world, part, options)
        with beginning.between_runs():
            summaries, stopped = self._run(part, self._times(world), duration, options)
        self.tell(world)
        if any(world.allgather_object(stopped is not None)):
            raise stopped or Stopped(STATUS_OF_STOP)
        return _together(world, part, duration, summaries)

    def _check_files(self, world: World, part: World, options: RunOptions) -> None:
        """Find out what cannot be written before any trial takes time. Collective.

        Raises FileError or RankError if a file is there already.
        """
        values = self._values
        with raising_together(world, "recording"):
            for trial in values.local if part.rank == 0 and not options.overwrite else ():
                state, to = values.states[trial], self._of(trial, options).record
                if to is not None and not self.runs[trial].recordings.in_progress((), to):
                    refuse_existing(Path(to.name))
                TraceFiles(SerialWorld(), state.members.monitors).check(overwrite=False)

    def _run(
        self, part: World, times: Mapping[int, float], duration: float, options: RunOptions
    ) -> tuple[list[RunSummary], BaseException | None]:
        """Run the trials of these ranks, or save them where a signal has come. Collective.

        Parameters
        ----------
        times : mapping of int to float, ms
            Time reached of each trial. Those that were stopped are behind others.
        """
        values, first = self._values, min(times.values())
        summaries: list[RunSummary] = []
        stopped: BaseException | None = None
        if options.spacing is not None:
            # A trial may be ended before it has run, too.
            for trial in values.local:
                with values.turn(trial) as state:
                    self._save(part, state, trial, options)
        for trial in values.local:
            beginning.begin_anew()
            left = duration if times[trial] == first else first + duration - times[trial]
            with values.turn(trial) as state:
                if stopped is not None:
                    self._save(part, state, trial, options)
                elif left >= 0:
                    runs = self.runs[trial]
                    runs._bandwidths = self._bandwidths
                    try:
                        summaries.append(runs.run(part, left, self._of(trial, options)))
                    except (SystemExit, KeyboardInterrupt) as stop:
                        stopped = stop
                    # Measured once for all.
                    self._bandwidths = runs._bandwidths
        return summaries, stopped

    def _times(self, world: World) -> dict[int, float]:
        """Time reached of each trial, ms. Collective."""
        states = [self._values.states[trial] for trial in self._values.local]
        mine = {s.trial: s.built.exact_time for s in states if s.built is not None}
        return {b: t for of_rank in world.allgather_object(mine) for b, t in of_rank.items()}

    def _of(self, trial: int, options: RunOptions) -> RunOptions:
        """The options of a trial, whose files have its number."""
        record, checkpoint, n = options.record, options.checkpoint, len(self.runs)
        if record is not None:
            record = replace(record, path=in_trial(record.path, trial, n))
        if checkpoint is not None:
            checkpoint = in_trial(checkpoint, trial, n)
        return replace(options, record=record, checkpoint=checkpoint)

    def _save(self, world: World, state: NetworkState, trial: int, options: RunOptions) -> None:
        """Save a trial that does not run now. Collective."""
        path, checkpoints = self._of(trial, options).checkpoint, self.runs[trial].checkpoints
        if path is not None and state.built is not None:
            with checkpoints.locked(world, path, options.overwrite):
                state.built.gathered_now(world)
                checkpoints.write(world, path, state.built)

    def tell(self, world: World) -> None:
        """Let all ranks know of all trials. Collective."""
        values = self._values
        steps = [values.states[trial].step for trial in values.local]
        self._state.reached = min(world.allgather_object(min(steps)))
        if values.parts == 1 or values.world is None:
            return
        mine: dict[int, TrialReport] = {}
        for trial in values.local:
            state = values.states[trial]
            if state.built is not None:
                with values.turn(trial):
                    mine[trial] = TrialReport.of(state.built, state.members.monitors)
        of_ranks = world.allgather_object(mine if values.world.rank == 0 else {})
        reports = {trial: report for of_rank in of_ranks for trial, report in of_rank.items()}
        for state in values.states:
            if values.is_remote(state.trial):
                self._take(state, reports.get(state.trial))

    def _take(self, state: NetworkState, report: TrialReport | None) -> None:
        remote: Any = None
        if report is not None and self._state.built is not None:
            remote = RemoteTrial(self._state.built.base, report)
        state.built = remote
        with self._values.turn(state.trial):
            state.members.connect_monitors(state.description)
            if report is not None:
                take_report(state.members.monitors, report)


def _together(
    world: World, part: World, duration: float, summaries: Sequence[RunSummary]
) -> RunSummary:
    """One summary of the runs of all trials. Collective."""
    ranks = [_joined(of_rank) for of_rank in zip(*(s.ranks for s in summaries), strict=True)]
    last = summaries[-1]
    if part is not world:
        begin = part.rank * last.n_threads
        mine = ranks[begin : begin + last.n_threads]
        ranks = [r for of_rank in world.allgather_object(mine) for r in of_rank]
        # Each part has counted the spikes of its trials.
        spikes = sum(r.clock.spikes for r in _first_of_parts(ranks, last.n_threads, world, part))
        for report in ranks:
            report.clock.spikes = spikes
    return replace(last, duration=duration, ranks=tuple(ranks))


def _first_of_parts(
    ranks: Sequence[RankReport], threads: int, world: World, part: World
) -> list[RankReport]:
    firsts = world.allgather_object(part.rank == 0)
    return [ranks[rank * threads] for rank, is_first in enumerate(firsts) if is_first]


def _joined(reports: Sequence[RankReport]) -> RankReport:
    """The report of a rank on runs one after the other."""
    clocks = [report.clock for report in reports]
    seconds = {name: sum(c.seconds[name] for c in clocks) for name in clocks[0].seconds}
    counts = {
        name: sum(getattr(c, name) for c in clocks)
        for name in ("updates", "spikes", "events", "draws")
    }
    return replace(
        reports[-1],
        clock=PhaseTimes(seconds, **counts),
        wall_seconds=sum(report.wall_seconds for report in reports),
        not_finite=tuple(dict.fromkeys(one for report in reports for one in report.not_finite)),
    )
