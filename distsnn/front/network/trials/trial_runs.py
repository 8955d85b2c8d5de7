"""Runs of a network with trials: each trial runs as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.rebuilt.added_objects import take_changes
from distsnn.front.network.running import RunOptions, Runs
from distsnn.front.network.trials.trial_paths import in_trial
from distsnn.front.network.trials.trial_values import TrialValues
from distsnn.run.summary import PhaseTimes, RankReport, RunSummary


class TrialRuns(Runs):
    """The runs of a network with trials."""

    def __init__(self, state: NetworkState, values: TrialValues) -> None:
        super().__init__(state)
        self._values = values
        self.runs = [Runs(one) for one in values.states]

    def built(self, world: World, progress: bool | None, force: bool) -> BuiltNetwork:
        """The first trial of these ranks, with all others built and ready to run. Collective."""
        values = self._values
        for trial in values.local:
            with values.turn(trial) as state:
                self._take_over(world, state)
                self.runs[trial].built(world, progress, force)
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
        values, summaries = self._values, []
        if options.timeline is not None:
            raise ParameterError(
                "Network.run",
                "profile= with a path, in a network with trials",
                "a timeline is that of one run",
                "run one trial alone, with trial=",
            )
        self.built(world, options.report.bar, options.force)
        # A trial that was stopped is behind others.
        times = [values.states[trial].built.exact_time for trial in values.local]
        first = min(times)
        for trial, time in zip(values.local, times, strict=True):
            left = duration if time == first else first + duration - time
            if left < 0:
                continue
            with values.turn(trial):
                summaries.append(self.runs[trial].run(world, left, self._of(trial, options)))
        return _together(duration, summaries)

    def _of(self, trial: int, options: RunOptions) -> RunOptions:
        """The options of a trial, whose files have its number."""
        record, checkpoint, n = options.record, options.checkpoint, len(self.runs)
        if record is not None:
            record = replace(record, path=in_trial(record.path, trial, n))
        if checkpoint is not None:
            checkpoint = in_trial(checkpoint, trial, n)
        return replace(options, record=record, checkpoint=checkpoint)


def _together(duration: float, summaries: Sequence[RunSummary]) -> RunSummary:
    """One summary of the runs of several trials on the same ranks."""
    ranks = tuple(_joined(of_rank) for of_rank in zip(*(s.ranks for s in summaries), strict=True))
    return replace(summaries[-1], duration=duration, ranks=ranks)


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
