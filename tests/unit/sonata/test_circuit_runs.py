"""Runs of circuits by the command and by `run()` alone: their files, currents and reports."""

from __future__ import annotations

from pathlib import Path

import h5py
import libsonata
import numpy as np
import pytest

import distsnn as snn
from distsnn.cli import main
from tests.circuits import SmallCircuit

INPUT = {"input_type": "current_clamp", "module": "IClamp"}


def circuit() -> SmallCircuit:
    made = SmallCircuit()
    made.config["output"] |= {
        "spikes_file_csv": "spikes.csv",
        "spikes_sort_order": "id",
        "overwrite_output_dir": True,
        "log_file": "log.txt",
    }
    made.config["node_sets"] = {
        "some": {"population": "cells", "ei": "i", "node_id": [0, 1, 2, 3, 4, 5, 6]},
        "both": ["some", "first"],
        "first": {"node_type_id": 10, "node_ids": [1, 2]},
    }
    made.config["reports"] = {
        "v": {
            "module": "membrane_report",
            "cells": {"population": "cells", "ei": "i"},
            "variable_name": "V_m",
        },
        "all.h5": {"module": "multimeter", "cells": "cells", "variable_name": ["V_m"], "dt": 1.0},
        "off": {"module": "ecp", "enabled": False},
    }
    made.config["inputs"]["clamp"] = INPUT | {
        "node_set": "both", "amp": [150.0, -80.0], "delay": [0.05, 20.0], "duration": [5, 10.5]
    }  # fmt: skip
    return made


def test_the_command_runs_a_configuration_with_all_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = circuit()
    path = made.write(tmp_path)
    with pytest.raises(SystemExit, match="0"):
        main(["run", str(path)])
    assert "written: " in capsys.readouterr().out
    output = tmp_path / "output"
    files = {file.name for file in output.iterdir() if not file.name.startswith(".")}
    assert files == {"spikes.h5", "spikes.csv", "v.h5", "all.h5"}
    times, nodes = snn.SpikeFile(output / "spikes.h5").spikes("cells")
    assert times.size > 10
    lines = (output / "spikes.csv").read_text().splitlines()
    assert lines[0] == "timestamps population node_ids"
    rows = [line.split() for line in lines[1:]]
    order = np.lexsort((times, nodes))
    assert [int(row[2]) for row in rows] == nodes[order].tolist()
    np.testing.assert_allclose([float(row[0]) for row in rows], times[order])
    # As NEST labels them, which is a step later than in a recording of one's own.
    net = snn.Network.from_sonata(path)
    net.run(60.0, record=tmp_path / "own.h5")
    own = snn.SpikeFile(tmp_path / "own.h5").spikes("cells")
    np.testing.assert_allclose(times, own[0] + 0.1)
    np.testing.assert_array_equal(nodes, own[1])
    report = libsonata.SomaReportReader(str(output / "v.h5"))["cells"]
    ids = made.nodes["nodes/cells/node_id"][1::2]
    assert report.get_node_ids() == sorted(ids.tolist())
    # Cells of both models stand in one report.
    every = libsonata.SomaReportReader(str(output / "all.h5"))["cells"]
    assert every.get_node_ids() == list(range(14))
    assert every.times == (0.0, 60.0, 1.0)
    some, whole = (one.get(node_ids=ids.tolist()) for one in (report, every))
    np.testing.assert_array_equal(whole.data, some.data[::10])
    # A run without a duration goes on to the end, which has been reached.
    assert net.run().spikes == 0
    with pytest.raises(snn.ParameterError, match="duration is missing"):
        snn.Network(snn.NeuronGroup(1, snn.LIF())).run()


def test_a_configuration_is_planned_like_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(circuit().write(tmp_path))
    for command in (["plan", path, "--ranks", "2"], ["jobscript", path, "--wall", "0:10:00"]):
        with pytest.raises(SystemExit, match="0"):
            main([*command, "--no-calibrate"])
    said = capsys.readouterr().out
    assert "23 neurons, 140 synapses, on 2 ranks" in said
    assert f"set -- run {path} " in said


def test_currents_begin_and_end_as_in_nest(tmp_path: Path) -> None:
    made = circuit()
    # An onset up to a step is left out, the rest acts from the update behind it on.
    net = snn.Network.from_sonata(made.write(tmp_path))
    group = net["cells_iaf_psc_alpha"]
    trace = snn.StateMonitor(group, "I_syn_clamp", True)
    other = snn.StateMonitor(net["cells_iaf_psc_exp"], "I_syn_clamp", True)
    net.add(trace, other)
    net.run(60.0, record=tmp_path / "own.h5")
    steps = np.arange(600)
    expected = np.where((steps >= 201) & (steps < 306), -80.0, 0.0)
    ids = np.sort(made.nodes["nodes/cells/node_id"][1::2])
    for n, node in enumerate(ids.tolist()):
        want = expected if node <= 6 else 0 * expected
        np.testing.assert_array_equal(trace.I_syn_clamp[n], want)
    assert int((other.I_syn_clamp != 0).any(axis=1).sum()) <= 2


def test_currents_from_files(tmp_path: Path) -> None:
    made = circuit()
    table = INPUT | {"input_type": "csv", "node_set": "cells", "file": "amps.csv"}
    sweep = INPUT | {"input_type": "nwb", "node_set": "cells", "file": "s.nwb", "sweep_id": 7}
    made.config["inputs"] = {"table": table, "sweep": sweep | {"downsample": 1.0}}
    path = made.write(tmp_path)
    (tmp_path / "amps.csv").write_text("timestamps amps\n10.0 50\n15.5 0.0\n")
    with h5py.File(tmp_path / "s.nwb", "w") as file:
        series = file.create_group("epochs/Sweep_7/stimulus/timeseries")
        series["data"] = np.r_[np.zeros(80), np.full(40, 2e-9), np.zeros(50)]
        series["starting_time"] = 0.0
        series["starting_time"].attrs["rate"] = 4000.0
    net = snn.Network.from_sonata(path)
    trace = snn.StateMonitor(net["cells_iaf_psc_exp"], "I_syn_clamp", [0])
    net.add(trace)
    net.run(60.0, record=tmp_path / "own.h5")
    steps = np.arange(600)
    expected = 50.0 * ((steps >= 101) & (steps < 156)) + 2.0 * ((steps >= 201) & (steps < 301))
    np.testing.assert_array_equal(trace.I_syn_clamp[0], expected)
