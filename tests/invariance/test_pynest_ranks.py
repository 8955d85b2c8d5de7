"""A script of PyNEST gives the same on any number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn.nest
from distsnn.exchange import current_world, using
from distsnn.exchange.worlds.serial import SerialWorld
from tests.pynest_distances import distances
from tests.pynest_dopamine import learning
from tests.pynest_parrots import parrots
from tests.pynest_periods import periods
from tests.pynest_scripts import near, rewired, script
from tests.pynest_sent import sent


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_a_script_is_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    found = script()
    with using(SerialWorld()):
        alone = script()
    assert len(found["times"]) > 200
    assert len(set(found["senders"])) > 30
    assert min(found["weights"]) == -200.0
    assert found == alone


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_what_spikes_carry_is_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    for run in (sent, learning, parrots):
        found = run(distsnn.nest)
        with using(SerialWorld()):
            alone = run(distsnn.nest)
        assert found.keys() == alone.keys()
        for name, column in found.items():
            np.testing.assert_array_equal(column, alone[name])


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_masks_and_elements_are_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    found = rewired(), near()
    with using(SerialWorld()):
        alone = rewired(), near()
    assert len(found[0]["times"]) > 3
    assert len(set(found[1]["weight"])) == 6
    # 12 nodes in each mask, 6 of 10 joined; about half of the pairs have a third node.
    assert abs(len(found[1]["grid"]) - 72 * 7.2) < 5 * (72 * 12 * 0.6 * 0.4) ** 0.5
    assert len(found[1]["third_in"]) == len(found[1]["third_out"]) > 30
    assert found == alone


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_values_by_distance_are_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    found = distances(distsnn.nest, True, asked_first=n_ranks % 2 == 1)
    with using(SerialWorld()):
        alone = distances(distsnn.nest, True)
    assert len(found["times"]) > 100
    assert len(set(alone["delay 3"])) > 5
    assert len(set(alone["weight 3"])) > 50
    for name, column in alone.items():
        np.testing.assert_array_equal(found[name], column)


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_periods_are_the_same_on_any_ranks(n_ranks: int) -> None:
    found, lengths = periods(distsnn.nest)
    with using(SerialWorld()):
        alone, of_one = periods(distsnn.nest)
    np.testing.assert_array_equal(found, alone)
    assert lengths == of_one
