"""One figure that says what a network did."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from distsnn.errors import ParameterError
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor, StateMonitorView
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.plot.canvas import new_figure, save
from distsnn.plot.panels import draw_cv_distribution, draw_raster, draw_rate_distribution
from distsnn.plot.picture_sources import opened_source, refuse_source, warn_of_nothing
from distsnn.plot.populations import Source, read_populations
from distsnn.plot.rates_over_time import draw_rates, rates
from distsnn.plot.traces import traces
from distsnn.plot.weights import weight_distribution
from distsnn.record.edge_file import EdgeFile
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WHERE = "plot.recording_picture"
_MOST_PANELS = 36

Recorded = (
    SpikeFile
    | ReportFile
    | EdgeFile
    | SpikeMonitor
    | PopulationRateMonitor
    | StateMonitor
    | StateMonitorView
    | WeightMonitor
    | Synapses
)


def recording_picture(
    source: str | os.PathLike[str] | Recorded,
    output: str | os.PathLike[str] | None = None,
    start: float | None = None,
    stop: float | None = None,
    synapses: str | Sequence[str] | None = None,
) -> Figure:
    """Draw what was recorded: spikes, rates, traces or the distributions of weights.

    A picture has at most 36 distributions, and says so where a file has more.

    Parameters
    ----------
    source : path, reader, monitor or Synapses
        What was recorded.
    output : path, optional
        Write the picture here; the ending says the format (png, pdf, svg).
    start, stop : float, optional
        Window of time (ms) of spikes, rates and traces.
    synapses : str or sequence of str, optional
        Names of the synapses to draw, of a file of weights; all by default.

    Returns
    -------
    matplotlib Figure
        The figure.

    Raises
    ------
    FileError
        The file cannot be read or the picture cannot be written.
    ParameterError
        The source is none of these, or the window is not within the recording.
    UnknownNameError
        The file has no such synapses.
    DistsnnError
        matplotlib is not installed.
    """
    source = opened_source(source)
    synapses = _names(synapses)
    if not isinstance(source, Recorded):
        refuse_source(_WHERE, source, "recordings: a file, its reader, a monitor or Synapses")
    _refuse_unused(source, (start, stop), synapses)
    if isinstance(source, SpikeFile | SpikeMonitor):
        return summary_picture(source, output, start, stop)
    figure, title = _panels(source, (start, stop), synapses)
    for ax in figure.axes:
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium", fontweight="bold")
    if output is not None:
        save(figure, output)
    return figure


def _names(synapses: str | Sequence[str] | None) -> Sequence[str]:
    names: Any = [synapses] if isinstance(synapses, str | None) else synapses
    if not isinstance(names, Sequence) or not all(isinstance(name, str | None) for name in names):
        raise ParameterError(
            _WHERE, f"synapses={synapses!r}", "synapses are names, in a list", "correct synapses"
        )
    return [name for name in names if name is not None]


def _refuse_unused(
    source: Any, window: tuple[float | None, float | None], synapses: Sequence[str]
) -> None:
    """Refuse a window where nothing has a time, and names of synapses where there are none."""
    at_one_time = isinstance(source, EdgeFile | Synapses | WeightMonitor)
    if at_one_time and window != (None, None):
        raise ParameterError(
            _WHERE,
            f"start={window[0]} and stop={window[1]} of weights",
            "weights are those at one time",
            "leave start and stop out",
        )
    if synapses and not isinstance(source, EdgeFile):
        raise ParameterError(
            _WHERE,
            f"synapses={list(synapses)}",
            "names of synapses choose within a file of weights",
            "leave synapses out",
        )


def _panels(
    source: Any,
    window: tuple[float | None, float | None],
    synapses: Sequence[str],
) -> tuple[Figure, str]:
    """The figure, and what stands above it."""
    if isinstance(source, EdgeFile):
        return _distributions(source, synapses)
    if isinstance(source, ReportFile):
        return _traces(source, list(source.units), window), source.path.name
    if isinstance(source, StateMonitor | StateMonitorView):
        return _traces(source, list(source.record_variables), window), str(source.source.name)
    figure = new_figure(9, 3.5)
    ax = figure.add_subplot()
    if isinstance(source, PopulationRateMonitor):
        rates(source, ax, *window)
        return figure, source.source.name
    weight_distribution(source, ax=ax)
    return figure, source.name or type(source).__name__


def _traces(
    source: ReportFile | StateMonitor | StateMonitorView,
    names: list[str],
    window: tuple[float | None, float | None],
) -> Figure:
    figure = new_figure(9, 1 + 2.5 * max(1, len(names)))
    # Without any name it is refused.
    for n, variable in enumerate(names or [None]):
        traces(source, variable, figure.add_subplot(max(1, len(names)), 1, n + 1), window=window)
    return figure


def _distributions(file: EdgeFile, synapses: Sequence[str]) -> tuple[Figure, str]:
    title = file.path.name
    for name in synapses:
        file.count(name)
    there = [
        (name, value)
        for name, one in file.populations.items()
        if not synapses or name in synapses
        for value in one.units
        if not value.endswith("delay")
    ]
    if not there:
        warn_of_nothing(_WHERE, f"{title} holds no synapses with weights")
    shown = there[:_MOST_PANELS]
    if len(shown) < len(there):
        title += f": {len(shown)} of {len(there)} distributions; --synapses chooses others"
    columns = min(4, max(1, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    figure = new_figure(1 + 3 * columns, 0.5 + 2.5 * rows)
    for n, (name, value) in enumerate(shown):
        weight_distribution(file, name, value, figure.add_subplot(rows, columns, n + 1))
    return figure, title


def summary_picture(
    source: Source,
    output: str | os.PathLike[str] | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> Figure:
    """Draw raster, rates over time, and the distributions of rates and CV in one figure.

    Parameters
    ----------
    source : path, SpikeFile or SpikeMonitor
        The spikes.
    output : path, optional
        Write the picture here; the ending says the format (png, pdf, svg).
    start, stop : float, optional
        Window of time (ms).

    Returns
    -------
    matplotlib Figure
        The figure.

    Raises
    ------
    FileError
        The spikes cannot be read or the picture cannot be written.
    DistsnnError
        matplotlib is not installed.
    """
    where = "plot.summary_picture"
    source = opened_source(source)
    if not isinstance(source, SpikeFile | SpikeMonitor):
        refuse_source(where, source, "spikes: their file, SpikeFile or SpikeMonitor")
    figure = new_figure(11, 7)
    grid = figure.add_gridspec(2, 3, height_ratios=(2.2, 1))
    populations = read_populations(where, source, (start, stop))
    spikes = draw_raster(figure.add_subplot(grid[0, :2]), populations)
    draw_rates(figure.add_subplot(grid[1, :2], sharex=spikes), populations)
    spikes.tick_params(labelbottom=False)
    spikes.set_xlabel("")
    side = grid[:, 2].subgridspec(2, 1)
    by_rate = draw_rate_distribution(figure.add_subplot(side[0]), populations)
    draw_cv_distribution(figure.add_subplot(side[1]), populations)
    by_rate.legend(frameon=False, fontsize="small", ncols=1 + len(by_rate.get_lines()) // 9)
    for ax in figure.axes:
        ax.spines[["top", "right"]].set_visible(False)
    if isinstance(source, SpikeFile):
        figure.suptitle(source.path.name, x=0.01, ha="left", fontsize="medium", fontweight="bold")
    if output is not None:
        digest = source.header.digest if isinstance(source, SpikeFile) else ""
        save(figure, output, digest)
    return figure
