"""The microcircuit of NEST as its script, by distsnn.nest, beside distsnn's own example.

    python benchmarks/pynest_microcircuit.py microcircuit-PD14-model/PyNEST/src [--scale 0.2]

The folder is that of INM-6's repository, where NEST's example Potjans_2014 is. Both build the
network in a process of their own, in turn, and run 100 and 1000 ms all spikes to files.
The CPU seconds are those from the first call to the end, without imports and evaluation.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

DURATIONS = (100.0, 1000.0)


def script(folder: str, scale: float) -> None:
    """The script of NEST, with a seed and one thread."""
    sys.path.insert(0, folder)
    sys.modules["nest"] = importlib.import_module("distsnn.nest")
    network, net, sim, stim = (
        importlib.import_module(f"microcircuit.{name}")
        for name in ("network", "network_params", "sim_params", "stimulus_params")
    )
    given = net.default_net_dict | {"N_scaling": scale, "K_scaling": scale}
    own = {"data_path": tempfile.mkdtemp() + "/", "local_num_threads": 1, "print_time": False}
    made = network.Network(sim.default_sim_dict | own, given, stim.default_stim_dict)
    made.create()
    made.connect()
    for duration in DURATIONS:
        made.simulate(duration)


def example(folder: str, scale: float) -> None:
    """The example of distsnn at the same scale."""
    del folder
    microcircuit = importlib.import_module("distsnn.examples.microcircuit")
    network = microcircuit.network(scale=scale, k_scale=scale)
    for k, duration in enumerate(DURATIONS):
        network.run(duration, record=f"{tempfile.mkdtemp()}/{k}.h5")


def child(folder: str, kind: str, scale: float) -> float:
    """CPU seconds of one of them, in a process of its own."""
    command = [sys.executable, __file__, folder, "--scale", str(scale), "--only", kind]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--scale", type=float, default=0.2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", choices=("script", "example"))
    given = parser.parse_args()
    if given.only:
        importlib.import_module("matplotlib.pyplot")
        importlib.import_module("distsnn.nest")
        importlib.import_module("distsnn.examples.microcircuit")
        begun = time.process_time()
        (script if given.only == "script" else example)(str(Path(given.folder)), given.scale)
        print(time.process_time() - begun)
        return
    seconds: dict[str, list[float]] = {"script": [], "example": []}
    # The first of each finds empty caches.
    for number in range(given.repeat + 1):
        for kind in seconds:
            taken = child(given.folder, kind, given.scale)
            seconds[kind] += [taken] if number else []
    ours, own = (median(found) for found in seconds.values())
    print(f"script {ours:.2f} s, example {own:.2f} s, ratio {ours / own:.2f}")


if __name__ == "__main__":
    main()
