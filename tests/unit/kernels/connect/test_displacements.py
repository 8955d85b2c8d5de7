from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.connect import displacements


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("wraps", [False, True])
def test_displacements(python: bool, dimensions: int, wraps: bool) -> None:
    fill, wrap, lengths = (
        k.py_func if python else k
        for k in (
            displacements.fill_displacements,
            displacements.wrap_displacements,
            displacements.fill_distances,
        )
    )
    rng = np.random.default_rng(dimensions)
    extent = np.array([1.0, 0.7, 2.3])[:dimensions] * wraps
    source, target = rng.uniform(-0.5, 0.5, (7, dimensions)), rng.uniform(-1, 1, (5, dimensions))
    # At half of the extent the short way leads down.
    source[0], target[0] = 0.0, 0.5 * extent
    i, j = rng.integers(0, 7, 90), rng.integers(0, 5, 90)
    i[0] = j[0] = 0
    found, distance = np.empty((90, dimensions)), np.empty(90)
    fill(found, source, target, i, j, extent)
    lengths(distance, found)
    straight = target[j] - source[i]
    wrap(straight, extent)
    expected = target[j] - source[i]
    if wraps:
        expected = np.fmod(expected + 0.5 * extent, extent) - 0.5 * extent
        expected = np.where(expected < -0.5 * extent, expected + extent, expected)
        assert (np.abs(expected) <= 0.5 * extent + 1e-15).all()
    assert found.tobytes() == straight.tobytes() == expected.tobytes()
    assert distance.tobytes() == np.sqrt((expected**2).sum(axis=1)).tobytes()
    if wraps:
        assert (found[0] == -0.5 * extent).all()
