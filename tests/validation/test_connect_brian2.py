"""Connections as text against Brian 2: the same synapses in the same order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import distsnn as snn
from tests.connections import EXACT, RANDOM, SIZES, name_of

brian2 = pytest.importorskip("brian2")
X, Y = np.arange(7.0), np.array([0.0, 1.0, 0.3, 0.9, 0.5])
# Brian takes ten milliseconds for each; as many as make up for that are drawn here.
REPEATS = {"brian2": 100, "distsnn": 400}
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(autouse=True)
def interpreted():
    brian2.prefs.codegen.target = "numpy"
    brian2.BrianLogger.suppress_name("unused_brian_object")
    brian2.seed(1)


def ends(module):
    source = module.NeuronGroup(SIZES[0], "x : 1")
    target = module.NeuronGroup(SIZES[1], "y : 1")
    source.x, target.y = X, Y
    return source, target


def made(module, arguments, source, target):
    synapses = module.Synapses(source, target, "w : 1")
    synapses.connect(**arguments, namespace={"bound": 3.5, "width": 3})
    return np.array(synapses.i[:]), np.array(synapses.j[:])


@pytest.mark.parametrize("arguments", EXACT, ids=name_of)
def test_synapses_and_their_order(arguments):
    theirs, ours = (made(module, arguments, *ends(module)) for module in (brian2, snn))
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize("arguments", RANDOM, ids=name_of)
def test_random_synapses_have_the_same_distribution(arguments):
    counts = [np.zeros((repeats, *SIZES), dtype=int) for repeats in REPEATS.values()]
    for module, table in zip((brian2, snn), counts, strict=True):
        neurons = ends(module)
        for repeat in range(len(table)):
            if module is snn:
                snn.seed(repeat)
            np.add.at(table[repeat], made(module, arguments, *neurons), 1)
    # Of each pair: how often it has 0, 1, 2, 3 synapses. Then the number of synapses in all.
    per_pair = np.stack([[(c == n).sum(axis=0).ravel() for n in range(4)] for c in counts])
    for pair in range(per_pair.shape[2]):
        _alike(per_pair[:, :, pair], 1e-6)
    totals = [c.sum(axis=(1, 2)) for c in counts]
    bins = np.unique(np.quantile(np.concatenate(totals), np.linspace(0, 1, 8)))
    if bins.size > 2:
        _alike(np.stack([np.histogram(t, bins)[0] for t in totals]), 1e-5)


def _alike(table, level):
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] > 1:
        assert stats.chi2_contingency(table).pvalue > level


@pytest.mark.parametrize(
    "item",
    [
        np.s_[0, :],
        np.s_[:, 3],
        np.s_[5],
        np.s_[-1],
        np.s_[1:9:2],
        np.s_[[1, 2], [0, 1]],
        np.s_[0:2, 1:3],
        np.s_[4, 0],
        "i < 2",
        "w > 20 and j != 1",
        [3, 1],
    ],
    ids=str,
)
def test_indices(item):
    found = []
    for module in (brian2, snn):
        source, target = module.NeuronGroup(7, "x : 1"), module.NeuronGroup(5, "y : 1")
        synapses = module.Synapses(source, target, "w : 1")
        synapses.connect(condition="i < 4 and i != j")
        synapses.w = "i + 10*j"
        first = np.array(synapses.w[item])
        synapses.w[item] = "w + 100"
        second = np.array(synapses.w[:])
        synapses.w[item] = 7
        found.append((first, second, np.array(synapses.w[:])))
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)
