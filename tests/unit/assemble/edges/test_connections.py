"""Connections against all their edges sorted one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges
from distsnn.assemble.edges.edge_values import edge_weights
from distsnn.assemble.edges.projection_edges import creation_keys
from distsnn.errors import ParameterError


def described(n_values: int, connection: Any) -> tuple[Any, Any]:
    cells = snn.NeuronGroup(9, snn.LIF(), name="cells")
    weight = np.arange(n_values, dtype=float)
    synapses = snn.Synapses(cells[2:], cells, snn.Delta(), weight=weight, name="S")
    synapses.connect(connection)
    description = snn.Network(cells, synapses, seed=4).description
    return description, description.projections[0]


@pytest.mark.parametrize(
    ("rule", "n"),
    [
        ("(i + j) % 3 == 0", 21),
        (snn.FixedIndegree(8), 72),
        (snn.FixedTotalNumber(40), 40),
        (snn.AllToAll(), 63),
        ("i < 0", 0),
    ],
)
def test_indices_are_positions_in_the_order_of_creation(rule: Any, n: int) -> None:
    description, projection = described(n, rule)
    connection = ConnectEdges.of(description, projection)
    every = connection.edges()
    each = list(zip(*(k.tolist() for k in creation_keys(projection.rule, every)), strict=True))
    expected = [sorted(each).index(one) for one in each]
    some = every.taken(np.arange(n)[::-2])
    connections = ObjectEdges((connection,))
    assert connections.size == n
    assert connections.indices(some).tolist() == expected[::-2]
    # Weights that are given in this order, which are 0, 1, 2, ...
    assert np.array_equal(edge_weights(description, projection)(some), expected[::-2])


def test_another_number_of_values_is_an_error() -> None:
    description, projection = described(20, "(i + j) % 3 == 0")
    with pytest.raises(ParameterError, match="weight has 20 values; there are 21 synapses"):
        edge_weights(description, projection)


def test_several_connects_stand_one_after_the_other() -> None:
    G = snn.NeuronGroup(6, "v : 1", name="G")
    S = snn.Synapses(G, G, "w : 1", name="S")
    S.connect(p=0.5)
    S.connect(i=[3, 1, 3], j=[0, 5, 0])
    S.connect(condition="i != j")
    description = snn.Network(G, S, seed=1).description
    connections = ObjectEdges.of(description, description.synapses[0])
    every = connections.edges()
    assert len(every) == connections.size
    assert np.array_equal(connections.indices(every), np.arange(len(every)))
    keys = connections.creation_keys(every)
    assert np.array_equal(np.lexsort(keys[::-1]), np.arange(len(every)))
    assert every.connects.tolist() == sorted(every.connects.tolist())
    assert set(every.connects.tolist()) == {0, 1, 2}
    # A rank that has some of the targets draws the same synapses of these.
    some = connections.edges([(1, 2), (4, 6)])
    wanted = every.taken(np.isin(every.target, [1, 4, 5]))
    for name in ("source", "target", "major", "k", "connects"):
        assert np.array_equal(getattr(some, name), getattr(wanted, name)), name
