"""Gradients beside differences in continuous time, and closed forms of single neurons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import lambertw

import distsnn as snn
from distsnn import learning
from tests.continuous_time import Effect, Net, at_end_of_step, spikes_of

END = 20.0


def times_with_weights(t: np.ndarray, i: np.ndarray) -> np.ndarray:
    """Weights of spikes in a loss, by neuron and by the number of the spike."""
    rank = np.array([np.sum(i[:k] == i[k]) for k in range(i.size)])
    return 1.0 + 0.5 * np.cos(1.0 + i + 2.0 * rank)


class WeightedTimes(learning.Loss):
    """The sum of all spike times, each with a weight."""

    def __init__(self, source: snn.NeuronGroup) -> None:
        self.source = source

    def evaluate(self, recorded: learning.Recorded) -> float:
        spikes = recorded.spikes(self.source)
        weights = times_with_weights(spikes.t, spikes.i)
        spikes.add(weights)
        return float(spikes.t @ weights)


class FirstTime(learning.Loss):
    """The time of the first spike."""

    def __init__(self, source: snn.NeuronGroup) -> None:
        self.source = source

    def evaluate(self, recorded: learning.Recorded) -> float:
        spikes = recorded.spikes(self.source)
        spikes.add(1.0 * (np.arange(spikes.t.size) == 0))
        return float(spikes.t[0])


def random_net(seed: int, n: int, alpha: bool, t_ref: float) -> Net:
    draw = np.random.default_rng(seed)
    # Delays and given times are multiples of both time steps.
    given = [[1.0 + k, 9.0 + 2 * k, 17.0 + 1.6 * k] for k in range(2)]
    synapses = [
        (-1 - s, k, draw.uniform(400, 900), 1.0 + 0.04 * draw.integers(50))
        for s in range(2)
        for k in range(n)
    ]
    synapses += [
        (k, m, draw.uniform(-200, 300), 1.0 + 0.04 * draw.integers(75))
        for k in range(n)
        for m in range(n)
        if k != m
    ]
    return Net(
        n,
        synapses,
        given,
        draw.uniform(8, 20, n),
        draw.uniform(3, 7, n),
        t_ref=t_ref,
        alpha=alpha,
        I_e=draw.uniform(0, 150, n),
    )


def some(net: Net) -> np.ndarray:
    """Synapses whose derivatives are looked at."""
    return np.random.default_rng(5).permutation(len(net.synapses))[:12]


def by_distsnn(
    net: Net, dt: float, stop: bool = False, exact: bool = False
) -> dict[str, np.ndarray]:
    snn.defaultclock.dt = dt
    source = snn.SpikeGeneratorGroup(
        len(net.given),
        [k for k, times in enumerate(net.given) for _ in times],
        # The state at t belongs to the step that ends there.
        [t - 0.5 * dt for times in net.given for t in times],
    )
    cells = snn.NeuronGroup(
        net.n,
        snn.LIF(C_m=net.C_m, tau_m=net.tau_m, t_ref=net.t_ref, I_e=net.I_e, sensitivities=True),
    )
    kind = snn.Alpha if net.alpha else snn.Exponential
    receptor = kind(tau=net.tau_s)
    made = []
    for pre, group in ((source, True), (cells, False)):
        those = [
            (-1 - s if group else s, t, w, d) for s, t, w, d in net.synapses if (s < 0) == group
        ]
        i, j, w, d = (np.array(x) for x in zip(*those, strict=True))
        S = snn.Synapses(pre, cells, receptor, weight=w, delay=d, stop_spike_gradient=stop)
        S.connect(i=i.astype(int), j=j.astype(int))
        made.append(S)
    trace = snn.StateMonitor(cells, "V_m", record=True)
    network = snn.Network(source, cells, *made, trace)
    adjoint = learning.Adjoint(network, exact_times=exact)
    network.run(END)
    found = {}
    for of, loss in (
        ("times", WeightedTimes(cells)),
        ("potentials", learning.VoltageIntegral(trace, net.E_L)),
    ):
        gradient = adjoint.backward(loss)
        found |= {
            f"weight, {of}": np.concatenate([gradient.weight(S) for S in made])[some(net)],
            f"delay, {of}": np.concatenate([gradient.delay(S) for S in made])[some(net)],
            f"current, {of}": gradient.current(cells),
        }
        found[f"tau_m, {of}"] = gradient.time_constant(cells, "tau_m")
        found[f"tau_s, {of}"] = gradient.time_constant(cells, "tau_I_syn")
        found[f"loss, {of}"] = np.array([gradient.value])
    return found


def differences(net: Net, *effect: Effect) -> dict[str, np.ndarray]:
    size = len(spikes_of(net, END, *effect)[0])

    def loss(changed: Net) -> np.ndarray:
        spikes, squared = spikes_of(changed, END, *effect)
        t, i = (np.array(x) for x in zip(*spikes, strict=True))
        assert t.size == size
        return np.array([t @ times_with_weights(t, i), *squared])

    def central(change: Callable[[float], Net], h: float) -> np.ndarray:
        return (loss(change(h)) - loss(change(-h))) / (2 * h)

    def synapse(k: int, which: int) -> Callable[[float], Net]:
        def change(h: float) -> Net:
            synapses = list(net.synapses)
            one = list(synapses[k])
            one[which] += h
            synapses[k] = tuple(one)
            return replace(net, synapses=synapses)

        return change

    def current(k: int) -> Callable[[float], Net]:
        return lambda h: replace(net, I_e=net.I_e + h * (np.arange(net.n) == k))

    def constant(name: str, k: int) -> Callable[[float], Net]:
        changed = np.arange(net.n) == k
        return lambda h: replace(net, **{name: getattr(net, name) + h * changed})

    every = some(net)
    found = {
        "loss": [loss(net)],
        "weight": [central(synapse(k, 2), 1e-3) for k in every],
        "delay": [central(synapse(k, 3), 1e-6) for k in every],
        "current": [central(current(k), 1e-4) for k in range(net.n)],
        "tau_m": [central(constant("tau_m", k), 1e-4) for k in range(net.n)],
        "tau_s": [central(constant("tau_s", k), 1e-4) for k in range(net.n)],
    }
    return {
        f"{name}, {of}": np.array(values)[:, k]
        for name, values in found.items()
        for k, of in enumerate(("times", "potentials"))
    }


@pytest.mark.parametrize(
    ("seed", "n", "alpha", "t_ref"), [(1, 2, False, 2.0), (2, 4, False, 0.0), (3, 6, True, 1.6)]
)
def test_networks_beside_differences(seed: int, n: int, alpha: bool, t_ref: float) -> None:
    net = random_net(seed, n, alpha, t_ref)
    expected, errors = differences(net), {}
    for dt in (0.04, 0.01):
        # The grid lets spikes take effect later, at the end of their step. The gradient is that of
        # such a network; what the grid adds to it is the difference of both.
        late: dict[tuple[int, int], float] = {}
        spikes_of(net, END, at_end_of_step(dt, late))
        on_grid = differences(net, lambda t, which, late=late: t + late[which])
        for name, found in by_distsnn(net, dt).items():
            for of, known in (("continuous", expected[name]), ("late", on_grid[name])):
                error = np.linalg.norm(found - known) / np.linalg.norm(known)
                errors[name, of, dt] = error
        for name, found in by_distsnn(net, dt, exact=True).items():
            error = np.linalg.norm(found - expected[name]) / np.linalg.norm(expected[name])
            errors[name, "exact", dt] = error
    for (name, of, dt), error in errors.items():
        before = errors[name, of, 0.04]
        if of == "exact":
            # Spikes are where thresholds are crossed: in proportion to dt^2, too.
            assert error < (1e-4 if dt == 0.01 else 2e-3), (name, dt, error)
            assert dt != 0.01 or error < max(0.15 * before, 1e-5), (name, before, error)
        elif of == "late":
            # In proportion to dt^2.
            assert error < (2.5e-4 if dt == 0.01 else 4e-3), (name, dt, error)
            assert dt != 0.01 or error < max(0.15 * before, 2e-5), (name, before, error)
        elif dt == 0.01:
            # In proportion to dt, with what a number of some spikes leaves to chance. Where
            # potentials jump terms nearly cancel, so that later spikes change more.
            assert error < (0.005 if name.endswith("times") else 0.06), (name, error)
            assert error < max(0.8 * before, 0.001), (name, before, error)


def test_stopped_gradients_beside_differences_with_given_spikes() -> None:
    net, late = random_net(2, 4, False, 0.0), {}
    spikes = spikes_of(net, END, at_end_of_step(0.01, late))[0]
    fixed = replace(
        net,
        given=[*net.given, *([t for t, i in spikes if i == k] for k in range(net.n))],
        synapses=[(s if s < 0 else -1 - len(net.given) - s, *more) for s, *more in net.synapses],
    )
    expected = differences(fixed, lambda t, which: t + late[which])
    for name, found in by_distsnn(net, 0.01, stop=True).items():
        np.testing.assert_allclose(
            found, expected[name], atol=5e-4 * np.abs(expected[name]).max(), err_msg=name
        )


@pytest.mark.parametrize("ratio", [1, 2])
def test_first_spike_in_closed_form(ratio: int) -> None:
    """Goeltz et al. 2021: the first spike for tau_m = tau_s and tau_m = 2 tau_s."""
    tau_s, C_m, height = 5.0, 250.0, 15.0
    weight = 3300.0
    if ratio == 1:
        W = float(lambertw(-height * C_m / (weight * tau_s)).real)
        expected = tau_s * W / (weight * (1 + W))
    else:
        k = height * C_m / (2 * tau_s * weight)
        y = (1 + np.sqrt(1 - 4 * k)) / 2
        expected = -2 * tau_s / y * k / (weight * np.sqrt(1 - 4 * k))
    errors = []
    for dt in (0.05, 0.01):
        snn.defaultclock.dt = dt
        source = snn.SpikeGeneratorGroup(1, [0], [1.0])
        cell = snn.NeuronGroup(1, snn.LIF(C_m=C_m, tau_m=ratio * tau_s))
        S = snn.Synapses(source, cell, snn.Exponential(tau=tau_s), weight=weight, delay=1.0)
        S.connect()
        network = snn.Network(source, cell, S)
        adjoint = learning.Adjoint(network)
        network.run(20.0)
        found = adjoint.backward(FirstTime(cell)).weight(S)[0]
        errors.append(abs(found / expected - 1))
    assert errors[1] < 0.01
    assert errors[1] < errors[0] + 1e-9
