"""What takes the time of delivery? ``python benchmarks/delivery.py`` on one core.

A table like that of one of two ranks of the full microcircuit: 77,000 sources, each with 30 delays
and 65 synapses of each delay; 25 sources spike in a step, and each spike in flight has one segment
due in every step. Four cases: segments come from memory, or are in the caches since only few of the
sources spike; and between the deliveries of two steps the neurons are updated, so that other arrays
pass through the caches, or they are not.
"""

from __future__ import annotations

import argparse
import statistics
from time import process_time_ns

import numpy as np

from distsnn.kernels.compiled import kernel
from distsnn.kernels.deliver.deliver import deliver_weighted

DELAYS, SYNAPSES, NEURONS, SPIKES = 30, 65, 38_600, 25
STEPS, WARM_UP = 150, 30


@kernel
def update(V_m, other, current, noise):
    """What a step changes between two deliveries, in place of neurons and Poisson input."""
    for i in range(V_m.size):
        V_m[i] = 0.99 * V_m[i] + 0.1 * current[i] + 1e-3 * other[i]
        other[i] = 0.8 * other[i] + noise[i]
        current[i] = 0.8 * current[i]


@kernel
def draw_targets(segment_synapse, target, gap):
    """Ascending targets within each segment, about evenly spread; `gap` are random."""
    for q in range(segment_synapse.size - 1):
        first = segment_synapse[q]
        n = segment_synapse[q + 1] - first
        for k in range(n):
            target[first + k] = (k * NEURONS + gap[(first + k) % gap.size] * NEURONS) // n


def made_table(n_sources: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """First synapse of each segment, targets and weights."""
    segment_synapse = np.zeros(n_sources * DELAYS + 1, dtype=np.int64)
    np.cumsum(rng.poisson(SYNAPSES, n_sources * DELAYS), out=segment_synapse[1:])
    target = np.empty(segment_synapse[-1], dtype=np.uint16)
    draw_targets(segment_synapse, target, rng.random(1 << 20))
    return segment_synapse, target, np.full(target.size, 0.1, dtype=np.float32)


def measured(
    table: tuple[np.ndarray, ...], n_spiking: int, with_update: bool, rng: np.random.Generator
) -> float:
    """ns per synaptic event."""
    segment_synapse, target, weight = table
    V_m, other, current, noise = np.zeros((4, NEURONS))
    work_at, efficacy = np.zeros(SPIKES * DELAYS, dtype=np.int64), np.ones(1)
    sources = rng.integers(0, n_spiking, (STEPS + DELAYS, SPIKES))
    spent = events = 0
    for step in range(STEPS):
        # Older spikes first.
        due = [sources[step + DELAYS - 1 - d] * DELAYS + d for d in range(DELAYS - 1, -1, -1)]
        work = np.concatenate(due)
        begin = segment_synapse[work]
        if with_update:
            update(V_m, other, current, noise)
        start = process_time_ns()
        done = deliver_weighted(
            work.size, work, begin, work_at, efficacy, segment_synapse, target, weight, current
        )
        if step >= WARM_UP:
            spent += process_time_ns() - start
            events += done
    return spent / events


def main() -> None:
    """Print the four cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=77_000)
    parser.add_argument("--repeat", type=int, default=9)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    table = made_table(given.sources, rng)
    print(f"{table[1].size:,} synapses; ns per synaptic event")
    print("| segments | neurons updated between | ns/event |")
    print("|---|---|---|")
    cases = [(place, between) for place in ("in memory", "in caches") for between in (True, False)]
    times: dict[tuple[str, bool], list[float]] = {case: [] for case in cases}
    for _ in range(given.repeat + 1):
        for place, between in cases:
            n_spiking = given.sources if place == "in memory" else 8
            times[place, between].append(measured(table, n_spiking, between, rng))
    for (place, between), found in times.items():
        # Without the first, which compiles.
        median = statistics.median(found[1:])
        print(f"| {place} | {'yes' if between else 'no'} | {median:.2f} |")


if __name__ == "__main__":
    main()
