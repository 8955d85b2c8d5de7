"""The base of all monitors, also of a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.probes import Probe
from distsnn.display.card import Card
from distsnn.display.cards import sampling_monitor_card
from distsnn.front.monitors.recorded_steps import RecordedSteps
from distsnn.front.names.named import Named, checked_name
from distsnn.front.names.scope import next_creation_index


class Monitor(Named):
    """An object that records while a network runs; complete on every rank after each run.

    A network asks for `describe_probe` when it is built, and calls `complete` after each run with
    the samples of that probe. A checkpoint holds `settings` and `progress`; when it is loaded,
    `go_on` takes them over. A monitor with a method `read_spikes` gets all spikes of a run as they
    come.

    Parameters
    ----------
    where : str
        Name of the class, for errors.
    source : group, slice or Synapses
        The recorded object.
    name : str or None
    every : float, optional, ms
        Time between samples, a multiple of the network's step; by default each step.
    """

    INTERNAL = frozenset(
        {
            "complete",
            "connect_to_run",
            "describe_probe",
            "follow_clock",
            "go_on",
            "progress",
            "settings",
        }
    )

    def __init__(
        self, where: str, source: Any, name: str | None, every: float | None = None
    ) -> None:
        where = name if isinstance(name, str) and name else where
        self.creation_index = next_creation_index()
        self._name = checked_name(where, name)
        self.source = source
        self._steps = RecordedSteps(where, every)

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

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        """Take the samples of the steps ``first <= step < end``; see `gather_samples`."""

    @property
    def settings(self) -> list[Any]:
        """Settings as plain values; a checkpoint fits monitors with equal settings."""
        return [type(self).__name__, self.source.name]

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint."""
        return self._steps.progress()

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        self._steps.go_on(progress)
