r"""Rates against the Siegert formula with the correction for colored noise.

In the diffusion limit a LIF neuron fires with

.. math:: 1/\nu = t_{ref} + \tau_m\sqrt\pi \int_{(V_r-\mu)/\sigma+s}^{(V_{th}-\mu)/\sigma+s}
          e^{u^2}(1 + \mathrm{erf}\,u)\,du, \qquad s = \frac{\alpha}{2}\sqrt{\tau_s/\tau_m}

with alpha = sqrt(2) |zeta(1/2)| (Siegert 1951, Phys. Rev. 81:617; Fourcaud & Brunel 2002, Neural
Comput. 14:2057-2110, eq. 4.16). A crossing is seen at the end of its step, on average half a step
late, which adds dt/2 to t_ref.

The tolerance has three parts, added up:

- the theory's next order, sqrt(tau_s/tau_m) times the effect of the first order;
- shot noise: a jump of J moves the effective threshold by at most J/2;
- statistics: four standard errors of the count, whose variance is taken as that of a Poisson
  process, the least regular that a LIF neuron with a refractory period comes near.

In the network, rate and input depend on each other, so that the tolerance in the rate at given
input is divided by (1 + the strength of the feedback), which is above 1 as inhibition dominates;
that is left out, on the safe side.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfcx

import distsnn as snn

DT = 0.1
C_M, TAU_M, E_L, V_TH, V_RESET, T_REF = 250.0, 20.0, -70.0, -50.0, -60.0, 2.0
ALPHA = math.sqrt(2.0) * 1.4603545088095868


def siegert(mu: float, sigma: float, k: float) -> float:
    """Rate in 1/ms; `mu` and `sigma` in mV, k = sqrt(tau_s/tau_m)."""
    shift = ALPHA / 2.0 * k
    low, high = (V_RESET - mu) / sigma + shift, (V_TH - mu) / sigma + shift
    # exp(u^2) (1 + erf u) = erfcx(-u)
    integral = quad(lambda u: erfcx(-u), low, high)[0]
    return 1.0 / (T_REF + DT / 2.0 + TAU_M * math.sqrt(math.pi) * integral)


def moments(J: float, excitatory: float, inhibitory: float, g: float) -> tuple[float, float]:
    """Mean and spread of the input in mV; rates of all events in 1/ms."""
    return (
        E_L + TAU_M * J * (excitatory - g * inhibitory),
        J * math.sqrt(TAU_M * (excitatory + g * g * inhibitory)),
    )


def tolerance(J: float, mu: float, sigma: float, k: float, seconds: float) -> float:
    """Of the rate in 1/ms; `seconds` are those of all neurons together."""
    rate = siegert(mu, sigma, k)
    next_order = k * abs(rate - siegert(mu, sigma, 0.0))
    shot = abs(siegert(mu - J / 2.0, sigma, k) - rate)
    return next_order + shot + 4.0 * math.sqrt(rate / (seconds * 1000.0))


@pytest.mark.parametrize("tau_s", [0.2, 1.0])
@pytest.mark.parametrize("mean", [-56.0, -51.0])
def test_independent_neurons(tau_s: float, mean: float) -> None:
    """Poisson input of both signs to neurons that are not connected."""
    J, N = 0.1, 500
    # Of the given mean, and with a spread of 4 mV.
    total = 16.0 / (TAU_M * J * J)
    difference = (mean - E_L) / (TAU_M * J)
    excitatory, inhibitory = (total + difference) / 2, (total - difference) / 2
    cells = snn.NeuronGroup(N, snn.LIF(C_M, TAU_M, E_L, V_TH, V_RESET, T_REF))
    cells.V_m = snn.Uniform(E_L, V_TH)
    receptor = snn.Exponential(tau_s)
    weight = J * C_M / tau_s
    inputs = [
        snn.PoissonInput(cells, receptor, N=1, rate=rate, weight=w)
        for rate, w in ((excitatory, weight), (inhibitory, -weight))
    ]
    spikes = snn.SpikeMonitor(cells)
    net = snn.Network(cells, inputs, spikes, dt=DT, seed=2)
    net.run(100.0)
    before = spikes.num_spikes
    net.run(10_000.0)
    found = (spikes.num_spikes - before) / (N * 10_000.0)
    mu, sigma = moments(J, excitatory, inhibitory, 1.0)
    k = math.sqrt(tau_s / TAU_M)
    expected = siegert(mu, sigma, k)
    assert abs(found - expected) < tolerance(J, mu, sigma, k, N * 10.0)


def test_an_asynchronous_brunel_network() -> None:
    """Brunel 2000, J. Comput. Neurosci. 8:183-208, with exponential currents, g = 6."""
    N_E, N_I, C_E, C_I, J, g, tau_s = 4000, 1000, 200, 50, 0.2, 6.0, 0.5
    external = 1.3 * (V_TH - E_L) / (J * TAU_M)
    k = math.sqrt(tau_s / TAU_M)

    def given(rate: float) -> tuple[float, float]:
        return moments(J, C_E * rate + external, C_I * rate, g)

    expected = brentq(lambda rate: siegert(*given(rate), k) - rate, 1e-4, 0.3)
    cells = snn.NeuronGroup(N_E + N_I, snn.LIF(C_M, TAU_M, E_L, V_TH, V_RESET, T_REF))
    cells.V_m = snn.Uniform(E_L, V_TH)
    receptor = snn.Exponential(tau_s)
    weight = J * C_M / tau_s
    # Delays over a wide range keep the populations from oscillating together.
    delay = snn.Uniform(0.5, 10.0)
    exc = snn.Synapses(cells[:N_E], cells, receptor, weight=weight, delay=delay)
    exc.connect(snn.FixedIndegree(C_E))
    inh = snn.Synapses(cells[N_E:], cells, receptor, weight=-g * weight, delay=delay)
    inh.connect(snn.FixedIndegree(C_I))
    noise = snn.PoissonInput(cells, receptor, N=1, rate=external, weight=weight)
    spikes = snn.SpikeMonitor(cells)
    net = snn.Network(cells, exc, inh, noise, spikes, dt=DT, seed=3)
    net.run(200.0)
    before = spikes.num_spikes
    net.run(1000.0)
    found = (spikes.num_spikes - before) / ((N_E + N_I) * 1000.0)
    allowed = tolerance(J, *given(expected), k, N_E + N_I)
    assert abs(found - expected) < allowed
    # Asynchronous and irregular, as the theory takes for granted.
    late = spikes.t >= 200.0
    counts = np.bincount((spikes.t[late] // 1.0).astype(int) - 200)
    mean_correlation = (counts.var() / counts.mean() - 1.0) / (N_E + N_I)
    assert abs(mean_correlation) < 2e-3
    assert mean_cv(spikes) > 0.5


def mean_cv(spikes: snn.SpikeMonitor) -> float:
    """Mean coefficient of variation of the intervals of neurons with at least 5."""
    gaps = [np.diff(train) for train in spikes.spike_trains().values() if train.size > 5]
    return float(np.mean([gap.std() / gap.mean() for gap in gaps]))
