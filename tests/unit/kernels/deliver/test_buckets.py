"""Rows and buckets against a list of synapses and an obvious loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distsnn.kernels.connect import rows
from distsnn.kernels.deliver import buckets as kernels

N_SOURCES, N_SLOTS, CAPACITY, WINDOW = 150, 40, 256, 12
FIRST_DELAY = 1
BITS = 6
EFFICACY = np.where(np.arange(CAPACITY) % 3, np.linspace(0.2, 1.4, CAPACITY), 1.0)


class Synapses:
    """Random synapses, sorted by source, and the rows that hold them."""

    def __init__(self, n: int, seed: int, dtype: str, python: bool) -> None:
        rng = np.random.default_rng(seed)
        self.source = np.sort(rng.integers(0, N_SOURCES // 2, n) * 2)
        self.slot = rng.integers(0, N_SLOTS, n)
        self.delay = rng.choice([1, 2, 3, 8], n)
        self.weight = rng.normal(size=n).astype(dtype)
        sources = np.unique(self.source)
        row_of = np.full(N_SOURCES, -1, dtype=np.int32)
        row_of[sources] = np.arange(sources.size)
        mark, pack = (k.py_func if python else k for k in (rows.mark_rows, rows.pack_delays))
        self.row_bits = np.zeros(N_SOURCES // 64 + 1, dtype=np.uint64)
        self.rows_before = np.zeros(N_SOURCES // 64 + 1, dtype=np.uint32)
        mark(row_of, self.row_bits, self.rows_before)
        self.row_synapse = np.append(np.searchsorted(self.source, sources), n)
        self.packed = self.slot.astype(np.uint32)
        pack(np.arange(n), self.delay - FIRST_DELAY, BITS, self.packed)
        self.common = rng.normal(size=sources.size)
        self.common_of = dict(zip(sources.tolist(), self.common.tolist(), strict=True))


def empty(n_chunks: int, value: Any) -> list[np.ndarray]:
    state = np.zeros(kernels.STATE_SIZE, dtype=np.int64)
    state[kernels.N_FREE] = n_chunks
    following = np.arange(1, n_chunks + 1, dtype=np.int32)
    following[-1] = -1
    size = n_chunks * kernels.CHUNK
    return [
        state,
        np.full(WINDOW, -1, dtype=np.int64),
        np.zeros(WINDOW, dtype=np.int64),
        following,
        np.zeros(size, dtype=np.uint32),
        np.zeros(size, dtype=value),
    ]


def run(
    synapses: Synapses,
    spikes: list[np.ndarray],
    python: bool,
    weighted: bool,
    value: Any,
    interval: int,
    n_chunks: int = 400,
    least: np.ndarray | None = None,
) -> tuple[np.ndarray, list[int]]:
    """What each step adds to all slots, with spikes that arrive after each interval, and events."""
    file, deliver = (
        k.py_func if python else k for k in (kernels.file_spikes, kernels.deliver_bucket)
    )
    gids, begin = np.zeros(CAPACITY, dtype=np.uint32), np.zeros(WINDOW, dtype=np.int64)
    pool = empty(n_chunks, value)
    tail, added, events = 0, [], []
    for step, own in enumerate(spikes):
        gids[np.arange(tail, tail + own.size) % CAPACITY] = own
        tail += own.size
        begin[(step + 1) % WINDOW] = tail
        if (step + 1) % interval == 0:
            assert file(
                step + 1, gids, begin, synapses.row_bits, synapses.rows_before,
                synapses.row_synapse, FIRST_DELAY, BITS, synapses.packed,
                synapses.weight if weighted else synapses.common, int(weighted), EFFICACY,
                np.zeros(0, dtype=np.int64) if least is None else least,
                np.zeros(kernels.WORK_SIZE, dtype=np.int64), *pool,
            )  # fmt: skip
        slots = np.zeros(N_SLOTS)
        events.append(deliver(step, *pool, slots))
        added.append(slots)
    # Every chunk is free again when nothing is in flight any more.
    for step in range(len(spikes), len(spikes) + WINDOW):
        deliver(step, *pool, np.zeros(N_SLOTS))
    assert pool[0][kernels.N_FREE] == n_chunks
    return np.array(added), events


def obvious(
    synapses: Synapses, spikes: list[np.ndarray], weighted: bool, value: Any, least: np.ndarray
) -> tuple[np.ndarray, list[int]]:
    """Every spike and synapse in turn, older spikes first."""
    added, events = np.zeros((len(spikes), N_SLOTS)), [0] * len(spikes)
    number = 0
    for sent, own in enumerate(spikes):
        for gid in own:
            for k in np.flatnonzero(synapses.source == gid):
                weight = synapses.weight[k] if weighted else synapses.common_of[int(gid)]
                due = sent + int(synapses.delay[k])
                late = number >= least.size or synapses.delay[k] >= least[number]
                if due < len(spikes) and late:
                    product = np.float64(weight) * EFFICACY[number % CAPACITY]
                    added[due, synapses.slot[k]] += np.float64(np.dtype(value).type(product))
                    events[due] += 1
            number += 1
    return added, events


# Rows of two synapses, and of more than a chunk holds.
@pytest.mark.parametrize("n", [150, 30_000])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
def test_obvious_loop(n: int, weighted: bool, python: bool) -> None:
    if python and n > 1000:
        n //= 20
    rng = np.random.default_rng(n)
    spikes = [np.flatnonzero(rng.random(N_SOURCES) < 0.2) for _ in range(14)]
    synapses = Synapses(n, 4, "f4" if weighted else "f8", python)
    value = np.float32 if weighted and n == 150 else np.float64
    for interval in (1, 2):
        # As if the first spikes had acted already with short delays.
        least = np.array([3, 0, 9, 65_535]) if interval == 2 else np.zeros(0, dtype=np.int64)
        # Spikes that arrive after an interval must not be late.
        if interval == 2:
            synapses.delay = np.maximum(synapses.delay, 2)
            synapses.packed = synapses.slot.astype(np.uint32)
            rows.pack_delays(np.arange(n), synapses.delay - FIRST_DELAY, BITS, synapses.packed)
        found, events = run(synapses, spikes, python, weighted, value, interval, 4000, least)
        expected, counted = obvious(synapses, spikes, weighted, value, least)
        np.testing.assert_array_equal(found, expected)
        assert events == counted
        assert sum(events) > 100


def test_a_full_pool_says_so_and_goes_on() -> None:
    """Nothing is lost and nothing written twice when the pool is too small for a while."""
    synapses = Synapses(9000, 1, "f8", False)
    spikes = np.arange(N_SOURCES, dtype=np.uint32)
    gids = np.zeros(CAPACITY, dtype=np.uint32)
    gids[:N_SOURCES] = spikes
    begin = np.array([0, N_SOURCES, *[0] * (WINDOW - 2)], dtype=np.int64)
    pool = empty(3, np.float64)
    given = (
        1, gids, begin, synapses.row_bits, synapses.rows_before, synapses.row_synapse,
        FIRST_DELAY, BITS, synapses.packed, synapses.weight, 1, EFFICACY,
        np.zeros(0, dtype=np.int64), np.zeros(kernels.WORK_SIZE, dtype=np.int64),
    )  # fmt: skip
    refused = 0
    while not kernels.file_spikes(*given, *pool):
        refused += 1
        n = pool[3].size
        larger = empty(2 * n, np.float64)
        larger[3][:n] = pool[3]
        larger[3][-1] = pool[0][kernels.FREE]
        larger[4][: n * kernels.CHUNK], larger[5][: n * kernels.CHUNK] = pool[4], pool[5]
        pool[0][kernels.FREE] = n
        pool[0][kernels.N_FREE] += n
        pool[3:] = larger[3:]
    assert refused > 2
    found = np.zeros((WINDOW, N_SLOTS))
    for step in range(WINDOW):
        kernels.deliver_bucket(step, *pool, found[step])
    expected, _ = obvious(
        synapses,
        [spikes.astype(np.int64), *[np.zeros(0, np.int64)] * (WINDOW - 1)],
        True,
        np.float64,
        np.zeros(0),
    )
    np.testing.assert_array_equal(found, expected)
