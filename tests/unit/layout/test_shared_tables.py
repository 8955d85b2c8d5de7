"""Which projections share a table."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.values.given import Value
from distsnn.layout.shared_tables import plan_tables, weight_type


def network(*parts: tuple[slice, Value]) -> snn.Network:
    """Projections from slices of one group."""
    cells = snn.NeuronGroup(10, snn.LIF())
    receptor = snn.Exponential(3.0)
    synapses = []
    for source, weight in parts:
        synapses.append(snn.Synapses(cells[source], cells, receptor, weight=weight))
        if isinstance(weight, np.ndarray):
            synapses[-1].connect(i=np.arange(weight.size), j=np.arange(weight.size))
        else:
            synapses[-1].connect(snn.FixedIndegree(1))
    return snn.Network(cells, synapses)


FIRST, SECOND, ALL = slice(0, 5), slice(5, 10), slice(0, 10)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (1.1, None),
        (snn.Normal(1.0, 0.1), "f4"),
        (np.array([0.5, 0.25]), "f4"),
        (np.array([0.5, 0.1]), "f8"),
        (np.array([1.0, 1e39]), "f8"),
        (np.array([1.0, 16_777_217.0]), "f8"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_precision_of_weights(weight: Value, expected: str | None) -> None:
    assert weight_type(network((ALL, weight)).description.projections[0]) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # One weight for each source, whatever projection it is from.
        ([(FIRST, 1.0), (SECOND, -2.0)], [((0, 1), None)]),
        ([(ALL, 1.0), (FIRST, 1.0)], [((0, 1), None)]),
        ([(ALL, 1.0), (FIRST, 2.0)], [((0,), None), ((1,), None)]),
        ([(ALL, 1.0), (FIRST, 2.0), (SECOND, 3.0)], [((0,), None), ((1, 2), None)]),
        (
            [(ALL, snn.Normal(1, 1)), (ALL, 1.0), (ALL, np.ones(3)), (ALL, np.array([0.1]))],
            [((1,), None), ((0, 2), "f4"), ((3,), "f8")],
        ),
        ([], []),
    ],
)
def test_sharing(
    parts: list[tuple[slice, Value]], expected: list[tuple[tuple[int, ...], str | None]]
) -> None:
    plans = plan_tables(network(*parts).description)
    assert [(plan.projections, plan.weight_type) for plan in plans] == expected
