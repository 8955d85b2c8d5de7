"""A network of 100,000 cells written for PyNN, beside the same written for distsnn.

    python benchmarks/pynn_large.py [--cells 100000] [--inputs 100] [--time 1000] [--repeat 3]

Both have exponential currents, a fixed number of inputs that native rules draw, and record all
spikes. Each runs in processes of its own, in turn. Printed are the medians of the seconds of
importing, describing, building and running, and of how often the time of distsnn PyNN takes without
imports.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import time
from typing import Any

PARTS = ("import", "describe", "build", "run", "read")


def of_pynn(cells: int, inputs: int, duration: float) -> tuple[list[float], float]:
    """The time of each part, and the mean number of spikes."""
    times = [time.perf_counter()]
    import distsnn.pynn as sim  # noqa: PLC0415 - its time is measured

    times.append(time.perf_counter())
    sim.setup(timestep=0.1, min_delay=1.5)
    model = sim.IF_curr_exp(
        tau_m=20.0, cm=0.25, tau_syn_E=2.0, tau_syn_I=2.0, tau_refrac=2.0, i_offset=0.2
    )
    exc, inh = (sim.Population(int(part * cells), model) for part in (0.8, 0.2))
    for group in (exc, inh):
        group.initialize(v=sim.RandomDistribution("uniform", (-65, -50)))
        group.record("spikes")
    for source, weight, part, receptor in (
        (exc, 0.02, 0.8, "excitatory"),
        (inh, -0.1, 0.2, "inhibitory"),
    ):
        for target in (exc, inh):
            rule = sim.FixedNumberPreConnector(int(part * inputs), with_replacement=True)
            synapse = sim.StaticSynapse(weight=weight, delay=1.5)
            sim.Projection(source, target, rule, synapse, receptor_type=receptor)
    times.append(time.perf_counter())
    sim.run(0.1)
    times.append(time.perf_counter())
    sim.run(duration)
    times.append(time.perf_counter())
    mean = exc.mean_spike_count()
    return [*times, time.perf_counter()], mean


def of_distsnn(cells: int, inputs: int, duration: float) -> tuple[list[float], float]:
    """The same without PyNN."""
    times = [time.perf_counter()]
    import distsnn as snn  # noqa: PLC0415 - its time is measured

    times.append(time.perf_counter())
    model = snn.LIF(
        tau_m=20.0, C_m=250.0, E_L=-65.0, V_reset=-65.0, V_th=-50.0, t_ref=2.0, I_e=200.0
    )
    groups = [
        snn.NeuronGroup(int(part * cells), model, name=name)
        for name, part in (("exc", 0.8), ("inh", 0.2))
    ]
    receptors = [snn.Exponential(2.0, name=name) for name in ("ex", "in")]
    made: list[Any] = [*groups]
    for source, receptor, weight, part in zip(
        groups, receptors, (20.0, -100.0), (0.8, 0.2), strict=True
    ):
        for target in groups:
            synapses = snn.Synapses(source, target, receptor, weight=weight, delay=1.5)
            synapses.connect(snn.FixedIndegree(int(part * inputs)))
            made.append(synapses)
    for group in groups:
        group.V_m = snn.Uniform(-65.0, -50.0)
        made.append(snn.SpikeMonitor(group))
    net = snn.Network(made)
    times.append(time.perf_counter())
    net.run(0.1)
    times.append(time.perf_counter())
    net.run(duration)
    times.append(time.perf_counter())
    mean = net.monitors[0].num_spikes / len(groups[0])
    return [*times, time.perf_counter()], mean


def main() -> None:
    """Run one of the two, or both in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--time", type=float, default=1000.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=["pynn", "distsnn"])
    given = parser.parse_args()
    if given.only:
        run = of_pynn if given.only == "pynn" else of_distsnn
        times, mean = run(given.cells, given.inputs, given.time)
        seconds = [b - a for a, b in itertools.pairwise(times)]
        print(json.dumps({"seconds": seconds, "mean": mean}))
        return
    found: dict[str, list[list[float]]] = {"pynn": [], "distsnn": []}
    command = [sys.executable, "-W", "ignore", *sys.argv]
    # The first of each compiles.
    for turn in range(given.repeat + 1):
        for name, all_seconds in found.items():
            done = subprocess.run(
                [*command, "--only", name], stdout=subprocess.PIPE, text=True, check=True
            )
            one = json.loads(done.stdout.splitlines()[-1])
            if turn:
                all_seconds.append(one["seconds"])
    totals = {}
    for name, all_seconds in found.items():
        medians = [statistics.median(part) for part in zip(*all_seconds, strict=True)]
        totals[name] = sum(medians[1:])
        said = ", ".join(f"{p} {s:.2f}" for p, s in zip(PARTS, medians, strict=True))
        print(f"{name}: {said}; without imports {totals[name]:.2f} s, {one['mean']:.2f} spikes")
    print(f"pynn/distsnn without imports: {totals['pynn'] / totals['distsnn']:.2f}")


if __name__ == "__main__":
    main()
