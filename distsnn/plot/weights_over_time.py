"""Pictures of weights, and other values of many elements, over time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from distsnn.front.monitors.state_monitor import StateMonitor, StateMonitorView
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.plot.canvas import axes_or_new, time_axis
from distsnn.plot.picture_sources import (
    opened_source,
    refuse_source,
    times_within,
    warn_of_nothing,
)
from distsnn.plot.populations import COLORS
from distsnn.plot.traces import recorded_values
from distsnn.record.traces.report_reader import ReportFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "plot.weights_over_time"
_BANDS = ((5, 95, 0.2), (25, 75, 0.4))


def weights_over_time(
    source: str | os.PathLike[str] | WeightMonitor | StateMonitor | StateMonitorView | ReportFile,
    variable: str | None = None,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> Axes:
    """Draw how the weights of many synapses are distributed over time.

    Of a `WeightMonitor` an image of its histograms; of recorded weights, or other variables, their
    median with the ranges of the middle half and of 90 %.

    Parameters
    ----------
    source : path, WeightMonitor, StateMonitor, ``monitor[i]`` or ReportFile
        What was recorded.
    variable : str, optional
        One of the recorded variables; by default the first.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    UnknownNameError
        If the variable was not recorded.
    ParameterError
        If the source has no weights over time, or the window is not within the recording.
    """
    source = opened_source(source)
    if isinstance(source, WeightMonitor):
        return _image(source, ax, (start, stop))
    if not isinstance(source, ReportFile | StateMonitor | StateMonitorView):
        refuse_source(_WHERE, source, "values over time: their file, StateMonitor or WeightMonitor")
    found = recorded_values(_WHERE, source, variable, (start, stop))
    ax = axes_or_new(ax)
    if not found.values.size:
        warn_of_nothing(_WHERE, f"no values of {found.name} were recorded")
        return ax
    color = COLORS[0]
    for low, high, opaque in _BANDS:
        ends = np.percentile(found.values, [low, high], axis=0)
        label = f"{low} to {high} %"
        ax.fill_between(found.t, *ends, color=color, alpha=opaque, linewidth=0, label=label)
    ax.plot(found.t, np.median(found.values, axis=0), color=color, label="median")
    time_axis(ax, float(found.t[0]), float(found.t[-1]))
    ax.set_ylabel(found.label)
    ax.set_title(f"{len(found.values):,} of {found.of}", fontsize="small")
    ax.legend(edgecolor="none", framealpha=0.7, fontsize="small")
    return ax


def _image(
    monitor: WeightMonitor, ax: Axes | None, window: tuple[float | None, float | None]
) -> Axes:
    from matplotlib.colors import LogNorm  # noqa: PLC0415  # an optional extra

    t = monitor.t
    within = times_within(_WHERE, window, t)
    t, counts = t[within], monitor.counts[within]
    ax = axes_or_new(ax)
    if not counts.any():
        warn_of_nothing(_WHERE, f"no weights of {monitor.source.name} were recorded")
        return ax
    # Each histogram is shown until the next one.
    every = float(np.diff(t).min()) if t.size > 1 else 1.0
    edges = np.append(t, t[-1] + every)
    shown = np.where(counts.T > 0, counts.T, np.nan)
    norm = LogNorm(1, max(2, counts.max()))
    image = ax.pcolormesh(edges, monitor.edges, shown, norm=norm, cmap="viridis", rasterized=True)
    middles = (monitor.edges[1:] + monitor.edges[:-1]) / 2
    mean = counts @ middles / np.maximum(counts.sum(axis=1), 1)
    ax.plot(t + every / 2, mean, color="white", linewidth=3.5)
    ax.plot(t + every / 2, mean, color="#e3211c", linewidth=1.8, label="mean")
    ax.figure.colorbar(image, ax=ax, label="synapses")
    time_axis(ax, edges[0], edges[-1])
    ax.set_ylabel(f"w ({monitor.source.receptor.weight_unit})")
    ax.set_title(monitor.source.name, fontsize="small")
    ax.legend(frameon=False, fontsize="small", labelcolor="black", loc="upper right")
    return ax
