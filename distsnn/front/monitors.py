"""Monitors: what users look at after a run."""

from __future__ import annotations

import numpy as np

from distsnn.describe.names import known_names
from distsnn.errors import ParameterError
from distsnn.front.groups import SpikeSource, Subgroup, checked_name
from distsnn.front.scope import stamp
from distsnn.front.targets import as_slice


class _SpikeReading:
    """Common part of monitors of the spikes of one group or slice."""

    def __init__(self, source: SpikeSource | Subgroup, name: str | None) -> None:
        where = name or type(self).__name__
        self.stamp = stamp()
        self.name = checked_name(where, name)
        self.source = as_slice(where, "source", source)
        self._first_gid: int | None = None
        self._dt = 0.0

    def connect_to_run(self, first_gid: int, dt: float) -> None:
        """Learn from the network which gid the first neuron of the group has."""
        self._first_gid, self._dt = first_gid, dt

    def _own(self, gid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._first_gid is None:
            raise ParameterError(
                self.name or type(self).__name__,
                "the monitor has not run",
                "a monitor belongs to a Network",
                "add it to one",
            )
        index = gid.astype(np.int64) - (self._first_gid + self.source.start)
        own = (index >= 0) & (index < len(self.source))
        return own, index[own]


@known_names
class SpikeMonitor(_SpikeReading):
    """Records the spikes of a group or slice; complete on every rank after each run.

    Parameters
    ----------
    source : group or slice
    name : str, optional

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(2, snn.LIF(I_e=400 * snn.pA))
    >>> spikes = snn.SpikeMonitor(cells)
    >>> summary = snn.Network(cells, spikes).run(100 * snn.ms)
    >>> spikes.count.tolist()
    [5, 5]
    """

    def __init__(self, source: SpikeSource | Subgroup, name: str | None = None) -> None:
        super().__init__(source, name)
        self._steps: list[np.ndarray] = []
        self._indices: list[np.ndarray] = []

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        own, index = self._own(gid)
        if index.size:
            self._steps.append(step[own].copy())
            self._indices.append(index)

    @property
    def t(self) -> np.ndarray:
        """Time of each spike, float64 (n,), ms; ascending. A spike of step n has time n*dt."""
        return np.concatenate([np.empty(0, np.int64), *self._steps]) * self._dt

    @property
    def i(self) -> np.ndarray:
        """Index of the sender of each spike within the group or slice, int64 (n,)."""
        return np.concatenate([np.empty(0, np.int64), *self._indices])

    @property
    def count(self) -> np.ndarray:
        """Number of spikes of each neuron, int64 (N,)."""
        return np.bincount(self.i, minlength=len(self.source))

    @property
    def num_spikes(self) -> int:
        """Number of spikes."""
        return sum(part.size for part in self._indices)

    def spike_trains(self) -> dict[int, np.ndarray]:
        """Spike times (float64, ms, ascending) of each neuron, silent ones included."""
        t, i = self.t, self.i
        order = np.argsort(i, kind="stable")
        ends = np.cumsum(np.bincount(i, minlength=len(self.source)))
        parts = np.split(t[order], ends[:-1])
        return dict(enumerate(parts))


@known_names
class PopulationRateMonitor(_SpikeReading):
    """Records the mean rate of a group or slice in every step.

    Parameters
    ----------
    source : group or slice
    name : str, optional
    """

    def __init__(self, source: SpikeSource | Subgroup, name: str | None = None) -> None:
        super().__init__(source, name)
        self._counts: list[np.ndarray] = []
        self._first_step: int | None = None
        self._n_steps = 0
        self._parts: list[np.ndarray] = []

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        own, _ = self._own(gid)
        self._parts.append(step[own].copy())

    def complete(self, first: int, end: int) -> None:
        """Turn what was read in the run of steps ``first <= step < end`` into counts."""
        if self._first_step is None:
            self._first_step = first
        steps = np.concatenate([np.empty(0, np.int64), *self._parts])
        self._parts = []
        self._counts.append(np.bincount(steps - first, minlength=end - first))
        self._n_steps += end - first

    @property
    def t(self) -> np.ndarray:
        """Time of each step, float64 (n,), ms."""
        return (np.arange(self._n_steps) + (self._first_step or 0)) * self._dt

    @property
    def rate(self) -> np.ndarray:
        """Mean rate over the group in each step, float64 (n,), 1/ms (divide by ``Hz``)."""
        counts = np.concatenate([np.empty(0, np.int64), *self._counts])
        return counts / (len(self.source) * (self._dt or 1.0))


Monitor = SpikeMonitor | PopulationRateMonitor
