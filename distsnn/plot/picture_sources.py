"""Sources of pictures: what a path, a reader, a monitor or synapses hold, and its refusal."""

from __future__ import annotations

import logging
import math
import os
from typing import Any, NoReturn

import numpy as np

from distsnn.describe.values.given import whole_number
from distsnn.errors import ParameterError
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor, StateMonitorView
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.record.edge_file import EdgeFile
from distsnn.record.metadata import read_recording
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile

_log = logging.getLogger("distsnn")

# What each kind of source holds, and how it is drawn.
_KINDS: tuple[tuple[tuple[type, ...], str, str], ...] = (
    ((SpikeFile, SpikeMonitor), "spikes", "draw it with plot.raster or plot.rates"),
    ((PopulationRateMonitor,), "a rate over time", "draw it with plot.rates"),
    ((ReportFile, StateMonitor, StateMonitorView), "traces", "draw it with plot.traces"),
    (
        (EdgeFile, Synapses),
        "synapses",
        "draw it with plot.weight_distribution or plot.connectivity",
    ),
    ((WeightMonitor,), "histograms of weights", "draw it with plot.weight_distribution"),
    (
        (SpikeSource, Subgroup, Network),
        "nothing that was recorded",
        "draw what a monitor has recorded of it",
    ),
)


def opened_source(source: Any) -> Any:
    """Open a path as a recorded file of its kind; any other source is returned as it is.

    Raises
    ------
    FileError
        The file is missing, damaged, or no recording.
    """
    return read_recording(source) if isinstance(source, str | os.PathLike) else source


def refuse_source(where: str, source: Any, drawn: str) -> NoReturn:
    """Raise the error for a source that a function does not draw.

    Parameters
    ----------
    where : str
        The function.
    source : object
        What it was given.
    drawn : str
        What it draws.

    Raises
    ------
    ParameterError
        Always.
    """
    name = getattr(source, "path", None) or getattr(source, "name", None)
    called = f"{type(source).__name__}{f' {name}' if isinstance(name, str | os.PathLike) else ''}"
    for types, holds, advice in _KINDS:
        if isinstance(source, types):
            raise ParameterError(where, f"{called} holds {holds}", f"this draws {drawn}", advice)
    raise ParameterError(where, f"{called} is no recording", f"this draws {drawn}", "give one")


def checked_window(
    where: str,
    limits: tuple[float | None, float | None],
    recorded: tuple[float, float],
) -> tuple[float, float]:
    """Check the window of time to draw.

    Parameters
    ----------
    where : str
        The function, for messages.
    limits : (float or None, float or None)
        Begin and end (ms) as given; None stands for those of the recording.
    recorded : (float, float)
        Begin and end of the recording (ms).

    Returns
    -------
    (float, float)
        Begin and end (ms) of the part within the recording.

    Raises
    ------
    ParameterError
        A limit is no finite number, or the window holds nothing of the recording.
    """
    if not isinstance(limits, tuple | list) or len(limits) != 2:
        raise ParameterError(
            where, f"window={limits!r}", "a window is (start, stop) in ms", "correct it"
        )
    for name, limit in zip(("start", "stop"), limits, strict=True):
        if limit is not None and not is_finite(limit):
            raise ParameterError(
                where, f"{name}={limit!r} ms", "a limit of time is a finite number", "correct it"
            )
    first, last = (
        float(end if limit is None else limit) for limit, end in zip(limits, recorded, strict=True)
    )
    if tuple(limits) == (None, None):
        return first, last
    begin, end = recorded
    if not (first < last and first < end and last > begin):
        raise ParameterError(
            where,
            f"from {first:g} to {last:g} ms there is nothing to draw",
            f"the recording covers {begin:g} to {end:g} ms, and start is before stop",
            "correct start and stop",
        )
    return max(first, begin), min(last, end)


def times_within(where: str, limits: tuple[float | None, float | None], t: np.ndarray) -> slice:
    """The times (float64 (n,), ms, ascending) of a recording that a picture shows.

    Raises ParameterError as `checked_window` does.
    """
    # The last value counts as within the recording.
    recorded = (t[0], np.nextafter(t[-1], np.inf)) if t.size else (0.0, 0.0)
    first, stop = np.searchsorted(t, checked_window(where, limits, recorded))
    return slice(int(first), int(stop))


def name_in_file(file: EdgeFile, name: str | None) -> str:
    """The synapses called `name` of a file, or its first ones.

    Raises
    ------
    UnknownNameError
        The file has no such synapses, or none at all.
    """
    chosen = next(iter(file.populations), "") if name is None else name
    file.count(chosen)
    return chosen


def own_name(where: str, synapses: Synapses, name: str | None) -> str:
    """Name of an object of synapses; a `name` to choose by may be no other.

    Raises
    ------
    ParameterError
        It is another.
    """
    own = synapses.name or "Synapses"
    if name not in (None, own):
        raise ParameterError(
            where,
            f"{name!r} is not the name of {own}",
            "names choose within a file",
            "leave it out",
        )
    return own


def checked_most(where: str, name: str, value: Any) -> int:
    """Check how many dots or lines a picture has at most.

    Raises
    ------
    ParameterError
        It is no whole number >= 1.
    """
    checked = whole_number(value, 1)
    if checked is None:
        raise ParameterError(
            where, f"{name}={value!r}", f"{name} is a whole number >= 1", f"correct {name}"
        )
    return checked


def warn_of_nothing(where: str, what: str) -> None:
    """Say in the log that a picture is empty, and why."""
    _log.warning("%s: the picture is empty, because %s", where, what)


def finite_values(where: str, name: str, values: np.ndarray) -> np.ndarray:
    """The finite ones of `values` (float64 (n,)); the log says how many are not."""
    finite: np.ndarray = values[np.isfinite(values)]
    if finite.size < values.size:
        _log.warning(
            "%s: %d of %d values of %s are NaN or infinite and are not drawn",
            where,
            values.size - finite.size,
            values.size,
            name,
        )
    return finite


def is_finite(value: Any) -> bool:
    """Whether a value is a finite number."""
    number = isinstance(value, int | float | np.integer | np.floating)
    return number and not isinstance(value, bool) and math.isfinite(value)
