"""Positions, masks and kernels of `distsnn.nest` are those of NEST, where nothing is random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn.nest
from distsnn.errors import ParameterError
from distsnn.nest.values.parameter import Evaluation, Reach
from tests.pynest_distances import distances

MASKS: dict[str, dict[str, Any]] = {
    "circular": {"circular": {"radius": 0.31}},
    "turned": {
        "rectangular": {
            "lower_left": [-0.3, -0.12],
            "upper_right": [0.21, 0.27],
            "azimuth_angle": 30.0,
        }
    },
    "doughnut": {"doughnut": {"inner_radius": 0.11, "outer_radius": 0.36}},
    "elliptical": {"elliptical": {"major_axis": 0.7, "minor_axis": 0.33, "azimuth_angle": 40.0}},
    "anchored": {"circular": {"radius": 0.26}, "anchor": [0.13, -0.07]},
}


def joined(nest: Any, mask: dict[str, Any], wrap: bool, on_source: bool) -> list[Any]:
    """All connections that a mask allows between two grids, with weights by distance."""
    nest.ResetKernel()
    space, kernels = nest.spatial, nest.spatial_distributions
    layers = [
        nest.Create("iaf_psc_alpha", positions=space.grid(
            shape=shape, extent=[1.4, 1.0], center=[0.1, 0.2], edge_wrap=wrap))
        for shape in ([7, 5], [5, 6])
    ]  # fmt: skip
    weight = 1.0 + 2.0 * space.distance.x + kernels.gaussian(space.distance, std=0.3)
    weight = weight + space.target_pos.y * 3.0 - space.source_pos.x
    rule = {"rule": "pairwise_bernoulli", "p": 1.0, "mask": mask, "use_on_source": on_source}
    nest.Connect(*layers, rule, {"weight": weight})
    found = nest.GetConnections(*layers)
    return sorted(zip(found.source, found.target, found.weight, strict=True))


@pytest.mark.parametrize("name", MASKS)
def test_masks_and_kernels(peer: Any, name: str) -> None:
    for wrap, on_source in ((False, False), (True, True), (True, False)):
        ours, theirs = (joined(n, MASKS[name], wrap, on_source) for n in (distsnn.nest, peer))
        assert len(theirs) > 50
        assert [row[:2] for row in ours] == [row[:2] for row in theirs]
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def others(nest: Any) -> dict[str, Any]:
    nest.ResetKernel()
    space, kernels = nest.spatial, nest.spatial_distributions
    box = nest.Create(
        "iaf_psc_alpha", positions=space.grid(shape=[3, 4, 2], extent=[1.0, 2.0, 3.0])
    )
    mask = {"box": {"lower_left": [-0.4, -0.6, -0.1], "upper_right": [0.4, 0.6, 1.6]}}
    weight = kernels.exponential(space.distance, beta=0.7)
    weight = weight + kernels.gamma(space.distance + 1.0, kappa=2.0, theta=1.5)
    rule = {"rule": "pairwise_bernoulli", "p": 1.0, "mask": mask, "allow_autapses": False}
    nest.Connect(box, box, rule, {"weight": weight})
    free = nest.Create("iaf_psc_alpha", positions=space.free([[0.0, 0.0], [0.5, 0.1], [-0.3, 0.4]]))
    x = space.target_pos.x - space.source_pos.x
    y = space.target_pos.y - space.source_pos.y
    patch = kernels.gabor(x, y, theta=30.0, gamma=0.7, std=0.6, lam=0.8, psi=45.0)
    normal = kernels.gaussian2D(x, y, std_x=0.5, std_y=0.9, rho=0.3)
    rule = {"rule": "pairwise_bernoulli", "p": 1.0, "mask": {"circular": {"radius": 0.6}}}
    nest.Connect(free, free, rule, {"weight": patch + 2.0 * normal})
    rows = [nest.GetConnections(side) for side in (box, free)]
    tiles = [[x, y] for x in np.linspace(-0.5, 0.5, 5) for y in np.linspace(0.5, -0.5, 5)]
    wrapped = [nest.spatial.free(tiles, extent=[1.05, 1.05], edge_wrap=True)]
    wrapped.append(nest.spatial.grid(shape=[4, 4], edge_wrap=True))
    layers = [nest.Create("iaf_psc_alpha", positions=p) for p in wrapped]
    return {
        "box": nest.GetPosition(box),
        "center": free.spatial["center"],
        "extent": free.spatial["extent"],
        "found": nest.FindCenterElement(free).tolist(),
        "distance": nest.Distance(free[0], free),
        "displacement": nest.Displacement(free[0], free),
        "wrapped": [nest.Displacement(one, layer) for layer in layers for one in layer],
        "targets": nest.GetTargetNodes(box[4], box)[0].tolist(),
        "edges": [sorted(zip(r.source, r.target, r.weight, strict=True)) for r in rows],
    }


def test_positions_and_questions(peer: Any) -> None:
    ours, theirs = others(distsnn.nest), others(peer)
    # To the last bit, also half an extent apart.
    assert ours.pop("wrapped") == theirs.pop("wrapped")
    for name in theirs.keys() - {"edges"}:
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-12, err_msg=name)
    for mine, their in zip(ours["edges"], theirs["edges"], strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-12)


def test_pictures_of_kernels_and_masks(peer: Any) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    found = []
    for nest in (distsnn.nest, peer):
        nest.ResetKernel()
        layer = nest.Create("iaf_psc_alpha", positions=nest.spatial.grid([5, 4]))
        axes = pyplot.subplots(1, 2)[1]
        kernel, edges = 1.2 - 2.5 * nest.spatial.distance, [-0.5, 0.6, -0.4, 0.4]
        nest.PlotProbabilityParameter(
            layer[6], kernel, MASKS["circular"], edges, shape=[7, 5], ax=axes[0]
        )
        nest.Connect(layer, layer)
        figure = nest.PlotTargets(layer[6], layer, mask=MASKS["turned"])
        masks = axes[0].patches, [x for x in figure.axes[0].patches if x.get_facecolor()[3]]
        boxes = [patch[0].get_window_extent() for patch in masks]
        shares = [box.width / box.height for box in boxes]
        found.append((axes[0].images[0].get_array(), axes[0].axis(), shares))
        pyplot.close("all")
    np.testing.assert_allclose(found[0][0], found[1][0], atol=1e-12)
    assert found[0][1] == found[1][1]
    np.testing.assert_allclose(found[0][2], found[1][2], rtol=0.1)


def test_fixed_degrees_follow_their_kernel() -> None:
    """In the mean of many draws, a source is taken as often as the kernel says."""
    nest = distsnn.nest
    nest.ResetKernel()
    layer = nest.Create("iaf_psc_alpha", positions=nest.spatial.grid(
        shape=[20, 20], extent=[1.0, 1.0], edge_wrap=True))  # fmt: skip
    kernel = nest.spatial_distributions.gaussian(nest.spatial.distance, std=0.15)
    mask = {"circular": {"radius": 0.3}}
    rule = {"rule": "fixed_indegree", "indegree": 40, "p": kernel, "mask": mask}
    nest.Connect(layer, layer, rule)
    found = nest.GetConnections(layer, layer)
    assert np.bincount(found.target, minlength=401)[1:].tolist() == [40] * 400
    distance = np.array(nest.Distance(found))
    assert distance.max() <= 0.3 + 1e-12
    one = np.array(nest.Distance(layer[0], layer))
    weight = np.where(one <= 0.3, np.exp(-(one**2) / (2 * 0.15**2)), 0.0)
    p = weight / weight.sum()
    mean, std = p @ one, np.sqrt(p @ one**2 - (p @ one) ** 2)
    assert abs(distance.mean() - mean) < 5 * std / np.sqrt(distance.size)
    nest.ResetKernel()
    layer = nest.Create("iaf_psc_alpha", positions=nest.spatial.grid(shape=[10, 10]))
    once = rule | {"allow_multapses": False, "allow_autapses": False, "indegree": 5}
    nest.Connect(layer, layer, once)
    found = nest.GetConnections()
    pairs = set(zip(found.source, found.target, strict=True))
    assert len(pairs) == len(found) == 500
    assert all(source != target for source, target in pairs)


def test_values_by_distance_are_those_of_nest(peer: Any) -> None:
    expected = distances(peer, False)
    found = distances(distsnn.nest, False, asked_first=True)
    for name, column in found.items():
        if name[:-2] in {"weight", "delay", "source", "target"}:
            # They are listed in another order.
            both = []
            for of in (found, expected):
                ends = of[f"source {name[-1]}"], of[f"target {name[-1]}"]
                both.append(of[name][np.lexsort(ends)])
            np.testing.assert_allclose(*both, rtol=1e-14)
        else:
            np.testing.assert_allclose(column, expected[name], rtol=1e-14)
    assert len(found["times"]) > 100


def test_delays_below_zero_are_refused() -> None:
    nest = distsnn.nest
    for shift, indegree in ((5.0, None), (0.6, 3)):
        nest.ResetKernel()
        cells = nest.Create("iaf_psc_exp", positions=nest.spatial.grid([3, 3]))
        fixed = {"rule": "fixed_indegree", "indegree": indegree}
        rule = fixed if indegree else {"rule": "pairwise_bernoulli", "p": 1.0}
        nest.Connect(cells, cells, rule, {"delay": nest.spatial.distance - shift})
        with pytest.raises(ParameterError, match="delay can be -"):
            nest.Simulate(1.0)


def test_bounds_of_parameters_hold() -> None:
    nest = distsnn.nest
    away = nest.spatial.distance
    of = nest.spatial_distributions
    parameters = [
        away,
        2.0 - away / 0.3,
        nest.math.exp(-away * 2.0) * away.x,
        1.0 / (0.5 + away.y),
        (1.0 + away) ** 1.5,
        nest.math.redraw(nest.random.normal(0.0, 1.0), -1.0, 2.0) * away,
        nest.math.min(away, 0.2) + nest.math.max(away, 0.3),
        nest.logic.conditional(away < 0.2, -1.0, nest.random.uniform(2.0, 3.0)),
        nest.math.sin(9.0 * away) - nest.math.cos(away),
        nest.random.uniform_int(4) + nest.random.exponential(2.0),
        of.exponential(away, beta=0.2),
        of.gaussian(away, std=0.1),
        of.gamma(away, kappa=2.0),
        of.gaussian2D(away.x, away.y, std_x=0.2),
        of.gabor(away.x, away.y),
    ]
    rng = np.random.default_rng(3)
    displacement = rng.uniform(-0.4, 0.5, (500, 2))
    box = displacement.min(axis=0), displacement.max(axis=0)
    at = Evaluation(500, rng, displacement=displacement)
    unknown = 0
    for parameter in parameters:
        low, high = parameter.span(Reach(box, box, box))
        values = parameter.of(at)
        assert low <= values.min() <= values.max() <= high
        unknown += not np.isfinite([low, high]).all()
    # The exponential and the gamma distribution have no highest value here.
    assert unknown == 2
