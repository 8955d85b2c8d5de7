"""Sparse random network of excitatory and inhibitory neurons (Brunel 2000).

Brunel N (2000). Dynamics of sparsely connected networks of excitatory and inhibitory spiking
neurons. J Comput Neurosci 8:183-208, model A. At ``scale=1`` 10,000 excitatory and 2,500
inhibitory neurons, each with 1,250 inputs; in smaller networks each input is stronger, so that
the mean recurrent input stays. ``g`` and ``eta`` choose the state: 3 and 2 synchronous
regular, 5 and 2 asynchronous irregular, 6 and 4 fast oscillations, 4.5 and 0.9 slow ones.
"""

from __future__ import annotations

import math

import distsnn as snn
from distsnn import ms, mV, pF

DURATION = 500 * ms


def network(
    *,
    scale: float = 0.2,  # number of neurons and of their inputs, as a fraction of the paper's
    synapse: str = "delta",  # "delta", as in the paper, or "exponential" currents
    g: float = 5.0,  # strength of inhibition relative to excitation
    eta: float = 2.0,  # rate of the external input relative to the one that reaches threshold
    J: float = 0.1 * mV,  # peak of the response to one excitatory spike at scale 1
    epsilon: float = 0.1,  # probability of a connection
    delay: float = 1.5 * ms,  # synaptic delay
    tau_syn: float = 0.5 * ms,  # time constant of exponential currents
    dt: float = 0.1 * ms,  # time step
    seed: int = 1,  # seed of all random numbers
) -> snn.Network:
    """Build the network."""
    if synapse not in ("delta", "exponential"):
        raise snn.ParameterError("brunel", f"synapse={synapse!r}", "it is 'delta' or 'exponential'")
    theta, tau_m, C_m = 20 * mV, 20 * ms, 250 * pF
    model = snn.LIF(C_m=C_m, tau_m=tau_m, E_L=0 * mV, V_th=theta, V_reset=10 * mV, t_ref=2 * ms)
    exc = snn.NeuronGroup(round(10_000 * scale), model, name="excitatory")
    inh = snn.NeuronGroup(round(2_500 * scale), model, name="inhibitory")
    n_exc, n_inh = round(epsilon * exc.N), round(epsilon * inh.N)

    psp = J / scale
    receptor: snn.Delta | snn.Exponential
    if synapse == "delta":
        receptor, weight = snn.Delta(), psp
        # Mean potential from one spike per ms.
        response = weight * tau_m
    else:
        receptor = snn.Exponential(tau=tau_syn, output=snn.CUBA())
        weight = psp * psc_per_psp(C_m, tau_m, tau_syn)
        response = weight * tau_syn * tau_m / C_m
    rate_to_threshold = theta / (response * n_exc)

    parts = []
    for group, kind in ((exc, "E"), (inh, "I")):
        # All neurons at rest would fire their first spikes together.
        group.V_m = snn.Uniform(0 * mV, theta)
        noise = snn.PoissonInput(
            group, receptor, N=n_exc, rate=eta * rate_to_threshold, weight=weight,
            name=f"external_{kind}",
        )  # fmt: skip
        from_exc = snn.Synapses(
            exc, group, receptor, weight=weight, delay=delay, name=f"E_to_{kind}"
        )
        from_exc.connect(snn.FixedIndegree(n_exc))
        from_inh = snn.Synapses(
            inh, group, receptor, weight=-g * weight, delay=delay, name=f"I_to_{kind}"
        )
        from_inh.connect(snn.FixedIndegree(n_inh))
        parts += [noise, from_exc, from_inh]
    return snn.Network(exc, inh, *parts, dt=dt, seed=seed)


def psc_per_psp(C_m: float, tau_m: float, tau_syn: float) -> float:
    """Peak of an exponential current (pA) per peak of the potential it gives (mV)."""
    rate_difference = 1 / tau_syn - 1 / tau_m
    peak_time = math.log(tau_m / tau_syn) / rate_difference
    return C_m * rate_difference / (math.exp(-peak_time / tau_m) - math.exp(-peak_time / tau_syn))
