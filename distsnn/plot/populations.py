"""The spikes to be drawn, population by population, from a file or a monitor."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.plot.picture_sources import (
    checked_window,
    opened_source,
    refuse_source,
    warn_of_nothing,
)
from distsnn.record.spikes.spike_reader import SpikeFile

# Pairs of a darker and a lighter color (ColorBrewer, "Paired"): models name excitatory and
# inhibitory populations in turn, and a layer's two share a hue.
COLORS = (
    "#1f78b4", "#7db8da", "#33a02c", "#93cf6c", "#e3211c", "#fb8a88",
    "#e67300", "#fdb45c", "#6a3d9a", "#b594cc", "#8c5a2b", "#c9a27e",
)  # fmt: skip

Source = str | os.PathLike[str] | SpikeFile | SpikeMonitor


@dataclass(frozen=True)
class PopulationSpikes:
    """The spikes of one group within a window of time.

    Parameters
    ----------
    name : str
        Name of the group.
    size : int
        Number of neurons.
    times : float64[n]
        Spike times (ms).
    node_ids : int64[n]
        Index of each spiking neuron.
    start, stop : float
        The window (ms).
    color : str
        Color to draw it in.
    """

    name: str
    size: int
    times: NDArray[np.float64]
    node_ids: NDArray[np.int64]
    start: float
    stop: float
    color: str


def read_populations(
    where: str, source: Source, limits: tuple[float | None, float | None]
) -> list[PopulationSpikes]:
    """Read the spikes to be drawn; the log says where there are none.

    Parameters
    ----------
    where : str
        The function that draws, for messages.
    source : path, SpikeFile or SpikeMonitor
        The spikes.
    limits : (float or None, float or None)
        Begin and end (ms); None stands for those of the recording.

    Returns
    -------
    list[Population]
        One for each group, in the order of the description.

    Raises
    ------
    FileError
        The file cannot be read.
    ParameterError
        The source holds no spikes, or the window is not within the recording.
    """
    source = opened_source(source)
    if isinstance(source, SpikeFile):
        recorded = (source.header.start, source.header.end)
        first, last = checked_window(where, limits, recorded)
        found = [
            (name, size, *source.spikes(name, first, last)) for name, size in source.groups.items()
        ]
    elif isinstance(source, SpikeMonitor):
        first, last = checked_window(where, limits, source.period)
        times, node_ids = source.t, source.i
        inside = (times >= first) & (times < last)
        group = source.source
        found = [(group.name, len(group), times[inside], node_ids[inside])]
    else:
        refuse_source(where, source, "spikes: a spike file, SpikeFile or SpikeMonitor")
    if not any(times.size for _, _, times, _ in found):
        warn_of_nothing(where, f"there are no spikes from {first:g} to {last:g} ms")
    return [
        PopulationSpikes(name, size, times, node_ids, first, last, COLORS[k % len(COLORS)])
        for k, (name, size, times, node_ids) in enumerate(found)
    ]
