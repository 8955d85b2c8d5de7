"""Where target variables lie."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from distsnn.layout.slots import TILE, plan_slots


@settings(max_examples=100, deadline=None, derandomize=True)
@given(sizes=st.lists(st.one_of(st.integers(0, 50), st.integers(0, 3 * TILE)), max_size=8))
def test_variables_do_not_overlap_and_stay_in_tiles(sizes: list[int]) -> None:
    plan = plan_slots([(0, f"g{k}", n) for k, n in enumerate(sizes)])
    at = 0
    for k, n in enumerate(sizes):
        first = plan.first[0, f"g{k}"]
        assert first >= at
        assert first + n <= plan.size
        if 0 < n <= TILE:
            assert first // TILE == (first + n - 1) // TILE
        at = first + n
    assert plan.n_tiles == max(1, -(-plan.size // TILE))


def test_one_small_variable() -> None:
    plan = plan_slots([(3, "V_m", 10)])
    assert plan.first == {(3, "V_m"): 0}
    assert 10 <= plan.size < 20
    assert plan.n_tiles == 1
