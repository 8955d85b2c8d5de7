"""Recorded data as objects of Neo, which Elephant and many other packages analyze."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from distsnn.errors import ParameterError
from distsnn.interop.recorded import (
    AnySource,
    RecordedSpikes,
    RecordedTraces,
    package,
    recorded_of,
)

# Units whose names differ, or that quantities does not know by ours.
_UNITS = {"1": "dimensionless", "boolean": "dimensionless", "integer": "dimensionless", "": "1"}


def spike_trains(source: AnySource) -> list[Any]:
    """One spike train for each neuron, silent ones included.

    Parameters
    ----------
    source : SpikeMonitor or RecordedSpikes
        ``SpikeFile(path).recorded(group)`` gives those of a file.

    Returns
    -------
    list of neo.SpikeTrain
        In ms, annotated with ``source`` and ``i``.

    Raises
    ------
    ParameterError
        If it has no spikes, or Neo is not installed.
    """
    spikes = _spikes(source)
    neo, pq = package("neo"), package("quantities")
    begin, end = spikes.period
    return [
        neo.SpikeTrain(
            times * pq.ms, t_start=begin * pq.ms, t_stop=end * pq.ms, source=spikes.name, i=i
        )
        for i, times in enumerate(spikes.of_each_neuron())
    ]


def analog_signals(source: AnySource) -> list[Any]:
    """One signal for each recorded variable, with a channel for each neuron.

    Parameters
    ----------
    source : StateMonitor, PopulationRateMonitor, ReportFile or RecordedTraces

    Returns
    -------
    list of neo.AnalogSignal
        Named after the variable, annotated with ``source``; ``array_annotations`` has ``i``.

    Raises
    ------
    ParameterError
        If it has no traces, their times are not evenly spaced, or Neo is not installed.
    """
    traces = recorded_of("analog_signals", source)
    if not isinstance(traces, RecordedTraces):
        raise ParameterError(
            "analog_signals",
            f"{traces.name} has spikes",
            "signals are traces of variables",
            "use spike_trains",
        )
    neo, pq = package("neo"), package("quantities")
    return [
        neo.AnalogSignal(
            values * _unit(traces.units[name]),
            sampling_period=traces.every * pq.ms,
            t_start=float(traces.t[0]) * pq.ms,
            name=name,
            array_annotations={"i": traces.index},
            source=traces.name,
        )
        for name, values in traces.variables.items()
    ]


def block(sources: Iterable[AnySource], **annotations: Any) -> Any:
    """All that some monitors or files recorded, as one block with one segment.

    Parameters
    ----------
    sources : iterable of sources
        See `spike_trains` and `analog_signals`.
    **annotations
        What is known of the run besides, such as ``seed=7``.

    Returns
    -------
    neo.Block

    Raises
    ------
    ParameterError
        If a source has no data, or Neo is not installed.
    """
    neo = package("neo")
    made = neo.Block(name="distsnn", **annotations)
    segment = neo.Segment()
    made.segments.append(segment)
    for source in sources:
        recorded = recorded_of("block", source)
        if isinstance(recorded, RecordedSpikes):
            segment.spiketrains.extend(spike_trains(recorded))
        else:
            segment.analogsignals.extend(analog_signals(recorded))
    made.check_relationships()
    return made


def _spikes(source: AnySource) -> RecordedSpikes:
    spikes = recorded_of("spike_trains", source)
    if not isinstance(spikes, RecordedSpikes):
        raise ParameterError(
            "spike_trains",
            f"{spikes.name} has traces",
            "spike trains are times of spikes",
            "use analog_signals",
        )
    return spikes


def _unit(name: str) -> Any:
    """The unit of quantities; of one that it does not know, no unit."""
    pq = package("quantities")
    try:
        return pq.Quantity(1.0, _UNITS.get(name, name))
    except LookupError:
        return pq.dimensionless
