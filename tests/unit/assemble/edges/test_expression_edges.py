"""Synapses of conditions and probabilities, beside numpy."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edges import collected
from distsnn.assemble.edges.projection_edges import draw_edges
from distsnn.assemble.edges.rule_draws import Draws
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import Slice

KEY = 7, 8
# More targets than are looked at together, and a part of the last such chunk.
SOURCES, TARGETS = 5, 700
SOURCE, TARGET = np.arange(SOURCES)[:, None], np.arange(TARGETS)
PAIRS = np.repeat(SOURCE, TARGETS), np.tile(TARGET, SOURCES)
SHARE, COIN = (Draws(KEY).uniform(*PAIRS, call).reshape(SOURCES, TARGETS) for call in (0, 1))
FAR = SOURCE - TARGET
CASES = {
    "p": ({"p": "0.3*exp(-((x_pre - y_post)/200)**2)"}, 0.3 * np.exp(-((FAR / 200) ** 2)) > COIN),
    "both": ({"condition": "j > 300 + i", "p": 0.5}, (FAR < -300) & (COIN < 0.5)),
    "condition": ({"condition": "abs(i-j) < 3 or y_post > 690"}, (abs(FAR) < 3) | (TARGET > 690)),
    "sample": ({"j": "k for k in sample(N_post, p=0.1) if k != i"}, (SHARE < 0.1) & (FAR != 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_pairs_are_those_of_numpy(name):
    given, expected = CASES[name]
    source = snn.NeuronGroup(SOURCES, "x : 1", name="G")
    target = snn.NeuronGroup(TARGETS, "y : 1", name="H")
    source.x, target.y = "i", "i"
    synapses = snn.Synapses(source, target, "w : 1", name="S")
    synapses.connect(**given)
    groups = source.describe(0.1), target.describe(0.1)
    slices = Slice(0, 0, SOURCES), Slice(1, 0, TARGETS)
    rule = ConnectEdges(
        NetworkDescription(groups), "S", "S", *slices, synapses._rules[0]
    ).bound_rule
    for ranges in ([(0, TARGETS)], [(20, 280), (300, 690)]):
        for chunk in (32, 65536):
            found = np.zeros(expected.shape, dtype=np.int64)
            edges = collected(draw_edges(rule, SOURCES, TARGETS, None, KEY, ranges, chunk))
            np.add.at(found, (edges.source, edges.target), 1)
            local = np.zeros(TARGETS, dtype=bool)
            for low, high in ranges:
                local[low:high] = True
            np.testing.assert_array_equal(found, expected & local)
            assert np.all(np.diff(edges.source * TARGETS + edges.target) > 0)
