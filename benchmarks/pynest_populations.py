"""A script of PyNEST with many small populations: ``python -m benchmarks.pynest_populations``.

As in models of many areas, each pair of populations has a call of ``Connect`` of its own, and each
population has several Poisson generators. ``--populations`` and ``--generators`` say how many. It
prints the CPU seconds of each part with NEST and with distsnn, each in a process of its own.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from time import process_time
from typing import Any

import numpy as np


class Laps:
    """CPU seconds (float) of the parts of a script."""

    def __init__(self) -> None:
        self._last = process_time()

    def end(self, part: str) -> None:
        """End a part and print it."""
        now = process_time()
        print(f"{part:12s} {now - self._last:8.2f}", flush=True)
        self._last = now


def script(nest: Any, n: int, n_generators: int, ms: float) -> None:
    """Run the script."""
    rng, laps = np.random.default_rng(1), Laps()
    nest.ResetKernel()
    nest.resolution = 0.1
    neuron = {"tau_syn_ex": 0.5, "tau_syn_in": 0.5}
    groups = [
        nest.Create("iaf_psc_exp", 50 + 10 * (k % 7), {"I_e": 300.0 + k, **neuron})
        for k in range(n)
    ]
    for group in groups:
        group.V_m = nest.random.normal(-60.0, 5.0)
    recorder = nest.Create("spike_recorder")
    for group in groups:
        nest.Connect(group, recorder)
    laps.end("create")
    for group in groups:
        for k in range(n_generators):
            source = nest.Create("poisson_generator", params={"rate": 100.0 + k})
            nest.Connect(source, group, syn_spec={"weight": 80.0, "delay": 1.5})
    laps.end("generators")
    for i, source in enumerate(groups):
        low, high, weight = (-np.inf, 0.0, -300.0) if i % 2 else (0.0, np.inf, 80.0)
        for j, target in enumerate(groups):
            drawn = nest.random.normal(mean=weight, std=abs(weight) / 10)
            delay = nest.random.normal(mean=1.5 + 0.1 * (j % 9), std=0.75)
            number = int(rng.integers(0, 200)) if (i + j) % 3 else 0
            nest.Connect(
                source,
                target,
                {"rule": "fixed_total_number", "N": number},
                {
                    "weight": nest.math.redraw(drawn, min=low, max=high),
                    "delay": nest.math.redraw(delay, min=0.1, max=np.inf),
                },
            )
    laps.end("connect")
    nest.Simulate(1.0)
    laps.end("first ms")
    nest.Simulate(ms)
    laps.end(f"{ms:g} ms")
    print(f"{recorder.n_events} spikes")


def main() -> None:
    """Print the parts with both simulators."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--populations", type=int, default=64)
    parser.add_argument("--generators", type=int, default=40)
    parser.add_argument("--ms", type=float, default=200.0)
    parser.add_argument("--module", help="run with this module alone, in this process")
    given = parser.parse_args()
    if given.module:
        nest = importlib.import_module(given.module)
        nest.verbosity = nest.VerbosityLevel.ERROR
        script(nest, given.populations, given.generators, given.ms)
        return
    for module in ("nest", "distsnn.nest"):
        print(module)
        command = [sys.executable, "-m", "benchmarks.pynest_populations", *sys.argv[1:]]
        subprocess.run([*command, "--module", module], check=True)


if __name__ == "__main__":
    main()
