"""What users set, read and write of networks with trials."""

from __future__ import annotations

import re

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms, pA
from distsnn.errors import DistsnnError, NotEnoughMemoryError, ParameterError
from distsnn.exchange import run_loopback
from distsnn.front.network.trials import trial_runs
from distsnn.record.comparison import compare_recordings


def network(to=None, **given):
    """Cells with a current each, which spike at times of their own."""
    snn.start_scope()
    cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * pA), name="cells")
    cells.V_m = snn.Uniform(-70.0, -56.0)
    source = snn.SpikeGeneratorGroup(3, [0, 1], [1.0, 2.0] * ms, name="source")
    spikes = snn.SpikeMonitor(cells, name="spikes")
    given_spikes = snn.SpikeMonitor(source, name="given_spikes")
    trace = snn.StateMonitor(cells, "V_m", [3], dt=1.0, to=to, name="trace")
    objects = cells, source, spikes, given_spikes, trace
    return snn.Network(*objects, seed=3, **given)


def test_states_begin_differently_and_parameters_alike():
    net = network(trials=3)
    cells = net["cells"]
    assert cells.V_m.shape == (3, 10)
    assert len({row.tobytes() for row in cells.V_m[:]}) == 3
    cells.C_m = snn.Uniform(200.0, 300.0)
    assert len({row.tobytes() for row in cells.C_m[:]}) == 1
    plain = network()
    np.testing.assert_array_equal(cells.V_m[0], plain["cells"].V_m)
    assert (net.trials, net.trial, plain.trials, network(trial=2).trial) == (3, None, None, 2)


def test_what_is_set_is_that_of_each_trial():
    net = network(trials=3)
    cells, source = net["cells"], net["source"]
    source.set_spikes(snn.by_trial([[0], [1, 2], [2]]), snn.by_trial([[1.0], [2.0, 3.0], [4.0]]))
    assert source.times.values[1].tolist() == [2.0, 3.0]
    assert source.period == 0.0
    cells[:5].I_e = snn.by_trial([0.0, 100.0, 200.0])
    cells.I_e_ = snn.by_trial([1e-12 * np.arange(10.0)] * 3)
    cells.I_e[0] = snn.by_trial([500.0, 600.0, 700.0])
    assert cells.I_e[:, :2].tolist() == [[500.0, 1.0], [600.0, 1.0], [700.0, 1.0]]
    cells.I_e[1] = 450.0
    net.run(5 * ms)
    given = net["given_spikes"]
    assert given.trial.tolist() == [0, 1, 1, 2]
    assert given.i[:].tolist() == [0, 1, 2, 2]
    assert given.t[:].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert [one.num_spikes for one in given] == [1, 2, 1]
    assert given.count.shape == (3, 3)
    assert net["trace"].V_m.shape == (3, 1, 5)
    assert net["trace"][1][3].V_m.shape == (5,)


def test_rates_are_read_as_they_were_set():
    snn.start_scope()
    group = snn.PoissonGroup(3, 0.01, name="group")
    receptor = snn.Exponential(5.0)
    cells = snn.NeuronGroup(2, snn.LIF(), name="cells")
    noise = snn.PoissonInput(cells, receptor, 10, 0.01, 5.0, name="noise")
    snn.Network(group, cells, noise, trials=2)
    assert (group.rates, noise.rate, noise.weight) == (0.01, 0.01, 5.0)
    group.rates = snn.by_trial([0.02, [0.01, 0.02, 0.03]])
    noise.rate = snn.by_trial([0.02, 0.03])
    assert noise.rate.values == [0.02, 0.03]
    assert group[1:].rates[:, 1].tolist() == [0.02, 0.03]
    group[:1].rates = 0.05
    assert [np.max(rates) for rates in group.rates.values] == [0.05, 0.05]
    assert noise.weight == 5.0


def test_a_stimulus_may_differ():
    def ran(stim, **given):
        snn.start_scope()
        rates = snn.PoissonGroup(4, rates="stim(t)*300*Hz", name="rates")
        spikes = snn.SpikeMonitor(rates, name="spikes")
        net = snn.Network(rates, spikes, **given)
        net.run(20 * ms)
        return net["spikes"]

    stim = snn.TimedArray(snn.by_trial([[1, 0], [0, 1, 2], [0, 0]]), dt=4 * ms)
    found = ran(stim, trials=3)
    assert found[2].num_spikes == 0 < found[1].num_spikes
    for trial, values in enumerate(stim.by_trial):
        for one in (stim, values):
            np.testing.assert_array_equal(ran(one, trial=trial).t, found[trial].t)
    with pytest.raises(ParameterError, match="TimedArray with values by trial"):
        ran(stim)
    with pytest.raises(ParameterError, match="of one and of two dimensions"):
        snn.TimedArray(snn.by_trial([[1.0], [[1.0]]]), dt=1.0)


def test_files_are_those_of_the_trial_alone(tmp_path):
    net = network(tmp_path / "v.h5", trials=2)
    net.run(30 * ms, record=tmp_path / "s.h5", checkpoint=tmp_path / "c.h5", every=10 * ms)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"{name}.trial{b}.h5" for name in "csv" for b in (0, 1)]
    trace = net["trace"].V_m
    for trial in (0, 1):
        alone = network(tmp_path / f"alone{trial}.h5", trial=trial)
        alone.run(30 * ms, record=tmp_path / f"alone_s{trial}.h5")
        np.testing.assert_array_equal(alone["trace"].V_m, trace[trial])
        files = tmp_path / f"s.trial{trial}.h5", tmp_path / f"alone_s{trial}.h5"
        assert compare_recordings(*files).same
    # Before any trial takes time, it is known that the file of another is there.
    late = network(trials=2)
    (tmp_path / "s.trial0.h5").unlink()
    with pytest.raises(DistsnnError, match=r"s\.trial1\.h5"):
        late.run(1 * ms, record=tmp_path / "s.h5")
    assert late.t == 0.0
    # The file of one trial stands for those of all.
    again = network(tmp_path / "v.h5", trials=2)
    again.load(tmp_path / "c.trial1.h5")
    again.run(10 * ms)
    assert again.t == 40.0
    np.testing.assert_array_equal(again["trace"].V_m[..., :30], trace)
    with pytest.raises(DistsnnError, match="trial 1"):
        network(tmp_path / "x.h5", trial=0).load(tmp_path / "c.trial1.h5")


def test_callbacks_see_the_trial_whose_turn_it_is():
    net = network(trials=3)
    cells, seen = net["cells"], []

    @snn.network_operation(dt=4 * ms)
    def look():
        seen.append((net.trial, cells.V_m.shape))
        if net.trial == 1 and len(seen) == 4:
            net.stop()

    net.add(look)
    net.run(8 * ms)
    assert seen == [(b, (10,)) for b in (0, 0, 1, 1, 2, 2)]
    # A trial that has stopped is behind the others, until the next run.
    assert {len(one.t) for one in net["trace"]} == {5, 8}
    net.run(4 * ms)
    assert {len(one.t) for one in net["trace"]} == {9}


def test_states_are_kept_and_gone_back_to():
    net = network(trials=2)
    net.store()
    net["cells"].I_e = snn.by_trial([500.0, 600.0])
    net.run(20 * ms)
    counts = [one.num_spikes for one in net["spikes"]]
    net.store("later")
    net.run(10 * ms)
    net.restore("later", restore_random_state=True)
    assert [one.num_spikes for one in net["spikes"]] == counts
    assert net.t == 20.0
    net.restore(restore_random_state=True)
    assert net.t == 0.0
    assert net["cells"].I_e[:].max() == 400.0


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (lambda: network(trials=0), "trials=0"),
        (lambda: network(trials=2, trial=1), "one of both"),
        (lambda: network(trial=-1), "trial=-1"),
        (lambda: network(divide="trials"), "without trials="),
        (lambda: network(trials=2, divide="space"), "divide='space'"),
        (lambda: snn.by_trial(3.0), "sequence"),
        (lambda: snn.by_trial("v"), "sequence"),
        (lambda: snn.by_trial([]), "sequence"),
        (lambda: _set(network(), snn.by_trial([1.0, 2.0])), "with trials= or trial="),
        (lambda: _set(network(trials=3), snn.by_trial([1.0, 2.0])), "3 trials"),
        (lambda: _set(network(trial=2), snn.by_trial([1.0, 2.0])), "2 values, and trial 2"),
        (lambda: network(trials=2)["cells"].V_m["V_m > -60*mV"], "other members in each"),
        (lambda: network(trials=2).restore(), "restore_random_state"),
        (lambda: network()["spikes"].trial, "monitors of networks with trials="),
        (lambda: network()["spikes"][0], "monitors of networks with trials="),
        (lambda: _ran(network(trials=2))["spikes"].measures().rates, "index the monitor"),
        (lambda: _ran(network(trials=2))["trace"].recorded().values, "index the monitor"),
        (lambda: _ran(network(trials=2)).add(snn.PoissonGroup(1, 0.0)), "was added after"),
        (lambda: network(trials=2).run(1.0, profile="p.json"), "one run"),
    ],
)
def test_what_is_refused(action, said):
    with pytest.raises(ParameterError, match=re.compile(said, re.IGNORECASE)):
        action()


def _set(net, value):
    net["cells"].I_e = value


def _ran(net):
    net.run(1 * ms)
    return net


def test_monitors_come_and_go_between_runs():
    net = network(trials=2)
    net.run(3 * ms)
    later = snn.StateMonitor(net["cells"], "V_m", [1], dt=1.0)
    net.add(later)
    net.remove(net["trace"])
    net.run(2 * ms)
    assert later.t.tolist() == [3.0, 4.0]
    assert later.V_m.shape == (2, 1, 2)
    assert "2 times" in repr(later)


def test_ranks_divide_neurons_where_synapses_do_not_fit_on_each(monkeypatch):
    def check(world, description, threads, share):
        if share.size < world.size:
            raise NotEnoughMemoryError("Network", "it is too large", needed=2.0, free=1.0)

    monkeypatch.setattr(trial_runs, "check_memory", check)

    def job(world):
        net = network(trials=4)
        net.run(1 * ms)
        assert (net._values.parts, net._values.local) == (1, [0, 1, 2, 3])
        forced = network(trials=4, divide="trials")
        with pytest.raises(NotEnoughMemoryError):
            forced.run(1 * ms)
        forced.run(1 * ms, force=True)
        assert (forced._values.parts, forced._values.local) == (2, [world.rank, world.rank + 2])

    run_loopback(2, job)
