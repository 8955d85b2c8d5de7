"""How much longer does a run take on a busy machine? ``python benchmarks/busy.py [NETWORK]``.

A process with two threads, in turn with nothing else running and beside a process that keeps one
core busy; on a machine with two cores. The wall time of each run of a network, and the ratio of the
medians. A fair scheduler gives the threads two thirds of both cores, so no ratio is below 1.5.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import distsnn as snn
from distsnn.examples import brunel, microcircuit

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORKS = {"brunel": brunel.network, "microcircuit": lambda: microcircuit.network(scale=0.1)}
RUN = 6 * snn.second


@contextmanager
def busy_process() -> Iterator[None]:
    """A process that computes meanwhile."""
    beside = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        beside.kill()
        beside.wait()


def measured(net: snn.Network) -> float:
    """Wall time (s) of a run."""
    begin = time.perf_counter()
    net.run(RUN)
    return time.perf_counter() - begin


def main() -> None:
    """Print a line for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", help=f"of {', '.join(NETWORKS)}; all")
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    print("| network | quiet, s | busy, s | ratio |")
    print("|---|---|---|---|")
    for name in given.networks or NETWORKS:
        net = NETWORKS[name]()
        net.threads = 2
        net.run(10 * snn.ms)
        quiet, busy = list[float](), list[float]()
        for _ in range(given.repeat):
            quiet.append(measured(net))
            with busy_process():
                busy.append(measured(net))
        times = statistics.median(quiet), statistics.median(busy)
        print(f"| {name} | {times[0]:.3f} | {times[1]:.3f} | {times[1] / times[0]:.2f} |")


if __name__ == "__main__":
    main()
