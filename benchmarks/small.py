"""What does a small network take? ``python benchmarks/small.py`` on one core.

100 neurons with STDP of 100 Poisson sources: steps in a second of CPU time, and CPU time of a call
``run()`` for one step. The fastest of many turns counts.
"""

from __future__ import annotations

from time import process_time

import distsnn as snn
from distsnn import Hz, ms, pA

DT, TURNS, CALLS = 0.1 * ms, 20, 200


def network() -> snn.Network:
    """The network."""
    inputs = snn.PoissonGroup(100, 10 * Hz, name="inputs")
    cells = snn.NeuronGroup(100, snn.LIF(), name="cells")
    plastic = snn.Synapses(
        inputs, cells, snn.Exponential(tau=2 * ms), weight=20 * pA, delay=1 * ms,
        stdp=snn.STDP(0.1 * pA, 0.105 * pA, w_max=50 * pA), name="plastic",
    )  # fmt: skip
    plastic.connect(snn.AllToAll())
    return snn.Network(inputs, cells, plastic, seed=1)


def main() -> None:
    """Print both."""
    net = network()
    net.run(100 * ms)
    steps, calls = list[float](), list[float]()
    for _ in range(TURNS):
        begin = process_time()
        net.run(500 * ms)
        steps.append((process_time() - begin) / 5000)
        begin = process_time()
        for _ in range(CALLS):
            net.run(DT)
        calls.append((process_time() - begin) / CALLS)
    print(f"{1 / min(steps):,.0f} steps in a second, {1e3 * min(calls):.2f} ms for a call of run()")


if __name__ == "__main__":
    main()
