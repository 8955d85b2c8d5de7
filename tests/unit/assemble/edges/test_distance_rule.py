"""Pairs are joined with the probability of their distance, whoever draws them."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ConnectivityError
from tests.connections import all_edges


@pytest.fixture
def rng():
    """Draws that don't depend on which tests ran before."""
    return np.random.default_rng(1)


def counts(rule, shift=None, n=200):
    """How often each pair is joined in `n` networks."""
    shape = len(rule.source), len(rule.target)
    found = np.zeros(shape, dtype=int)
    for key in range(n):
        edges = all_edges(rule, *shape, shift, (key, 7))
        once = np.zeros(shape, dtype=int)
        np.add.at(once, (edges.source, edges.target), 1)
        assert once.max(initial=0) <= 1
        found += once
    return found


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("profile", ["constant", "linear", "exponential", "gaussian"])
def test_pairs_are_independent_with_their_probability(rng, dimensions, profile):
    # Some targets lie outside of what sources cover, and many sources at one position.
    source, target = rng.random((300, dimensions)), 1.2 * rng.random((40, dimensions))
    source[:20] = 0.5
    cutoff = 0.4 if dimensions == 2 else None
    rule = snn.BernoulliByDistance(source, target, 0.8, profile, 0.15, cutoff)
    n = 200
    found = counts(rule, n=n)
    distance = np.linalg.norm(source[:, None] - target, axis=-1)
    x = distance / 0.15
    falls = {
        "constant": np.ones_like(x),
        "linear": np.maximum(0, 1 - x),
        "exponential": np.exp(-x),
        "gaussian": np.exp(-0.5 * x**2),
    }[profile]
    wanted = 0.8 * falls * (distance <= (cutoff or np.inf))
    variance = n * wanted * (1 - wanted)
    assert not found[wanted == 0].any()
    assert abs(found.sum() - n * wanted.sum()) < 4 * np.sqrt(variance.sum())
    of_target = (found - n * wanted).sum(axis=0)
    spread = variance.sum(axis=0)
    assert (np.abs(of_target) <= 5 * np.sqrt(spread) + 1e-9).all()
    # Squares of the differences are those of coins, whose fourth moments say how far they scatter.
    squares = ((found - n * wanted) ** 2).sum()
    fourth = 2 * variance**2 + variance * (1 - 6 * wanted * (1 - wanted))
    assert abs(squares - variance.sum()) < 4 * np.sqrt(fourth.sum())


def test_certain_pairs_and_autapses():
    grid = np.stack(np.meshgrid(np.arange(6.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    for autapses in (True, False):
        found = counts(snn.BernoulliByDistance(grid, grid, 1, cutoff=1, autapses=autapses), 0, 1)
        distance = np.linalg.norm(grid[:, None] - grid, axis=-1)
        assert (found == (distance <= 1) - (0 if autapses else np.eye(30))).all()
    assert not counts(snn.BernoulliByDistance(grid, grid, 0.0), n=1).any()
    assert counts(snn.BernoulliByDistance([0.0, 0.0], [0.0], 1.0), n=1).tolist() == [[1], [1]]


def test_many_neurons_cost_what_their_synapses_do(rng):
    position = rng.random((20000, 2))
    rule = snn.BernoulliByDistance(position, position, 0.5, "gaussian", 0.01, None, autapses=False)
    edges = all_edges(rule, 20000, 20000, 0, (1, 2))
    assert abs(edges.k.size / (20000 * 20000 * 0.5 * 2 * np.pi * 0.01**2) - 1) < 0.03


def test_distances_are_those_of_nest(rng):
    nest = pytest.importorskip("nest")
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.rng_seed = 5
    position = rng.random((600, 2))
    layer = nest.Create("parrot_neuron", positions=nest.spatial.free(position.tolist()))
    falls = nest.spatial_distributions.gaussian(nest.spatial.distance, std=0.1)
    nest.Connect(
        layer,
        layer,
        {"rule": "pairwise_bernoulli", "p": 0.6 * falls, "mask": {"circular": {"radius": 0.25}}},
    )
    made = nest.GetConnections(layer, layer)
    first = layer.tolist()[0]
    theirs = np.array(list(made.sources())) - first, np.array(list(made.targets())) - first
    rule = snn.BernoulliByDistance(position, position, 0.6, "gaussian", 0.1, 0.25)
    edges = all_edges(rule, 600, 600, 0, (3, 4))
    bins = np.linspace(0, 0.25, 11)
    of = [
        np.histogram(np.linalg.norm(position[i] - position[j], axis=-1), bins)[0]
        for i, j in (theirs, (edges.source, edges.target))
    ]
    assert of[0].min() > 100
    assert (np.abs(of[0] - of[1]) < 4 * np.sqrt(of[0] + of[1])).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", [1.0], 0.1), "source is no array of positions"),
        (([[0.0, 0.0]], [1.0], 0.1), "different dimensions"),
        (([np.nan], [1.0], 0.1), "finite"),
        (([0.0], [1.0], 2), "p is a number between 0 and 1"),
        (([0.0], [1.0], 0.1, "steep"), "profile is one of constant, linear"),
        (([0.0], [1.0], 0.1, "linear", 0), "scale is a finite number > 0"),
        (([0.0], [1.0], 0.1, "linear", 1, -1), "cutoff is a number >= 0"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ConnectivityError, match=message):
        snn.BernoulliByDistance(*arguments)


def test_there_is_a_position_for_each():
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    synapses = snn.Synapses(cells, cells, snn.Delta(), weight=1.0, name="S")
    with pytest.raises(ConnectivityError, match=r"S: .* 2 positions for target; there are 3"):
        synapses.connect(snn.BernoulliByDistance(np.arange(3.0), np.arange(2.0), 0.1))
