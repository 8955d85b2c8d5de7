"""The objects of a network with trials: each trial in turn has them, with its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from copy import copy, deepcopy
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np

from distsnn.describe.checks.digest import have_one_digest
from distsnn.describe.checks.settable import dividing
from distsnn.describe.network_description import StepDraws
from distsnn.describe.values.by_trial import ByTrial
from distsnn.describe.values.given import ValueSource
from distsnn.errors import ParameterError
from distsnn.exchange import Call, World, agree, using
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names.named import called
from distsnn.front.names.scope import draw_from, present_draws
from distsnn.front.network.members import flattened
from distsnn.front.network.network_state import ComparedCalls, NetworkState
from distsnn.front.network.object_values import ObjectValues
from distsnn.front.network.trials.trial_paths import in_trial
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.neurons.values_without_network import StoredVariable
from distsnn.front.recording.run_history import RunHistory
from distsnn.front.synapses.synapses_base import Synapses

T = TypeVar("T")
_COPIED = ("given_dt", "seed", "threads", "origin", "parameters", "given_schedule", "seed_calls")


class TrialValues(ObjectValues):
    """Values of the objects of a network with trials.

    In the turn of a trial the objects are those of a network of this trial alone. Between turns
    reading gives the values of all trials, along a first axis, and setting sets them in each.

    Attributes
    ----------
    whole : NetworkState
        What users have set of the network.
    states : list of NetworkState
        One for each trial.
    world : World or None
        The ranks that run the same trials as this one; None until that is decided.
    parts : int
        Number of such worlds, among which the ranks divide trials; with one they divide neurons.
    local : list of int
        The trials of these ranks.
    """

    def __init__(self, whole: NetworkState, n_trials: int) -> None:
        super().__init__(whole)
        self.whole = whole
        first: list[Any] = []
        self.states = [
            replace(
                whole,
                members=copy(whole.members),
                calls=ComparedCalls(),
                history=RunHistory(),
                trial=trial,
                by_trial=True,
                first=first,
                object_values=self,
            )
            for trial in range(n_trials)
        ]
        for state in self.states:
            state.members.monitors = []
        self.world: World | None = None
        self.parts = 1
        self.local = list(range(n_trials))
        # What has been set of the objects, by trial; None while it is the same in all.
        self._settings: list[dict[str, Any]] | None = None

    def take(self, objects: Iterable[Any]) -> None:
        """Add objects to the network; from now on they ask it for their values."""
        further = list(flattened(objects))
        late = [x for x in further if not isinstance(x, Monitor)] if self.built else []
        if late:
            raise ParameterError(
                "Network.add",
                f"{called(late[0])} was added after the first run of a network with trials",
                "monitors may be added then",
                "add it before",
            )
        super().take(further)

    @contextmanager
    def turn(self, trial: int) -> Iterator[NetworkState]:
        """Let objects be those of a trial."""
        if self.current == trial:
            yield self._state
            return
        state = self._renewed(trial)
        self._restore(trial)
        self._state = state
        try:
            with (
                nullcontext() if self.world is None or self.is_remote(trial) else using(self.world)
            ):
                yield state
        finally:
            self._state = self.whole
            if self._settings is not None:
                self._settings[trial] = self._settings_now()
                self._restore(0)

    def setting(self, read: Callable[[], T]) -> T:
        """A value that has been set; between turns a `ByTrial` where trials differ."""
        if self.current is not None or self._settings is None:
            return read()
        found = self.each(read)
        alike = all(have_one_digest(_content(one), _content(found[0])) for one in found)
        return found[0] if alike else cast("T", ByTrial(found))

    def is_remote(self, trial: int) -> bool:
        """Whether other ranks run a trial."""
        return self.parts > 1 and trial % self.parts != self.local[0] % self.parts

    def each(self, function: Callable[[], T]) -> list[T]:
        """The results of a function in the turn of each trial."""
        found = []
        for trial in range(len(self.states)):
            with self.turn(trial):
                found.append(function())
        return found

    def by_turns(self, function: Callable[[], np.ndarray]) -> np.ndarray:
        """The array that a function gives now; those of all trials between turns."""
        return function() if self.current is not None else np.stack(self.each(function))

    def set_in_each(self, of: Any, action: Callable[[Any], None], value: Any) -> bool:
        """Set something in the turn of each trial; return False if one call sets it in all."""
        given = isinstance(value, ByTrial)
        if given:
            self._check(of, value)
            self.whole.calls.note(f"{of.name} by trial", tuple(value.values))
        if not (given or self.built or self._settings or isinstance(value, str)):
            return False
        self.differ()
        begin = present_draws()
        # Other ranks have the synapses of their trials.
        synapses = isinstance(of, Synapses)
        for trial in self.local if synapses else range(len(self.states)):
            # Each draws as if it were alone.
            draw_from(begin)
            with self.turn(trial):
                action(value.of(trial) if given else value)
        return True

    def differ(self) -> None:
        """Let the objects of each trial have settings of their own from now on."""
        if self._settings is None:
            self._settings = [self._settings_now() for _ in self.states]

    def _check(self, of: Any, value: ByTrial) -> None:
        if isinstance(of, Synapses):
            raise ParameterError(
                of.name or "Synapses",
                "values by trial",
                "synapses are drawn once for all trials, with their weights and delays",
                "give one value, or run networks of their own",
            )
        if len(value) != len(self.states):
            raise ParameterError(
                of.name or type(of).__name__,
                f"{len(value)} values by trial",
                f"the network has {len(self.states)} trials",
                "give one value for each",
            )

    def _settings_now(self) -> dict[str, Any]:
        # Names from outside mean what they do when the network runs.
        return {
            part.name: {key: value for key, value in part.settings().items() if key != "names"}
            for part in self.whole.members.described
        }

    def _restore(self, trial: int) -> None:
        if self._settings is not None:
            for part in self.whole.members.described:
                part.restore(self._settings[trial][part.name])

    def _renewed(self, trial: int) -> NetworkState:
        """The state of a trial, with what has been set of the network."""
        whole, state = self.whole, self.states[trial]
        for name in _COPIED:
            setattr(state, name, getattr(whole, name))
        drawn = whole.draws or StepDraws(whole.seed)
        # Trial 0 is what the network without trials is.
        state.draws = replace(drawn, trial=trial) if trial else whole.draws
        for monitor in whole.members.monitors[len(state.members.monitors) :]:
            made = [self._copied(monitor, b) for b in range(len(self.states))]
            for one, mine in zip(self.states, made, strict=True):
                one.members.monitors.append(mine)
            monitor.take_trials(made)
        pairs = list(zip(whole.members.monitors, state.members.monitors, strict=True))
        for monitor, mine in pairs:
            mine._active = monitor.active
        resting = {id(monitor) for monitor in whole.members.resting}
        state.members.resting = [mine for monitor, mine in pairs if id(monitor) in resting]
        return state

    def _copied(self, monitor: Monitor, trial: int) -> Monitor:
        """A monitor of a trial: as the user's, with the same objects and a file of its own."""
        same = [*self.whole.members.described, *self.whole.members.all_called, monitor.clock]
        made = deepcopy(monitor, {id(one): one for one in same})
        made._trials = ()
        if made.to is not None:
            path = in_trial(made.to.path, trial, len(self.states))
            vars(made)["to"] = replace(made.to, path=path)
        return made

    # ---- reading between turns

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values (float64 (N,), or (trials, N) between turns) of a variable now."""
        return self.by_turns(lambda: ObjectValues.read_variable(self, group, variable))

    def live_values(self, stored: StoredVariable) -> np.ndarray | None:
        """Values (float64 (N,)) of a variable where they are; None between turns."""
        return None if self.current is None else super().live_values(stored)

    def read_special(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt``, ``lastspike``, ...; arrays of all trials between turns."""
        if self.current is not None:
            return super().read_special(group)
        found = self.each(lambda: ObjectValues.read_special(self, group))
        return {
            name: np.stack([one[name] for one in found]) if isinstance(value, np.ndarray) else value
            for name, value in found[0].items()
        }

    def weights_now(self, projection: str) -> np.ndarray | None:
        """Weights (float64 (n,), or (trials, n)) that a rule changes, after a run."""
        if self.current is not None:
            return super().weights_now(projection)
        return self._of_synapses(projection, lambda: ObjectValues.weights_now(self, projection))

    def synapse_state(self, synapses: Any, variable: str) -> np.ndarray | None:
        """Values (float64 (n,), or (trials, n)) of a variable of synapses after a run."""
        if self.current is not None:
            return super().synapse_state(synapses, variable)
        return self._of_synapses(
            f"{variable} of {synapses.name}",
            lambda: ObjectValues.synapse_state(self, synapses, variable),
        )

    def _of_synapses(self, what: str, read: Callable[[], np.ndarray | None]) -> np.ndarray | None:
        """Values of all trials. Collective if ranks divide them."""
        found: dict[int, np.ndarray | None] = {}
        for trial in self.local:
            with self.turn(trial):
                found[trial] = read()
        if self.parts > 1 and self.world is not None and self.world.whole is not None:
            ranks = self.world.whole
            agree(ranks, Call(f"reading {what}"))
            of_ranks = ranks.allgather_object(found if self.world.rank == 0 else {})
            found = {trial: values for of_rank in of_ranks for trial, values in of_rank.items()}
        known = [values for _, values in sorted(found.items()) if values is not None]
        return np.stack(known) if known else None


def _content(value: Any) -> Any:
    return value.content() if isinstance(value, ValueSource) else value


def _in_trials(of: Any, action: Callable[[Any], None], value: Any) -> bool:
    """Set something by trial, where the network of an object has trials or is one."""
    of = of.group if isinstance(of, Subgroup) else of
    known = isinstance(of, SpikeSource | Synapses | PoissonInput)
    owner = getattr(of, "_owner", None) if known else None
    if isinstance(owner, TrialValues) and owner.current is None:
        return owner.set_in_each(of, action, value)
    if not isinstance(value, ByTrial):
        return False
    if not isinstance(owner, ObjectValues) or not owner.by_trial:
        raise ParameterError(
            str(getattr(of, "name", None) or type(of).__name__),
            "values by trial",
            "objects have them that are part of a network with trials= or trial=",
            "make the network first, and set them then",
        )
    if isinstance(owner, TrialValues):
        raise ParameterError(
            of.name or type(of).__name__, "values by trial within a trial",
            "a trial has one value", "give that",
        )  # fmt: skip
    action(value.of(owner.trial))
    return True


dividing.append(_in_trials)
