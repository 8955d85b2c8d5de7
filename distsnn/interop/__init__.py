"""Recorded data in the forms of other packages: Neo, pandas, xarray, NWB."""

from __future__ import annotations

from distsnn.interop.neo_objects import analog_signals, block, spike_trains
from distsnn.interop.nwb_files import write_nwb
from distsnn.interop.recorded import RecordedSpikes, RecordedTraces

__all__ = [
    "RecordedSpikes",
    "RecordedTraces",
    "analog_signals",
    "block",
    "spike_trains",
    "write_nwb",
]
