"""Time and memory of the backward pass beside those of the run.

``mpirun -n 2 python benchmarks/learning.py [--scale 1] [--exact] [--potentials again]``: 10,000
neurons with 1,000 inputs each at scale 1, Poisson input, 100 ms. The loss is one of counts, or of
the potentials of all neurons, recorded by a monitor or computed again.
"""

from __future__ import annotations

import argparse
import resource
from time import perf_counter

import numpy as np

import distsnn as snn
from distsnn import learning, ms, mV, pA, pF
from distsnn.exchange import current_world


def network(scale: float) -> tuple[snn.Network, snn.NeuronGroup, list[snn.Synapses]]:
    """The network of Brunel 2000 with exponential currents and random delays."""
    n, k = round(10_000 * scale), round(1_000 * scale)
    cells = snn.NeuronGroup(n, snn.LIF(C_m=250 * pF, tau_m=20 * ms, V_th=-50 * mV), name="cells")
    cells.V_m = snn.Uniform(-70 * mV, -50 * mV)
    current = snn.Exponential(tau=2 * ms)
    n_exc, made = round(0.8 * n), []
    for part, count, weight, name in (
        (cells[:n_exc], round(0.8 * k), 20 * pA, "exc"),
        (cells[n_exc:], k - round(0.8 * k), -120 * pA, "inh"),
    ):
        values = snn.Normal(weight / scale, abs(weight) / scale / 10)
        S = snn.Synapses(
            part, cells, current, weight=values, delay=snn.Uniform(1 * ms, 3 * ms), name=name
        )
        S.connect(snn.FixedIndegree(count))
        made.append(S)
    noise = snn.PoissonInput(cells, current, N=1000, rate=0.012, weight=20 * pA)
    return snn.Network(cells, *made, noise, dt=0.1 * ms, seed=1), cells, made


def main() -> None:
    """Measure and print a row of a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--exact", action="store_true", help="exact_times=True")
    parser.add_argument("--potentials", choices=["recorded", "again"])
    given = parser.parse_args()
    net, cells, made = network(given.scale)
    loss: learning.Loss = learning.SpikeCount(cells, 2.0, 80 * ms, 10 * ms)
    if given.potentials == "again":
        loss = learning.VoltageIntegral(cells, -60 * mV)
    elif given.potentials == "recorded":
        trace = snn.StateMonitor(cells, "V_m", record=True)
        net.add(trace)
        loss = learning.VoltageIntegral(trace, -60 * mV)
    adjoint = learning.Adjoint(net, exact_times=given.exact)
    net.store()
    seconds, before = [], 0.0
    for _ in range(given.repeat + 1):
        net.restore(restore_random_state=True)
        begin = perf_counter()
        net.run(100 * ms, progress=False)
        middle = perf_counter()
        # What the backward pass adds to the highest memory of the run, in the first turn.
        before = before or _highest()
        gradient = adjoint.backward(loss, least_slope=1e-3)
        seconds.append((middle - begin, perf_counter() - middle))
        if current_world().rank == 0:
            print(f"run {seconds[-1][0]:.3f} s, backward {seconds[-1][1]:.3f} s", flush=True)
    # The first one builds, compiles and draws the synapses of the backward pass.
    forward, backward = np.median(seconds[1:], axis=0)
    world = current_world()
    peak, before = (sum(world.allgather_object(x)) for x in (_highest(), before))
    if world.rank == 0:
        spikes = gradient.spike_times(cells).size
        events = spikes * round(1_000 * given.scale)
        n_synapses = sum(gradient.weight(S).size for S in made)
        nanoseconds = 1e9 * backward * world.size / max(1, events)
        print(
            f"{world.size} ranks, {cells.N:,} neurons, {n_synapses:,} synapses, {spikes:,} spikes: "
            f"run {forward:.3f} s, backward {backward:.3f} s, {backward / forward:.2f} times; "
            f"{nanoseconds:.1f} ns an event and core; first backward {seconds[0][1]:.1f} s; "
            f"{peak:.2f} GB, {before:.2f} of them before it"
        )


def _highest() -> float:
    """The most memory that this process has had, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
