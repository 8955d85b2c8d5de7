"""Errors of gradients beside central differences of an integrator in continuous time.

``python -m benchmarks.gradient_errors [--networks 24] [--grid]``: random networks of 2 to 6 neurons
with two sources, recurrence, delays, refractory periods and exponential or alpha currents, 20 ms.
Derivatives by weights, delays, currents and time constants of four losses: times of spikes, smooth
counts, and the integral of the squared distance of potentials from rest and from a wave.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

import distsnn as snn
from distsnn import learning
from distsnn.errors import DistsnnError
from tests.continuous_time import Net, spikes_of

END = 20.0
STEPS = (0.1, 0.05, 0.02, 0.01)
LOSSES = ("times", "counts", "potentials", "wave")
Found = dict[str, np.ndarray]


def rest(t: np.ndarray) -> np.ndarray:
    """Potentials (mV) at some times (ms)."""
    return np.full(t.shape, -70.0)


def wave(t: np.ndarray) -> np.ndarray:
    """Potentials (mV) at some times (ms)."""
    return -62.0 + 4.0 * np.sin(0.7 * t)


def network(seed: int) -> Net:
    """A random network; delays and given times are multiples of all time steps."""
    draw = np.random.default_rng(1000 + seed)
    n = 2 + seed % 5
    given = [[1.0 + k, 9.0 + 2 * k, 17.0 + k] for k in range(2)]
    synapses = [
        (-1 - s, k, draw.uniform(400, 900), 1.0 + 0.1 * draw.integers(20))
        for s in range(2)
        for k in range(n)
    ]
    synapses += [
        (k, m, draw.uniform(-200, 300), 1.0 + 0.1 * draw.integers(30))
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
        t_ref=(0.0, 1.0, 2.0)[seed % 3],
        alpha=seed % 4 == 3,
        I_e=draw.uniform(0, 150, n),
        wanted=(rest, wave),
    )


def some(net: Net) -> np.ndarray:
    """Synapses whose derivatives are looked at."""
    return np.random.default_rng(5).permutation(len(net.synapses))[:12]


def weights_of(i: np.ndarray) -> np.ndarray:
    """Weights of spikes in the first loss."""
    rank = np.array([np.sum(i[:k] == i[k]) for k in range(i.size)])
    return 1.0 + 0.5 * np.cos(1.0 + i + 2.0 * rank)


class Times(learning.Loss):
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


def in_continuous_time(net: Net) -> tuple[int, Found]:
    """Number of spikes, and each loss (the last axis) with its derivatives."""

    def losses(changed: Net) -> tuple[int, np.ndarray]:
        spikes, squared = spikes_of(changed, END)
        t, i = (np.array(x) for x in zip(*spikes, strict=True))
        counts = 0.5 * (1.0 - np.tanh((t - 15.0) / 10.0))
        count = 0.5 * np.sum((np.bincount(i, counts, net.n) - 1.0) ** 2)
        return t.size, np.array([t @ weights_of(i), count, *squared])

    size, value = losses(net)

    def central(change: Callable[[float], Net], h: float) -> np.ndarray:
        (high, above), (low, below) = losses(change(h)), losses(change(-h))
        return (above - below) / (2 * h) if high == low == size else np.full(len(LOSSES), np.nan)

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
        "loss": [value],
        "weight": [central(synapse(k, 2), 1e-3) for k in some(net)],
        "delay": [central(synapse(k, 3), 1e-6) for k in some(net)],
    }
    for name in ("I_e", "tau_m", "tau_s"):
        found[name] = [central(constant(name, k), 1e-4) for k in range(net.n)]
    return size, {name: np.array(values) for name, values in found.items()}


def by_distsnn(net: Net, dt: float, exact: bool) -> tuple[int, list[Found]]:
    """Number of spikes, and the same of each loss."""
    snn.defaultclock.dt = dt
    index = [k for k, times in enumerate(net.given) for _ in times]
    # The state at t belongs to the step that ends there.
    source = snn.SpikeGeneratorGroup(2, index, [t - 0.5 * dt for ts in net.given for t in ts])
    model = snn.LIF(C_m=net.C_m, tau_m=net.tau_m, t_ref=net.t_ref, I_e=net.I_e, sensitivities=True)
    cells = snn.NeuronGroup(net.n, model)
    receptor = (snn.Alpha if net.alpha else snn.Exponential)(tau=net.tau_s)
    made = []
    for pre, given in ((source, True), (cells, False)):
        those = [(-1 - s if given else s, *x) for s, *x in net.synapses if (s < 0) == given]
        i, j, w, d = (np.array(x) for x in zip(*those, strict=True))
        S = snn.Synapses(pre, cells, receptor, weight=w, delay=d)
        S.connect(i=i.astype(int), j=j.astype(int))
        made.append(S)
    trace = snn.StateMonitor(cells, "V_m", record=True)
    adjoint = learning.Adjoint(snn.Network(source, cells, *made, trace), exact_times=exact)
    adjoint.network.run(END, progress=False)
    course = np.tile(wave(np.arange(round(END / dt)) * dt), (net.n, 1))
    found = []
    for loss in (
        Times(cells),
        learning.SpikeCount(cells, 1.0, 15.0, 5.0),
        learning.VoltageIntegral(trace, -70.0),
        learning.VoltageIntegral(trace, course),
    ):
        gradient = adjoint.backward(loss)
        found.append(
            {
                "loss": np.array([gradient.value]),
                "weight": np.concatenate([gradient.weight(S) for S in made])[some(net)],
                "delay": np.concatenate([gradient.delay(S) for S in made])[some(net)],
                "I_e": gradient.current(cells),
                "tau_m": gradient.time_constant(cells, "tau_m"),
                "tau_s": gradient.time_constant(cells, "tau_I_syn"),
            }
        )
    return adjoint.recorded().spikes(cells).t.size, found


def main() -> None:
    """Print a row of a table for each loss and time step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=24)
    parser.add_argument("--grid", action="store_true", help="without exact_times=True")
    given = parser.parse_args()
    errors: dict[tuple[str, float], list[list[float]]] = {}
    for seed in range(given.networks):
        net = network(seed)
        size, known = in_continuous_time(net)
        for dt in STEPS:
            try:
                n, found = by_distsnn(net, dt, not given.grid)
            except DistsnnError as error:
                print(f"network {seed}, {dt} ms: {error}")
                continue
            if n != size:
                print(f"network {seed}, {dt} ms: {n} spikes instead of {size}")
                continue
            for k, loss in enumerate(LOSSES):
                each = [
                    float(np.linalg.norm(values - known[name][:, k]))
                    / float(np.linalg.norm(known[name][:, k]))
                    for name, values in found[k].items()
                ]
                errors.setdefault((loss, dt), []).append(each)
    print("| loss | dt, ms | median | worst | networks below 1 % | of the loss, median |")
    for (loss, dt), rows in sorted(errors.items(), key=lambda x: (LOSSES.index(x[0][0]), -x[0][1])):
        of_loss, rest_of = np.array(rows)[:, 0], np.array(rows)[:, 1:]
        below = np.count_nonzero(rest_of.max(axis=1) < 0.01)
        print(
            f"| {loss} | {dt} | {100 * np.median(rest_of):.2g} % | {100 * rest_of.max():.2g} % | "
            f"{below} of {len(rows)} | {100 * np.median(of_loss):.2g} % |"
        )


if __name__ == "__main__":
    main()
