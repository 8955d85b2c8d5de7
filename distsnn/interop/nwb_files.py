"""Recorded data as a file of Neurodata Without Borders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from distsnn.errors import FileError
from distsnn.interop.recorded import (
    AnySource,
    RecordedSpikes,
    RecordedTraces,
    package,
    recorded_of,
)

# NWB keeps values in SI units, and says by which factor the stored ones become these.
_TO_SI = {
    "mV": ("V", 1e-3),
    "pA": ("A", 1e-12),
    "nS": ("S", 1e-9),
    "ms": ("s", 1e-3),
    "kHz": ("Hz", 1e3),
    "pF": ("F", 1e-12),
}
_MS = 1e-3


def write_nwb(
    path: str | os.PathLike[str],
    sources: Iterable[AnySource],
    *,
    description: str = "simulated with distsnn",
    identifier: str = "distsnn",
    overwrite: bool = False,
) -> None:
    """Write spikes as units and traces as time series.

    Parameters
    ----------
    path : path
        The file, which ends in ``.nwb``.
    sources : iterable of sources
        Monitors, ``SpikeFile(path).recorded(group)``, `ReportFile`.
    description, identifier : str
        Of the session.
    overwrite : bool
        Replace a file that is there already.

    Raises
    ------
    FileError
        If the file is there already.
    ParameterError
        If a source has no data, or pynwb is not installed.
    """
    pynwb = package("pynwb")
    if os.path.exists(path) and not overwrite:
        raise FileError(
            str(path), "the file is there already", "files are kept", "give overwrite=True"
        )
    file = pynwb.NWBFile(
        session_description=description,
        identifier=identifier,
        session_start_time=datetime.now(UTC),
    )
    file.add_unit_column("population", "name of the group of neurons")
    file.add_unit_column("index", "index of the neuron within its group")
    for source in sources:
        recorded = recorded_of("write_nwb", source)
        if isinstance(recorded, RecordedSpikes):
            _add_units(file, recorded)
        else:
            _add_series(pynwb, file, recorded)
    with pynwb.NWBHDF5IO(str(path), "w") as out:
        out.write(file)


def _add_units(file: Any, spikes: RecordedSpikes) -> None:
    period = np.array([spikes.period]) * _MS
    for index, times in enumerate(spikes.of_each_neuron()):
        file.add_unit(
            spike_times=times * _MS, obs_intervals=period, population=spikes.name, index=index
        )


def _add_series(pynwb: Any, file: Any, traces: RecordedTraces) -> None:
    for name, values in traces.variables.items():
        unit, factor = _TO_SI.get(traces.units[name], (traces.units[name], 1.0))
        file.add_acquisition(
            pynwb.TimeSeries(
                name=f"{traces.name} {name}",
                data=values,
                unit=unit,
                conversion=factor,
                timestamps=traces.t * _MS,
                description=f"{name} of {traces.name}, indices {traces.index.tolist()}",
            )
        )
