"""What do trials of CUBA take? ``mpirun -n 2 python benchmarks/trials.py [TRIALS] [MS]``.

All trials in one network, whose ranks divide trials, or neurons, beside networks of one trial each
that are made and run one after the other in the same process, so without the time of starting
Python. The memory is the largest of a rank so far.
"""

from __future__ import annotations

import sys
from time import perf_counter

import distsnn as snn
from distsnn import ms
from distsnn.examples import cuba
from distsnn.exchange import current_world
from distsnn.run.summary import peak_memory


def network(**given: object) -> tuple[snn.Network, snn.SpikeMonitor]:
    """The network with a monitor of all spikes of excitatory neurons."""
    parts = cuba.network().parts
    spikes = snn.SpikeMonitor(parts[0], name="spikes")
    return snn.Network(*parts, spikes, seed=1, **given), spikes


def main(n_trials: int, duration: float) -> None:
    """Print a line for each way."""
    world = current_world()

    def alone() -> int:
        total = 0
        for trial in range(n_trials):
            net, spikes = network(trial=trial)
            net.run(duration)
            total += spikes.num_spikes
        return total

    def together(divide: str) -> int:
        net, spikes = network(trials=n_trials, divide=divide)
        net.run(duration)
        return spikes.num_spikes

    network(trial=0)[0].run(duration)
    ways = {
        "trials": lambda: together("trials"),
        "neurons": lambda: together("neurons"),
        "one after the other": alone,
    }
    if world.rank == 0:
        print(f"{n_trials} trials of {duration:g} ms on {world.size} ranks")
    for name, way in ways.items():
        world.barrier()
        begin = perf_counter()
        spikes = way()
        world.barrier()
        seconds, memory = perf_counter() - begin, peak_memory() / 1e6
        if world.rank == 0:
            print(
                f"{name:<20}{seconds:>8.2f} s {spikes:>10,} spikes {memory:>8,.0f} MB", flush=True
            )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 32,
        float(sys.argv[2] if len(sys.argv) > 2 else 1000) * ms,
    )
