"""What can learn, what is refused by name, and where gradients end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError, learning
from distsnn.errors import FileError, NoGradientWarning, UnsupportedError


def network(weight: float = 900.0, delay: float = 1.0, **options):
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], name="source")
    cell = snn.NeuronGroup(2, snn.LIF(), name="cell")
    current = snn.Exponential(tau=5.0)
    S = snn.Synapses(source, cell, current, weight=weight, delay=delay, name="S", **options)
    S.connect()
    return snn.Network(source, cell, S), cell, S


def test_what_is_refused() -> None:
    net = network()[0]
    net.run(1.0)
    with pytest.raises(ParameterError, match="Adjoint: the network has run"):
        learning.Adjoint(net)
    for options, message in (
        ({"stdp": snn.STDP(0.1, 0.1, w_max=1000.0)}, "S: plastic synapses"),
        ({"stp": snn.STD(100.0, 0.5)}, "S: plastic synapses"),
    ):
        with pytest.raises(UnsupportedError, match=message):
            learning.Adjoint(network(**options)[0])
    G = snn.NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", method="exact", name="G")
    with pytest.raises(UnsupportedError, match=r"G: neurons of .* LIF neurons with exponential"):
        learning.Adjoint(snn.Network(G))
    cond = snn.NeuronGroup(1, snn.LIF(), name="cond")
    P = snn.PoissonInput(cond, snn.Exponential(5.0, snn.COBA(0.0)), N=1, rate=0.1, weight=1.0)
    with pytest.raises(UnsupportedError, match="cond: the receptor Exponential"):
        learning.Adjoint(snn.Network(cond, P))
    with pytest.raises(ParameterError, match="sensitivities='yes'"):
        snn.LIF(sensitivities="yes")


def test_networks_that_were_set_within_a_run() -> None:
    net, cell, S = network(weight=3000.0)
    adjoint = learning.Adjoint(net, exact_times=True)
    count = learning.SpikeCount(cell, 1.0, 5.0, 2.0)
    # Of no steps.
    net.run(0.0)
    assert adjoint.backward(learning.SpikeTimes(cell, [], [])).value == 0.0
    net.store()
    net.run(2.0)
    net.run(8.0)
    first = adjoint.backward(count)
    for name, change in (
        ("cell", lambda: setattr(cell, "I_e", 50.0)),
        ("cell", lambda: setattr(cell, "V_m", -60.0)),
        ("S", lambda: setattr(S, "w", 2000.0)),
        ("S", lambda: setattr(S, "delay", 2.0)),
    ):
        net.restore()
        net.run(2.0)
        change()
        net.run(8.0)
        with pytest.raises(UnsupportedError, match=f"{name} was set at 2 ms, within the run"):
            adjoint.backward(count)
    net.restore()
    net.run(10.0)
    assert adjoint.backward(count).weight(S).tobytes() == first.weight(S).tobytes()
    cell.active = False
    net.run(1.0)
    with pytest.raises(UnsupportedError, match="cell: active=False in a network that learns"):
        adjoint.backward(count)
    own, usual = (
        snn.NeuronGroup(1, snn.LIF(), dt=dt, name=f"of_{10 * dt:.0f}") for dt in (0.2, 0.1)
    )
    with pytest.raises(UnsupportedError, match="of_2: a time step of its own"):
        learning.Adjoint(snn.Network(own, usual))


def test_where_there_is_no_gradient() -> None:
    for exact in (False, True):
        net, cell, S = network(delay=0.0)
        adjoint = learning.Adjoint(net, exact_times=exact)
        net.run(10.0)
        with pytest.raises(UnsupportedError, match="delay below one step"):
            adjoint.backward()
    # 1,360 pA reaches 14.9998 mV above rest: the spike there has no slope.
    net, cell, S = network(weight=1500.0)
    adjoint = learning.Adjoint(net)
    net.run(20.0)
    with pytest.raises(
        ParameterError, match="neuron 0 has 0 spikes; 1 are wanted, and what is not"
    ):
        adjoint.backward(learning.SpikeTimes(cell, [0], [4.0]))
    for loss in (
        learning.FirstSpikeCrossEntropy(cell, 0, 2.0),
        learning.SpikeCount(cell, [1.0, 0.0], 10.0, 2.0),
        learning.RateRegularization(cell[:1], 0.1, 1.0, 10.0, 2.0),
    ):
        with pytest.warns(NoGradientWarning, match="cell: a loss wants spikes of 1 neurons that"):
            gradient = adjoint.backward(loss)
        assert gradient.value > 0.0
        assert not gradient.weight(S).any()
    assert gradient.silent(cell).tolist() == [0, 1]
    with pytest.raises(ParameterError, match="sensitivities=True"):
        gradient.time_constant(cell, "tau_m")
    other = network()[2]
    with pytest.raises(ParameterError, match="not one of the network's synapses"):
        gradient.weight(other)


def test_spikes_that_only_just_are() -> None:
    """The derivative of a time grows without bound where the slope goes to 0."""
    net, cell, S = network(weight=3000.0)
    adjoint = learning.Adjoint(net)
    net.run(20.0)
    loss = learning.SpikeTimes(cell, [0], [5.0])
    free = adjoint.backward(loss).weight(S)
    bounded = adjoint.backward(loss, least_slope=1e6)
    assert abs(bounded.weight(S)[0]) < 1e-4 * abs(free[0])
    assert bounded.n_bounded == 2
    assert bounded.silent(cell).size == 0


def test_memory_is_that_of_spikes() -> None:
    """What is recorded for the backward pass grows with spikes, not with steps."""
    net = network(weight=3000.0)[0]
    adjoint = learning.Adjoint(net)

    def size() -> int:
        monitors = [*adjoint._spikes.values(), *adjoint._releases.values()]
        return sum(array.nbytes for one in monitors for array in one.progress().values())

    net.run(20.0)
    before, spikes = size(), adjoint._spikes[1].num_spikes
    net.run(500.0)
    assert adjoint._spikes[1].num_spikes == spikes > 0
    assert size() == before


def chain(stop: bool, fixed: list[float] | None = None):
    """Source to A and B, A to B: with A's spikes free, or fixed where they are."""
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], name="source")
    A = snn.NeuronGroup(1, snn.LIF(), name="A")
    if fixed is not None:
        A = snn.SpikeGeneratorGroup(1, [0] * len(fixed), fixed, name="A")
    B = snn.NeuronGroup(1, snn.LIF(), name="B")
    current = snn.Exponential(tau=5.0)
    to_B = snn.Synapses(source, B, current, weight=1300.0, delay=1.0, name="to_B")
    A_to_B = snn.Synapses(
        A, B, current, weight=900.0, delay=1.0, stop_spike_gradient=stop, name="A_to_B"
    )
    parts = [source, A, B, to_B, A_to_B]
    to_B.connect()
    A_to_B.connect()
    if fixed is None:
        to_A = snn.Synapses(source, A, current, weight=2500.0, delay=1.0, name="to_A")
        to_A.connect()
        parts.append(to_A)
    net = snn.Network(*parts)
    adjoint = learning.Adjoint(net)
    spikes = snn.SpikeMonitor(A)
    net.add(spikes)
    net.run(30.0)
    gradient = adjoint.backward(learning.FirstSpikeCrossEntropy(B, 0, 2.0))
    times = adjoint.backward(learning.SpikeTimes(B, [0], [2.0]))
    assert gradient.value == 0.0
    return times, parts, np.asarray(spikes.t)


def test_stop_spike_gradient() -> None:
    free, parts, spikes = chain(False)
    stopped, others, _ = chain(True)
    fixed, thirds, _ = chain(False, spikes.tolist())
    assert spikes.size == 1
    assert free.weight(parts[5])[0] != 0.0
    assert stopped.weight(others[5])[0] == 0.0
    for k in (3, 4):
        assert free.weight(parts[k]) == stopped.weight(others[k]) == fixed.weight(thirds[k])
        assert free.delay(parts[k]) == stopped.delay(others[k]) == fixed.delay(thirds[k])


def test_losses_beside_differences() -> None:
    """Derivatives of a loss by spike times, beside differences of its value."""

    class Times:
        duration = 30.0

        def __init__(self, t: np.ndarray) -> None:
            self.t, self.i, self.N, self.highest = t, np.array([0, 2, 1, 0, 2]), 3, np.zeros(3)
            self.found = np.zeros(t.size)

        def spikes(self, source: object) -> Times:  # noqa: ARG002 - of all that is recorded
            return self

        def first(self) -> np.ndarray:
            return learning.RecordedTimes.first(self)  # type: ignore[arg-type]  # it stands in for one

        def add(self, by_time: np.ndarray) -> None:
            self.found += by_time

        def add_silent(self, by_spike: np.ndarray) -> None:
            assert by_spike.shape == (3,)

    t = np.array([3.0, 4.5, 6.0, 11.0, 14.0])
    cells = snn.NeuronGroup(3, snn.LIF())
    for loss in (
        learning.FirstSpikeCrossEntropy(cells, 1, 2.0),
        learning.SpikeTimes(cells, [1, 0, 2, 0, 2], [5.0, 4.0, 3.0, 12.0, 10.0]),
        learning.SpikeCount(cells, [1.0, 2.0, 0.5], 12.0, 3.0),
        learning.RateRegularization(cells, 0.05, 0.1, 10.0, 4.0, 70.0),
    ):
        now = Times(t)
        loss.evaluate(now)
        for k in range(t.size):
            step = 1e-6 * (np.arange(t.size) == k)
            up, down = (loss.evaluate(Times(t + sign * step)) for sign in (1, -1))
            assert now.found[k] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-8)


def test_optimizers(tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    steps = [draw.normal(size=3) for _ in range(4)]
    x, m = np.ones(3), np.zeros(3)
    sgd = learning.SGD(0.1, momentum=0.5)
    found = np.ones(3)
    for g in steps:
        m = 0.5 * m + g
        x = x - 0.1 * m
        found = sgd.changed("x", found, g)
    np.testing.assert_allclose(found, x, rtol=1e-14)
    x, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    adam, found = learning.Adam(0.1), np.ones(3)
    for k, g in enumerate(steps, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        x = x - 0.1 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
        if k == 3:
            # In the middle of training another one goes on.
            adam.save(tmp_path / "training.npz", x=found, k=k)
            adam = learning.Adam(7.0)
            saved = adam.load(tmp_path / "training.npz")
            assert sorted(saved) == ["k", "x"]
            np.testing.assert_array_equal(saved["x"], found)
        found = adam.changed("x", found, g)
    np.testing.assert_allclose(found, x, rtol=1e-14)
    assert (adam.changed("x", found, steps[0], 0.5, 0.6) == [0.5, 0.5, 0.6]).sum() <= 3
    with pytest.raises(FileError, match="the file is there already"):
        adam.save(tmp_path / "training.npz")
    adam.save(tmp_path / "training.npz", overwrite=True)
    np.savez(tmp_path / "other.npz", x=found)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "training.npz").read_bytes()[:200])
    for name in ("none.npz", "other.npz", "cut.npz"):
        with pytest.raises(FileError, match=name):
            adam.load(tmp_path / name)
    with pytest.raises(FileError, match="cannot be written"):
        adam.save(tmp_path / "folder" / "training.npz")
    with pytest.raises(ParameterError, match="name is 'S'; values are numbers"):
        adam.save(tmp_path / "more.npz", name="S")
    S = network()[2]
    learning.SGD(10.0).step(S, np.array([1.0, -1.0]), high=905.0)
    assert np.asarray(S.w).tolist() == [890.0, 905.0]
    for bad in (np.ones(3), np.array([np.nan, 0.0])):
        with pytest.raises(ParameterError, match="one finite derivative for each"):
            learning.SGD(1.0).step(S, bad)
    for wrong in (
        lambda: learning.Adam(0.0),
        lambda: learning.SGD(1.0, 1.0),
        lambda: learning.Adam(1.0, beta_2=-1.0),
    ):
        with pytest.raises(ParameterError, match=r">"):
            wrong()


def test_potentials_beside_differences() -> None:
    """A readout without spikes depends on weights linearly: differences are exact.

    It has constant and Poisson input.
    """

    def loss_of(weights: np.ndarray, current: float, gradient: bool = False):
        source = snn.SpikeGeneratorGroup(2, [0, 1, 0], [1.0, 4.0, 9.0], name="source")
        readout = snn.NeuronGroup(3, snn.LIF(V_th=1000.0, I_e=current), name="readout")
        kinds = snn.Exponential(tau=5.0), snn.Alpha(tau=3.0, name="slow")
        parts = []
        for k, kind in enumerate(kinds):
            S = snn.Synapses(
                source, readout, kind, weight=weights[6 * k :][:6], delay=1.0 + k, name=f"S{k}"
            )
            S.connect(i=np.repeat([0, 1], 3), j=[0, 1, 2] * 2)
            parts.append(S)
        trace = snn.StateMonitor(readout, "V_m", record=[2, 0], name="trace")
        noise = snn.PoissonInput(readout, kinds[0], N=20, rate=0.1, weight=40.0)
        net = snn.Network(source, readout, parts, trace, noise)
        adjoint = learning.Adjoint(net)
        net.run(20.0)
        target = -60.0 + np.arange(2)[:, None]
        loss = learning.VoltageIntegral(trace, target)
        if not gradient:
            return loss.evaluate(adjoint.recorded())
        found = adjoint.backward(loss)
        assert found.value == loss.evaluate(adjoint.recorded())
        return np.concatenate([found.weight(S) for S in parts]), found.current(readout).sum()

    weights = np.random.default_rng(6).uniform(100.0, 900.0, 12)
    by_weight, by_current = loss_of(weights, 20.0, gradient=True)
    for k in (0, 1, 2, 5, 6, 8, 10):
        step = 10.0 * (np.arange(12) == k)
        expected = (loss_of(weights + step, 20.0) - loss_of(weights - step, 20.0)) / 20.0
        assert by_weight[k] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert by_weight[1] == 0.0
    expected = (loss_of(weights, 21.0) - loss_of(weights, 19.0)) / 2.0
    assert by_current == pytest.approx(expected, rel=1e-9)
