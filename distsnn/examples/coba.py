"""Self-sustained irregular activity, conductance-based synapses (Vogels & Abbott 2005).

Vogels TP, Abbott LF (2005). Signal propagation and logic gating in networks of
integrate-and-fire neurons. J Neurosci 25:10786-10795; here as benchmark 1 of Brette R et al.
(2007), Simulation of networks of spiking neurons, J Comput Neurosci 23:349-398: 4,000 neurons
connected with probability 0.02, started with random conductances.
"""

from __future__ import annotations

import distsnn as snn
from distsnn import ms, mV, nS, pF

DURATION = 1000 * ms


def network(
    *,
    scale: float = 1.0,  # 4,000 neurons times this; the mean number of inputs stays 80
    weight_exc: float = 6.0 * nS,  # conductance that an excitatory spike opens
    weight_inh: float = 67.0 * nS,  # conductance that an inhibitory spike opens
    delay: float = 0.0 * ms,  # the benchmark has no delay
    dt: float = 0.1 * ms,  # time step
    seed: int = 1,  # seed of all random numbers
) -> snn.Network:
    """Build the network."""
    model = snn.LIF(
        C_m=200 * pF, g_L=10 * nS, E_L=-60 * mV, V_th=-50 * mV, V_reset=-60 * mV, t_ref=5 * ms
    )
    exc = snn.NeuronGroup(round(3200 * scale), model, name="excitatory")
    inh = snn.NeuronGroup(round(800 * scale), model, name="inhibitory")
    p = min(1.0, 0.02 / scale)
    from_exc = snn.Exponential(tau=5 * ms, output=snn.COBA(E=0 * mV), name="exc")
    from_inh = snn.Exponential(tau=10 * ms, output=snn.COBA(E=-80 * mV), name="inh")
    projections = []
    for group, kind in ((exc, "E"), (inh, "I")):
        excitation = snn.Synapses(
            exc, group, from_exc, weight=weight_exc, delay=delay, name=f"E_to_{kind}"
        )
        inhibition = snn.Synapses(
            inh, group, from_inh, weight=weight_inh, delay=delay, name=f"I_to_{kind}"
        )
        excitation.connect(p=p)
        inhibition.connect(p=p)
        projections += [excitation, inhibition]
        # As in the benchmark, also in that some conductances begin below zero. Without such a
        # start the network stays silent.
        group.V_m = snn.Normal(-65 * mV, 5 * mV)
        group.g_exc = snn.Normal(40 * nS, 15 * nS)
        group.g_inh = snn.Normal(200 * nS, 120 * nS)
    return snn.Network(exc, inh, *projections, dt=dt, seed=seed)
