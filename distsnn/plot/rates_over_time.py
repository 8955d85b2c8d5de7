"""Pictures of rates over time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import ParameterError
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.plot.canvas import axes_or_new, time_axis
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

# Edges of the bins (ms) and the rate in each (1/ms).
_Binned = tuple[NDArray[np.float64], NDArray[np.float64]]


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
    source = opened_source(source)
    if isinstance(source, SpikeFile | SpikeMonitor):
        populations = read_populations(_WHERE, source, start, stop)
        return draw_rates(axes_or_new(ax), populations, width)
    if not isinstance(source, PopulationRateMonitor):
        refuse_source(_WHERE, source, "spikes or rates: a spike file or a monitor of these")
    window = checked_window(_WHERE, (start, stop), source.period)
    width = _checked_width(width, window)
    binned = monitored_rate(source, window, width)
    if not binned[1].any():
        warn_of_nothing(_WHERE, f"there are no spikes from {window[0]:g} to {window[1]:g} ms")
    return _draw(axes_or_new(ax), {source.source.name: binned}, window, width)


def draw_rates(ax: Axes, populations: list[PopulationSpikes], width: float | None = None) -> Axes:
    """Draw `rates` of populations that have been read."""
    window = populations[0].start, populations[0].stop
    width = _checked_width(width, window)
    binned = {}
    for one in populations:
        left, rate = population_rate(one.times, one.size, *window, width)
        binned[one.name] = np.append(left, window[0] + left.size * width), rate
    return _draw(ax, binned, window, width)


def _draw(ax: Axes, binned: dict[str, _Binned], window: tuple[float, float], width: float) -> Axes:
    for n, (name, (edges, rate)) in enumerate(binned.items()):
        color = COLORS[n % len(COLORS)]
        if rate.size:
            ax.stairs(rate / Hz, edges, baseline=None, color=color, label=name, linewidth=1)
    time_axis(ax, *window)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"rate (Hz, {width:g} ms bins)")
    return ax


def monitored_rate(
    monitor: PopulationRateMonitor, window: tuple[float, float], width: float
) -> _Binned:
    """Means over bins of what a monitor has recorded, whatever the lengths of its steps."""
    n_bins = int((window[1] - window[0]) / width + 1e-9)
    edges = np.asarray(window[0] + width * np.arange(n_bins + 1), dtype=np.float64)
    if not monitor.t.size:
        return edges[:1], np.empty(0)
    steps = np.append(monitor.t, monitor.period[1])
    until = np.append(0.0, np.cumsum(monitor.rate * np.diff(steps)))
    return edges, np.diff(np.interp(edges, steps, until)) / width


def _checked_width(width: Any, window: tuple[float, float]) -> float:
    duration = window[1] - window[0]
    if width is None:
        # Also a recording of no duration has axes.
        return min(max(1.0, round(duration / _BINS_OVER_TIME)), duration or 1.0)
    if not is_finite(width) or not 0 < width <= duration * (1 + 1e-9):
        raise ParameterError(
            _WHERE,
            f"width={width!r} ms",
            f"a bin is wider than 0 and at most as wide as the window, {duration:g} ms",
            "correct width",
        )
    return float(width)
