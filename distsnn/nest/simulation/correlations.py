"""Correlations of recorded spikes, as NEST's detectors count them.

Spikes count as a pair once the later one has arrived, in the order of steps, and of one step in
that of ports.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Arrived:
    """Spikes that a detector has got.

    Attributes
    ----------
    step : int64 array (n,)
        Ascending.
    port : int64 array (n,)
    weight : float64 array (n,)
    counted : bool array (n,)
        Whether each counts, and is not only what others are compared with.
    """

    step: np.ndarray
    port: np.ndarray
    weight: np.ndarray
    counted: np.ndarray


@dataclass(frozen=True)
class Bins:
    """The lags that are counted, steps.

    Attributes
    ----------
    width, longest : int
    """

    width: int
    longest: int

    @property
    def number(self) -> int:
        """Number of bins on one side, with the middle one."""
        return self.longest // self.width + 1


def of_two(arrived: Arrived, bins: Bins) -> dict[str, Any]:
    """Values of a ``correlation_detector``: lags are steps of port 1 less those of port 0."""
    n = 2 * bins.number - 1
    histogram, count = np.zeros(n), np.zeros(n)
    edge = bins.longest + 0.5 * bins.width
    own = [np.flatnonzero(arrived.port == port) for port in (0, 1)]
    for k in np.flatnonzero(arrived.counted):
        port = int(arrived.port[k])
        others = own[1 - port]
        begin = np.searchsorted(arrived.step[others], arrived.step[k] - edge, side="left")
        before = others[begin : np.searchsorted(others, k)]
        lags = (2 * port - 1) * (arrived.step[k] - arrived.step[before])
        at = np.floor((edge + lags) / bins.width).astype(np.int64)
        inside = (at >= 0) & (at < n)
        np.add.at(histogram, at[inside], arrived.weight[k] * arrived.weight[before[inside]])
        np.add.at(count, at[inside], 1.0)
    events = [int(arrived.counted[arrived.port == port].sum()) for port in (0, 1)]
    return {
        "histogram": histogram,
        "count_histogram": count.astype(np.int64),
        "histogram_correction": np.zeros(n),
        "n_events": np.array(events),
    }


def of_many(arrived: Arrived, bins: Bins, channels: int) -> dict[str, Any]:
    """Values of a ``correlomatrix_detector``: of each two ports the lags that are not negative."""
    covariance = np.zeros((channels, channels, bins.number))
    count = np.zeros((channels, channels, bins.number), dtype=np.int64)
    reach = bins.longest + 0.5 * bins.width
    for k in np.flatnonzero(arrived.counted):
        step, port = int(arrived.step[k]), int(arrived.port[k])
        begin = np.searchsorted(arrived.step, step - reach, side="left")
        for other in range(int(begin), int(k) + 1):
            lag, second = (step - int(arrived.step[other])) / bins.width, int(arrived.port[other])
            at = -math.floor(0.5 - lag) if port <= second else math.floor(0.5 + lag)
            if at >= bins.number:
                continue
            weight = arrived.weight[k] * arrived.weight[other]
            pairs = [(port, second)]
            if at == 0 and (lag or port != second):
                pairs.append((second, port))
            for pair in pairs:
                covariance[(*pair, at)] += weight
                count[(*pair, at)] += 1
    events = np.bincount(arrived.port[arrived.counted], minlength=channels)
    return {"covariance": covariance, "count_covariance": count, "n_events": events}
