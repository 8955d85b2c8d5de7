"""Recorded data in other packages: what they read is what was recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError, ms, pA
from distsnn.errors import FileError
from distsnn.interop import analog_signals, block, spike_trains, write_nwb

neo = pytest.importorskip("neo")
pandas = pytest.importorskip("pandas")
xarray = pytest.importorskip("xarray")
pynwb = pytest.importorskip("pynwb")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("interop")
    cells = snn.NeuronGroup(4, snn.LIF(I_e=400 * pA), name="cells")
    # The last one is silent.
    cells[3:].I_e = 0 * pA
    M = snn.SpikeMonitor(cells, variables="V_m", name="M")
    V = snn.StateMonitor(cells, ["V_m", "I_e"], record=[3, 1], dt=0.5 * ms, name="V")
    W = snn.StateMonitor(cells, "V_m", record=True, name="W", to=folder / "traces.h5")
    R = snn.PopulationRateMonitor(cells, name="R")
    snn.Network(cells, M, V, W, R).run(50 * ms, record=folder / "spikes.h5")
    return {"folder": folder, "cells": cells, "M": M, "V": V, "W": W, "R": R}


def test_pandas(recorded: dict[str, Any]) -> None:
    M, V = recorded["M"], recorded["V"]
    table = M.to_pandas()
    assert list(table.columns) == ["t", "i", "V_m"]
    assert table.t.tolist() == M.t[:].tolist()
    assert table.V_m.tolist() == M.V_m[:].tolist()
    assert table.attrs == {"name": "cells", "units": {"t": "ms", "i": "1", "V_m": "mV"}}
    assert table.groupby("i").size().to_dict() == {0: 1, 1: 1, 2: 1}
    traces = V.to_pandas()
    assert traces.V_m[3].tolist() == V[3].V_m.tolist()
    assert traces.I_e[1].tolist() == [400.0] * 100
    assert traces.index.tolist() == V.t.tolist()
    of_file = snn.SpikeFile(recorded["folder"] / "spikes.h5").to_pandas("cells")
    assert of_file.equals(table[["t", "i"]])
    of_report = snn.ReportFile(recorded["folder"] / "traces.h5").to_pandas()
    assert of_report.V_m.shape == (500, 4)
    assert np.array_equal(of_report.V_m, recorded["W"].to_pandas().V_m.astype(np.float32))


def test_xarray(recorded: dict[str, Any]) -> None:
    V = recorded["V"].to_xarray()
    assert V.V_m.sel(i=1, t=2.5).item() == recorded["V"][1].V_m[5]
    assert V.V_m.attrs["units"] == "mV"
    assert V.sizes == {"t": 100, "i": 2}
    spikes = recorded["M"].to_xarray()
    assert spikes.i.values.tolist() == recorded["M"].i[:].tolist()
    rate = recorded["R"].to_xarray()
    assert float(rate.rate.mean("t").item()) == pytest.approx(recorded["R"].rate.mean())


def test_parquet_and_netcdf_read_what_was_written(recorded: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    for name in "MV":
        data = recorded[name].to_xarray()
        # NetCDF 3, which scipy writes, has whole numbers of 32 bits.
        data = data.assign({x: data[x].astype("int32") for x in data.variables
                            if data[x].dtype.kind == "i"})  # fmt: skip
        data.to_netcdf(tmp_path / f"{name}.nc", engine="scipy")
        with xarray.open_dataset(tmp_path / f"{name}.nc", engine="scipy") as found:
            xarray.testing.assert_identical(found.load(), data)
    pytest.importorskip("pyarrow")
    for name in "MVR":
        table = recorded[name].to_pandas()
        table.to_parquet(tmp_path / f"{name}.parquet")
        found = pandas.read_parquet(tmp_path / f"{name}.parquet")
        pandas.testing.assert_frame_equal(found, table)
        assert found.attrs == table.attrs


def test_neo(recorded: dict[str, Any]) -> None:
    M, V = recorded["M"], recorded["V"]
    trains = spike_trains(M)
    assert [len(train) for train in trains] == M.count[:].tolist()
    assert trains[1].rescale("s").magnitude == pytest.approx(M.spike_trains()[1] / 1000)
    assert float(trains[3].t_stop.rescale("ms")) == 50.0
    signals = analog_signals(V)
    assert [signal.name for signal in signals] == ["V_m", "I_e"]
    assert str(signals[1].units.dimensionality) == "pA"
    assert signals[0].magnitude.T.tolist() == V.V_m.tolist()
    assert float(signals[0].sampling_rate.rescale("kHz")) == pytest.approx(2.0)
    assert signals[0].array_annotations["i"].tolist() == [3, 1]
    made = block([M, V, recorded["R"]], seed=7)
    assert made.annotations["seed"] == 7
    (segment,) = made.segments
    assert (len(segment.spiketrains), len(segment.analogsignals)) == (4, 3)
    file = snn.SpikeFile(recorded["folder"] / "spikes.h5").recorded("cells")
    assert [t.tolist() for t in spike_trains(file)] == [t.tolist() for t in trains]


def test_neo_writes_and_reads_it(recorded: dict[str, Any], tmp_path: Path) -> None:
    """What Neo itself writes to a file and reads again."""
    path = tmp_path / "block.pkl"
    neo.io.PickleIO(str(path)).write(block([recorded["M"], recorded["V"]]))
    (segment,) = neo.io.PickleIO(str(path)).read_block().segments
    assert [len(train) for train in segment.spiketrains] == recorded["M"].count[:].tolist()


def test_nwb(recorded: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "run.nwb"
    write_nwb(path, [recorded["M"], recorded["V"]], description="four cells")
    assert pynwb.validate(path=str(path)) in ([], ([], 0))
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        read = file.read()
        assert read.session_description == "four cells"
        units = read.units
        assert len(units) == 4
        assert units["spike_times"][1] == pytest.approx(recorded["M"].spike_trains()[1] / 1000)
        assert units["population"][0] == "cells"
        series = read.acquisition["cells V_m"]
        assert series.unit == "V"
        assert series.data[:] * series.conversion == pytest.approx(recorded["V"].V_m.T * 1e-3)
        assert series.timestamps[1] == pytest.approx(0.5e-3)
    with pytest.raises(FileError, match="overwrite=True"):
        write_nwb(path, [recorded["M"]])
    write_nwb(path, [recorded["M"]], overwrite=True)


def test_what_has_no_such_data(recorded: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParameterError, match="Use analog_signals"):
        spike_trains(recorded["V"])
    with pytest.raises(ParameterError, match="Use spike_trains"):
        analog_signals(recorded["M"])
    with pytest.raises(ParameterError, match="NeuronGroup has no recorded data"):
        spike_trains(recorded["cells"])
    cells = snn.NeuronGroup(1, snn.LIF())
    counts = snn.SpikeMonitor(cells, record=False)
    with pytest.raises(ParameterError, match="only counts"):
        counts.to_pandas()
    V = snn.StateMonitor(cells, "V_m", record=True)
    net = snn.Network(cells, V)
    net.run(1 * ms)
    net.dt = 0.5 * ms
    net.run(1 * ms)
    assert V.to_pandas().shape == (12, 1)
    with pytest.raises(ParameterError, match="not evenly spaced"):
        analog_signals(V)
    monkeypatch.setitem(sys.modules, "neo", None)
    with pytest.raises(ParameterError, match=r"nstall it with pip install 'distsnn\[analysis\]'"):
        spike_trains(recorded["M"])
