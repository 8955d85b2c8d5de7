"""The spikes to be drawn, population by population, wherever they come from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distsnn.record.spike_reader import SpikeFile

# Pairs of a darker and a lighter color (ColorBrewer, "Paired"): models name excitatory and
# inhibitory populations in turn, and a layer's two share a hue.
_COLORS = (
    "#1f78b4", "#7db8da", "#33a02c", "#93cf6c", "#e3211c", "#fb8a88",
    "#e67300", "#fdb45c", "#6a3d9a", "#b594cc", "#8c5a2b", "#c9a27e",
)  # fmt: skip


class Monitor(Protocol):
    """What a `SpikeMonitor` offers: the spikes of one group, here as times and indices."""

    @property
    def t(self) -> NDArray[np.float64]:
        """Spike times (ms), float64[n]."""

    @property
    def i(self) -> NDArray[np.int64]:
        """Index of each spiking neuron, int64[n]."""


Source = str | os.PathLike[str] | SpikeFile | Monitor


@dataclass(frozen=True)
class Population:
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


def read_populations(source: Source, start: float | None, stop: float | None) -> list[Population]:
    """Read what is to be drawn.

    Parameters
    ----------
    source : path, SpikeFile or SpikeMonitor
        The spikes.
    start, stop : float or None
        Window of time (ms); None stands for all of it. What a monitor has recorded is taken
        to end with its last spike.

    Returns
    -------
    list[Population]
        One for each group, in the order of the description.

    Raises
    ------
    FileError
        The file cannot be read.
    """
    if isinstance(source, str | os.PathLike):
        source = SpikeFile(source)
    if isinstance(source, SpikeFile):
        first = source.header.start if start is None else start
        last = source.header.end if stop is None else stop
        found = [
            (name, size, *source.spikes(name, first, last)) for name, size in source.groups.items()
        ]
    else:
        times, node_ids = np.asarray(source.t, float), np.asarray(source.i, np.int64)
        first = 0.0 if start is None else start
        last = float(times.max(initial=first)) if stop is None else stop
        inside = (times >= first) & (times < last if stop is not None else times <= last)
        found = [(*_monitored(source), times[inside], node_ids[inside])]
    return [
        Population(name, size, times, node_ids, first, last, _COLORS[k % len(_COLORS)])
        for k, (name, size, times, node_ids) in enumerate(found)
    ]


def _monitored(monitor: Any) -> tuple[str, int]:
    group = getattr(monitor, "source", None)
    size = getattr(group, "N", None)
    if size is None:
        size = int(np.max(monitor.i, initial=-1)) + 1
    return str(getattr(group, "name", "spikes")), int(size)
