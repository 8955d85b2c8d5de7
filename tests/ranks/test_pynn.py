"""A script of PyNN gives the same bits on any number of ranks, and writes each file once."""

from __future__ import annotations

from pathlib import Path

import pytest

from distsnn.exchange import World
from tests.alone import alone

pytest.importorskip("pyNN.common")


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_script(world: World, tmp_path: Path) -> None:
    from tests.pynn_script import found

    expected = alone(world, lambda: found(tmp_path / "alone"))
    for name in ("spikes 1 0", "spikes 3 0", "spikes 4 0", "spikes 2 1", "spikes 5 0"):
        assert expected[name].size, name
    assert len(set(expected["plastic"][:, 2])) > 1
    many = found(tmp_path / "many")
    assert expected.keys() == many.keys()
    for name, values in expected.items():
        assert values.tobytes() == many[name].tobytes(), name
    for name in ("cells.pkl", "plain.pkl"):
        assert (tmp_path / "many" / name).exists() == (world.rank == 0), name
