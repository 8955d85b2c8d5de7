"""The parts of a picture, each drawn into one pair of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distsnn.plot.canvas import axes_or_new, name_several, time_axis
from distsnn.plot.picture_sources import checked_most, warn_of_nothing
from distsnn.plot.populations import PopulationSpikes, Source, read_populations
from distsnn.record.spikes.statistics import interval_cv, neuron_rates
from distsnn.units import Hz

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_DOTS = 60_000
_MOST_ROWS = 2_000
_DOT_SIZE = 1.6
_BINS_OF_VALUES = 30


def raster(
    source: Source,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
    most_dots: int = _MOST_DOTS,
) -> Axes:
    """Draw one dot per spike: time to the right, one row per neuron, first population on top.

    In a large network only every k-th neuron has a row, k being the smallest number that
    keeps the picture readable; the same recording always shows the same neurons.

    Parameters
    ----------
    source : path, SpikeFile or SpikeMonitor
        The spikes.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).
    most_dots : int
        About how many dots to draw at most.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.
    """
    populations = read_populations("plot.raster", source, (start, stop))
    most = checked_most("plot.raster", "most_dots", most_dots)
    return draw_raster(axes_or_new(ax), populations, most)


def draw_raster(ax: Axes, populations: list[PopulationSpikes], most_dots: int = _MOST_DOTS) -> Axes:
    """Draw `raster` of populations that have been read."""
    every = _thinning(populations, most_dots)
    top, ticks = 0, []
    for population in populations:
        shown = population.node_ids % every == 0
        rows = top + population.node_ids[shown] // every
        n_rows = -(-population.size // every)
        ax.plot(
            population.times[shown],
            rows,
            "o",
            markersize=_DOT_SIZE,
            markeredgewidth=0,
            color=population.color,
            rasterized=True,
        )
        ticks.append(top + n_rows / 2)
        top += n_rows
    ax.set_yticks(ticks, [population.name for population in populations])
    ax.tick_params(axis="y", length=0)
    for tick, population in zip(ax.get_yticklabels(), populations, strict=True):
        tick.set_color(population.color)
    ax.set_ylim(top, -0.5)
    time_axis(ax, populations[0].start, populations[0].stop)
    if every > 1:
        ax.set_title(f"every {_ordinal(every)} neuron", loc="right", fontsize="small", color="0.4")
    return ax


def rate_distribution(
    source: Source, ax: Axes | None = None, start: float | None = None, stop: float | None = None
) -> Axes:
    """Draw how the mean rates of the neurons of each population are distributed.

    Parameters
    ----------
    source : path, SpikeFile or SpikeMonitor
        The spikes.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).

    Returns
    -------
    matplotlib Axes
        The axes drawn into.
    """
    populations = read_populations("plot.rate_distribution", source, (start, stop))
    return name_several(draw_rate_distribution(axes_or_new(ax), populations), populations)


def draw_rate_distribution(ax: Axes, populations: list[PopulationSpikes]) -> Axes:
    """Draw `rate_distribution` of populations that have been read."""
    duration = populations[0].stop - populations[0].start
    samples = [neuron_rates(one.node_ids, one.size, duration) / Hz for one in populations]
    # Rates are whole numbers of spikes in the window; other bins would hold unequal numbers.
    _distributions(ax, populations, samples, 1.0 / (duration * Hz) if duration > 0 else None)
    ax.set_xlim(left=0)
    ax.set_xlabel("rate of a neuron (Hz)")
    return ax


def cv_distribution(
    source: Source, ax: Axes | None = None, start: float | None = None, stop: float | None = None
) -> Axes:
    """Draw how irregular the neurons of each population fire.

    The distribution of the coefficient of variation of the interspike intervals over the
    neurons with at least three spikes; a dotted line marks the Poisson process.

    Parameters
    ----------
    source : path, SpikeFile or SpikeMonitor
        The spikes.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).

    Returns
    -------
    matplotlib Axes
        The axes drawn into.
    """
    populations = read_populations("plot.cv_distribution", source, (start, stop))
    return name_several(draw_cv_distribution(axes_or_new(ax), populations), populations)


def draw_cv_distribution(ax: Axes, populations: list[PopulationSpikes]) -> Axes:
    """Draw `cv_distribution` of populations that have been read."""
    samples = [interval_cv(one.times, one.node_ids, one.size) for one in populations]
    if all(np.isnan(sample).all() for sample in samples) and any(
        one.times.size for one in populations
    ):
        warn_of_nothing("plot.cv_distribution", "no neuron has three spikes")
    _distributions(ax, populations, samples, None)
    ax.axvline(1.0, color="0.6", linewidth=1, linestyle=":", zorder=0)
    ax.set_xlim(0, max(1.5, ax.get_xlim()[1]))
    ax.set_xlabel("CV of interspike intervals")
    return ax


def _thinning(populations: list[PopulationSpikes], most_dots: int) -> int:
    neurons = sum(population.size for population in populations)
    dots = sum(population.times.size for population in populations)
    return max(1, -(-neurons // _MOST_ROWS), -(-dots // most_dots))


def _distributions(
    ax: Axes,
    populations: list[PopulationSpikes],
    samples: list[NDArray[np.float64]],
    unit: float | None,
) -> None:
    known = [sample[~np.isnan(sample)] for sample in samples]
    everything = np.concatenate(known)
    # The few fastest neurons must not press all others into one bin.
    highest = float(np.quantile(everything, 0.995)) if everything.size else 0.0
    width = (highest or 1.0) / _BINS_OF_VALUES
    first = 0.0
    if unit is not None:
        width = unit * max(1, round(width / unit))
        first = -unit / 2
    edges = first + width * np.arange(int((highest - first) / width) + 2)
    middles = (edges[1:] + edges[:-1]) / 2
    for population, sample in zip(populations, known, strict=True):
        density = np.histogram(sample, edges)[0] / (max(sample.size, 1) * width)
        ax.plot(middles, density, color=population.color, label=population.name, linewidth=1.3)
    ax.set_ylim(bottom=0)
    ax.set_yticks([])
    ax.set_ylabel("density")


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
