"""Gradients beside differences in continuous time, and closed forms of single neurons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import lambertw

import distsnn as snn
from distsnn import learning
from tests.continuous_time import Effect, Net, at_end_of_step, spikes_of
from tests.gradient_networks import (
    END,
    Found,
    Simulated,
    WeightedTimes,
    differences,
    random_net,
    weights_of,
)


class FirstTime(learning.Loss):
    """The time of the first spike."""

    def __init__(self, source: snn.NeuronGroup) -> None:
        self.source = source

    def evaluate(self, recorded: learning.Recorded) -> float:
        spikes = recorded.spikes(self.source)
        spikes.add(1.0 * (np.arange(spikes.t.size) == 0))
        return float(spikes.t[0])


LOSSES = "times", "potentials"


def by_distsnn(net: Net, dt: float, exact: bool = False, stop: bool = False) -> Found:
    """Derivatives of both losses."""
    run = Simulated.of(net, dt, exact, stop)
    losses = WeightedTimes(run.cells), learning.VoltageIntegral(run.trace, net.E_L)
    return {
        f"{name}, {of}": values
        for of, loss in zip(LOSSES, losses, strict=True)
        for name, values in run.gradient(loss).items()
    }


def in_continuous_time(net: Net, *effect: Effect) -> Found:
    """The same by differences."""
    size = len(spikes_of(net, END, *effect)[0])

    def losses(changed: Net) -> np.ndarray:
        spikes, squared = spikes_of(changed, END, *effect)
        t, i = (np.array(x) for x in zip(*spikes, strict=True))
        assert t.size == size
        return np.array([t @ weights_of(i), *squared])

    return {
        f"{name}, {of}": values[:, k]
        for name, values in differences(net, losses).items()
        for k, of in enumerate(LOSSES)
    }


@pytest.mark.parametrize(
    ("seed", "n", "alpha", "t_ref"), [(1, 2, False, 2.0), (2, 4, False, 0.0), (3, 6, True, 1.6)]
)
def test_networks_beside_differences(seed: int, n: int, alpha: bool, t_ref: float) -> None:
    net = random_net(seed, n, 0.04, alpha=alpha, t_ref=t_ref)
    expected, errors = in_continuous_time(net), {}
    for dt in (0.04, 0.01):
        # The grid lets spikes take effect later, at the end of their step. The gradient is that of
        # such a network; what the grid adds to it is the difference of both.
        late: dict[tuple[int, int], float] = {}
        spikes_of(net, END, at_end_of_step(dt, late))
        on_grid = in_continuous_time(net, lambda t, which, late=late: t + late[which])
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
    net, late = random_net(2, 4, 0.04, t_ref=0.0), {}
    spikes = spikes_of(net, END, at_end_of_step(0.01, late))[0]
    fixed = replace(
        net,
        given=[*net.given, *([t for t, i in spikes if i == k] for k in range(net.n))],
        synapses=[(s if s < 0 else -1 - len(net.given) - s, *more) for s, *more in net.synapses],
    )
    expected = in_continuous_time(fixed, lambda t, which: t + late[which])
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
