"""A script of PyNEST gives the same on any number of ranks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import distsnn.nest
from distsnn.exchange import current_world
from tests.alone import alone
from tests.pynest_distances import distances
from tests.pynest_dopamine import learning
from tests.pynest_parrots import parrots
from tests.pynest_periods import periods
from tests.pynest_scripts import near, rewired, script
from tests.pynest_sent import sent
from tests.pynest_targets import reached_by_statements


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_a_script_is_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    found = script()
    assert len(found["times"]) > 200
    assert len(set(found["senders"])) > 30
    assert min(found["weights"]) == -200.0
    assert found == alone(current_world(), script)


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_what_spikes_carry_is_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    onto_delta = partial(reached_by_statements, model="iaf_psc_delta", weight=2.0, current=500.0)
    for run in (sent, learning, parrots, onto_delta):
        found = run(distsnn.nest)
        expected = alone(current_world(), partial(run, distsnn.nest))
        assert found.keys() == expected.keys()
        for name, column in found.items():
            np.testing.assert_array_equal(column, expected[name])


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_masks_and_elements_are_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    found = rewired(), near()
    assert len(found[0]["times"]) > 3
    assert len(set(found[1]["weight"])) == 6
    # 12 nodes in each mask, 6 of 10 joined; about half of the pairs have a third node.
    assert abs(len(found[1]["grid"]) - 72 * 7.2) < 5 * (72 * 12 * 0.6 * 0.4) ** 0.5
    assert len(found[1]["third_in"]) == len(found[1]["third_out"]) > 30
    assert found == alone(current_world(), lambda: (rewired(), near()))


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_values_by_distance_are_the_same_on_any_ranks(n_ranks: int) -> None:
    assert current_world().size == n_ranks
    found = distances(distsnn.nest, True, asked_first=n_ranks % 2 == 1)
    expected = alone(current_world(), lambda: distances(distsnn.nest, True))
    assert len(found["times"]) > 100
    assert len(set(expected["delay 3"])) > 5
    assert len(set(expected["weight 3"])) > 50
    for name, column in expected.items():
        np.testing.assert_array_equal(found[name], column)


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_periods_are_the_same_on_any_ranks(n_ranks: int) -> None:
    found, lengths = periods(distsnn.nest)
    expected, of_one = alone(current_world(), lambda: periods(distsnn.nest))
    np.testing.assert_array_equal(found, expected)
    assert lengths == of_one
