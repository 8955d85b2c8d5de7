"""One benchmark run of distsnn on all ranks of this job; rank 0 prints the figures as JSON.

Started by run.py; by hand: ``mpirun -n 2 python benchmarks/distsnn_job.py 1 microcircuit 500 1000
scale=1``, where 1 is the number of threads of each rank.
"""

from __future__ import annotations

import json
import sys
from ast import literal_eval
from pathlib import Path
from time import time
from typing import Any

import numpy as np
import psutil

import distsnn as snn
from distsnn.examples.model import load
from distsnn.exchange import current_world

NETWORKS = Path(__file__).parent / "networks"


def main(threads: int, name: str, transient: float, duration: float, **parameters: Any) -> None:
    """Run `name`, an example or a file, for `transient`, then measure `duration` (ms)."""
    snn.set_threads(threads)
    network = load(str(NETWORKS / name) if name.endswith(".py") else name).network(**parameters)
    rates = [snn.PopulationRateMonitor(group) for group in network.groups]
    network.add(rates)
    built = network.run(network.dt)
    # From the start of Python on, imports included.
    start = time() - psutil.Process().create_time()
    network.run(transient - network.dt)
    summary = network.run(duration)
    first = round(transient / network.dt)
    seconds = {
        phase: max(r.clock.seconds[phase] for r in built.ranks) for phase in ("build", "compile")
    }
    result = {
        **summary.content(),
        "build_seconds": seconds["build"],
        "compile_seconds": seconds["compile"],
        "start_seconds": start,
        "neurons": sum(r.neurons for r in summary.ranks),
        "synapses": sum(r.synapses for r in summary.ranks),
        "synapse_bytes": sum(r.synapse_bytes for r in summary.ranks),
        "end_bytes": sum(current_world().allgather_object(psutil.Process().memory_info().rss)),
        "rates_hz": {
            monitor.source.name: float(np.mean(monitor.rate[first:]) / snn.Hz) for monitor in rates
        },
        "text": str(summary),
        "version": snn.__version__,
    }
    if current_world().rank == 0:
        print(json.dumps(result))


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        sys.argv[2],
        float(sys.argv[3]),
        float(sys.argv[4]),
        **{
            key: literal_eval(value) for key, value in (item.split("=", 1) for item in sys.argv[5:])
        },
    )
