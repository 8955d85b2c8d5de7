"""A network that grows with the number of ranks: neurons for each rank, synapses for each neuron.

Four fifths of the neurons excite and one fifth inhibits the others, as in Brunel (2000), with one
delay; an external input keeps them near threshold. It is there to be measured, not to be studied.
"""

from __future__ import annotations

import distsnn as snn
from distsnn import ms, mV, pA, pF

DURATION = 100 * ms


def network(
    *,
    ranks: int = 1,  # how many times the neurons of one rank
    neurons: int = 10_000,  # of each rank
    indegree: int = 10_000,  # synapses of each neuron
    delay: float = 1.5 * ms,
    external: float = 59 * pA,  # weight of the external input
    seed: int = 1,
) -> snn.Network:
    """Build the network."""
    model = snn.LIF(C_m=250 * pF, tau_m=20 * ms, E_L=0 * mV, V_th=20 * mV, V_reset=10 * mV,
                    t_ref=2 * ms)  # fmt: skip
    cells = snn.NeuronGroup(ranks * neurons, model, name="cells")
    cells.V_m = snn.Uniform(0 * mV, 20 * mV)
    n_exc = cells.N * 4 // 5
    receptor = snn.Exponential(tau=0.5 * ms, output=snn.CUBA())
    weight = 10 * pA * 1000 / indegree
    parts = [snn.PoissonInput(cells, receptor, N=1000, rate=8e-3, weight=external)]
    for name, source, share, strength in (
        ("excitatory", cells[:n_exc], 0.8, weight),
        ("inhibitory", cells[n_exc:], 0.2, -5 * weight),
    ):
        made = snn.Synapses(source, cells, receptor, weight=strength, delay=delay, name=name)
        made.connect(snn.FixedIndegree(round(share * indegree)))
        parts.append(made)
    return snn.Network(cells, parts, seed=seed)
