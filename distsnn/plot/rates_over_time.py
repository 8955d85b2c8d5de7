"""Pictures of rates over time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import ParameterError
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.plot.canvas import axes_or_new, name_several, time_axis
from distsnn.plot.picture_sources import (
    checked_window,
    is_finite,
    opened_source,
    refuse_source,
    warn_of_nothing,
)
from distsnn.plot.populations import COLORS, PopulationSpikes, read_populations
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.spikes.statistics import population_rate
from distsnn.units import Hz

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "plot.rates"
_BINS_OVER_TIME = 200


@dataclass(frozen=True)
class BinnedRates:
    """Rates of populations in bins of time.

    Attributes
    ----------
    binned : dict of str to (float64 array (n + 1,), float64 array (n,))
        Edges of the bins (ms), and the rate in each (1/ms).
    window : (float, float), ms
    width : float, ms
    """

    binned: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    window: tuple[float, float]
    width: float


def rates(
    source: str | os.PathLike[str] | SpikeFile | SpikeMonitor | PopulationRateMonitor,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
    width: float | None = None,
) -> Axes:
    """Draw the rate of each population over time.

    Parameters
    ----------
    source : path, SpikeFile, SpikeMonitor or PopulationRateMonitor
        The spikes, or the rate.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).
    width : float, optional
        Width of a bin (ms); by default about a two-hundredth of the window, at least 1 ms.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    ParameterError
        The source has no rates, the window is not within the recording, or a bin is wider than
        the window.
    """
    found = binned_rates(_WHERE, source, (start, stop), width)
    return name_several(_draw(axes_or_new(ax), found), found.binned)


def draw_rates(ax: Axes, populations: list[PopulationSpikes]) -> Axes:
    """Draw `rates` of populations that have been read."""
    return _draw(ax, _of_spikes(_WHERE, populations, None))


def binned_rates(
    where: str, source: Any, limits: tuple[float | None, float | None], width: float | None
) -> BinnedRates:
    """The rate of each population of a source; see `rates`.

    Raises ParameterError as `rates` does.
    """
    source = opened_source(source)
    if isinstance(source, SpikeFile | SpikeMonitor):
        return _of_spikes(where, read_populations(where, source, limits), width)
    if not isinstance(source, PopulationRateMonitor):
        refuse_source(where, source, "spikes or rates: a spike file or a monitor of these")
    window = checked_window(where, limits, source.period)
    width = _checked_width(where, width, window)
    edges, rate = _monitored(source, window, width)
    if not rate.any():
        warn_of_nothing(where, f"there are no spikes from {window[0]:g} to {window[1]:g} ms")
    return BinnedRates({source.source.name: (edges, rate)}, window, width)


def _of_spikes(where: str, populations: list[PopulationSpikes], width: float | None) -> BinnedRates:
    window = populations[0].start, populations[0].stop
    width = _checked_width(where, width, window)
    binned = {}
    for one in populations:
        left, rate = population_rate(one.times, one.size, *window, width)
        binned[one.name] = np.append(left, window[0] + left.size * width), rate
    return BinnedRates(binned, window, width)


def _draw(ax: Axes, found: BinnedRates) -> Axes:
    for n, (name, (edges, rate)) in enumerate(found.binned.items()):
        color = COLORS[n % len(COLORS)]
        if rate.size:
            ax.stairs(rate / Hz, edges, baseline=None, color=color, label=name, linewidth=1)
    time_axis(ax, *found.window)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"rate (Hz, {found.width:g} ms bins)")
    return ax


def _monitored(
    monitor: PopulationRateMonitor, window: tuple[float, float], width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over bins of what a monitor has recorded, whatever the lengths of its steps."""
    n_bins = int((window[1] - window[0]) / width + 1e-9)
    edges = np.asarray(window[0] + width * np.arange(n_bins + 1), dtype=np.float64)
    if not monitor.t.size:
        return edges[:1], np.empty(0)
    steps = np.append(monitor.t, monitor.period[1])
    until = np.append(0.0, np.cumsum(monitor.rate * np.diff(steps)))
    return edges, np.diff(np.interp(edges, steps, until)) / width


def _checked_width(where: str, width: Any, window: tuple[float, float]) -> float:
    duration = window[1] - window[0]
    if width is None:
        # Also a recording of no duration has axes.
        return min(max(1.0, round(duration / _BINS_OVER_TIME)), duration or 1.0)
    if not is_finite(width) or not 0 < width <= duration * (1 + 1e-9):
        raise ParameterError(
            where,
            f"width={width!r} ms",
            f"a bin is wider than 0 and at most as wide as the window, {duration:g} ms",
            "correct width",
        )
    return float(width)
