"""Pictures of how weights are distributed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from distsnn.plot.canvas import axes_or_new
from distsnn.record.edge_file import EdgeFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 50


def weight_distribution(
    source: str | os.PathLike[str] | EdgeFile,
    synapses: str | None = None,
    value: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a histogram of the weights, or another value, of some synapses.

    Parameters
    ----------
    source : path or EdgeFile
        A file written by ``Network.write_weights``.
    synapses : str, optional
        Name of the synapses; by default the first.
    value : str, optional
        Name of the value; by default the first.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    UnknownNameError
        If the file has no such synapses or value.
    FileError
        If it cannot be read.
    """
    file = source if isinstance(source, EdgeFile) else EdgeFile(source)
    name = next(iter(file.populations), "") if synapses is None else synapses
    file.count(name)
    units = file.populations[name].units
    shown = next(iter(units), "") if value is None else value
    values = file.values(name, shown)
    ax = axes_or_new(ax)
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    # One weight for all is a bar in the middle.
    edges = np.linspace(low, high, _BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    ax.stairs(np.histogram(values, edges)[0], edges, fill=True, color="#1f78b4")
    unit = units[shown]
    ax.set_xlabel(shown if unit == "1" else f"{shown} ({unit})")
    ax.set_ylabel("synapses")
    ax.set_title(name, fontsize="small")
    return ax
