"""Pictures of recorded variables over time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.errors import unknown_name
from distsnn.front.monitors.state_monitor import StateMonitor, StateMonitorView
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.language.unit_names import stored_unit
from distsnn.plot.canvas import axes_or_new
from distsnn.plot.picture_sources import (
    checked_most,
    opened_source,
    refuse_source,
    times_within,
    warn_of_nothing,
)
from distsnn.record.traces.report_reader import ReportFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "plot.traces"
_MOST_TRACES = 50
_MOST_NAMED = 10


def traces(
    monitor: StateMonitor | StateMonitorView | ReportFile | str | os.PathLike[str],
    variable: str | None = None,
    ax: Axes | None = None,
    most_traces: int = _MOST_TRACES,
    window: tuple[float | None, float | None] = (None, None),
) -> Axes:
    """Draw one line over time for each recorded neuron or synapse.

    Of many only every k-th is drawn.

    Parameters
    ----------
    monitor : path, ReportFile, StateMonitor or ``monitor[i]``
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
    ParameterError
        If the source has no traces, or the window is not within the recording.
    """
    monitor = opened_source(monitor)
    if not isinstance(monitor, ReportFile | StateMonitor | StateMonitorView):
        refuse_source(_WHERE, monitor, "traces: their file, ReportFile or StateMonitor")
    most = checked_most(_WHERE, "most_traces", most_traces)
    found = recorded_values(_WHERE, monitor, variable, window)
    if not found.values.size:
        warn_of_nothing(_WHERE, f"no values of {found.name} were recorded")
    ax = axes_or_new(ax)
    every = max(1, -(-len(found.values) // most))
    for number, trace in zip(found.index[::every], found.values[::every], strict=True):
        ax.plot(found.t, trace, linewidth=1, label=str(number))
    if 1 < len(ax.get_lines()) <= _MOST_NAMED:
        synapses = getattr(monitor, "edges", "") or isinstance(
            getattr(monitor, "source", None), Synapses
        )
        kind = "synapse" if synapses else "neuron"
        ax.legend(title=kind, frameon=False)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel(found.label)
    return ax


@dataclass(frozen=True)
class Values:
    """Values of a variable over time, as a picture shows them.

    Attributes
    ----------
    name, unit, of : str
        The variable, its unit, and the name of the group or the synapses.
    t : float64 array (times,), ms
    index : int array (n,)
    values : float64 array (n, times)
    """

    name: str
    unit: str
    of: str
    t: np.ndarray
    index: np.ndarray
    values: np.ndarray

    @property
    def label(self) -> str:
        """The variable with its unit."""
        return self.name if self.unit == "1" else f"{self.name} ({self.unit})"


def recorded_values(
    where: str,
    monitor: StateMonitor | StateMonitorView | ReportFile,
    variable: str | None,
    window: tuple[float | None, float | None],
) -> Values:
    """Recorded values of a variable, by default the first, in a window of time.

    Raises
    ------
    UnknownNameError
        If the variable was not recorded.
    ParameterError
        If the window is not within the recording.
    """
    names = list(monitor.units if isinstance(monitor, ReportFile) else monitor.record_variables)
    shown = names[0] if variable is None and names else variable
    if not isinstance(shown, str) or shown not in names:
        unknown_name(where, str(shown), names)
    t = monitor.t
    within = times_within(where, window, t)
    t = t[within]
    if isinstance(monitor, ReportFile):
        values, unit = monitor.values(shown).T[:, within], monitor.units[shown]
        index = monitor.element_ids if monitor.edges else monitor.node_ids
    else:
        values, index = np.atleast_2d(getattr(monitor, shown))[:, within], monitor.record
        unit = _unit(monitor.source, shown)
    of = (
        str(monitor.edges or monitor.population)
        if isinstance(monitor, ReportFile)
        else str(monitor.source.name)
    )
    return Values(shown, unit, of, t, np.asarray(index), values)


def _unit(source: Any, variable: str) -> str:
    """Unit in which values of a variable of neurons or synapses are stored."""
    of = getattr(source, "group", source)
    if isinstance(of, ReadySynapses):
        return of.receptor.weight_unit
    told = getattr(of, "units", None) or getattr(of, "recordable", None)
    return stored_unit(told().get(variable, "1")) if callable(told) else "1"
