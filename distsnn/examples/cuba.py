"""Self-sustained irregular activity, current-based synapses (Vogels & Abbott 2005).

Vogels TP, Abbott LF (2005). Signal propagation and logic gating in networks of
integrate-and-fire neurons. J Neurosci 25:10786-10795; here as benchmark 2 of Brette R et al.
(2007), Simulation of networks of spiking neurons, J Comput Neurosci 23:349-398: 4,000 neurons
that the leak alone brings above threshold, connected with probability 0.02.
"""

from __future__ import annotations

import distsnn as snn
from distsnn import ms, mV, nS, pA, pF

DURATION = 1000 * ms


def network(
    *,
    scale: float = 1.0,  # 4,000 neurons times this; the mean number of inputs stays 80
    weight_exc: float = 16.2 * pA,  # 1.62 mV times the leak conductance
    weight_inh: float = -90.0 * pA,  # -9 mV times the leak conductance
    delay: float = 0.0 * ms,  # the benchmark has no delay
    dt: float = 0.1 * ms,  # time step
    seed: int = 1,  # seed of all random numbers
) -> snn.Network:
    """Build the network."""
    model = snn.LIF(
        C_m=200 * pF, g_L=10 * nS, E_L=-49 * mV, V_th=-50 * mV, V_reset=-60 * mV, t_ref=5 * ms
    )
    exc = snn.NeuronGroup(round(3200 * scale), model, name="excitatory")
    inh = snn.NeuronGroup(round(800 * scale), model, name="inhibitory")
    p = min(1.0, 0.02 / scale)
    from_exc = snn.Exponential(tau=5 * ms, output=snn.CUBA(), name="exc")
    from_inh = snn.Exponential(tau=10 * ms, output=snn.CUBA(), name="inh")
    projections = []
    for group, kind in ((exc, "E"), (inh, "I")):
        group.V_m = snn.Uniform(-60 * mV, -50 * mV)
        excitation = snn.Synapses(
            exc, group, from_exc, weight=weight_exc, delay=delay, name=f"E_to_{kind}"
        )
        inhibition = snn.Synapses(
            inh, group, from_inh, weight=weight_inh, delay=delay, name=f"I_to_{kind}"
        )
        excitation.connect(p=p)
        inhibition.connect(p=p)
        projections += [excitation, inhibition]
    return snn.Network(exc, inh, *projections, dt=dt, seed=seed)
