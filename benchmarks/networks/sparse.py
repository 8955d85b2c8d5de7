"""A large sparse network: few synapses of each neuron, spread over delays and over many targets.

Four fifths of the inputs of a neuron have drawn delays and excite, one fifth has one delay and
inhibits; an external input drives all neurons. It is there to be measured, not to be studied.
"""

from __future__ import annotations

import distsnn as snn
from distsnn import Hz, ms, mV, pA, pF

DURATION = 100 * ms


def network(
    *,
    neurons: int = 250_000,
    indegree: int = 100,  # synapses of each neuron
    external: float = 59 * pA,  # weight of the external input
    spread: float = 0.0,  # standard deviation of the excitatory weights in units of their mean
    plastic: bool = False,  # whether a rule changes the excitatory weights
    seed: int = 1,
) -> snn.Network:
    """Build the network."""
    model = snn.LIF(C_m=250 * pF, tau_m=20 * ms, E_L=0 * mV, V_th=20 * mV, V_reset=10 * mV,
                    t_ref=2 * ms)  # fmt: skip
    cells = snn.NeuronGroup(neurons, model, name="cells")
    cells.V_m = snn.Uniform(0 * mV, 20 * mV)
    n_exc = neurons * 4 // 5
    receptor = snn.Exponential(tau=0.5 * ms, output=snn.CUBA())
    weight = 10 * pA * 1000 / indegree
    drawn = snn.Normal(weight, spread * weight) if spread else weight
    excitatory = snn.Synapses(
        cells[:n_exc],
        cells,
        receptor,
        weight=drawn,
        delay=snn.Normal(1.5 * ms, 0.5 * ms, low=0.1 * ms),
        stdp=snn.STDP(1e-4 * weight, 1e-4 * weight, w_max=9 * weight) if plastic else None,
        name="excitatory",
    )
    excitatory.connect(snn.FixedIndegree(round(0.8 * indegree)))
    inhibitory = snn.Synapses(
        cells[n_exc:], cells, receptor, weight=-5 * weight, delay=1 * ms, name="inhibitory"
    )
    inhibitory.connect(snn.FixedIndegree(round(0.2 * indegree)))
    given = snn.PoissonInput(cells, receptor, N=1000, rate=8 * Hz, weight=external)
    return snn.Network(cells, given, excitatory, inhibitory, seed=seed)
