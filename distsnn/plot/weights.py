"""Pictures of how weights are distributed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import unknown_name
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.language.unit_names import stored_unit
from distsnn.plot.canvas import axes_or_new
from distsnn.plot.picture_sources import (
    finite_values,
    name_in_file,
    opened_source,
    own_name,
    refuse_source,
    warn_of_nothing,
)
from distsnn.record.edge_file import EdgeFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "plot.weight_distribution"
_BINS = 50


@dataclass(frozen=True)
class _Histogram:
    """Counts of synapses (n,) between edges (n + 1,), with what a picture says of them."""

    name: str
    value: str
    unit: str
    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


def weight_distribution(
    source: str | os.PathLike[str] | EdgeFile | Synapses | WeightMonitor,
    synapses: str | None = None,
    value: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a histogram of the weights, or another value, of some synapses.

    Parameters
    ----------
    source : path, EdgeFile, Synapses or WeightMonitor
        A file written by ``Network.write_weights``; synapses as they are now; or a monitor, of
        which the last histogram is drawn.
    synapses : str, optional
        Name of the synapses in a file; by default the first.
    value : str, optional
        Name of the value; by default ``w``, or else the first.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    UnknownNameError
        If there are no such synapses or value.
    ParameterError
        If the source has no synapses.
    FileError
        If it cannot be read.
    """
    source = opened_source(source)
    if isinstance(source, WeightMonitor):
        drawn = _monitored(source, own_name(_WHERE, source.source, synapses), value)
    elif isinstance(source, EdgeFile):
        drawn = _of_file(source, name_in_file(source, synapses), value)
    elif isinstance(source, ReadySynapses | EquationSynapses):
        drawn = _of_synapses(source, own_name(_WHERE, source, synapses), value)
    else:
        refuse_source(_WHERE, source, "weights: Synapses, a file of these or a WeightMonitor")
    if not drawn.counts.any():
        warn_of_nothing(_WHERE, f"there are no values of {drawn.value} of {drawn.name}")
    ax = axes_or_new(ax)
    ax.stairs(drawn.counts, drawn.edges, fill=True, color="#1f78b4")
    unit = drawn.unit
    ax.set_xlabel(drawn.value if unit == "1" else f"{drawn.value} ({unit})")
    ax.set_ylabel("synapses")
    ax.set_title(drawn.name, fontsize="small")
    return ax


def _monitored(monitor: WeightMonitor, name: str, value: str | None) -> _Histogram:
    shown = _chosen({"w": ""}, name, value)
    counts = monitor.counts
    last = counts[-1] if len(counts) else np.zeros(monitor.edges.size - 1, np.int64)
    return _Histogram(name, shown, monitor.source.receptor.weight_unit, last, monitor.edges)


def _of_file(file: EdgeFile, name: str, value: str | None) -> _Histogram:
    units = file.populations[name].units
    shown = _chosen(units, f"{file.path}: {name}", value)
    return _counted(name, shown, units[shown], file.values(name, shown))


def _of_synapses(
    synapses: ReadySynapses | EquationSynapses, name: str, value: str | None
) -> _Histogram:
    if isinstance(synapses, ReadySynapses):
        units = {"w": synapses.receptor.weight_unit, "delay": "ms"}
    else:
        units = {x: stored_unit(unit) for x, unit in synapses.units().items()} | {"delay": "ms"}
    shown = _chosen(units, name, value)
    values = np.asarray(getattr(synapses, shown), np.float64)
    return _counted(name, shown, units[shown], np.broadcast_to(values, (len(synapses),)))


def _chosen(units: Any, where: str, value: str | None) -> str:
    """The value to draw, of those there are."""
    shown = ("w" if "w" in units else next(iter(units), "")) if value is None else value
    if not isinstance(shown, str) or shown not in units:
        unknown_name(where, str(shown), units)
    return shown


def _counted(name: str, value: str, unit: str, values: NDArray[np.float64]) -> _Histogram:
    finite = finite_values(_WHERE, f"{value} of {name}", values)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    # One weight for all is a bar in the middle.
    edges = np.linspace(low, high, _BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    return _Histogram(name, value, unit, np.histogram(finite, edges)[0], edges)
