"""Raster plots of what spike recorders have recorded, as ``nest.raster_plot``."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.recorded_rows import recorded_rows

__all__ = [
    "extract_events",
    "from_data",
    "from_device",
    "from_file",
    "from_file_numpy",
    "from_file_pandas",
]


def from_device(detec: NodeCollection, **kwargs: Any) -> Any:
    """Draw the spikes of one spike recorder.

    Parameters
    ----------
    detec : NodeCollection
        One spike recorder.
    **kwargs
        ``hist`` (whether to draw a histogram below), ``hist_binwidth`` (ms), ``grayscale``,
        ``title``, ``xlabel``.

    Returns
    -------
    lines of the plot
    """
    events = detec.get("events")
    if not len(events["times"]):
        raise ParameterError(
            "nest.raster_plot", "there are no spikes", "there are some to draw", "simulate longer"
        )
    return _draw(np.asarray(events["times"]), np.asarray(events["senders"]), **kwargs)


def from_data(data: Any, sel: Any = None, **kwargs: Any) -> Any:
    """Draw spikes of an array (n, 2) of senders and times."""
    rows = np.asarray(data)
    if sel is not None:
        rows = rows[np.isin(rows[:, 0], sel)]
    return _draw(rows[:, 1], rows[:, 0], **kwargs)


def from_file(fname: Any, **kwargs: Any) -> Any:
    """Draw the spikes of one or several files of spike recorders; see `from_device`."""
    return from_data(recorded_rows(fname), **kwargs)


# NEST has a name for each library that reads files.
from_file_numpy = from_file_pandas = from_file


def extract_events(data: Any, time: Any = None, sel: Any = None) -> np.ndarray:
    """Rows (sender, time) of given senders, in a time interval (ms)."""
    rows = np.asarray(data)
    keep = np.ones(len(rows), dtype=bool)
    if time is not None:
        low, high = (0, time[0]) if len(time) == 1 else time
        keep &= (rows[:, 1] >= low) & (rows[:, 1] < high)
    if sel is not None:
        keep &= np.isin(rows[:, 0], sel)
    return rows[keep]


def _draw(
    times: np.ndarray,
    senders: np.ndarray,
    hist: bool = True,
    hist_binwidth: float = 5.0,
    grayscale: bool = False,
    title: str | None = None,
    xlabel: str = "Time (ms)",
) -> Any:
    from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra that takes long to import

    figure = plt.figure()
    mark, bars = (".k", "gray") if grayscale else (".", "blue")
    top = figure.add_axes((0.1, 0.3, 0.85, 0.6)) if hist else figure.add_subplot()
    lines = top.plot(times, senders, mark)
    top.set_ylabel("Neuron ID")
    top.set_title("Raster plot" if title is None else title)
    if not hist:
        top.set_xlabel(xlabel)
        return lines
    below = figure.add_axes((0.1, 0.1, 0.85, 0.17), sharex=top)
    edges = np.arange(times.min(), times.max() + hist_binwidth, hist_binwidth)
    edges = edges if edges.size > 1 else np.array([edges[0], edges[0] + hist_binwidth])
    counts, _ = np.histogram(times, edges)
    heights = 1000.0 * counts / (hist_binwidth * np.unique(senders).size)
    below.bar(edges[:-1], heights, width=hist_binwidth, color=bars, edgecolor="black")
    below.set_ylabel("Rate (Hz)")
    below.set_xlabel(xlabel)
    return lines
