"""Threads of a rank: collective calls over ranks and threads, errors, and starting anew."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from distsnn.errors import DistsnnError
from distsnn.exchange import SerialWorld, Team, World, run_loopback
from distsnn.kernels.barrier import ABANDONED, SPIN_LIMIT

SPLITS = [(1, 1), (1, 3), (2, 2), (3, 2)]


def on_threads(n_ranks: int, n_threads: int, play) -> list:
    """What `play` returns on all threads of all ranks, in their order."""
    of_ranks = run_loopback(n_ranks, lambda world: Team(world, n_threads).run(play))
    return [found for of_rank in of_ranks for found in of_rank]


@pytest.mark.parametrize(("n_ranks", "n_threads"), SPLITS)
def test_collective_calls(n_ranks: int, n_threads: int) -> None:
    size = n_ranks * n_threads

    def play(world: World) -> int:
        assert (world.size, world.n_threads, world.ranks.size) == (size, n_threads, n_ranks)
        assert world.rank == world.ranks.rank * n_threads + world.thread
        for turn in range(5):
            send = np.array([world.rank, turn], dtype=np.uint32)
            receive = np.zeros(2 * size, dtype=np.uint32)
            world.allgather_into(send, receive)
            send[:] = 99
            assert receive.tolist() == [value for r in range(size) for value in (r, turn)]
            assert world.allgather_object({world.rank}) == [{r} for r in range(size)]
            sent = [(world.rank, r) for r in range(size)]
            assert world.alltoall_object(sent) == [(r, world.rank) for r in range(size)]
            assert world.offset(world.rank) == (sum(range(world.rank)), sum(range(size)))
            root = turn % size
            assert world.bcast_object([world.rank], root) == [root]
            expected = list(range(size)) if world.rank == root else None
            assert world.gather_object(world.rank, root) == expected
            world.barrier()
        return world.rank

    assert on_threads(n_ranks, n_threads, play) == list(range(size))


@pytest.mark.parametrize(("n_ranks", "n_threads"), SPLITS)
def test_objects_that_threads_share(n_ranks: int, n_threads: int) -> None:
    def play(world: World) -> tuple[int, int, list[int]]:
        shared = world.of_rank(lambda: [world.rank])
        own = [world.rank]
        others = world.gather_in_rank(own)
        assert others[world.thread] is own
        return id(shared), shared[0], [other[0] for other in others]

    found = on_threads(n_ranks, n_threads, play)
    for k in range(n_ranks):
        of_rank = found[k * n_threads : (k + 1) * n_threads]
        first = k * n_threads
        assert of_rank == [(of_rank[0][0], first, list(range(first, first + n_threads)))] * (
            n_threads
        )


@pytest.mark.parametrize("failing", [0, 2])
def test_an_error_of_one_thread_ends_all(failing: int) -> None:
    team, after = Team(SerialWorld(), 3), []

    def play(world: World) -> None:
        if world.thread == failing:
            raise ZeroDivisionError("of one")
        world.barrier()
        after.append(world.rank)

    with pytest.raises(ZeroDivisionError, match="of one"):
        team.run(play)
    assert after == []
    assert all(world.barrier_state[ABANDONED] == 1 for world in team.worlds)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("thread ")]
    # They can be used again.
    assert team.run(lambda world: world.allgather_object(world.rank)) == [[0, 1, 2]] * 3


def test_ranks_with_different_numbers_of_threads() -> None:
    with pytest.raises(DistsnnError, match="2 threads on rank 0, 3 on rank 1"):
        run_loopback(2, lambda world: Team(world, 2 + world.rank))


def test_too_few_cores_are_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    Team(SerialWorld(), 1)
    assert not caplog.records
    patient = Team(SerialWorld(), 2).worlds[0].barrier_state[SPIN_LIMIT]
    assert "2 threads of a rank share 1 of the cores" in caplog.text
    # Once, however many networks there are.
    Team(SerialWorld(), 2)
    assert len(caplog.records) == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 4})
    assert patient == 0 < Team(SerialWorld(), 2).worlds[0].barrier_state[SPIN_LIMIT]
    assert len(caplog.records) == 1


def test_ranks_are_divided_before_they_have_threads() -> None:
    team = Team(SerialWorld(), 2)
    for ask in (lambda world: world.split(0), lambda world: world.all_arrive(1.0)):
        with pytest.raises(DistsnnError, match=r"Call it outside of Team\.run"):
            team.run(ask)


def test_a_single_thread_is_the_rank_itself() -> None:
    world = SerialWorld()
    team = Team(world, 1)
    assert team.worlds == [world]
    assert team.run(lambda _: threading.current_thread()) == [threading.current_thread()]
