"""The base of all monitors, also of a user's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from distsnn.assemble.monitors.probe import Probe
from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.settable import BETWEEN_RUNS
from distsnn.describe.recording_file import RecordingFile
from distsnn.display.card import Card
from distsnn.display.cards import sampling_monitor_card
from distsnn.errors import ParameterError
from distsnn.front.monitors.recorded_steps import RecordedSteps
from distsnn.front.names.named import Named, checked_name
from distsnn.front.names.scope import Clock, EventClock, next_creation_index
from distsnn.front.recording.trace_recording import TraceRecording
from distsnn.record.traces.report_layout import Report


class Recorded:
    """An attribute of a monitor that holds what it has recorded.

    Whoever reads it gets all that has been recorded by then: the network is asked for it, if it has
    not yet given the last steps to the monitor.
    """

    def __set_name__(self, kind: type, name: str) -> None:
        self._key = f"{name} of {kind.__name__}"

    def __get__(self, monitor: Any, kind: type) -> Any:
        if monitor is None:
            return self
        if monitor._completed_by is not None:
            monitor._completed_by()
        try:
            return vars(monitor)[self._key]
        except KeyError:
            raise AttributeError(self._key) from None

    def __set__(self, monitor: Any, value: Any) -> None:
        vars(monitor)[self._key] = value


class Monitor(Named):
    """An object that records while a network runs; complete on every rank after each run.

    A network asks for `describe_probe` when it is built, and calls `complete` after each run with
    the samples of that probe, unless they went to a file. A checkpoint holds `settings` and
    `progress`; when it is loaded, `go_on` takes them over. A monitor with a method `read_spikes`
    gets all spikes of a run as they come.

    Parameters
    ----------
    where : str
        Name of the class, for errors.
    source : group, slice or Synapses
        The recorded object.
    name : str or None
    every : float (ms), Clock or EventClock, optional
        Time between samples, a multiple of the network's step; by default each step.
    to : path or RecordingFile, optional
        Write samples to this file while the network runs; its contents are `describe_report`.
    """

    INTERNAL = frozenset(
        {
            "begin_file",
            "complete",
            "complete_by",
            "completed_when_read",
            "connect_to_run",
            "describe_probe",
            "describe_report",
            "follow_clock",
            "go_on",
            "leave_file",
            "progress",
            "recording",
            "rows_before",
            "settings",
            "take_trials",
        }
    )

    def __init__(
        self,
        where: str,
        source: Any,
        name: str | None,
        every: float | Clock | EventClock | None = None,
        to: str | os.PathLike[str] | RecordingFile | None = None,
    ) -> None:
        where = name if isinstance(name, str) and name else where
        self.creation_index = next_creation_index()
        self._name = checked_name(where, name)
        self.source = source
        self._steps = RecordedSteps(where, every)
        #: The file that values are written to, or None.
        self.to = None if to is None else RecordingFile.of(to)
        self._recording: TraceRecording | None = None
        self._rows_before: int | None = None
        self._active = True

    SETTABLE = {"active": BETWEEN_RUNS}
    #: Whether all that `complete` changes is `Recorded`, so that it is called when somebody reads
    #: it; else it is called before each object of users that a run calls.
    completed_when_read = False
    # Gives the monitor what has been recorded while a run goes on.
    _completed_by: Callable[[], None] | None = None
    _steps: Any = Recorded()
    # Of a network with trials, what is recorded in each.
    _trials: Sequence[Any] = ()

    def take_trials(self, trials: Sequence[Any]) -> None:
        """Show what monitors like this one record in each trial of a network."""
        self._trials = trials

    @property
    def trial(self) -> np.ndarray:
        """Index of the trial of each row of what is recorded, int64 (trials,)."""
        return np.arange(len(self._of_trials("trial")), dtype=np.int64)

    def __getitem__(self, trial: Any) -> Any:
        """The monitor of a trial; it is used like that of a network without trials."""
        return self._of_trials(f"[{trial!r}]")[trial]

    def _of_trials(self, asked: str) -> Sequence[Any]:
        if not self._trials:
            raise ParameterError(
                self._called(),
                f"{asked} was asked for",
                "monitors of networks with trials= have trials",
                "leave it out, or give the network trials",
            )
        return self._trials

    def _refuse_trials(self, asked: str) -> None:
        """Raise ParameterError if what is asked for is that of one trial, and there are several."""
        if self._trials:
            raise ParameterError(
                self._called(),
                f"{asked} was asked for of all trials",
                "it is made of what one trial has recorded",
                "index the monitor by the trial: monitor[0]",
            )

    @property
    def active(self) -> bool:
        """Whether it records in the next runs; it may be set between runs."""
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        check_switches(self._called(), active=active)
        if self.to is not None and not active:
            raise ParameterError(
                self._called(),
                "active was set to False, and the monitor writes a file",
                "files have all times of a recording",
                "use a monitor without to=",
            )
        if self._completed_by is not None:
            self._completed_by()
        self._active = bool(active)

    @property
    def clock(self) -> Clock | EventClock:
        """The clock in whose steps it records: its own, or that of what it records."""
        own = self._steps.own_clock
        if own is not None:
            return own
        source = getattr(self.source, "source", self.source)
        found: Clock = getattr(source, "group", source).clock
        return found

    def _card(self) -> Card:
        return sampling_monitor_card(self)

    def follow_clock(self, dt: float | None) -> None:
        """Take the time step (ms) of the recorded object, if it is not the network's."""
        self._steps.clock = dt

    def connect_to_run(self, first_gid: int, dt: float) -> None:  # noqa: ARG002 - for monitors of spikes
        """Learn the time step (ms) of the network, and the first gid of the source's group."""
        self._steps.use(dt)

    def describe_probe(self, index: int) -> Probe | None:  # noqa: ARG002 - not all have one
        """The probe of the monitor; `index` is that of the source's group, or of the synapses."""
        return None

    def complete_by(self, function: Callable[[], None] | None) -> None:
        """Let a function give the monitor what has been recorded, whenever somebody asks."""
        self._completed_by = function

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        """Take the samples of the steps ``first <= step < end``; see `gather_samples`."""

    @property
    def t(self) -> Any:
        """Times of the samples, float64 (times,), ms."""
        if self._trials:
            return self._trials[0].t
        if self.to is not None:
            return self.recording.read().t if self.recording else np.empty(0)
        return self._steps.times

    def describe_report(self) -> Report:
        """The contents of the file, where `to` is one; its elements are those of the probe."""
        raise NotImplementedError

    @property
    def recording(self) -> TraceRecording | None:
        """The recording that writes the file, while the network runs."""
        return self._recording

    @property
    def rows_before(self) -> int | None:
        """Rows of the file to go on after, of a network that was loaded."""
        return self._rows_before

    def begin_file(self, recording: TraceRecording) -> None:
        """Let `recording` write the values."""
        self._recording = recording

    def leave_file(self, rows: int) -> None:
        """Go on later after so many rows of the file."""
        self._recording, self._rows_before = None, rows

    @property
    def settings(self) -> list[Any]:
        """Settings as plain values; a checkpoint fits monitors with equal settings."""
        return [type(self).__name__, self.source.name]

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint; of a file the number of its rows."""
        if self.recording is not None:
            return {"rows": np.array(self.recording.secure())}
        return self._steps.progress()

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        if "rows" in progress:
            self.leave_file(int(progress["rows"]))
            return
        self._steps.go_on(progress)
