"""NEST's models go on from a checkpoint of any number of ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.exchange import current_world
from tests.alone import alone
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
    found, world = contents(made), current_world()

    def in_one_process() -> dict[str, np.ndarray]:
        """It saves, and goes on from what all ranks have saved."""
        single = many(part)
        single.network.run(20.0)
        single.network.save(shared_path / "alone.h5")
        single.network.load(shared_path / "together.h5")
        single.network.run(15.0)
        return contents(single)

    after = alone(world, in_one_process)
    resumed = many(part)
    resumed.network.load(shared_path / "alone.h5")
    resumed.network.run(15.0)
    back = contents(resumed)
    changed = [name for name in found if not np.array_equal(found[name], start[name])]
    # All groups, and weights.
    assert len({name.split()[0] for name in changed}) == len(made.cells) + 1
    for name, values in found.items():
        assert values.tobytes() == after[name].tobytes() == back[name].tobytes(), name
