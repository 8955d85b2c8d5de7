from __future__ import annotations

import numpy as np
import pytest

from distsnn.exchange import run_loopback
from distsnn.run.state.creation_order import positions_in_order


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("block", [1, 10, 97, 100_000])
def test_positions_are_those_among_all(count: int, block: int) -> None:
    rng = np.random.default_rng(count)
    numbers = rng.permutation(4 * 5 * 6 * 7)[:500]
    keys = np.stack(np.unravel_index(numbers, (4, 5, 6, 7))).astype(np.int64)
    keys = keys[:, np.lexsort(keys[::-1])]
    # One rank has far more than the others, and the last has none.
    owner = np.minimum(rng.integers(0, max(1, count - 1), 500), rng.integers(0, count, 500))
    parts = [np.flatnonzero(owner == rank) for rank in range(count)]
    found = run_loopback(
        count, lambda world: positions_in_order(world, keys[:, parts[world.rank]], block)
    )
    for local, (positions, size) in zip(parts, found, strict=True):
        assert size == 500
        np.testing.assert_array_equal(positions, local)


def test_nothing_at_all() -> None:
    found = run_loopback(3, lambda world: positions_in_order(world, np.empty((4, 0), np.int64)))
    assert all(positions.size == 0 and size == 0 for positions, size in found)
