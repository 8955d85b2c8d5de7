"""Neurons as text: the same bits on any number of ranks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms
from distsnn.exchange import World, run_loopback

MODELS = {
    "exact": (
        "dv/dt = (ge + I - v)/tau : 1 (unless refractory)\ndge/dt = -ge/taue : 1\n"
        "I : 1\ntau : second",
        "v > 1",
        "v = 0; ge += 0.1*rand()",
        "tr*(1 + rand())",
        None,
    ),
    "noise": (
        "dv/dt = (I - v)/tau + 0.3*xi*sqrt(2/tau) : 1\nI : 1\ntau : second",
        "v > 1 + 0.1*rand()",
        "v = 0.1*randn()",
        "v > 0.5",
        None,
    ),
    "rk4": (
        "dv/dt = (I + stim(t, i % 2) - v + sin(v))/tau : 1\nI : 1\ntau : second",
        "v > 1",
        "v = 0\nI += 0.01",
        "2*ms",
        "rk4",
    ),
    "exponential Euler": (
        "dv/dt = (I*exp(-g) - v*g)/tau : 1\ndg/dt = (1 - g*log(2 + v**2))/tau : 1\n"
        "I : 1\ntau : second",
        "v > 0.15",
        "v = 0",
        False,
        "exponential_euler",
    ),
}


def simulate(name: str, world: World) -> tuple[np.ndarray, ...]:
    equations, threshold, reset, refractory, method = MODELS[name]
    stim = snn.TimedArray([[0.1, 0.3], [0.5, 0.2], [1.0, 0.9]], dt=5 * ms)
    group = snn.NeuronGroup(
        23,
        equations,
        threshold=threshold,
        reset=reset,
        refractory=refractory,
        method=method,
        namespace={"taue": 5 * ms, "stim": stim, "tr": 1 * ms},
        name="cells",
    )
    group.tau = "5*ms + rand()*5*ms"
    group.I = "1 + rand()"
    group[5:17].v = "0.3*rand() + 0.01*i"
    spikes = snn.SpikeMonitor(group)
    net = snn.Network(group, spikes, seed=7)
    net.run(10 * ms)
    group.v[3:9] = "v/2 + 0.1*rand()"
    net.run(10 * ms)
    return (
        spikes.t,
        spikes.i,
        np.array(group.v),
        np.array(group.lastspike),
        np.array(group.not_refractory),
    )


@pytest.mark.parametrize("name", MODELS)
def test_same_bits_on_any_number_of_ranks(name: str) -> None:
    expected = run_loopback(1, partial(simulate, name))[0]
    assert expected[0].size > 0
    for size in (2, 3, 4, 7):
        for found in run_loopback(size, partial(simulate, name)):
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, other)
