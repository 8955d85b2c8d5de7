"""A network collects, names and runs its parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError, UnknownNameError


def firing(n: int = 3, **values: object) -> snn.NeuronGroup:
    return snn.NeuronGroup(n, snn.LIF(I_e=500.0), **values)


def test_parts_may_be_nested() -> None:
    a, b = firing(), firing()
    synapses = snn.Synapses(a, b, snn.Exponential(3.0), weight=1.0)
    net = snn.Network([a, (b,)], [[synapses]], iter([snn.SpikeMonitor(a)]))
    assert (len(net.groups), len(net.synapses), len(net.monitors)) == (2, 1, 1)
    net.add(a[1:2], b)
    assert len(net.groups) == 2


def test_names_are_numbered_by_class() -> None:
    a, b, c = firing(), firing(name="neurongroup_1"), firing()
    net = snn.Network(a, b, c, snn.PoissonGroup(1, 0.0), snn.SpikeMonitor(a))
    assert [g.name for g in net.groups] == [
        "neurongroup_0",
        "neurongroup_1",
        "neurongroup_2",
        "poissongroup_0",
    ]
    assert net.monitors[0].name == "spikemonitor_0"


def test_time_goes_on() -> None:
    net = snn.Network(firing(), dt=0.25)
    assert net.t == 0.0
    net.run(1.1)
    assert net.t == 1.25
    summary = net.run(10.0)
    assert net.t == 11.25
    assert summary.duration == 10.0
    assert net.run(0.0).spikes == 0


def test_the_seed_may_be_set_until_the_run() -> None:
    cells = firing()
    cells.V_m = snn.Uniform(-70.0, -60.0)
    net = snn.Network(cells, seed=1)
    before = cells.V_m[:]
    net.seed = 2
    assert not np.array_equal(cells.V_m, before)
    net.seed = 1
    assert np.array_equal(cells.V_m, before)


def test_an_empty_network() -> None:
    net = snn.Network()
    assert net.run(1.0).spikes == 0


def test_monitors_of_slices() -> None:
    cells = snn.NeuronGroup(5, snn.LIF(I_e=[0.0, 500.0, 600.0, 700.0, 0.0]))
    whole, part = snn.SpikeMonitor(cells), snn.SpikeMonitor(cells[2:])
    rates = snn.PopulationRateMonitor(cells[1:4])
    net = snn.Network(cells, whole, part, rates)
    net.run(30.0)
    net.run(20.0)
    assert whole.count.tolist()[2:] == part.count.tolist()
    assert whole.num_spikes == whole.t.size == whole.count.sum()
    assert (np.diff(whole.t) >= 0).all()
    trains = whole.spike_trains()
    assert list(trains) == [0, 1, 2, 3, 4]
    for n, train in trains.items():
        assert np.array_equal(train, whole.t[whole.i == n])
    assert rates.t.size == 500
    assert rates.rate.sum() * 0.1 * 3 == pytest.approx(whole.count[1:4].sum())
    steps = np.rint(whole.t / 0.1).astype(int)
    np.testing.assert_allclose(rates.rate * 0.3, np.bincount(steps, minlength=500))


def test_monitors_that_read_nothing() -> None:
    cells = snn.NeuronGroup(2, snn.LIF())
    spikes, rates = snn.SpikeMonitor(cells), snn.PopulationRateMonitor(cells)
    assert spikes.t.size == rates.t.size == 0
    snn.Network(cells, spikes, rates).run(5.0)
    assert spikes.count.tolist() == [0, 0]
    assert spikes.t.dtype == np.float64
    assert spikes.i.dtype == np.int64
    assert rates.rate.tolist() == [0.0] * 50


def test_a_recording_is_what_monitors_see(tmp_path: Path) -> None:
    cells, source = firing(name="cells"), snn.PoissonGroup(5, 0.05, name="source")
    monitors = [snn.SpikeMonitor(cells), snn.SpikeMonitor(source)]
    net = snn.Network(cells, source, monitors, seed=3)
    net.run(40.0, record=tmp_path / "spikes.h5")
    net.run(40.0, record=tmp_path / "spikes.h5")
    file = snn.SpikeFile(tmp_path / "spikes.h5")
    for name, monitor in zip(("cells", "source"), monitors, strict=True):
        times, index = file.spikes(name)
        np.testing.assert_allclose(times, monitor.t, rtol=1e-14)
        assert index.tolist() == monitor.i.tolist()
        assert times.size > 5
    assert file.header.digest == net.description.digest


def test_a_recording_has_no_gaps(tmp_path: Path) -> None:
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    network = snn.Network(cells)
    network.run(1.0, record=tmp_path / "a.h5")
    network.run(1.0, record=tmp_path / "a.h5")
    network.run(1.0)
    with pytest.raises(ParameterError, match="recorded up to 2 ms and the network has run to 3 ms"):
        network.run(1.0, record=tmp_path / "a.h5")
    assert snn.SpikeFile(tmp_path / "a.h5").header.end == pytest.approx(2.0)


def test_names_are_unique_among_all_objects() -> None:
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    with pytest.raises(ParameterError, match="two objects are named 'cells'"):
        snn.Network(cells, snn.SpikeMonitor(cells, name="cells"))


def test_runs_that_never_end_are_refused() -> None:
    network = snn.Network(snn.NeuronGroup(1, snn.LIF()))
    with pytest.raises(ParameterError, match=r"duration=1e.300 ms"):
        network.run(1e300)


def test_objects_by_name_and_the_time_of_the_last_run() -> None:
    G = snn.NeuronGroup(4, "dv/dt = 1/(10*ms) : 1", threshold="v > 1", reset="v = 0", name="G")
    S = snn.Synapses(G, G[1:], on_pre="v_post += 0.1", name="S")
    S.connect()
    net = snn.Network(G, S)
    assert net["G"] is G
    assert ("S" in net, "T" in net) == (True, False)
    with pytest.raises(UnknownNameError, match="unknown name 'H'; valid names are G, S"):
        net["H"]
    net.run(2.0)
    assert snn.defaultclock.t == net.t == 2.0
    snn.Network(snn.NeuronGroup(1, "v : 1")).run(1.0)
    assert snn.defaultclock.t == 1.0
    assert (G.t, G.dt, G[1:].t, S.t, S.dt) == (2.0, 0.1, 2.0, 2.0, 0.1)
    assert (S.N_pre, S.N_post) == (4, 3)
    assert G.v[G.i[::2]].shape == (2,)
    assert G[1:].i.tolist() == G[[1, 2, 3]].i.tolist() == [0, 1, 2]


def test_collect_finds_what_the_script_sees() -> None:
    snn.start_scope()
    G = snn.NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    M = snn.SpikeMonitor(G)
    out_of_sight = [snn.PopulationRateMonitor(G)]
    assert snn.collect() == [G, M]
    assert snn.Network(snn.collect()).parts == [G, M]
    assert len(out_of_sight) == 1


def test_a_monitor_that_was_out_of_sight_records_no_more() -> None:
    snn.start_scope()
    G = snn.NeuronGroup(2, "dv/dt = 2/ms : 1", threshold="v > 1", reset="v = 0", name="G")
    M = snn.SpikeMonitor(G, name="M")
    snn.run(3)
    n_spikes, kept = M.num_spikes, [M]
    del M
    snn.run(3)
    assert kept[0].num_spikes == n_spikes > 0
    M = kept[0]
    with pytest.raises(ParameterError, match=r"run: M was out of sight of an earlier run\(\)"):
        snn.run(3)
    del M
    snn.run(3)


def test_names_of_the_parameters_of_an_input() -> None:
    G = snn.NeuronGroup(2, "dv/dt = -v/(10*ms) : 1")
    P = snn.PoissonInput(target=G, target_var="v", N=100.0, rate=100 * snn.Hz, weight=0.5)
    snn.Network(G, P).run(5)
    assert P.N == 100
    assert G.v.min() > 0
