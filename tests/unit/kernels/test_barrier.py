"""Threads that meet, against what a barrier promises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from distsnn.kernels import atomics
from distsnn.kernels.barrier import (
    ABANDONED,
    ARRIVED,
    LATE,
    LEFT,
    MEETING_SIZE,
    MET,
    TURN,
    arrive,
    meet,
    wait,
)


@numba.njit(nogil=True)
def add_many(array, n):
    for _ in range(n):
        atomics.fetch_add(array, 0, 1)


@numba.njit(nogil=True)
def count_together(meeting, n_threads, thread, turns, counts):
    """Count turns, and how often another thread was found to be in another turn."""
    strange = 0
    for turn in range(turns):
        counts[16 * thread] = turn
        if not meet(meeting, n_threads):
            return -1
        for other in range(n_threads):
            if counts[16 * other] != turn:
                strange += 1
        if not meet(meeting, n_threads):
            return -1
    return strange


@pytest.fixture(params=[False, True], ids=["compiled", "python"])
def meeting_of(request: pytest.FixtureRequest) -> Callable[..., bool]:
    return meet.py_func if request.param else meet


def new_meeting() -> np.ndarray:
    return np.zeros(MEETING_SIZE, dtype=np.int64)


def test_additions_of_threads_are_all_counted() -> None:
    array = np.zeros(1, dtype=np.int64)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add_many(array, 50_000), range(4)))
    assert array[0] == 200_000


def test_numbers_are_stored_loaded_and_added_to() -> None:
    @numba.njit
    def compiled(array):
        atomics.store(array, 1, 5)
        before = atomics.fetch_add(array, 1, 3)
        atomics.yield_core()
        return before, atomics.load(array, 1), atomics.load(array, 0)

    for function in (compiled, compiled.py_func):
        array = np.zeros(2, dtype=np.int64)
        assert function(array) == (5, 8, 0)


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_no_thread_is_a_turn_ahead(n_threads: int) -> None:
    meeting, counts = new_meeting(), np.zeros(16 * n_threads, dtype=np.int64)
    with ThreadPoolExecutor(n_threads) as pool:
        found = pool.map(
            lambda thread: count_together(meeting, n_threads, thread, 200, counts),
            range(n_threads),
        )
        assert list(found) == [0] * n_threads


def test_threads_meet(meeting_of: Callable[..., bool]) -> None:
    meeting = new_meeting()
    with ThreadPoolExecutor(3) as pool:
        for turn in range(1, 4):
            assert list(pool.map(lambda _: meeting_of(meeting, 3), range(3))) == [True] * 3
            assert meeting[TURN] == turn


def test_who_waits_long_may_do_something_else_meanwhile() -> None:
    meeting = new_meeting()
    turn = arrive(meeting, 2)
    assert [wait(meeting, turn) for _ in range(2)] == [LATE, LATE]
    assert meeting[ARRIVED] == 1
    assert arrive(meeting, 2) == turn
    assert wait(meeting, turn) == wait.py_func(meeting, turn) == MET
    assert arrive.py_func(meeting, 2) == turn + 1
    meeting[ABANDONED] = 1
    assert wait(meeting, turn + 1) == wait.py_func(meeting, turn + 1) == LEFT


def test_a_thread_that_gives_up_sends_the_others_home(meeting_of: Callable[..., bool]) -> None:
    meeting = new_meeting()
    met: list[bool] = []
    waiting = threading.Thread(target=lambda: met.append(meeting_of(meeting, 2)))
    waiting.start()
    meeting[ABANDONED] = 1
    waiting.join(20.0)
    assert met == [False]
    # And those that come later.
    assert not meeting_of(meeting, 2)
