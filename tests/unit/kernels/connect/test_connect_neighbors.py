"""Neighbors in space beside a loop over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.nest.nodes.block import Layer
from distsnn.nest.space.masks import CreateMask
from distsnn.nest.space.neighbors import Neighborhood, Space

MASKS = [
    ("circular", {"radius": 0.23}, [0.1, -0.05]),
    ("doughnut", {"inner_radius": 0.1, "outer_radius": 0.3}, None),
    ("rectangular", {"lower_left": [-0.3, -0.1], "upper_right": [0.05, 0.2]}, None),
    ("elliptical", {"major_axis": 0.7, "minor_axis": 0.3, "azimuth_angle": 40.0}, [0.05, 0.1]),
]


@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize(("name", "specs", "anchor"), MASKS)
def test_neighbors_are_those_of_all_pairs(name: str, specs: dict, anchor, wraps: bool) -> None:
    rng = np.random.default_rng(5)
    mask = CreateMask(name, specs, anchor)
    source, target = rng.uniform(-0.5, 0.5, (2, 300, 2))
    layer = Layer(target, np.ones(2), np.zeros(2), wraps)
    same = np.where(rng.random(300) < 0.5, rng.integers(0, 300, 300), -1)
    for by_target, around_target in ((True, True), (True, False), (False, False)):
        found = Neighborhood(Space(source, target, layer), mask, by_target, around_target, same)
        nodes = np.sort(rng.choice(300, 90, replace=False))
        own, pool = (target, source) if by_target else (source, target)
        done = 0
        while done < nodes.size:
            count, other = found.of(nodes[done:], 700)
            each = np.split(other, np.cumsum(count)[:-1])
            for node, seen in zip(nodes[done : done + count.size], each, strict=True):
                away = (pool - own[node]) * (-1.0 if by_target and not around_target else 1.0)
                near = mask.inside(away)
                if wraps:
                    shifts = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
                    near = np.any([mask.inside(away + s) for s in shifts], axis=0)
                expected = np.flatnonzero(near & (np.arange(300) != same[node]))
                assert sorted(seen.tolist()) == expected.tolist()
            done += count.size
