"""Spikes of a run in continuous time."""

from __future__ import annotations

import numpy as np


class KnownSpikes:
    """The spikes of one group, on every rank, in the order of (step, index).

    Attributes
    ----------
    step, index : int64 array (n,)
    early : float64 array (n,)
        How long each is before the end of its step, ms.
    """

    def __init__(self, step: np.ndarray, index: np.ndarray) -> None:
        self.step, self.index, self.early = step, index, np.zeros(step.size)
        self._new: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, step: np.ndarray, index: np.ndarray, early: np.ndarray) -> None:
        """Note spikes of one rank, later than all before."""
        self._new.append((step, index, early))

    def settle(self) -> None:
        """Put what was noted in order."""
        step, index, early = (np.concatenate(x) for x in zip(*self._new, strict=True))
        self._new = []
        if step.size:
            order = np.lexsort((-early, index, step))
            self.step = np.concatenate([self.step, step[order]])
            self.index = np.concatenate([self.index, index[order]])
            self.early = np.concatenate([self.early, early[order]])

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
        self._spikes: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._releases: list[tuple[np.ndarray, np.ndarray]] = []

    def add(
        self,
        counts: np.ndarray,
        lid: np.ndarray,
        step: np.ndarray,
        numbers: np.ndarray,
        release_lid: np.ndarray,
        release_slope: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Note what `advance_between` has found; step, index and `early` of the spikes."""
        n, m = counts
        each = numbers.reshape(-1, 3 + self.derivatives.shape[0])[:n].copy()
        self._spikes.append((lid[:n].copy(), step[:n].copy(), each))
        self._releases.append((release_lid[:m].copy(), release_slope[:m].copy()))
        return step[:n].copy(), self._index[lid[:n]], each[:, 0].copy()

    def recent(self, low: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Lid, step, `early` and potential of spikes since a step, while the run goes on."""
        found = [x for x in self._spikes if x[1].size and x[1].max() >= low]
        if not found:
            none = np.empty(0, dtype=np.int64)
            return none, none, np.empty(0), np.empty(0)
        lid, step, each = (np.concatenate(x) for x in zip(*found, strict=True))
        inside = step >= low
        return lid[inside], step[inside], each[inside, 0], each[inside, 2]

    def settle(self) -> None:
        """Put all in order."""
        if not self._spikes:
            return
        lid, step, each = (np.concatenate(x) for x in zip(*self._spikes, strict=True))
        order = np.lexsort((-each[:, 0], self._index[lid], step))
        self.lid, self.step, each = lid[order], step[order], each[order]
        self.early, self.slope = each[:, 0].copy(), each[:, 1].copy()
        self.derivatives = each[:, 3:].T.copy()
        # The k-th release of a neuron is that after its k-th spike.
        self.slope_after = np.zeros(self.lid.size)
        release_lid, slope = (np.concatenate(x) for x in zip(*self._releases, strict=True))
        by_neuron = np.argsort(self.lid, kind="stable")
        released = np.argsort(release_lid, kind="stable")
        release_lid, slope = release_lid[released], slope[released]
        number = np.arange(release_lid.size) - np.searchsorted(release_lid, release_lid)
        at = np.searchsorted(self.lid[by_neuron], release_lid) + number
        self.slope_after[by_neuron[at]] = slope
