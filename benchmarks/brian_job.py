"""One benchmark run of Brian 2; prints the figures as JSON.

Started by run.py; by hand: ``python benchmarks/brian_job.py THREADS cuba 200 1000 scale=1``. With 0
threads the code is that of Brian's target cython, else that of C++ standalone.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from ast import literal_eval
from pathlib import Path
from time import perf_counter
from typing import Any

import brian2
import numpy as np

NETWORKS = Path(__file__).parent / "networks"


def objects(network: str, parameters: dict[str, Any]) -> list[Any]:
    """The objects of a network, which is a file, or the name of an example of distsnn."""
    if network == "stdp.py":
        # Ready parts of distsnn are this text.
        parameters = {**parameters, "kind": "equations"}
    if not network.endswith(".py"):
        network, parameters = "vogels_abbott.py", {"kind": network, **parameters}
    spec = importlib.util.spec_from_file_location("network", NETWORKS / network)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: list[Any] = module.objects(brian2, **parameters)
    return made


def main(
    threads: int, network: str, transient: float, duration: float, seed: int = 1, **given: Any
) -> None:
    """Run `transient`, then measure `duration` (ms)."""
    with tempfile.TemporaryDirectory() as folder:
        begin = perf_counter()
        if threads == 0:
            brian2.prefs.codegen.target = "cython"
        else:
            brian2.set_device("cpp_standalone", directory=folder, build_on_run=False)
        if threads > 1:
            brian2.prefs.devices.cpp_standalone.openmp_threads = threads
        brian2.seed(seed)
        brian2.defaultclock.dt = 0.1 * brian2.ms
        made = objects(network, given)
        neurons = [one for one in made if isinstance(one, brian2.SpikeSource)]
        synapses = [one for one in made if isinstance(one, brian2.Synapses)]
        rates = [brian2.PopulationRateMonitor(one) for one in neurons]
        net = brian2.Network(*made, *rates)
        net.run(transient * brian2.ms)
        before = perf_counter()
        net.run(duration * brian2.ms)
        ran = perf_counter() - before
        if threads:
            brian2.device.build(directory=folder, compile=True, run=True, clean=False)
            ran = float(brian2.device._last_run_time)
        first = round(transient / 0.1)
        spikes = sum(float(np.sum(m.rate[first:] / brian2.Hz)) * m.source.N * 1e-4 for m in rates)
        print(
            json.dumps(
                {
                    "wall_seconds": ran,
                    "build_seconds": perf_counter() - begin - ran,
                    "neurons": sum(int(one.N) for one in neurons),
                    "synapses": sum(len(one) for one in synapses),
                    "spikes": spikes,
                    "version": brian2.__version__,
                }
            )
        )


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
