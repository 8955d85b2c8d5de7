"""Pictures of the spectra of rates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.plot.canvas import axes_or_new, name_several
from distsnn.plot.populations import COLORS
from distsnn.plot.rates_over_time import binned_rates
from distsnn.record.spikes.measures import power_spectrum
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.units import Hz

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "plot.spectrum"


def spectrum(
    source: str | os.PathLike[str] | SpikeFile | SpikeMonitor | PopulationRateMonitor,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
    width: float = 1.0,
    segment: float | None = None,
) -> Axes:
    """Draw the power spectral density of the rate of each population, by Welch's method.

    Parameters
    ----------
    source : path, SpikeFile, SpikeMonitor or PopulationRateMonitor
        The spikes, or the rate.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).
    width : float, ms
        Width of the bins of the rate; the highest frequency is half of its inverse.
    segment : float, ms, optional
        Length of the segments; the inverse is the resolution. By default an eighth of the window.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    ParameterError
        The source has no rates, the window is not within the recording, or a segment is longer.
    """
    found = binned_rates(_WHERE, source, (start, stop), width).binned
    ax = axes_or_new(ax)
    for n, (name, (_, rate)) in enumerate(found.items()):
        frequency, power = power_spectrum(_WHERE, rate, width, segment)
        color = COLORS[n % len(COLORS)]
        # The mean, at 0, was taken away.
        ax.plot(frequency[1:] / Hz, power[1:] / Hz, color=color, label=name, linewidth=1)
    ax.set_yscale("log")
    ax.set_xlim(0, 0.5 / width / Hz)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel("power (Hz²/Hz)")
    return name_several(ax, found)
