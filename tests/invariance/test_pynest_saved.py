"""NEST's models go on from a checkpoint of any number of ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.exchange import current_world, using
from distsnn.exchange.worlds.serial import SerialWorld
from tests.pynest_many import contents, many


@pytest.mark.long
@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_many_models_are_saved_and_resumed_on_any_ranks(n_ranks: int, shared_path: Path) -> None:
    made = many()
    made.network.run(20.0)
    made.network.save(shared_path / "together.h5")
    made.network.run(15.0)
    found = contents(made)
    own = shared_path / f"alone_{current_world().rank}.h5"
    with using(SerialWorld()):
        alone = many()
        alone.network.load(shared_path / "together.h5")
        alone.network.run(15.0)
        after = contents(alone)
        again = many()
        again.network.run(20.0)
        again.network.save(own)
    resumed = many()
    resumed.network.load(Path(current_world().bcast_object(str(own))))
    resumed.network.run(15.0)
    back = contents(resumed)
    moved = many()
    moved.network.run(0.1)
    start = contents(moved)
    assert len(found) > 100
    changed = [name for name in found if not np.array_equal(found[name], start[name])]
    # All groups, and weights.
    assert len({name.split()[0] for name in changed}) == 21
    for name, values in found.items():
        assert values.tobytes() == after[name].tobytes() == back[name].tobytes(), name
