"""Synaptic elements that grow with the calcium concentration of their neurons."""

from __future__ import annotations

import math

from distsnn.kernels.compiled import inline_kernel, kernel

LINEAR, GAUSSIAN, SIGMOID = range(3)


@inline_kernel
def _grown(z, calcium, steps, h, tau, kind, rate, low, high):
    """The number of elements (float64) after some steps without a spike."""
    if kind == LINEAR:
        time = steps * h
        later = calcium * math.exp(-time / tau)
        z = rate * tau * (later - calcium) / low + rate * time + z
    elif kind == GAUSSIAN:
        width = (high - low) / (2.0 * math.sqrt(math.log(2.0)))
        middle = (high + low) / 2.0
        for _ in range(steps):
            calcium = calcium - calcium / tau * h
            x = (calcium - middle) / width
            z += h * rate * (2.0 * math.exp(-x * x) - 1.0)
    else:
        for _ in range(steps):
            calcium = calcium - calcium / tau * h
            z += h * rate * (2.0 / (1.0 + math.exp((calcium - low) / high)) - 1.0)
    return max(z, 0.0)


@kernel
def grow(z, calcium, last, begins, spikes, until, h, tau, beta, kind, rate, low, high):
    """Let elements grow and calcium decay and rise, from spike to spike of each neuron.

    Parameters
    ----------
    z : float64 (e, n), inout
        Number of elements of each kind of each neuron.
    calcium : float64 (n,), inout
        Concentration at the last change.
    last : int64 (n,), inout
        Step of the last change.
    begins : int64 (n + 1,)
        Where the spikes of each neuron begin.
    spikes : int64 (s,)
        Their steps, ascending for each neuron.
    until : int64
        Step up to which all grow.
    h : float64
        Time step, ms.
    tau, beta : float64 (n,)
        Time constant (ms) of calcium, and what a spike adds.
    kind, rate, low, high : int64 (e, n), float64 (e, n), float64 (e, n), float64 (e, n)
        The curve: `LINEAR`, `GAUSSIAN` or `SIGMOID`; elements per ms; ``eps``; ``eta`` or ``psi``.
    """
    for n in range(calcium.size):
        for s in range(begins[n], begins[n + 1] + 1):
            spiking = s < begins[n + 1]
            now = spikes[s] if spiking else until
            steps = now - last[n]
            for e in range(z.shape[0]):
                z[e, n] = _grown(
                    z[e, n], calcium[n], steps, h, tau[n], kind[e, n], rate[e, n], low[e, n],
                    high[e, n],
                )  # fmt: skip
            calcium[n] *= math.exp(-steps * h / tau[n])
            last[n] = now
            if spiking:
                calcium[n] += beta[n]
