"""Values that connections carry in each step are the same on any number of ranks."""

from __future__ import annotations

from typing import Any

import pytest

import distsnn.nest
from distsnn.exchange import current_world
from tests.alone import alone
from tests.pynest_eprop import CASES, eprop
from tests.pynest_eprop_at_spikes import CASES as AT_SPIKES
from tests.pynest_eprop_at_spikes import eprop_at_spikes
from tests.pynest_sums import multiplied, rates, siegert


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_rates_are_the_same_on_any_ranks(n_ranks: int) -> None:
    def ran() -> tuple[Any, ...]:
        return rates(distsnn.nest, False), siegert(distsnn.nest), multiplied(distsnn.nest)

    for ours, one in zip(ran(), alone(current_world(), ran), strict=True):
        assert ours.std() > 0.1
        assert ours.tobytes() == one.tobytes()


@pytest.mark.ranks(1, 2, 3, 4, 7)
@pytest.mark.parametrize(
    ("script", "case"), [(eprop, CASES[0]), (eprop_at_spikes, AT_SPIKES[0])], ids=["", "at_spikes"]
)
def test_eprop_is_the_same_on_any_ranks(n_ranks: int, script: Any, case: Any) -> None:
    found = script(distsnn.nest, *case)
    expected = alone(current_world(), lambda: script(distsnn.nest, *case))
    assert found.keys() == expected.keys()
    assert expected["weights"].std() > 0.1
    for name, values in expected.items():
        assert found[name].tobytes() == values.tobytes(), name
