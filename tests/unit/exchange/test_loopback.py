from __future__ import annotations

import threading

import numpy as np
import pytest

from distsnn.errors import DistsnnError
from distsnn.exchange import World, current_world, run_loopback


def test_results_are_in_the_order_of_ranks() -> None:
    assert run_loopback(3, lambda world: (world.rank, world.size)) == [(0, 3), (1, 3), (2, 3)]


def test_current_world_is_the_threads_own() -> None:
    assert run_loopback(3, lambda world: current_world() is world) == [True] * 3


@pytest.mark.parametrize("size", [1, 2, 5])
def test_collective_calls(size: int) -> None:
    def play(world: World) -> None:
        for turn in range(20):
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

    run_loopback(size, play)


def test_objects_are_copies() -> None:
    def play(world: World) -> bool:
        own = [world.rank]
        return world.allgather_object(own)[world.rank] is own

    assert run_loopback(2, play) == [False, False]


def test_error_of_one_rank_ends_all() -> None:
    n_after = []

    def play(world: World) -> None:
        if world.rank == 2:
            raise ZeroDivisionError("of rank 2")
        world.barrier()
        n_after.append(world.rank)

    with pytest.raises(ZeroDivisionError, match="of rank 2"):
        run_loopback(4, play)
    assert n_after == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("rank ")]


@pytest.mark.parametrize("call", ["barrier", "nothing"])
def test_ranks_that_do_different_things(call: str) -> None:
    def play(world: World) -> None:
        if world.rank == 0:
            world.allgather_object(1)
        elif call == "barrier":
            world.barrier()

    with pytest.raises(DistsnnError, match="all ranks make the same collective calls"):
        run_loopback(2, play)


def test_arrays_of_different_length() -> None:
    def play(world: World) -> None:
        send = np.zeros(1 + world.rank, dtype=np.uint32)
        world.allgather_into(send, np.zeros(3, dtype=np.uint32))

    with pytest.raises(DistsnnError, match="allgather_into of"):
        run_loopback(2, play)


def test_a_rank_that_never_comes() -> None:
    gone = threading.Event()

    def play(world: World) -> None:
        if world.rank == 1:
            gone.wait(60.0)
            return
        try:
            world.barrier()
        finally:
            gone.set()

    with pytest.raises(DistsnnError, match=r"waited more than 0\.2 s"):
        run_loopback(2, play, timeout=0.2)


def test_abort_ends_all_ranks() -> None:
    def play(world: World) -> None:
        if world.rank == 1:
            world.abort(4)
        world.barrier()

    with pytest.raises(SystemExit, match="4"):
        run_loopback(3, play)


def test_parts_of_a_world() -> None:
    def play(world: World) -> tuple[int, int]:
        part = world.split(world.rank // 2)
        assert part.whole is world
        assert part.allgather_object(world.rank) == [2 * (world.rank // 2), world.rank | 1]
        assert part.all_arrive(60.0)
        # Only one comes.
        assert part.rank == 0 or not part.all_arrive(0.05)
        return part.rank, part.size

    assert run_loopback(4, play) == [(0, 2), (1, 2), (0, 2), (1, 2)]


def test_an_error_ends_all_parts() -> None:
    def play(world: World) -> None:
        part = world.split(world.rank % 2)
        if world.rank == 3:
            raise ZeroDivisionError("of rank 3")
        part.barrier()

    with pytest.raises(ZeroDivisionError, match="of rank 3"):
        run_loopback(4, play, timeout=120.0)
