"""Noise in equations against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms


@pytest.mark.parametrize("method", ["euler", "heun", "milstein"])
def test_ornstein_uhlenbeck(method: str) -> None:
    """The variance of dv = -v/tau dt + sigma sqrt(2/tau) dW is sigma^2, to the order of dt."""
    n, tau, sigma = 20_000, 5.0, 2.0
    group = snn.NeuronGroup(
        n,
        "dv/dt = -v/tau + sigma*sqrt(2/tau)*xi : 1",
        method=method,
        namespace={"tau": tau * ms, "sigma": sigma},
        name="cells",
    )
    net = snn.Network(group, seed=3)
    net.run(10 * tau)
    before = group.v[:]
    # Euler's stationary variance has a factor 1/(1 - dt/(2 tau)).
    expected = sigma**2 / (1 - 0.1 / (2 * tau))
    assert abs(before.mean()) < 4 * sigma / np.sqrt(n)
    assert before.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / n))
    net.run(tau)
    correlation = np.corrcoef(before, group.v)[0, 1]
    assert correlation == pytest.approx((1 - 0.1 / tau) ** (tau / 0.1), abs=4 / np.sqrt(n))


def test_noise_of_synapses() -> None:
    n, tau, sigma = 20_000, 5.0, 2.0
    cell = snn.NeuronGroup(1, "", name="cell")
    model = "dw/dt = -w/tau + sigma*sqrt(2/tau)*xi : 1 (clock-driven)"
    names = {"tau": tau * ms, "sigma": sigma}
    S = snn.Synapses(cell, cell, model, method="euler", namespace=names, name="S")
    S.connect(n=n)
    snn.Network(cell, S, seed=3).run(10 * tau)
    expected = sigma**2 / (1 - 0.1 / (2 * tau))
    assert abs(S.w[:].mean()) < 4 * sigma / np.sqrt(n)
    assert S.w[:].var() == pytest.approx(expected, rel=4 * np.sqrt(2 / n))


def test_geometric_noise_is_stratonovich() -> None:
    n, s = 20_000, 0.1
    group = snn.NeuronGroup(
        n, "dv/dt = s*v*xi/sqrt(ms) : 1", method="heun", namespace={"s": s}, name="cells"
    )
    group.v = 1
    snn.Network(group, seed=5).run(20 * ms)
    # v = exp(s W): the logarithm has mean 0 and variance s^2 t.
    logarithm = np.log(group.v)
    spread = s * np.sqrt(20.0)
    assert abs(logarithm.mean()) < 4 * spread / np.sqrt(n)
    assert logarithm.var() == pytest.approx(spread**2, rel=0.05)


def test_several_noises_are_independent() -> None:
    group = snn.NeuronGroup(
        20_000,
        "dv/dt = xi_1/sqrt(ms) : 1\ndw/dt = xi_2/sqrt(ms) : 1\ndu/dt = xi_1/sqrt(ms) : 1",
        method="euler",
        name="cells",
    )
    snn.Network(group, seed=1).run(3 * ms)
    np.testing.assert_array_equal(group.u, group.v)
    assert abs(np.corrcoef(group.v, group.w)[0, 1]) < 0.03
    assert group.v.var() == pytest.approx(3.0, rel=0.05)
