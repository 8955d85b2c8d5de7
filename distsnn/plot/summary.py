"""One figure that says what a network did."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from distsnn.plot.canvas import new_figure, save
from distsnn.plot.panels import cv_distribution, raster, rate_distribution, rates
from distsnn.plot.populations import Source
from distsnn.plot.traces import traces
from distsnn.plot.weights import weight_distribution
from distsnn.record.edge_file import EdgeFile
from distsnn.record.facts import Recording, read_recording
from distsnn.record.report_reader import ReportFile
from distsnn.record.spike_reader import SpikeFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_PANELS = 36


def recording_picture(
    file: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    start: float | None = None,
    stop: float | None = None,
    synapses: Sequence[str] | None = None,
) -> Figure:
    """Draw what a recorded file holds: spikes, traces or the distributions of weights.

    A picture has at most 36 distributions, and says so where a file has more.

    Parameters
    ----------
    file : path
        The file.
    output : path, optional
        Write the picture here; the ending says the format (png, pdf, svg).
    start, stop : float, optional
        Window of time (ms) of spikes and traces.
    synapses : sequence of str, optional
        Names of the synapses to draw, of a file of weights; all by default.

    Returns
    -------
    matplotlib Figure
        The figure.

    Raises
    ------
    FileError
        The file cannot be read or the picture cannot be written.
    UnknownNameError
        The file has no such synapses.
    DistsnnError
        matplotlib is not installed.
    """
    recording = read_recording(file)
    if isinstance(recording, SpikeFile):
        return summary_picture(recording, output, start, stop)
    figure, title = _panels(recording, (start, stop), synapses)
    for ax in figure.axes:
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium", fontweight="bold")
    if output is not None:
        save(figure, Path(output))
    return figure


def _panels(
    recording: Recording,
    window: tuple[float | None, float | None],
    synapses: Sequence[str] | None,
) -> tuple[Figure, str]:
    """The figure, and what stands above it."""
    title = recording.path.name
    if isinstance(recording, ReportFile):
        figure = new_figure(9, 1 + 2.5 * len(recording.units))
        for n, variable in enumerate(recording.units):
            ax = figure.add_subplot(len(recording.units), 1, n + 1)
            traces(recording, variable, ax, window=window)
        return figure, title
    assert isinstance(recording, EdgeFile)
    for name in synapses or ():
        recording.count(name)
    there = [
        (name, value)
        for name, one in recording.populations.items()
        if not synapses or name in synapses
        for value in one.units
        if not value.endswith("delay")
    ]
    shown = there[:_MOST_PANELS]
    if len(shown) < len(there):
        title += f": {len(shown)} of {len(there)} distributions; --synapses chooses others"
    columns = min(4, max(1, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    figure = new_figure(1 + 3 * columns, 0.5 + 2.5 * rows)
    for n, (name, value) in enumerate(shown):
        weight_distribution(recording, name, value, figure.add_subplot(rows, columns, n + 1))
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
    if not isinstance(source, SpikeFile) and isinstance(source, str | os.PathLike):
        source = SpikeFile(source)
    figure = new_figure(11, 7)
    grid = figure.add_gridspec(2, 3, height_ratios=(2.2, 1))
    spikes = raster(source, figure.add_subplot(grid[0, :2]), start, stop)
    over_time = figure.add_subplot(grid[1, :2], sharex=spikes)
    rates(source, over_time, start, stop)
    spikes.tick_params(labelbottom=False)
    spikes.set_xlabel("")
    side = grid[:, 2].subgridspec(2, 1)
    by_rate = rate_distribution(source, figure.add_subplot(side[0]), start, stop)
    cv_distribution(source, figure.add_subplot(side[1]), start, stop)
    by_rate.legend(frameon=False, fontsize="small", ncols=1 + len(by_rate.get_lines()) // 9)
    for ax in figure.axes:
        ax.spines[["top", "right"]].set_visible(False)
    if isinstance(source, SpikeFile):
        figure.suptitle(source.path.name, x=0.01, ha="left", fontsize="medium", fontweight="bold")
    if output is not None:
        digest = source.header.digest if isinstance(source, SpikeFile) else ""
        save(figure, Path(output), digest)
    return figure
