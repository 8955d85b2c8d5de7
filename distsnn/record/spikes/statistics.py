"""Statistics of recorded spikes: rates and the irregularity of single neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Two intervals are the fewest that have a standard deviation.
_FEWEST_SPIKES = 3


def spike_counts(node_ids: ArrayLike, size: int) -> NDArray[np.int64]:
    """Count the spikes of each neuron.

    Parameters
    ----------
    node_ids : int64[n]
        Index of the neuron of each spike.
    size : int
        Number of neurons.

    Returns
    -------
    int64[size]
        Counts.
    """
    return np.bincount(np.asarray(node_ids, dtype=np.int64), minlength=size)


def neuron_rates(node_ids: ArrayLike, size: int, duration: float) -> NDArray[np.float64]:
    """Compute the mean rate of each neuron.

    Parameters
    ----------
    node_ids : int64[n]
        Index of the neuron of each spike.
    size : int
        Number of neurons.
    duration : float
        Time in which the spikes were recorded (ms).

    Returns
    -------
    float64[size]
        Rates (1/ms); divided by ``Hz`` they are in hertz. NaN for no duration.
    """
    if duration <= 0:
        return np.full(size, np.nan)
    return spike_counts(node_ids, size) / duration


def interval_cv(times: ArrayLike, node_ids: ArrayLike, size: int) -> NDArray[np.float64]:
    """Compute the coefficient of variation of each neuron's interspike intervals.

    ``CV = std(ISI) / mean(ISI)`` with the standard deviation of the sample (divided by the
    number of intervals). 0 is a clock, 1 a Poisson process.

    Parameters
    ----------
    times : float64[n]
        Spike times (ms), in any order.
    node_ids : int64[n]
        Index of the neuron of each spike.
    size : int
        Number of neurons.

    Returns
    -------
    float64[size]
        The coefficients; NaN for neurons with fewer than three spikes.
    """
    time, node = np.asarray(times, float), np.asarray(node_ids, np.int64)
    order = np.lexsort((time, node))
    time, node = time[order], node[order]
    same = node[1:] == node[:-1]
    intervals, owners = np.diff(time)[same], node[1:][same]
    counts = np.bincount(owners, minlength=size)
    enough = counts >= _FEWEST_SPIKES - 1
    means = np.bincount(owners, intervals, minlength=size) / np.maximum(counts, 1)
    squares = np.bincount(owners, (intervals - means[owners]) ** 2, minlength=size)
    result = np.full(size, np.nan)
    result[enough] = np.sqrt(squares[enough] / counts[enough]) / means[enough]
    return result


def population_rate(
    times: ArrayLike, size: int, start: float, stop: float, width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the rate of a population over time.

    Parameters
    ----------
    times : float64[n]
        Spike times (ms).
    size : int
        Number of neurons.
    start, stop : float
        Window of time (ms). What is left over after the last whole bin is not counted.
    width : float
        Width of a bin (ms).

    Returns
    -------
    left : float64[bins]
        Beginning of each bin (ms).
    rate : float64[bins]
        Spikes per neuron and time (1/ms).
    """
    # Times are multiples of a step that binary fractions cannot hold.
    tolerance = 1e-9
    bins = max(int((stop - start) / width + tolerance), 0)
    index = np.floor((np.asarray(times, float) - start) / width + tolerance).astype(np.int64)
    inside = index[(index >= 0) & (index < bins)]
    counts = np.bincount(inside, minlength=bins)
    return start + width * np.arange(bins, dtype=np.float64), counts / (width * max(size, 1))


@dataclass(frozen=True)
class PopulationStatistics:
    """Statistics of a population's activity.

    Parameters
    ----------
    size, spikes : int
        Number of neurons, and of their spikes.
    mean_rate, min_rate, max_rate : float
        Over the neurons (1/ms).
    mean_cv : float
        Mean coefficient of variation of the interspike intervals, over the neurons with at
        least three spikes; NaN without any.
    """

    name: str
    size: int
    spikes: int
    mean_rate: float
    min_rate: float
    max_rate: float
    mean_cv: float

    @classmethod
    def of_spikes(
        cls, name: str, size: int, times: ArrayLike, node_ids: ArrayLike, duration: float
    ) -> PopulationStatistics:
        """Compute the statistics of one population.

        Parameters
        ----------
        size : int
            Number of neurons.
        times : float64[n]
            Spike times (ms).
        node_ids : int64[n]
            Index of the neuron of each spike.
        duration : float
            Time in which the spikes were recorded (ms).

        Returns
        -------
        PopulationStatistics
            The statistics; NaN for what is not defined.
        """
        rates = neuron_rates(node_ids, size, duration)
        cv = interval_cv(times, node_ids, size)
        known = cv[~np.isnan(cv)]
        return cls(
            name=name,
            size=size,
            spikes=np.size(times),
            mean_rate=float(rates.mean()) if size else np.nan,
            min_rate=float(rates.min()) if size else np.nan,
            max_rate=float(rates.max()) if size else np.nan,
            mean_cv=float(known.mean()) if known.size else np.nan,
        )
