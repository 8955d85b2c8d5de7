"""An integrator of small networks of LIF neurons in continuous time, from event to event.

It has no grid: crossings of the threshold are found by scipy's brentq, to 1e-13 ms. Tests take
differences of its results as the derivatives of a network.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from math import e

import numpy as np
from scipy.optimize import brentq


@dataclass
class Net:
    """Neurons (arrays of n), and synapses ``(source, target, weight, delay)``.

    Sources of synapses below 0 are given spikes: -1 is the first of `given`.
    """

    n: int
    synapses: list[tuple[int, int, float, float]]
    given: list[list[float]]
    tau_m: np.ndarray
    tau_s: np.ndarray
    C_m: float = 250.0
    E_L: float = -70.0
    V_th: float = -55.0
    V_reset: float = -70.0
    t_ref: float = 2.0
    alpha: bool = False
    I_e: np.ndarray = field(default_factory=lambda: np.zeros(0))
    #: Potentials (mV) at some times (ms) that losses want.
    wanted: tuple[Callable[[np.ndarray], np.ndarray], ...] = (lambda t: np.full(t.shape, -70.0),)


class _Cell:
    def __init__(self, net: Net, k: int) -> None:
        self.net, self.k, self.t = net, k, 0.0
        self.V, self.x, self.h, self.free = net.E_L, 0.0, 0.0, 0.0
        #: Half of the integral of the squared distance from each `wanted` up to now, ms mV^2.
        self.squared = np.zeros(len(net.wanted))

    def currents(self, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tau = self.net.tau_s[self.k]
        decay = np.exp(-s / tau)
        return (self.x + self.h * e * s / tau) * decay, self.h * decay

    def potentials(self, t: np.ndarray) -> np.ndarray:
        """By variation of constants; Gauss-Legendre is exact enough for these kernels."""
        net, begin = self.net, max(self.t, self.free)
        tau, after = net.tau_m[self.k], np.maximum(t - begin, 0.0)[:, None]
        nodes, weights = _GAUSS
        s = begin + after * (nodes + 1) / 2
        x, _ = self.currents(s - self.t)
        current = x + (net.I_e[self.k] if net.I_e.size else 0.0)
        driven = (weights * np.exp(-(t[:, None] - s) / tau) * current) @ np.ones(nodes.size)
        driven *= after[:, 0] / 2 / net.C_m
        return net.E_L + (self.V - net.E_L) * np.exp(-after[:, 0] / tau) + driven

    def potential(self, t: float) -> float:
        return float(self.potentials(np.array([t]))[0])

    def advance(self, t: float) -> None:
        begin = min(max(self.t, self.free), t)
        nodes, weights = _GAUSS
        course = self.potentials(np.append(begin + (t - begin) * (nodes + 1) / 2, t))
        for k, wanted in enumerate(self.net.wanted):
            moment, still = (
                low + (high - low) * (nodes + 1) / 2 for low, high in ((begin, t), (self.t, begin))
            )
            free = weights @ (course[:-1] - wanted(moment)) ** 2 * (t - begin) / 2
            still_part = weights @ (self.V - wanted(still)) ** 2 * (begin - self.t) / 2
            self.squared[k] += 0.5 * (free + still_part)
        self.x, self.h = (float(x) for x in self.currents(np.array(t - self.t)))
        self.V, self.t = float(course[-1]), t

    def crossing(self, until: float) -> float | None:
        begin = max(self.t, self.free)
        if until <= begin:
            return None
        times = np.linspace(begin, until, 1 + max(2, int((until - begin) / 0.05)))
        above = np.flatnonzero(self.potentials(times[1:]) > self.net.V_th)
        if not above.size:
            return None
        low, high = times[above[0]], times[above[0] + 1]
        return float(brentq(lambda s: self.potential(s) - self.net.V_th, low, high, xtol=1e-13))


_GAUSS = np.polynomial.legendre.leggauss(24)


# When a spike takes effect whose neuron crosses the threshold at some time; ``(k, n)`` is the n-th
# of neuron k.
Effect = Callable[[float, tuple[int, int]], float]


def at_end_of_step(dt: float, late: dict[tuple[int, int], float]) -> Effect:
    """Spikes take effect at the end of their step; `late` gets how much later that is."""

    def effect(t: float, which: tuple[int, int]) -> float:
        end = float(np.ceil(t / dt - 1e-9) * dt)
        late[which] = end - t
        return end

    return effect


def spikes_of(
    net: Net, end: float, effect: Effect = lambda t, _: t
) -> tuple[list[tuple[float, int]], np.ndarray]:
    """Times of effect (ms) and indices of all spikes before `end`, in order.

    Then half of the integral of the squared distance of all potentials from each of ``net.wanted``,
    ms mV^2.
    """
    cells = [_Cell(net, k) for k in range(net.n)]
    # Crossings that have not taken effect, and numbers of those that have.
    crossed, numbers = [False] * net.n, [0] * net.n
    # Time, number, target and weight; no weight for the effect of a spike.
    events: list[tuple[float, int, int, float | None]] = []

    def send(source: int, t: float) -> None:
        for s, (pre, post, weight, delay) in enumerate(net.synapses):
            if pre == source:
                heapq.heappush(events, (t + delay, s, post, weight))

    for number, times in enumerate(net.given):
        for t in times:
            send(-1 - number, t)
    found = []
    while True:
        until = min(events[0][0] if events else end, end)
        next_one = min(
            (
                (t, k)
                for k, cell in enumerate(cells)
                if not crossed[k] and (t := cell.crossing(until)) is not None
            ),
            default=None,
        )
        if next_one is not None:
            t, k = next_one
            cells[k].advance(t)
            crossed[k] = True
            heapq.heappush(events, (effect(t, (k, numbers[k])), -1 - k, k, None))
        elif until >= end:
            for cell in cells:
                cell.advance(end)
            return found, np.sum([cell.squared for cell in cells], axis=0)
        else:
            t, _, k, weight = heapq.heappop(events)
            cells[k].advance(t)
            if weight is None:
                cells[k].V, cells[k].free = net.V_reset, t + net.t_ref
                crossed[k] = False
                numbers[k] += 1
                found.append((t, k))
                send(k, t)
            elif net.alpha:
                cells[k].h += weight
            else:
                cells[k].x += weight
