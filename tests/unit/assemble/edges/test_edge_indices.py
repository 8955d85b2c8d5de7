"""Numbers of edges against those found by sorting all of them, one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.edges.edge_indices import NumberedEdges
from distsnn.assemble.edges.projection_edges import creation_keys, edges
from distsnn.assemble.values.pair_values import Ends
from distsnn.describe.keys import stream_key
from distsnn.errors import ParameterError


def described(n_values: int, connection: Any) -> tuple[Any, Any]:
    cells = snn.NeuronGroup(9, snn.LIF(), name="cells")
    weight = np.arange(n_values, dtype=float)
    synapses = snn.Synapses(cells[2:], cells, snn.Delta(), weight=weight, name="S")
    synapses.connect(connection)
    description = snn.Network(cells, synapses, seed=4).description
    return description, description.projections[0]


@pytest.mark.parametrize(
    ("connection", "n"),
    [
        ("(i + j) % 3 == 0", 21),
        (snn.FixedIndegree(8), 72),
        (snn.FixedTotalNumber(40), 40),
        ("i < 0", 0),
    ],
)
def test_numbers_are_places_in_the_order_of_creation(connection: Any, n: int) -> None:
    description, projection = described(n, connection)
    rule = Ends(description, projection.source, projection.target).bind(projection.rule, "S")
    key = stream_key(description.seed, "edges", "S")
    everything = edges(rule, 7, 9, projection.shift, key)
    each = list(zip(*(k.tolist() for k in creation_keys(rule, everything)), strict=True))
    expected = [sorted(each).index(one) for one in each]
    some = everything.taken(np.arange(n)[::-2])
    assert NumberedEdges(description, projection).of(some).tolist() == expected[::-2]


def test_another_number_of_values_is_an_error() -> None:
    description, projection = described(20, "(i + j) % 3 == 0")
    with pytest.raises(ParameterError, match="weight has 20 values; there are 21 synapses"):
        NumberedEdges(description, projection)
