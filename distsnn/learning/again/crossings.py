"""Spikes of a run in continuous time."""

from __future__ import annotations

import numpy as np


class KnownSpikes:
    """The spikes of one group, on every rank, in the order of (step, index).

    `step` and `index` are those that are known beforehand, at the ends of their steps.
    """

    def __init__(self, step: np.ndarray, index: np.ndarray) -> None:
        self._n, self._step, self._index = step.size, step, index
        self._early = np.zeros(step.size)

    @property
    def step(self) -> np.ndarray:
        """Int64 (n,)."""
        return self._step[: self._n]

    @property
    def index(self) -> np.ndarray:
        """Int64 (n,)."""
        return self._index[: self._n]

    @property
    def early(self) -> np.ndarray:
        """How long each is before the end of its step, ms (float64 (n,))."""
        return self._early[: self._n]

    def add(self, step: np.ndarray, index: np.ndarray, early: np.ndarray) -> None:
        """Add the spikes of all ranks in some steps, later than all before."""
        order = np.lexsort((-early, index, step))
        first, self._n = self._n, self._n + step.size
        if self._n > self._step.size:
            more = 2 * self._n - self._step.size
            self._step, self._index = (
                np.concatenate([x, np.empty(more, dtype=np.int64)])
                for x in (self._step, self._index)
            )
            self._early = np.concatenate([self._early, np.empty(more)])
        self.step[first:], self.index[first:] = step[order], index[order]
        self.early[first:] = early[order]

    def since(self, low: int, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Step, index and `early` of those of the steps ``low <= step < stop``."""
        part = slice(*np.searchsorted(self.step, [low, stop]))
        return self.step[part], self.index[part], self.early[part]


class Crossings:
    """The spikes of the local neurons of a group, with what is known of them.

    Parameters
    ----------
    index : int64 array (n,)
        Index of each neuron within the group.
    n_derivatives : int
        Number of derivatives of the potential by time constants.

    Attributes
    ----------
    lid, step : int64 array (spikes,)
        After `settle` in the order of (step, index).
    early, slope : float64 array (spikes,)
        The slope, mV/ms, in continuous time alone.
    derivatives : float64 array (n_derivatives, spikes)
        Of the potential at the crossing by time constants, mV/ms.
    slope_after : float64 array (spikes,)
        Slope of the potential at the release, mV/ms.
    """

    def __init__(self, index: np.ndarray, n_derivatives: int) -> None:
        self._index = index
        self.lid, self.step = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self.early, self.slope, self.slope_after = np.empty(0), np.empty(0), np.empty(0)
        self.derivatives = np.empty((n_derivatives, 0))
        # Lid, step and numbers of spikes of each interval; lid and slope of its releases.
        self._spikes: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._releases: list[tuple[np.ndarray, np.ndarray]] = []

    def add(
        self,
        lid: np.ndarray,
        step: np.ndarray,
        numbers: np.ndarray,
        release_lid: np.ndarray,
        release_slope: np.ndarray,
    ) -> None:
        """Note what `advance_between` has found in an interval, later than all before."""
        if lid.size:
            self._spikes.append((lid, step, numbers))
        if release_lid.size:
            self._releases.append((release_lid, release_slope))

    def recent(self, low: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Lid, step, `early` and potential of spikes since a step, while the run goes on."""
        found = []
        for lid, step, each in reversed(self._spikes):
            if step.max() < low:
                break
            found.append((lid, step, each))
        lid, step, each = self._joined(found[::-1])
        inside = step >= low
        return lid[inside], step[inside], each[inside, 0], each[inside, 2]

    def _joined(
        self, spikes: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        none = np.empty(0, dtype=np.int64)
        empty = none, none, np.empty((0, 3 + self.derivatives.shape[0]))
        lid, step, each = (np.concatenate(x) for x in zip(empty, *spikes, strict=True))
        return lid, step, each

    def settle(self) -> None:
        """Put all in order."""
        lid, step, each = self._joined(self._spikes)
        order = np.lexsort((-each[:, 0], self._index[lid], step))
        self.lid, self.step, each = lid[order], step[order], each[order]
        self.early, self.slope = each[:, 0].copy(), each[:, 1].copy()
        self.derivatives = each[:, 3:].T.copy()
        # The k-th release of a neuron is that after its k-th spike.
        self.slope_after = np.zeros(self.lid.size)
        if not self._releases:
            return
        release_lid, slope = (np.concatenate(x) for x in zip(*self._releases, strict=True))
        by_neuron = np.argsort(self.lid, kind="stable")
        released = np.argsort(release_lid, kind="stable")
        release_lid, slope = release_lid[released], slope[released]
        number = np.arange(release_lid.size) - np.searchsorted(release_lid, release_lid)
        at = np.searchsorted(self.lid[by_neuron], release_lid) + number
        self.slope_after[by_neuron[at]] = slope
