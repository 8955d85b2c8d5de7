"""A network that goes on with another time step."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.values.given_expressions import TextModel, TextValue
from distsnn.describe.values.time_steps import steps_until
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.network.saves import NetworkSaves
from distsnn.front.network.thread_shares import Share
from distsnn.run.state.local_values import LAST_SPIKE
from distsnn.run.state.state_in_memory import HeldState
from distsnn.run.time_step import StateInNewSteps, StepChange

Recording = str | os.PathLike[str] | RecordingFile | None


class NetworkTimeSteps(NetworkSaves):
    """What a network does when its time step changes between two runs."""

    def _take_time_step(self, world: World, duration: float, record: Recording) -> float:
        """Go on with the time step that has been set, if it is another one. Collective.

        Returns
        -------
        float, ms
            Where a run of this duration ends.

        Raises
        ------
        ParameterError
            If the time reached is no whole number of new steps, a file that is being recorded has
            the old ones, or something that the network remembers cannot be put in new steps. The
            network is as it was.
        """
        until = self._exact_time + duration
        if not self.built or self.dt == self._dt:
            return until
        change = StepChange.at(self._exact_time, self._dt, self.dt, self.step)
        if steps_until(until, change.after) <= change.next_step:
            # Nothing shows it without a step, and what is set later may fit again.
            return until
        recorded = self._recorded_to(record)
        if recorded:
            raise _refused(change, f"{recorded} is being recorded", "record to another file")
        if texts := _texts_with_dt(self.description):
            raise _refused(change, f"{texts} was set by a text with dt in it", "set it as a number")
        self._go_on_in(world, change)
        self._recording = self._resumed = None
        return until

    def _recorded_to(self, record: Recording) -> str:
        """The name of a file in old steps that would go on; empty if there is none."""
        for monitor in self.monitors:
            if getattr(monitor, "recording", None) or getattr(monitor, "rows_before", None):
                return monitor.name or "a file"
        name = "" if record is None else RecordingFile.of(record).name
        begun = self._recording is not None and self._recording.path == name
        begun = begun or (self._resumed is not None and self._resumed.continues(name or "."))
        return name if begun else ""

    def _go_on_in(self, world: World, change: StepChange) -> None:
        """Build the network in new steps, and let it take over its state."""
        before = self._shares, self._base, self._dt, self._changes, self._kept
        earlier, by_rule, spiked = self._shares, self._by_rule(), self._last_spikes()
        assert self._team is not None
        assert self._base is not None
        held = [HeldState(share.engine.step) for share in earlier]
        self._team.run(lambda of: earlier[of.thread].simulation.write(held[of.thread]))
        try:
            self._shares, self._dt, self._changes = [], change.after, self._changes + 1
            self._build_as(world, by_rule)
            found = self._team.run(
                lambda of: StateInNewSteps(
                    change,
                    held[of.thread],
                    earlier[of.thread].engine,
                    self._shares[of.thread].engine,
                )
            )
            rounded = any(f.rounded for f in found)
            problem = next((f.problem for f in found if f.problem), "")
            if not problem and rounded:
                problem = self._reading_last_spikes()
            if problem:
                raise _refused(change, problem)
        except BaseException:
            self._shares, self._base, self._dt, self._changes, self._kept = before
            self.describe()
            raise
        if rounded:
            self._spiked_before = change.next_step, spiked
        self._take_over(held, earlier)
        self._gather(world)

    def _build_as(self, world: World, by_rule: Sequence[str]) -> None:
        """Build what was built, in the time step and with as many changes of it as there are now.

        `by_rule` names the synapses whose texts become a rule. Later settings are taken over.
        """
        assert self._base is not None
        self._kept = {n for n, s in enumerate(self.synapses) if s.name not in by_rule}
        # Monitors learn the time step.
        self.describe()
        self._prepare(world, False, replace(self._base, dt=self._dt, changes=self._changes))
        self.take_settings()

    def _take_over(self, held: Sequence[HeldState], earlier: Sequence[Share]) -> None:
        assert self._team is not None
        self._team.run(lambda of: self._shares[of.thread].simulation.read(held[of.thread]))
        for old, new in zip(earlier, self._shares, strict=True):
            new.engine.counters[:] = old.engine.counters
            new.engine.timers[:] = old.engine.timers

    def _last_spikes(self) -> dict[int, np.ndarray]:
        """Time (float64 (N,), ms) of the last spike of each neuron, of groups that are held."""
        groups = {} if self._values is None else self._values.neurons
        return {
            index: self._spike_times(index, values.everywhere[LAST_SPIKE])
            for index, values in groups.items()
            if values.everywhere is not None
        }

    def _reading_last_spikes(self) -> str:
        """Who reads `lastspike`, so that spikes must not lie between steps; empty for nobody."""
        readers = [
            m.name or "" for m in self.monitors if "lastspike" in getattr(m, "record_variables", ())
        ]
        readers += _mentioning(self.description, "lastspike")
        if not readers:
            return ""
        return f"{readers[0]} reads lastspike, and neurons have spiked between new steps"


def _refused(
    change: StepChange, why: str, advice: str = "run to a time where it is not so, or begin anew"
) -> ParameterError:
    time = change.step * change.before
    return ParameterError(
        "Network",
        f"dt was set from {change.before:g} ms to {change.after:g} ms at {time:g} ms, and {why}",
        "the time step changes where all that a network remembers has a place in new steps",
        advice,
    )


def _mentioning(description: NetworkDescription, name: str) -> list[str]:
    """Names of objects whose texts contain a name, also with ``_pre`` and ``_post``."""
    word = re.compile(rf"\b{name}(_pre|_post)?\b")
    found = [
        group.name
        for group in description.groups
        if isinstance(group, NeuronDescription)
        and isinstance(group.model, TextModel)
        and any(word.search(text) for text in group.model.texts)
    ]
    for synapses in description.with_statements:
        texts = synapses.texts
        statements = [text for _, text in (*texts.on_pre, *texts.on_post)]
        if any(word.search(text) for text in (texts.model, *statements)):
            found.append(synapses.name)
    return found


def _texts_with_dt(description: NetworkDescription) -> str:
    """What was set by a text that depends on the time step and would change with it; or empty."""
    for group in description.groups:
        if not isinstance(group, NeuronDescription):
            continue
        for made in group.assignments:
            if made.variable in group.model.parameters and _depends_on_dt(made.value):
                return f"{group.name}.{made.variable}"
    for synapses in description.with_statements:
        for assigned in synapses.assignments:
            if _depends_on_dt(assigned.value) or _depends_on_dt(assigned.where):
                return f"{synapses.name}.{assigned.variable}"
    for projection in description.projections:
        for name in ("weight", "delay", "dendritic"):
            if _depends_on_dt(getattr(projection, name)):
                return f"{projection.name}.{name}"
    return ""


def _depends_on_dt(value: object) -> bool:
    return isinstance(value, TextValue) and re.search(r"\bdt\b", value.text) is not None
