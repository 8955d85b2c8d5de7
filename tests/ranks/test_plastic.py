"""Weights that rules change are on real ranks what they are in one process, to the last bit."""

from __future__ import annotations

import pytest

from distsnn.exchange import World
from tests.alone import alone
from tests.saved_networks import Results, plastic


def ran() -> Results:
    net, results = plastic()
    net.run(31.3)
    net.run(28.7)
    return results()


@pytest.mark.ranks(1, 2, 3, 4, 7, timeout=400)
def test_weights_are_those_of_one_process(world: World) -> None:
    expected = alone(world, ran)
    found = ran()
    assert expected["t"].size > 100
    for name, values in expected.items():
        assert found[name].tobytes() == values.tobytes(), name
