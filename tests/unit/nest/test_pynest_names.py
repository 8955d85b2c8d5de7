"""Each name of NEST is there, or is refused with what there is instead."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from distsnn import ParameterError, nest
from distsnn.nest.absent_names import ABSENT
from distsnn.nest.kernel_attributes import NotThereError


def test_names_of_nest_are_there_or_refused() -> None:
    peer = pytest.importorskip("nest")
    absent = {x for x in dir(peer) if not x.startswith("_") and not hasattr(nest, x)}
    assert absent <= ABSENT.keys()
    assert not [x for x in ABSENT if hasattr(nest, x)]
    with pytest.raises(NotThereError, match=r"Network\.from_sonata"):
        nest.SonataNetwork  # noqa: B018 - reading it is what raises


def test_older_names(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("distsnn")
    before, level = nest.verbosity, log.level
    try:
        nest.set_verbosity("M_ERROR")
        assert (nest.get_verbosity(), log.level) == (30, logging.ERROR)
        nest.verbosity = nest.VerbosityLevel.WARNING
        assert (nest.get_verbosity(), log.level) == (20, logging.WARNING)
        with pytest.raises(ParameterError, match="M_WARNING"):
            nest.set_verbosity("loud")
    finally:
        nest.verbosity = before
        log.setLevel(level)
    assert nest.Models("synapses", "tsodyks2") == ("tsodyks2_synapse", "tsodyks2_synapse_hpc")
    assert "iaf_psc_exp" in nest.Models("nodes")
    assert nest.ConnectionRules() == tuple(nest.connection_rules)
    assert list(nest.GetLocalVPs()) == [0]
    nest.help("iaf_psc_exp")
    assert "tau_syn_ex = 2.0" in capsys.readouterr().out
    nest.userdict = {"mine": 1}
    assert nest.GetKernelStatus("userdict") == {"mine": 1}
    assert nest.growth_curves == ["gaussian", "linear", "sigmoid"]


def test_scripts_in_the_style_of_older_versions(capsys: pytest.CaptureFixture[str]) -> None:
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": 0.1, "rng_seed": 3, "local_num_threads": 1})
    assert nest.GetKernelStatus("resolution") == 0.1
    assert nest.GetKernelStatus(["rng_seed", "num_processes"]) == (3, 1)
    cells = nest.Create("iaf_psc_exp", 2)
    nest.SetStatus(cells, {"I_e": 400.0})
    nest.SetStatus(cells, [{"tau_m": 9.0}, {"tau_m": 11.0}])
    nest.SetStatus(cells, "t_ref", 1.0)
    assert nest.GetStatus(cells, "tau_m") == (9.0, 11.0)
    assert nest.GetStatus(cells)[1]["t_ref"] == 1.0
    spec = {"synapse_model": "static_synapse", "weight": 2.0, "delay": 1.5}
    nest.Connect(cells, cells, conn_spec={"rule": "one_to_one"}, syn_spec=spec)
    found = nest.GetConnections(cells)
    assert nest.GetStatus(found, "weight") == [2.0, 2.0]
    nest.SetStatus(found, {"weight": 3.0})
    assert nest.GetStatus(found, ["source", "weight"]) == ((1, 3.0), (2, 3.0))
    nest.PrintNodes()
    assert "1 .. 2 iaf_psc_exp" in capsys.readouterr().out
    nest.ResetKernel()


def test_pictures_of_files(tmp_path: Path) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    head = "# NEST version: 3.10\n# RecordingBackendASCII version: 2\n"
    spikes, trace = tmp_path / "spikes.dat", tmp_path / "trace.dat"
    spikes.write_text(head + "sender\ttime_ms\n1\t2.5\n2\t3.0\n", encoding="utf8")
    rows = ["sender\ttime_ms\tV_m", "1\t1.0\t-70.0", "2\t1.0\t-69.0", "1\t2.0\t-68.0"]
    trace.write_text(head + "\n".join(rows) + "\n", encoding="utf8")
    (dots,) = nest.raster_plot.from_file([str(spikes), str(spikes)], hist=False)
    np.testing.assert_array_equal(dots.get_xdata(), [2.5, 3.0, 2.5, 3.0])
    first, second = nest.voltage_trace.from_file(str(trace))
    np.testing.assert_array_equal(first.get_ydata(), [-70.0, -68.0])
    np.testing.assert_array_equal(second.get_xdata(), [1.0])
    plt.close("all")


def test_tics_are_set_with_the_resolution() -> None:
    nest.ResetKernel()
    with pytest.raises(ParameterError, match=r"it is a multiple of 0.001 ms. .*tics_per_ms"):
        nest.resolution = 2.0**-14
    nest.set(tics_per_ms=2**14, resolution=2.0**-14)
    assert (nest.resolution, nest.tics_per_step, nest.ms_per_tic) == (2.0**-14, 1, 2.0**-14)
    nest.Create("parrot_neuron")
    with pytest.raises(ParameterError, match="Set it before"):
        nest.tics_per_ms = 2.0**15
    nest.ResetKernel()
    assert nest.tics_per_ms == 1000.0
