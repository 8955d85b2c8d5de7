"""What does an event of a plastic synapse take? ``python benchmarks/plasticity.py`` on one core.

Poisson sources, and targets that fire at about the same rate and hardly feel them, so that
every rule meets the same spikes. As in a balanced network, half of the synapses that a spike
meets have a target that has spiked since the spike before. Turns of a few steps of all rules, one
after the other; the fastest turn of each counts, so that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import distsnn as snn
from distsnn import Hz, ms, mV, pA, pF

TURN = 2 * ms
W = 1e-3 * pA
NEST: dict[str, Any] = {"coincidence": "ignore", "transmits": "after"}
TIMES: dict[str, Any] = {"tau_plus": 15 * ms, "tau_minus": 30 * ms}
PAIR: dict[str, Any] = {**TIMES, "w_max": 2 * W}
RULES: dict[str, Any] = {
    "additive": snn.STDP(0.01 * W, 0.0105 * W, **PAIR),
    "multiplicative": snn.STDP(0.01, 0.01, **PAIR, dependence="multiplicative"),
    "guetig": snn.STDP(0.01, 0.01, **PAIR, dependence="guetig", mu_plus=0.4, mu_minus=0.4, **NEST),
    "van_rossum": snn.STDP(0.01 * W, 0.01, **TIMES, dependence="van_rossum"),
    "power_law": snn.STDP(0.1, 0.005, **TIMES, dependence="power_law", w_0=W, **NEST),
    "nearest": snn.STDP(0.01 * W, 0.0105 * W, **PAIR, pairing="nearest_symmetric"),
    "centered": snn.STDP(0.01 * W, 0.0105 * W, **PAIR, pairing="presynaptic_centered"),
    "triplet": snn.TripletSTDP(A2_plus=0.01 * W, A2_minus=0.01 * W, A3_plus=0.01 * W,
        A3_minus=0.01 * W, w_max=2 * W),
    "vogels": snn.VogelsSTDP(0.01 * W, 0.2, 20 * ms, w_max=2 * W),
}  # fmt: skip


def network(rule: Any, sources: int, neurons: int, dendritic: Any) -> snn.Network:
    """Sources, targets that fire at 10 Hz, and the rule between them."""
    inputs = snn.PoissonGroup(sources, 10 * Hz, name="inputs")
    model = snn.LIF(C_m=250 * pF, tau_m=10 * ms, E_L=0 * mV, V_th=20 * mV, V_reset=0 * mV,
                    t_ref=0.5 * ms)  # fmt: skip
    cells = snn.NeuronGroup(neurons, model, name="cells")
    cells.V_m = snn.Uniform(0 * mV, 20 * mV)
    receptor = snn.Exponential(tau=0.5 * ms, output=snn.CUBA())
    drive = snn.PoissonInput(cells, receptor, N=1000, rate=8 * Hz, weight=117 * pA)
    plastic = snn.Synapses(
        inputs, cells, receptor, weight=W, delay=1.5 * ms - dendritic,
        dendritic_delay=dendritic, stdp=rule, name="plastic",
    )  # fmt: skip
    plastic.connect(snn.FixedIndegree(sources))
    return snn.Network(inputs, cells, drive, plastic, seed=1)


def main() -> None:
    """Print a line for each rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", default=[], help=f"of {', '.join(RULES)}; all")
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--neurons", type=int, default=4500)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--dendritic", type=float, default=1.5, help="ms of the delay of 1.5")
    given = parser.parse_args()
    networks = {
        name: network(RULES[name], given.sources, given.neurons, given.dendritic * ms)
        for name in given.rules or RULES
    }
    found: dict[str, list[float]] = {name: [] for name in networks}
    for net in networks.values():
        net.run(400 * ms)
    for _ in range(given.turns):
        for name, net in networks.items():
            (clock,) = (rank.clock for rank in net.run(TURN).ranks)
            found[name].append(1e9 * clock.seconds["deliver"] / clock.events)
    print("| rule | ns/event, fastest turn | median |")
    print("|---|---|---|")
    for name, times in found.items():
        print(f"| {name} | {min(times):.2f} | {np.median(times):.2f} |")


if __name__ == "__main__":
    main()
