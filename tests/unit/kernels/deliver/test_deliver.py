"""Delivery from tables of synapses against a list of synapses and an obvious loop."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.connect import table as build
from distsnn.kernels.deliver.deliver import (
    NEVER,
    TILE,
    admit_spikes,
    collect_segments,
    deliver_uniform,
    deliver_weighted,
    deliver_words,
)

N_SOURCES, N_TILES, CAPACITY = 12, 2, 64
# Of the spikes in the ring; a third of them 1, as without short-term plasticity.
RELEASE = np.where(np.arange(CAPACITY) % 3, np.linspace(0.2, 1.4, CAPACITY), 1.0)


class Synapses:
    """Random synapses, and the table that holds them."""

    def __init__(self, n: int, seed: int, dtype: str = "f8") -> None:
        rng = np.random.default_rng(seed)
        self.source = rng.integers(0, N_SOURCES - 2, n)
        self.slot = rng.integers(0, 40, n) + TILE * rng.integers(0, N_TILES, n)
        self.delay = rng.choice([0, 1, 2, 7], n)
        self.weight = rng.normal(size=n).astype(dtype)
        order = np.lexsort((np.arange(n), self.delay, self.source, self.slot // TILE))
        self.target = (self.slot % TILE).astype(np.uint16)[order]
        self.sorted_weight = self.weight[order]
        self.row_of = np.full(N_TILES * N_SOURCES, -1, dtype=np.int32)
        row_segment, segment_delay, segment_synapse = [], [], []
        keys = list(zip((self.slot // TILE)[order], self.source[order], strict=True))
        delays = self.delay[order].tolist()
        at = 0
        for row, key in enumerate(sorted(set(keys))):
            self.row_of[key[0] * N_SOURCES + key[1]] = row
            row_segment.append(len(segment_delay))
            while at < n and keys[at] == key:
                segment_delay.append(delays[at])
                segment_synapse.append(at)
                first = delays[at]
                while at < n and keys[at] == key and delays[at] == first:
                    at += 1
            segment_delay.append(NEVER)
            segment_synapse.append(at)
        self.row_segment = np.array([*row_segment, len(segment_delay)], dtype=np.int64)
        self.segment_delay = np.array(segment_delay, dtype=np.uint16)
        self.segment_synapse = np.array([*segment_synapse, n], dtype=np.int64)
        self.delays = np.unique(self.delay)[::-1].astype(np.int64)


def run(
    synapses: Synapses, spikes: dict[int, list[int]], n_steps: int, python: bool, weighted: bool
) -> tuple[np.ndarray, int]:
    """Deliver spikes (gids of each step), admitted one step at a time; slots and events."""
    with_weights = deliver_words if synapses.target.dtype == np.uint32 else deliver_weighted
    admit, collect, deliver = (
        k.py_func if python else k
        for k in (admit_spikes, collect_segments, with_weights if weighted else deliver_uniform)
    )
    gids = np.zeros(CAPACITY, dtype=np.uint32)
    begin = np.zeros(10, dtype=np.int64)
    due_delay = np.zeros(N_TILES * CAPACITY, dtype=np.int32)
    next_segment = np.zeros(N_TILES * CAPACITY, dtype=np.int64)
    work_segment, work_begin, work_at = np.zeros((3, CAPACITY), dtype=np.int64)
    slots = np.zeros(N_TILES * TILE)
    segment_weight = np.arange(synapses.segment_delay.size) + 0.1
    tail, events = 0, 0
    for step in range(n_steps):
        own = spikes.get(step, [])
        for q, gid in enumerate(own):
            gids[(tail + q) % CAPACITY] = gid
        admit(
            gids,
            tail,
            tail + len(own),
            synapses.row_of,
            N_SOURCES,
            N_TILES,
            synapses.row_segment,
            synapses.segment_delay,
            due_delay,
            next_segment,
        )
        tail += len(own)
        begin[(step + 1) % begin.size] = tail
        for tile in range(N_TILES):
            count = collect(
                step,
                tile,
                synapses.delays,
                begin,
                CAPACITY,
                synapses.segment_delay,
                synapses.segment_synapse,
                due_delay,
                next_segment,
                work_segment,
                work_begin,
                work_at,
            )
            for q in range(count):
                source = gids[work_at[q]]
                row = synapses.row_of[tile * N_SOURCES + source]
                own = synapses.row_segment[row : row + 2]
                assert own[0] <= work_segment[q] < own[1]
            events += deliver(
                count,
                work_segment,
                work_begin,
                work_at,
                RELEASE,
                synapses.segment_synapse,
                synapses.target,
                synapses.sorted_weight if weighted else segment_weight,
                slots[tile * TILE :],
            )
    return slots, events


def random_spikes(seed: int, n_steps: int) -> dict[int, list[int]]:
    rng = np.random.default_rng(seed)
    # Never more in flight than the ring holds.
    return {step: np.flatnonzero(rng.random(N_SOURCES) < 0.3).tolist() for step in range(n_steps)}


def efficacy_of(spikes: dict[int, list[int]]) -> dict[tuple[int, int], float]:
    """Factor of each spike (step, gid): that of its place in the ring."""
    numbered = [(step, gid) for step in sorted(spikes) for gid in spikes[step]]
    return {spike: RELEASE[number % CAPACITY] for number, spike in enumerate(numbered)}


# Segments of a few synapses, and longer ones than are asked for ahead.
@pytest.mark.parametrize("n", [300, 24_000])
@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_every_synapse_acts_after_its_delay(python: bool, dtype: str, n: int) -> None:
    synapses = Synapses(n, 1, dtype)
    spikes = random_spikes(2, 40)
    slots, events = run(synapses, spikes, 40, python, weighted=True)
    efficacy = efficacy_of(spikes)
    expected = np.zeros(N_TILES * TILE)
    n_events = 0
    for step in range(40):
        # The canonical order: older spikes first, then source, then the order of drawing.
        for delay in synapses.delays.tolist():
            for gid in spikes.get(step - delay, []):
                for k in np.flatnonzero((synapses.source == gid) & (synapses.delay == delay)):
                    expected[synapses.slot[k]] += (
                        float(synapses.weight[k]) * efficacy[step - delay, gid]
                    )
                    n_events += 1
    assert np.array_equal(slots, expected)
    assert events == n_events > 1000


@pytest.mark.parametrize("n", [300, 24_000])
@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
def test_words(python: bool, n: int) -> None:
    """Weights of 16 bits in one word with the target act as the same weights of their own."""
    unit, first = 2.0**-7, -30_000
    synapses, spikes = Synapses(n, 1), random_spikes(2, 40)
    codes = np.random.default_rng(2).integers(0, 1 << 16, n)
    codes[:2] = 0, 65_535
    synapses.sorted_weight = (codes + first) * unit
    expected = run(synapses, spikes, 40, python, weighted=True)
    synapses.target = synapses.target | (codes << 16).astype(np.uint32)
    synapses.sorted_weight = np.array([unit, first])
    found = run(synapses, spikes, 40, python, weighted=True)
    assert np.array_equal(found[0], expected[0])
    assert found[1] == expected[1] > 1000


@pytest.mark.parametrize("n", [200, 24_000])
@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
def test_weights_of_segments(python: bool, n: int) -> None:
    synapses = Synapses(n, 3)
    slots, events = run(synapses, {0: [0, 1, 2, 3]}, 10, python, weighted=False)
    weight_of = np.repeat(
        np.arange(synapses.segment_delay.size) + 0.1, np.diff(synapses.segment_synapse)
    )
    expected = np.zeros(N_TILES * TILE)
    n_events = 0
    for tile in range(N_TILES):
        for gid in range(4):
            row = synapses.row_of[tile * N_SOURCES + gid]
            first, last = synapses.segment_synapse[
                [synapses.row_segment[row], synapses.row_segment[row + 1]]
            ]
            for k in range(first, last):
                expected[tile * TILE + int(synapses.target[k])] += weight_of[k] * RELEASE[gid]
                n_events += 1
    np.testing.assert_allclose(slots, expected, rtol=1e-12)
    assert events == n_events


def test_the_ring_wraps_around() -> None:
    """More spikes in all than the ring holds, each in flight for seven steps at most."""
    synapses = Synapses(300, 4)
    spikes = {
        step: [
            step % N_SOURCES,
        ]
        for step in range(200)
    }
    slots, events = run(synapses, spikes, 220, False, weighted=True)
    degree = np.bincount(synapses.source, minlength=N_SOURCES)
    assert events == sum(degree[step % N_SOURCES] for step in range(200))
    efficacy = efficacy_of(spikes)
    total = sum(
        synapses.weight[synapses.source == gid].sum() * factor
        for (_, gid), factor in efficacy.items()
    )
    assert slots.sum() == pytest.approx(total)


def test_a_source_without_synapses() -> None:
    synapses = Synapses(50, 5)
    slots, events = run(synapses, {0: [N_SOURCES - 1]}, 10, False, weighted=True)
    assert events == 0
    assert not slots.any()


def test_sorting_makes_the_same_table() -> None:
    """The kernels that build a table, from the same list of synapses."""
    synapses = Synapses(300, 6)
    row_of = np.zeros(N_TILES * N_SOURCES, dtype=np.int32)
    source, slot = synapses.source.astype(np.int64), synapses.slot.astype(np.int64)
    build.count_rows(source, slot, 0, N_SOURCES, 16, row_of)
    row_synapse = np.empty(np.count_nonzero(row_of) + 1, dtype=np.int64)
    build.number_rows(row_of, row_synapse)
    assert np.array_equal(row_of, synapses.row_of)
