"""Counting, placing and sorting synapses against obvious loops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from distsnn.kernels.connect import table

N_SOURCES, NEVER = 9, 65_535


@pytest.fixture(params=[False, True], ids=["compiled", "python"])
def kernel(request: pytest.FixtureRequest) -> Callable[[str], Callable]:
    def chosen(name: str) -> Callable:
        function = getattr(table, name)
        return function.py_func if request.param else function

    return chosen


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sources, slots in three tiles, delays."""
    rng = np.random.default_rng(seed)
    slot = rng.choice(np.array([0, 5, 65_535, 65_536, 70_000, 131_072, 131_075]), n)
    return rng.integers(0, N_SOURCES - 2, n), slot, rng.integers(0, 5, n)


def test_targets_are_located(kernel) -> None:
    start, stop = np.array([3, 10, 40]), np.array([6, 20, 41])
    first = np.array([100, 200, 300])
    target = np.array([3, 5, 10, 19, 40, 4, 40, 3, 11])
    slot = np.empty(target.size, dtype=np.int64)
    kernel("locate_targets")(target, start, stop, first, slot)
    assert slot.tolist() == [100, 102, 200, 209, 300, 101, 300, 100, 201]


@pytest.mark.parametrize("weights", ["f4", "f8", None])
def test_a_table(kernel, weights: str | None) -> None:
    n, first_gid, first_delay, n_delays = 400, 2, 3, 5
    source, slot, delay = drawn(n, 1)
    rng = np.random.default_rng(2)
    weight = rng.normal(size=n).astype(weights or "f4")
    row_of = np.zeros(3 * N_SOURCES, dtype=np.int32)
    kernel("count_rows")(source, slot, first_gid, N_SOURCES, 16, row_of)
    for tile in range(3):
        for gid in range(N_SOURCES):
            found = row_of[tile * N_SOURCES + gid]
            assert found == ((source + first_gid == gid) & (slot // 65_536 == tile)).sum()
    rows = [
        (tile, gid)
        for tile in range(3)
        for gid in range(N_SOURCES)
        if row_of[tile * N_SOURCES + gid]
    ]
    row_synapse = np.empty(len(rows) + 1, dtype=np.int64)
    kernel("number_rows")(row_of, row_synapse)
    assert [row_of[tile * N_SOURCES + gid] for tile, gid in rows] == list(range(len(rows)))
    assert (row_of == -1).sum() == row_of.size - len(rows)
    # The source says which weight it is; a source in the middle has another one.
    of_segment = np.zeros(len(rows))
    first, stop = np.array([0, 3]), np.array([N_SOURCES, 5])
    each = np.arange(len(rows) + 1)
    kernel("fill_weights")(row_of, N_SOURCES, each, first, stop, np.array([1.5, -2.0]), of_segment)
    assert of_segment.tolist() == [-2.0 if 3 <= gid < 5 else 1.5 for _, gid in rows]

    position = np.empty(n, dtype=np.int64)
    target = np.empty(n, dtype=np.uint16)
    kernel("place_targets")(
        source, slot, first_gid, N_SOURCES, 16, row_of, row_synapse[:-1].copy(), position, target
    )
    assert sorted(position) == list(range(n))
    placed_delay = np.empty(n, dtype=np.uint8)
    kernel("place_values")(position, delay, placed_delay)
    placed = np.empty(n if weights else 0, dtype=weights or "f4")
    if weights:
        kernel("place_values")(position, weight, placed)

    work = np.empty(n_delays + 1, dtype=np.int64)
    n_segments = kernel("count_segments")(row_synapse, placed_delay, work, n_delays)
    longest = int(np.diff(row_synapse).max())
    row_segment = np.empty(len(rows) + 1, dtype=np.int64)
    segment_delay = np.empty(n_segments, dtype=np.uint16)
    segment_synapse = np.empty(n_segments + 1, dtype=np.int64)
    kernel("sort_rows")(
        row_synapse,
        placed_delay,
        first_delay,
        n_delays,
        NEVER,
        target,
        placed,
        work,
        np.empty(longest, np.uint16),
        np.empty(longest, placed.dtype),
        row_segment,
        segment_delay,
        segment_synapse,
    )

    number = np.empty(n, dtype=np.int64)
    kernel("place_values")(position, np.arange(n), number)
    kernel("sort_values")(
        row_synapse, placed_delay, n_delays, number, work, np.empty(longest, np.int64)
    )

    at = segment = 0
    for row, (tile, gid) in enumerate(rows):
        assert row_segment[row] == segment
        own = (source + first_gid == gid) & (slot // 65_536 == tile)
        for d in np.unique(delay[own]):
            assert segment_delay[segment] == first_delay + d
            assert segment_synapse[segment] == at
            # In the order in which they were drawn.
            for k in np.flatnonzero(own & (delay == d)):
                assert number[at] == k
                assert target[at] == slot[k] % 65_536
                assert not weights or placed[at] == weight[k]
                at += 1
            segment += 1
        assert segment_delay[segment] == NEVER
        assert segment_synapse[segment] == at
        segment += 1
    assert segment == n_segments == row_segment[-1]
    assert segment_synapse[-1] == at == n
    present = np.zeros(NEVER + 1, dtype=np.uint8)
    kernel("mark_delays")(segment_delay, present)
    assert np.flatnonzero(present).tolist() == sorted(set(segment_delay.tolist()))


def test_nothing(kernel) -> None:
    row_of = np.zeros(4, dtype=np.int32)
    row_synapse = np.empty(1, dtype=np.int64)
    kernel("number_rows")(row_of, row_synapse)
    assert row_of.tolist() == [-1] * 4
    assert row_synapse.tolist() == [0]
    seen = np.empty(3, dtype=np.int64)
    assert kernel("count_segments")(row_synapse, np.empty(0, np.uint8), seen, 2) == 0


def test_one_value_for_all(kernel) -> None:
    placed = np.zeros(6, dtype=np.float32)
    kernel("fill_values")(np.array([4, 0, 2]), 1.5, placed)
    assert placed.tolist() == [1.5, 0.0, 1.5, 0.0, 1.5, 0.0]


def test_rows_may_have_no_synapses(kernel) -> None:
    row_of, row_synapse = np.array([2, 0, -1, 3], dtype=np.int32), np.empty(4, dtype=np.int64)
    kernel("number_rows")(row_of, row_synapse)
    assert row_of.tolist() == [0, -1, 1, 2]
    assert row_synapse.tolist() == [0, 2, 2, 5]
