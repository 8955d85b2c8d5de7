"""Pictures of recorded variables over time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distsnn.equations.unit_names import stored_unit
from distsnn.errors import unknown_name
from distsnn.front.ready_synapses import ReadySynapses
from distsnn.front.synapses import Synapses
from distsnn.plot.canvas import axes_or_new
from distsnn.record.report_reader import ReportFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TRACES = 50
_MOST_NAMED = 10


class Traced(Protocol):
    """What a `StateMonitor` offers; each recorded variable is an attribute (n, times) too."""

    source: Any
    record: NDArray[np.int64]

    @property
    def t(self) -> NDArray[np.float64]:
        """Times (ms), float64[times]."""

    @property
    def record_variables(self) -> Sequence[str]:
        """Names of the recorded variables."""


def traces(
    monitor: Traced | ReportFile | str | os.PathLike[str],
    variable: str | None = None,
    ax: Axes | None = None,
    most_traces: int = _MOST_TRACES,
    window: tuple[float | None, float | None] = (None, None),
) -> Axes:
    """Draw one line over time for each recorded neuron.

    Of many neurons only every k-th is drawn.

    Parameters
    ----------
    monitor : StateMonitor, ReportFile or path
        What was recorded.
    variable : str, optional
        One of the recorded variables; by default the first.
    ax : matplotlib Axes, optional
        Where to draw.
    most_traces : int
        How many lines to draw at most.
    window : (float or None, float or None)
        Begin and end (ms).

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    UnknownNameError
        If the variable was not recorded.
    """
    if isinstance(monitor, str | os.PathLike):
        monitor = ReportFile(monitor)
    names = list(monitor.units if isinstance(monitor, ReportFile) else monitor.record_variables)
    shown = names[0] if variable is None and names else variable
    if shown not in names:
        unknown_name("plot.traces", str(shown), names)
    ax = axes_or_new(ax)
    start, stop = window
    first = 0 if start is None else int(np.searchsorted(monitor.t, start))
    last = monitor.t.size if stop is None else int(np.searchsorted(monitor.t, stop))
    if isinstance(monitor, ReportFile):
        values, unit = monitor.values(shown, start, stop).T, monitor.units[shown]
        index = monitor.element_ids if monitor.edges else monitor.node_ids
    else:
        values, index = getattr(monitor, shown)[:, first:last], monitor.record
        unit = _unit(monitor.source, shown)
    every = max(1, -(-len(values) // max(most_traces, 1)))
    for number, trace in zip(index[::every], values[::every], strict=True):
        ax.plot(monitor.t[first:last], trace, linewidth=1, label=str(number))
    if 1 < len(ax.get_lines()) <= _MOST_NAMED:
        synapses = getattr(monitor, "edges", "") or isinstance(
            getattr(monitor, "source", None), Synapses
        )
        kind = "synapse" if synapses else "neuron"
        ax.legend(title=kind, frameon=False)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel(shown if unit == "1" else f"{shown} ({unit})")
    return ax


def _unit(source: Any, variable: str) -> str:
    """Unit in which values of a variable of neurons or synapses are stored."""
    of = getattr(source, "group", source)
    if isinstance(of, ReadySynapses):
        return of.receptor.weight_unit
    told = getattr(of, "units", None) or getattr(of, "recordable", None)
    return stored_unit(told().get(variable, "1")) if callable(told) else "1"
