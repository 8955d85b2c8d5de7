"""Threads that meet, against what a barrier promises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from distsnn.kernels import atomics, barrier
from distsnn.kernels.barrier import (
    ABANDONED,
    ALL_ARRIVED,
    ARRIVED,
    BARRIER_SIZE,
    GENERATION,
    LATE,
    LEFT,
    SHARED_UNTIL,
    SPIN_LIMIT,
    arrive,
    wait,
    wait_for_all,
)


@numba.njit(nogil=True)
def add_many(array, n):
    for _ in range(n):
        atomics.fetch_add(array, 0, 1)


@numba.njit(nogil=True)
def count_together(barrier_state, n_threads, thread, generations, counts):
    """Count turns, and how often another thread was found to be in another turn."""
    strange = 0
    for generation in range(generations):
        counts[16 * thread] = generation
        if not wait_for_all(barrier_state, n_threads):
            return -1
        for other in range(n_threads):
            if counts[16 * other] != generation:
                strange += 1
        if not wait_for_all(barrier_state, n_threads):
            return -1
    return strange


@pytest.fixture(params=[False, True], ids=["compiled", "python"])
def barrier_of(request: pytest.FixtureRequest) -> Callable[..., bool]:
    return wait_for_all.py_func if request.param else wait_for_all


def new_barrier() -> np.ndarray:
    return np.zeros(BARRIER_SIZE, dtype=np.int64)


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
    barrier_state, counts = new_barrier(), np.zeros(16 * n_threads, dtype=np.int64)
    with ThreadPoolExecutor(n_threads) as pool:
        found = pool.map(
            lambda thread: count_together(barrier_state, n_threads, thread, 200, counts),
            range(n_threads),
        )
        assert list(found) == [0] * n_threads


def test_threads_meet(barrier_of: Callable[..., bool]) -> None:
    barrier_state = new_barrier()
    with ThreadPoolExecutor(3) as pool:
        for generation in range(1, 4):
            assert list(pool.map(lambda _: barrier_of(barrier_state, 3), range(3))) == [True] * 3
            assert barrier_state[GENERATION] == generation


def test_who_waits_long_may_do_something_else_meanwhile() -> None:
    barrier_state = new_barrier()
    generation = arrive(barrier_state, 2)
    assert [wait(barrier_state, generation) for _ in range(2)] == [LATE, LATE]
    assert barrier_state[ARRIVED] == 1
    assert arrive(barrier_state, 2) == generation
    assert wait(barrier_state, generation) == wait.py_func(barrier_state, generation) == ALL_ARRIVED
    assert arrive.py_func(barrier_state, 2) == generation + 1
    barrier_state[ABANDONED] = 1
    assert (
        wait(barrier_state, generation + 1) == wait.py_func(barrier_state, generation + 1) == LEFT
    )


@pytest.mark.parametrize(
    ("yields", "seconds", "shared"), [(1, 0.0, True), (2, 0.0, False), (1, 0.001, False)]
)
def test_members_that_share_a_core_leave_it_soon(
    monkeypatch: pytest.MonkeyPatch, yields: int, seconds: float, shared: bool
) -> None:
    state, called, times, now = new_barrier(), [0], iter(range(10**9)), [0]
    state[SPIN_LIMIT] = 1000

    def other_runs() -> None:
        called[0] += 1
        now[0] += int(seconds * 1e9)
        if called[0] % yields == 0:
            arrive.py_func(state, 2)

    def looked(array: np.ndarray, index: int) -> int:
        next(times)
        return int(array[index])

    monkeypatch.setattr(barrier, "yield_core", other_runs)
    monkeypatch.setattr(barrier, "load", looked)
    monkeypatch.setattr(barrier, "clock", lambda: now[0])
    assert wait.py_func(state, arrive.py_func(state, 2)) == ALL_ARRIVED
    assert next(times) > 2000
    assert (state[SHARED_UNTIL] > state[GENERATION]) == shared
    assert wait.py_func(state, arrive.py_func(state, 2)) == ALL_ARRIVED
    # A few checks, or as many as before.
    assert (next(times) < 3000) == shared


def test_a_thread_that_gives_up_sends_the_others_home(barrier_of: Callable[..., bool]) -> None:
    barrier_state = new_barrier()
    arrived: list[bool] = []
    waiting = threading.Thread(target=lambda: arrived.append(barrier_of(barrier_state, 2)))
    waiting.start()
    barrier_state[ABANDONED] = 1
    waiting.join(20.0)
    assert arrived == [False]
    # And those that come later.
    assert not barrier_of(barrier_state, 2)
