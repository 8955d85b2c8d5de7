"""Where do segments and rows cross? ``python benchmarks/layouts.py`` on one core.

The network of ``networks/sparse.py`` with more and more synapses of each neuron, advanced with
its table in segments and in rows (see `distsnn.assemble.tables.row_layout`), in turns of a few
steps. The fastest turn of each counts, so that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
from typing import Any

from networks.sparse import network

import distsnn as snn
from distsnn.assemble.tables import row_layout

TURN, TURNS = 2 * snn.ms, 20


def measured(neurons: int, indegree: int, in_rows: bool, plastic: bool) -> float:
    """ns per synaptic event."""
    row_layout.FORCED = in_rows
    given: dict[str, Any] = {"external": 75 * snn.pA, "spread": 0.0 if plastic else 0.1}
    net = network(neurons=neurons, indegree=indegree, plastic=plastic, **given)
    net.run(10 * snn.ms)
    found = []
    for _ in range(TURNS):
        (clock,) = (rank.clock for rank in net.run(TURN).ranks)
        if clock.events:
            found.append(1e9 * clock.seconds["deliver"] / clock.events)
    return min(found)


def main() -> None:
    """Print a line for each size and number of synapses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--indegree", type=int, nargs="+", default=[25, 100, 400, 1600])
    parser.add_argument("--plastic", action="store_true", help="a rule changes weights")
    given = parser.parse_args()
    print("| neurons | synapses of a source | segments, ns/event | rows, ns/event |")
    print("|---|---|---|---|")
    for neurons in given.neurons:
        for indegree in given.indegree:
            times = [measured(neurons, indegree, rows, given.plastic) for rows in (False, True)]
            print(f"| {neurons:,} | {indegree} | {times[0]:.1f} | {times[1]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
