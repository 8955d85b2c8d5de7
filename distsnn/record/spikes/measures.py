"""Measures of the spike trains of a population, from a monitor or a file alike."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distsnn.errors import ParameterError
from distsnn.interop.recorded import RecordedSpikes
from distsnn.record.files.file_layout import rows_between
from distsnn.record.spikes.statistics import interval_cv, neuron_rates, population_rate

_WHERE = "SpikeMeasures"
_TOLERANCE = 1e-9
# A matrix of more neurons fills memory, and no picture.
_MOST_CORRELATED = 10_000
# Counts that are multiplied at once.
_BLOCK = 1 << 22

Floats = NDArray[np.float64]


class SpikeMeasures:
    """Rates, irregularity, correlations and spectrum of the spike trains of a population.

    What is not defined, such as the CV of a neuron with two spikes, is NaN.

    Parameters
    ----------
    spikes : RecordedSpikes
        What was recorded of a group or slice.
    start, stop : float, optional, ms
        Window of time; by default all that was recorded.

    Attributes
    ----------
    name : str
        Name of the group or slice.
    size : int
        Number of neurons.
    t : float64 array (n,), ms
        Spike times in the window, ascending.
    i : int64 array (n,)
        Index of the neuron of each spike.
    start, stop : float, ms
        The window.

    Raises
    ------
    ParameterError
        The window is none.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(2, snn.LIF(I_e=[400, 500] * snn.pA))
    >>> spikes = snn.SpikeMonitor(cells)
    >>> summary = snn.Network(cells, spikes).run(100 * snn.ms)
    >>> found = spikes.measures()
    >>> (found.rates / snn.Hz).tolist(), found.cv.round(6).tolist()
    ([30.0, 50.0], [0.0, 0.0])
    """

    def __init__(
        self, spikes: RecordedSpikes, start: float | None = None, stop: float | None = None
    ) -> None:
        self.name, self.size = spikes.name, spikes.size
        first, last = rows_between(spikes.t, start, stop, _WHERE)
        self.t, self.i = spikes.t[first:last], spikes.i[first:last]
        begin, end = spikes.period
        self.start = float(begin if start is None else max(start, begin))
        self.stop = float(end if stop is None else min(stop, end))
        if self.stop < self.start:
            raise ParameterError(
                _WHERE,
                f"start={start} ms and stop={stop} ms",
                f"the recording has {begin:g} to {end:g} ms, and start is before stop",
                "correct them",
            )

    def __repr__(self) -> str:
        return (
            f"SpikeMeasures of {self.name}: {self.t.size:,} spikes of {self.size:,} neurons from "
            f"{self.start:g} to {self.stop:g} ms"
        )

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Spikes of each neuron, int64 (size,)."""
        return np.bincount(self.i, minlength=self.size)

    @cached_property
    def rates(self) -> Floats:
        """Mean rate of each neuron, float64 (size,), 1/ms; divided by ``Hz`` in hertz."""
        return neuron_rates(self.i, self.size, self.stop - self.start)

    @cached_property
    def _intervals(self) -> tuple[Floats, NDArray[np.int64]]:
        """Intervals of all neurons one after the other, and the neuron of each."""
        order = np.argsort(self.i, kind="stable")
        time, node = self.t[order], self.i[order]
        same = node[1:] == node[:-1]
        return np.diff(time)[same], node[1:][same]

    @property
    def isi(self) -> Floats:
        """Intervals between the spikes of a neuron, float64 (n,), ms; neuron after neuron."""
        return self._intervals[0]

    def isi_of(self, neuron: int) -> Floats:
        """Intervals between the spikes of one neuron, float64 (n,), ms."""
        if not isinstance(neuron, int | np.integer) or not 0 <= neuron < self.size:
            raise ParameterError(
                _WHERE, f"neuron={neuron!r}", f"neurons are 0 to {self.size - 1}", "name one"
            )
        return self._intervals[0][self._intervals[1] == neuron]

    @cached_property
    def cv(self) -> Floats:
        """Coefficient of variation of the intervals of each neuron, float64 (size,).

        The standard deviation over the mean; 0 of a clock, 1 of a Poisson process.
        """
        return interval_cv(self.t, self.i, self.size)

    @cached_property
    def cv2(self) -> Floats:
        """Mean of ``2 |I' - I| / (I' + I)`` of successive intervals, float64 (size,).

        As the CV, but for rates that change slowly (Holt et al. 1996).
        """
        intervals, owner = self._intervals
        pairs = owner[1:] == owner[:-1]
        before, after = intervals[:-1][pairs], intervals[1:][pairs]
        of, both = owner[1:][pairs], after + before
        # Given spikes may be at the same time.
        ratio = np.divide(2 * np.abs(after - before), both, out=np.zeros(of.size), where=both > 0)
        sums = np.bincount(of, ratio, minlength=self.size)
        return _quotient(sums, np.bincount(of, minlength=self.size))

    def fano(self, width: float) -> Floats:
        """Variance over mean of the spikes of each neuron in bins, float64 (size,).

        Parameters
        ----------
        width : float, ms
            Width of a bin, such as 100 ms; 1 of a Poisson process for any.
        """
        n_bins = self._n_bins(width)
        bins, i = self._binned(width, n_bins)
        # Only bins with spikes, however many there are.
        cells, counts = np.unique(i * n_bins + bins, return_counts=True)
        owner = cells // n_bins
        mean = np.bincount(owner, counts, minlength=self.size) / n_bins
        squares = np.bincount(owner, counts.astype(float) ** 2, minlength=self.size) / n_bins
        return _quotient(squares - mean**2, mean)

    def correlation(self, width: float, neurons: ArrayLike | None = None) -> Floats:
        """Correlation coefficients of the spikes in bins of pairs of neurons, float64 (n, n).

        Parameters
        ----------
        width : float, ms
            Width of a bin, such as 5 ms.
        neurons : array-like of int (n,), optional
            By default all. NaN stands for those that are silent or fire in every bin alike.

        Raises
        ------
        ParameterError
            A neuron is none of the population, or there are more than 10,000.
        """
        chosen = np.arange(self.size) if neurons is None else np.asarray(neurons)
        valid = chosen.ndim == 1 and chosen.dtype.kind in "iu" and chosen.size <= _MOST_CORRELATED
        if not valid or (chosen.size and not 0 <= chosen.min() <= chosen.max() < self.size):
            raise ParameterError(
                _WHERE,
                f"{chosen.size} neurons" if chosen.size > _MOST_CORRELATED else f"{neurons!r:.60}",
                f"neurons are at most {_MOST_CORRELATED:,} numbers from 0 to {self.size - 1}",
                "choose some: neurons=range(0, size, 10)",
            )
        different, inverse = np.unique(chosen, return_inverse=True)
        row_of = np.full(self.size, -1)
        row_of[different] = np.arange(different.size)
        n_bins, n = self._n_bins(width), different.size
        bins, i = self._binned(width, n_bins)
        bins, row = bins[row_of[i] >= 0], row_of[i][row_of[i] >= 0]
        products, sums = np.zeros((n, n)), np.zeros(n)
        step = max(1, _BLOCK // max(n, 1))
        for first in range(0, n_bins, step):
            n_here = min(step, n_bins - first)
            # Spikes are in the order of time, and so are their bins.
            here = slice(*np.searchsorted(bins, [first, first + n_here]))
            cells = row[here] * n_here + bins[here] - first
            counts = np.bincount(cells, minlength=n * n_here).reshape(n, n_here).astype(float)
            products += counts @ counts.T
            sums += counts.sum(axis=1)
        covariance = n_bins * products - np.outer(sums, sums)
        deviation = np.sqrt(np.diag(covariance))
        return _quotient(covariance, np.outer(deviation, deviation))[np.ix_(inverse, inverse)]

    def rate(self, width: float) -> tuple[Floats, Floats]:
        """Rate of the population over time: starts of bins (ms) and rates (1/ms per neuron)."""
        self._n_bins(width)
        return population_rate(self.t, self.size, self.start, self.stop, width)

    def spectrum(self, width: float = 1.0, segment: float | None = None) -> tuple[Floats, Floats]:
        """Power spectral density of the population rate, by Welch's method.

        Parameters
        ----------
        width : float, ms
            Width of the bins of the rate; the highest frequency is half of its inverse.
        segment : float, ms, optional
            Length of the segments, which overlap by half, are freed of their mean and have a Hann
            window; by default an eighth of the recording. The inverse is the resolution.

        Returns
        -------
        frequency : float64 array (n,), 1/ms
            Divided by ``Hz`` in hertz.
        power : float64 array (n,), 1/ms
            ``power / Hz`` is in Hz**2 per Hz.
        """
        return power_spectrum(_WHERE, self.rate(width)[1], width, segment)

    def _n_bins(self, width: float) -> int:
        duration = self.stop - self.start
        n = int(duration / _checked(_WHERE, "width", width) + _TOLERANCE)
        if n < 1:
            raise ParameterError(
                _WHERE,
                f"width={width!r} ms",
                f"a bin is not longer than the window, {duration:g} ms",
                "correct width",
            )
        return n

    def _binned(self, width: float, n_bins: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bin and neuron of each spike in whole bins."""
        bins = np.floor((self.t - self.start) / width + _TOLERANCE).astype(np.int64)
        within = bins < n_bins
        return bins[within], self.i[within]


def power_spectrum(
    where: str, rate: Floats, width: float, segment: float | None = None
) -> tuple[Floats, Floats]:
    """Frequencies and power of a rate in bins; see `SpikeMeasures.spectrum`.

    Parameters
    ----------
    where : str
        What was asked for it, for messages.
    rate : float64 array (bins,)
    width : float, ms
    segment : float or None, ms
    """
    duration = rate.size * width
    length = duration / 8 if segment is None else _checked(where, "segment", segment)
    n = round(length / width)
    if not 2 <= n <= rate.size:
        raise ParameterError(
            where,
            f"segment={length:g} ms in {duration:g} ms, and width={width:g} ms",
            "a segment has at least two bins and is not longer than the window",
            "correct segment, width or the window",
        )
    window = np.hanning(n + 1)[:-1]
    starts = range(0, rate.size - n + 1, n - n // 2)
    pieces = np.array([rate[first : first + n] for first in starts])
    pieces -= pieces.mean(axis=1, keepdims=True)
    power = (np.abs(np.fft.rfft(pieces * window)) ** 2).mean(axis=0)
    power *= width / (window**2).sum()
    # Negative frequencies are added to the positive ones.
    power[1 : power.size - (n % 2 == 0)] *= 2
    return np.asarray(np.fft.rfftfreq(n, width), dtype=np.float64), power


def _checked(where: str, name: str, value: Any) -> float:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not value > 0:
        raise ParameterError(
            where, f"{name}={value!r}", f"{name} is a time above 0 (ms)", f"correct {name}"
        )
    return float(value)


def _quotient(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """The quotients, NaN where there is nothing to divide by."""
    out = np.full(np.shape(above), np.nan)
    return np.divide(above, below, out=out, where=np.asarray(below) > 0)
