"""A trial that other ranks run, as far as this rank knows it between runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from distsnn.describe.groups import Assignment
from distsnn.describe.network_description import NetworkDescription
from distsnn.errors import ParameterError
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.network.built_network import BuiltNetwork, whole_variable
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.record.traces.report_reader import ReportFile

_moments = count()


@dataclass(frozen=True)
class TrialReport:
    """The report of the ranks of a trial to all others after a run.

    Attributes
    ----------
    step : int
        The step that comes next.
    exact_time : float, ms
        Sum of the durations of all runs.
    spiked_before : (int, mapping of int to float64 array)
        See `BuiltNetwork.spiked_before`.
    neurons : mapping of int to mapping of str to float64 array (N,), or None
        Values of the variables of each group; None where there are too many to gather.
    monitors : sequence of mapping of str to array
        What each monitor has recorded.
    """

    step: int
    exact_time: float
    spiked_before: tuple[int, Mapping[int, np.ndarray]]
    neurons: Mapping[int, dict[str, np.ndarray] | None]
    monitors: Sequence[Mapping[str, np.ndarray]]

    @classmethod
    def of(cls, built: BuiltNetwork, monitors: Sequence[Monitor]) -> TrialReport:
        """That of a trial which this rank runs. Collective among its ranks."""
        gathered = {} if built.gathered is None else built.gathered.neurons
        return cls(
            built.step,
            built.exact_time,
            built.spiked_before,
            {g: values.everywhere for g, values in gathered.items()},
            [{} if m.to is not None else dict(m.progress()) for m in monitors],
        )


class RemoteValues:
    """Values of the neurons of a group; see `GatheredValues`."""

    def __init__(self, known: dict[str, np.ndarray] | None) -> None:
        self.everywhere = known

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that can be read."""
        return tuple(self._known)

    def read(self, *variables: str) -> list[np.ndarray]:
        """Values (float64 (N,)) of each of some variables."""
        return [self._known[name].copy() for name in variables]

    @property
    def _known(self) -> dict[str, np.ndarray]:
        if self.everywhere is None:
            raise ParameterError(
                "Network",
                "values of more than 4 million neurons of a trial that other ranks run",
                "ranks that divide trials exchange values of smaller groups",
                "record what is wanted, or make the network with divide='neurons'",
            )
        return self.everywhere


class RemoteTrial:
    """A built network in the place of that which other ranks have; see `BuiltNetwork`."""

    is_whole, has_values = False, True

    def __init__(self, base: NetworkDescription, report: TrialReport) -> None:
        self.base, self.step, self.exact_time = base, report.step, report.exact_time
        self.dt, self.t = base.dt, report.step * base.dt
        self.spiked_before = report.spiked_before
        self.gathered = self
        self.neurons = {g: RemoteValues(known) for g, known in report.neurons.items()}
        self.moment, self.key = next(_moments), object()

    def argument_of(self, group: int, variable: str) -> None:
        """None: other ranks have the program."""

    def update(self, description: NetworkDescription) -> None:
        """Do nothing: the ranks that run it take over what is set."""

    def assign(self, group: NeuronGroup, index: int, made: Assignment) -> None:
        """Carry out an assignment to some neurons of a group; see `BuiltNetwork.assign`."""
        self.moment = next(_moments)
        known = self.neurons[index].everywhere
        if known is not None and made.variable in known:
            dt = self.base.group_dt(index)
            now = whole_variable(group.describe(dt), made.variable, self.base.seed, dt)
            members = slice(made.start, made.stop)
            known[made.variable][members] = now[members]


class ReadRecording:
    """The file of a monitor of a trial that other ranks run, for reading."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> ReportFile:
        """The file as it is after a run."""
        return ReportFile(self._path)


def take_report(monitors: Sequence[Any], report: TrialReport) -> None:
    """Let the monitors of a trial have what other ranks have recorded."""
    for monitor, progress in zip(monitors, report.monitors, strict=True):
        if monitor.to is not None:
            monitor.begin_file(ReadRecording(monitor.to.name))
        else:
            monitor.go_on(progress)
