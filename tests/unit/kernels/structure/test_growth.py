"""Growth of synaptic elements beside a loop over steps and spikes."""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.structure.growth import GAUSSIAN, LINEAR, SIGMOID, grow


def test_elements_grow_step_by_step() -> None:
    rng = np.random.default_rng(2)
    n, h, until = 4, 0.1, 300
    z, calcium, last = rng.uniform(0.0, 2.0, (3, n)), rng.uniform(0.0, 0.2, n), np.full(n, 10)
    tau, beta = rng.uniform(20.0, 40.0, n), rng.uniform(0.01, 0.1, n)
    spikes = [np.sort(rng.choice(np.arange(11, 300), k, replace=False)) for k in (5, 0, 9, 1)]
    kind = np.repeat([[LINEAR], [GAUSSIAN], [SIGMOID]], n, axis=1)
    rate = rng.uniform(0.001, 0.1, (3, n))
    low, high = np.full((3, n), 0.15), np.full((3, n), 0.02)
    expected, concentrations = z.copy(), calcium.copy()
    for k in range(n):
        now, c = 10, concentrations[k]
        for at in [*spikes[k], until]:
            other, time = c, (at - now) * h
            for _ in range(at - now):
                other -= other / tau[k] * h
                x = (other - 0.085) / (-0.13 / (2 * math.sqrt(math.log(2))))
                expected[1, k] += h * rate[1, k] * (2 * math.exp(-(x**2)) - 1)
                expected[2, k] += h * rate[2, k] * (2 / (1 + math.exp((other - 0.15) / 0.02)) - 1)
            later = c * math.exp(-time / tau[k])
            expected[0, k] += rate[0, k] * (tau[k] * (later - c) / 0.15 + time)
            expected[:, k] = np.maximum(expected[:, k], 0.0)
            c, now = later + (beta[k] if at < until else 0.0), at
        concentrations[k] = c
    begins = np.cumsum([0, *map(len, spikes)])
    grow(z, calcium, last, begins, np.concatenate(spikes), until, h, tau, beta, kind, rate, low,
         high)  # fmt: skip
    np.testing.assert_allclose(z, expected, rtol=1e-10)
    np.testing.assert_allclose(calcium, concentrations, rtol=1e-12)
    assert last.tolist() == [until] * n
