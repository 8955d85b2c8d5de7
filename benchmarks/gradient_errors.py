"""Errors of gradients beside central differences of an integrator in continuous time.

``python -m benchmarks.gradient_errors [--networks 24] [--grid]``: random networks of 2 to 6 neurons
with two sources, recurrence, delays, refractory periods and exponential or alpha currents, 20 ms.
Derivatives by weights, delays, currents and time constants of four losses: times of spikes, smooth
counts, and the integral of the squared distance of potentials from rest and from a wave.
"""

from __future__ import annotations

import argparse

import numpy as np

from distsnn import learning
from distsnn.errors import DistsnnError
from tests.continuous_time import Net, spikes_of
from tests.gradient_networks import (
    END,
    Found,
    Simulated,
    WeightedTimes,
    differences,
    random_net,
    weights_of,
)

STEPS = (0.1, 0.05, 0.02, 0.01)
LOSSES = ("times", "counts", "potentials", "wave")


def rest(t: np.ndarray) -> np.ndarray:
    """Potentials (mV) at some times (ms)."""
    return np.full(t.shape, -70.0)


def wave(t: np.ndarray) -> np.ndarray:
    """Potentials (mV) at some times (ms)."""
    return -62.0 + 4.0 * np.sin(0.7 * t)


def network(seed: int) -> Net:
    """A random network; delays and given times are multiples of all time steps."""
    given = {"t_ref": (0.0, 1.0, 2.0)[seed % 3], "alpha": seed % 4 == 3, "wanted": (rest, wave)}
    return random_net(1000 + seed, 2 + seed % 5, 0.1, **given)


def in_continuous_time(net: Net) -> tuple[int, Found]:
    """Number of spikes, and each loss (the last axis) with its derivatives."""

    def losses(changed: Net) -> tuple[int, np.ndarray]:
        spikes, squared = spikes_of(changed, END)
        t, i = (np.array(x) for x in zip(*spikes, strict=True))
        counts = 0.5 * (1.0 - np.tanh((t - 15.0) / 10.0))
        count = 0.5 * np.sum((np.bincount(i, counts, net.n) - 1.0) ** 2)
        return t.size, np.array([t @ weights_of(i), count, *squared])

    size, _ = losses(net)

    def same(changed: Net) -> np.ndarray:
        n, values = losses(changed)
        return values if n == size else np.full(len(LOSSES), np.nan)

    return size, differences(net, same)


def by_distsnn(net: Net, dt: float, exact: bool) -> tuple[int, list[Found]]:
    """Number of spikes, and the same of each loss."""
    run = Simulated.of(net, dt, exact)
    course = np.tile(wave(np.arange(round(END / dt)) * dt), (net.n, 1))
    losses = (
        WeightedTimes(run.cells),
        learning.SpikeCount(run.cells, 1.0, 15.0, 5.0),
        learning.VoltageIntegral(run.trace, -70.0),
        learning.VoltageIntegral(run.trace, course),
    )
    size = run.adjoint.recorded().spikes(run.cells).t.size
    return size, [run.gradient(loss) for loss in losses]


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
