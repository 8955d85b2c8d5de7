"""Rows and buckets against a list of synapses and an obvious loop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from distsnn.kernels.connect import rows
from distsnn.kernels.deliver import buckets as kernels

N_SOURCES, N_SLOTS, CAPACITY, WINDOW = 150, 40, 256, 12
# The ring of spikes may remember other steps than there are buckets.
RING = 17
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
        mark, pack = (k.py_func if python else k for k in (rows.mark_rows, rows.pack_values))
        self.row_lookup = np.zeros(2 * (N_SOURCES // 64 + 1), dtype=np.uint64)
        mark(row_of, self.row_lookup)
        self.row_synapse = np.append(np.searchsorted(self.source, sources), n).astype(np.uint32)
        self.packed = self.slot.astype(np.uint32)
        pack(np.arange(n), self.delay - FIRST_DELAY, BITS, self.packed)
        self.weight_stop = np.array([7, 66, 67, N_SOURCES])
        self.common = rng.normal(size=self.weight_stop.size)

    def added(self, weighted: bool) -> tuple[np.ndarray, np.ndarray]:
        """Weights of synapses, or of ranges of sources."""
        return (self.weight, np.zeros(0, np.int64)) if weighted else (self.common, self.weight_stop)


def empty(n_chunks: int, wide: bool) -> list[np.ndarray]:
    state = np.zeros(kernels.STATE_SIZE, dtype=np.int64)
    state[kernels.N_FREE] = n_chunks
    following = np.arange(1, n_chunks + 1, dtype=np.int32)
    following[-1] = -1
    size = n_chunks * kernels.CHUNK
    entries = np.zeros(2 * size, dtype=np.uint32)
    return [
        state,
        np.full(WINDOW, -1, dtype=np.int64),
        np.zeros(WINDOW, dtype=np.int64),
        following,
        entries,
        entries.view(np.float32),
        np.zeros(size if wide else 0),
    ]


def run(
    synapses: Synapses,
    spikes: list[np.ndarray],
    python: bool,
    weighted: bool,
    wide: bool,
    interval: int,
    n_chunks: int = 400,
    least: np.ndarray | None = None,
    deferred: bool = False,
) -> tuple[np.ndarray, list[int]]:
    """What each step adds to all slots, with spikes that arrive after each interval, and events."""
    file, deliver = (
        k.py_func if python else k for k in (kernels.file_spikes, kernels.deliver_bucket)
    )
    gids, begin = np.zeros(CAPACITY, dtype=np.uint32), np.zeros(RING, dtype=np.int64)
    pool = empty(n_chunks, wide)
    efficacy = EFFICACY if wide else np.ones(CAPACITY)
    given = (np.zeros(0), np.zeros(0, np.int64)) if deferred else synapses.added(weighted)
    if deferred:
        deliver = taken(synapses, kernels.take_entries.py_func if python else kernels.take_entries)
    tail, added, events = 0, [], []
    for step, own in enumerate(spikes):
        gids[np.arange(tail, tail + own.size) % CAPACITY] = own
        tail += own.size
        begin[(step + 1) % RING] = tail
        if (step + 1) % interval == 0:
            assert file(
                step + 1, gids, begin, synapses.row_lookup, synapses.row_synapse, FIRST_DELAY,
                BITS, synapses.packed, *given, efficacy,
                np.zeros(0, dtype=np.int64) if least is None else least,
                np.zeros(kernels.WORK_SIZE, dtype=np.int64), *pool,
            )  # fmt: skip
        slots = np.zeros(N_SLOTS)
        events.append(deliver(step, *given, *pool, slots))
        added.append(slots)
    # Every chunk is free again when nothing is in flight any more.
    for step in range(len(spikes), len(spikes) + WINDOW):
        deliver(step, *given, *pool, np.zeros(N_SLOTS))
    assert pool[0][kernels.N_FREE] == n_chunks
    return np.array(added), events


def taken(synapses: Synapses, take: Callable[..., int]) -> Callable[..., int]:
    """What `deliver_bucket` does, from synapses and spikes that are taken out of the bucket."""

    def deliver(step: int, *given: np.ndarray) -> int:
        _, _, state, first, end, following, entries, _, _, slots = given
        synapse, number = np.zeros(kernels.CHUNK, np.uint64), np.zeros(kernels.CHUNK, np.int64)
        events = 0
        while n := take(step, synapse, number, state, first, end, following, entries):
            for k, spike in zip(synapse[:n].tolist(), number[:n].tolist(), strict=True):
                slots[synapses.slot[k]] += synapses.weight[k] * EFFICACY[spike % CAPACITY]
            events += n
        return events

    return deliver


def obvious(
    synapses: Synapses, spikes: list[np.ndarray], weighted: bool, wide: bool, least: np.ndarray
) -> tuple[np.ndarray, list[int]]:
    """Every spike and synapse in turn, older spikes first."""
    added, events = np.zeros((len(spikes), N_SLOTS)), [0] * len(spikes)
    number = 0
    for sent, own in enumerate(spikes):
        for gid in own:
            for k in np.flatnonzero(synapses.source == gid):
                of_range = np.flatnonzero(gid < synapses.weight_stop)[0]
                weight = synapses.weight[k] if weighted else synapses.common[of_range]
                due = sent + int(synapses.delay[k])
                late = number >= least.size or synapses.delay[k] >= least[number]
                if due < len(spikes) and late:
                    factor = EFFICACY[number % CAPACITY] if wide else 1.0
                    added[due, synapses.slot[k]] += np.float64(weight) * factor
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
    wide = n != 150
    synapses = Synapses(n, 4, "f4" if weighted and not wide else "f8", python)
    for interval in (1, 2):
        # As if the first spikes had acted already with short delays.
        least = np.array([3, 0, 9, 65_535]) if interval == 2 else np.zeros(0, dtype=np.int64)
        # Spikes that arrive after an interval must not be late.
        if interval == 2:
            synapses.delay = np.maximum(synapses.delay, 2)
            synapses.packed = synapses.slot.astype(np.uint32)
            rows.pack_values(np.arange(n), synapses.delay - FIRST_DELAY, BITS, synapses.packed)
        found, events = run(synapses, spikes, python, weighted, wide, interval, 4000, least)
        expected, counted = obvious(synapses, spikes, weighted, wide, least)
        np.testing.assert_array_equal(found, expected)
        assert events == counted
        assert sum(events) > 100
        if wide and weighted:
            later = run(synapses, spikes, python, weighted, False, interval, 4000, least, True)
            np.testing.assert_array_equal(later[0], expected)
            assert later[1] == counted


def test_a_full_pool_says_so_and_goes_on() -> None:
    """Nothing is lost and nothing written twice when the pool is too small for a while."""
    synapses = Synapses(9000, 1, "f8", False)
    spikes = np.arange(N_SOURCES, dtype=np.uint32)
    gids = np.zeros(CAPACITY, dtype=np.uint32)
    gids[:N_SOURCES] = spikes
    begin = np.array([0, N_SOURCES, *[0] * (WINDOW - 2)], dtype=np.int64)
    pool = empty(3, True)
    given = (
        1, gids, begin, synapses.row_lookup, synapses.row_synapse,
        FIRST_DELAY, BITS, synapses.packed, *synapses.added(True), EFFICACY,
        np.zeros(0, dtype=np.int64), np.zeros(kernels.WORK_SIZE, dtype=np.int64),
    )  # fmt: skip
    refused = 0
    while not kernels.file_spikes(*given, *pool):
        refused += 1
        n = pool[3].size
        larger = empty(2 * n, True)
        larger[3][:n] = pool[3]
        larger[3][-1] = pool[0][kernels.FREE]
        larger[4][: 2 * n * kernels.CHUNK] = pool[4]
        larger[6][: n * kernels.CHUNK] = pool[6]
        pool[0][kernels.FREE] = n
        pool[0][kernels.N_FREE] += n
        pool[3:] = larger[3:]
    assert refused > 2
    found = np.zeros((WINDOW, N_SLOTS))
    for step in range(WINDOW):
        kernels.deliver_bucket(step, *synapses.added(True), *pool, found[step])
    expected, _ = obvious(
        synapses,
        [spikes.astype(np.int64), *[np.zeros(0, np.int64)] * (WINDOW - 1)],
        True,
        True,
        np.zeros(0),
    )
    np.testing.assert_array_equal(found, expected)
