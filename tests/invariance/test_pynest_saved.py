"""NEST's models go on from a checkpoint of any number of ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.exchange import current_world, using
from distsnn.exchange.worlds.serial import SerialWorld
from tests.pynest_many import PARTS, contents, many


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.ranks(1, 2, 3, 4, 7, timeout=600)
@pytest.mark.parametrize("part", PARTS)
def test_many_models_are_saved_and_resumed_on_any_ranks(
    n_ranks: int, part: str, shared_path: Path
) -> None:
    """The models have a minute of compiling for the first of these tests to do."""
    made = many(part)
    made.network.run(0.1)
    start = contents(made)
    made.network.run(19.9)
    made.network.save(shared_path / "together.h5")
    made.network.run(15.0)
    found, after = contents(made), None
    world, alone = current_world(), shared_path / "alone.h5"
    if world.rank == 0:
        # One rank: it saves, and goes on from what all ranks have saved.
        with using(SerialWorld()):
            single = many(part)
            single.network.run(20.0)
            single.network.save(alone)
            single.network.load(shared_path / "together.h5")
            single.network.run(15.0)
            after = contents(single)
    resumed = many(part)
    resumed.network.load(Path(world.bcast_object(str(alone))))
    resumed.network.run(15.0)
    back = contents(resumed)
    changed = [name for name in found if not np.array_equal(found[name], start[name])]
    # All groups, and weights.
    assert len({name.split()[0] for name in changed}) == len(made.cells) + 1
    for name, values in found.items():
        assert values.tobytes() == back[name].tobytes(), name
        assert after is None or values.tobytes() == after[name].tobytes(), name
