"""Recorded data as tables of pandas and arrays of xarray."""

from __future__ import annotations

from typing import Any

from distsnn.interop.recorded import Recorded, RecordedSpikes, package


class GivesFrames:
    """A source whose recorded data can be had as tables."""

    def recorded(self) -> Recorded:
        """Return all recorded data as arrays."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """Recorded data as a DataFrame of pandas; see `distsnn.interop.frames.to_pandas`."""
        return to_pandas(self.recorded())

    def to_xarray(self) -> Any:
        """Recorded data as a Dataset of xarray; see `distsnn.interop.frames.to_xarray`."""
        return to_xarray(self.recorded())


def to_pandas(recorded: Recorded) -> Any:
    """A table of pandas.

    Parameters
    ----------
    recorded : RecordedSpikes or RecordedTraces

    Returns
    -------
    pandas.DataFrame
        Of spikes a row for each, with the columns ``t`` (ms), ``i`` and the recorded variables.
        Of traces a row for each time (the index ``t``, ms), with a column for each variable and
        neuron. ``attrs["units"]`` has the units.
    """
    pandas = package("pandas")
    if isinstance(recorded, RecordedSpikes):
        made = pandas.DataFrame({"t": recorded.t, "i": recorded.i, **recorded.variables})
        units = {"t": "ms", "i": "1", **recorded.units}
    else:
        labels = pandas.Index(recorded.index, name="i")
        times = pandas.Index(recorded.t, name="t")
        parts = {
            name: pandas.DataFrame(values, index=times, columns=labels)
            for name, values in recorded.variables.items()
        }
        made = pandas.concat(parts, axis=1, names=["variable"])
        units = {"t": "ms", **recorded.units}
    made.attrs = {"name": recorded.name, "units": units}
    return made


def to_xarray(recorded: Recorded) -> Any:
    """A dataset of xarray.

    Parameters
    ----------
    recorded : RecordedSpikes or RecordedTraces

    Returns
    -------
    xarray.Dataset
        Of spikes the variables ``t`` (ms), ``i`` and those recorded, over ``spike``. Of traces
        each variable over ``t`` (ms) and ``i``. Each has its unit in ``attrs["units"]``.
    """
    xarray = package("xarray")
    if isinstance(recorded, RecordedSpikes):
        columns = {"t": recorded.t, "i": recorded.i, **recorded.variables}
        units = {"t": "ms", "i": "1", **recorded.units}
        made = xarray.Dataset({name: ("spike", values) for name, values in columns.items()})
    else:
        units = {"t": "ms", **recorded.units}
        made = xarray.Dataset(
            {name: (("t", "i"), values) for name, values in recorded.variables.items()},
            coords={"t": recorded.t, "i": recorded.index},
        )
    made.attrs["name"] = recorded.name
    for name, unit in units.items():
        made[name].attrs["units"] = unit
    return made
