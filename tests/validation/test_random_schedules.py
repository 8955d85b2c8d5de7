"""Random scripts of what acts in the slots of a step, under Brian 2 and distsnn and on ranks.

`tests.random_schedules` draws scripts, `tests.beside_brian` compares them.
"""

from __future__ import annotations

from random import Random

import hypothesis as hyp
import pytest
from hypothesis import strategies as st

import distsnn.brian
from tests.beside_brian import SETTINGS, check
from tests.pieces import check_piece
from tests.random_schedules import random_schedule


@hyp.settings(SETTINGS, max_examples=2, derandomize=True)
@hyp.given(seed=st.integers(0, 2**32 - 1))
def test_random_schedules(seed: int) -> None:
    check_seed(seed)


@pytest.mark.long
@pytest.mark.parametrize("piece", range(50))
@pytest.mark.timeout(1800)
def test_many_random_schedules(piece: int) -> None:
    check_piece(__name__, piece)


def check_seed(seed: int) -> None:
    check(random_schedule(Random(seed)), distsnn.brian)
