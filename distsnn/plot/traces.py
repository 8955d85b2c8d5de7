"""Pictures of recorded variables over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import unknown_name
from distsnn.plot.canvas import axes_or_new

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
    monitor: Traced,
    variable: str | None = None,
    ax: Axes | None = None,
    most_traces: int = _MOST_TRACES,
) -> Axes:
    """Draw one line over time for each recorded neuron.

    Of many neurons only every k-th is drawn.

    Parameters
    ----------
    monitor : StateMonitor
        What was recorded.
    variable : str, optional
        One of the recorded variables; by default the first.
    ax : matplotlib Axes, optional
        Where to draw.
    most_traces : int
        How many lines to draw at most.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    UnknownNameError
        If the variable was not recorded.
    """
    names = list(monitor.record_variables)
    shown = names[0] if variable is None and names else variable
    if shown not in names:
        unknown_name("plot.traces", str(shown), names)
    ax = axes_or_new(ax)
    values, t = getattr(monitor, shown), monitor.t
    every = max(1, -(-len(values) // max(most_traces, 1)))
    for index, trace in zip(monitor.record[::every], values[::every], strict=True):
        ax.plot(t, trace, linewidth=1, label=str(index))
    if 1 < len(ax.get_lines()) <= _MOST_NAMED:
        ax.legend(title="neuron", frameon=False)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel(_with_unit(monitor.source, shown))
    return ax


def _with_unit(source: Any, variable: str) -> str:
    variables = getattr(getattr(source, "group", source), "variables", None)
    unit = variables().get(variable) if callable(variables) else None
    return f"{variable} ({unit})" if unit else variable
