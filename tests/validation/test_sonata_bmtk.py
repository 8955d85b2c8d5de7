"""A circuit that BMTK builds and simulates on NEST, beside distsnn on the same files.

All models of cells, GLIF 1 to 5 among them, static and plastic synapses, spikes and currents.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from distsnn.nest_models.glif import glif_class
from tests import bmtk_circuits

pytest.importorskip("nest")
pytest.importorskip("bmtk")


def in_bmtk(*arguments: str) -> None:
    command = [sys.executable, bmtk_circuits.__file__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.long
def test_every_spike_is_that_of_bmtk_on_nest(tmp_path: Path) -> None:
    circuit, config = tmp_path / "circuit", str(tmp_path / "circuit" / "config.json")
    in_bmtk("build", str(circuit))
    in_bmtk("run", config)
    with h5py.File(circuit / "output" / "spikes.h5") as file:
        times, nodes = (file[f"spikes/cortex/{x}"][:] for x in ("timestamps", "node_ids"))
    with h5py.File(circuit / "output" / "v.h5") as file:
        potential = file["report/cortex/data"][:]
    order = np.lexsort((nodes, np.rint(times / 0.1)))
    assert times.size > 1500
    assert np.unique(nodes).size == bmtk_circuits.PER_MODEL * len(bmtk_circuits.MODELS)

    def job(_: object) -> None:
        snn.Network.from_sonata(config).run()

    for count in (1, 3):
        run_loopback(count, job)
        found = snn.SpikeFile(circuit / "output" / "spikes.h5").spikes("cortex")
        np.testing.assert_array_equal(np.rint(found[0] / 0.1), np.rint(times / 0.1)[order])
        np.testing.assert_array_equal(found[1], nodes[order])
    # BMTK's report begins a step later, and has three digits.
    with h5py.File(circuit / "output" / "v.h5") as file:
        assert file["report/cortex/mapping/node_ids"][:].tolist() == [0, 3, 7]
        ours = file["report/cortex/data"][1:]
    n = min(len(potential), len(ours))
    np.testing.assert_allclose(ours[:n], potential[:n], atol=6e-4)


@pytest.mark.long
def test_bmtk_runs_what_is_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    times = np.sort(rng.choice(np.arange(1, 1500), 40, replace=False)) / 10
    cells = snn.NeuronGroup(20, snn.LIF(I_e=350 * snn.pA), name="cells")
    given = snn.SpikeGeneratorGroup(5, rng.integers(0, 5, 40), times * snn.ms, name="given")
    exc = snn.Exponential(tau=2 * snn.ms)
    S = snn.Synapses(given, cells, exc, weight=80 * snn.pA, delay=1.5 * snn.ms, name="S")
    T = snn.Synapses(cells, cells, exc, weight=60 * snn.pA, delay=1 * snn.ms, name="T")
    values = {"asc_decay_1": 0.01, "asc_amps_1": -8.0, "V_th": -66.0, "E_L": -72.0}
    kind = glif_class((False, True, False), 1)
    glif = snn.NeuronGroup(6, kind(V_reset=-72.0, **values), name="glif")
    ports = snn.Alpha(2.5, name="port_1"), snn.Alpha(0.9, name="port_2")
    U = snn.Synapses(given[1:], glif, ports[1], weight=90 * snn.pA, delay=1.2 * snn.ms, name="U")
    V = snn.Synapses(cells, glif, ports[0], weight=30 * snn.pA, delay=1 * snn.ms, name="V")
    for made, p in ((S, 0.5), (T, 0.2), (U, 0.8), (V, 0.4)):
        made.connect(p=p)
    config = tmp_path / "circuit" / "config.json"
    snn.Network(cells, given, glif, S, T, U, V, seed=3).write_sonata(
        config.parent, tstop=200 * snn.ms
    )
    snn.Network.from_sonata(config).run()
    file = snn.SpikeFile(config.parent / "output" / "spikes.h5")
    ours = {name: file.spikes(name) for name in ("cells", "glif")}
    in_bmtk("run", str(config))
    with h5py.File(config.parent / "output" / "spikes.h5") as theirs:
        for name, found in ours.items():
            expected = [theirs[f"spikes/{name}/{x}"][:] for x in ("timestamps", "node_ids")]
            pairs = [
                sorted(zip(np.rint(t / 0.1).astype(int), node, strict=True))
                for t, node in (found, expected)
            ]
            assert len(pairs[0]) > 20, name
            assert pairs[0] == pairs[1], name
