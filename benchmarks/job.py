"""One benchmark run of distsnn on all ranks of this job; rank 0 prints the figures as JSON.

Started by run.py; by hand: ``mpirun -n 2 python benchmarks/job.py microcircuit 500 1000 scale=1``.
"""

from __future__ import annotations

import json
import sys
from ast import literal_eval
from importlib import import_module

import numpy as np

import distsnn as snn
from distsnn.exchange import current_world


def main(name: str, transient: float, duration: float, **parameters: object) -> None:
    """Run the example `name` for `transient`, then measure `duration` (ms)."""
    network = import_module(f"distsnn.examples.{name}").network(**parameters)
    rates = [snn.PopulationRateMonitor(group) for group in network.groups]
    network.add(rates)
    before = network.run(transient)
    # Without monitors nothing reads the spikes, as in the peers.
    summary = network.run(duration)
    first = round(transient / network.dt)
    result = {
        "summary": summary.content(),
        "build_seconds": max(r.clock.seconds["build"] for r in before.ranks),
        "compile_seconds": max(r.clock.seconds["compile"] for r in before.ranks),
        "neurons": sum(r.neurons for r in summary.ranks),
        "synapses": sum(r.synapses for r in summary.ranks),
        "synapse_bytes": sum(r.synapse_bytes for r in summary.ranks),
        "rates_hz": {
            monitor.source.name: float(np.mean(monitor.rate[first:]) / snn.Hz) for monitor in rates
        },
        "text": str(summary),
    }
    if current_world().rank == 0:
        print(json.dumps(result))


if __name__ == "__main__":
    given = dict(item.split("=", 1) for item in sys.argv[4:])
    main(
        sys.argv[1],
        float(sys.argv[2]),
        float(sys.argv[3]),
        **{key: literal_eval(value) for key, value in given.items()},
    )
