"""Masks that are turned, against the obvious formula for one displacement at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn import nest


def is_in_ellipsoid(d: np.ndarray, axes: list[float], azimuth: float, polar: float) -> bool:
    a, b = math.radians(azimuth), math.radians(polar)
    x, y = math.cos(a) * d[0] + math.sin(a) * d[1], -math.sin(a) * d[0] + math.cos(a) * d[1]
    if len(d) == 2:
        return (2 * x / axes[0]) ** 2 + (2 * y / axes[1]) ** 2 <= 1
    x, z = math.cos(b) * x - math.sin(b) * d[2], math.sin(b) * x + math.cos(b) * d[2]
    return (2 * x / axes[0]) ** 2 + (2 * y / axes[1]) ** 2 + (2 * z / axes[2]) ** 2 <= 1


@pytest.mark.parametrize("n_dimensions", [2, 3])
def test_turned_ellipses_do_not_depend_on_what_else_is_looked_at(n_dimensions: int) -> None:
    axes = {"major_axis": 1.4, "minor_axis": 0.6, "polar_axis": 0.9}
    angles = {"azimuth_angle": 33.0, "polar_angle": 21.0}
    names = ["major_axis", "minor_axis", "polar_axis"][:n_dimensions]
    given = {name: axes[name] for name in names} | {"azimuth_angle": 33.0}
    if n_dimensions == 3:
        given["polar_angle"] = 21.0
    mask = nest.CreateMask("elliptical" if n_dimensions == 2 else "ellipsoidal", given)
    d = np.random.default_rng(1).uniform(-0.8, 0.8, (1001, n_dimensions))
    found = mask.inside(d)
    expected = [bool(is_in_ellipsoid(x, [axes[n] for n in names], *angles.values())) for x in d]
    assert found.tolist() == expected
    assert 50 < sum(expected) < 900
    for n in (1, 2, 3, 7, 500):
        assert mask.inside(d[:n]).tolist() == expected[:n]
