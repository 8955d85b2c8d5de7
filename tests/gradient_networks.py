"""Networks whose gradients are compared with central differences in continuous time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import distsnn as snn
from distsnn import learning
from tests.continuous_time import Net

END = 20.0
Found = dict[str, np.ndarray]
"""Derivatives by some delays, weights, ..., by name; the losses themselves are `loss`."""


def random_net(seed: int, n: int, step: float, **given: object) -> Net:
    """A network with two sources and recurrence.

    Delays and given times are multiples of `step` (ms).
    """
    draw = np.random.default_rng(seed)
    synapses = [
        (-1 - s, k, draw.uniform(400, 900), 1.0 + step * draw.integers(round(2 / step)))
        for s in range(2)
        for k in range(n)
    ]
    synapses += [
        (k, m, draw.uniform(-200, 300), 1.0 + step * draw.integers(round(3 / step)))
        for k in range(n)
        for m in range(n)
        if k != m
    ]
    times = [[1.0 + k, 9.0 + 2 * k, 17.0 + k] for k in range(2)]
    tau_m, tau_s, I_e = (draw.uniform(*x, n) for x in ((8, 20), (3, 7), (0, 150)))
    return Net(n, synapses, times, tau_m, tau_s, I_e=I_e, **given)


def some(net: Net) -> np.ndarray:
    """Synapses whose derivatives are looked at."""
    return np.random.default_rng(5).permutation(len(net.synapses))[:12]


def weights_of(i: np.ndarray) -> np.ndarray:
    """Weights of spikes in a loss, by neuron and by the number of the spike."""
    rank = np.array([np.sum(i[:k] == i[k]) for k in range(i.size)])
    return 1.0 + 0.5 * np.cos(1.0 + i + 2.0 * rank)


class WeightedTimes(learning.Loss):
    """The sum of all spike times, each with a weight."""

    def __init__(self, source: snn.NeuronGroup) -> None:
        self.source = source

    def evaluate(self, recorded: learning.Recorded) -> float:
        """See `Loss`."""
        spikes = recorded.spikes(self.source)
        # The k-th spike of a neuron has the same weight in whatever order they are given.
        order = np.argsort(spikes.t, kind="stable")
        weights = np.empty(spikes.t.size)
        weights[order] = weights_of(spikes.i[order])
        spikes.add(weights)
        return float(spikes.t @ weights)


def differences(net: Net, losses: Callable[[Net], np.ndarray]) -> Found:
    """Losses (the last axis) with their central differences."""

    def central(change: Callable[[float], Net], h: float) -> np.ndarray:
        return (losses(change(h)) - losses(change(-h))) / (2 * h)

    def synapse(k: int, which: int) -> Callable[[float], Net]:
        def change(h: float) -> Net:
            one = list(net.synapses[k])
            one[which] += h
            return replace(net, synapses=[*net.synapses[:k], tuple(one), *net.synapses[k + 1 :]])

        return change

    def constant(name: str, k: int) -> Callable[[float], Net]:
        changed = np.arange(net.n) == k
        return lambda h: replace(net, **{name: getattr(net, name) + h * changed})

    found = {
        "loss": [losses(net)],
        "weight": [central(synapse(k, 2), 1e-3) for k in some(net)],
        "delay": [central(synapse(k, 3), 1e-6) for k in some(net)],
    }
    for name in ("I_e", "tau_m", "tau_s"):
        found[name] = [central(constant(name, k), 1e-4) for k in range(net.n)]
    return {name: np.array(values) for name, values in found.items()}


@dataclass
class Simulated:
    """The same network of distsnn, with a monitor of all potentials."""

    cells: snn.NeuronGroup
    made: list[snn.Synapses]
    trace: snn.StateMonitor
    adjoint: learning.Adjoint
    net: Net

    @classmethod
    def of(cls, net: Net, dt: float, exact: bool, stop: bool = False) -> Simulated:
        """Run it."""
        snn.defaultclock.dt = dt
        index = [k for k, times in enumerate(net.given) for _ in times]
        # The state at t belongs to the step that ends there.
        times = [t - 0.5 * dt for times in net.given for t in times]
        source = snn.SpikeGeneratorGroup(len(net.given), index, times)
        constants = {name: getattr(net, name) for name in ("C_m", "tau_m", "t_ref", "I_e")}
        cells = snn.NeuronGroup(net.n, snn.LIF(**constants, sensitivities=True))
        receptor = (snn.Alpha if net.alpha else snn.Exponential)(tau=net.tau_s)
        made = []
        for pre, given in ((source, True), (cells, False)):
            those = [(-1 - s if given else s, *x) for s, *x in net.synapses if (s < 0) == given]
            # Of no synapses of this kind too.
            i, j, w, d = np.array(those).reshape(-1, 4).T
            S = snn.Synapses(pre, cells, receptor, weight=w, delay=d, stop_spike_gradient=stop)
            S.connect(i=i.astype(int), j=j.astype(int))
            made.append(S)
        trace = snn.StateMonitor(cells, "V_m", record=True)
        adjoint = learning.Adjoint(snn.Network(source, cells, *made, trace), exact_times=exact)
        adjoint.network.run(END, progress=False)
        return cls(cells, made, trace, adjoint, net)

    def gradient(self, loss: learning.Loss) -> Found:
        """A loss with its derivatives."""
        gradient, those = self.adjoint.backward(loss), some(self.net)
        return {
            "loss": np.array([gradient.value]),
            "weight": np.concatenate([gradient.weight(S) for S in self.made])[those],
            "delay": np.concatenate([gradient.delay(S) for S in self.made])[those],
            "I_e": gradient.current(self.cells),
            "tau_m": gradient.time_constant(self.cells, "tau_m"),
            "tau_s": gradient.time_constant(self.cells, "tau_I_syn"),
        }
