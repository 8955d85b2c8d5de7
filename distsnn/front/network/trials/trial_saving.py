"""Saving of a network with trials: each has a file, as if it were alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from distsnn.describe.network_description import StepDraws
from distsnn.describe.recording_file import RecordingFile
from distsnn.exchange import World
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.object_values import ObjectValues
from distsnn.front.network.running import Runs
from distsnn.front.network.saved.saving import Path, Saving
from distsnn.front.network.trials.trial_paths import in_trial
from distsnn.front.network.trials.trial_runs import TrialRuns
from distsnn.front.network.trials.trial_values import TrialValues
from distsnn.front.synapses.synapses_base import Synapses


def trials_of(state: NetworkState, n_trials: int) -> tuple[ObjectValues, Runs, Saving]:
    """The parts of a network with trials besides its state."""
    values = TrialValues(state, n_trials)
    runs = TrialRuns(state, values)
    return values, runs, TrialSaving(state, runs, values)


class TrialSaving(Saving):
    """Keeps the states of all trials of a network, and goes back to them."""

    def __init__(self, state: NetworkState, runs: TrialRuns, values: TrialValues) -> None:
        super().__init__(state, runs)
        self._trial_runs, self._values = runs, values
        self._of_trials = [
            Saving(one, of) for one, of in zip(values.states, runs.runs, strict=True)
        ]

    def _save(self, world: World, path: Path, overwrite: bool) -> None:
        self._trial_runs.built(world, progress=False, force=False)
        self._each(lambda one, b, w: one._save(w, self._file(path, b), overwrite), world)

    def _load(self, world: World, path: Path, force: bool, same_monitors: bool = False) -> None:
        self._trial_runs.divide(world, force)
        self._values.differ()
        self._each(lambda one, b, w: one._load(w, self._file(path, b), force, same_monitors), world)
        self._go_on(world)

    def _keep(self, world: World, name: str) -> None:
        self._each(lambda one, _, w: one._keep(w, name), world)

    def _go_back(self, world: World, name: str) -> None:
        self._values.differ()
        self._each(lambda one, _, w: one._go_back(w, name), world)
        self._go_on(world)

    def _write(
        self, world: World, synapses: Sequence[Synapses], file: RecordingFile, overwrite: bool
    ) -> None:
        def write(one: Saving, trial: int, part: World) -> None:
            of_trial = replace(file, path=self._file(file.path, trial))
            one._write(part, synapses, of_trial, overwrite)

        self._each(write, world)

    def _file(self, path: Path, trial: int) -> str:
        return in_trial(path, trial, len(self._of_trials))

    def _each(self, action: Callable[[Saving, int, World], None], world: World) -> None:
        values = self._values
        for trial in values.local:
            with values.turn(trial):
                action(self._of_trials[trial], trial, values.world or world)

    def _go_on(self, world: World) -> None:
        """Let the network be what its trials have become. Collective."""
        whole, state = self._state, self._values.states[self._values.local[0]]
        whole.built = state.built
        drawn = None if state.draws is None else state.draws.seed
        whole.draws = None if drawn in {None, whole.seed} else StepDraws(int(drawn or 0))
        self._trial_runs.tell(world)
