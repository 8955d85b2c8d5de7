"""Recorded spikes and traces as arrays, from monitors and from files alike."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from distsnn.errors import ParameterError


@dataclass(frozen=True, eq=False)
class RecordedSpikes:
    """The spikes of a group or slice.

    Attributes
    ----------
    name : str
        Name of the group or slice.
    size : int
        Number of neurons.
    t : float64 array (n,), ms
        Time of each spike, ascending.
    i : int64 array (n,)
        Index of the neuron of each spike.
    period : (float, float), ms
        Begin and end of the recording.
    variables : mapping of str to array (n,)
        Values that were recorded with each spike.
    units : mapping of str to str
        Unit of each variable.
    """

    name: str
    size: int
    t: np.ndarray
    i: np.ndarray
    period: tuple[float, float]
    variables: Mapping[str, np.ndarray] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def of_each_neuron(self) -> list[np.ndarray]:
        """Spike times (float64, ms) of each neuron."""
        order = np.argsort(self.i, kind="stable")
        ends = np.cumsum(np.bincount(self.i, minlength=self.size))
        return np.split(self.t[order], ends[:-1])


@dataclass(frozen=True, eq=False)
class RecordedTraces:
    """Variables over time.

    Attributes
    ----------
    name : str
        Name of the group, slice or synapses.
    t : float64 array (times,), ms
    index : int64 array (n,)
        Index of each recorded neuron or synapse.
    variables : mapping of str to array (times, n)
    units : mapping of str to str
        Unit of each variable.
    """

    name: str
    t: np.ndarray
    index: np.ndarray
    variables: Mapping[str, np.ndarray]
    units: Mapping[str, str]

    @property
    def every(self) -> float:
        """Distance of the times, ms.

        Raises
        ------
        ParameterError
            If it has changed, or there are no two times.
        """
        steps = np.diff(self.t)
        if not steps.size or not np.allclose(steps, steps[0], rtol=1e-6):
            raise ParameterError(
                self.name,
                f"{self.t.size} times that are not evenly spaced",
                "signals have at least two times, all at the same distance",
                "record them with monitors of their own, or use to_pandas()",
            )
        return float(steps[0])


class RecordedMonitor(Protocol):
    """A monitor."""

    def recorded(self) -> RecordedSpikes | RecordedTraces:
        """Its data."""


Recorded = RecordedSpikes | RecordedTraces
AnySource = RecordedMonitor | Recorded


def recorded_of(where: str, source: AnySource) -> Recorded:
    """The data of a monitor; data are returned as they are.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if isinstance(source, RecordedSpikes | RecordedTraces):
        return source
    read = getattr(source, "recorded", None)
    if not callable(read):
        raise ParameterError(
            where,
            f"{type(source).__name__} has no recorded data",
            "data come from a SpikeMonitor, StateMonitor, PopulationRateMonitor, "
            "SpikeFile.recorded(group) or ReportFile",
            "give one of these",
        )
    found: Recorded = read()
    return found


def package(name: str) -> Any:
    """Import an optional package.

    Raises
    ------
    ParameterError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        first = name.split(".", 1)[0]
        raise ParameterError(
            first,
            f"it cannot be imported ({error})",
            "it is an optional package",
            "install it with pip install 'distsnn[analysis]'",
        ) from None
