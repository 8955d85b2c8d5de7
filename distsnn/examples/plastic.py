"""Balanced random network with plastic synapses (Morrison et al. 2007; NEST's hpc_benchmark).

Morrison A, Aertsen A, Diesmann M (2007). Spike-timing-dependent plasticity in balanced random
networks. Neural Comput 19:1437-1467; parameters as in NEST's example ``hpc_benchmark``. At
``scale=1`` and ``inputs=1`` 9,000 excitatory and 2,250 inhibitory neurons, each with 11,250
inputs; weights between excitatory neurons change by the power-law rule. With fewer inputs each
of them is stronger, so that the mean recurrent input stays. Currents are exponential instead of
alpha functions, with the same mean time and the same peak of the potential.
"""

from __future__ import annotations

import distsnn as snn
from distsnn import ms, mV, pF
from distsnn.examples.brunel import psc_per_psp

DURATION = 250 * ms
C_M, TAU_M, TAU_SYN = 250 * pF, 10 * ms, 2 * 0.32582722403722841 * ms
# The weight that NEST's alpha functions of unit peak have, where the rule is in units of 1 pA.
NEST_WEIGHT = 45.61


def weight_of(J: float, inputs: float) -> float:
    """Weight (pA) of an excitatory synapse, of which there are ``9,000 inputs`` to a neuron."""
    return J / inputs * psc_per_psp(C_M, TAU_M, TAU_SYN)


def network(
    *,
    scale: float = 0.4,  # number of neurons, as a fraction of 11,250
    inputs: float = 0.1,  # number of inputs of each, as a fraction of 11,250
    plastic: bool = True,  # whether weights between excitatory neurons change
    eta: float = 1.685,  # rate of the external input relative to the one that reaches threshold
    g: float = 5.0,  # strength of inhibition relative to excitation
    J: float = 0.14 * mV,  # peak of the response to one excitatory spike, with all inputs
    delay: float = 1.5 * ms,  # of all synapses; dendritic where they are plastic
    rate: float = 0.1,  # of learning: amplitude of potentiation (lambda)
    alpha: float = 0.0513,  # amplitude of depression relative to it
    dt: float = 0.1 * ms,  # time step
    seed: int = 1,  # seed of all random numbers
) -> snn.Network:
    """Build the network."""
    theta = 20 * mV
    model = snn.LIF(C_m=C_M, tau_m=TAU_M, E_L=0 * mV, V_th=theta, V_reset=0 * mV, t_ref=0.5 * ms)
    exc = snn.NeuronGroup(round(9_000 * scale), model, name="excitatory")
    inh = snn.NeuronGroup(round(2_250 * scale), model, name="inhibitory")
    n_exc, n_inh = round(9_000 * inputs), round(2_250 * inputs)
    weight = weight_of(J, inputs)
    receptor = snn.Exponential(tau=TAU_SYN, output=snn.CUBA())
    rate_to_threshold = theta / (weight * TAU_SYN * TAU_M / C_M * n_exc)

    rule = snn.STDP(
        rate,
        alpha * rate,
        tau_plus=15 * ms,
        tau_minus=30 * ms,
        dependence="power_law",
        mu_plus=0.4,
        w_0=weight / NEST_WEIGHT,
        coincidence="ignore",
        transmits="after",
    )
    parts = []
    for group, kind in ((exc, "E"), (inh, "I")):
        group.V_m = snn.Normal(5.7 * mV, 7.2 * mV)
        noise = snn.PoissonInput(
            group, receptor, N=n_exc, rate=eta * rate_to_threshold, weight=weight,
            name=f"external_{kind}",
        )  # fmt: skip
        from_exc = snn.Synapses(
            exc, group, receptor, weight=weight, delay=0 * ms if group is exc else delay,
            dendritic_delay=delay if group is exc else 0 * ms,
            stdp=rule if group is exc and plastic else None, name=f"E_to_{kind}",
        )  # fmt: skip
        from_exc.connect(snn.FixedIndegree(n_exc, autapses=False))
        from_inh = snn.Synapses(
            inh, group, receptor, weight=-g * weight, delay=delay, name=f"I_to_{kind}"
        )
        from_inh.connect(snn.FixedIndegree(n_inh, autapses=False))
        parts += [noise, from_exc, from_inh]
    return snn.Network(exc, inh, *parts, dt=dt, seed=seed)
